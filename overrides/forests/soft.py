"""Trees of a converted module made soft: their leaves weighted by probabilities that sigmoids give."""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..core.module import Module
from ..functional.trees.soft import (
    leaf_probabilities,
    mean_of_leaves,
    part_levels,
    split_logits,
    spread_of_thresholds,
)
from ..sklearn.ensemble._hist_gb import Predictors
from .fitted import Trees

TILE_ELEMENTS = 1 << 20
"""Rows times nodes worked on at once: every row reaches every leaf."""


class _Soft(nn.Module):
    """What both kinds of soft trees add to those that they were."""

    soft_feature: Tensor
    soft_threshold: Tensor
    soft_spread: Tensor
    soft_missing: Tensor
    soft_leaf: Tensor
    soft_tree: Tensor
    inner_place: Tensor
    leaf_place: Tensor
    temperature: Tensor
    inner_counts: list[int]
    leaf_counts: list[int]

    def adopt(self, trees: Any, feature: np.ndarray, threshold: np.ndarray, missing: np.ndarray) -> None:
        """Take over the state of trees; by node: the feature, the threshold, and whether NaN goes left."""
        self.__dict__.update({key: copy.copy(part) for key, part in trees.__dict__.items()})
        levels = part_levels(trees.child.cpu().numpy(), trees.n_trees)
        inner = levels.inner
        self.inner_counts, self.leaf_counts = levels.inner_counts, levels.leaf_counts
        like = trees.value
        for name, value in (
            ("soft_feature", feature[inner]),
            ("soft_threshold", threshold[inner]),
            ("soft_spread", spread_of_thresholds(feature[inner], threshold[inner])),
            ("soft_missing", np.where(missing[inner], np.inf, -np.inf)),
            ("soft_leaf", trees.node_id.cpu().numpy()[levels.leaf]),
            ("soft_tree", levels.leaf_tree),
            ("inner_place", levels.inner_place),
            ("leaf_place", levels.leaf_place),
            ("temperature", np.ones(())),
        ):
            tensor = torch.tensor(np.asarray(value), device=like.device)
            self.register_buffer(name, tensor.to(like.dtype) if tensor.is_floating_point() else tensor)
        width = trees.value[0].numel() if len(trees.value) else 1
        self.tile_rows = max(1, TILE_ELEMENTS // (len(trees.child) * width))

    def _logits(self, x: Tensor) -> Tensor:
        return split_logits(
            x, self.soft_feature, self.soft_threshold, self.soft_spread, self.soft_missing, self.temperature
        )


class SoftTrees(_Soft, Trees):
    """Soft :class:`~.tree.Trees`; the leaves that ``apply`` and ``decision_path`` find are those of the hard ones."""

    def __init__(self, trees: Trees) -> None:
        nn.Module.__init__(self)
        column = trees.column.cpu().numpy()
        limit = trees.threshold.cpu().numpy().astype(np.float64)
        with np.errstate(over="ignore"):
            above = np.nextafter(trees.threshold.cpu().numpy(), np.float32(np.inf)).astype(np.float64)
            # Half way to the next float32, and beside the middle, which rounds to one of the two: numbers are to the
            # side that the hard tree sends them to.
            middle = (limit + above) / 2
            middle = np.nextafter(middle, np.where(middle.astype(np.float32) == limit, np.inf, -np.inf))
        threshold = np.where(np.isinf(above) & (limit > 0), np.inf, middle)
        threshold[np.isinf(limit)] = -np.inf
        if len(trees.feature):
            feature = trees.feature.cpu().numpy()[column]
            missing = np.isneginf(trees.missing.cpu().numpy())[column]
        else:
            feature, missing = np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=bool)
        self.adopt(trees, feature, threshold, missing)

    def leaf_values(self, x: Tensor) -> Tensor:
        """Mean values of the leaves of each tree, shape (n_samples, n_trees, n_outputs * max_n_classes)."""
        return mean_of_leaves(self._probabilities(x), self._values(), self.soft_tree, self.n_trees)

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the trees of their means, shape (n_samples, n_outputs * max_n_classes)."""
        return self._probabilities(x) @ self._values()

    def _values(self) -> Tensor:
        return self.value.reshape(-1, self.n_values).index_select(0, self.soft_leaf)

    def _probabilities(self, x: Tensor) -> Tensor:
        return leaf_probabilities(
            self._logits(x), self.inner_place, self.leaf_place, self.inner_counts, self.leaf_counts, self.n_trees
        )

    def extra_repr(self) -> str:
        """As that of hard trees, and the temperature."""
        return f"soft, temperature={self.temperature.item():g}, {Trees.extra_repr(self)}"


class SoftPredictors(_Soft, Predictors):
    """Soft :class:`~.ensemble._hist_gb.Predictors`; sets of categories stay hard."""

    set_column: Tensor
    is_set: Tensor

    def __init__(self, trees: Predictors) -> None:
        nn.Module.__init__(self)
        column, threshold = trees.column.cpu().numpy(), trees.threshold.cpu().numpy().astype(np.float64)
        n_numbers = len(trees.feature)
        by_set = column >= n_numbers
        feature, missing = np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=bool)
        number = column[~by_set]
        feature[~by_set] = trees.feature.cpu().numpy()[number]
        missing[~by_set] = np.isneginf(trees.missing.cpu().numpy())[number]
        parts_missing = np.zeros((2, len(column)), dtype=bool)
        parts_missing[0, ~by_set] = np.isfinite(trees.highest.cpu().numpy())[number]
        parts_missing[1, ~by_set] = np.isfinite(trees.lowest.cpu().numpy())[number]
        threshold[parts_missing[0]], threshold[parts_missing[1]] = np.inf, -np.inf
        # Thresholds of sets are no places on a feature.
        threshold[by_set] = np.inf
        self.adopt(trees, feature, threshold, missing)
        inner = part_levels(trees.child.cpu().numpy(), trees.n_trees).inner
        self.register_buffer("is_set", torch.tensor(by_set[inner], device=trees.value.device))
        places = np.where(by_set, column - n_numbers, 0)[inner]
        self.register_buffer("set_column", torch.tensor(places, device=trees.value.device))

    def leaf_values(self, x: Tensor) -> Tensor:
        """Mean values of the leaves of each tree, shape (n_samples, n_trees)."""
        return mean_of_leaves(self._probabilities(x), self._values(), self.soft_tree, self.n_trees).squeeze(2)

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the trees of their means, shape (n_samples, 1)."""
        return self._probabilities(x) @ self._values()

    def _values(self) -> Tensor:
        return self.value.index_select(0, self.soft_leaf).unsqueeze(1)

    def _probabilities(self, x: Tensor) -> Tensor:
        logits = self._logits(x)
        if self.has_sides:
            goes_right = self._sides(x).index_select(1, self.set_column).to(logits.dtype)
            hard = torch.where(goes_right > 0.5, -float("inf"), float("inf")).to(logits.dtype)
            logits = torch.where(self.is_set, hard, logits)
        return leaf_probabilities(
            logits, self.inner_place, self.leaf_place, self.inner_counts, self.leaf_counts, self.n_trees
        )

    def extra_repr(self) -> str:
        """As that of hard trees, and the temperature."""
        return f"soft, temperature={self.temperature.item():g}, {Predictors.extra_repr(self)}"


def soften(module: nn.Module) -> list[SoftTrees | SoftPredictors]:
    """Put soft trees in the place of all trees of a module; returns them, none where it has no trees.

    Parameters
    ----------
    module : nn.Module
        Changed in place; modules with trees get smaller tiles and say in ``way`` that they are soft.
    """
    made: dict[int, SoftTrees | SoftPredictors] = {}
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            kind: Any = {Trees: SoftTrees, Predictors: SoftPredictors}.get(type(child))
            if kind is None:
                continue
            if id(child) not in made:
                made[id(child)] = kind(child)
            soft = made[id(child)]
            setattr(parent, name, soft)
            if isinstance(parent, Module):
                parent.tile_rows = min(parent.tile_rows, soft.tile_rows)
                setattr(parent, "route", f"{getattr(parent, 'route', 'override')}, soft")  # noqa: B010  torch types it
    return list(made.values())


def set_temperature(trees: list[SoftTrees | SoftPredictors], temperature: float) -> None:
    """Set how soft the splits are, in units of the spread of the thresholds on their feature."""
    for part in trees:
        part.temperature.fill_(temperature)
