"""Plans in words, and the list of what is supported."""

from .overrides.core.registry import all_overrides
from .plans import Plan, Route, Step


def plan_text(plan: Plan) -> str:
    """A plan as an indented tree, a line per step; refusals say what to do."""
    lines: list[str] = []
    _append(plan.root, 0, lines)
    return "\n".join(lines)


def _append(step: Step, depth: int, lines: list[str]) -> None:
    indent = "  " * depth
    where = f"{step.path.rpartition('.')[2]}: " if step.path else ""
    lines.append(f"{indent}{where}{step.name} [{step.route.value}] {step.reason}")
    if step.methods and step.route is not Route.REFUSED:
        lines.append(f"{indent}  methods: {', '.join(step.methods)}")
    if step.limit:
        lines.append(f"{indent}  limit: {step.limit}")
    if step.advice:
        lines.append(f"{indent}  what to do: {step.advice}")
    for child in step.children:
        _append(child, depth + 1, lines)


def supported_estimators() -> dict[str, Route]:
    """Every estimator class that converts, with its way.

    Returns
    -------
    dict of str to Route
        Full class names, sorted. The ONNX route is promised here by class, also where an override takes the place of
        some instances; :func:`bridge.plan` looks at the instance.
    """
    from .onnx_import import onnx_classes

    found = {_name(cls): Route.OVERRIDE for record in all_overrides() for cls in record.types}
    found.update((_name(cls), Route.ONNX) for cls in onnx_classes())
    return dict(sorted(found.items()))


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
