"""Decision trees whose splits are sigmoids: every leaf is reached, with a probability.

The relaxation of Irsoy, Yildiz and Alpaydin, "Soft decision trees" (ICPR 2012), and of Frosst and Hinton, "Distilling a
neural network into a soft decision tree" (2017), at the splits of a tree that is grown already: a row goes left with
probability ``sigmoid((threshold - x) / temperature)``, a leaf is reached with the product of the probabilities on its
way, and the tree gives the mean of its leaves. As the temperature falls to 0, that is the tree.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .operators import wants_operators


@dataclass(frozen=True)
class Levels:
    """Nodes of flat trees, level by level, parted into those that split and those that do not.

    Attributes
    ----------
    inner, leaf : int64 ndarray of shape (n_inner,), (n_leaves,)
        Nodes in the order of the levels.
    inner_place, leaf_place : int64 ndarray of the same shapes
        Their places within their level.
    inner_counts, leaf_counts : list of int
        How many of them each level has.
    leaf_tree : int64 ndarray of shape (n_leaves,)
        The tree of each leaf.
    """

    inner: np.ndarray
    leaf: np.ndarray
    inner_place: np.ndarray
    leaf_place: np.ndarray
    inner_counts: list[int]
    leaf_counts: list[int]
    leaf_tree: np.ndarray


def part_levels(child: np.ndarray, n_trees: int) -> Levels:
    """Levels of trees.

    Parameters
    ----------
    child : int64 ndarray of shape (n_nodes,)
        As in :class:`~.layout.TreeLayout`: the children of a level follow in the order of their parents.
    n_trees : int
    """
    inner, leaf, inner_place, leaf_place, leaf_tree = [], [], [], [], []
    level, tree = np.arange(n_trees), np.arange(n_trees)
    while len(level):
        splits = child[level] != level
        inner.append(level[splits])
        leaf.append(level[~splits])
        inner_place.append(np.flatnonzero(splits))
        leaf_place.append(np.flatnonzero(~splits))
        leaf_tree.append(tree[~splits])
        level = (child[level[splits]][:, None] + [0, 1]).ravel()
        tree = np.repeat(tree[splits], 2)
    return Levels(
        np.concatenate(inner),
        np.concatenate(leaf),
        np.concatenate(inner_place),
        np.concatenate(leaf_place),
        [len(part) for part in inner],
        [len(part) for part in leaf],
        np.concatenate(leaf_tree),
    )


def spread_of_thresholds(feature: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """Unit of temperature of each split: the standard deviation of all thresholds on its feature, 1 where that is 0.

    Parameters
    ----------
    feature : int64 ndarray of shape (n_inner,)
    threshold : float64 ndarray of shape (n_inner,)

    Returns
    -------
    float64 ndarray of shape (n_inner,)
    """
    spread = np.ones(len(feature))
    for value in np.unique(feature):
        chosen = feature == value
        finite = threshold[chosen][np.isfinite(threshold[chosen])]
        deviation = float(finite.std()) if len(finite) > 1 else 0.0
        spread[chosen] = deviation if deviation > 0 else 1.0
    return spread


def split_logits(
    x: Tensor, feature: Tensor, threshold: Tensor, spread: Tensor, missing: Tensor, temperature: Tensor
) -> Tensor:
    """Logits of going left at each split.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    feature, threshold, spread : Tensor of shape (n_inner,)
        An infinite threshold has the same side for every number.
    missing : Tensor of shape (n_inner,)
        Logits of NaN: inf goes left, -inf right.
    temperature : Tensor of shape ()

    Returns
    -------
    Tensor of shape (n_samples, n_inner)
    """
    values = x.index_select(1, feature)
    logits = (threshold - values) / (spread * temperature)
    # No number: the row has none, or an infinite one meets a threshold that is the same for every number.
    otherwise = torch.where(torch.isnan(values), missing, threshold)
    return torch.where(torch.isnan(logits), otherwise, logits)


def leaf_probabilities(
    logits: Tensor,
    inner_place: Tensor,
    leaf_place: Tensor,
    inner_counts: list[int],
    leaf_counts: list[int],
    n_trees: int,
) -> Tensor:
    """Probabilities of the leaves; those of one tree have the sum 1.

    Parameters
    ----------
    logits : Tensor of shape (n_samples, n_inner)
        Of going left, in the order of :class:`Levels`.
    inner_place, leaf_place : int64 Tensor
    inner_counts, leaf_counts : list of int
        As in :class:`Levels`.
    n_trees : int

    Returns
    -------
    Tensor of shape (n_samples, n_leaves)
        In the order of :class:`Levels`.
    """
    left, right = _sigmoid(logits), _sigmoid(-logits)
    reached = logits.new_ones((logits.shape[0], n_trees))
    parts: list[Tensor] = []
    first_inner = 0
    first_leaf = 0
    for i in range(len(inner_counts)):
        parts.append(reached.index_select(1, leaf_place[first_leaf : first_leaf + leaf_counts[i]]))
        end = first_inner + inner_counts[i]
        parent = reached.index_select(1, inner_place[first_inner:end])
        sides = torch.stack([parent * left[:, first_inner:end], parent * right[:, first_inner:end]], dim=2)
        reached = sides.flatten(1)
        first_inner = end
        first_leaf = first_leaf + leaf_counts[i]
    return torch.cat(parts, dim=1)


def _sigmoid(logits: Tensor) -> Tensor:
    if not torch.jit.is_scripting():
        if wants_operators():
            # onnxruntime takes small values of Sigmoid from 1; this has no gradient where exp overflows.
            return 1.0 / (1.0 + torch.exp(-logits))
    return torch.sigmoid(logits)


def mean_of_leaves(probability: Tensor, value: Tensor, tree: Tensor, n_trees: int) -> Tensor:
    """Mean value of the leaves of each tree.

    Parameters
    ----------
    probability : Tensor of shape (n_samples, n_leaves)
    value : Tensor of shape (n_leaves, n_values)
    tree : int64 Tensor of shape (n_leaves,)
    n_trees : int

    Returns
    -------
    Tensor of shape (n_samples, n_trees, n_values)
    """
    weighted = probability.unsqueeze(2) * value
    start = weighted.new_zeros((probability.shape[0], n_trees, value.shape[1]))
    return start.index_add(1, tree, weighted)
