"""Decision trees."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.module import Module
from ..errors import CorruptEstimatorError
from ..functional.graph import in_graph
from ..functional.special.links import log_probabilities
from ..functional.trees.descent import descend_one_tree, find_leaves, value_of_leaves
from ..functional.trees.flat import decision_path, flatten_trees, sum_in_order, tree_columns
from ..functional.trees.operators import leaves_operator, sum_operator, wants_operators
from ..functional.trees.packed import ordered_keys, pack_trees

TILE_ELEMENTS = 32768
"""Rows times trees worked on at once: what the caches of a processor hold, and what torch leaves to one thread."""

TREE_ROWS, MANY_ROWS = 8192, 256
"""Rows of one tree worked on at once, and how many it takes until operators cost less than what they work on."""


class Trees(nn.Module):
    """Fitted trees of one model in flat arrays; its path in a module is the fitted attribute that held them.

    Parameters
    ----------
    trees : sequence of sklearn.tree._tree.Tree
        With the same outputs.
    n_features : int
    with_paths : bool
        Keep what :meth:`decision_path` needs.

    Attributes
    ----------
    value : Parameter of shape (n_nodes, n_outputs, max_n_classes)
        Values of the nodes, tree after tree, in scikit-learn's order; those of leaves enter results and train.
    first : Tensor of shape (n_trees,)
        Row of ``value`` of the root of each tree.
    tile_rows : int
        Rows to work on at once.
    """

    feature: Tensor
    missing: Tensor
    column: Tensor
    threshold: Tensor
    child: Tensor
    node_id: Tensor
    first: Tensor
    begin: Tensor
    end: Tensor
    tree_of: Tensor
    record: Tensor
    stages: list[int]

    def __init__(self, trees: Sequence[Any], n_features: int, with_paths: bool = True) -> None:
        super().__init__()
        flat = flatten_trees(trees, n_features)
        self.n_trees = len(trees)
        self.depth = flat.depth
        # Nodes that a cache does not hold are fetched once per tile: then it pays to have many rows in it.
        elements = TILE_ELEMENTS if len(flat.child) <= TILE_ELEMENTS else 8 * TILE_ELEMENTS
        self.tile_rows = max(1, elements // self.n_trees) if self.n_trees > 1 else TREE_ROWS
        self.many_rows = MANY_ROWS
        value = np.concatenate([np.asarray(tree.value, dtype=np.float64) for tree in trees])
        if value.shape[0] != len(flat.tree_of):
            raise CorruptEstimatorError(f"{value.shape[0]} values for the {len(flat.tree_of)} nodes of the trees")
        self.n_values = int(np.prod(value.shape[1:]))
        self.value = nn.Parameter(torch.from_numpy(value))
        buffers = {"feature", "missing", "column", "threshold", "child", "node_id"}
        buffers |= {"begin", "end", "tree_of"} if with_paths else set()
        for name in sorted(buffers):
            array = getattr(flat, name)
            # Shared, for there may be many nodes; an empty array has an address, which torch.export.save trips over.
            self.register_buffer(name, torch.from_numpy(array) if array.size else torch.tensor(array))
        self.register_buffer("first", torch.tensor(flat.node_id[: self.n_trees]))
        packed = pack_trees(flat, ordered_keys(flat.threshold))
        self.register_buffer("record", torch.from_numpy(packed.record))
        self.shift, self.mask, self.stages = packed.shift, packed.mask, packed.stages

    def leaves(self, x: Tensor) -> Tensor:
        """Row of ``value`` that each row of ``x`` reaches in each tree, shape (n_samples, n_trees)."""
        if not torch.jit.is_scripting():
            if wants_operators():
                return leaves_operator(self.n_trees, *self._operands(x))
        return self.node_id.index_select(0, self._places(x).reshape(-1)).reshape(-1, self.n_trees)

    def _places(self, x: Tensor) -> Tensor:
        """Places in the level order of the leaves reached, shape (n_samples, n_trees)."""
        if self.n_trees == 1 and not in_graph() and x.device.type == "cpu" and x.shape[0] >= self.many_rows:
            rows = x.detach()
            if not bool(torch.isnan(rows.sum())):
                source = self.feature.index_select(0, self.column)
                return descend_one_tree(rows, source, self.threshold, self.child, self.depth)
        return find_leaves(
            tree_columns(x, self.feature, self.missing),
            self.column,
            self.threshold,
            self.child,
            self.record,
            self.shift,
            self.mask,
            self.n_trees,
            self.stages,
        )

    def leaf_numbers(self, x: Tensor) -> Tensor:
        """Leaves as scikit-learn's ``apply`` counts them: from the root of their tree, shape (n_samples, n_trees)."""
        return self.leaves(x) - self.first

    def leaf_values(self, x: Tensor) -> Tensor:
        """Values of the leaves reached, shape (n_samples, n_trees, n_outputs * max_n_classes)."""
        if in_graph() or self.n_values > 1:
            reached = self.value.index_select(0, self.leaves(x).reshape(-1))
            return reached.reshape(-1, self.n_trees, self.n_values)
        return value_of_leaves(self.value.reshape(-1), self.node_id, self._places(x)).unsqueeze(2)

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the trees of the values of their leaves, shape (n_samples, n_outputs * max_n_classes).

        Notes
        -----
        In the order of the trees, but for a single value in ONNX: there, the last digit must decide nothing.
        """
        if not torch.jit.is_scripting():
            if wants_operators() and self.n_values == 1:
                return sum_operator(self.n_trees, self.value, *self._operands(x)).to(self.value.dtype)
        if in_graph() or self.n_values > 8:
            return sum_in_order(self.value.new_zeros((x.shape[0], self.n_values)), self.leaf_values(x))
        # Single numbers are looked up faster than rows of few are copied.
        place = self._places(x)
        values = self.value.reshape(-1, self.n_values)
        totals: list[Tensor] = []
        for k in range(self.n_values):
            totals.append(value_of_leaves(values.select(1, k), self.node_id, place).cumsum(dim=1)[:, -1])
        return torch.stack(totals, dim=1)

    @torch.jit.unused
    def _operands(self, x: Tensor) -> tuple[Tensor, ...]:
        rows = x.to(torch.float32)
        return rows, self.feature, self.missing, self.column, self.threshold, self.child, self.node_id

    def path(self, x: Tensor) -> Tensor:
        """Indicator of the nodes passed, shape (n_samples, n_nodes)."""
        return decision_path(self.leaves(x), self.begin, self.end, self.tree_of)

    def extra_repr(self) -> str:
        """Number of trees, nodes and levels."""
        return f"n_trees={self.n_trees}, n_nodes={self.value.shape[0]}, depth={self.depth}"


class TreeOutputs(Module):
    """What models of trees share: where the trees are, and how many outputs they have."""

    # Known when TorchScript compiles, which then sees one return type.
    __constants__ = ("is_multi_output",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.is_multi_output = int(estimator.n_outputs_) > 1

    def trees(self) -> Trees:
        """The trees."""
        raise NotImplementedError

    def _values(self, x: Tensor) -> Tensor:
        """What the trees say together, shape (n_samples, n_outputs * max_n_classes)."""
        raise NotImplementedError

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Probabilities are a list where there are several outputs."""
        several = int(getattr(estimator, "n_outputs_", 1)) > 1 and hasattr(estimator, "classes_")
        return ("predict_proba", "predict_log_proba") if several else ()


