"""Cases of sklearn.decomposition: sparse codes over a dictionary."""

from functools import partial
from typing import Any

import numpy as np
from sklearn.decomposition import DictionaryLearning, MiniBatchDictionaryLearning, SparseCoder

from . import Case


def _coder(n_components: int, algorithm: str, **options: Any) -> SparseCoder:
    """A coder with atoms of length 1 for six features."""
    atoms = np.random.default_rng(n_components).normal(size=(n_components, 6))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    return SparseCoder(atoms, transform_algorithm=algorithm, **options)


def _case(name: str, n_components: int, algorithm: str, **options: Any) -> Case:
    return Case(id=f"SparseCoder-{name}", make=partial(_coder, n_components, algorithm, **options))


CASES = (
    _case("omp", 8, "omp", transform_n_nonzero_coefs=4, split_sign=True),
    _case("omp-one", 5, "omp"),
    _case("threshold", 8, "threshold", transform_alpha=0.3),
    _case("threshold-positive", 8, "threshold", positive_code=True, split_sign=True),
    _case("lars", 5, "lars", transform_n_nonzero_coefs=5),
    _case("lars-few", 9, "lars", transform_n_nonzero_coefs=3, split_sign=True),
    _case("lasso-lars", 9, "lasso_lars", transform_alpha=0.05),
    _case("lasso-lars-positive", 5, "lasso_lars", transform_alpha=0.01, positive_code=True),
    _case("lasso-lars-stopped", 9, "lasso_lars", transform_max_iter=4, transform_alpha=1e-9),
    _case("lasso-cd", 8, "lasso_cd", transform_alpha=0.1),
    _case("lasso-cd-positive", 5, "lasso_cd", transform_alpha=0.1, positive_code=True, split_sign=True),
    _case("lasso-cd-stopped", 5, "lasso_cd", transform_alpha=0.0, transform_max_iter=4),
    Case("DictionaryLearning", lambda: DictionaryLearning(4, alpha=0.4, max_iter=20, random_state=0)),
    Case(
        "DictionaryLearning-lasso-lars",
        lambda: DictionaryLearning(7, transform_algorithm="lasso_lars", alpha=0.5, max_iter=20, random_state=0),
    ),
    Case(
        "MiniBatchDictionaryLearning",
        lambda: MiniBatchDictionaryLearning(
            5, transform_algorithm="lasso_cd", transform_alpha=0.2, max_iter=20, random_state=0
        ),
    ),
)
