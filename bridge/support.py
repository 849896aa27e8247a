"""The list of what is supported."""

from .onnx_import.supports import onnx_classes
from .overrides.core.registry import all_overrides
from .plans import Route


def supported_estimators() -> dict[str, Route]:
    """Every estimator class that converts, with its route.

    Returns
    -------
    dict of str to Route
        Full class names, sorted. The ONNX route is promised here by class, also where an override takes the place of
        some instances; :func:`bridge.plan` looks at the instance.
    """
    found = {_name(cls): Route.OVERRIDE for record in all_overrides() for cls in record.types}
    found.update((_name(cls), Route.ONNX) for cls in onnx_classes())
    return dict(sorted(found.items()))


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
