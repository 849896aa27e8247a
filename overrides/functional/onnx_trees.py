"""Trees of the ONNX operators: any comparison, missing values by direction, sets of members.

A forest is one array of nodes, leaves first, which are their own children; a level of all trees is one look-up. It has
one of two forms. *Any*: a node has four children, one for each way in which a value can stand to its threshold: below,
equal, above, missing. Every mode of comparison, and the direction of missing values, is a matter of which child is
which. *Plain*, of half as many operations, for what most forests are: only comparisons by order, all of them ``<=`` (or
``>``), or all of them ``<`` (or ``>=``). Missing values then have a column for each direction.

The arrays come from a model file, so that every index in them is checked before it is used.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import CorruptEstimatorError
from .lookup import exact_index

MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER")
"""In the order in which version 5 of TreeEnsemble numbers them."""

MEMBER = MODES.index("BRANCH_MEMBER")

# Which of below, equal, above goes to the true child. A value in a set counts as equal, any other as below.
_GOES_TRUE = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1], [0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
_NEQ = MODES.index("BRANCH_NEQ")

# Comparisons by order: whether what is lower goes to the true child, and whether what is equal is not lower.
_LOW_IS_TRUE = np.array([True, True, False, False, False, False, False])
_STRICT = np.array([False, True, True, False, False, False, False])


@dataclass(frozen=True)
class Forest:
    """Checked arrays of a forest of ``n_leaves`` leaves (the first nodes) and further nodes that branch.

    Attributes
    ----------
    roots : ndarray of int64, shape (n_trees,)
    threshold : ndarray of float, shape (n_nodes,)
    depth : int
        Most comparisons on any way.
    plain : bool
        Which form it has; the arrays of the other one are empty.
    strict : bool
        Plain: a value is compared by ``<`` rather than ``<=``.
    column : ndarray of int64, shape (n_nodes,)
        Plain: the column that a node compares.
    column_feature : ndarray of int64, shape (n_columns,)
        Plain: the feature in each column.
    missing_is_low : ndarray of bool, shape (n_columns,)
        Plain: a missing value counts as lower than all thresholds, otherwise as lower than none.
    pairs : ndarray of int64, shape (2 * n_nodes,)
        Plain: next node where the value is not lower, where it is.
    feature : ndarray of int64, shape (n_nodes,)
    next_nodes : ndarray of int64, shape (4 * n_nodes,)
        Next node for below, equal, above, missing; a member of a set counts as equal, anything else as below.
    members : ndarray of float, shape (n_members,)
        All members of all sets, sorted.
    member_keys : ndarray of int64, shape (n_pairs,)
        ``node * n_members + position of the member`` for every member of every set, sorted.
    in_set : ndarray of bool, shape (n_nodes,)
        Nodes that ask for membership.
    """

    roots: np.ndarray
    threshold: np.ndarray
    depth: int
    plain: bool
    strict: bool
    column: np.ndarray
    column_feature: np.ndarray
    missing_is_low: np.ndarray
    pairs: np.ndarray
    feature: np.ndarray
    next_nodes: np.ndarray
    members: np.ndarray
    member_keys: np.ndarray
    in_set: np.ndarray

    @property
    def n_features(self) -> int:
        """Features that rows must have."""
        return max(int(self.feature.max(initial=-1)), int(self.column_feature.max(initial=-1))) + 1


def build_forest(
    operator: str,
    n_leaves: int,
    roots: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    mode: np.ndarray,
    true_child: np.ndarray,
    false_child: np.ndarray,
    missing_true: np.ndarray,
    member_values: np.ndarray,
) -> Forest:
    """Forest from arrays over the nodes that branch; children and roots count leaves first.

    Parameters
    ----------
    operator : str
        For messages.
    n_leaves : int
    roots : ndarray of int64, shape (n_trees,)
    feature, mode, true_child, false_child : ndarray of int64, shape (n_branches,)
        ``mode`` is an index into :data:`MODES`.
    threshold : ndarray of float, shape (n_branches,)
    missing_true : ndarray of bool, shape (n_branches,)
    member_values : ndarray of float
        Members of the sets in the order of their nodes, each set ended by NaN.

    Raises
    ------
    CorruptEstimatorError
        An index is out of bounds, arrays differ in length, nodes form a cycle, or sets are not as many as their nodes.
    """
    n_branches = len(feature)
    arrays = (threshold, mode, true_child, false_child, missing_true)
    _require(operator, all(len(array) == n_branches for array in arrays), "arrays of nodes differ in length")
    n_nodes = n_leaves + n_branches
    _require(operator, len(roots) > 0, "there is no tree")
    _check_range(operator, "root", roots, n_nodes)
    _check_range(operator, "true child", true_child, n_nodes)
    _check_range(operator, "false child", false_child, n_nodes)
    _check_range(operator, "mode", mode, len(MODES))
    _check_range(operator, "feature", feature, 2**31)
    depth = _depth(operator, n_leaves, true_child, false_child)
    members, member_keys = _member_table(operator, n_leaves, mode, member_values)
    pad = np.zeros(n_leaves, dtype=np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    parts: dict[str, Any] = dict.fromkeys(("column", "column_feature", "pairs", "feature", "next_nodes"), nothing)
    parts.update(missing_is_low=nothing.astype(bool), in_set=nothing.astype(bool))
    missing_low = missing_true == _LOW_IS_TRUE[mode]
    strict = bool(_STRICT[mode].any())
    by_order = (mode <= MODES.index("BRANCH_GT")) & (_STRICT[mode] == strict) & ~np.isnan(threshold)
    plain = bool((by_order & ~(missing_low & np.isneginf(threshold))).all())
    if plain:
        ways, column = np.unique(feature * 2 + missing_low, return_inverse=True)
        low_is_true = _LOW_IS_TRUE[mode]
        high, low = np.where(low_is_true, false_child, true_child), np.where(low_is_true, true_child, false_child)
        pairs = np.repeat(np.arange(n_nodes, dtype=np.int64)[:, None], 2, axis=1)
        pairs[n_leaves:] = np.stack([high, low], axis=1)
        parts.update(
            column=np.concatenate([pad, column.reshape(-1)]),
            column_feature=ways // 2 if len(ways) else np.zeros(1, dtype=np.int64),
            missing_is_low=ways % 2 == 1 if len(ways) else np.zeros(1, dtype=bool),
            pairs=pairs.reshape(-1),
        )
    else:
        parts.update(
            feature=np.concatenate([pad, feature]),
            next_nodes=_next_nodes(n_leaves, threshold, mode, true_child, false_child, missing_true, len(members) > 0),
            in_set=np.concatenate([pad.astype(bool), mode == MEMBER]),
        )
    return Forest(
        roots=roots.astype(np.int64),
        threshold=np.concatenate([pad.astype(threshold.dtype), threshold]),
        depth=depth,
        plain=plain,
        strict=strict,
        members=members,
        member_keys=member_keys,
        **parts,
    )


def _next_nodes(
    n_leaves: int,
    threshold: np.ndarray,
    mode: np.ndarray,
    true_child: np.ndarray,
    false_child: np.ndarray,
    missing_true: np.ndarray,
    has_members: bool,
) -> np.ndarray:
    next_nodes = np.repeat(np.arange(n_leaves + len(mode), dtype=np.int64)[:, None], 4, axis=1)
    goes_true = np.concatenate([_GOES_TRUE[mode], missing_true[:, None]], axis=1)
    # NaN is unequal to everything, whatever its direction; nothing compares with a threshold that is NaN.
    goes_true[:, 3] |= mode == _NEQ
    no_threshold = np.isnan(threshold) & (mode != MEMBER)
    goes_true[no_threshold, :3] = (mode[no_threshold] == _NEQ)[:, None]
    if not has_members:  # then no look-up tells members from others: every set is empty
        goes_true[mode == MEMBER, :3] = False
    next_nodes[n_leaves:] = np.where(goes_true, true_child[:, None], false_child[:, None])
    return next_nodes.reshape(-1)


def _require(operator: str, condition: bool, message: str) -> None:
    if not condition:
        raise CorruptEstimatorError(f"{operator}: {message}")


def _check_range(operator: str, what: str, index: np.ndarray, size: int) -> None:
    wrong = (index < 0) | (index >= size)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise CorruptEstimatorError(f"{operator}: {what} {int(index[first])} at {first} is outside 0 to {size - 1}")


def _depth(operator: str, n_leaves: int, true_child: np.ndarray, false_child: np.ndarray) -> int:
    """Longest way in comparisons; nodes are taken in the order of their parents, so that a cycle is never entered."""
    n_branches = len(true_child)
    both = np.stack([true_child, false_child], axis=1) - n_leaves  # negative: a leaf
    parents = np.bincount(both[both >= 0], minlength=n_branches)
    level = np.flatnonzero(parents == 0)
    depth = seen = 0
    while len(level) > 0:
        depth += 1
        seen += len(level)
        below = both[level].ravel()
        child, count = np.unique(below[below >= 0], return_counts=True)
        parents[child] -= count
        level = child[parents[child] == 0]
    _require(operator, seen == n_branches, f"{n_branches - seen} nodes are in a cycle or below one")
    return depth


def _member_table(operator: str, n_leaves: int, mode: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    nodes = np.flatnonzero(mode == MEMBER) + n_leaves
    ends = np.isnan(values)
    _require(operator, int(ends.sum()) == len(nodes), f"{int(ends.sum())} sets of members for {len(nodes)} nodes")
    _require(operator, len(values) == 0 or bool(ends[-1]), "the last set of members is not ended by NaN")
    owner = nodes[(np.cumsum(ends) - ends)[~ends]] if len(nodes) else np.zeros(0, dtype=np.int64)
    members, position = np.unique(values[~ends], return_inverse=True)
    return members, np.unique(owner.astype(np.int64) * max(len(members), 1) + position.reshape(-1))


def pack_leaves(
    operator: str, n_leaves: int, n_targets: int, leaf: np.ndarray, target: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Weights per leaf as rectangular arrays.

    Parameters
    ----------
    operator : str
        For messages.
    n_leaves, n_targets : int
    leaf, target : ndarray of int64, shape (n_weights,)
    weight : ndarray of float, shape (n_weights,)

    Returns
    -------
    targets : ndarray of int64, shape (n_leaves, width)
        ``n_targets`` where a leaf has fewer than ``width`` weights.
    weights : ndarray of float64, shape (n_leaves, width)
    dense : bool
        Every leaf has exactly one weight for each target, in their order.
    """
    _require(operator, len(leaf) == len(target) == len(weight), "arrays of weights differ in length")
    _require(operator, 0 < n_targets <= 2**24, f"{n_targets} targets")
    _check_range(operator, "leaf of a weight", leaf, n_leaves)
    _check_range(operator, "target of a weight", target, n_targets)
    order = np.lexsort((np.arange(len(leaf)), target, leaf))
    leaf, target, weight = leaf[order], target[order], weight[order]
    count = np.bincount(leaf, minlength=n_leaves)
    width = max(int(count.max(initial=0)), 1)
    _require(operator, n_leaves * width <= max(64 * len(leaf), 2**24), "one leaf has too many weights")
    column = np.arange(len(leaf)) - (np.cumsum(count) - count)[leaf]
    targets = np.full((n_leaves, width), n_targets, dtype=np.int64)
    weights = np.zeros((n_leaves, width))
    targets[leaf, column] = target
    weights[leaf, column] = weight
    return targets, weights, width == n_targets and bool((targets == np.arange(n_targets)).all())


