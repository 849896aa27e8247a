"""Terms of texts against scikit-learn's ``build_analyzer``."""

import io
import json
import pickle
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from bridge.errors import InputError
from bridge.overrides.encoding.documents import Analysis
from bridge.overrides.sklearn.feature_extraction.text import analysis_of

ALPHABET = "abcAB éÉîİßſﬁ \t\n\u00a0\u200b\u0301.,;'-_09日Σς\u03c3\U0001f600"
texts = st.one_of(st.text(alphabet=ALPHABET, max_size=40), st.text(max_size=30))
ranges = st.sampled_from([(1, 1), (1, 2), (2, 2), (2, 4), (1, 5), (3, 3)])


def terms_of(vectorizer, text):
    """Our terms, through the manifest and back, and scikit-learn's."""
    analysis = analysis_of(vectorizer)
    again = Analysis.from_dict(json.loads(json.dumps(analysis.to_dict())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = list(vectorizer.build_analyzer()(text))
    if not analysis.needs:
        assert again == analysis
        assert list(again.terms(text)) == theirs
    return list(analysis.terms(text)), theirs


@settings(deadline=None, max_examples=300)
@given(
    texts,
    ranges,
    st.booleans(),
    st.sampled_from([None, "ascii", "unicode"]),
    st.sampled_from([None, "english", ["a", "ab", "é"]]),
    st.sampled_from([r"(?u)\b\w\w+\b", r"\S+", r"(\w)\w*", "[^ ]"]),
)
def test_words(text, ngram_range, lowercase, strip_accents, stop_words, token_pattern):
    ours, theirs = terms_of(
        CountVectorizer(
            ngram_range=ngram_range,
            lowercase=lowercase,
            strip_accents=strip_accents,
            stop_words=stop_words,
            token_pattern=token_pattern,
        ),
        text,
    )
    assert ours == theirs


@settings(deadline=None, max_examples=300)
@given(
    texts,
    ranges,
    st.sampled_from(["char", "char_wb"]),
    st.booleans(),
    st.sampled_from([None, "ascii", "unicode"]),
)
def test_characters(text, ngram_range, analyzer, lowercase, strip_accents):
    ours, theirs = terms_of(
        CountVectorizer(analyzer=analyzer, ngram_range=ngram_range, lowercase=lowercase, strip_accents=strip_accents),
        text,
    )
    assert ours == theirs


@pytest.mark.parametrize("ngram_range", [(0, 1), (0, 2)])
@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
def test_terms_of_nothing(ngram_range, analyzer):
    for text in ("", "one", "one two three"):
        ours, theirs = terms_of(CountVectorizer(ngram_range=ngram_range, analyzer=analyzer), text)
        assert ours == theirs


def shout(text):
    return text.upper() + "!"


def by_letters(text):
    return list(text)


@pytest.mark.parametrize(
    "options",
    [
        {"preprocessor": shout},
        {"tokenizer": by_letters, "stop_words": ["a"], "ngram_range": (1, 2)},
        {"preprocessor": shout, "tokenizer": by_letters},
        {"strip_accents": shout, "analyzer": "char", "ngram_range": (2, 3)},
        {"analyzer": shout},
    ],
)
def test_functions_are_used_as_they_are(options):
    vectorizer = CountVectorizer(**options)
    ours, theirs = terms_of(vectorizer, "A banana, à la carte")
    assert ours == theirs
    written = Analysis.from_dict(json.loads(json.dumps(analysis_of(vectorizer).to_dict())))
    option, function = next(iter((name, value) for name, value in options.items() if callable(value)))
    with pytest.raises(InputError, match=rf"{function.__name__} \({option}\).*the encode of the module"):
        written.terms("text")


def test_functions_that_are_not_reached_are_not_needed():
    vectorizer = CountVectorizer(analyzer="char", tokenizer=by_letters, preprocessor=shout, strip_accents=shout)
    assert [option for option, _ in analysis_of(vectorizer).needs] == ["preprocessor"]
    assert [option for option, _ in analysis_of(CountVectorizer(analyzer=shout, tokenizer=by_letters)).needs] == [
        "analyzer"
    ]


def test_bytes_and_files(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("Crème brûlée \xff".encode("latin-1"))
    for vectorizer, document in (
        (CountVectorizer(encoding="latin-1"), path.read_bytes()),
        (CountVectorizer(encoding="utf-8", decode_error="ignore"), path.read_bytes()),
        (CountVectorizer(input="filename", encoding="latin-1"), str(path)),
    ):
        ours, theirs = terms_of(vectorizer, document)
        assert ours == theirs
        assert ours
    assert list(analysis_of(CountVectorizer(input="file")).terms(io.StringIO("one two"))) == ["one", "two"]


@pytest.mark.parametrize("document", [None, float("nan"), 3, ["a", "b"], {"text": "a"}])
@pytest.mark.parametrize("options", [{}, {"analyzer": "char", "lowercase": False}])
def test_what_is_no_text_is_refused(document, options):
    with pytest.raises(InputError, match="document"):
        analysis_of(CountVectorizer(**options)).terms(document)


def test_an_analysis_that_was_used_is_still_a_value():
    analysis = analysis_of(CountVectorizer(tokenizer=by_letters, token_pattern=None))
    before = list(analysis.terms("text"))
    again = pickle.loads(pickle.dumps(analysis))
    assert again == analysis
    assert list(again.terms("text")) == before
