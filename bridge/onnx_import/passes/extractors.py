"""Columns by constant index, and codes by themselves, without a module."""

from typing import Any

import torch
from torch import fx

from ._base import Observed, Pass, constant_value, observe


class Extractors(Pass):
    """Replace ArrayFeatureExtractor where the data are rows, or the codes of classes.

    Rules
    -----
    1. Of rows with constant indices it is ``torch.index_select(rows, 1, indices)``.
    2. Of the constant codes 0, 1, 2, ... it is the indices themselves, as one row.
    3. Any other, of a table by indices from the rows, stays the module of ours that it is.

    Before::

        %out = call_module[ArrayFeatureExtractor](%x, %indices)

    After::

        %out = torch.index_select(%x, 1, %indices)
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Apply the rules to every extractor."""
        seen = observe(model)
        modified = False
        for node in list(model.graph.nodes):
            if not _is_extractor(model, node):
                continue
            with model.graph.inserting_before(node):
                new = _extracted(model, node, seen)
            if new is not None:
                node.replace_all_uses_with(new)
                model.graph.erase_node(node)
                modified = True
        return modified


def _is_extractor(model: fx.GraphModule, node: fx.Node) -> bool:
    if node.op != "call_module" or len(node.args) != 2:
        return False
    return type(model.get_submodule(str(node.target))).__name__ == "ArrayFeatureExtractor"


def _extracted(model: fx.GraphModule, node: fx.Node, seen: Observed) -> fx.Node | None:
    data, indices = node.args
    table, chosen = constant_value(model, data), constant_value(model, indices)
    if table is None and chosen is not None and _dims(seen[data]) == 2:  # type: ignore[index]
        flat = indices if chosen.dim() == 1 else model.graph.call_method("reshape", (indices, [-1]))
        return model.graph.call_function(torch.index_select, (data, 1, flat))  # rule 1
    is_codes = table is not None and table.dim() == 1 and table.tolist() == list(range(len(table)))
    if is_codes and chosen is None and not seen[indices][0].is_floating_point():  # type: ignore[index]
        row = model.graph.call_method("reshape", (indices, [1, -1]))  # rule 2
        assert table is not None
        same = table.dtype == seen[indices][0].dtype  # type: ignore[index]
        return row if same else model.graph.call_method("to", (row, table.dtype))
    return None


def _dims(values: tuple[Any, Any]) -> int:
    dims: int = values[0].dim()
    return dims
