"""First stage: a fitted estimator to ONNX in float64, one graph per method."""

import copy
import logging
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OnnxRouteError
from ..overrides.core.facts import facts_of

if TYPE_CHECKING:
    import onnx

TARGET_OPSET = {"": 15, "ai.onnx.ml": 3}
"""Above 15 onnx2torch lacks Reshape, Cast and the reductions; ai.onnx.ml 4 adds nothing that skl2onnx writes."""

LOG_OF_PROBA = {
    "AdaBoostClassifier.predict_log_proba",
    "LogisticRegression.predict_log_proba",
    "MLPClassifier.predict_log_proba",
}
"""Methods that scikit-learn defines as the logarithm of ``predict_proba``."""

PROBA_IS_EXP = {"_BaseNB.predict_log_proba"}
"""Methods of which scikit-learn defines ``predict_proba`` as the exponential: the graph has both."""


def exported(estimator: Any, methods: tuple[str, ...]) -> dict[str, "onnx.ModelProto"]:
    """What :func:`export` makes of the estimator once it is prepared; found once within a conversion."""
    return facts_of(estimator).once((export, methods), lambda: export(prepare(estimator), methods))


def export(estimator: Any, methods: tuple[str, ...]) -> dict[str, "onnx.ModelProto"]:
    """One ONNX model per method, input ``X`` of doubles, one output named after the method.

    Parameters
    ----------
    estimator : estimator
        What :func:`prepare` returned.
    methods : tuple of str
        Methods that :func:`output_of` knows.

    Raises
    ------
    OnnxRouteError
        skl2onnx refuses the estimator, or its graph has not the output that a method needs.
    """
    graphs: dict[str, onnx.ModelProto] = {}
    exported: dict[tuple[tuple[str, Any], ...], onnx.ModelProto] = {}
    for method in methods:
        options = _options(estimator, method)
        key = tuple(sorted(options.items()))
        if key not in exported:
            exported[key] = _run_skl2onnx(estimator, options)
        graphs[method] = cut(exported[key], output_of(estimator, method, exported[key]), method)
        if method == "predict_log_proba" and _definition(estimator, method) in LOG_OF_PROBA:
            _append_log(graphs[method])
    return graphs


def _run_skl2onnx(estimator: Any, options: dict[str, Any]) -> "onnx.ModelProto":
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType

    rows = [("X", DoubleTensorType([None, int(estimator.n_features_in_)]))]
    logger = logging.getLogger("skl2onnx")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what skl2onnx says of the versions it was tested with
        logger.setLevel(logging.ERROR)
        try:
            model: onnx.ModelProto = convert_sklearn(
                estimator, initial_types=rows, target_opset=TARGET_OPSET, options={id(estimator): options}
            )
        except Exception as error:  # whatever its converters stumble over
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise OnnxRouteError(f"export: skl2onnx refuses {type(estimator).__name__}: {reason}") from error
        finally:
            logger.setLevel(level)
    return model


def _options(estimator: Any, method: str) -> dict[str, Any]:
    """Options for skl2onnx: no maps, raw scores or sample scores where the method is made of them."""
    allowed = allowed_options(type(estimator))
    options: dict[str, Any] = {}
    if "zipmap" in allowed:
        options["zipmap"] = False
    if method == "decision_function" and "raw_scores" in allowed:
        options["raw_scores"] = True
    if method == "score_samples" and "score_samples" in allowed:
        options["score_samples"] = True
    return options


def allowed_options(cls: type) -> dict[str, Any]:
    """Options that skl2onnx has for an estimator class."""
    from skl2onnx._supported_operators import sklearn_operator_name_map
    from skl2onnx.common._registration import get_converter

    allowed = get_converter(sklearn_operator_name_map[cls]).get_allowed_options()
    return allowed if isinstance(allowed, dict) else {}


def outputs_of(estimator: Any, method: str) -> int | None:
    """Index of the output of skl2onnx's graph that a method is made of; None where there is none."""
    allowed = allowed_options(type(estimator))
    kind = getattr(estimator, "_estimator_type", None) or _kind(estimator)
    if method == "predict":
        return 0 if hasattr(estimator, "predict") else None
    if method == "predict_proba":
        return 1
    if method == "predict_log_proba":
        return 1 if _definition(estimator, method) in LOG_OF_PROBA | PROBA_IS_EXP else None
    if method == "decision_function":
        return 1 if "raw_scores" in allowed or kind == "outlier_detector" else None
    if method == "score_samples":
        return 2 if kind == "outlier_detector" and "score_samples" in allowed else None
    if method == "transform":
        if not hasattr(estimator, "predict"):
            return 0
        return 1 if kind == "clusterer" else None
    return None


