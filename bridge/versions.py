"""Which scikit-learn this version of bridge was tested with."""

import functools
import warnings

NEWEST_TESTED = (1, 9)
"""Major and minor version of the newest scikit-learn that the contract has been held against."""


class UntestedVersionWarning(UserWarning):
    """The installed scikit-learn is newer than the newest one tested."""


@functools.cache
def warn_if_untested() -> None:
    """Warn, once per process, if the installed scikit-learn is newer than :data:`NEWEST_TESTED`."""
    import sklearn

    installed = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    if installed > NEWEST_TESTED:
        tested = ".".join(map(str, NEWEST_TESTED))
        warnings.warn(
            f"scikit-learn {sklearn.__version__} is newer than {tested}, the newest that bridge was tested with: "
            "keep verify=True, and look for a newer bridge",
            UntestedVersionWarning,
            stacklevel=3,
        )
