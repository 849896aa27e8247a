"""Fourth stage: the repaired graphs of all methods become one module, with parameters named as fitted attributes."""

import copyreg
import functools
import pickle
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn

from ..overrides.core.classes import has_string_classes
from ..overrides.core.codegen import class_from_source
from ..overrides.core.compose import compose
from ..overrides.core.module import Module
from .emit import method_source
from .match_parameters import Match, match
from .passes._base import constant_value
from .passes.merge_constants import fingerprint

NUMBERS_PER_TILE = 2**16
"""Numbers that one intermediate result of a tile has at most: what stays in the cache of a processor."""


class OnnxModule(Module):
    """Base of the generated classes: tensors and operators of the graphs, registered under their names.

    Parameters
    ----------
    estimator : object
    parameters, buffers : dict of str to Tensor
    operators : dict of str to nn.Module
    """

    def __init__(
        self,
        estimator: Any,
        parameters: dict[str, Tensor],
        buffers: dict[str, Tensor],
        operators: dict[str, nn.Module],
    ) -> None:
        super().__init__(estimator)
        if "classes_" in buffers:
            self.set_classes(estimator.classes_)
        for path, value in parameters.items():
            owner, _, name = path.rpartition(".")
            _owner(self, owner).register_parameter(name, nn.Parameter(value.contiguous().clone()))
        for name, value in buffers.items():
            if name != "classes_":
                self.register_buffer(name, value.contiguous().clone())
        for name, module in operators.items():
            self.add_module(name, module)


class _Generated(type):
    """Class of the generated classes: lets them be pickled by their source."""

    source: str


def _owner(module: nn.Module, path: str) -> nn.Module:
    for name in path.split(".") if path else ():
        if name not in dict(module.named_children()):
            module.add_module(name, nn.Module())
        module = module.get_submodule(name)
    return module


def assemble(estimator: Any, arrays: dict[str, np.ndarray], graphs: dict[str, fx.GraphModule]) -> Module:
    """One module with a method per graph.

    Parameters
    ----------
    estimator : estimator
    arrays : dict of str to ndarray
        Its learned arrays, see :func:`learned_arrays`.
    graphs : dict of str to GraphModule
        Repaired graphs by method. They are changed: constants get their final names.

    Returns
    -------
    Module
        In eval mode.
    """
    parameters: dict[str, Tensor] = {}
    buffers: dict[str, Tensor] = {}
    operators: dict[str, nn.Module] = {}
    names: dict[tuple[object, ...], str] = {}
    sources = []
    for method, model in graphs.items():
        for node in list(model.graph.nodes):
            value = constant_value(model, node)
            if value is None:
                continue
            found = match(value, arrays)
            if found is not None:
                parameters[found.name] = found.value
                _read_parameter(model, node, found, value)
            else:
                key = fingerprint(value)
                fixed = "classes_" if node.target == "classes_" else f"constant_{len(buffers)}"
                names.setdefault(key, fixed)
                buffers[names[key]] = value
                node.target = names[key]
        for node in model.graph.nodes:
            if node.op == "call_module":
                node.target = _operator_name(model.get_submodule(str(node.target)), operators)
        sources.append(method_source(method, model.graph))
    name = type(estimator).__name__
    doc = f'"""{name} as the ONNX route built it."""'
    cls = _class("\n\n".join([f"class {name}(OnnxModule):\n    {doc}", *sources]) + "\n", name)
    methods = tuple(graphs)
    composed: Any = compose(cls, methods, (), "predict" in methods and has_string_classes(estimator))
    module: Module = composed(estimator, parameters, buffers, operators)
    widest = max(model.meta["numbers_per_row"] for model in graphs.values())
    module.tile_rows = max(32, NUMBERS_PER_TILE // max(widest, 1))
    return module.eval()


@functools.cache
def _class(source: str, name: str) -> type[Module]:
    namespace = {"torch": torch, "Tensor": Tensor, "OnnxModule": OnnxModule}
    plain = class_from_source(name, source, namespace)
    cls: Any = _Generated(name, (plain,), {"source": source, "__module__": __name__, "__doc__": plain.__doc__})
    return cls


def _reduce(cls: Any) -> tuple[Any, tuple[str, str]]:
    return _class, (cls.source, cls.__name__)


copyreg.pickle(_Generated, _reduce)


def _read_parameter(model: fx.GraphModule, node: fx.Node, found: Match, value: Tensor) -> None:
    """Read a constant from a parameter of another layout, through a view."""
    node.target = found.name
    if found.value.shape == value.shape and not found.transposed:
        return
    users = [user for user in node.users if not _broadcasts(user, node, value)]
    with model.graph.inserting_after(node):
        new = model.graph.call_method("t" if found.transposed else "reshape", (node,))
    if not found.transposed:
        new.args = (node, list(value.shape))
    for user in users:
        user.replace_input_with(node, new)
    if not new.users:
        model.graph.erase_node(new)


def _broadcasts(user: fx.Node, node: fx.Node, value: Tensor) -> bool:
    """Whether a single number may have any shape there."""
    return value.numel() == 1 and user.target is torch.add and user.args[1] is node


def _operator_name(module: nn.Module, operators: dict[str, nn.Module]) -> str:
    """Name of an operator; the same operator of two methods is one."""
    text = pickle.dumps(module)
    for name, other in operators.items():
        if type(other) is type(module) and pickle.dumps(other) == text:
            return name
    stem = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(module).__name__).strip("_")
    name = f"{stem}_{sum(other.startswith(stem) for other in operators)}"
    operators[name] = module
    return name
