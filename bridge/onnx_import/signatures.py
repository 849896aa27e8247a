"""The form of what an estimator returns, found by asking it."""

import warnings
from typing import Any

import numpy as np
import torch

from ..errors import OnnxRouteError
from ..overrides.core.classes import split_classes
from .passes.fit_output import Signature


def signature(estimator: Any, method: str) -> Signature:
    """Shape and dtype of a method's result, from a few rows.

    Raises
    ------
    OnnxRouteError
        The estimator refuses every kind of row that was tried.
    """
    labels = None
    if method == "predict" and hasattr(estimator, "classes_"):
        labels = torch.as_tensor(np.array(split_classes(estimator.classes_)[1]))
    width = int(estimator.n_features_in_)
    refusal: Exception | None = None
    for value in (0.5, 1.0, 0.0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return Signature.of(getattr(estimator, method)(np.full((3, width), value)), labels)
            except (ValueError, TypeError) as error:
                refusal = error
    raise OnnxRouteError(f"ONNX import: {method} refuses rows of one constant, so its shape is unknown: {refusal}")