class ClassifierOutputs(TreeOutputs):
    """Classes and probabilities of one or more outputs.

    Attributes
    ----------
    classes_ : Tensor of shape (n_classes,) or (n_outputs, max_n_classes)
        Labels, or codes of words; padded with zeros where there are several outputs.
    output_class_names : list of list of str
        The words that the codes of each output mean, where several outputs have words.
    """

    classes_: Tensor

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_classes = [int(count) for count in np.atleast_1d(estimator.n_classes_)]
        self.max_n_classes = max(self.n_classes)
        labels = estimator.classes_ if self.is_multi_output else [estimator.classes_]
        counts, shape = [len(part) for part in labels], list(self.trees().value.shape[1:])
        if counts != self.n_classes or shape != [len(counts), max(counts)]:
            raise CorruptEstimatorError(f"{self.estimator_name} has {counts} classes and values of shape {shape}")
        if not self.is_multi_output:
            self.set_classes(estimator.classes_)
            return
        self.add_buffer("classes_", class_table(labels))
        if np.asarray(labels[0]).dtype.kind in "OUS":
            self.output_class_names = [[str(label) for label in part] for part in labels]

    def as_returned(self, method: str, result: Any) -> Any:
        """Words of several outputs as the codes that ``predict`` gives."""
        result = super().as_returned(method, result)
        names = getattr(self, "output_class_names", None)
        if method != "predict" or names is None:
            return result
        return np.stack([np.searchsorted(part, column) for part, column in zip(names, result.T, strict=True)], axis=1)

    def _probabilities(self, x: Tensor) -> list[Tensor]:
        """Probabilities of each output, shape (n_samples, n_classes) of its own."""
        proba = self._values(x)
        start = 0
        parts: list[Tensor] = []
        for count in self.n_classes:
            parts.append(proba[:, start : start + count])
            start += self.max_n_classes
        return parts

    def _predict(self, x: Tensor) -> Tensor:
        parts = self._probabilities(x)
        if not self.is_multi_output:
            return self.classes_.index_select(0, parts[0].argmax(dim=1))
        columns: list[Tensor] = []
        for i, part in enumerate(parts):
            columns.append(self.classes_[i].index_select(0, part.argmax(dim=1)))
        return torch.stack(columns, dim=1)

    # One tensor, or a list of them where there are several outputs: TorchScript infers which.

    def _predict_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        if self.is_multi_output:
            return self._probabilities(x)
        else:
            return self._probabilities(x)[0]

    def _predict_log_proba(self, x: Tensor):  # type: ignore[no-untyped-def]
        logs = [log_probabilities(part) for part in self._probabilities(x)]
        if self.is_multi_output:
            return logs
        else:
            return logs[0]


