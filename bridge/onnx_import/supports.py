"""Whether the ONNX route would carry an estimator: asked before anything is converted."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OnnxRouteError
from ..overrides.core.registry import find

if TYPE_CHECKING:
    import onnx

FLOAT32_OPERATORS = {"SVMClassifier", "SVMRegressor", "TreeEnsembleClassifier", "TreeEnsembleRegressor"}
"""Operators of ai.onnx.ml that calculate in float32, whatever their attributes are."""


def _always(estimator: Any) -> bool:
    return True


def _weighted(estimator: Any) -> bool:
    return bool(estimator.weights != "uniform")


DISTRUSTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "Normalizer": (_always, "divides a row of zeros by zero"),
    "TfidfTransformer": (lambda estimator: estimator.norm is not None, "divides a row of zeros by zero"),
    "CalibratedClassifierCV": (_always, "gives other probabilities where a pipeline is calibrated"),
    "OneVsRestClassifier": (_always, "compares probabilities, of which large ones tie, instead of decision values"),
    "KNeighborsClassifier": (_weighted, "weights neighbours otherwise than scikit-learn"),
    "KNeighborsRegressor": (_weighted, "weights neighbours otherwise than scikit-learn"),
    "RadiusNeighborsClassifier": (_always, "reads index -1 and leaves out neighbours at exactly the radius"),
    "RadiusNeighborsRegressor": (_always, "reads index -1 and leaves out neighbours at exactly the radius"),
}
"""Estimators whose graph is wrong though nothing in it shows it: whether this one is, and how."""

MAX_DEPTH = 12
"""Estimators nested deeper than this, or in a ring, are not looked at."""


def supports(estimator: Any, methods: tuple[str, ...]) -> str | None:
    """Objection of the ONNX route to a fitted estimator, or None.

    Parameters
    ----------
    estimator : estimator
    methods : tuple of str
        Public methods that its module must have.

    Returns
    -------
    str or None
        The reason in words: no converter, a method that the graph lacks, an operator without translation, numbers that
        float64 does not survive, a graph known to be wrong.
    """
    from skl2onnx._supported_operators import sklearn_operator_name_map

    from .from_sklearn import exported, outputs_of
    from .translate import unknown_operators

    name = type(estimator).__name__
    if type(estimator) not in sklearn_operator_name_map:
        return f"skl2onnx has no converter for {name}"
    for inner in _with_inner(estimator, 0):
        applies, how = DISTRUSTED.get(type(inner).__name__, (None, ""))
        if applies is not None and applies(inner):
            return f"the ONNX graph of {type(inner).__name__} {how}"
    if not hasattr(estimator, "n_features_in_"):
        return f"{name} does not say how many features it was fitted with"
    if isinstance(getattr(estimator, "classes_", None), list):
        return f"{name} has several outputs with classes of their own"
    lacking = [method for method in methods if outputs_of(estimator, method) is None]
    if lacking:
        return f"the ONNX graph of {name} lacks {', '.join(lacking)}"
    try:
        graphs = exported(estimator, methods)
    except OnnxRouteError as error:
        return str(error)
    for model in graphs.values():
        objection = next(iter(unknown_operators(model)), None) or lossy(model)
        if objection is not None:
            return objection
    return None


def _with_inner(value: Any, depth: int) -> Iterator[Any]:
    """An estimator and all those among its attributes, in lists, tuples and dicts too."""
    if isinstance(value, (list, tuple)):
        children = list(value)
    elif isinstance(value, dict):
        children = list(value.values())
    elif hasattr(value, "get_params") and not isinstance(value, type):
        yield value
        children = list(vars(value).values())
    else:
        return
    for child in children if depth < MAX_DEPTH else ():
        yield from _with_inner(child, depth + 1)


def lossy(model: "onnx.ModelProto") -> str | None:
    """Where a graph leaves float64, or None."""
    from onnx import TensorProto, numpy_helper

    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and _is_rounded(numpy_helper.to_array(tensor)):
            return f"the ONNX graph keeps {tensor.name!r} in float32"
    for node in model.graph.node:
        if node.domain == "ai.onnx.ml" and (node.op_type in FLOAT32_OPERATORS or _has_rounded(node)):
            return f"the ONNX operator {node.op_type} keeps its numbers in float32"
        to_float = [item.i == TensorProto.FLOAT for item in node.attribute if item.name == "to"]
        if node.op_type == "Cast" and any(to_float):
            return f"the ONNX graph casts to float32 (node {node.name or node.output[0]!r})"
    return None


def _has_rounded(node: "onnx.NodeProto") -> bool:
    return any(_is_rounded(np.array([item.f, *item.floats])) for item in node.attribute)


def _is_rounded(numbers: np.ndarray) -> bool:
    """Whether float32 numbers may stand for others: whole numbers do not."""
    return bool((numbers != numbers.round()).any())


def onnx_classes() -> tuple[type, ...]:
    """Estimator classes that the ONNX route carries with every method, and that no override replaces altogether."""
    from .supported import promised_classes

    records = ((cls, find(cls)) for cls in promised_classes())
    return tuple(cls for cls, record in records if record is None or record.may_prefer_onnx)
