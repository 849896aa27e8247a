"""Third stage: a translated graph becomes a short one of torch functions and modules of ours."""

from torch import Tensor, fx

from ..errors import OnnxRouteError
from .passes._base import ROW_COUNTS, Pass, observe
from .passes._modules import foreign_module
from .passes.batch_products import BatchProducts
from .passes.clamp_distances import ClampDistances
from .passes.elementwise import Elementwise
from .passes.extractors import Extractors
from .passes.fit_output import FitOutput, Signature
from .passes.fold_constants import FoldConstants
from .passes.fold_shapes import FoldShapes
from .passes.fuse_affine import FuseAffine
from .passes.inline_constants import InlineConstants
from .passes.merge_constants import MergeConstants
from .passes.reductions import Reductions
from .passes.remove_no_ops import RemoveNoOps
from .passes.selections import Selections

PIPELINE: tuple[type[Pass], ...] = (
    InlineConstants,  # first: every other rule looks for constants in one place
    FoldShapes,  # before the functions: needs the modules that still take shapes as tensors to run them
    Reductions,
    Selections,
    Elementwise,
    Extractors,  # after the functions: the indices are constants or functions by now
    BatchProducts,  # after the extractors: the columns are found as index_select
    FoldConstants,  # after the functions: a module call is not folded
    RemoveNoOps,  # after the functions: Identity and Cast are visible as what they are
    ClampDistances,  # after the no-ops: a term that is zero may stand between the sum and its root
)
"""Repairs that hold for any graph, in order; those that know the estimator's result follow."""

FINISH: tuple[type[Pass], ...] = (
    RemoveNoOps,  # the reshape to (n, 1) and the one back to (n,) cancel out
    FuseAffine,  # after the shapes are final: a column that becomes a vector is fused as one
    FoldConstants,
    MergeConstants,  # last: fusing makes constants too
)
"""Repairs after the result has scikit-learn's shape."""


def run_passes(model: fx.GraphModule, signature: Signature) -> fx.GraphModule:
    """Apply every pass.

    Parameters
    ----------
    model : GraphModule
        What :func:`translate` returned; it is changed.
    signature : Signature
        Form of the estimator's result.

    Raises
    ------
    OnnxRouteError
        A node has no rule; names it.
    """
    passes = [*(step() for step in PIPELINE), FitOutput(signature), *(step() for step in FINISH)]
    for step in passes:
        model = step(model).model
    check_repaired(model)
    model.meta["numbers_per_row"] = numbers_per_row(model)
    return model


def numbers_per_row(model: fx.GraphModule) -> int:
    """Largest count of numbers that a node keeps for one row, which bounds the rows to work on at once."""
    seen = observe(model)
    counts = [
        value.numel() // ROW_COUNTS[0]
        for node, (value, _) in seen.items()
        if isinstance(value, Tensor) and node.op != "get_attr"
    ]
    return max(counts, default=1)


def check_repaired(model: fx.GraphModule) -> None:
    """Raise OnnxRouteError if a module that is not ours is left."""
    for node in model.graph.nodes:
        module = foreign_module(model, node)
        if module is not None:
            raise OnnxRouteError(
                f"ONNX import: node {node.name!r} calls {type(module).__name__}, for which no pass has a rule"
            )
