"""TreeEnsembleRegressor and TreeEnsembleClassifier of ai.onnx.ml 1 and 3, TreeEnsemble of 5.

onnxruntime is followed where the specification is silent, as on two classes; where it is not, the specification: a
target without a weight in any leaf that is reached gets its base value (0 in onnxruntime), and version 5 numbers
SOFTMAX 1 and LOGISTIC 2 (the other way round in onnxruntime). A float64 input keeps float64 to the end, where the
specification of the two older operators rounds the result to float32.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.module import refuse
from ..errors import UnsupportedOperatorError
from ..forests.forest import Forest
from ..functional.post_transforms import post_transform, probit, second_class
from ..functional.trees.onnx import OnnxTrees, aggregate_leaves, member_columns, pack_leaves
from .nodes import ML, POST_TRANSFORMS, attributes, require, result
from .nodes import post_transform as post_transform_of
from .tree_nodes import nested_forest, numbered_forest, tensor_or_list
from .words import class_labels

_ELEMENTS = 1 << 16
"""Trees times rows worked on at once on a processor."""

AGGREGATES = ("AVERAGE", "SUM", "MIN", "MAX")
"""In the order in which version 5 of TreeEnsemble numbers them."""


class OnnxForest(Forest):
    """Trees and the weights of their leaves; ``score`` brings them together per target.

    Parameters
    ----------
    operator : str
        Name of the operator, for messages.
    trees : OnnxTrees
    leaves : tuple
        What :func:`~bridge.overrides.functional.trees.onnx.pack_leaves` returns.
    n_targets : int
    function : str
        Among :data:`AGGREGATES`.
    """

    set_feature: Tensor
    missing_right: Tensor
    members: Tensor
    member_keys: Tensor
    targets: Tensor

    def __init__(
        self,
        operator: str,
        trees: OnnxTrees,
        leaves: tuple[np.ndarray, np.ndarray, bool],
        n_targets: int,
        function: str,
    ) -> None:
        super().__init__(trees)
        self.operator = operator
        for name in ("set_feature", "missing_right", "members", "member_keys"):
            self._keep(name, getattr(trees, name))
        targets, weights, self.dense = leaves
        self.register_buffer("targets", torch.tensor(targets))
        self.weights = nn.Parameter(torch.tensor(weights))
        self.n_targets = n_targets
        self.function = function
        self.min_features = trees.n_features if trees.depth > 0 else 0
        self.tile_rows = max(1, _ELEMENTS // max(self.n_trees * weights.shape[1], n_targets, trees.n_directions))

    def floats(self, x: Tensor) -> Tensor:
        """Checked rows; whole numbers as float, which is how they are compared."""
        if x.dim() != 2 or x.shape[1] < self.min_features:
            wanted = f"{self.operator} takes a 2-D tensor of at least {self.min_features} features"
            refuse(f"{wanted}, got shape {list(x.shape)}")
        return x if x.is_floating_point() else x.to(torch.float32)

    def tile(self, x: Tensor) -> int:
        """Rows to work on at once; 0 for all of them, as a graph of torch.export must."""
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return 0
        size = self.tile_rows if x.device.type == "cpu" else self.tile_rows * 256
        return 0 if x.shape[0] <= size else size

    def score(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Aggregated weights, and whether there are any, both of shape (n_samples, n_targets)."""
        return aggregate_leaves(
            self.leaf_index(x), self.targets, self.weights, self.n_targets, self.dense, self.function
        )

    def _directions(self, x: Tensor) -> Tensor:
        """Whether each set sends each row right; by sparse tables, for a model file may have sets of any size."""
        return member_columns(x, self.set_feature, self.missing_right, self.members, self.member_keys)


