"""Gaps among texts that a function fills in front of a vectorizer, in tables and alone."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import bridge
from bridge.errors import InputError, UnsupportedError

TEXTS = ["paid late", None, "paid", "late again, Unknown", "", np.nan]
FRAME = pd.DataFrame({"note": TEXTS * 4, "sum": np.arange(24.0)})
LABELS = [1, 0, 1, 0, 1, 1] * 4
SERVED = pd.DataFrame({"note": [None, "UNKNOWN paid", np.nan, "unheardof", ""], "sum": [1.0, -2.0, 3.0, 30.0, 0.5]})
VECTORIZERS = {
    "counts": CountVectorizer(ngram_range=(1, 2)),
    "tfidf": TfidfVectorizer(),
    "characters": TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3)),
    "hashes": HashingVectorizer(n_features=32),
}


def unknown_for_gaps(texts, word="unknown"):
    return texts.fillna(value=word)


def model_of(function, vectorizer):
    texts = make_pipeline(function, vectorizer)
    return make_pipeline(make_column_transformer((texts, "note"), remainder="passthrough"), LogisticRegression())


@pytest.mark.parametrize(
    "function",
    [
        FunctionTransformer(lambda texts: texts.fillna("")),
        FunctionTransformer(unknown_for_gaps),
        FunctionTransformer(unknown_for_gaps, kw_args={"word": "late late"}),
    ],
    ids=["empty", "word", "argument"],
)
@pytest.mark.parametrize("name", VECTORIZERS)
def test_filled_texts_in_a_column(name, function):
    model = model_of(function, VECTORIZERS[name]).fit(FRAME, LABELS)
    module = bridge.to_torch(model)
    for run in (module, torch.jit.script(module)):
        found = run.predict_proba(module.encode(SERVED)).detach()
        np.testing.assert_allclose(found, model.predict_proba(SERVED), atol=1e-10)


def test_an_artifact_fills_gaps(tmp_path):
    model = model_of(FunctionTransformer(unknown_for_gaps), TfidfVectorizer()).fit(FRAME, LABELS)
    bridge.export(model, tmp_path / "artifact", FRAME)
    for runtime in ("torchscript", "onnxruntime"):
        artifact = bridge.load(tmp_path / "artifact", runtime=runtime)
        found = artifact.predict_proba(artifact.encode(SERVED))
        np.testing.assert_allclose(found, model.predict_proba(SERVED), atol=1e-10)


def test_only_the_vectorizer_behind_the_fill_takes_gaps():
    filled = make_pipeline(FunctionTransformer(lambda texts: texts.fillna("paid")), CountVectorizer())
    frame = FRAME.assign(note=FRAME["note"].fillna("late"), other=FRAME["note"])
    model = make_column_transformer(
        (filled, "other"), (filled, "note"), (CountVectorizer(), "note"), sparse_threshold=0
    ).fit(frame)
    module = bridge.to_torch(model)
    np.testing.assert_array_equal(module(module.encode(frame)), model.transform(frame))
    with pytest.raises(InputError, match="'note'"):
        module.encode(frame.assign(note=None))


def test_texts_alone():
    series = FRAME["note"]
    model = make_pipeline(FunctionTransformer(lambda texts: texts.fillna("")), CountVectorizer(), LogisticRegression())
    module = bridge.to_torch(model.fit(series, LABELS), series)
    found = module.predict_proba(module.encode(SERVED["note"])).detach()
    np.testing.assert_allclose(found, model.predict_proba(SERVED["note"]), atol=1e-10)


@pytest.mark.parametrize(
    "function",
    [
        lambda texts: texts.fillna("").str.replace("&amp;", "&"),
        lambda texts: texts.fillna("").str.strip(),
        lambda texts: texts.dropna().str.lower(),
        lambda texts: texts.where(texts.notna(), ""),
    ],
    ids=["replace", "strip", "lower", "where"],
)
def test_functions_that_change_texts_are_refused_by_name(function):
    frame = FRAME.assign(note=FRAME["note"].fillna("paid"))
    model = model_of(FunctionTransformer(function), TfidfVectorizer()).fit(frame, LABELS)
    with pytest.raises(UnsupportedError, match="texts of column 'note' by a FunctionTransformer") as refused:
        bridge.to_torch(model)
    assert "select ['note']" not in str(refused.value)
