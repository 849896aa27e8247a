"""Indexing, joining and searching become torch functions."""

from typing import Any

import torch
from torch import fx

from ...errors import OnnxRouteError
from ._modules import ReplaceModules


class Selections(ReplaceModules):
    """Replace the modules that pick, join or rank elements.

    Rules
    -----
    1. Gather with one index per result (1-D or scalar indices) becomes ``torch.index_select``, with indices of more
       dimensions ``index_select`` and a reshape; indices below zero count from the end.
    2. GatherElements becomes ``torch.gather``.
    3. Concat becomes ``torch.cat``.
    4. ArgMax and ArgMin become ``torch.argmax`` and ``argmin``, which return the first of equals as scikit-learn does;
       with ``select_last_index``: OnnxRouteError.

    Before::

        %out = call_module[OnnxConcat](%x, %y)

    After::

        %out = torch.cat([%x, %y], dim=1)
    """

    def __init__(self) -> None:
        self.rules = {
            "OnnxGather": self._gather,
            "OnnxGatherElements": self._gather_elements,
            "OnnxConcat": _concat,
            "OnnxArgExtremum": _extremum,
            "OnnxArgExtremumOld": _extremum,
        }

    def _gather(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        source, indices = node.args
        assert isinstance(source, fx.Node)
        assert isinstance(indices, fx.Node)
        shape, index_dims = self.seen[source][0].shape, self.seen[indices][0].dim()
        axis, call = module._axis % len(shape), model.graph.call_function
        flat = self._wrapped(model, indices, shape[axis])
        if index_dims != 1:
            flat = model.graph.call_method("reshape", (flat, [-1]))
        picked = call(torch.index_select, (source, axis, flat))
        if index_dims == 1:
            return picked
        if index_dims == 0:
            return call(torch.squeeze, (picked, axis))
        sizes = [model.graph.call_method("size", (indices, i)) for i in range(index_dims)]
        return call(torch.unflatten, (picked, axis, sizes))

    def _gather_elements(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        source, indices = node.args
        assert isinstance(source, fx.Node)
        axis = module._axis % self.seen[source][0].dim()
        index = self._wrapped(model, indices, self.seen[source][0].shape[axis])
        return model.graph.call_function(torch.gather, (source, axis, index))

    def _wrapped(self, model: fx.GraphModule, indices: Any, size: int) -> fx.Node:
        """Indices as int64, from zero up where one of the runs has one below zero."""
        runs = self.seen[indices]
        if runs[0].dtype != torch.int64:
            indices = model.graph.call_method("to", (indices, torch.int64))
        if any(bool((run < 0).any()) for run in runs):
            indices = model.graph.call_function(torch.remainder, (indices, size))
        return indices


def _concat(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    return model.graph.call_function(torch.cat, (list(node.args),), {"dim": module.axis})


def _extremum(model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
    if getattr(module, "select_last_index", False):
        raise OnnxRouteError(f"ONNX import: node {node.name!r} wants the last of equal elements, which has no rule")
    keywords = {"dim": module.axis, "keepdim": module.keepdims}
    return model.graph.call_function(module.extremum_function, (node.args[0],), keywords)
