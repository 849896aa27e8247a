"""The vocabularies of a module's columns in a form that TorchScript carries: a bare torch process encodes words."""

from typing import Optional

import torch
from torch import Tensor, nn

from ..functional.city_hash import low_hash
from .columns import HASH, UNUSED, WORD, Column, Columns


class WordCodes(nn.Module):
    """Codes of the words of one column.

    Parameters
    ----------
    column : Column
    label : str
        How a message names the column.

    Notes
    -----
    None is None, as in :meth:`Module.encode`: unknown, unless the fit saw it. A list of words cannot hold NaN; a model
    whose gaps are NaN is converted with ``none_is_nan=True``, so that None says it.
    """

    codes: dict[str, int]

    def __init__(self, column: Column, label: str) -> None:
        super().__init__()
        self.codes = {word: code for code, word in enumerate(column.words) if word is not None}
        self.none = column.none
        self.label = label
        self.strict = column.strict

    def forward(self, words: list[Optional[str]]) -> Tensor:  # noqa: UP045  TorchScript reads it so
        """Codes of words, shape (n_samples,), float64."""
        found: list[float] = []
        for word in words:
            if word is None:
                if self.none == -1.0 and self.strict:
                    raise ValueError(f"{self.label} has None, which was not there in fit")
                found.append(self.none)
            else:
                code = self.codes.get(word, -1)
                if code < 0 and self.strict:
                    raise ValueError(f"{self.label} has '{word}', which was not there in fit")
                found.append(float(code))
        return torch.tensor(found, dtype=torch.float64)

    def extra_repr(self) -> str:
        """Size of the vocabulary."""
        return f"{self.label}, {len(self.codes)} words"


class WordHashes(nn.Module):
    """Hashes of the words of one column.

    Parameters
    ----------
    label : str
        How a message names the column.
    """

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def forward(self, words: list[Optional[str]]) -> Tensor:  # noqa: UP045
        """Signed hashes of 32 bits, shape (n_samples,), float64."""
        found: list[int] = []
        for word in words:
            if word is None:
                raise ValueError(f"{self.label} has a missing value, which is no category: give it a word")
            found.append(low_hash(word))
        # TorchScript makes tensors of floats by way of float32.
        return torch.tensor(found, dtype=torch.int64).to(torch.float64)


class StringColumns(nn.Module):
    """Columns of numbers and columns of words, put together in the order of the fit.

    Parameters
    ----------
    columns : Columns
    name : str
        Estimator's name, for messages.
    """

    order: Tensor

    def __init__(self, columns: Columns, name: str) -> None:
        super().__init__()
        self.name = name
        words = [i for i, kind in enumerate(columns.kinds) if kind in (WORD, HASH)]
        numbers = [i for i, kind in enumerate(columns.kinds) if kind not in (WORD, HASH, UNUSED)]
        unused = [i for i, kind in enumerate(columns.kinds) if kind == UNUSED]
        self.n_numbers, self.n_words = len(numbers), len(words)
        self.vocabularies = nn.ModuleList(
            WordHashes(f"{name}: {columns.label(i)}")
            if columns.kinds[i] == HASH
            else WordCodes(columns.columns[i], f"{name}: {columns.label(i)}")
            for i in words
        )
        # A column of gaps behind them stands in for all that are unused.
        places = {column: place for place, column in enumerate((*numbers, *words))}
        places.update(dict.fromkeys(unused, len(places)))
        self.register_buffer("order", torch.tensor([places[i] for i in range(len(columns))]), persistent=False)

    def forward(self, numbers: Tensor, words: list[list[Optional[str]]]) -> Tensor:  # noqa: UP045
        """The tensor that the methods take, float64."""
        if numbers.dim() != 2 or numbers.shape[1] != self.n_numbers or len(words) != self.n_words:
            raise ValueError(
                f"{self.name} takes {self.n_numbers} columns of numbers, as one 2-D tensor, and {self.n_words} lists "
                f"of words, got a tensor of shape {list(numbers.shape)} and {len(words)} lists"
            )
        n_rows = numbers.shape[0]
        parts = [numbers.to(torch.float64)]
        for i, vocabulary in enumerate(self.vocabularies):
            if len(words[i]) != n_rows:
                raise ValueError(f"{self.name} got {n_rows} rows of numbers and {len(words[i])} words in a column")
            parts.append(vocabulary(words[i]).to(numbers.device).unsqueeze(1))
        parts.append(torch.full((n_rows, 1), float("nan"), dtype=torch.float64, device=numbers.device))
        return torch.cat(parts, dim=1).index_select(1, self.order)
