"""Classes from source text, with the source kept where :mod:`inspect`, and so TorchScript, finds it."""

import hashlib
import linecache
from typing import Any

import torch  # noqa: F401  torch before 2.7 looks for it where the classes say that they come from


def class_from_source(name: str, source: str, namespace: dict[str, Any]) -> type:
    """Execute ``source``, which defines class ``name``, and return the class.

    Parameters
    ----------
    name : str
        Name of the class that the source defines.
    source : str
        Python source text.
    namespace : dict
        Names that the source may use; it is copied.

    Notes
    -----
    TorchScript compiles methods from their source, read through :mod:`linecache`. The file name is derived from the
    text, so that equal sources share one entry.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    filename = f"<bridge {name} {digest}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    scope = dict(namespace)
    scope["__name__"] = __name__
    exec(compile(source, filename, "exec", dont_inherit=True), scope)
    result: type = scope[name]
    return result
