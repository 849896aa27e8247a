"""torch.export: programs that return the results of several methods."""

import copy
from pathlib import Path
from typing import Any

import torch
import torch.utils._pytree as pytree
from torch import Tensor, fx

from ..errors import ArtifactError
from ..overrides.core.methods import PREDICT_LABELS, method_of
from ..overrides.core.signature import Signature
from .base import TORCH_EXPORT, Output, joined, tiles


class ExportRuntime:
    """The torch.export programs of an artifact, loaded when first called."""

    name = TORCH_EXPORT

    def __init__(self, folder: Path, signature: Signature) -> None:
        self.folder = folder
        self.signature = signature
        self._graphs: dict[str, torch.export.ExportedProgram] = {}
        self._programs: dict[str, Any] = {}

    def call(self, method: str, x: Tensor) -> Output:
        """Result of a method on rows, worked on in tiles."""
        if method == PREDICT_LABELS.name:  # a program returns tensors only: the strings are the signature's
            codes = self.call(PREDICT_LABELS.sklearn_name, x)
            assert isinstance(codes, Tensor)
            if method in self.signature.outputs:
                columns = zip(self.signature.output_strings, codes.t().to(torch.int64).tolist(), strict=True)
                return [[strings[code] for code in column] for strings, column in columns]
            return [self.signature.strings[code] for code in codes.reshape(-1).tolist()]
        if method not in self._programs:
            self._programs[method] = self._open(method)
        with torch.no_grad():
            parts = [self._programs[method](tile) for tile in tiles(x, self.signature.keeps_batch_whole(method))]
        return joined(parts, method in self.signature.outputs)

    def _open(self, method: str) -> Any:
        """The program of a method, as a function of rows."""
        name = method_of(method).graph
        if name not in self._graphs:
            path = self.folder / f"{name}.pt2"
            try:
                self._graphs[name] = torch.export.load(path)
            except (RuntimeError, ValueError, OSError) as error:
                raise ArtifactError(f"{path} cannot be read as a torch.export program: {error}") from error
        return method_of_program(self._graphs[name], method)


def method_of_program(program: torch.export.ExportedProgram, method: str) -> fx.GraphModule:
    """What a program computes for one of its methods, as a module that returns the tensors of the result."""
    module: Any = program.module()
    outputs = pytree.tree_unflatten(list(range(program.call_spec.out_spec.num_leaves)), program.call_spec.out_spec)
    places = outputs[method] if isinstance(outputs[method], list) else [outputs[method]]
    graph = copy.deepcopy(module.graph)
    results = next(node for node in reversed(graph.nodes) if node.op == "output")
    flat = list(results.args[0])
    results.args = (tuple(flat[place] for place in places),)
    graph.set_codegen(fx.graph.CodeGen())
    alone = fx.GraphModule(module, graph)
    alone.graph.eliminate_dead_code()
    alone.recompile()
    return alone
