"""Nodes that change nothing go."""

from typing import Any

import torch
from torch import Tensor, fx

from ._base import Observed, Pass, constant_value, observe


class RemoveNoOps(Pass):
    """Remove casts and reshapes that give back what they get, and terms that are zero.

    Rules
    -----
    1. ``to`` the dtype that a value has already is the value.
    2. ``reshape`` or ``expand`` to the shape that a value has already, with any number of rows, is the value.
    3. A reshape of a reshape reshapes the first value.
    4. A cast of a whole number to a floating type that is only reshaped and cast back is left out.
    5. A term multiplied by a constant zero is not added; where it widens the sum, it is left alone.

    Before::

        %wide = %x.reshape([-1, 3])         # x has three columns
        %same = %wide.to(%rows)

    After::

        %x
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Apply the rules until none does."""
        modified = False
        while _remove_one(model, observe(model)):
            modified = True
        return modified


def _remove_one(model: fx.GraphModule, seen: Observed) -> bool:
    for node in model.graph.nodes:
        kept = _beside_zero(model, node, seen)
        if kept is not None:  # rule 5
            node.replace_all_uses_with(kept)
            model.graph.eliminate_dead_code()
            return True
        if node.op != "call_method" or node.target not in ("to", "reshape", "expand"):
            continue
        source = node.args[0]
        assert isinstance(source, fx.Node)
        if _alike(seen[source], seen[node]):  # rules 1, 2
            node.replace_all_uses_with(source)
        elif _reshapes_again(node, source):  # rule 3
            node.args = (source.args[0], *node.args[1:])
        elif _skip_cast(node, seen):  # rule 4
            pass
        else:
            continue
        model.graph.eliminate_dead_code()
        return True
    return False


def _beside_zero(model: fx.GraphModule, node: fx.Node, seen: Observed) -> fx.Node | None:
    if node.target is not torch.add or len(node.users) == 0:
        return None
    for kept, term in (node.args, node.args[::-1]):
        if isinstance(kept, fx.Node) and isinstance(term, fx.Node) and term.target is torch.mul:
            factors = [constant_value(model, factor) for factor in term.args]
            is_zero = any(factor is not None and not bool(factor.any()) for factor in factors)
            if is_zero and _alike(seen[kept], seen[node]):
                return kept
    return None


def _alike(before: tuple[Any, Any], after: tuple[Any, Any]) -> bool:
    return all(
        isinstance(a, Tensor) and a.dtype == b.dtype and a.shape == b.shape for a, b in zip(before, after, strict=True)
    )


def _reshapes_again(node: fx.Node, source: fx.Node) -> bool:
    return node.target == "reshape" and source.op == "call_method" and source.target == "reshape"


def _skip_cast(node: fx.Node, seen: Observed) -> bool:
    if node.target != "to" or seen[node][0].is_floating_point():
        return False
    user, value = node, node.args[0]
    while isinstance(value, fx.Node) and value.op == "call_method" and len(value.users) == 1:
        first = value.args[0]
        assert isinstance(first, fx.Node)
        if value.target == "to" and not seen[first][0].is_floating_point():
            user.args = (first, *user.args[1:])
            return True
        if value.target != "reshape":
            return False
        user, value = value, first
    return False