def find_leaves(
    x: Tensor,
    roots: Tensor,
    feature: Tensor,
    threshold: Tensor,
    next_nodes: Tensor,
    depth: int,
    members: Tensor,
    member_keys: Tensor,
    in_set: Tensor,
) -> Tensor:
    """Leaf of each row in each tree, int64 of shape (n_samples, n_trees).

    Parameters
    ----------
    x : Tensor of float, shape (n_samples, n_features)
    roots, feature, threshold, next_nodes, depth, members, member_keys, in_set
        See :class:`Forest`; of the form that is not plain.
    """
    n_trees = roots.shape[0]
    node = roots.unsqueeze(0).expand(x.shape[0], n_trees)
    for _ in range(depth):
        flat = node.reshape(-1)
        value = x.gather(1, feature.index_select(0, flat).view(x.shape[0], n_trees))
        bound = threshold.index_select(0, flat).view(x.shape[0], n_trees)
        stands = (value >= bound).to(torch.int64) + (value > bound).to(torch.int64)
        if members.shape[0] > 0:
            position = exact_index(members, value)
            found = exact_index(member_keys, node * members.shape[0] + position) >= 0
            asks = in_set.index_select(0, flat).view(x.shape[0], n_trees)
            stands = torch.where(asks, (found & (position >= 0)).to(torch.int64), stands)
        stands = stands.masked_fill(torch.isnan(value), 3)
        node = next_nodes.index_select(0, (node * 4 + stands).reshape(-1)).view(x.shape[0], n_trees)
    return node


