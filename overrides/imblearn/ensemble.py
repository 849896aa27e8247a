"""``imblearn.ensemble``: ensembles that choose the rows of their members, and predict with scikit-learn's methods."""

from imblearn import ensemble

from ..core.registry import OnnxGap, register
from ..sklearn.ensemble._bagging import BaggingClassifier
from ..sklearn.ensemble._forest import ForestClassifier
from ..sklearn.ensemble._weight_boosting import AdaBoostClassifier


@register(ensemble.BalancedRandomForestClassifier, gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION))
class BalancedRandomForest(ForestClassifier):
    """A random forest whose trees were grown on balanced rows."""


@register(
    ensemble.BalancedBaggingClassifier, ensemble.EasyEnsembleClassifier, gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION)
)
class BalancedBagging(BaggingClassifier):
    """Bagging of pipelines of a sampler and a classifier each."""


@register(ensemble.RUSBoostClassifier, gaps=(OnnxGap.CONVERTER, OnnxGap.PRECISION))
class UndersampledBoost(AdaBoostClassifier):
    """AdaBoost whose members were fitted on rows that a sampler left."""
