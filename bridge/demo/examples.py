"""What the demo's pictures show, computed through converted modules: a gradient field, a model tuned by gradient."""

import copy
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor, nn

from ..api import to_torch
from .figures import Field, Improvement, Regions


def fit_quietly(estimator: Any, X: Any, y: Any) -> Any:
    """A fitted estimator; what scikit-learn warns of during the fit is no concern of a demo."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y)


def probability_field(resolution: int = 400, arrows: int = 28) -> Field:
    """The gradient of a support vector machine's ``predict_proba`` on two features of the wine data.

    Parameters
    ----------
    resolution : int
        Points of the grid along the first feature.
    arrows : int
        Arrows along it.
    """
    wine = load_wine(as_frame=True)
    features = ["flavanoids", "color_intensity"]
    rows = StandardScaler().fit_transform(wine.data[features].to_numpy())
    labels = (wine.target.to_numpy() == 1).astype(int)
    model = fit_quietly(SVC(C=3.0, gamma=0.5, probability=True, random_state=0), rows, labels)
    module = to_torch(model, rows)
    low, high = rows.min(axis=0) - 0.45, rows.max(axis=0) + 0.45
    x, y = _axes(low, high, resolution)
    inner = (high - low) / (arrows + 2)
    at = _grid(*_axes(low + inner, high - inner, arrows))
    points = torch.tensor(at, requires_grad=True)
    (gradient,) = torch.autograd.grad(module.predict_proba(points)[:, 1].sum(), points)
    with torch.no_grad():
        probability = module.predict_proba(torch.as_tensor(_grid(x, y)))[:, 1].reshape(len(y), len(x))
    return Field(
        x=x,
        y=y,
        probability=probability.numpy(),
        at=at,
        gradient=gradient.numpy(),
        points=rows,
        labels=labels,
        support=rows[model.support_],
        names=("other wines", "cultivar 1"),
        axes=tuple(f"{name.replace('_', ' ')} (standardized)" for name in features),  # type: ignore[arg-type]
        title="The gradient of SVC.predict_proba, by autograd through the converted module",
    )


def tuned_pipeline(steps: int = 400, resolution: int = 300) -> Improvement:
    """A pipeline fitted by scikit-learn step by step, then tuned as a whole by gradient.

    PCA to two dimensions, Nystroem and logistic regression on the digits: scikit-learn chooses the plane without the
    classes, gradient descent turns it, the landmarks and the weights together to tell them apart. Some of the rows that
    were held out say when to stop; what is shown is measured on the others, which nothing was chosen on.

    Parameters
    ----------
    steps : int
        Steps of Adam on the log loss of the training rows, at most.
    resolution : int
        Points of the grid along the first axis of a plane.
    """
    X, y = load_digits(return_X_y=True)
    X_train, X_rest, y_train, y_rest = train_test_split(X / 16, y, test_size=0.5, random_state=0, stratify=y)
    X_stop, X_test, y_stop, y_test = train_test_split(X_rest, y_rest, test_size=0.6, random_state=0, stratify=y_rest)
    model = make_pipeline(
        PCA(2, whiten=True, random_state=0),
        Nystroem(gamma=0.5, n_components=20, random_state=0),
        LogisticRegression(C=10, max_iter=5000),
    )
    fit_quietly(model, X_train, y_train)
    module = to_torch(model, X_test)
    fitted = copy.deepcopy(module)
    stop, test = (torch.as_tensor(rows) for rows in (X_stop, X_test))
    at, losses, accuracies, kept = [], [], [], []
    for step in _adam(module, torch.as_tensor(X_train), torch.as_tensor(y_train), steps):
        if step % 5 == 0:
            kept.append((_log_loss(module, stop, torch.as_tensor(y_stop)), copy.deepcopy(module.state_dict())))
            at.append(step)
            losses.append(_log_loss(module, test, torch.as_tensor(y_test)))
            accuracies.append(float((module.predict(test).numpy() == y_test).mean()))
    best = min(range(len(kept)), key=lambda i: kept[i][0])
    module.load_state_dict(kept[best][1])
    return Improvement(
        before=_regions(fitted, test, resolution, f"Fitted by scikit-learn: {accuracies[0]:.0%} right"),
        after=_regions(module, test, resolution, f"Tuned by gradient: {accuracies[best]:.0%} right"),
        labels=y_test,
        names=[str(label) for label in model.classes_],
        axes=("first component of PCA", "second component of PCA"),
        steps=np.array(at[: best + 1]),
        loss=np.array(losses[: best + 1]),
        accuracy=np.array(accuracies[: best + 1]),
        title="Digits held out, through PCA to a plane, Nystroem and LogisticRegression, tuned as one module",
    )


def _adam(module: Any, rows: Tensor, labels: Tensor, steps: int) -> Iterator[int]:
    """Minimize the log loss; yields the number of steps made, from 0 on."""
    optimizer = torch.optim.Adam(module.parameters(), lr=3e-3)
    for step in range(steps + 1):
        yield step
        optimizer.zero_grad()
        nn.functional.nll_loss(module.predict_log_proba(rows), labels).backward()
        optimizer.step()


@torch.no_grad()
def _log_loss(module: Any, rows: Tensor, labels: Tensor) -> float:
    return float(nn.functional.nll_loss(module.predict_log_proba(rows), labels))


@torch.no_grad()
def _regions(module: Any, rows: Tensor, resolution: int, title: str) -> Regions:
    """Decision regions of a pipeline over the plane to which its first step projects."""
    project, kernel, classify = module.steps[0], module.steps[1], module.steps[2]
    points = project.transform(rows).numpy()
    low, high = np.quantile(points, [0.002, 0.998], axis=0)
    margin = 0.06 * (high - low)
    x, y = _axes(low - margin, high + margin, resolution)
    probability = classify.predict_proba(kernel.transform(torch.as_tensor(_grid(x, y))))
    confidence, classes = probability.max(dim=1)
    shape = (len(y), len(x))
    return Regions(x, y, classes.reshape(shape).numpy(), confidence.reshape(shape).numpy(), points, title)


def _axes(low: np.ndarray, high: np.ndarray, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of a grid of a picture that is wider than high."""
    return np.linspace(low[0], high[0], resolution), np.linspace(low[1], high[1], resolution * 4 // 5)


def _grid(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The points of a grid, row by row, of shape (n_y * n_x, 2)."""
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