def output_of(estimator: Any, method: str, model: "onnx.ModelProto") -> str:
    """Name of the value of skl2onnx's graph that a method returns.

    Raises
    ------
    OnnxRouteError
        The graph has no such output.
    """
    index = outputs_of(estimator, method)
    if index is None or index >= len(model.graph.output):
        raise OnnxRouteError(f"export: skl2onnx has no output for {type(estimator).__name__}.{method}")
    name: str = model.graph.output[index].name
    if method == "predict_log_proba" and _definition(estimator, method) in PROBA_IS_EXP:
        return _argument_of_exp(model, name)
    return name


def _kind(estimator: Any) -> str | None:
    from sklearn.utils import get_tags

    return get_tags(estimator).estimator_type


def _definition(estimator: Any, method: str) -> str:
    function = getattr(type(estimator), method, None)
    return getattr(function, "__qualname__", "")


def _argument_of_exp(model: "onnx.ModelProto", name: str) -> str:
    producers = {output: node for node in model.graph.node for output in node.output}
    node = producers[name]
    while node.op_type in ("Identity", "Reshape", "Cast"):
        node = producers[node.input[0]]
    if node.op_type != "Exp":
        raise OnnxRouteError(f"export: probabilities come from {node.op_type}, expected Exp before them")
    argument: str = node.input[0]
    return argument


def _append_log(model: "onnx.ModelProto") -> None:
    """Let the output be the logarithm of what it was."""
    from onnx import helper

    last = model.graph.node[-1]
    source = last.input[0]
    last.input[0] = f"{source}_log"
    model.graph.node.insert(len(model.graph.node) - 1, helper.make_node("Log", [source], [f"{source}_log"], name="log"))


def cut(model: "onnx.ModelProto", value: str, name: str) -> "onnx.ModelProto":
    """The part of a model that one value needs, with the value as its only output.

    Parameters
    ----------
    model : onnx.ModelProto
        It is left as it is.
    value : str
        Name of a value inside the model.
    name : str
        Name of the output. It is made by an Identity node: onnx2torch returns the whole tuple for an output that is the
        second result of a node, and cannot return an initializer.
    """
    from onnx import TensorProto, helper

    needed, kept = {value}, []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
            needed.update(_captured(node))
    part = type(model)()
    part.CopyFrom(model)
    del part.graph.node[:], part.graph.output[:], part.graph.value_info[:], part.graph.initializer[:]
    part.graph.node.extend(reversed(kept))
    part.graph.node.append(helper.make_node("Identity", [value], [name], name="result"))
    part.graph.initializer.extend(item for item in model.graph.initializer if item.name in needed)
    part.graph.output.append(helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None))
    return part


def _captured(node: "onnx.NodeProto") -> set[str]:
    """Names that the bodies of a node, those of Scan and the like, take from outside."""
    found: set[str] = set()
    for attribute in node.attribute:
        if attribute.HasField("g"):
            own = {item.name for item in attribute.g.input} | {item.name for item in attribute.g.initializer}
            own |= {output for inner in attribute.g.node for output in inner.output}
            for inner in attribute.g.node:
                found |= (set(inner.input) | _captured(inner)) - own
    return found


def prepare(estimator: Any) -> Any:
    """The estimator itself, or a copy with fitted attributes in the only form that skl2onnx takes.

    Rules
    -----
    1. Class labels become their codes: ONNX knows neither bool nor float labels, torch no words.
    2. An intercept that is the number 0.0, as without ``fit_intercept``, becomes an array with a zero per target.
    """
    changed: dict[str, Any] = {}
    attributes = vars(estimator)
    classes, coef, intercept = (attributes.get(name) for name in ("classes_", "coef_", "intercept_"))
    if isinstance(classes, np.ndarray) and classes.ndim == 1:
        changed["classes_"] = np.arange(len(classes))
    if isinstance(intercept, float) and not isinstance(intercept, np.generic) and isinstance(coef, np.ndarray):
        changed["intercept_"] = np.full(coef.shape[:-1], intercept)
    if not changed:
        return estimator
    prepared = copy.copy(estimator)
    vars(prepared).update(changed)
    return prepared
