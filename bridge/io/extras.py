"""Packages that only some commands need, imported when they are, with words where they are missing."""

import importlib
from types import ModuleType

from ..errors import MissingPackageError


def need(package: str, purpose: str) -> ModuleType:
    """Import a package of the extra ``all``.

    Parameters
    ----------
    package : str
        Name to import, of a package that is installed under the same name.
    purpose : str
        What it is needed for, as the message says it: "to read CSV files".

    Raises
    ------
    MissingPackageError
        It is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        name = package.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != name:
            raise
        raise MissingPackageError(
            f"{name} is needed {purpose} and is not installed: pip install {name}, "
            "or pip install 'sklearn-bridge[all]' for everything optional"
        ) from error
