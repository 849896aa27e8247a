"""Rows of float32, and steps that hand on float32: the module computes in float64 and is held to that."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import bridge
from bridge.errors import InputError

X, Y = load_wine(return_X_y=True)
ROWS = X[1::2].astype(np.float32)
NAMES = [f"column {i}" for i in range(X.shape[1])]

MODELS = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "svc": make_pipeline(StandardScaler(), SVC()),
    "neighbors": make_pipeline(StandardScaler(), PCA(4), KNeighborsClassifier()),
    "process": make_pipeline(StandardScaler(), GaussianProcessRegressor(alpha=0.1)),
    "network": make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=30, random_state=0)),
    "forest": RandomForestClassifier(5, random_state=0),
    "boosting": HistGradientBoostingClassifier(max_iter=4),
    "means": KMeans(3, n_init=1, random_state=0),
    "target": TransformedTargetRegressor(
        make_pipeline(StandardScaler(), Ridge()), func=np.log1p, inverse_func=np.expm1
    ),
    "voting": VotingClassifier([("a", GaussianNB()), ("b", make_pipeline(StandardScaler(), LogisticRegression()))]),
}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("fitted_on", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_rows_of_float32_are_a_sample(name, fitted_on):
    model = MODELS[name].fit(X[::2].astype(fitted_on), Y[::2])
    module = bridge.to_torch(model, ROWS)
    assert bridge.check_parity(model, ROWS, module=module, runtimes=["eager", "torchscript"]).ok
    wide = ROWS.astype(np.float64)
    if fitted_on == "float64":  # a model fitted on float32 may compute in it whatever its rows are
        method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
        found = getattr(module, method)(torch.as_tensor(ROWS)).detach()
        np.testing.assert_allclose(found, getattr(model, method)(wide), atol=1e-10)


@pytest.mark.parametrize("kind", ["pandas", "polars", "sparse"])
def test_forms_of_float32_rows(kind):
    model = make_pipeline(StandardScaler(with_mean=False), LogisticRegression())
    if kind == "sparse":
        model.fit(X[::2], Y[::2])
        rows = sparse.csr_array(ROWS)
    else:
        model.fit(pd.DataFrame(X[::2], columns=NAMES), Y[::2])
        rows = pd.DataFrame(ROWS, columns=NAMES)
        if kind == "polars":
            rows = pytest.importorskip("polars").from_pandas(rows)
    assert bridge.check_parity(model, rows, runtimes=["eager"]).ok


def test_an_artifact_is_measured_on_rows_of_float32(tmp_path):
    model = MODELS["logistic"].fit(X[::2], Y[::2])
    manifest = bridge.export(model, tmp_path / "artifact", ROWS)
    assert manifest.parity["ok"]


def test_a_fault_does_not_hide_behind_float32():
    model = MODELS["logistic"].fit(X[::2], Y[::2])
    module = bridge.to_torch(model)
    with torch.no_grad():
        module.steps.logisticregression.coef_.mul_(1 + 1e-7)
    assert not bridge.check_parity(model, ROWS, module=module, runtimes=["eager"]).ok


WORDS = pd.DataFrame({name: np.random.default_rng(i).choice(list("abc"), 90) for i, name in enumerate("uvw")})
TEXTS = [" ".join(row) * (1 + i % 3) for i, row in enumerate(WORDS.to_numpy())]
TARGET = (WORDS.u == "a").to_numpy().astype(int)

STEPS = {
    "one-hot": (OneHotEncoder(dtype=np.float32, sparse_output=False), WORDS),
    "one-hot sparse": (OneHotEncoder(dtype=np.float32), WORDS),
    "ordinal": (OrdinalEncoder(dtype=np.float32), WORDS),
    "columns": (make_column_transformer((OneHotEncoder(dtype=np.float32, sparse_output=False), ["u", "v"])), WORDS),
    "bins": (KBinsDiscretizer(4, dtype=np.float32, encode="onehot-dense", quantile_method="linear"), X[:90]),
    "counts": (CountVectorizer(dtype=np.float32, token_pattern=r"\w"), TEXTS),
    "tf-idf": (TfidfVectorizer(dtype=np.float32, token_pattern=r"\w"), TEXTS),
}
LAST = {
    "logistic": LogisticRegression(),
    "ridge": Ridge(),
    "network": MLPClassifier((4,), max_iter=30, random_state=0),
    "normal": GaussianNB(),
    "multinomial": MultinomialNB(),
    "tree": DecisionTreeClassifier(random_state=0),
    "svc": SVC(),
    "means": KMeans(2, n_init=1, random_state=0),
}


@pytest.mark.parametrize("last", LAST)
@pytest.mark.parametrize("step", STEPS)
def test_steps_that_hand_on_float32(step, last):
    first, rows = STEPS[step]
    if last == "normal" and step in ("one-hot sparse", "counts", "tf-idf"):
        last = "multinomial"  # GaussianNB takes no sparse rows
    model = make_pipeline(first, LAST[last]).fit(rows, TARGET)
    plan = bridge.plan(model)
    assert any("dtype=float32" in found.limit for found in plan.steps)
    report = bridge.check_parity(model, rows, runtimes=["eager", "torchscript"])
    assert report.ok, report.failures_text()
    assert report.limit


def test_what_float32_leaves_open_is_no_more_than_its_rounding():
    first, rows = STEPS["tf-idf"]
    model = make_pipeline(first, LogisticRegression()).fit(rows, TARGET)
    module = bridge.to_torch(model)
    with torch.no_grad():
        module.steps.logisticregression.coef_.mul_(1 + 1e-5)
    assert not bridge.check_parity(model, rows, module=module, runtimes=["eager"]).ok


@pytest.mark.parametrize("as_frame", [True, False])
@pytest.mark.parametrize(
    "scaler", [StandardScaler(), MinMaxScaler(), PolynomialFeatures(), QuantileTransformer(n_quantiles=5)], ids=str
)
def test_rows_of_float16_before_a_step_that_computes_in_it_are_refused(scaler, as_frame):
    rows = np.abs(X[:, :3]).astype(np.float16)
    model = make_pipeline(make_column_transformer((scaler, [0, 1]), remainder="passthrough"), LogisticRegression())
    rows = pd.DataFrame(rows, columns=["a", "b", "c"]) if as_frame else rows
    model.fit(rows.astype(float), Y)
    module = bridge.to_torch(model)
    wide = rows.astype(float)
    narrow, exact = (np.asarray(model.predict_proba(data)) for data in (rows, wide))
    assert np.abs(narrow - exact).max() > 1e-7, "scikit-learn computes in float64 here: nothing is to be refused"
    with pytest.raises(InputError, match=r"float16.*astype\(float\)"):
        module.encode(rows)
    np.testing.assert_allclose(module.predict_proba(module.encode(wide)).detach(), exact, atol=1e-10)
    assert bridge.check_parity(model, wide, module=module, runtimes=["eager"]).ok


def test_columns_of_float16_that_no_step_scales_are_taken():
    rows = pd.DataFrame(X[:, :3].astype(np.float16), columns=["a", "b", "c"])
    model = RandomForestClassifier(4, random_state=0).fit(rows, Y)
    module = bridge.to_torch(model)
    np.testing.assert_allclose(
        module.predict_proba(module.encode(rows)).detach(), model.predict_proba(rows), atol=1e-12
    )
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["a"]), remainder="passthrough"), LogisticRegression()
    )
    mixed = rows.assign(a=rows["a"].astype(float))
    module = bridge.to_torch(model.fit(mixed, Y))
    found = module.predict_proba(module.encode(mixed)).detach()
    np.testing.assert_allclose(found, model.predict_proba(mixed), atol=1e-10)


def test_columns_of_float32_are_taken_as_their_values_in_float64():
    rows = pd.DataFrame(X[:, :3].astype(np.float32), columns=["a", "b", "c"])
    model = make_pipeline(make_column_transformer((StandardScaler(), ["a"]), (MinMaxScaler(), ["b", "c"])), Ridge())
    model.fit(rows.astype(float), Y)
    module = bridge.to_torch(model)
    found = module.predict(module.encode(rows)).detach()
    np.testing.assert_allclose(found, model.predict(rows.astype(float)), atol=1e-10)


def test_the_mean_of_an_imputer_in_float16_is_refused():
    rows = pd.DataFrame({"a": np.array([0.1, np.nan, 0.7], dtype=np.float16)})
    model = SimpleImputer().fit(rows.astype(float))
    assert model.transform(rows)[1, 0] != model.transform(rows.astype(float))[1, 0]
    module = bridge.to_torch(model)
    with pytest.raises(InputError, match="'a' is of type float16"):
        module.encode(rows)
    np.testing.assert_array_equal(
        module(module.encode(rows.astype(float))).detach(), model.transform(rows.astype(float))
    )
