"""Categorical columns of frames: LightGBM learns the position of a category in its column, not the category."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..encoding.columns import WORD, Column
from ..encoding.rules import NONE_IS_NAN, TYPED
from ..functional.trees.categories import category_codes, code_count
from ..sklearn.preprocessing._categories import column_of, objection_to


def categorical_features(parameters: dict[str, str]) -> list[int]:
    """Features that the training took for categorical, in ascending order."""
    text = parameters.get("categorical_feature", "")
    return sorted({int(part) for part in text.split(",") if part.strip().isdigit()})


def objection_to_frame(parameters: dict[str, str], categories: Sequence[Sequence[Any]] | None) -> str | None:
    """Why the categorical columns of the frame that a model was fitted on cannot be read, or None."""
    if not categories:
        return None
    features = categorical_features(parameters)
    if len(features) != len(categories):
        return (
            f"LightGBM was fitted on a frame with {len(categories)} categorical columns, of which it says where "
            f"{len(features)} are: ordered ones are numbers to it. Give their codes as numbers (.cat.codes)"
        )
    return objection_to([np.array(part, dtype=object) for part in categories], "LightGBM")


def with_underscores(frame: Any, names: Sequence[str]) -> Any:
    """A frame with underscores for the spaces of its names, where it has not the names of the fit as it is."""
    import narwhals

    found = [str(name) for name in frame.columns]
    changed = [name.replace(" ", "_") for name in found]
    if set(names) <= set(found) or not set(names) <= set(changed) or len(set(changed)) < len(changed):
        return frame
    known = narwhals.from_native(frame, pass_through=True)
    if not isinstance(known, narwhals.DataFrame):
        return frame
    return known.rename(dict(zip(found, changed, strict=True))).to_native()


class FrameColumns(nn.Module):
    """Rows in which categories stand as themselves, or as codes of words, become those that the trees look at.

    Parameters
    ----------
    features : list of int
        Categorical features.
    categories : sequence of list
        Categories of each, in the order of their positions; empty where rows have the positions already.
    n_features : int

    Notes
    -----
    :meth:`settle` says what stands for the categories, before the first rows come.
    """

    __constants__ = ("is_used",)

    position: Tensor
    order: Tensor
    known: Tensor
    code: Tensor

    def __init__(self, features: list[int], categories: Sequence[Sequence[Any]], n_features: int) -> None:
        super().__init__()
        self.is_used = len(categories) > 0
        self.features = features
        self.categories = [np.array([*part, None], dtype=object)[:-1] for part in categories]
        order = np.arange(n_features)
        if self.is_used:
            order[features] = n_features + np.arange(len(features))
        self.register_buffer("position", torch.tensor(features if self.is_used else [], dtype=torch.int64))
        self.register_buffer("order", torch.tensor(order))
        self.settle([Column()] * n_features)

    def reads(self, n_features: int) -> list[Column]:
        """What is read in each column."""
        columns = [Column()] * n_features
        if self.is_used:
            for feature, part in zip(self.features, self.categories, strict=True):
                # Its categories are those of a pandas dtype: every gap is one, and their numbers come as numbers.
                columns[feature] = replace(column_of(part, strict=False), rules=frozenset({TYPED, NONE_IS_NAN}))
        return columns

    def settle(self, columns: list[Column]) -> None:
        """Take what stands for each category in the rows: itself, or the code of a word."""
        size = code_count([len(part) for part in self.categories])
        known = np.full((len(self.categories), size), np.nan)
        code = np.full((len(self.categories), size + 1), np.nan)
        for i, part in enumerate(self.categories):
            codes = columns[self.features[i]].codes if columns[self.features[i]].kind == WORD else None
            values = np.array([float(value) if codes is None else codes.get(value, -2.0) for value in _of(part, codes)])
            order = np.argsort(values)
            known[i, : len(part)], code[i, : len(part)] = values[order], order
        self.register_buffer("known", torch.tensor(known))
        self.register_buffer("code", torch.tensor(code))

    def forward(self, x: Tensor) -> Tensor:
        """Rows with the positions of categories, NaN for others."""
        if not self.is_used:
            return x
        place = category_codes(x.index_select(1, self.position), self.known)
        width = self.code.shape[1]
        place = place + torch.arange(place.shape[1], device=x.device) * width
        codes = self.code.reshape(-1).index_select(0, place.reshape(-1)).reshape(place.shape)
        return torch.cat([x, codes.to(x.dtype)], dim=1).index_select(1, self.order)


def _of(categories: np.ndarray, codes: Any) -> list[Any]:
    """Categories, or their places while columns are not settled."""
    if codes is None and any(isinstance(value, str) for value in categories):
        return list(range(len(categories)))
    return list(categories)
