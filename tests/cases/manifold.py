"""Cases of sklearn.manifold."""

from typing import Any

import numpy as np
from sklearn.manifold import Isomap, LocallyLinearEmbedding

from . import Case
from .data import Data


def _near(estimator: Any, data: Data) -> np.ndarray:
    return data.unseen[:-8]


CASES = (
    Case(
        id="Isomap",
        slow_to_write=True,
        make=lambda: Isomap(n_neighbors=6, n_components=3),
        data="three_classes",
        smooth=True,
    ),
    Case(
        id="Isomap-radius-manhattan",
        make=lambda: Isomap(n_neighbors=None, radius=8.0, metric="manhattan"),
        data="three_classes",
        rows=_near,
    ),
    Case(
        id="Isomap-precomputed",
        slow_to_write=True,
        make=lambda: Isomap(n_neighbors=8, metric="precomputed"),
        data="distances_of_words",
        smooth=True,
    ),
    *(
        Case(
            id=f"LocallyLinearEmbedding-{method}",
            make=lambda method=method: LocallyLinearEmbedding(
                n_neighbors=12, n_components=2, method=method, eigen_solver="dense", random_state=0
            ),
            data="three_classes",
            smooth=method == "standard",
            slow_to_write=method != "standard",
        )
        for method in ("standard", "modified", "hessian", "ltsa")
    ),
)
