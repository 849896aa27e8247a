"""Constants become buffers of the graph's own module."""

import torch
from torch import Tensor, fx

from ._base import Pass, constant, constant_value
from ._modules import foreign_module


class InlineConstants(Pass):
    """Move every constant from containers and modules into the graph.

    onnx2torch keeps initializers in a container whose ``forward`` raises, and weights inside modules; TorchScript
    compiles neither, and no later rule would see that a tensor is constant.

    Rules
    -----
    1. An initializer read through a container is read from the module itself.
    2. A Constant node is a constant.
    3. A Linear layer is a matrix product with constants: ``torch.addmm(bias, x, weight transposed)``.
    4. A floating constant is float64 as the rows are; what float32 rounded stays rounded, which parity then sees.

    Before::

        %w = get_attr[initializers.onnx_initializer_0]
        %c = call_module[Constant]()

    After::

        %w = get_attr[constant_0]
        %c = get_attr[constant_1]
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Apply the rules to every node."""
        modified = False
        for node in list(model.graph.nodes):
            with model.graph.inserting_before(node):
                new = _inlined(model, node)
            if new is not None:
                node.replace_all_uses_with(new)
                model.graph.erase_node(node)
                modified = True
        return modified

    def violation(self, model: fx.GraphModule) -> str | None:
        """A constant is read through a container."""
        deep = [node.target for node in model.graph.nodes if node.op == "get_attr" and "." in str(node.target)]
        return f"constant {deep[0]}" if deep else None


def _inlined(model: fx.GraphModule, node: fx.Node) -> fx.Node | None:
    value = constant_value(model, node)
    if value is not None:
        is_own = "." not in str(node.target)
        return None if is_own and value.dtype != torch.float32 else constant(model, _widened(value))  # rules 1, 4
    module = foreign_module(model, node)
    if module is None:
        return None
    if type(module).__name__ == "OnnxConstant" and isinstance(module.value, Tensor):
        return constant(model, _widened(module.value))  # rule 2
    if isinstance(module, torch.nn.Linear):  # rule 3
        weight = constant(model, _widened(module.weight.detach().t().contiguous()))
        if module.bias is None:
            return model.graph.call_function(torch.matmul, (node.args[0], weight))
        bias = constant(model, _widened(module.bias.detach().clone()))
        return model.graph.call_function(torch.addmm, (bias, node.args[0], weight))
    return None


def _widened(value: Tensor) -> Tensor:
    return value.to(torch.float64) if value.is_floating_point() else value
