"""Models of texts beyond the cases: forms of documents, wide rows, artifacts without scikit-learn, and refusals."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from scipy import sparse
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import bridge
from bridge.errors import ArtifactError, InputError, NotFittedError, UnsupportedError
from bridge.overrides.encoding.documents import DENSE_WIDTH
from bridge.overrides.functional.csr import TILE_ELEMENTS
from bridge.parity.reference import dense
from tests.cases import RECIPES
from tests.cases.documents import HARD

TEXTS = RECIPES["texts"]()
MIXED = RECIPES["mixed"]()
WORDS = [" ".join(f"w{i * j % 1999}" for j in range(1, 40)) for i in range(120)]
Y = np.arange(120) % 3


def spaced(text):
    """A tokenizer of one's own."""
    return text.split(" ")


@pytest.fixture(scope="module")
def model():
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS.X, TEXTS.y)


FORMS = {
    "tuple": tuple,
    "objects": lambda texts: np.array(texts, dtype=object),
    "strings": np.array,
    "generator": lambda texts: (text for text in texts),
    "pandas": pd.Series,
    "pandas strings": lambda texts: pd.Series(texts, dtype="string"),
    "pandas frame": lambda texts: pd.DataFrame({"text": texts}),
    "polars": pl.Series,
    "polars frame": lambda texts: pl.DataFrame({"text": texts}),
    "pyarrow": pa.array,
    "pyarrow table": lambda texts: pa.table({"text": texts}),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_documents(model, form):
    module = bridge.to_torch(model, verify=False)
    expected = module.encode(TEXTS.unseen)
    assert expected.shape == (len(TEXTS.unseen), module.n_features_in_)
    np.testing.assert_array_equal(module.encode(FORMS[form](TEXTS.unseen)), expected)


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        ("one text", r"got a str: pass a list of one"),
        (["fine", None], r"None of type NoneType.*row 1"),
        ([float("nan")], r"NaN.*row 0"),
        (["fine", "too", 3], r"3 of type int.*row 2"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), r"a frame of 2 columns"),
    ],
)
def test_documents_that_are_refused(model, documents, words):
    with pytest.raises(InputError, match=words):
        bridge.to_torch(model, verify=False).encode(documents)


def test_no_documents_and_one(model):
    module = bridge.to_torch(model)
    assert module.predict_proba(module.encode([])).shape == (0, 3)
    np.testing.assert_allclose(
        module.predict_proba(module.encode([""])).detach(), model.predict_proba([""]), rtol=0, atol=1e-15
    )


def test_counts_are_rows_already(model):
    module = bridge.to_torch(model)
    counts = sparse.csr_array(module.encode(TEXTS.unseen).numpy())
    for given in (counts, counts.toarray(), torch.from_numpy(counts.toarray())):
        np.testing.assert_array_equal(module.encode(given), counts.toarray())


def test_terms_come_back(model):
    vectorizer = model[0]
    module = bridge.to_torch(vectorizer)
    rows = module.transform(module.encode(TEXTS.unseen))
    found = module.decode(module.inverse_transform(rows))
    for ours, theirs in zip(found, vectorizer.inverse_transform(vectorizer.transform(TEXTS.unseen)), strict=True):
        assert ours.tolist() == theirs.tolist()


