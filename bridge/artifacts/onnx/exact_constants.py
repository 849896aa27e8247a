"""Numbers of a graph put in the form in which the ONNX exporter of torch keeps them exactly.

Python floats it rounds to float32. Of 0-dimensional tensors it takes those within 1e-8 of 0 for 0, and those within
1e-5 of 1 for 1, and drops their addition or multiplication.
"""

import struct
from typing import Any

import torch
from torch import fx
from torch.export.graph_signature import InputKind, InputSpec, TensorArgument

# Scalar overloads and the tensor overload that takes the same value as a tensor.
_TENSOR_OVERLOADS: dict[Any, Any] = {
    torch.ops.aten.add.Scalar: torch.ops.aten.add.Tensor,
    torch.ops.aten.sub.Scalar: torch.ops.aten.sub.Tensor,
    torch.ops.aten.mul.Scalar: torch.ops.aten.mul.Tensor,
    torch.ops.aten.div.Scalar: torch.ops.aten.div.Tensor,
    torch.ops.aten.pow.Tensor_Scalar: torch.ops.aten.pow.Tensor_Tensor,
    torch.ops.aten.clamp.default: torch.ops.aten.clamp.Tensor,
    torch.ops.aten.clamp_min.default: torch.ops.aten.clamp_min.Tensor,
    torch.ops.aten.clamp_max.default: torch.ops.aten.clamp_max.Tensor,
    torch.ops.aten.masked_fill.Scalar: torch.ops.aten.masked_fill.Tensor,
    torch.ops.aten.eq.Scalar: torch.ops.aten.eq.Tensor,
    torch.ops.aten.ne.Scalar: torch.ops.aten.ne.Tensor,
    torch.ops.aten.lt.Scalar: torch.ops.aten.lt.Tensor,
    torch.ops.aten.le.Scalar: torch.ops.aten.le.Tensor,
    torch.ops.aten.gt.Scalar: torch.ops.aten.gt.Tensor,
    torch.ops.aten.ge.Scalar: torch.ops.aten.ge.Tensor,
    torch.ops.aten.where.ScalarOther: torch.ops.aten.where.self,
    torch.ops.aten.where.ScalarSelf: torch.ops.aten.where.self,
}


_KEEPS_RANK = (
    torch.ops.aten.add.Tensor,
    torch.ops.aten.sub.Tensor,
    torch.ops.aten.mul.Tensor,
    torch.ops.aten.div.Tensor,
)


def exact_constants(program: torch.export.ExportedProgram) -> bool:
    """Put float arguments of a program into float64 constants, in place, and give numbers a dimension where it matters.

    Rules
    -----
    1. A float that float32 holds exactly stays.
    2. A float where the operator takes a tensor becomes a 0-dimensional constant, which promotes types as the number
       did.
    3. A float of a scalar overload becomes a constant too, with the overload that takes tensors.
    4. A number from which a tensor is subtracted becomes a constant of the tensor's dtype.
    5. A 0-dimensional operand of a sum, difference, product or quotient gets a dimension where the other operand has
       one already and is of the same dtype.
    6. What would change the dtype of a result stays: there torch computes in float32 as well.

    Parameters
    ----------
    program : ExportedProgram

    Returns
    -------
    bool
        False where the program was in that form already.
    """
    constants = _Constants(program)
    modified = False
    for node in list(program.graph.nodes):
        if node.op == "call_function" and isinstance(node.target, torch._ops.OpOverload):
            modified |= _lift_node(constants, node)
            if node.target in _KEEPS_RANK:
                modified |= _widen_operands(constants, node)
    if modified:
        program.graph_module.recompile()
    return modified


