"""Passes over an ONNX graph as torch writes it: constants folded, functions inlined, what nothing reads left out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnx_ir as ir

_LARGEST_INPUT, _LARGEST_OUTPUT = 2**13, 2**18
"""Numbers of constants beyond which they are not folded, as in onnxscript."""


def optimize(model: "ir.Model") -> None:
    """Run the passes of onnxscript's optimizer once, in place, and remove what torch notes about its own sources.

    Its rewriting rules, most of the time that it takes, are left to the optimizers of runtimes, which have them too.
    """
    import onnx_ir
    from onnx_ir.passes import common
    from onnxscript import optimizer

    common.InlinePass()(model)
    optimizer.fold_constants_ir(
        model,
        onnx_shape_inference=True,
        input_size_limit=_LARGEST_INPUT,
        output_size_limit=_LARGEST_OUTPUT,
    )
    onnx_ir.passes.Sequential(
        common.RemoveUnusedNodesPass(),
        common.RemoveUnusedFunctionsPass(),
        common.RemoveUnusedOpsetsPass(),
        common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        common.LiftSubgraphInitializersToMainGraphPass(),
        common.DeduplicateInitializersPass(),
        common.CommonSubexpressionEliminationPass(),
        common.OutputFixPass(),
        common.NameFixPass(),
    )(model)
    _remove_notes(model)


def _remove_notes(model: "ir.Model") -> None:
    """Paths and lines of the sources that a graph was traced from."""
    import onnx_ir

    model.graph.metadata_props.clear()
    described: list[Any] = [*model.graph.inputs, *model.graph.initializers.values()]
    for node in onnx_ir.traversal.RecursiveGraphIterator(model.graph):
        described += [node, *node.outputs]
    for item in described:
        item.metadata_props.clear()
        item.doc_string = None
