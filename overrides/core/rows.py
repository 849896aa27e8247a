"""The rows of a module as columns from outside: what it reads in them, passes on, encodes and decodes."""

from typing import TYPE_CHECKING, Any

from torch import Tensor

from ..encoding.codec import RowCodec
from ..encoding.columns import Column, Columns
from ..encoding.labels import Labels
from ..encoding.rules import OWN_FLOATS
from ..encoding.tables import encode_result


class ColumnRows:
    """Protocol of a module that takes columns; of numbers, unless it says otherwise.

    Attributes
    ----------
    columns : Columns or None
        Names, kinds and vocabularies of the columns that ``encode`` takes; of the outermost module only, and None where
        it takes something else than columns.
    columns_out : tuple of Column
        Those of ``transform``, empty where all are new numbers.
    label_reader : Labels or None
        How labels enter, of a module that takes those instead.
    in_own_floats : bool
        Whether scikit-learn's estimator computes in the type of its rows where that is float16.
    """

    in_own_floats = False

    if TYPE_CHECKING:
        estimator_name: str
        n_features_in_: int
        anchor: Tensor
        columns: Columns | None
        columns_out: tuple[Column, ...]
        label_reader: Labels | None

    def reads(self) -> list[Column]:
        """What is read in each column of the rows; empty for a module that takes something else than columns."""
        rules = frozenset({OWN_FLOATS} if self.in_own_floats else ())
        return [Column(rules=rules)] * max(self.n_features_in_, 0)

    def passes(self) -> list[int]:
        """Column of the rows that each column of ``transform`` carries on, -1 where none; empty if all are new."""
        return []

    def settle(self, columns: list[Column]) -> list[Column]:
        """Take the columns as they will be encoded, with all that the model reads in them.

        Parameters
        ----------
        columns : list of Column
            Each at least what :meth:`reads` asks for.

        Returns
        -------
        list of Column
            The columns of ``transform``; empty where all are new numbers.
        """
        return []

    def codec(self) -> RowCodec:
        """How rows from outside enter and leave."""
        return RowCodec(self.estimator_name, self.columns, self.columns_out, self.label_reader)

    def encode(self, data: Any) -> Tensor:
        """Rows from outside as the tensor that the methods take.

        Parameters
        ----------
        data : data frame, dict of columns, list of dicts, array-like or sparse matrix, shape (n_samples, n_features)
            Of any library that narwhals knows: pandas, polars, pyarrow. Columns are found by name, whatever their
            order; further columns are ignored. A model of texts, dicts or lists of features takes those, one after the
            other: a list, a series, an array.

        Returns
        -------
        Tensor of shape (n_samples, n_features)
            Of the module's dtype and on its device: numbers as they are, a word as its code in the vocabulary of its
            column, an unknown one as -1, a missing value as NaN, a document as the counts of its terms. Rows with
            documents among them that are wider than ``DENSE_WIDTH`` (:mod:`bridge.overrides.encoding.documents`) are a
            sparse CSR tensor, which every method takes.

        Raises
        ------
        InputError
            A column is missing, or is not what the model was fitted on.
        """
        return self.codec().encode(data).to(self.anchor)

    def encode_inverse(self, data: Any) -> Tensor:
        """Results of ``transform`` from outside as the tensor that ``inverse_transform`` takes."""
        return self.codec().encode_inverse(data).to(self.anchor)

    def decode(self, rows: Tensor) -> Any:
        """Rows as ``encode`` makes them and ``inverse_transform`` returns them, with words in the place of codes.

        Returns
        -------
        ndarray of object, shape (n_samples, n_features)
            Of a model of documents a list, of the terms of each: what scikit-learn's ``inverse_transform`` returns.
        """
        return self.codec().decode(rows)

    def as_returned(self, method: str, result: Any) -> Any:
        """scikit-learn's result of a method in the form that the module returns it in.

        A module that returns codes or padded tensors, where scikit-learn returns words or tuples, translates here.
        """
        if self.columns is not None and method == "transform":
            return encode_result(result, self.columns_out)
        if self.columns is not None and method == "inverse_transform":
            if self.columns.is_flat:
                return self.columns.columns[0].readers[0].inverted(result)
            return encode_result(result, self.columns.columns)
        return result
