"""Models read from files: what is accepted, what has to be trusted, and what is said about the rest."""

import pathlib
import pickle

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bridge.errors import BridgeError, DataError, MissingPackageError, ModelError
from bridge.io.models import read_model
from tests.cases.data import DATA


class Foreign(LinearRegression):
    """A class that skops does not know."""


class Hostile:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


@pytest.fixture
def model():
    data = DATA["three_words"]()
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(data.X, data.y)


def _dump(model, path):
    if path.suffix == ".skops":
        skops.io.dump(model, path)
    elif path.suffix == ".joblib":
        joblib.dump(model, path, compress=3)
    else:
        path.write_bytes(pickle.dumps(model))
    return path


@pytest.mark.parametrize("name", ["m.skops", "M.SKOPS", "m.pkl", "m.pickle", "m.joblib"])
def test_a_model_comes_back_whole(model, tmp_path, name):
    if name.isupper():
        _dump(model, tmp_path / "m.skops").rename(tmp_path / name)
    else:
        _dump(model, tmp_path / name)
    found = read_model(tmp_path / name, trust="skops" not in name.lower())
    rows = DATA["three_words"]().unseen
    np.testing.assert_array_equal(found.predict_proba(rows), model.predict_proba(rows))


@pytest.mark.parametrize("suffix", [".pkl", ".pickle", ".joblib"])
def test_a_pickle_is_not_run_unless_trusted(tmp_path, suffix):
    mark = tmp_path / "mark"
    path = tmp_path / f"hostile{suffix}"
    path.write_bytes(pickle.dumps(Hostile(mark)))
    with pytest.raises(DataError, match=r"can run any code.*--trust"):
        read_model(path)
    assert not mark.exists()
    with pytest.raises(ModelError):
        read_model(path, trust=True)
    assert mark.exists(), "the test would not see it run"


def test_a_pickle_with_the_name_of_a_skops_file_is_not_run(tmp_path):
    mark, path = tmp_path / "mark", tmp_path / "hostile.skops"
    path.write_bytes(pickle.dumps(Hostile(mark)))
    for trust in (False, True):
        with pytest.raises(DataError, match="not a skops file"):
            read_model(path, trust)
    assert not mark.exists()


def test_types_unknown_to_skops_are_named_and_want_trust(tmp_path):
    data = DATA["regression"]()
    path = _dump(Foreign().fit(data.X, data.y), tmp_path / "m.skops")
    with pytest.raises(DataError, match=rf"{Foreign.__module__}\.Foreign.*--trust"):
        read_model(path)
    assert type(read_model(path, trust=True)) is Foreign


@pytest.mark.parametrize("suffix", [".skops", ".pkl", ".joblib"])
@pytest.mark.parametrize("damage", ["empty", "cut", "text"])
def test_a_damaged_file_is_said_to_be_one(model, tmp_path, suffix, damage):
    path = _dump(model, tmp_path / f"m{suffix}")
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "text": b"not a model\n"}[damage])
    with pytest.raises(DataError, match="is empty" if damage == "empty" else "damaged|was cut"):
        read_model(path, trust=True)


def test_a_zip_of_something_else_is_no_model(tmp_path):
    np.savez(tmp_path / "arrays.npz", a=np.zeros(3))
    path = (tmp_path / "arrays.npz").rename(tmp_path / "arrays.skops")
    with pytest.raises(DataError, match="cannot be read as a skops file"):
        read_model(path)


@pytest.mark.parametrize("thing", [{"a": 1}, [1, 2], LogisticRegression], ids=["dict", "list", "class"])
def test_what_is_not_an_estimator_is_refused(tmp_path, thing):
    with pytest.raises(ModelError, match="fitted"):
        read_model(_dump(thing, tmp_path / "thing.pkl"), trust=True)


def test_paths_that_are_no_model_file(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"x")
    for path, words in (
        (tmp_path / "nothing.skops", "does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "m.onnx", "not a file of a known kind"),
    ):
        with pytest.raises(DataError, match=words):
            read_model(path)


def test_a_missing_skops_says_how_to_install_it(model, tmp_path, monkeypatch):
    path = _dump(model, tmp_path / "m.skops")
    monkeypatch.setitem(__import__("sys").modules, "skops.io", None)
    with pytest.raises(MissingPackageError, match=r"pip install skops.*sklearn-bridge\[all\]") as caught:
        read_model(path)
    assert isinstance(caught.value, BridgeError)
