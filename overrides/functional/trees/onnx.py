"""Trees of the ONNX operators as trees over columns, and what their leaves give.

Comparisons by order are splits of numbers, those by ``<`` and ``>=`` of numbers with their signs changed. ``==``,
``!=`` and sets have columns of directions, one for each distinct feature, set and direction of NaN, a single value
being a set of one: so no traversal has to know of them, and a row asks each question once rather than at every node.

The arrays come from a model file, so that every index in them is checked before it is used.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ...errors import CorruptEstimatorError
from ..lookup import exact_index
from .columns import columns_of, split_codes
from .layout import TreeLayout, place_nodes

MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER")
"""In the order in which version 5 of TreeEnsemble numbers them."""

LEQ, LT, GTE, GT, EQ, NEQ, MEMBER = range(len(MODES))

# Whether the true child is the left one, of ``x <= t``, ``-x <= -t`` or outside of the set.
_LEFT_IS_TRUE = np.isin(np.arange(len(MODES)), (LEQ, GTE, NEQ))


@dataclass(frozen=True)
class OnnxTrees(TreeLayout):
    """Trees with a column of directions for each distinct set of members; ``node_id`` counts leaves first.

    Attributes
    ----------
    set_feature : int64 ndarray of shape (n_directions,)
    missing_right : bool ndarray of shape (n_directions,)
        Where NaN goes; else members go right, and everything else left.
    members : float ndarray of shape (n_members,)
        All members of all sets, sorted.
    member_keys : int64 ndarray of shape (n_pairs,)
        ``set * n_members + position of the member`` for every member of every set, sorted.
    """

    set_feature: np.ndarray = field(kw_only=True)
    missing_right: np.ndarray = field(kw_only=True)
    members: np.ndarray = field(kw_only=True)
    member_keys: np.ndarray = field(kw_only=True)

    @property
    def n_features(self) -> int:
        """Features that rows must have."""
        return max(int(self.feature.max(initial=-1)), int(self.set_feature.max(initial=-1))) + 1


def flatten_onnx_trees(
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
) -> OnnxTrees:
    """Lay out trees from arrays over the nodes that branch; children and roots count leaves first.

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
    level = _levels(operator, n_leaves, roots, true_child, false_child)
    owner, member = _members(operator, threshold, mode, member_values)

    # No number is on the true side of an order with NaN.
    mode = np.where((mode <= GT) & np.isnan(threshold), LEQ, mode)
    left_is_true = _LEFT_IS_TRUE[mode]
    # NaN is unequal to everything, whatever its direction.
    missing_left = (missing_true | (mode == NEQ)) == left_is_true
    by_order = mode <= GT
    strict = (mode == LT) | (mode == GTE)
    codes, limits = split_codes(feature[by_order], threshold[by_order], missing_left[by_order], strict[by_order])
    columns, number_column = columns_of(codes, threshold.dtype)
    sets, set_feature, missing_right, members, member_keys = _sets(feature, ~missing_left, ~by_order, owner, member)

    column, limit = np.zeros(n_nodes, dtype=np.int64), np.full(n_nodes, np.inf, dtype=threshold.dtype)
    branch = np.arange(n_leaves, n_nodes)
    column[branch[by_order]], limit[branch[by_order]] = number_column, limits
    column[branch[~by_order]], limit[branch[~by_order]] = len(columns["feature"]) + sets, 0.5
    left, right = np.zeros(n_nodes, dtype=np.int64), np.zeros(n_nodes, dtype=np.int64)
    left[branch] = np.where(left_is_true, true_child, false_child)
    right[branch] = np.where(left_is_true, false_child, true_child)
    order = np.argsort(level, kind="stable")
    reached = n_leaves + order[level[order] >= 0]
    node_id, child = place_nodes(roots.astype(np.int64), left, right, np.arange(n_nodes) < n_leaves, reached)
    return OnnxTrees(
        column=column[node_id],
        threshold=limit[node_id],
        child=child,
        node_id=node_id,
        n_trees=len(roots),
        depth=int(level.max(initial=-1)) + 1,
        n_directions=len(set_feature),
        rounds_rows=False,
        set_feature=set_feature,
        missing_right=missing_right,
        members=members,
        member_keys=member_keys,
        **columns,
    )


def _require(operator: str, condition: bool, message: str) -> None:
    if not condition:
        raise CorruptEstimatorError(f"{operator}: {message}")


def _check_range(operator: str, what: str, index: np.ndarray, size: int) -> None:
    wrong = (index < 0) | (index >= size)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise CorruptEstimatorError(f"{operator}: {what} {int(index[first])} at {first} is outside 0 to {size - 1}")