class TreeEnsembleRegressor(OnnxForest):
    """Aggregated leaves plus base values: ``forward`` gives (n_samples, n_targets).

    Parameters
    ----------
    base_values : ndarray of float, shape (n_targets,)
    transform : str
        Post transform; as in onnxruntime only PROBIT acts on a single target.
    """

    def __init__(self, *parts: Any, base_values: np.ndarray, transform: str) -> None:
        super().__init__(*parts)
        self.base_values = nn.Parameter(torch.tensor(np.asarray(base_values, dtype=np.float64)))
        self.transform = "NONE" if self.n_targets == 1 and transform != "PROBIT" else transform

    def forward(self, x: Tensor) -> Tensor:
        """Result in float64 for a float64 input, in the input's float type or float32 otherwise."""
        x = self.floats(x)
        size = self.tile(x)
        if size == 0:
            return self.rows(x)
        parts: list[Tensor] = []
        for start in range(0, x.shape[0], size):
            parts.append(self.rows(x[start : start + size]))
        return torch.cat(parts)

    def rows(self, x: Tensor) -> Tensor:
        """One tile of rows."""
        return post_transform(self.score(x)[0] + self.base_values, self.transform).to(x.dtype)


class TreeEnsembleClassifier(OnnxForest):
    """Labels and scores: ``forward`` gives int64 (n_samples,) and (n_samples, n_classes).

    Parameters
    ----------
    base_values : ndarray of float, shape (0,), (1,) or (n_classes,)
    transform : str
        Post transform.
    labels : ndarray of int64, shape (n_classes,)
    words : list of str
        Vocabulary of the codes in ``labels``; empty where they are numbers.
    one_column : bool
        All weights are of one class: then one score makes two.
    positive : bool
        No weight is negative.

    Notes
    -----
    Two classes follow onnxruntime's rules, which tell apart whether a row has a score for the second class.
    """

    words: list[str]
    labels: Tensor

    def __init__(
        self,
        *parts: Any,
        base_values: np.ndarray,
        transform: str,
        labels: np.ndarray,
        words: list[str],
        one_column: bool,
        positive: bool,
    ) -> None:
        super().__init__(*parts)
        padded = np.zeros(max(self.n_targets, len(base_values)))
        padded[: len(base_values)] = base_values
        self.base_values = nn.Parameter(torch.tensor(padded))
        self.n_base = len(base_values)
        self.transform = transform
        self.register_buffer("labels", torch.tensor(labels))
        self.words = words
        self.one_column = one_column
        self.positive = positive

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores are float64 for a float64 input, in the input's float type or float32 otherwise."""
        x = self.floats(x)
        size = self.tile(x)
        if size == 0:
            return self.rows(x)
        labels: list[Tensor] = []
        scores: list[Tensor] = []
        for start in range(0, x.shape[0], size):
            part = self.rows(x[start : start + size])
            labels.append(part[0])
            scores.append(part[1])
        return torch.cat(labels), torch.cat(scores)

    def rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """One tile of rows."""
        scores, scored = self.score(x)
        if self.n_targets == 1:
            labels, scores = self.single(scores)
        elif self.n_targets == 2:
            labels, scores = self.pair(scores, scored)
        else:
            labels, scores = self.several(scores, scored)
        return labels, scores.to(x.dtype)

    def single(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """A single class: the label tells by 1 and 0 whether the score is positive."""
        scores = scores + self.base_values[: self.n_targets]
        labels = (scores[:, 0] > 0).to(torch.int64)
        return labels, probit(scores) if self.transform == "PROBIT" else scores

    def several(self, scores: Tensor, scored: Tensor) -> tuple[Tensor, Tensor]:
        """Three classes or more: the first of the highest among those that have a score."""
        scores = scores + self.base_values
        if self.n_base == 0:
            best = torch.argmax(torch.where(scored, scores, torch.full_like(scores, -torch.inf)), dim=1)
        else:
            best = torch.argmax(scores, dim=1)
        return self.labels.index_select(0, best), post_transform(scores, self.transform)

    def pair(self, scores: Tensor, scored: Tensor) -> tuple[Tensor, Tensor]:
        """Two classes."""
        first, second = scores[:, :1], scores[:, 1:]
        has_first, has_second = scored[:, :1], scored[:, 1:]
        if self.n_base == 2:
            moved = self.base_values[1] + first
            second = torch.where(has_second, moved, torch.zeros_like(second))
            first = torch.where(has_second, -moved, first + self.base_values[0])
        elif self.n_base == 1:
            first = first + self.base_values[0]
        decision = torch.where(has_second, second, torch.where(has_first, first, torch.zeros_like(first)))
        limit = 0.5 if self.one_column and self.positive else 0.0
        labels = self.labels.index_select(0, (decision[:, 0] > limit).to(torch.int64))
        visible = torch.cat([torch.where(has_first, first, torch.zeros_like(first)), second], dim=1)
        both = post_transform(visible, self.transform)
        if self.n_base == 2:
            return labels, both
        # A row without a score for the second class has one score, which makes two.
        alone = second_class(first, self.transform, self.one_column and self.positive)
        return labels, torch.where(has_second, both, alone)


def _convert_regressor(node: Any, graph: Any) -> Any:
    values = attributes(node)
    operator = "TreeEnsembleRegressor"
    function = values.get("aggregate_function", "SUM")
    require(operator, function in AGGREGATES, f"aggregate_function is {function!r}, none of {', '.join(AGGREGATES)}")
    trees, n_leaves, leaf = numbered_forest(operator, values, "target")
    n_targets = int(values.get("n_targets", 1))
    target = np.asarray(values.get("target_ids", np.zeros(0)), dtype=np.int64)
    leaves = pack_leaves(operator, n_leaves, n_targets, leaf, target, tensor_or_list(values, "target_weights"))
    base = tensor_or_list(values, "base_values")
    require(operator, len(base) in (0, n_targets), f"{len(base)} base values for {n_targets} targets")
    base = base if len(base) > 0 else np.zeros(n_targets)
    module = TreeEnsembleRegressor(
        operator, trees, leaves, n_targets, function, base_values=base, transform=post_transform_of(values, operator)
    )
    return result(node, module)


def _convert_classifier(node: Any, graph: Any) -> Any:
    values = attributes(node)
    operator = "TreeEnsembleClassifier"
    trees, n_leaves, leaf = numbered_forest(operator, values, "class")
    labels, words = class_labels(values, "classlabels_int64s", graph)
    classes = np.asarray(values.get("class_ids", np.zeros(0)), dtype=np.int64)
    weights = tensor_or_list(values, "class_weights")
    leaves = pack_leaves(operator, n_leaves, len(labels), leaf, classes, weights)
    base = tensor_or_list(values, "base_values")
    n_classes = len(labels)
    allowed = (0, 1, 2) if n_classes == 2 else (0, n_classes)
    require(operator, len(base) in allowed, f"{len(base)} base values for {n_classes} classes")
    transform = post_transform_of(values, operator)
    one_column = n_classes == 2 and len(np.unique(classes)) == 1
    if transform == "PROBIT" and one_column and classes[0] == 0 and len(base) < 2:
        raise UnsupportedOperatorError(
            f"{operator}: PROBIT of one score for two classes leaves the second score undefined; "
            "give the weights of both classes"
        )
    module = TreeEnsembleClassifier(
        operator,
        trees,
        leaves,
        n_classes,
        "SUM",
        base_values=base,
        transform=transform,
        labels=labels,
        words=words,
        one_column=one_column,
        positive=bool((weights >= 0).all()),
    )
    return result(node, module)


def _convert_ensemble(node: Any, graph: Any) -> Any:
    values = attributes(node)
    operator = "TreeEnsemble"
    trees, weights, targets = nested_forest(operator, values)
    n_leaves, n_targets = len(weights), int(values.get("n_targets", 1))
    leaves = pack_leaves(operator, n_leaves, n_targets, np.arange(n_leaves), targets, weights)
    function, transform = int(values.get("aggregate_function", 1)), int(values.get("post_transform", 0))
    require(operator, 0 <= function < len(AGGREGATES), f"aggregate_function {function} is unknown")
    require(operator, 0 <= transform < len(POST_TRANSFORMS), f"post_transform {transform} is unknown")
    module = TreeEnsembleRegressor(
        operator,
        trees,
        leaves,
        n_targets,
        AGGREGATES[function],
        base_values=np.zeros(n_targets),
        transform=POST_TRANSFORMS[transform],
    )
    return result(node, module)


CONVERTERS = {
    (ML, "TreeEnsembleRegressor", 1): _convert_regressor,
    (ML, "TreeEnsembleRegressor", 3): _convert_regressor,
    (ML, "TreeEnsembleRegressor", 5): _convert_regressor,
    (ML, "TreeEnsembleClassifier", 1): _convert_classifier,
    (ML, "TreeEnsembleClassifier", 3): _convert_classifier,
    (ML, "TreeEnsembleClassifier", 5): _convert_classifier,
    (ML, "TreeEnsemble", 5): _convert_ensemble,
}
