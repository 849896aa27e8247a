"""The demo: its models, its page and its pictures."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from typer.testing import CliRunner

from bridge.artifacts.read import load
from bridge.cli.app import app
from bridge.demo import examples as demo_pictures
from bridge.demo import run as demo
from bridge.demo.figures import draw_field, draw_improvement
from bridge.errors import DataError, MissingPackageError
from bridge.runtimes.base import RUNTIMES

pytestmark = pytest.mark.xdist_group("demo")


def _size(path):
    """Width and height that the header of a PNG file gives."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def test_one_example_from_data_to_page(tmp_path):
    example = next(example for example in demo.EXAMPLES if example.name == "logistic")
    seen = []
    (result,) = demo.run_demo(tmp_path / "demo", seen.append, (example,), pictures=False)
    assert seen == ["logistic on wine"]
    assert result.report.ok
    assert result.report.reference == "scikit-learn"
    assert {item.runtime for item in result.report.comparisons} == set(RUNTIMES)
    assert result.score > 0.9
    assert result.speed > 0
    assert load(tmp_path / "demo" / "logistic").methods == result.methods
    page = (tmp_path / "demo" / demo.PAGE).read_text(encoding="utf-8")
    assert "logistic, wine: StandardScaler, LogisticRegression" in page
    assert demo.results_table([result], tmp_path).row_count == 1


def test_the_field_is_the_gradient_of_scikit_learn_s_probability(tmp_path):
    field = demo_pictures.probability_field(resolution=60, arrows=9)
    wine = load_wine(as_frame=True)
    rows = StandardScaler().fit_transform(wine.data[["flavanoids", "color_intensity"]].to_numpy())
    with pytest.warns(FutureWarning, match="probability"):
        model = SVC(C=3.0, gamma=0.5, probability=True, random_state=0).fit(rows, field.labels)
    grid = np.stack(np.meshgrid(field.x, field.y), axis=-1)
    truth = model.predict_proba(grid.reshape(-1, 2))[:, 1].reshape(field.probability.shape)
    np.testing.assert_allclose(field.probability, truth, atol=1e-10)
    step = 1e-5
    for column in (0, 1):
        shift = step * np.eye(2)[column]
        high, low = model.predict_proba(field.at + shift)[:, 1], model.predict_proba(field.at - shift)[:, 1]
        np.testing.assert_allclose(field.gradient[:, column], (high - low) / (2 * step), atol=1e-5)
    draw_field(field, tmp_path / "field.png")
    assert _size(tmp_path / "field.png")[0] > 1000
    assert (tmp_path / "field.png").stat().st_size < 300_000


def test_tuning_by_gradient_helps_rows_held_out(tmp_path):
    improvement = demo_pictures.tuned_pipeline(steps=60, resolution=40)
    assert improvement.loss[-1] < 0.85 * improvement.loss[0]
    assert improvement.accuracy[-1] > improvement.accuracy[0] + 0.05
    assert not np.array_equal(improvement.before.points, improvement.after.points), "the plane was not turned"
    draw_improvement(improvement, tmp_path / "improved.png")
    assert _size(tmp_path / "improved.png")[0] > 1000


def test_drawing_leaves_the_global_state_of_matplotlib_alone(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw_field(demo_pictures.probability_field(resolution=20, arrows=5), tmp_path / "field.png")
    assert dict(matplotlib.rcParams) == before


def test_without_matplotlib_nothing_is_begun(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(MissingPackageError, match=r"matplotlib is needed.*pip install"):
        demo.run_demo(tmp_path / "demo", lambda stage: None)
    assert not (tmp_path / "demo").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "demo").touch()
    with pytest.raises(DataError, match="is a file"):
        demo.run_demo(tmp_path / "demo", lambda stage: None)


@pytest.mark.slow
def test_the_whole_demo(tmp_path):
    torch.manual_seed(0)
    result = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "demo")])
    assert (result.exit_code, result.stderr) == (0, "")
    for example in demo.EXAMPLES:
        assert (tmp_path / "demo" / example.name / "manifest.json").is_file()
        assert example.name in result.stdout
    for picture in (demo.FIELD_PICTURE, demo.IMPROVED_PICTURE):
        _size(tmp_path / "demo" / picture)
