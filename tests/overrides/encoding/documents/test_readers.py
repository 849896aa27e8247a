"""What readers count, against scikit-learn: hashes that collide and cancel out, odd values, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer

from bridge.errors import InputError
from bridge.overrides.encoding.documents import (
    Counts,
    FeatureReader,
    HashedFeatureReader,
    HashedTextReader,
    Rows,
    VocabularyReader,
    reader_from_dict,
)
from bridge.overrides.sklearn.feature_extraction.text import analysis_of


def counted(reader, documents):
    """Rows of a reader that went through the manifest and back."""
    again = reader_from_dict(json.loads(json.dumps(reader.to_dict())))
    assert again == reader
    rows = Rows(len(documents), reader.width)
    rows.put_counts(0, again.count(documents))
    return rows.tensor().to_dense().numpy()


names = st.text(max_size=4)
values = st.one_of(
    st.integers(-3, 3), st.floats(allow_nan=False, allow_infinity=False, width=16), st.text(max_size=3), st.booleans()
)


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(names, values, max_size=6), min_size=1, max_size=5),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from([np.float64, np.int64, np.int32]),
)
def test_hashed_dicts(documents, width, signed, dtype):
    hasher = FeatureHasher(width, alternate_sign=signed, dtype=dtype)
    reader = HashedFeatureReader(width, "dict", signed, np.dtype(dtype).name)
    np.testing.assert_allclose(
        counted(reader, documents), hasher.transform(documents).toarray(), rtol=1e-12, atol=1e-12
    )


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(names, values), max_size=6), min_size=1, max_size=5), st.integers(1, 6))
def test_hashed_pairs(documents, width):
    reader = HashedFeatureReader(width, "pair")
    expected = FeatureHasher(width, input_type="pair").transform(documents).toarray()
    np.testing.assert_allclose(counted(reader, documents), expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(st.lists(st.lists(names, max_size=6), min_size=1, max_size=5), st.integers(1, 2**31 - 1))
def test_hashed_names_in_any_number_of_columns(documents, width):
    reader = HashedFeatureReader(width, "string")
    expected = FeatureHasher(width, input_type="string").transform(documents).tocoo()
    counts = reader.count(documents)
    found = {
        (row, column): value for row, column, value in zip(counts.rows, counts.columns, counts.values, strict=True)
    }
    assert found == {
        (row, column): value for row, column, value in zip(expected.row, expected.col, expected.data, strict=True)
    }


def test_bytes_are_names_too_and_numbers_are_not():
    documents = [[b"abc", "abc"]]
    expected = FeatureHasher(7, input_type="string").transform(documents).toarray()
    np.testing.assert_array_equal(HashedFeatureReader(7, "string").count(documents).values, expected[expected != 0])
    with pytest.raises(InputError, match=r"3 of type int as the name of a feature"):
        HashedFeatureReader(7, "string").count([["a", 3]])
    with pytest.raises(InputError, match="a row is a list of names, not one"):
        HashedFeatureReader(7, "string").count(["abc"])
    with pytest.raises(InputError, match="no dict"):
        HashedFeatureReader(7, "dict").count([["a"]])


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_terms_that_cancel_out_are_present(binary, signed):
    """Two terms of opposite signs in one column add up to nothing; with ``binary`` scikit-learn still has them."""
    documents = [" ".join(f"word{i}" for i in range(n)) for n in range(60)]
    vectorizer = HashingVectorizer(n_features=2, binary=binary, alternate_sign=signed, norm=None)
    reader = HashedTextReader(analysis_of(vectorizer), 2, signed, binary)
    expected = vectorizer.transform(documents).toarray()
    np.testing.assert_array_equal(counted(reader, documents), expected)
    if signed and not binary:
        assert ((expected == 0).any(axis=1))[2:].any()


plain_names = st.one_of(st.text(alphabet="ab=", max_size=3), st.just("city"))
dict_values = st.one_of(
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.text(alphabet="ab=", max_size=3),
    st.lists(st.text(alphabet="ab", max_size=2), max_size=3),
    st.booleans(),
    st.none(),
)
dict_rows = st.lists(st.dictionaries(plain_names, dict_values, max_size=5), min_size=1, max_size=5)


@settings(deadline=None)
@given(dict_rows, dict_rows, st.sampled_from(["=", "::", ""]), st.booleans())
def test_dicts(fitted, unseen, separator, sort):
    vectorizer = DictVectorizer(separator=separator, sort=sort).fit(fitted)
    reader = FeatureReader(tuple(vectorizer.feature_names_), separator)
    for documents in (fitted, unseen):
        expected = vectorizer.transform(documents).toarray()
        rows = counted(reader, documents)
        np.testing.assert_allclose(rows, expected, rtol=1e-12, atol=1e-12)
        if rows.shape[1] == 0:
            continue  # scikit-learn refuses to invert rows without columns
        finite = np.nan_to_num(rows)
        assert reader.decode(finite) == vectorizer.inverse_transform(finite)
        np.testing.assert_array_equal(reader.inverted(vectorizer.inverse_transform(finite)), finite)


@pytest.mark.parametrize(
    ("document", "words"),
    [(["a"], "no dict"), ({"a": {"b": 1}}, "'a'"), ({"a": [1]}, "only words"), ({"a": object()}, "'a'")],
)
def test_dicts_that_are_refused(document, words):
    with pytest.raises(InputError, match=words):
        FeatureReader(("a",)).count([document])


def test_features_that_are_numbers():
    vectorizer = DictVectorizer().fit([{1: 2.0, 7: 1.0}])
    reader = FeatureReader(tuple(vectorizer.feature_names_))
    documents = [{7: 4.0, "7": 5.0}, {1.0: 3.0}]
    np.testing.assert_array_equal(counted(reader, documents), vectorizer.transform(documents).toarray())


def test_a_reader_that_nobody_knows():
    with pytest.raises(ValueError, match="'telepathy'"):
        reader_from_dict({"kind": "telepathy"})


def test_terms_of_functions_stay_out_of_the_manifest():
    reader = VocabularyReader(analysis_of(HashingVectorizer(analyzer=tuple)), (("a", "b"), ("c",)))
    written = reader_from_dict(json.loads(json.dumps(reader.to_dict())))
    assert written.width == reader.width
    with pytest.raises(InputError, match="tuple"):
        written.count(["abc"])


def test_counts_add_up_what_occurs_twice():
    counts = Counts.summed(np.array([1, 0, 1]), np.array([2, 0, 2]), np.array([1.0, 5.0, 3.0]), 3)
    assert [list(part) for part in (counts.rows, counts.columns, counts.values)] == [[0, 1], [0, 2], [5.0, 4.0]]
