"""Hard numbers into the rows of every case, beside scikit-learn: what differs or fails is shrunk and printed."""

import argparse
import sys
import time
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import bridge  # noqa: E402
from bridge.errors import BridgeError, DataError  # noqa: E402
from bridge.overrides.core.module import Module  # noqa: E402
from bridge.parity.compare import compare_eager  # noqa: E402
from tests.cases import all_cases, fitted  # noqa: E402

HARD = (0.0, -0.0, 1.0, -1.0, 1e-300, 5e-324, 1e-30, 1e6, 2.0**24 + 1, 1e30, np.nan, np.inf, -np.inf)
"""Numbers that a cell may become; others are its own by one unit in the last place, rounded, or that of another row."""

MOVES = ("hard", "up", "down", "float32", "whole", "other row", "None")


class Differs(Exception):
    """A module does not give what scikit-learn gives, or fails where scikit-learn answers."""


def edits(n_rows: int, n_columns: int) -> st.SearchStrategy[list[tuple[int, int, str, int]]]:
    """Lists of edits of a table: row, column, kind of move, and which hard number or other row."""
    edit = st.tuples(
        st.integers(0, n_rows - 1), st.integers(0, n_columns - 1), st.sampled_from(MOVES), st.integers(0, len(HARD) - 1)
    )
    return st.lists(edit, min_size=1, max_size=6)


def edited(rows: Any, moves: list[tuple[int, int, str, int]]) -> Any:
    """A copy of rows, an array or a frame of pandas, with its numbers edited."""
    if isinstance(rows, pd.DataFrame):
        columns = {name: _edited(rows[name].to_numpy(), [m for m in moves if m[1] == i]) for i, name in enumerate(rows)}
        return pd.DataFrame(columns, index=rows.index)
    parts = [_edited(rows[:, i], [move for move in moves if move[1] == i]) for i in range(rows.shape[1])]
    return np.stack(parts, axis=1)


def _edited(column: np.ndarray, moves: list[tuple[int, int, str, int]]) -> np.ndarray:
    found = column.copy()
    for row, _, kind, which in moves:
        value = found[row]
        if kind == "other row":
            found[row] = column[which % len(column)]
        elif found.dtype == object and kind == "None":
            found[row] = None
        elif found.dtype.kind == "f":
            found[row] = {
                "hard": HARD[which],
                "up": np.nextafter(value, np.inf),
                "down": np.nextafter(value, -np.inf),
                "float32": np.float32(value),
                "whole": np.round(value),
            }.get(kind, np.nan)
    return found


def check(estimator: Any, module: Module, rows: Any) -> None:
    """Raise :class:`Differs` where the module departs from scikit-learn; rows that scikit-learn refuses say nothing."""
    try:
        report = compare_eager(estimator, module, rows)
    except (DataError, BridgeError):
        return  # scikit-learn refuses the rows, or the module does so with an error of ours
    except Exception as error:
        raise Differs(f"{type(error).__name__}: {error}") from error
    if not report.ok:
        raise Differs(report.failures_text())


def editable(rows: Any) -> bool:
    """Whether rows are a table whose cells can be edited."""
    if isinstance(rows, pd.DataFrame):
        return all(isinstance(dtype, np.dtype) and dtype.kind in "Ofiub" for dtype in rows.dtypes)
    return isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.dtype.kind == "f"


def fuzz_case(case_id: str, start: int, n_examples: int) -> str | None:
    """What differs of one case, on the smallest edits that hypothesis finds; None if nothing does."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = fitted(case_id)
        if not editable(found.rows) or not len(found.rows):
            return None
        module = bridge.to_torch(found.estimator, verify=False)
        shown: list[Any] = []

        @seed(start)
        @settings(
            max_examples=n_examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
            print_blob=False,
        )
        @given(edits(len(found.rows), found.rows.shape[1]))
        def run(moves: list[tuple[int, int, str, int]]) -> None:
            try:
                check(found.estimator, module, edited(found.rows, moves))
            except Differs:
                shown[:] = [moves]
                raise

        try:
            run()
        except Differs as error:
            return f"{error}\n    edits (row, column, move, which): {shown[0]}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=1.0, help="time to spend; a round over cases is not begun after"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--examples", type=int, default=20, help="tables of each case and round")
    parser.add_argument("--only", default="", help="cases whose id contains this")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    ids = [case.id for case in all_cases() if arguments.only in case.id]
    order = np.random.default_rng(arguments.seed).permutation(ids).tolist()
    end, n_tried, faults = time.monotonic() + 60 * arguments.minutes, 0, 0
    while time.monotonic() < end:
        for case_id in order:
            if time.monotonic() >= end:
                break
            said = fuzz_case(case_id, arguments.seed + n_tried, arguments.examples)
            n_tried += 1
            if said is not None:
                faults += 1
                print(f"{case_id}: {said}", flush=True)
    print(f"{n_tried} cases, {arguments.examples} tables each: {faults} differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