def find_leaves_plain(
    x: Tensor,
    roots: Tensor,
    column_feature: Tensor,
    missing_is_low: Tensor,
    column: Tensor,
    threshold: Tensor,
    pairs: Tensor,
    depth: int,
    strict: bool,
) -> Tensor:
    """The same for the plain form.

    Parameters
    ----------
    x : Tensor of float, shape (n_samples, n_features)
    roots, column_feature, missing_is_low, column, threshold, pairs, depth, strict
        See :class:`Forest`.
    """
    n_trees = roots.shape[0]
    node = roots.unsqueeze(0).expand(x.shape[0], n_trees)
    if depth == 0:
        return node
    columns = x.detach().index_select(1, column_feature)
    # NaN is lower than no threshold by itself.
    columns = columns.masked_fill(torch.isnan(columns) & missing_is_low, -torch.inf)
    for _ in range(depth):
        flat = node.reshape(-1)
        value = columns.gather(1, column.index_select(0, flat).view(x.shape[0], n_trees))
        bound = threshold.index_select(0, flat).view(x.shape[0], n_trees)
        is_low = value < bound if strict else value <= bound
        node = pairs.index_select(0, torch.add(is_low, node, alpha=2).reshape(-1)).view(x.shape[0], n_trees)
    return node


def aggregate_leaves(
    leaf: Tensor, targets: Tensor, weights: Tensor, n_targets: int, dense: bool, function: str
) -> tuple[Tensor, Tensor]:
    """Weights of the leaves that a row reaches, brought together per target.

    Parameters
    ----------
    leaf : Tensor of int64, shape (n_samples, n_trees)
    targets, weights, dense
        See :func:`pack_leaves`.
    n_targets : int
    function : {"SUM", "AVERAGE", "MIN", "MAX"}

    Returns
    -------
    scores : Tensor of shape (n_samples, n_targets)
        0 where no leaf has a weight for the target.
    scored : Tensor of bool, shape (n_samples, n_targets)
    """
    n_samples, n_trees = leaf.shape
    flat = leaf.reshape(-1)
    if dense:
        value = weights.index_select(0, flat).view(n_samples, n_trees, n_targets)
        if function == "MIN":
            scores = torch.amin(value, dim=1)
        elif function == "MAX":
            scores = torch.amax(value, dim=1)
        else:
            scores = torch.sum(value, dim=1)
        scored = torch.ones_like(scores, dtype=torch.bool)
    else:
        width = n_trees * weights.shape[1]
        value = weights.index_select(0, flat).view(n_samples, width)
        index = targets.index_select(0, flat).view(n_samples, width)
        # One column more takes what fills up leaves of few weights.
        empty = value.new_zeros(n_samples, n_targets + 1)
        if function == "MIN":
            scores = empty.scatter_reduce(1, index, value, "amin", include_self=False)
        elif function == "MAX":
            scores = empty.scatter_reduce(1, index, value, "amax", include_self=False)
        else:
            scores = empty.scatter_add(1, index, value)
        scores = scores[:, :n_targets]
        scored = empty.scatter_add(1, index, torch.ones_like(value))[:, :n_targets] > 0
    if function == "AVERAGE":
        scores = scores / n_trees
    return scores, scored
