"""``sklearn.frozen``: FrozenEstimator, which is the estimator inside."""

from sklearn.frozen import FrozenEstimator as SkFrozenEstimator

from ..core.delegate import Delegate, delegating
from ..core.registry import OnnxGap, register


@register(SkFrozenEstimator, gaps=OnnxGap.CONVERTER)
class FrozenEstimator(delegating("estimator"), Delegate):  # type: ignore[misc]
    """Every method is that of the estimator inside, which stands at ``estimator``."""
