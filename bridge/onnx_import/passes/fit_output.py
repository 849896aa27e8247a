"""The result gets scikit-learn's shape and dtype."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx

from ...errors import OnnxRouteError
from ._base import ROW_COUNTS, Pass, observe, result_node


@dataclass(frozen=True)
class Signature:
    """What a method of the estimator returns.

    Attributes
    ----------
    trailing : tuple of int
        Shape of the result without the number of rows.
    dtype : torch.dtype
        A floating dtype stands for the dtype of the rows.
    labels : Tensor of shape (n_classes,), optional
        What the codes that the graph returns stand for, where the result is a label.
    """

    trailing: tuple[int, ...]
    dtype: torch.dtype
    labels: Tensor | None = None

    @classmethod
    def of(cls, result: Any, labels: Tensor | None = None) -> "Signature":
        """Signature of a result of scikit-learn."""
        array = np.asarray(result.toarray() if hasattr(result, "toarray") else result)
        dtype = torch.int64 if array.dtype.kind in "OUS" else torch.as_tensor(array[:0]).dtype
        return cls(array.shape[1:], dtype, labels)


class FitOutput(Pass):
    """Bring the result of the graph into the form of the estimator's.

    Rules
    -----
    1. A result that has as many elements per row, in another shape, is reshaped: a column where a vector is expected,
       or the targets of a row below each other.
    2. Two columns where one number is expected are the scores of two classes: the second is taken.
    3. A code becomes the label: ``classes_`` is indexed with it.
    4. Another dtype is cast, a whole number where a floating one is expected to the dtype of the rows.
    5. Any other difference: OnnxRouteError.

    Before::

        return %column                      # (n, 1), where scikit-learn gives (n,)

    After::

        %flat = %column.reshape([-1])
        return %flat
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Append what is missing."""
        graph, result = model.graph, result_node(model)
        value = observe(model)[result][0]
        wanted = self.signature.trailing
        new = result
        with graph.inserting_before(next(node for node in reversed(graph.nodes) if node.op == "output")):
            shape = tuple(value.shape[1:])
            if shape == (2,) and wanted == ():  # rule 2
                new = graph.call_method("select", (new, 1, 1))
            elif shape != wanted:
                if value.numel() != ROW_COUNTS[0] * int(np.prod(wanted)):
                    raise OnnxRouteError(f"ONNX import: the graph returns rows of shape {shape}, scikit-learn {wanted}")
                new = graph.call_method("reshape", (new, [-1, *wanted]))  # rule 1
            if self.signature.labels is not None:  # rule 3
                model.register_buffer("classes_", self.signature.labels)
                if value.dtype != torch.int64:
                    new = graph.call_method("to", (new, torch.int64))
                new = graph.call_function(torch.index_select, (graph.get_attr("classes_"), 0, new))
            elif value.dtype != self.signature.dtype and not value.is_floating_point():  # rule 4
                rows = next(iter(graph.nodes))
                target = rows if self.signature.dtype.is_floating_point else self.signature.dtype
                new = graph.call_method("to", (new, target))
            elif value.is_floating_point() and not self.signature.dtype.is_floating_point:
                new = graph.call_method("to", (new, self.signature.dtype))
        if new is result:
            return False
        result.replace_all_uses_with(new, delete_user_cb=lambda user: user.op == "output")
        return True
