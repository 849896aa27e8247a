"""``sklearn.frozen``: FrozenEstimator, which is the estimator inside."""

from typing import Any

from sklearn.frozen import FrozenEstimator as SkFrozenEstimator
from torch import Tensor, nn

from .base import Module
from .composite import Composite, lists_of, raises_of, unsteady_of
from .registry import Loss, register


@register(SkFrozenEstimator, loses=Loss.CONVERTER)
class FrozenEstimator(Composite):
    """Every method is that of the estimator inside, which stands at ``estimator``."""

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        child: Any = children["estimator"]
        self.estimator = child
        self.n_features_in_ = child.n_features_in_
        self.n_features_out = child.n_features_out
        self.adopt_classes(estimator)

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The estimator inside."""
        return {"estimator": estimator.estimator}

    @staticmethod
    def lists_of(estimator: Any) -> tuple[str, ...]:
        """Those of the estimator inside."""
        return lists_of(estimator.estimator)

    @classmethod
    def raises_of(cls, estimator: Any) -> dict[str, str]:
        """Those of the estimator inside."""
        return raises_of(estimator.estimator)

    @classmethod
    def unsteady_of(cls, estimator: Any) -> tuple[str, ...]:
        """Those of the estimator inside."""
        return unsteady_of(estimator.estimator)

    def entry(self) -> Module:
        """The estimator inside."""
        child: Module = self.estimator
        return child

    def _check(self, x: Tensor) -> Tensor:
        checked: Tensor = self.estimator._check(x)
        return checked

    def _check_inverse(self, x: Tensor) -> Tensor:
        checked: Tensor = self.estimator._check_inverse(x)
        return checked

    # TorchScript infers what these return, a tensor or a list of them, from the estimator inside.

    def _predict(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.predict(x)

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.predict_proba(x)

    def _predict_log_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.predict_log_proba(x)

    def _decision_function(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.decision_function(x)

    def _transform(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.transform(x)

    def _inverse_transform(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.inverse_transform(x)

    def _score_samples(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.score_samples(x)

    def _apply_rows(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.apply(x)

    def _decision_path(self, x: Tensor):  # type: ignore[no-untyped-def]
        return self.estimator.decision_path(x)
