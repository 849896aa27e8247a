"""Numbers of a graph put in the form in which the ONNX exporter of torch keeps them exactly.

Python floats it rounds to float32. Of 0-dimensional tensors it takes those within 1e-8 of 0 for 0, and those within
1e-5 of 1 for 1, and drops their addition or multiplication.
"""

import struct
from typing import Any

import torch
from torch import fx

# Scalar overloads and the tensor overload that takes the same value as a tensor.
_TENSOR_OVERLOADS: dict[Any, Any] = {
    torch.ops.aten.add.Scalar: torch.ops.aten.add.Tensor,
    torch.ops.aten.sub.Scalar: torch.ops.aten.sub.Tensor,
    torch.ops.aten.rsub.Scalar: torch.ops.aten.rsub.Tensor,
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


def exact_constants(program: torch.export.ExportedProgram) -> tuple[fx.GraphModule, bool]:
    """Module of an exported program whose float arguments are float64 buffers, and of one dimension where it matters.

    Rules
    -----
    1. A float that float32 holds exactly stays.
    2. A float where the operator takes a tensor becomes a 0-dimensional buffer, which promotes types as the number did.
    3. A float of a scalar overload becomes a buffer too, with the overload that takes tensors.
    4. A 0-dimensional operand of a sum, difference, product or quotient gets a dimension where the other operand has
       one already and is of the same dtype.

    Parameters
    ----------
    program : ExportedProgram

    Returns
    -------
    module : GraphModule
        Gives the same results; export it again.
    modified : bool
        False where the program was in that form already.
    """
    module = program.module()
    assert isinstance(module, fx.GraphModule)
    modified = False
    for node in list(module.graph.nodes):
        if node.op == "call_function" and isinstance(node.target, torch._ops.OpOverload):
            modified |= _lift_node(module, node)
            if node.target in _KEEPS_RANK:
                modified |= _widen_operands(module, node)
    module.recompile()
    return module, modified


def _lift_node(module: fx.GraphModule, node: fx.Node) -> bool:
    schema: Any = node.target
    arguments = list(zip(schema._schema.arguments, node.args, strict=False))
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
        name = f"constant_{len(dict(module.named_buffers()))}"
        module.register_buffer(name, torch.tensor(args[i], dtype=torch.float64))
        with module.graph.inserting_before(node):
            constant = module.graph.get_attr(name)
        constant.meta["val"] = module.get_buffer(name)
        args[i] = constant
    node.args = tuple(args)
    if overload is not None:
        node.target = overload
    return True


def _widen_operands(module: fx.GraphModule, node: fx.Node) -> bool:
    args = list(node.args)
    operands: list[Any] = [arg.meta.get("val") for arg in args[:2] if isinstance(arg, fx.Node)]
    if len(operands) != 2 or not all(isinstance(value, torch.Tensor) for value in operands):
        return False
    modified = False
    for i, (value, other) in enumerate((operands, operands[::-1])):
        if value.dim() == 0 and other.dim() > 0 and value.dtype == other.dtype:
            with module.graph.inserting_before(node):
                args[i] = module.graph.call_function(torch.ops.aten.reshape.default, (args[i], [1]))
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
