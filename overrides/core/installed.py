"""Which scikit-learn is installed: where versions compute differently, modules follow the installed one."""

import sklearn


def sklearn_at_least(version: str) -> bool:
    """Whether the installed scikit-learn is of a version, ``"1.8"``, or newer."""
    have = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    return have >= tuple(int(part) for part in version.split("."))
