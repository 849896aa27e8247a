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
from .fitted import FittedForest
from .forest import Forest
from .histogram import HistogramForest

TILE_ELEMENTS = 1 << 20
"""Rows times nodes worked on at once: every row reaches every leaf."""


class _Soft(Forest):
    """What soft forests add to those that they were; the leaves that ``apply`` and ``decision_path`` find stay.

    Sets of categories stay hard.
    """

    value: nn.Parameter
    soft_feature: Tensor
    soft_threshold: Tensor
    soft_spread: Tensor
    soft_missing: Tensor
    soft_leaf: Tensor
    soft_tree: Tensor
    inner_place: Tensor
    leaf_place: Tensor
    temperature: Tensor
    set_column: Tensor
    is_set: Tensor
    inner_counts: list[int]
    leaf_counts: list[int]

    def __init__(self, trees: Any) -> None:
        nn.Module.__init__(self)
        self.__dict__.update({key: copy.copy(part) for key, part in trees.__dict__.items()})
        levels = part_levels(trees.child.cpu().numpy(), trees.n_trees)
        inner = levels.inner
        self.inner_counts, self.leaf_counts = levels.inner_counts, levels.leaf_counts
        column = trees.column.cpu().numpy()[inner]
        by_set = column >= len(trees.feature)
        feature, missing_left, threshold = _splits(trees, np.where(by_set, -1, column), inner)
        like = trees.value
        for name, value in (
            ("soft_feature", feature),
            ("soft_threshold", threshold),
            ("soft_spread", spread_of_thresholds(feature, threshold)),
            ("soft_missing", np.where(missing_left, np.inf, -np.inf)),
            ("soft_leaf", trees.node_id.cpu().numpy()[levels.leaf]),
            ("soft_tree", levels.leaf_tree),
            ("inner_place", levels.inner_place),
            ("leaf_place", levels.leaf_place),
            ("temperature", np.ones(())),
            ("is_set", by_set),
            ("set_column", np.where(by_set, column - len(trees.feature), 0)),
        ):
            tensor = torch.tensor(np.asarray(value), device=like.device)
            self.register_buffer(name, tensor.to(like.dtype) if tensor.is_floating_point() else tensor)
        width = trees.value[0].numel() if len(trees.value) else 1
        self.tile_rows = max(1, TILE_ELEMENTS // (len(trees.child) * width))

    def sum(self, x: Tensor) -> Tensor:
        """Sum over the trees of their means, shape (n_samples, n_outputs * max_n_classes)."""
        return self._probabilities(x) @ self._values()

    def _means(self, x: Tensor) -> Tensor:
        """Mean values of the leaves of each tree, shape (n_samples, n_trees, n_outputs * max_n_classes)."""
        return mean_of_leaves(self._probabilities(x), self._values(), self.soft_tree, self.n_trees)

    def _values(self) -> Tensor:
        return self.value.reshape(self.value.shape[0], -1).index_select(0, self.soft_leaf)

    def _probabilities(self, x: Tensor) -> Tensor:
        logits = split_logits(
            x, self.soft_feature, self.soft_threshold, self.soft_spread, self.soft_missing, self.temperature
        )
        if self.has_directions:
            goes_right = self._directions(x).index_select(1, self.set_column).to(logits.dtype)
            hard = torch.where(goes_right > 0.5, -float("inf"), float("inf")).to(logits.dtype)
            logits = torch.where(self.is_set, hard, logits)
        return leaf_probabilities(
            logits, self.inner_place, self.leaf_place, self.inner_counts, self.leaf_counts, self.n_trees
        )

    def extra_repr(self) -> str:
        """As that of hard trees, and the temperature."""
        return f"soft, temperature={self.temperature.item():g}, {Forest.extra_repr(self)}"


class SoftFittedForest(_Soft, FittedForest):
    """Soft :class:`~.fitted.FittedForest`."""

    def leaf_values(self, x: Tensor) -> Tensor:
        """Mean values of the leaves of each tree, shape (n_samples, n_trees, n_outputs * max_n_classes)."""
        return self._means(x)


class SoftHistogramForest(_Soft, HistogramForest):
    """Soft :class:`~.histogram.HistogramForest`."""

    def leaf_values(self, x: Tensor) -> Tensor:
        """Mean values of the leaves of each tree, shape (n_samples, n_trees)."""
        return self._means(x).squeeze(2)


SoftForest = SoftFittedForest | SoftHistogramForest


def _splits(trees: Forest, column: np.ndarray, inner: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Feature, direction of NaN and threshold of each split; the column of a split by a set is -1.

    Splits that have the same side for every number, and those by sets, have an infinite threshold.
    """
    limit = trees.threshold.cpu().numpy()[inner]
    threshold = limit.astype(np.float64)
    if trees.rounds_rows:
        limit = limit.astype(np.float32)
        with np.errstate(over="ignore"):
            above = np.nextafter(limit, np.float32(np.inf)).astype(np.float64)
            # Half way to the next float32, and beside the middle, which rounds to one of the two: numbers are to the
            # side that the hard tree sends them to.
            middle = (threshold + above) / 2
            middle = np.nextafter(middle, np.where(middle.astype(np.float32) == limit, np.inf, -np.inf))
        threshold = np.where(np.isinf(above) & (limit > 0), np.inf, np.where(np.isinf(limit), -np.inf, middle))
    # One more column for sets, which -1 finds.
    feature, missing, lowest, highest = (
        np.append(getattr(trees, name).cpu().numpy(), last)[column]
        for name, last in (("feature", 0), ("missing", np.inf), ("lowest", -np.inf), ("highest", 0.0))
    )
    threshold[np.isfinite(highest)], threshold[np.isfinite(lowest)] = np.inf, -np.inf
    return feature, np.isneginf(missing), threshold


def soften(module: nn.Module) -> list[SoftForest]:
    """Put soft trees in the place of all trees of a module; returns them, none where it has no trees.

    Parameters
    ----------
    module : nn.Module
        Changed in place; modules with trees get smaller tiles and say in ``route`` that they are soft.
    """
    made: dict[int, SoftForest] = {}
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            kind: Any = {FittedForest: SoftFittedForest, HistogramForest: SoftHistogramForest}.get(type(child))
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


def set_temperature(trees: list[SoftForest], temperature: float) -> None:
    """Set how soft the splits are, in units of the spread of the thresholds on their feature."""
    for part in trees:
        part.temperature.fill_(temperature)
