"""Squared distances are not below zero."""

import torch
from torch import fx

from ._base import Pass


class ClampDistances(Pass):
    """Clamp a squared distance before its root is taken.

    Expanded as ``|x|^2 - 2 x y + |y|^2`` it may come out a rounding error below zero where x is y. scikit-learn clamps
    it, skl2onnx returns NaN.

    Rules
    -----
    1. The root of a sum that has a sum of squares and a multiple of a matrix product among its terms is the root of
       ``torch.relu`` of it.
    2. Any other root is left alone: NaN is then what the estimator gives.

    Before::

        %distances = torch.sqrt(%sum)

    After::

        %clamped = torch.relu(%sum)
        %distances = torch.sqrt(%clamped)
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Apply rule 1 to every root."""
        modified = False
        for node in list(model.graph.nodes):
            if _is_bare_distance(node):
                with model.graph.inserting_before(node):
                    node.args = (model.graph.call_function(torch.relu, (node.args[0],)),)
                modified = True
        return modified

    def violation(self, model: fx.GraphModule) -> str | None:
        """A distance is left that is not clamped."""
        return next((node.name for node in model.graph.nodes if _is_bare_distance(node)), None)


def _is_bare_distance(node: fx.Node) -> bool:
    if node.target is not torch.sqrt:
        return False
    terms = list(_terms(node.args[0]))
    squares = any(term.target is torch.sum and _argument(term).target is torch.square for term in terms)
    products = any(term.target is torch.mul and _multiplies_product(term) for term in terms)
    return squares and products


def _terms(value: object) -> list[fx.Node]:
    if not isinstance(value, fx.Node):
        return []
    if value.target is torch.add:
        return [term for argument in value.args for term in _terms(argument)]
    return [value]


def _argument(node: fx.Node) -> fx.Node:
    argument = node.args[0]
    return argument if isinstance(argument, fx.Node) else node


def _multiplies_product(node: fx.Node) -> bool:
    return any(isinstance(factor, fx.Node) and factor.target is torch.matmul for factor in node.args)