def _levels(
    operator: str, n_leaves: int, roots: np.ndarray, true_child: np.ndarray, false_child: np.ndarray
) -> np.ndarray:
    """Most comparisons from a root to each node that branches, -1 where none leads to it.

    Nodes are taken in the order of their parents, so that a cycle is never entered.
    """
    n_branches = len(true_child)
    both = np.stack([true_child, false_child], axis=1) - n_leaves  # negative: a leaf
    parents = np.bincount(both[both >= 0], minlength=n_branches)
    level = np.full(n_branches, -1)
    level[roots[roots >= n_leaves] - n_leaves] = 0
    ready = np.flatnonzero(parents == 0)
    seen = 0
    while len(ready) > 0:
        seen += len(ready)
        below = both[ready]
        following = np.where(level[ready] >= 0, level[ready] + 1, -1).repeat(2)[below.ravel() >= 0]
        child, place, count = np.unique(below[below >= 0], return_inverse=True, return_counts=True)
        np.maximum.at(level, child[place], following)
        parents[child] -= count
        ready = child[parents[child] == 0]
    _require(operator, seen == n_branches, f"{n_branches - seen} nodes are in a cycle or below one")
    return level


def _members(
    operator: str, threshold: np.ndarray, mode: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Members of the sets of all nodes, and the node of each; a value is a set of one, NaN an empty one."""
    nodes = np.flatnonzero(mode == MEMBER)
    ends = np.isnan(values)
    _require(operator, int(ends.sum()) == len(nodes), f"{int(ends.sum())} sets of members for {len(nodes)} nodes")
    _require(operator, len(values) == 0 or bool(ends[-1]), "the last set of members is not ended by NaN")
    alone = np.flatnonzero(((mode == EQ) | (mode == NEQ)) & ~np.isnan(threshold))
    owner = nodes[(np.cumsum(ends) - ends)[~ends]] if len(nodes) else nodes
    return np.concatenate([alone, owner]), np.concatenate([threshold[alone], values[~ends]])


def _sets(
    feature: np.ndarray, missing_right: np.ndarray, asks: np.ndarray, owner: np.ndarray, member: np.ndarray
) -> tuple[np.ndarray, ...]:
    """The set of each node that asks for one, and what is distinct among them, in the arrays of :class:`OnnxTrees`."""
    nodes = np.flatnonzero(asks)
    members, position = np.unique(member, return_inverse=True)
    width = max(len(members), 1)
    pairs = np.unique(np.searchsorted(nodes, owner) * width + position.reshape(-1))
    place, position = pairs // width, pairs % width
    count = np.bincount(place, minlength=len(nodes))
    first = np.cumsum(count) - count
    # Sets that agree up to a member have one label: it is refined member by member.
    label = np.zeros(len(nodes), dtype=np.int64)
    for k in range(int(count.max(initial=0))):
        longer = np.flatnonzero(count > k)
        label[longer] = np.unique(label[longer] * width + position[first[longer] + k], return_inverse=True)[1]
    keys = np.stack([feature[nodes], missing_right[nodes], count, label], axis=1)
    distinct, example, sets = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    sets = sets.reshape(-1)
    kept = example[sets[place]] == place
    return sets, distinct[:, 0], distinct[:, 1] == 1, members, np.sort(sets[place[kept]] * width + position[kept])


def member_columns(
    x: Tensor, set_feature: Tensor, missing_right: Tensor, members: Tensor, member_keys: Tensor
) -> Tensor:
    """Columns of directions, bool of shape (n_samples, n_directions): right for a member of the set.

    Parameters
    ----------
    x : Tensor of float, shape (n_samples, n_features)
    set_feature, missing_right, members, member_keys
        See :class:`OnnxTrees`.
    """
    value = x.detach().index_select(1, set_feature)
    position = exact_index(members, value)
    first = torch.arange(set_feature.shape[0], device=x.device) * members.shape[0]
    found = (exact_index(member_keys, first + position) >= 0) & (position >= 0)
    return found | (torch.isnan(value) & missing_right)


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
        Every leaf has exactly one weight for each target that has any.
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
    dense = len(leaf) > 0 and bool((targets == targets[0]).all()) and bool((np.diff(targets[0]) > 0).all())
    return targets, weights, dense


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
    flat, width = leaf.reshape(-1), weights.shape[1]
    if dense:
        value = weights.index_select(0, flat).view(n_samples, n_trees, width)
        if function == "MIN":
            scores = torch.amin(value, dim=1)
        elif function == "MAX":
            scores = torch.amax(value, dim=1)
        elif width < n_targets:  # in the order of the trees
            scores = value.cumsum(dim=1)[:, -1]
        else:
            scores = torch.sum(value, dim=1)
        scored = torch.ones_like(scores, dtype=torch.bool)
        if width < n_targets:
            index = targets[:1].expand(n_samples, width)
            scores = scores.new_zeros(n_samples, n_targets).scatter(1, index, scores)
            scored = torch.zeros_like(scores, dtype=torch.bool).scatter(1, index, scored)
    else:
        value = weights.index_select(0, flat).view(n_samples, n_trees * width)
        index = targets.index_select(0, flat).view(n_samples, n_trees * width)
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
