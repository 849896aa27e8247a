"""Labels of classes: numbers as they are, strings as codes beside the strings."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import InputError


def split_classes(classes: Any) -> tuple[list[str], np.ndarray]:
    """Words and codes of string classes; no words and the labels themselves otherwise.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    names : list of str
    values : ndarray of shape (n_classes,)
    """
    classes = np.asarray(classes)
    if classes.dtype.kind in "OUS" and all(isinstance(label, (str, np.str_)) for label in classes.tolist()):
        return [str(label) for label in classes], np.arange(len(classes))
    if classes.dtype.kind == "O":
        classes = np.array(classes.tolist())
    if classes.dtype.kind == "u" and classes.size and int(classes.max()) >= 2**63:
        raise InputError(f"class labels of 2**63 or more are beyond torch's whole numbers: {int(classes.max())}")
    if classes.dtype.kind not in "biuf":
        raise InputError(f"class labels must be numbers or words, got {classes.dtype}: {classes[:3].tolist()}")
    return [], classes


def has_string_classes(estimator: Any) -> bool:
    """Whether the fitted estimator has one set of classes and they are strings."""
    classes: Any = getattr(estimator, "classes_", None)
    if classes is None or isinstance(classes, list):
        return False
    flat: Sequence[Any] | Iterable[Any] = np.asarray(classes).ravel().tolist()
    # CatBoost's regressors have classes, but none.
    has_labels = np.asarray(classes).dtype.kind in "OUS" and np.asarray(classes).size > 0
    return has_labels and all(isinstance(label, str) for label in flat)


def output_strings(estimator: Any) -> list[list[str]]:
    """The string classes of each output of an estimator of several; empty unless all outputs have such."""
    classes: Any = getattr(estimator, "classes_", None)
    if not isinstance(classes, (list, tuple)):
        return []
    try:
        found = [split_classes(part)[0] if np.ndim(part) == 1 else [] for part in classes]
    except (InputError, ValueError):
        return []
    return found if all(found) else []