class RegressorOutputs(TreeOutputs):
    """Values of one or more targets."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        shape = list(self.trees().value.shape[1:])
        if shape != [int(estimator.n_outputs_), 1]:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {estimator.n_outputs_} targets and values of shape {shape}"
            )

    def _predict(self, x: Tensor) -> Tensor:
        values = self._values(x)
        return values if self.is_multi_output else values.squeeze(1)


def class_table(classes: Sequence[Any]) -> np.ndarray:
    """Labels of several outputs in one table, padded; the codes of those that are words.

    Parameters
    ----------
    classes : sequence of ndarray of shape (n_classes,)

    Returns
    -------
    ndarray of shape (n_outputs, max_n_classes)
        Of the dtype of the first output, as scikit-learn's predictions have.
    """
    labels = [np.asarray(part) for part in classes]
    if any(part.dtype.kind in "OUS" for part in labels):
        labels = [np.arange(len(part)) for part in labels]
    table = np.zeros((len(labels), max(len(part) for part in labels)), dtype=labels[0].dtype)
    for row, part in zip(table, labels, strict=True):
        row[: len(part)] = part
    return table


class Tree(TreeOutputs):
    """One tree, ``tree_``."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.tree_ = Trees([estimator.tree_], self.n_features_in_)

    def trees(self) -> Trees:
        """The tree."""
        return self.tree_

    def _values(self, x: Tensor) -> Tensor:
        return self.tree_.leaf_values(x).squeeze(1)

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.tree_.leaf_numbers(x).squeeze(1)

    def _decision_path(self, x: Tensor) -> Tensor:
        return self.tree_.path(x)
