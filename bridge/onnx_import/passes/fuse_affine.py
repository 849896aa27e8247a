"""A product with a constant matrix and the addition behind it become one call."""

from typing import Any

import torch
from torch import Tensor, fx

from ._base import Observed, Pass, constant, constant_value, observe


class FuseAffine(Pass):
    """Fuse a matrix product and the addition of a constant; a product with one column is one with a vector.

    ``torch.addmv`` is not used: for no rows it returns the shape of the addend.

    Rules
    -----
    1. ``x @ W + b`` with a constant matrix W and a constant b of one number per column becomes
       ``torch.addmm(b, x, W)``.
    2. ``x @ w + b`` with a constant vector w and one constant number b becomes ``torch.add(torch.mv(x, w), b)``, b
       without dimensions.
    3. ``torch.addmm(b, x, W)`` with one column, reshaped to a vector, becomes the same.
    4. A sum that is used elsewhere as well, or a b that varies with the rows, is left alone.

    Before::

        %product = torch.matmul(%x, %w)
        %out = torch.add(%product, %b)

    After::

        %out = torch.addmm(%b, %x, %w)
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Fuse products with additions, then single columns with reshapes."""
        seen = observe(model)
        modified = False
        for node in list(model.graph.nodes):
            fused = _affine(model, node, seen) or _column(model, node, seen)
            if fused is not None:
                node.replace_all_uses_with(fused)
                model.graph.erase_node(node)
                model.graph.eliminate_dead_code()
                seen = observe(model)
                modified = True
        return modified


def _affine(model: fx.GraphModule, node: fx.Node, seen: Observed) -> fx.Node | None:
    if node.op != "call_function" or node.target is not torch.add or len(node.args) != 2:
        return None
    for product, other in (node.args, node.args[::-1]):
        bias = constant_value(model, other)
        if bias is None or not isinstance(product, fx.Node) or product.target is not torch.matmul:
            continue
        x, weight_node = product.args
        weight = constant_value(model, weight_node)
        if weight is None or len(product.users) > 1 or seen[x][0].dim() != 2:  # type: ignore[index]
            continue
        if weight.dim() == 2 and bias.numel() == weight.shape[1] == max((1, *bias.shape[-1:])):  # rule 1
            with model.graph.inserting_before(node):
                flat = constant(model, bias.reshape(-1))
                return model.graph.call_function(torch.addmm, (flat, x, weight_node))
        if weight.dim() == 1 and bias.numel() == 1 and bias.dim() < 2:  # rule 2
            with model.graph.inserting_before(node):
                return _vector_product(model, x, weight_node, bias)
    return None


def _column(model: fx.GraphModule, node: fx.Node, seen: Observed) -> fx.Node | None:
    if node.op != "call_method" or node.target != "reshape" or seen[node][0].dim() != 1:
        return None
    source = node.args[0]
    if not isinstance(source, fx.Node) or source.target is not torch.addmm or len(source.users) > 1:
        return None
    bias_node, x, weight_node = source.args
    bias, weight = constant_value(model, bias_node), constant_value(model, weight_node)
    if bias is None or weight is None or weight.shape[1] != 1:
        return None
    with model.graph.inserting_before(node):  # rule 3
        return _vector_product(model, x, constant(model, weight.reshape(-1)), bias)


def _vector_product(model: fx.GraphModule, x: Any, weight: Any, bias: Tensor) -> fx.Node:
    product = model.graph.call_function(torch.mv, (x, weight))
    return model.graph.call_function(torch.add, (product, constant(model, bias.reshape(()))))
