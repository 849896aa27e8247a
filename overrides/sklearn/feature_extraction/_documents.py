"""What the modules share whose rows are counts that ``encode`` makes of documents."""

from torch import Tensor

from ...core.module import Module, check_rows
from ...encoding.columns import DOCUMENT, Column
from ...encoding.documents import Reader
from ...functional.csr import column_range


class DocumentModule(Module):
    """Base of modules of documents: the rows are the counts of a reader, or have them in a block.

    Parameters
    ----------
    estimator : object
    reader : Reader
        Counts what is in documents; ``encode`` calls it.

    Attributes
    ----------
    width : int
        Number of counts.
    start : int
        Column of the rows at which they begin: steps that count different things in the same documents have blocks of
        their own in the rows.

    Notes
    -----
    Rows may be sparse CSR tensors, as ``encode`` makes them of many counts; results are so then.
    """

    def __init__(self, estimator: object, reader: Reader) -> None:
        super().__init__(estimator)
        self.reader = reader
        self.width = reader.width
        self.takes_csr = self.keeps_csr = True
        # Weights, norms and results of a tile are as wide as its rows.
        self.tile_rows = max(1, min(4096, 2**21 // max(self.width, 1)))
        self._place(0, self.width)

    @classmethod
    def takes_documents(cls, estimator: object) -> bool:
        """It does."""
        return True

    def _place(self, start: int, n_columns: int) -> None:
        """Settle where the counts are in rows of so many columns."""
        self.start = start
        self.is_alone = n_columns == self.width
        self.n_features_in_ = n_columns
        self.n_features_out = self.width

    def reads(self) -> list[Column]:
        """Documents, in the only column."""
        return [Column(DOCUMENT, readers=(self.reader,))]

    def settle(self, columns: list[Column]) -> list[Column]:
        """Find the block of the own reader among the others."""
        self._place(columns[0].start_of(self.reader), columns[0].width)
        return []

    def _check_inverse(self, x: Tensor) -> Tensor:
        return check_rows(x, self.width, self.estimator_name + ".inverse_transform", self.anchor)

    def _counts(self, x: Tensor) -> Tensor:
        """The own block of rows."""
        if self.is_alone:
            return x
        return column_range(x, self.start, self.start + self.width)
