"""The tables of the melody evaluation."""

from collections.abc import Sequence

import numpy as np

from antiphon.models.evaluation.melody_models import Array, Measured, quarters
from antiphon.models.evaluation.report import Cell, Table

_BITS = ("model", "bits a note", "pitch", "duration", "bits a quarter")


def event_table(title: str, found: Measured, which: Sequence[bool] | None = None) -> Table:
    """Bits a note of the models of events, with the shares of pitch and duration."""
    rows = tuple(
        (r.model, r.bits_per_note, r.pitch_bits, r.duration_bits, r.bits_per_quarter)
        for r in found.rows(which)
    )
    return Table(title, _BITS, rows)


def step_table(title: str, found: Measured, which: Sequence[bool], bits: dict[str, Array]) -> Table:
    """Bits of the models of events beside those of the models of 16th steps, on the same tunes."""
    mask = np.array(which, bool)
    kept = [tune for tune, is_in in zip(found.tunes, mask, strict=True) if is_in]
    notes = max(1, sum(tune.notes for tune in kept))
    length = max(1.0, sum(quarters(tune, found.durations) for tune in kept))
    rows: list[tuple[Cell, ...]] = [
        (row.model, row.bits_per_note, row.bits_per_quarter) for row in found.rows(which)
    ]
    for name, values in bits.items():
        total = float(values[mask].sum())
        rows.append((name, total / notes, total / length))
    rows.sort(key=lambda row: float(row[1] or 0))
    return Table(
        f"{title} ({len(kept)} tunes, {notes} notes)",
        ("model", "bits a note", "bits a quarter"),
        tuple(rows),
    )


def source_table(title: str, found: Measured, sources: Sequence[str]) -> Table:
    """Bits a note of each model by source."""
    rows: list[tuple[Cell, ...]] = []
    for source in dict.fromkeys(sources):
        which = [other == source for other in sources]
        kept = [t for t, is_in in zip(found.tunes, which, strict=True) if is_in]
        cells = (row.bits_per_note for row in found.rows(which))
        rows.append((source, len(kept), sum(t.notes for t in kept), *cells))
    return Table(title, ("source", "tunes", "notes", *found.bits), tuple(rows))
