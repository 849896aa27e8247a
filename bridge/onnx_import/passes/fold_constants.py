"""What depends on constants only is computed once."""

import torch
from torch import Tensor, fx
from torch.fx.node import map_arg

from ._base import Pass, constant, constant_value


class FoldConstants(Pass):
    """Compute functions and methods of constants now.

    Rules
    -----
    1. A function or method whose every tensor argument is a constant becomes a constant.
    2. One that reads the rows, their dtype or their number is left alone.
    3. One whose result is not a tensor is left alone.

    Before::

        %w = get_attr[constant_0]
        %t = %w.permute([1, 0])

    After::

        %t = get_attr[constant_1]
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Fold from the front, so that a chain becomes one constant."""
        modified = False
        for node in list(model.graph.nodes):
            value = _value(model, node)
            if value is None:
                continue
            with model.graph.inserting_before(node):
                new = constant(model, value.contiguous().clone())
            node.replace_all_uses_with(new)
            model.graph.erase_node(node)
            modified = True
        return modified

    def violation(self, model: fx.GraphModule) -> str | None:
        """Something is left that could be computed now."""
        return next((node.name for node in model.graph.nodes if _value(model, node) is not None), None)


def _value(model: fx.GraphModule, node: fx.Node) -> Tensor | None:
    if node.op not in ("call_function", "call_method") or not node.all_input_nodes:
        return None
    if any(constant_value(model, source) is None for source in node.all_input_nodes):
        return None
    args = map_arg(node.args, lambda source: constant_value(model, source))
    kwargs = map_arg(node.kwargs, lambda source: constant_value(model, source))
    with torch.no_grad():
        if node.op == "call_method":
            value = getattr(args[0], str(node.target))(*args[1:], **kwargs)
        else:
            assert callable(node.target)
            value = node.target(*args, **kwargs)
    return value if isinstance(value, Tensor) else None