@pytest.mark.slow
def test_an_artifact_counts_without_scikit_learn(tmp_path):
    text = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), stop_words="english", strip_accents="unicode"), LinearSVC()
    ).fit(TEXTS.X, TEXTS.y)
    bridge.export(text, tmp_path / "text", TEXTS.unseen)
    columns = make_column_transformer(
        (HashingVectorizer(n_features=32, analyzer="char_wb", ngram_range=(2, 3)), "title"),
        (TfidfVectorizer(), "review"),
        (OneHotEncoder(handle_unknown="ignore"), ["city", "title"]),
        (StandardScaler(), ["stars"]),
    )
    mixed = make_pipeline(columns, LogisticRegression()).fit(MIXED.X, MIXED.y)
    bridge.export(mixed, tmp_path / "mixed", MIXED.unseen)
    dicts = RECIPES["dicts"]()
    features = make_pipeline(DictVectorizer(), LogisticRegression()).fit(dicts.X, dicts.y)
    bridge.export(features, tmp_path / "dicts", dicts.unseen)
    asked = {
        "text": TEXTS.unseen,
        "mixed": {name: MIXED.unseen[name].tolist() for name in ("title", "review", "city", "stars")},
        "dicts": dicts.unseen,
    }
    program = (
        "import json, sys\n"
        "sys.modules['sklearn'] = None\n"
        "import bridge\n"
        "for name, data in json.load(sys.stdin).items():\n"
        f"    served = bridge.load({str(tmp_path)!r} + '/' + name)\n"
        "    print(json.dumps(served.decision_function(served.encode(data)).tolist()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [np.array(json.loads(line)) for line in done.stdout.splitlines()]
    for estimator, data, answer in zip(
        (text, mixed, features), (TEXTS.unseen, MIXED.unseen, dicts.unseen), answers, strict=True
    ):
        np.testing.assert_allclose(answer, estimator.decision_function(data), rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_an_artifact_says_which_function_it_needs(tmp_path):
    model = make_pipeline(CountVectorizer(tokenizer=spaced, token_pattern=None), MultinomialNB()).fit(TEXTS.X, TEXTS.y)
    module = bridge.to_torch(model)
    bridge.export(model, tmp_path / "model")
    served = bridge.load(tmp_path / "model", "onnxruntime")
    with pytest.raises(InputError, match=r"spaced \(tokenizer\).*encode of the module"):
        served.encode(TEXTS.unseen)
    np.testing.assert_array_equal(served.predict(module.encode(TEXTS.unseen)), model.predict(TEXTS.unseen))
    manifest = tmp_path / "model" / "manifest.json"
    written = manifest.read_text(encoding="utf-8")
    for changed in ('"kind": "telepathy"', '"kind": 3'):
        manifest.write_text(written.replace('"kind": "terms"', changed), encoding="utf-8")
        with pytest.raises(ArtifactError, match="damaged"):
            bridge.load(tmp_path / "model")


WIDE = {
    "linear": lambda: make_pipeline(TfidfVectorizer(), LogisticRegression()),
    "binary": lambda: make_pipeline(HashingVectorizer(n_features=2**16), LinearSVC()),
    "forest": lambda: make_pipeline(CountVectorizer(), RandomForestClassifier(5, random_state=0)),
    "multinomial": lambda: make_pipeline(CountVectorizer(), TfidfTransformer(sublinear_tf=True), MultinomialNB()),
    "complement": lambda: make_pipeline(CountVectorizer(binary=True), ComplementNB()),
    "bernoulli": lambda: make_pipeline(TfidfVectorizer(use_idf=False, norm="l1"), BernoulliNB()),
    "svd": lambda: make_pipeline(TfidfVectorizer(), TruncatedSVD(4, random_state=0), StandardScaler(), LinearSVC()),
    "union": lambda: make_pipeline(
        make_union(TfidfVectorizer(), CountVectorizer(analyzer="char", ngram_range=(1, 3))),
        SGDClassifier(random_state=0),
    ),
    "single": lambda: make_pipeline(TfidfVectorizer(dtype=np.float32), LinearSVC()),
}


@pytest.mark.parametrize("name", WIDE)
def test_wide_rows_stay_compressed_in_every_method(name):
    y = Y % 2 if name == "binary" else Y
    model = WIDE[name]().fit(WORDS, y)
    unseen = [*WORDS[::7], *HARD]
    module = bridge.to_torch(model, verify=False)
    x = module.encode(unseen)
    assert x.layout == torch.sparse_csr
    assert x.shape[1] > DENSE_WIDTH
    methods = [method for method in ("predict", "predict_proba", "decision_function") if hasattr(model, method)]
    # scikit-learn's own linear model computes in single precision behind a vectorizer that does.
    tolerance = 1e-6 if name == "single" else 1e-10
    for given in (module, torch.jit.script(module)):
        for method in methods:
            expected = getattr(model, method)(unseen)
            result = getattr(given, method)(x)
            np.testing.assert_allclose(result.detach(), expected, rtol=tolerance, atol=tolerance, err_msg=method)
            dense = getattr(given, method)(x.to_dense())
            np.testing.assert_allclose(dense.detach(), result.detach(), rtol=1e-10, atol=1e-10)
            none = getattr(given, method)(module.encode([]))
            assert none.shape == (0, *result.shape[1:])


@pytest.mark.parametrize("make", [CountVectorizer, TfidfVectorizer, lambda: HashingVectorizer(n_features=5000)])
def test_a_transformer_returns_compressed_rows_of_compressed_ones(make):
    vectorizer = make().fit(WORDS)
    module = bridge.to_torch(vectorizer)
    for given in (module, torch.jit.script(module)):
        result = given.transform(module.encode(WORDS)).detach()
        assert result.layout == torch.sparse_csr
        np.testing.assert_allclose(result.to_dense(), vectorizer.transform(WORDS).toarray(), rtol=1e-12, atol=1e-12)
    if hasattr(vectorizer, "inverse_transform"):
        terms = module.decode(module.inverse_transform(result))
        expected = vectorizer.inverse_transform(vectorizer.transform(WORDS))
        assert [row.tolist() for row in terms] == [row.tolist() for row in expected]


@pytest.mark.parametrize("classifier", [LogisticRegression(), RandomForestClassifier(5, random_state=0)])
@pytest.mark.parametrize("n_features", [64, 2**14])
def test_a_wide_table(classifier, n_features):
    """Texts beside numbers and words, narrow and wide: one column is read as text twice and as words."""
    columns = ColumnTransformer(
        [
            ("words", OneHotEncoder(handle_unknown="ignore"), ["city", "title"]),
            ("title", HashingVectorizer(n_features=n_features), "title"),
            ("letters", make_pipeline(HashingVectorizer(n_features=n_features, analyzer="char"), _svd()), "title"),
            ("scaled", StandardScaler(), ["stars"]),
            ("kept", "passthrough", ["stars"]),
            ("review", make_pipeline(CountVectorizer(), TfidfTransformer()), "review"),
        ],
        transformer_weights={"title": 3.0},
    )
    model = make_pipeline(columns, classifier).fit(MIXED.X, MIXED.y)
    module = bridge.to_torch(model)
    x = module.encode(MIXED.unseen)
    assert (x.layout == torch.sparse_csr) == (n_features > 64)
    for given in (module, torch.jit.script(module)):
        np.testing.assert_allclose(
            given.predict_proba(x).detach(), model.predict_proba(MIXED.unseen), rtol=1e-10, atol=1e-10
        )
        assert given.predict_proba(module.encode(MIXED.unseen[:0])).shape == (0, 2)
    transformer = bridge.to_torch(model[0])
    rows = transformer.transform(transformer.encode(MIXED.unseen)).detach()
    np.testing.assert_allclose(rows.to_dense(), dense(model[0].transform(MIXED.unseen)), rtol=1e-10, atol=1e-10)


def test_a_table_within_a_table():
    inner = make_column_transformer(
        (TfidfVectorizer(), "title"), (OneHotEncoder(handle_unknown="ignore"), ["title"]), ("drop", ["city"])
    )
    columns = make_column_transformer((inner, ["title", "city"]), (CountVectorizer(), "title"), ("drop", ["review"]))
    model = make_pipeline(columns, LogisticRegression()).fit(MIXED.X, MIXED.y)
    module = bridge.to_torch(model)
    x = module.encode(MIXED.unseen)
    for given in (module, torch.jit.script(module)):
        for rows in (x, x.to_sparse_csr()):
            np.testing.assert_allclose(
                given.decision_function(rows).detach(), model.decision_function(MIXED.unseen), rtol=1e-10, atol=1e-10
            )


def _svd():
    return TruncatedSVD(3, random_state=0)


@pytest.mark.slow
def test_the_default_width_of_hashes_in_every_runtime():
    model = make_pipeline(HashingVectorizer(), SGDClassifier(loss="log_loss", random_state=0)).fit(TEXTS.X, TEXTS.y)
    report = bridge.check_parity(model, TEXTS.unseen[-4:])
    assert report.ok, report.failures_text()
    assert {item.runtime for item in report.comparisons} == {"eager", "torchscript", "torch.export", "onnxruntime"}


def test_hashers_need_no_fit_and_others_do():
    assert bridge.plan(HashingVectorizer()).root.route == "override"
    assert bridge.to_torch(HashingVectorizer(n_features=16)).encode(["a text"]).shape == (1, 16)
    for vectorizer in (CountVectorizer(), TfidfVectorizer(vocabulary=["a"])):
        with pytest.raises(NotFittedError, match=f"{type(vectorizer).__name__} is not fitted"):
            bridge.plan(vectorizer)


@pytest.mark.parametrize("vocabulary", [["sea", "the", "byte"], {"the": 1, "sea": 0}, {"sea", "the"}])
def test_a_vocabulary_that_was_given_needs_no_fit(vocabulary):
    vectorizer = CountVectorizer(vocabulary=vocabulary)
    module = bridge.to_torch(vectorizer, verify=False)
    assert not hasattr(vectorizer, "vocabulary_")
    np.testing.assert_array_equal(
        module.transform(module.encode(TEXTS.unseen)), vectorizer.transform(TEXTS.unseen).toarray()
    )
    assert bridge.to_torch(make_pipeline(CountVectorizer(vocabulary=["sea"]), TfidfTransformer()).fit(TEXTS.X))
    with pytest.raises(UnsupportedError, match="Duplicate term in vocabulary: 'a'"):
        bridge.to_torch(CountVectorizer(vocabulary=["a", "b", "a"]))


def test_torchscript_encodes_no_documents():
    columns = make_column_transformer((OneHotEncoder(), ["city"]), (CountVectorizer(), "title")).fit(MIXED.X)
    module = bridge.to_torch(columns)
    assert not hasattr(module, "encode_columns")
    assert hasattr(bridge.to_torch(make_column_transformer((OneHotEncoder(), ["city"])).fit(MIXED.X)), "encode_columns")


def test_documents_of_a_table_are_named_by_their_column():
    columns = make_column_transformer((CountVectorizer(), "title"), (StandardScaler(), ["stars"])).fit(MIXED.X)
    module = bridge.to_torch(columns)
    broken = MIXED.unseen.assign(title=[None, *MIXED.unseen["title"][1:]])
    with pytest.raises(InputError, match=r"ColumnTransformer: column 'title' has .*row 0"):
        module.encode(broken)
    with pytest.raises(InputError, match="'title'"):
        module.encode(MIXED.unseen.drop(columns="title"))
    decoded = module.decode(module.encode(MIXED.unseen))
    place = MIXED.X.columns.get_loc("title")
    vectorizer = columns.named_transformers_["countvectorizer"]
    expected = vectorizer.inverse_transform(vectorizer.transform(MIXED.unseen["title"]))
    assert [row.tolist() for row in decoded[:, place]] == [row.tolist() for row in expected]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (TfidfVectorizer(dtype=np.float32, sublinear_tf=True), "dtype=float32 and sublinear_tf"),
        (CountVectorizer(dtype=np.complex128), "complex128"),
    ],
)
def test_options_that_are_refused(model, words):
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(model.fit(TEXTS.X))