class _Constants:
    """Constants of a program, inputs of its graph that stand in front of the user's."""

    def __init__(self, program: torch.export.ExportedProgram) -> None:
        self.program = program
        specs = program.graph_signature.input_specs
        self.place = next(i for i, spec in enumerate(specs) if spec.kind is InputKind.USER_INPUT)
        first = str(specs[self.place].arg.name)
        self.first = next(node for node in program.graph.nodes if node.op == "placeholder" and node.name == first)
        self.mode = self.first.meta["val"].fake_mode
        self.found: dict[Any, fx.Node] = {}

    def node(self, value: float, dtype: torch.dtype) -> fx.Node:
        """The constant of a number, made when it is first asked for."""
        key = struct.pack("d", value), dtype
        if key not in self.found:
            graph, constants = self.program.graph, self.program.constants
            name = f"constant_{len(self.found)}"
            with graph.inserting_before(self.first):
                node = graph.placeholder(name)
            constants[node.name] = torch.tensor(value, dtype=dtype)
            node.meta["val"] = self.mode.from_tensor(constants[node.name])
            spec = InputSpec(InputKind.CONSTANT_TENSOR, TensorArgument(node.name), node.name, None)
            self.program.graph_signature.input_specs.insert(self.place, spec)
            self.place += 1
            self.found[key] = node
        return self.found[key]

    def result(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What an operator makes of operands, by form."""
        values = fx.map_arg((args, kwargs), lambda node: node.meta["val"])
        with self.mode:
            return target(*values[0], **values[1])


def _lift_node(constants: _Constants, node: fx.Node) -> bool:
    target: Any = node.target
    if target is torch.ops.aten.rsub.Scalar and len(node.args) == 2 and not node.kwargs:
        tensor: Any = node.args[0]
        number: Any = node.args[1]
        dtype = tensor.meta["val"].dtype if isinstance(number, int) or _is_float(tensor) else torch.float64
        return _replace(constants, node, torch.ops.aten.sub.Tensor, (constants.node(number, dtype), tensor))
    arguments = list(zip(target._schema.arguments, node.args, strict=False))
    inexact = [i for i, (_, value) in enumerate(arguments) if isinstance(value, float) and not _float32_holds(value)]
    if not inexact:
        return False
    overload = _TENSOR_OVERLOADS.get(node.target)
    if overload is None and any(str(arguments[i][0].type) != "Tensor" for i in inexact):
        return False
    args = list(node.args)
    # A scalar overload becomes one of tensors: then all its numbers must be tensors.
    lifted = inexact if overload is None else [i for i, value in enumerate(args) if isinstance(value, (int, float))]
    for i in lifted:
        args[i] = constants.node(float(args[i]), torch.float64)  # type: ignore[arg-type]
    return _replace(constants, node, overload or target, tuple(args))


def _replace(constants: _Constants, node: fx.Node, target: Any, args: tuple[Any, ...]) -> bool:
    result = constants.result(target, args, dict(node.kwargs))
    if result.dtype != node.meta["val"].dtype:
        return False
    node.target, node.args = target, args
    return True


def _is_float(node: fx.Node) -> bool:
    return bool(node.meta["val"].is_floating_point())


def _widen_operands(constants: _Constants, node: fx.Node) -> bool:
    args = list(node.args)
    operands: list[Any] = [arg.meta.get("val") for arg in args[:2] if isinstance(arg, fx.Node)]
    if len(operands) != 2 or not all(isinstance(value, torch.Tensor) for value in operands):
        return False
    modified = False
    for i, (value, other) in enumerate((operands, operands[::-1])):
        if value.dim() == 0 and other.dim() > 0 and value.dtype == other.dtype:
            operand: Any = args[i]
            with node.graph.inserting_before(node):
                wide = node.graph.call_function(torch.ops.aten.reshape.default, (operand, [1]))
            wide.meta.update(node.meta)
            wide.meta["val"] = constants.result(wide.target, wide.args, {})
            args[i] = wide
            modified = True
    node.args = tuple(args)
    return modified


def _float32_holds(value: float) -> bool:
    if value != value or value in (float("inf"), float("-inf")):
        return True
    try:
        return bool(struct.unpack("f", struct.pack("f", value))[0] == value)
    except OverflowError:
        return False
