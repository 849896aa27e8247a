"""``sklearn.compose._column_transformer``: ColumnTransformer."""

import copy
from typing import Any

import numpy as np
import torch
from sklearn.compose import ColumnTransformer as SkColumnTransformer
from torch import Tensor, nn

from ...core.composite import Children, Composite, fused_linear_of, identity, legal_names, returns_its_rows
from ...core.facts import facts_of
from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...encoding.columns import UNUSED, Column, starts_of
from ...encoding.documents import DENSE_WIDTH
from ...functional.csr import column_range, rows_between, scaled, select_columns, side_by_side
from ...functional.selection import take_columns
from ..feature_extraction._fills import changes_texts


@register(SkColumnTransformer, gaps=(OnnxGap.METHOD, OnnxGap.PRECISION))
class ColumnTransformer(Composite):
    """Transformers of some of the columns each, their results side by side.

    Notes
    -----
    - A child stands at ``transformers_.<name>``, its name changed as a pipeline's is. What is dropped leaves no trace,
      what is passed through a module that returns its rows. The rest of the columns is the child ``remainder``.
    - Columns are those that fitting found, by whatever means; rows are the columns of the fit in their order, and
      ``encode`` brings frames into it. A column that no transformer takes may be missing there.
    - A column of documents, selected as one-dimensional data, stands for a block of counts in the rows; its
      transformer gets that block.
    - The result is dense, also where scikit-learn's is sparse; but of sparse CSR rows, as ``encode`` makes them of
      documents with many terms, it is a sparse CSR tensor again.
    """

    positions: Tensor
    places: Tensor
    copies: Tensor
    transformer_weights: Tensor

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        weights = estimator.transformer_weights or {}
        kept: dict[str, Any] = {}
        sources: list[list[int]] = []
        widths: list[int] = []
        factors: list[float] = []
        for name, key, transformer in _kept(estimator):
            source = _positions(estimator, key)
            child: Any = children.get(f"transformers_.{name}") or identity(transformer)
            # A frozen estimator is one object at two places, where other columns may reach it.
            kept[name] = copy.deepcopy(child) if any(child is other for other in kept.values()) else child
            if isinstance(transformer, str):
                kept[name].n_features_in_ = kept[name].n_features_out = len(source)
            sources.append(source)
            result = estimator.output_indices_[key]
            widths.append(result.stop - result.start)
            factors.append(1.0 if weights.get(key) is None else float(weights[key]))
        self.sources, self.widths = sources, widths
        self.n_columns = self.n_features_in_
        self._place([list(source) for source in sources], [(-1, -1)] * len(sources))
        self.is_weighted = any(factor != 1.0 for factor in factors)
        self.add_buffer("transformer_weights", np.array(factors, dtype=np.float64))
        self.is_empty = not kept
        self.transformers_ = Children(kept or {"identity": identity(estimator)})
        self.tile_rows = min([self.tile_rows, *(child.tile_rows for child in kept.values())])
        self.is_lookup, self.fused_linear_rows = fused_linear_of(list(kept.values()))
        self.ends = np.cumsum(widths).tolist()
        # Of compressed rows, a transformer of one column of documents gets its block, the others dense columns.
        is_block = [len(child.reads()) == 1 and bool(child.reads()[0].readers) for child in kept.values()]
        self.takes_csr = any(is_block) and all(
            child.takes_csr if block else width <= DENSE_WIDTH and not any(column.readers for column in child.reads())
            for block, width, child in zip(is_block, widths, kept.values(), strict=True)
        )
        self.keeps_csr = self.takes_csr and any(
            block and child.keeps_csr for block, child in zip(is_block, kept.values(), strict=True)
        )

    def _place(self, seen: list[list[int]], blocks: list[tuple[int, int]]) -> None:
        """Settle which columns of the rows each transformer sees: some of them, or a block from one to another."""
        flat = [i for places in seen for i in places]
        self.blocks = blocks
        self.add_buffer("positions", np.array(flat, dtype=np.int64))
        self.is_ordered = flat == list(range(self.n_features_in_))
        self.starts = [0, *np.cumsum([len(places) for places in seen]).tolist()]
        # Of compressed rows, each column is asked where it goes: those seen twice are copied later, in dense ones.
        kept = np.unique(np.array(flat, dtype=np.int64))
        places = np.full(self.n_features_in_ if any(last >= 0 for _, last in blocks) else 0, -1, dtype=np.int64)
        if len(places):
            places[kept] = np.arange(len(kept))
        self.n_kept = len(kept)
        self.add_buffer("places", places)
        self.add_buffer("copies", np.searchsorted(kept, np.array(flat, dtype=np.int64)))

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The transformers that are neither dropped nor passed through, nor without any column."""
        return {
            f"transformers_.{name}": transformer
            for name, _, transformer in _kept(estimator)
            if not returns_its_rows(transformer)
        }

    @classmethod
    def takes_documents(cls, estimator: Any) -> bool:
        """It takes a table that may have some in a column."""
        return False

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A column selected as one-dimensional by a transformer that takes a table, and the other way round."""
        for name, transformer, columns in estimator.transformers_:
            if isinstance(transformer, str):
                continue
            if np.isscalar(columns) and changes_texts(transformer) and not facts_of(transformer).takes_documents:
                return (
                    f"ColumnTransformer: {name!r} changes the texts of column {columns!r} by a FunctionTransformer "
                    "before they are counted, and of such functions only fillna with a text is followed, as in "
                    'FunctionTransformer(lambda texts: texts.fillna("")): change the texts in the vectorizer, by its '
                    "preprocessor, or before the model"
                )
            if np.isscalar(columns) and not facts_of(transformer).takes_documents:
                return (
                    f"ColumnTransformer gives {name!r} the column {columns!r} as one-dimensional data, which is text "
                    f"and no column of a tensor: select [{columns!r}] for a column of words or numbers"
                )
            if not np.isscalar(columns) and facts_of(transformer).takes_documents:
                return (
                    f"ColumnTransformer gives {name!r}, which takes documents, the table of {list(columns)!r}: select "
                    "one column by its name alone, without a list around it"
                )
        return None

    def entry(self) -> Module:
        """The first transformer; none takes the rows as they are."""
        first: Module = self.transformers_[0]
        return first

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Rows as wide as all columns together."""
        return Module.example_rows(self, method, n_samples)

    def sample_inputs(self, n_samples: int) -> Any:
        """None: the columns say what to draw."""
        return None

    def reads(self) -> list[Column]:
        """What each transformer reads in its columns; others are unused."""
        columns = [Column(UNUSED)] * self.n_columns
        for source, child in zip(self.sources, self.transformers_, strict=False):
            for position, column in zip(source, child.reads(), strict=True):
                columns[position] = columns[position].joined(column)
        return columns

    def passes(self) -> list[int]:
        """What the transformers pass on, at the place of their results."""
        passed: list[int] = []
        for source, width, child in zip(self.sources, self.widths, self.transformers_, strict=False):
            own = child.passes() or [-1] * width
            passed += [source[i] if i >= 0 else -1 for i in own]
        return passed

    def settle(self, columns: list[Column]) -> list[Column]:
        """Hand each transformer its columns; those with documents in them are as wide as what is counted there."""
        self.widen(columns)
        starts = starts_of(columns)
        seen: list[list[int]] = []
        blocks: list[tuple[int, int]] = []
        result: list[Column] = []
        for source, width, child in zip(self.sources, self.widths, self.transformers_, strict=False):
            # Who reads nothing in a column does not say that its documents are not read further within.
            whole = [column.kind == UNUSED or bool(column.readers) for column in child.reads()]
            own = [columns[i] if whole[k] else columns[i].plain for k, i in enumerate(source)]
            if len(own) == 1 and own[0].readers:
                seen.append([])
                blocks.append((starts[source[0]], starts[source[0]] + own[0].width))
            else:
                seen.append([starts[i] + k for i, column in zip(source, own, strict=True) for k in range(column.width)])
                blocks.append((-1, -1))
            result += child.settle(own) or [Column()] * width
        if any(column.readers for column in columns):
            self._place(seen, blocks)
        return result

    def _rows(self, x: Tensor) -> Tensor:
        """The columns that are not seen as blocks, dense, in the order in which the transformers see them."""
        if x.layout != torch.strided:
            kept = select_columns(x, self.places, self.n_kept)
            return take_columns(rows_between(kept, 0, x.shape[0]), self.copies)
        if not self.is_ordered:
            return take_columns(x, self.positions)
        return x

    def _part(self, x: Tensor, rows: Tensor, i: int) -> Tensor:
        """What a transformer sees."""
        first, last = self.blocks[i]
        if first >= 0:
            return column_range(x, first, last)
        return rows[:, self.starts[i] : self.starts[i + 1]]

    def _transform(self, x: Tensor) -> Tensor:
        if self.is_empty:
            return x.new_zeros((x.shape[0], 0))
        rows = self._rows(x)
        parts: list[Tensor] = []
        for i, transformer in enumerate(self.transformers_):
            part = transformer.transform(self._part(x, rows, i)).to(rows.dtype)
            if self.is_weighted:
                part = scaled(part, self.transformer_weights[i])
            parts.append(part)
        return torch.cat(parts, dim=1) if x.layout == torch.strided else side_by_side(parts)

    def fused_linear(self, x: Tensor, weight: Tensor) -> Tensor:
        """The sum over the transformers, each with the weights of its own columns."""
        x = self._check(x)
        rows = self._rows(x)
        total = rows.new_zeros((rows.shape[0], weight.shape[0]))
        for i, transformer in enumerate(self.transformers_):
            if self.widths[i] > 0:
                own = weight[:, self.ends[i] - self.widths[i] : self.ends[i]]
                part = transformer.fused_linear(self._part(x, rows, i), own)
                if self.is_weighted:
                    part = part * self.transformer_weights[i]
                total = total + part
        return total


def _positions(estimator: Any, key: str) -> list[int]:
    return [int(i) for i in estimator._transformer_to_input_indices[key]]


def _kept(estimator: Any) -> list[tuple[str, str, Any]]:
    """Legal name, own name and transformer of each that is not dropped and has columns."""
    names = legal_names(name for name, _, _ in estimator.transformers_)
    return [
        (name, key, transformer)
        for name, (key, transformer, _) in zip(names, estimator.transformers_, strict=True)
        if not (isinstance(transformer, str) and transformer == "drop") and _positions(estimator, key)
    ]
