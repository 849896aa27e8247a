"""``sklearn.tree``: decision trees and extremely randomised ones."""

from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from ..core.registry import OnnxGap, register
from ..forests.fitted import ClassifierOutputs, RegressorOutputs, Tree


@register(DecisionTreeClassifier, ExtraTreeClassifier, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class TreeClassifier(ClassifierOutputs, Tree):
    """A classification tree.

    ``predict`` gives codes for words; with several outputs, of shape (n_samples, n_outputs), a code counts in the
    ``output_class_names`` of its output. ``apply`` gives int64, ``decision_path`` a dense int64 indicator.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """


@register(DecisionTreeRegressor, ExtraTreeRegressor, gaps=(OnnxGap.PRECISION, OnnxGap.GRADIENT, OnnxGap.METHOD))
class TreeRegressor(RegressorOutputs, Tree):
    """A regression tree; ``predict`` has shape (n_samples, n_outputs) where there are several outputs.

    ``apply`` gives int64, ``decision_path`` a dense int64 indicator.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """
