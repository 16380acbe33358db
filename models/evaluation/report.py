"""A report of an evaluation: tables of figures with their rows, for people and as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from antiphon.bridge.errors import AntiphonError

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its title, the names of its columns, and rows of as many cells.

    The first column names the model or baseline of the row; floats are printed with
    `digits` digits after the point.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    digits: int = 3

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.title}: a row has another number of cells than columns")


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found: topic, tables, what was measured on, what could not be used."""

    topic: str
    tables: tuple[Table, ...]
    measured_on: str
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def markdown(report: Report) -> Iterator[str]:
    """The lines of a report as Markdown."""
    yield f"# {report.topic.capitalize()}"
    yield ""
    yield report.measured_on
    for table in report.tables:
        yield ""
        yield f"## {table.title}"
        yield ""
        texts = [[_text(cell, table.digits) for cell in row] for row in table.rows]
        yield from _aligned(table.columns, texts)
    for note in report.notes:
        yield ""
        yield note
    if report.unread:
        yield ""
        yield f"{len(report.unread)} files could not be used:"
        yield ""
        yield from (f"- {line}" for line in report.unread)


def write_json(report: Report, path: Path) -> None:
    """Keep a report as JSON. Raises AntiphonError("unwritable-file")."""
    try:
        path.write_text(json.dumps(asdict(report), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise AntiphonError("unwritable-file", what=str(path), why=str(error.strerror)) from None


def _text(cell: Cell, digits: int) -> str:
    if cell is None:
        return "–"
    return f"{cell:.{digits}f}" if isinstance(cell, float) else str(cell)


def _aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [
        max(len(name), *(len(row[i]) for row in rows)) if rows else len(name)
        for i, name in enumerate(columns)
    ]
    for line in (columns, ["-" * width for width in widths], *rows):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield f"| {' | '.join(cells)} |"
