"""Reports: every method of every runtime against the reference, as values that print and serialize."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class Comparison:
    """One method of one runtime against the reference.

    Attributes
    ----------
    max_error : float or None
        Largest ``|value - reference| / max(1, |reference|)``; None where there is nothing to compare. Equal infinities,
        and NaN where the reference is NaN, are no error; any other meeting of a number with NaN or infinity is an
        infinite error.
    rows_different : int
        Rows with an error above the tolerance, and above what the report's limit allows them.
    note : str
        What went wrong, if the runtime failed.
    on_edge : int
        Rows that differ, and at which scikit-learn's own result moves as far when its input moves by a few units in the
        last place (:mod:`bridge.parity.edges`): neither equal nor counted as different. ``max_error`` is that of the
        others.
    """

    method: str
    runtime: str
    max_error: float | None
    rows_different: int
    n_rows: int
    shape: tuple[int, ...]
    expected_shape: tuple[int, ...]
    dtype: str
    ok: bool
    note: str = ""
    on_edge: int = 0


@dataclass(frozen=True)
class Report:
    """Every method of every runtime against the reference. Prints as a table.

    Attributes
    ----------
    tolerance : float
        Largest error that passes.
    limit : str
        What passes beyond it, of a model whose results scikit-learn itself leaves open in float32; else empty.
    """

    estimator: str
    reference: str
    n_rows: int
    tolerance: float
    comparisons: tuple[Comparison, ...]
    limit: str = ""

    @property
    def ok(self) -> bool:
        """Whether every comparison passed, and there was one."""
        return bool(self.comparisons) and all(item.ok for item in self.comparisons)

    @property
    def max_error(self) -> float:
        """Largest error of all."""
        return max((item.max_error for item in self.comparisons if item.max_error is not None), default=0.0)

    @property
    def on_edge(self) -> int:
        """Rows on the edge, of the comparison that has most of them."""
        return max((item.on_edge for item in self.comparisons), default=0)

    @property
    def tolerance_text(self) -> str:
        """The tolerance in words, with its limit."""
        return f"{self.tolerance:.0e}{self.limit and f', {self.limit}'}"

    @property
    def failures(self) -> tuple[Comparison, ...]:
        """Comparisons that did not pass."""
        return tuple(item for item in self.comparisons if not item.ok)

    def failures_text(self) -> str:
        """A line per failure."""
        return "\n".join(
            f"{self.estimator}.{item.method} in {item.runtime}: "
            + (
                item.note
                or f"{item.rows_different} of {item.n_rows} rows differ from {self.reference}, "
                f"largest error {item.max_error:.2g} (tolerance {self.tolerance_text})"
            )
            for item in self.failures
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain dicts, lists, numbers and strings; a number that JSON does not know becomes a string."""
        items = [asdict(item) for item in self.comparisons]
        for item in items:
            error = item["max_error"]
            item["max_error"] = error if error is None or np.isfinite(error) else str(error)
            item["shape"], item["expected_shape"] = list(item["shape"]), list(item["expected_shape"])
        return {
            "estimator": self.estimator,
            "reference": self.reference,
            "n_rows": self.n_rows,
            "tolerance": self.tolerance,
            "limit": self.limit,
            "ok": self.ok,
            "comparisons": items,
        }

    def to_html(self) -> str:
        """A page of its own."""
        from .report_page import page

        return page([self])

    def __rich__(self) -> "Table":
        from .report_page import table

        return table(self)

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(width=110)
        with console.capture() as capture:
            console.print(self)
        return capture.get()
