"""A model as an ONNX ModelProto in memory."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnx


def to_onnx(model: Any, sample: Any = None) -> "onnx.ModelProto":
    """ONNX model with one named output per method, exact in float64.

    Parameters
    ----------
    model : estimator or Module
        A fitted scikit-learn estimator, or what :func:`bridge.to_torch` made of one.
    sample : array-like of shape (n_samples, n_features), optional
        Rows to verify the conversion on.

    Returns
    -------
    onnx.ModelProto
        Input ``X``, outputs named after the methods. ``inverse_transform`` and ``decision_path`` read inputs of their
        own, ``X_transformed`` and ``X_path``, which default to no rows.
    """
    from ...convert import to_torch
    from ...overrides.core.module import Module
    from .export import to_model_proto

    return to_model_proto(model if isinstance(model, Module) else to_torch(model, sample))