def test_a_table_for_a_vectorizer_is_refused():
    texts = np.array([["a text"], ["b"]], dtype=object)
    fitted = make_column_transformer((DictVectorizer(), 0)).fit(np.array([[{"a": 1}], [{"b": 2}]], dtype=object))
    assert bridge.to_torch(fitted).encode(np.array([[{"a": 3}]], dtype=object)).tolist() == [[3.0, 0.0]]
    with pytest.raises(UnsupportedError, match=r"which takes documents, the table of \[0\].*without a list"):
        bridge.to_torch(make_column_transformer((CountVectorizer(analyzer=tuple), [0])).fit(texts))


class Largest(TorchDispatchMode):
    """Bytes of the largest dense tensor that was made."""

    n_bytes = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided:
                self.n_bytes = max(self.n_bytes, tensor.untyped_storage().nbytes())
        return result


@pytest.mark.parametrize("classifier", [DecisionTreeClassifier(), LogisticRegression(), ComplementNB()])
def test_memory_does_not_grow_with_rows_times_vocabulary(classifier):
    """A step that takes no compressed rows gets a dense tile of them; the others make nothing that wide."""
    vectorizer = HashingVectorizer(n_features=2**18, alternate_sign=False)
    model = make_pipeline(vectorizer, classifier).fit(TEXTS.X, TEXTS.y)
    module = bridge.to_torch(model, verify=False)
    x = module.encode(WORDS)
    with torch.no_grad(), Largest() as seen:
        result = module.predict(x)
    np.testing.assert_array_equal(result, model.predict(WORDS))
    n_classes = 3
    assert seen.n_bytes <= (TILE_ELEMENTS if isinstance(classifier, DecisionTreeClassifier) else n_classes * 2**18) * 8
