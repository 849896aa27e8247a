"""Strings of several outputs: ``predict_labels`` has a list per output, in every runtime, and the manifest has them."""

import json
import warnings

import numpy as np
import pytest
import torch
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import bridge

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(90, 4))
Y = np.column_stack(
    [
        np.where(X[:, 0] > 0, "hot", "cold"),
        np.where(X[:, 1] > 0.5, "wet", np.where(X[:, 1] > -0.5, "damp", "dry")),
    ]
)
UNSEEN = RANDOM.normal(size=(40, 4))

MODELS = {
    "tree": lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
    "forest": lambda: RandomForestClassifier(5, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(5, random_state=0),
    "neighbors": lambda: KNeighborsClassifier(3),
    "radius": lambda: RadiusNeighborsClassifier(3.0),
    "radius with outliers": lambda: make_pipeline(
        StandardScaler(), RadiusNeighborsClassifier(0.7, outlier_label=["lost", "dry"])
    ),
    "multi-output": lambda: MultiOutputClassifier(LogisticRegression()),
    "dummy": lambda: DummyClassifier(strategy="most_frequent"),
    "pipeline": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(3)),
    "search": lambda: GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [2, 3]}, cv=2),
}


@pytest.fixture(name="model", params=MODELS, scope="module")
def _model(request, tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MODELS[request.param]().fit(X, Y)
    folder = tmp_path_factory.mktemp("model") / "artifact"
    bridge.export(model, folder, UNSEEN)
    return model, folder


@pytest.mark.filterwarnings("ignore:Outlier label")
@pytest.mark.parametrize("runtime", ["eager", "torchscript", "torch.export", "onnxruntime"])
@pytest.mark.parametrize("rows", [UNSEEN, UNSEEN[:1], UNSEEN[:0]], ids=["many", "one", "none"])
def test_labels_of_every_output_are_scikit_learns(rows, runtime, model):
    estimator, folder = model
    served = bridge.to_torch(estimator) if runtime == "eager" else bridge.load(folder, runtime=runtime)
    wanted = estimator.predict(rows).T.tolist() if len(rows) else [[], []]
    assert served.predict_labels(torch.as_tensor(rows)) == wanted


def test_the_manifest_and_the_artifact_have_the_strings(model):
    estimator, folder = model
    wanted = bridge.load(folder).classes_
    for known, part in zip(wanted, estimator.classes_, strict=True):  # behind the classes, the label of outliers
        assert known[: len(part)] == part.tolist()
    text = json.dumps(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    assert json.dumps(wanted) in text
