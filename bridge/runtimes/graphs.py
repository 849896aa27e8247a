"""Which methods one graph of torch.export or ONNX holds: those that one tensor of rows answers."""

from collections.abc import Iterable

from ..overrides.core.methods import Method, method_of

MAIN = Method("").graph
"""The graph of most methods."""

INPUT = "X"
"""Name of the input of every graph."""


def graphs_of(methods: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The graphs that hold methods, each with its methods in their order; the main one first.

    The files of a graph are ``<name>.onnx`` and ``<name>.pt2``.
    """
    found: dict[str, tuple[str, ...]] = {}
    for method in methods:
        name = method_of(method).graph
        found[name] = (*found.get(name, ()), method)
    return dict(sorted(found.items(), key=lambda item: item[0] != MAIN))


def output_names(method: str, count: int | None) -> list[str]:
    """Names of the graph outputs of a method; ``count`` for one that returns a tensor per output."""
    return [method] if count is None else [f"{method}_{i}" for i in range(count)]
