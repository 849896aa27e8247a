"""Products of columns that are joined become a few products of matrices."""

from itertools import groupby
from typing import Any

import torch
from torch import fx

from ._base import Pass, constant, constant_value

Term = tuple[fx.Node, tuple[int, ...]]
"""A source and the columns of it whose product is one column."""


class BatchProducts(Pass):
    """Compute neighbouring columns of a concatenation at once, each a product of columns of the rows.

    skl2onnx writes PolynomialFeatures as two nodes per column of the result.

    Rules
    -----
    1. Neighbours that are products of equally many columns of one source become one product of as many
       ``torch.index_select``, the first columns of all, the second columns of all, and so on.
    2. Products of one column are the columns.
    3. What is no such product, or has no neighbour like it, stays where it is.

    Before::

        %p = torch.prod(torch.index_select(%x, 1, %c01), dim=1, keepdim=True)
        %q = torch.prod(torch.index_select(%x, 1, %c12), dim=1, keepdim=True)
        %out = torch.cat([%p, %q], dim=1)

    After::

        %out = torch.cat([torch.mul(torch.index_select(%x, 1, %c01'), torch.index_select(%x, 1, %c12'))], dim=1)
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Apply the rules to every concatenation of columns."""
        modified = False
        for node in list(model.graph.nodes):
            if node.target is torch.cat and node.kwargs.get("dim") == 1:
                modified = _batch(model, node) or modified
        return modified


def _batch(model: fx.GraphModule, node: fx.Node) -> bool:
    parts: list[Any] = []
    modified = False
    sources = node.args[0]
    assert isinstance(sources, (list, tuple))
    for key, group in groupby([(_term(model, part), part) for part in sources], key=_kind):
        members = list(group)
        if key is None or len(members) == 1:  # rule 3
            parts += [part for _, part in members]
            continue
        terms = [term for term, _ in members if term is not None]
        with model.graph.inserting_before(node):
            parts.append(_product(model, terms))
        modified = True
    if modified:
        node.args = (parts,)
    return modified


def _kind(item: tuple[Term | None, Any]) -> tuple[fx.Node, int] | None:
    term = item[0]
    return None if term is None else (term[0], len(term[1]))


def _product(model: fx.GraphModule, terms: list[Term]) -> fx.Node:
    result: Any = None
    for position in zip(*(columns for _, columns in terms), strict=True):  # rules 1, 2
        chosen = constant(model, torch.tensor(position))
        factor = model.graph.call_function(torch.index_select, (terms[0][0], 1, chosen))
        result = factor if result is None else model.graph.call_function(torch.mul, (result, factor))
    product: fx.Node = result
    return product


def _term(model: fx.GraphModule, node: object) -> Term | None:
    if not isinstance(node, fx.Node) or node.target is not torch.prod:
        return None
    select = node.args[0]
    if node.kwargs != {"dim": 1, "keepdim": True} or not isinstance(select, fx.Node):
        return None
    if select.target is not torch.index_select or select.args[1] != 1 or not isinstance(select.args[0], fx.Node):
        return None
    columns = constant_value(model, select.args[2])
    return None if columns is None or not columns.numel() else (select.args[0], tuple(columns.tolist()))
