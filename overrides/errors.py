"""The errors that arithmetic raises; :mod:`bridge.errors` has the whole tree."""


class BridgeError(Exception):
    """Root of every error that bridge raises on purpose."""


class InputError(BridgeError, ValueError):
    """Rows that a converted module cannot take: says what came, what was expected and what to do."""


class RegistrationError(BridgeError, ValueError):
    """An override was registered twice, or for something that is not a class."""


class CorruptEstimatorError(BridgeError, ValueError):
    """The fitted attributes of an estimator contradict each other, as those of a damaged or hostile file may."""


class UnsupportedOperatorError(BridgeError, NotImplementedError):
    """An ONNX operator is used in a way that no module of ours expresses; the message names operator and option."""
