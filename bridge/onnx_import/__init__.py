"""The ONNX route: skl2onnx in float64, onnx2torch with operators of ours, repairs, one module with all methods.

The main route of estimators that no override replaces. onnx, skl2onnx and onnx2torch are heavy and imported when an
estimator first travels.
"""

from typing import Any

from ..overrides.core.methods import available_methods
from ..overrides.core.module import Module
from .supports import onnx_classes, supports

__all__ = ["convert_via_onnx", "onnx_classes", "supports"]


def convert_via_onnx(estimator: Any, methods: tuple[str, ...] | None = None) -> Module:
    """Convert a fitted estimator by its ONNX graphs.

    Parameters
    ----------
    estimator : estimator
        Fitted, and one to which :func:`supports` has no objection.
    methods : tuple of str, optional
        Public methods of the module; without them all that the estimator has.

    Returns
    -------
    Module
        In eval mode.

    Raises
    ------
    OnnxRouteError
        A stage failed; the message names estimator, stage and node.
    """
    from ..errors import OnnxRouteError
    from .assemble import assemble
    from .from_sklearn import exported, prepare
    from .match_parameters import learned_arrays
    from .pipeline import run_passes
    from .signatures import signature
    from .translate import translate

    try:
        models = exported(estimator, methods or available_methods(estimator))
        graphs = {name: translate(model, estimator.n_features_in_) for name, model in models.items()}
        repaired = {name: run_passes(graph, signature(estimator, name)) for name, graph in graphs.items()}
        return assemble(estimator, learned_arrays(prepare(estimator)), repaired)
    except OnnxRouteError as error:
        raise OnnxRouteError(f"{type(estimator).__name__}: the ONNX route ends at {error}") from error
