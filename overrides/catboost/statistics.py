"""CatBoost's target statistics (CTR) of categories: what each combination of values that training saw counts for.

Follows ``catboost/libs/model/static_ctr_provider.cpp`` and ``online_ctr.h`` (``TModelCtr::Calc``): a combination is
looked up by a 64-bit hash; what it counted becomes a number in float32, and that is compared with borders. A
combination that was not seen counts 0 of 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import CorruptEstimatorError

EMPTY = 2**64 - 1
"""The hash of a slot without a combination."""


@dataclass(frozen=True)
class Combination:
    """What is hashed together, in this order.

    Attributes
    ----------
    columns : tuple of int
        Columns of the rows with categories.
    floats : tuple of (column, border, nan) tuples
        Bits: whether a number is above a border, and what stands for NaN.
    values : tuple of (column, hash) tuples
        Bits: whether a category is this one.
    """

    columns: tuple[int, ...]
    floats: tuple[tuple[int, float, float], ...]
    values: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Statistic:
    """A target statistic, with what it comes to for each combination worked out.

    Attributes
    ----------
    combination : Combination
    keys : int64 ndarray of shape (n_seen,)
        Hashes of the combinations that training saw, ascending as numbers with sign.
    numbers : float32 ndarray of shape (n_seen + 1,)
        What each comes to; last, what those come to that were not seen.
    borders : float32 ndarray
    """

    combination: Combination
    keys: np.ndarray
    numbers: np.ndarray
    borders: np.ndarray

    @property
    def codes(self) -> np.ndarray:
        """Borders below the number of each combination."""
        return np.searchsorted(self.borders, self.numbers, side="left")


def statistic_of(
    item: dict[str, Any], tables: dict[str, Any], floats: Sequence[tuple[int, float]], categorical: Sequence[int]
) -> Statistic:
    """Read a statistic of the JSON format.

    Parameters
    ----------
    item : dict
        Of ``features_info["ctrs"]``.
    tables : dict
        ``ctr_data``.
    floats : sequence of (column, nan) tuples
        Column of each float feature, and what stands for NaN in it.
    categorical : sequence of int
        Columns of the categorical features.
    """
    table = tables[item["identifier"]]
    borders = np.array(item["borders"], dtype=np.float32)
    if not (np.diff(borders) > 0).all():
        raise CorruptEstimatorError("the CatBoost model is damaged: borders of a statistic are in no order")
    stride = int(table["hash_stride"])
    flat = table["hash_map"]
    if stride < 2 or len(flat) % stride:
        raise CorruptEstimatorError("the CatBoost model is damaged: a table of statistics is cut off")
    hashes = np.array([int(word) for word in flat[::stride]], dtype=np.uint64)
    counts = np.array([flat[k::stride] for k in range(1, stride)], dtype=np.float64).T.reshape(-1, stride - 1)
    is_seen = hashes != np.uint64(EMPTY)
    keys, counts = hashes[is_seen].view(np.int64), counts[is_seen]
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], np.vstack([counts[order], np.zeros((1, stride - 1))])
    if (np.diff(keys) == 0).any():
        raise CorruptEstimatorError("the CatBoost model is damaged: a combination stands twice in a table")
    good, total = _good_and_total(item, counts, float(table.get("counter_denominator", 0)))
    single = {name: np.float32(item[name]) for name in ("prior_numerator", "prior_denomerator", "shift", "scale")}
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (good + single["prior_numerator"]) / (total + single["prior_denomerator"])
        numbers = (share + single["shift"]) * single["scale"]
    return Statistic(_combination(item["elements"], floats, categorical), keys, numbers, borders)


def _good_and_total(item: dict[str, Any], counts: np.ndarray, denominator: float) -> tuple[np.ndarray, np.ndarray]:
    """How many of how many, float32, by combination; ``counts`` has a row for each, and a column for each class."""
    kind, border = item["ctr_type"], int(item.get("target_border_idx", 0))
    if kind in ("Counter", "FeatureFreq"):
        good, total = counts[:, 0], np.full(len(counts), denominator)
    elif kind in ("BinarizedTargetMeanValue", "FloatTargetMeanValue"):
        good, total = counts[:, 0], counts[:, 1]
    elif kind == "Buckets":
        good, total = counts[:, [border]][:, 0], counts.sum(axis=1)
    elif kind == "Borders":
        good, total = counts[:, border + 1 :].sum(axis=1), counts.sum(axis=1)
    else:
        raise CorruptEstimatorError(f"the CatBoost model has statistics of a kind that is not known: {kind}")
    return good.astype(np.float32), total.astype(np.float32)


def _combination(
    elements: Sequence[dict[str, Any]], floats: Sequence[tuple[int, float]], categorical: Sequence[int]
) -> Combination:
    columns, above, equal = [], [], []
    for element in elements:
        kind = element["combination_element"]
        if kind == "float_feature":
            column, nan = floats[_place(element["float_feature_index"], floats)]
            above.append((column, float(np.float32(element["border"])), nan))
            continue
        place = _place(element["cat_feature_index"], categorical)
        if kind == "cat_feature_value":
            columns.append(categorical[place])
        elif kind == "cat_feature_exact_value":
            equal.append((categorical[place], int(element["value"])))
        else:
            raise CorruptEstimatorError(f"the CatBoost model combines what is not known: {kind}")
    return Combination(tuple(columns), tuple(above), tuple(equal))


def _place(index: Any, columns: Sequence[Any]) -> int:
    if not 0 <= int(index) < len(columns):
        raise CorruptEstimatorError(f"the CatBoost model combines feature {index} of {len(columns)}")
    return int(index)
