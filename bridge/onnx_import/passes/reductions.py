"""Reductions over axes become torch functions."""

from typing import Any

import torch
from torch import fx

from ...errors import OnnxRouteError
from ._modules import ReplaceModules


class Reductions(ReplaceModules):
    """Replace the modules that reduce over constant axes; no axes are all of them.

    Rules
    -----
    1. ReduceSum, ReduceMean, ReduceMax, ReduceMin and ReduceLogSumExp become ``torch.sum``, ``mean``, ``amax``,
       ``amin`` and ``logsumexp``.
    2. ReduceSumSquare sums squares, ReduceL1 absolute values, ReduceLogSum is the log of a sum; ReduceL2 is
       ``torch.linalg.vector_norm``, whose gradient at zero is finite.
    3. ReduceProd becomes one ``torch.prod`` per axis, the last axis first.

    Before::

        %out = call_module[OnnxReduceStaticAxes](%x)            # ReduceSumSquare, axes [1], keepdims

    After::

        %square = torch.square(%x)
        %out = torch.sum(%square, dim=[1], keepdim=True)
    """

    def __init__(self) -> None:
        self.rules = {"OnnxReduceStaticAxes": self._reduce, "OnnxReduceSumStaticAxes": self._sum}

    def _axes(self, node: fx.Node, axes: list[int] | None) -> list[int]:
        source = node.args[0]
        assert isinstance(source, fx.Node)
        dims = self.seen[source][0].dim()
        return sorted(axis % dims for axis in axes) if axes else list(range(dims))

    def _sum(self, model: fx.GraphModule, node: fx.Node, module: Any) -> Any:
        if not module._axes and module._noop_with_empty_axes:
            return node.args[0]
        keywords: dict[str, Any] = {"dim": self._axes(node, module._axes), "keepdim": bool(module._keepdims)}
        return model.graph.call_function(torch.sum, (node.args[0],), keywords)

    def _reduce(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        kind, source = module.operation_type, node.args[0]
        axes, keepdim = self._axes(node, module.axes), bool(module.keepdims)
        call = model.graph.call_function
        keywords: dict[str, Any] = {"dim": axes, "keepdim": keepdim}
        if kind in _DIRECT:
            return call(_DIRECT[kind], (source,), keywords)
        if kind in _BEFORE_SUM:
            return call(torch.sum, (call(_BEFORE_SUM[kind], (source,)),), keywords)
        if kind == "ReduceLogSum":
            return call(torch.log, (call(torch.sum, (source,), keywords),))
        if kind == "ReduceProd":
            result: Any = source
            for axis in reversed(axes):
                result = call(torch.prod, (result,), {"dim": axis, "keepdim": keepdim})
            return result
        raise OnnxRouteError(f"ONNX import: node {node.name!r} is a {kind}, which has no rule")


_DIRECT = {
    "ReduceSum": torch.sum,
    "ReduceMean": torch.mean,
    "ReduceMax": torch.amax,
    "ReduceMin": torch.amin,
    "ReduceLogSumExp": torch.logsumexp,
    "ReduceL2": torch.linalg.vector_norm,
}
_BEFORE_SUM = {"ReduceSumSquare": torch.square, "ReduceL1": torch.abs}
