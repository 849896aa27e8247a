"""Vectorizers of texts and dicts, hashers, weights of terms, patches of images."""

import re
from operator import itemgetter
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.image import PatchExtractor
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
    strip_accents_unicode,
)
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import FeatureUnion, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, Normalizer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from . import Case


def no_digits(text: str) -> str:
    """A preprocessor of one's own."""
    return re.sub(r"\d", "", text).upper()


def split(text: str) -> list[str]:
    """A tokenizer of one's own."""
    return text.split()


def as_it_is(tokens: list[str]) -> list[str]:
    """An analyzer of documents that are lists of tokens."""
    return tokens


def review(frame: Any) -> Any:
    """A column of a frame, as one picks it to count words."""
    return frame[["review"]].to_numpy().ravel()


CASES = (
    Case(id="CountVectorizer", make=lambda: CountVectorizer(), data="texts"),
    Case(
        id="CountVectorizer-ngrams-stop-words-binary",
        make=lambda: CountVectorizer(
            ngram_range=(1, 3), stop_words="english", binary=True, strip_accents="unicode", max_features=200
        ),
        data="texts",
    ),
    Case(
        id="CountVectorizer-char-vocabulary",
        make=lambda: CountVectorizer(
            analyzer="char", ngram_range=(1, 2), lowercase=False, vocabulary=["e", "th", " ", "ü", "日本", "é", "x8"]
        ),
        data="texts",
    ),
    Case(
        id="CountVectorizer-char_wb-bytes",
        make=lambda: CountVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), decode_error="replace", dtype=np.uint8, min_df=3, max_df=0.8
        ),
        data="text_bytes",
    ),
    Case(
        id="CountVectorizer-functions",
        make=lambda: CountVectorizer(preprocessor=no_digits, tokenizer=split, token_pattern=None, stop_words=["THE"]),
        data="texts",
    ),
    Case(
        id="CountVectorizer-analyzer",
        make=lambda: CountVectorizer(analyzer=as_it_is),
        data="token_lists",
    ),
    Case(id="TfidfVectorizer", make=lambda: TfidfVectorizer(), data="texts"),
    Case(
        id="TfidfVectorizer-sublinear-l1",
        make=lambda: TfidfVectorizer(
            sublinear_tf=True, norm="l1", smooth_idf=False, token_pattern=r"(\w{3})\w*", strip_accents="ascii"
        ),
        data="texts",
    ),
    Case(
        id="TfidfVectorizer-single",
        make=lambda: TfidfVectorizer(dtype=np.float32, strip_accents=strip_accents_unicode, stop_words=["the", "and"]),
        data="texts",
    ),
    Case(
        id="TfidfVectorizer-logistic",
        make=lambda: make_pipeline(TfidfVectorizer(binary=True, use_idf=False, norm=None), LogisticRegression()),
        data="texts",
    ),
    Case(
        id="TfidfVectorizer-svd",
        make=lambda: make_pipeline(
            TfidfVectorizer(), TruncatedSVD(5, random_state=0), Normalizer(), RandomForestClassifier(5, random_state=0)
        ),
        data="texts",
    ),
    Case(
        id="TfidfVectorizer-union",
        make=lambda: make_pipeline(
            make_union(
                TfidfVectorizer(ngram_range=(1, 2)),
                TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3)),
                make_pipeline(CountVectorizer(), TfidfTransformer(), SelectKBest(chi2, k=4)),
            ),
            LinearSVC(),
        ),
        data="texts",
    ),
    Case(id="TfidfTransformer", make=lambda: TfidfTransformer(), data="counts"),
    Case(
        id="TfidfTransformer-naive-bayes",
        make=lambda: make_pipeline(
            CountVectorizer(), TfidfTransformer(sublinear_tf=True, norm="l1", smooth_idf=False), MultinomialNB()
        ),
        data="texts",
    ),
    Case(
        id="TfidfTransformer-nothing",
        make=lambda: TfidfTransformer(use_idf=False, norm=None, sublinear_tf=True),
        data="counts",
    ),
    Case(id="HashingVectorizer", make=lambda: HashingVectorizer(n_features=64), data="texts"),
    Case(
        id="HashingVectorizer-binary-l1",
        make=lambda: HashingVectorizer(
            n_features=17, binary=True, norm="l1", ngram_range=(1, 2), stop_words="english", dtype=np.float32
        ),
        data="texts",
    ),
    Case(
        id="HashingVectorizer-unsigned-svc",
        make=lambda: make_pipeline(
            HashingVectorizer(n_features=128, alternate_sign=False, norm=None, analyzer="char_wb", ngram_range=(2, 2)),
            LinearSVC(),
        ),
        data="texts",
    ),
    Case(id="DictVectorizer", make=lambda: DictVectorizer(), data="dicts"),
    Case(
        id="DictVectorizer-logistic",
        make=lambda: make_pipeline(DictVectorizer(sparse=False, separator=": ", sort=False), LogisticRegression()),
        data="dicts",
    ),
    Case(id="FeatureHasher-pairs", make=lambda: FeatureHasher(n_features=8, input_type="pair"), data="pairs"),
    Case(
        id="FeatureHasher-words",
        make=lambda: FeatureHasher(n_features=13, input_type="string", alternate_sign=False, dtype=np.int32),
        data="token_lists",
    ),
    Case(
        id="FeatureHasher-dicts",
        make=lambda: make_pipeline(FeatureHasher(n_features=32), LogisticRegression()),
        data="dicts",
        fit=lambda model, data: model.fit(_without_lists(data.X), data.y),
        rows=lambda model, data: _without_lists(data.unseen),
    ),
    Case(id="PatchExtractor", make=lambda: PatchExtractor(patch_size=(6, 5)), data="images"),
    Case(
        id="ColumnTransformer-text",
        make=lambda: make_pipeline(
            ColumnTransformer(
                [
                    ("city", OneHotEncoder(handle_unknown="ignore"), ["city"]),
                    ("title", TfidfVectorizer(), "title"),
                    ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["stars", "price"]),
                    ("review", make_pipeline(CountVectorizer(), TfidfTransformer()), "review"),
                    ("letters", HashingVectorizer(analyzer="char", n_features=16), "title"),
                    ("words", OneHotEncoder(handle_unknown="ignore", max_categories=3), ["title", "city"]),
                ],
                transformer_weights={"title": 2.0, "review": 0.5},
            ),
            LogisticRegression(max_iter=500),
        ),
        data="mixed",
    ),
    Case(
        id="Pipeline-text-picked-by-functions",
        make=lambda: make_pipeline(
            FeatureUnion(
                [
                    ("title", make_pipeline(FunctionTransformer(itemgetter("title")), TfidfVectorizer())),
                    ("review", make_pipeline(FunctionTransformer(review), FunctionTransformer(), CountVectorizer())),
                    (
                        "columns",
                        make_pipeline(
                            FunctionTransformer(itemgetter(["title", "stars", "city"])),
                            make_column_transformer(
                                (OneHotEncoder(handle_unknown="ignore"), ["city"]),
                                (HashingVectorizer(n_features=32), "title"),
                                (StandardScaler(), ["stars"]),
                            ),
                        ),
                    ),
                    ("numbers", make_pipeline(FunctionTransformer(itemgetter(["price"])), SimpleImputer())),
                ]
            ),
            LogisticRegression(max_iter=500),
        ),
        data="mixed",
    ),
    Case(
        id="Pipeline-text-passed-through",
        make=lambda: make_pipeline(FunctionTransformer(), "passthrough", TfidfVectorizer(), LogisticRegression()),
        data="texts",
    ),
    Case(
        id="ColumnTransformer-text-voting",
        make=lambda: VotingClassifier(
            [
                ("title", make_pipeline(make_column_transformer((TfidfVectorizer(), "title")), LogisticRegression())),
                (
                    "both",
                    make_pipeline(
                        make_column_transformer(
                            (make_union(CountVectorizer(), CountVectorizer(analyzer="char")), "review"),
                            (TfidfVectorizer(), "title"),
                            ("passthrough", ["stars"]),
                        ),
                        LogisticRegression(max_iter=500),
                    ),
                ),
            ],
            voting="soft",
        ),
        data="mixed_polars",
    ),
)


def _without_lists(rows: list[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if not isinstance(value, list)} for row in rows]
