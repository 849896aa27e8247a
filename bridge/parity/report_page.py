"""Parity reports to look at: a rich table on a terminal, a page in a browser."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from .report import Comparison, Report

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2.5rem auto; max-width: 66rem; padding: 0 1rem; }
h2 { margin: 2rem 0 .2rem; }
p { color: gray; margin: 0 0 .6rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .7rem; text-align: left; }
td.number { text-align: right; }
tr.method td { border-top: 2px solid #8886; }
.ok { color: #1a7f37; } .bad { color: #cf222e; font-weight: 600; }
"""


def error_text(item: "Comparison") -> str:
    """Largest error in two digits, or why there is none."""
    if item.max_error is None:
        return item.note
    return "0" if item.max_error == 0 else f"{item.max_error:.1e}"


def verdict(report: "Report") -> str:
    """One sentence on a report."""
    against = f"{report.n_rows} rows against {report.reference}, tolerance {report.tolerance_text}"
    equal = f"equal but for {report.on_edge} rows on the edge" if report.on_edge else "all equal"
    state = equal if report.ok else f"{len(report.failures)} of {len(report.comparisons)} comparisons FAIL"
    return f"{state}; {against}; largest error {report.max_error:.1e}"


def table(report: "Report") -> Table:
    """Rich table of a report, a line per method and runtime."""
    grid = Table(title=f"parity of {report.estimator}", caption=verdict(report))
    for heading, justify in _COLUMNS:
        grid.add_column(heading, justify=justify)  # type: ignore[arg-type]
    previous = ""
    for item in report.comparisons:
        if previous and item.method != previous:
            grid.add_section()
        name = item.method if item.method != previous else ""
        previous = item.method
        mark = "[green]equal[/green]" if item.ok else "[bold red]differs[/bold red]"
        grid.add_row(
            name,
            item.runtime,
            error_text(item),
            str(item.rows_different),
            str(item.on_edge or ""),
            str(tuple(item.shape)),
            item.dtype,
            mark,
        )
    return grid


_COLUMNS = (
    ("method", "left"),
    ("runtime", "left"),
    ("largest error", "right"),
    ("rows that differ", "right"),
    ("on the edge", "right"),
    ("shape", "left"),
    ("dtype", "left"),
    ("", "left"),
)


def page(reports: "Sequence[Report]", title: str = "Parity") -> str:
    """HTML page of reports, without anything fetched from elsewhere."""
    sections = "\n".join(_section(report) for report in reports)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{sections}\n</body></html>\n"
    )


def _section(report: "Report") -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading, _ in _COLUMNS)
    rows, previous = [], ""
    for item in report.comparisons:
        first = item.method != previous
        previous = item.method
        mark = '<td class="ok">equal</td>' if item.ok else '<td class="bad">differs</td>'
        cells = (
            f"<td>{escape(item.method) if first else ''}</td><td>{escape(item.runtime)}</td>"
            f'<td class="number">{escape(error_text(item))}</td><td class="number">{item.rows_different}</td>'
            f'<td class="number">{item.on_edge or ""}</td>'
            f"<td>{escape(str(tuple(item.shape)))}</td><td>{escape(item.dtype)}</td>{mark}"
        )
        rows.append(f'<tr class="{"method" if first else ""}">{cells}</tr>')
    return (
        f"<section><h2>{escape(report.estimator)}</h2><p>{escape(verdict(report))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></section>"
    )
