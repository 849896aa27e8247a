"""One tree of errors; every message says what came, what was expected and what to do."""

from .overrides.errors import (
    BridgeError,
    CorruptEstimatorError,
    InputError,
    RegistrationError,
    UnsupportedOperatorError,
)

__all__ = [
    "ArtifactError",
    "BridgeError",
    "CorruptEstimatorError",
    "DataError",
    "ExportError",
    "InputError",
    "MissingPackageError",
    "ModelError",
    "NotFittedError",
    "OnnxRouteError",
    "ParityError",
    "RegistrationError",
    "UnsupportedError",
    "UnsupportedOperatorError",
    "VersionMismatchError",
]


class ModelError(BridgeError, TypeError):
    """What was given as a model is not a fitted scikit-learn estimator."""


class NotFittedError(BridgeError, ValueError):
    """The estimator, or one inside it, is not fitted."""


class VersionMismatchError(BridgeError, ValueError):
    """The estimator was written by another version of its library and lacks what the installed one reads."""


class UnsupportedError(BridgeError):
    """The plan refuses one or more steps; the message lists each with its reason and what to do."""


class OnnxRouteError(BridgeError):
    """The ONNX route failed at a stage; the message names the step, the stage and the node."""


class ParityError(BridgeError):
    """A converted module does not give what scikit-learn gives."""


class ExportError(BridgeError):
    """A module could not be written in one of the formats of an artifact."""


class ArtifactError(BridgeError):
    """A folder is not an artifact, or a file of it is missing, cut or changed."""


class DataError(BridgeError, ValueError):
    """A file of rows or of a model could not be read."""


class MissingPackageError(BridgeError, ImportError):
    """An optional package is needed and not installed; the message says how to install it."""
