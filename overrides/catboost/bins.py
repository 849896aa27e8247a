"""Rows as codes: where each feature of a CatBoost model stands among its borders, as whole numbers.

The codes decide everything: trees look at nothing else.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ..functional.graph import in_graph
from ..functional.lookup import exact_index
from .json_model import JsonModel
from .statistics import Combination, Statistic


class FloatCodes(nn.Module):
    """How many borders of each float feature are below a number, which CatBoost rounds to float32.

    Parameters
    ----------
    features : list of (column, borders, nan) tuples
    """

    column: Tensor
    nan: Tensor
    borders: Tensor

    def __init__(self, features: list[tuple[int, np.ndarray, float]]) -> None:
        super().__init__()
        longest = max((len(borders) for _, borders, _ in features), default=0)
        table = np.full((len(features), max(longest, 1)), np.inf, dtype=np.float32)
        for row, (_, borders, _) in zip(table, features, strict=True):
            row[: len(borders)] = borders
        self.register_buffer("column", torch.tensor([column for column, _, _ in features], dtype=torch.int64))
        nan = np.array([nan for _, _, nan in features], dtype=np.float32).reshape(-1, 1)
        self.register_buffer("nan", torch.tensor(nan))
        self.register_buffer("borders", torch.tensor(table))

    def forward(self, x: Tensor) -> Tensor:
        """Codes, int64 of shape (n_features, n_samples)."""
        # index_select would copy whole columns of rows that are not contiguous twice.
        columns = x.detach().to(torch.float32).t().index_select(0, self.column)
        columns = torch.where(torch.isnan(columns), self.nan.to(torch.float32), columns)
        borders = self.borders.to(torch.float32)
        if in_graph():  # searchsorted is not in ONNX
            return (columns.unsqueeze(2) > borders.unsqueeze(1)).sum(dim=2)
        return torch.searchsorted(borders, columns)


class ValueCodes(nn.Module):
    """Which of its own values each categorical feature has: 1 for the first, 0 for none of them.

    Parameters
    ----------
    features : list of (column, hashes) tuples
    """

    column: Tensor
    hashes: Tensor

    def __init__(self, features: list[tuple[int, np.ndarray]]) -> None:
        super().__init__()
        longest = max((len(hashes) for _, hashes in features), default=0)
        # No hash of 32 bits is as large.
        table = np.full((len(features), max(longest, 1)), 2**40, dtype=np.int64)
        for row, (_, hashes) in zip(table, features, strict=True):
            row[: len(hashes)] = hashes
        self.register_buffer("column", torch.tensor([column for column, _ in features], dtype=torch.int64))
        self.register_buffer("hashes", torch.tensor(table))

    def forward(self, hashes: Tensor) -> Tensor:
        """Codes, int64 of shape (n_features, n_samples), of hashes of shape (n_samples, n_columns)."""
        own = hashes.t().index_select(0, self.column).unsqueeze(2)
        order = torch.arange(1, self.hashes.shape[1] + 1, device=hashes.device)
        return torch.where(own == self.hashes.unsqueeze(1), order, torch.zeros_like(order)).sum(dim=2)


class StatisticCodes(nn.Module):
    """Codes of the statistics of one combination of features, each looked up by one hash.

    Parameters
    ----------
    combination : Combination
    keys : int64 ndarray of shape (n_seen,)
    statistics : list of Statistic
        With these keys.
    """

    columns: Tensor
    float_columns: Tensor
    float_borders: Tensor
    float_nan: Tensor
    value_columns: Tensor
    value_hashes: Tensor
    keys: Tensor
    codes: Tensor
    multiplier: Tensor

    def __init__(self, combination: Combination, keys: np.ndarray, statistics: list[Statistic]) -> None:
        super().__init__()
        self.n_categories = len(combination.columns)
        self.n_floats, self.n_values = len(combination.floats), len(combination.values)
        buffers = {
            "columns": np.array(combination.columns, dtype=np.int64),
            "float_columns": np.array([column for column, _, _ in combination.floats], dtype=np.int64),
            "float_borders": np.array([border for _, border, _ in combination.floats], dtype=np.float32),
            "float_nan": np.array([nan for _, _, nan in combination.floats], dtype=np.float32),
            "value_columns": np.array([column for column, _ in combination.values], dtype=np.int64),
            "value_hashes": np.array([value for _, value in combination.values], dtype=np.int64),
            "keys": keys,
            "codes": np.stack([statistic.codes for statistic in statistics]).astype(np.int64),
            "multiplier": np.uint64(0x4906BA494954CB65).view(np.int64),
        }
        for name, array in buffers.items():
            self.register_buffer(name, torch.tensor(array))

    def forward(self, x: Tensor, hashes: Tensor) -> Tensor:
        """Codes, int64 of shape (n_statistics, n_samples)."""
        parts = [hashes.index_select(1, self.columns)]
        if self.n_floats > 0:
            numbers = x.detach().to(torch.float32).index_select(1, self.float_columns)
            numbers = torch.where(torch.isnan(numbers), self.float_nan.to(torch.float32), numbers)
            parts.append((numbers > self.float_borders.to(torch.float32)).to(torch.int64))
        if self.n_values > 0:
            parts.append((hashes.index_select(1, self.value_columns) == self.value_hashes).to(torch.int64))
        together = torch.cat(parts, dim=1)
        key = torch.zeros_like(together[:, 0])
        for part in together.unbind(1):  # 64 bits that wrap around
            key = self.multiplier * (key + self.multiplier * part)
        n_seen = self.keys.shape[0]
        if in_graph() or n_seen == 0:
            place = exact_index(self.keys, key)
        else:
            place = torch.searchsorted(self.keys, key).clamp(max=n_seen - 1)
            place = torch.where(self.keys.index_select(0, place) == key, place, torch.full_like(place, -1))
        return self.codes.index_select(1, torch.where(place < 0, torch.full_like(place, n_seen), place))


class Bins(nn.Module):
    """Codes of all features of a model that some tree looks at.

    Parameters
    ----------
    model : JsonModel

    Attributes
    ----------
    n_codes : list of int
        One more than the largest code of each feature.
    """

    __constants__ = ("has_floats", "has_values", "has_categories")

    column: Tensor

    def __init__(self, model: JsonModel) -> None:
        super().__init__()
        self.has_floats, self.has_values = len(model.floats) > 0, len(model.values) > 0
        self.has_categories = len(model.categorical) > 0
        self.floats, self.values = FloatCodes(model.floats), ValueCodes(model.values)
        groups: dict[tuple[Combination, bytes], list[int]] = {}
        for i, statistic in enumerate(model.statistics):
            groups.setdefault((statistic.combination, statistic.keys.tobytes()), []).append(i)
        self.statistics = nn.ModuleList(
            StatisticCodes(combination, model.statistics[part[0]].keys, [model.statistics[i] for i in part])
            for (combination, _), part in groups.items()
        )
        order = [i for part in groups.values() for i in part]
        first = len(model.floats) + len(model.values)
        places = np.concatenate([np.arange(first), first + np.argsort(np.array(order, dtype=np.int64))])
        self.register_buffer("column", torch.tensor(places.astype(np.int64)))
        self.n_codes = [len(borders) + 1 for _, borders, _ in model.floats]
        self.n_codes += [len(hashes) + 1 for _, hashes in model.values]
        self.n_codes += [len(statistic.borders) + 1 for statistic in model.statistics]

    def forward(self, x: Tensor) -> Tensor:
        """Codes, int64 of shape (n_features_of_the_model, n_samples)."""
        parts: list[Tensor] = []
        if self.has_floats:
            parts.append(self.floats(x))
        if self.has_categories:
            numbers = x.detach().to(torch.float64)
            hashes = torch.where(torch.isnan(numbers), torch.zeros_like(numbers), numbers).to(torch.int64)
            if self.has_values:
                parts.append(self.values(hashes))
            for statistic in self.statistics:
                parts.append(statistic(x, hashes))
        return torch.cat(parts).index_select(0, self.column)
