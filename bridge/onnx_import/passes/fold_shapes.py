"""Shape arithmetic becomes constant sizes."""

import operator
from typing import Any

import torch
from torch import fx

from ...errors import OnnxRouteError
from ._base import ROW_COUNTS, rows_node
from ._modules import ReplaceModules

Size = int | fx.Node


class FoldShapes(ReplaceModules):
    """Replace the operators that take a shape, an axis or a count as a tensor by functions that take integers.

    onnx2torch asks such tensors for their values while it runs, which neither TorchScript nor torch.export allows. Two
    trial runs with different numbers of rows show which sizes are constant and which are the number of rows.

    Rules
    -----
    1. Reshape and Flatten become ``x.reshape(sizes)``; the dimension of the rows is -1.
    2. Expand becomes ``x.expand(sizes)``; ConstantOfShape ``rows.new_full(sizes, value)``, in the dtype of the rows
       where the value is floating; Tile becomes ``x.repeat(counts)``.
    3. Slice becomes one ``x[:, start:end]`` over all axes.
    4. Squeeze and Unsqueeze become ``x.reshape(sizes)``, Transpose ``x.permute(axes)``.
    5. TopK, CumSum and ReduceSum get their count or axes as integers.
    6. A size that changes otherwise than as a multiple of the rows depends on the values: OnnxRouteError.

    Before::

        %shape = get_attr[constant_0]          # tensor([-1, 1])
        %out = call_module[OnnxReshape](%x, %shape)

    After::

        %out = %x.reshape([-1, 1])
    """

    def __init__(self) -> None:
        self.rules = {
            "OnnxReshape": self._reshape,
            "OnnxFlatten": self._reshape,
            "Flatten": self._reshape,
            "OnnxSqueezeStaticAxes": self._reshape,
            "OnnxSqueezeDynamicAxes": self._reshape,
            "OnnxUnsqueezeStaticAxes": self._reshape,
            "OnnxUnsqueezeDynamicAxes": self._reshape,
            "OnnxExpand": self._expand,
            "OnnxConstantOfShape": self._full,
            "OnnxTile": self._tile,
            "OnnxSlice": self._slice,
            "OnnxTranspose": self._transpose,
            "OnnxTopK": self._topk,
            "OnnxCumSum": self._cumsum,
            "OnnxReduceSumDynamicAxes": self._sum,
        }

    def _sizes(self, model: fx.GraphModule, node: fx.Node, values: tuple[Any, Any]) -> list[Size]:
        """Sizes of two runs as integers, or as nodes where they follow the number of rows."""
        few, more = ([int(v) for v in value] for value in values)
        if len(few) != len(more):
            raise OnnxRouteError(
                f"ONNX import: node {node.name!r} has {len(few)} or {len(more)} dimensions, by the values"
            )
        return [_size(model, node, a, b) for a, b in zip(few, more, strict=True)]

    def _output_sizes(self, model: fx.GraphModule, node: fx.Node) -> list[Size]:
        few, more = self.seen[node]
        return self._sizes(model, node, (few.shape, more.shape))

    def _integers(self, node: fx.Node, index: int) -> list[int] | None:
        """The values of an input that must not depend on the rows; None where it is not given."""
        given = node.args[index] if index < len(node.args) else None
        if given is None:
            return None
        if isinstance(given, int):
            return [given]
        assert isinstance(given, fx.Node)
        few, more = (value.reshape(-1).tolist() for value in self.seen[given])
        if few != more:
            raise OnnxRouteError(
                f"ONNX import: input {index} of node {node.name!r} depends on the rows, expected a constant"
            )
        return [int(value) for value in few]

    def _reshape(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        sizes = self._output_sizes(model, node)  # rules 1, 4
        sized = [i for i, size in enumerate(sizes) if isinstance(size, fx.Node)]
        if len(sized) == 1 and 0 not in sizes:
            sizes[sized[0]] = -1
        return model.graph.call_method("reshape", (node.args[0], sizes))

    def _expand(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        return model.graph.call_method("expand", (node.args[0], self._output_sizes(model, node)))  # rule 2

    def _full(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        rows, value = rows_node(model), module.value.item()  # rule 2
        sizes = self._output_sizes(model, node)
        if module.value.is_floating_point():
            if value != float(int(value)):
                raise OnnxRouteError(f"ONNX import: node {node.name!r} fills with {value}, expected a whole number")
            return model.graph.call_method("new_full", (rows, sizes, int(value)))
        return model.graph.call_method("new_full", (rows, sizes, value), {"dtype": module.value.dtype})

    def _tile(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        given = node.args[1]
        assert isinstance(given, fx.Node)
        counts = self._sizes(model, node, self.seen[given])
        return model.graph.call_method("repeat", (node.args[0], counts))

    def _slice(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        named = dict(zip(("starts", "ends", "axes", "steps"), range(1, 5), strict=True))  # rule 3
        node.args = (*node.args, *(node.kwargs.get(name) for name in list(named)[len(node.args) - 1 :]))
        node.kwargs = {}
        starts, ends = self._integers(node, 1), self._integers(node, 2)
        assert starts is not None
        assert ends is not None
        axes = self._integers(node, 3) or list(range(len(starts)))
        steps = self._integers(node, 4) or [1] * len(starts)
        if min(steps) < 1:
            raise OnnxRouteError(
                f"ONNX import: node {node.name!r} slices with step {min(steps)}, expected a positive one"
            )
        source = node.args[0]
        assert isinstance(source, fx.Node)
        dims = self.seen[source][0].dim()
        slices = [slice(None)] * dims
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
            slices[axis % dims] = slice(start, None if end > 2**31 else end, None if step == 1 else step)
        return model.graph.call_function(operator.getitem, (source, tuple(slices)))

    def _transpose(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        dims = self.seen[node][0].dim()  # rule 4
        axes = list(range(dims))[::-1] if module.perm is None else list(module.perm)
        return model.graph.call_method("permute", (node.args[0], axes))

    def _topk(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        count = self._integers(node, 1)  # rule 5
        assert count is not None
        keywords = {"dim": module.dim, "largest": module.largest, "sorted": module.sorted}
        return model.graph.call_function(torch.topk, (node.args[0], count[0]), keywords)

    def _cumsum(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        axis = self._integers(node, 1)  # rule 5
        if axis is None or module.exclusive or module.reverse:
            raise OnnxRouteError(
                f"ONNX import: node {node.name!r} is an exclusive or reverse CumSum, which has no rule"
            )
        return model.graph.call_function(torch.cumsum, (node.args[0],), {"dim": axis[0]})

    def _sum(self, model: fx.GraphModule, node: fx.Node, module: Any) -> fx.Node:
        axes = self._integers(node, 1)  # rule 5
        source = node.args[0]
        assert isinstance(source, fx.Node)
        if not axes:
            if module._noop_with_empty_axes:
                return source
            axes = list(range(self.seen[source][0].dim()))
        return model.graph.call_function(torch.sum, (source,), {"dim": axes, "keepdim": bool(module._keepdims)})


def _size(model: fx.GraphModule, node: fx.Node, few: int, more: int) -> Size:
    if few == more:
        return few
    times, rest = divmod(few, ROW_COUNTS[0])
    if rest or times * ROW_COUNTS[1] != more:
        raise OnnxRouteError(f"ONNX import: a size of node {node.name!r} depends on the values of the rows")  # rule 6
    n_rows = model.graph.call_method("size", (rows_node(model), 0))
    return n_rows if times == 1 else model.graph.call_function(operator.mul, (n_rows, times))
