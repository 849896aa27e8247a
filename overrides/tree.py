"""Decision trees."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor
from torch import Tensor, nn

from .base import Module
from .errors import CorruptEstimatorError
from .functional.links import log_probabilities
from .functional.trees import decision_path, descend, flatten_trees, tree_columns
from .registry import Loss, register


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
    """

    def __init__(self, trees: Sequence[Any], n_features: int, with_paths: bool = True) -> None:
        super().__init__()
        flat = flatten_trees(trees, n_features)
        self.n_trees = len(trees)
        self.depth = flat.depth
        value = np.concatenate([np.asarray(tree.value, dtype=np.float64) for tree in trees])
        if value.shape[0] != len(flat.tree_of):
            raise CorruptEstimatorError(f"{value.shape[0]} values for the {len(flat.tree_of)} nodes of the trees")
        self.value = nn.Parameter(torch.tensor(value))
        buffers = {"feature", "missing", "column", "threshold", "child", "node_id", "first"}
        buffers |= {"begin", "end", "tree_of"} if with_paths else set()
        for name in sorted(buffers):
            self.register_buffer(name, torch.tensor(getattr(flat, name)))

    def leaves(self, x: Tensor) -> Tensor:
        """Row of ``value`` that each row of ``x`` reaches in each tree, shape (n_samples, n_trees)."""
        columns = tree_columns(x, self.feature, self.missing)
        node = descend(columns, self.column, self.threshold, self.child, self.n_trees, self.depth)
        return self.node_id.index_select(0, node.reshape(-1)).reshape(-1, self.n_trees)

    def leaf_numbers(self, x: Tensor) -> Tensor:
        """Leaves as scikit-learn's ``apply`` counts them: from the root of their tree, shape (n_samples, n_trees)."""
        return self.leaves(x) - self.first

    def leaf_values(self, x: Tensor) -> Tensor:
        """Values of the leaves reached, shape (n_samples, n_trees, n_outputs * max_n_classes)."""
        width = self.value.shape[1] * self.value.shape[2]
        reached = self.value.index_select(0, self.leaves(x).reshape(-1))
        return reached.reshape(-1, self.n_trees, width)

    def path(self, x: Tensor) -> Tensor:
        """Indicator of the nodes passed, shape (n_samples, n_nodes)."""
        return decision_path(self.leaves(x), self.begin, self.end, self.tree_of)

    def extra_repr(self) -> str:
        """Number of trees, nodes and levels."""
        return f"n_trees={self.n_trees}, n_nodes={self.value.shape[0]}, depth={self.depth}"


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


class TreeOutputs(Module):
    """What classifiers and regressors of trees share: the trees, and how many outputs they have."""

    # Known when TorchScript compiles, which then sees one return type.
    __constants__ = ("is_multi_output",)

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.is_multi_output = int(estimator.n_outputs_) > 1

    def set_outputs(self, estimator: Any, value_shape: Sequence[int]) -> None:
        """Register ``classes_`` and the number of classes per output, which must be those of the values."""
        self.n_classes = [int(count) for count in np.atleast_1d(estimator.n_classes_)]
        labels = estimator.classes_ if self.is_multi_output else [estimator.classes_]
        expected = [len(self.n_classes), max(self.n_classes)]
        if list(value_shape[1:]) != expected or [len(part) for part in labels] != self.n_classes:
            raise CorruptEstimatorError(
                f"{self.estimator_name} has {[len(part) for part in labels]} classes and values of shape "
                f"{list(value_shape)}"
            )
        self.max_n_classes = expected[1]
        if self.is_multi_output:
            self.fixed("classes_", class_table(labels))
            if np.asarray(labels[0]).dtype.kind in "OUS":
                self.output_class_names = [[str(label) for label in part] for part in labels]
        else:
            self.set_classes(estimator.classes_)

    def as_returned(self, method: str, result: Any) -> Any:
        """Words of several outputs as the codes that ``predict`` gives."""
        names = getattr(self, "output_class_names", None)
        if method != "predict" or names is None:
            return result
        return np.stack([np.searchsorted(part, column) for part, column in zip(names, result.T, strict=True)], axis=1)

    def _outputs(self, proba: Tensor) -> list[Tensor]:
        """Probabilities of each output, cut out of one row of all."""
        start = 0
        parts: list[Tensor] = []
        for count in self.n_classes:
            parts.append(proba[:, start : start + count])
            start += self.max_n_classes
        return parts

    def _labels(self, outputs: list[Tensor]) -> Tensor:
        """Labels of the likeliest classes, the first of equals."""
        if not self.is_multi_output:
            return self.classes_.index_select(0, outputs[0].argmax(dim=1))
        columns: list[Tensor] = []
        for i, output in enumerate(outputs):
            columns.append(self.classes_[i].index_select(0, output.argmax(dim=1)))
        return torch.stack(columns, dim=1)

    @staticmethod
    def lists_of(estimator: Any) -> tuple[str, ...]:
        """Probabilities are a list where there are several outputs."""
        several = int(getattr(estimator, "n_outputs_", 1)) > 1 and hasattr(estimator, "classes_")
        return ("predict_proba", "predict_log_proba") if several else ()


@register(DecisionTreeClassifier, ExtraTreeClassifier, loses=(Loss.PRECISION, Loss.GRADIENT, Loss.METHOD))
class TreeClassifier(TreeOutputs):
    """A classification tree.

    ``predict`` gives codes for words; with several outputs, of shape (n_samples, n_outputs), a code counts in the
    ``output_class_names`` of its output. ``apply`` gives int64, ``decision_path`` a dense int64 indicator.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.tree_ = Trees([estimator.tree_], self.n_features_in_)
        self.set_outputs(estimator, self.tree_.value.shape)

    def _probabilities(self, x: Tensor) -> list[Tensor]:
        return self._outputs(self.tree_.leaf_values(x).squeeze(1))

    def _predict(self, x: Tensor) -> Tensor:
        return self._labels(self._probabilities(x))

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

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.tree_.leaf_numbers(x).squeeze(1)

    def _decision_path(self, x: Tensor) -> Tensor:
        return self.tree_.path(x)


@register(DecisionTreeRegressor, ExtraTreeRegressor, loses=(Loss.PRECISION, Loss.GRADIENT, Loss.METHOD))
class TreeRegressor(TreeOutputs):
    """A regression tree; ``predict`` has shape (n_samples, n_outputs) where there are several outputs.

    Notes
    -----
    Everything is constant between thresholds: there is a gradient in the values of the leaves, none in the rows. After
    ``torch.jit.load``, ``apply`` is ``nn.Module.apply``: :func:`bridge.load` serves scikit-learn's.
    """

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.tree_ = Trees([estimator.tree_], self.n_features_in_)

    def _predict(self, x: Tensor) -> Tensor:
        values = self.tree_.leaf_values(x).squeeze(1)
        return values if self.is_multi_output else values.squeeze(1)

    def _apply_rows(self, x: Tensor) -> Tensor:
        return self.tree_.leaf_numbers(x).squeeze(1)

    def _decision_path(self, x: Tensor) -> Tensor:
        return self.tree_.path(x)
