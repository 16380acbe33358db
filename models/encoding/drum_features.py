"""What the drum network knows of a slot besides its hits: place, period, style, other parts."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.phrase import Note, Part, Tie
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.models.encoding.drum_grid import Bar
from antiphon.models.theory.meter import accent, group_starts, grouping

# The styles of the Groove MIDI Dataset; 0 is unknown.
STYLES = (
    "unknown", "rock", "funk", "jazz", "latin", "hiphop", "soul", "afrocuban", "punk",
    "neworleans", "country", "pop", "reggae", "gospel", "afrobeat", "dance", "blues", "highlife",
    "middleeastern",
)  # fmt: skip
# Which of them a style of Antiphon's protocol sounds like on drums.
STYLE_OF = {
    "folk": "country", "hymn": "gospel", "jazz": "jazz", "pop": "pop", "rock": "rock",
    "ragtime": "neworleans",
}  # fmt: skip
_METERS = ((4, 4), (3, 4), (2, 4), (6, 8), (9, 8), (12, 8), (5, 4), (7, 8))
_TEMPOS = (70, 85, 100, 115, 130, 150, 180)
UNKNOWN = 2
COLUMNS = (
    "place", "in_beat", "accent", "meter", "measure", "period", "fill", "tempo", "style", "bass",
    "melody", "other",
)  # fmt: skip
SIZES = {
    "place": 97, "in_beat": 25, "accent": 8, "meter": len(_METERS) + 1, "measure": 8, "period": 9,
    "fill": 3, "tempo": len(_TEMPOS) + 2, "style": len(STYLES), "bass": 3, "melody": 3, "other": 3,
}  # fmt: skip
UNKNOWN_PERIOD = 8
MAX_BARS = 8
_BASSES = range(32, 40)
_LOW = 52
_CLOSES = (Tie.STOP, Tie.BOTH)
_ACCENTS = (0.05, 0.1, 0.2, 0.25, 0.45, 0.65, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is told of one measure: place in a period of eight, fill (0, 1 or 2 unknown), density.

    `density` is the wanted number of slots with a hit a quarter, None where it is free.
    """

    period: int = UNKNOWN_PERIOD
    fill: int = UNKNOWN
    density: float | None = None


def tempo_bucket(quarters_per_minute: float | None) -> int:
    """The class of a tempo in quarters a minute, 0 where it is unknown."""
    if quarters_per_minute is None:
        return 0
    return 1 + sum(quarters_per_minute >= edge for edge in _TEMPOS)


@lru_cache(maxsize=512)
def _places(
    slots: int, meter: tuple[int, int], per_quarter: int, offset: Fraction
) -> NDArray[np.int64]:
    """Rows (slots, 4) of place, place in the felt beat, accent and meter."""
    signature = TimeSignature(Fraction(0), *meter)
    groups = grouping(signature)
    starts = group_starts(signature, groups)
    is_odd = meter[0] in (5, 7, 8, 10, 11, 15) and meter[1] >= 8
    kind = _METERS.index(meter) if meter in _METERS else len(_METERS)
    rows = []
    for slot in range(slots):
        place = offset + Fraction(slot, per_quarter)
        beat = signature.beat_duration
        since = place - max(s for s in starts if s <= place) if is_odd else place % beat
        level = min(range(8), key=lambda i: abs(_ACCENTS[i] - accent(place, signature, groups)))
        rows.append((min(96, int(place * 12)), min(24, int(since * 12)), level, kind))
    return np.array(rows, np.int64)


def places(bar: Bar) -> NDArray[np.int64]:
    """Rows (slots, 4) of a measure: place, place in the felt beat, accent and meter."""
    meter = (bar.meter.beats, bar.meter.beat_type)
    return _places(bar.slots, meter, bar.per_quarter, bar.offset)


def rows_of(
    bars: Sequence[Bar],
    wishes: Sequence[Wishes],
    style: int,
    tempo: int,
    others: Sequence[NDArray[np.int64]],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Columns (slots, COLUMNS) of at most `MAX_BARS` measures, and density, known (slots, 2).

    `others` holds for each measure rows (slots, 3) for bass, melody and other parts: 1 where one
    begins a note, 0 where none does, 2 where there is no such part.
    """  # fmt: skip
    columns, scalars = [], []
    for index, (bar, wish, heard) in enumerate(zip(bars, wishes, others, strict=True)):
        fixed = np.tile(
            np.array([index, wish.period, wish.fill, tempo, style], np.int64), (bar.slots, 1)
        )
        columns.append(np.concatenate((places(bar), fixed, heard), 1))
        told = (0.0, 0.0) if wish.density is None else (min(6.0, wish.density) / 2 - 1, 1.0)
        scalars.append(np.tile(np.array(told, np.float32), (bar.slots, 1)))
    return np.concatenate(columns), np.concatenate(scalars)


def nothing_heard(bar: Bar) -> NDArray[np.int64]:
    """Rows (slots, 3) of a measure without any other part."""
    return np.full((bar.slots, 3), UNKNOWN, np.int64)


@dataclass(frozen=True, slots=True)
class Company:
    """The notes of the other parts by what they are to a drummer; None for no such part."""

    bass: tuple[Note, ...] | None = None
    melody: tuple[Note, ...] | None = None
    other: tuple[Note, ...] | None = None


def company_of(parts: Sequence[Part], melody_id: str | None = None) -> Company:
    """Which of the pitched parts is the bass, which the melody (`melody_id` says so), which else.

    The bass has a bass program or lies lowest, below C3 on average; without a named melody the
    highest part that mostly has one note at a time is taken.
    """
    pitched = [part for part in parts if not part.is_drums and part.notes]
    mean = {p.id: sum(n.pitch.midi_number for n in p.notes) / len(p.notes) for p in pitched}
    lowest = sorted(pitched, key=lambda p: (p.program not in _BASSES, mean[p.id]))[:1]
    bass = [p for p in lowest if p.id != melody_id and (p.program in _BASSES or mean[p.id] < _LOW)]
    rest = [p for p in pitched if p not in bass]
    named = [p for p in rest if p.id == melody_id]
    singing = [p for p in rest if len({n.onset for n in p.notes}) > 0.8 * len(p.notes)]
    melody = named or sorted(singing, key=lambda p: -mean[p.id])[:1]
    other = [note for p in rest if p not in melody for note in p.notes]
    return Company(
        bass[0].notes if bass else None,
        melody[0].notes if melody else None,
        tuple(other) if other else None,
    )


def heard_rows(
    bars: Sequence[Bar], measures: Sequence[Measure], company: Company
) -> list[NDArray[np.int64]]:
    """For each measure rows (slots, 3): 1 where bass, melody, others begin a note, 2 for none."""
    found = [nothing_heard(bar) for bar in bars]
    for column, notes in enumerate((company.bass, company.melody, company.other)):
        if notes is None:
            continue
        for rows in found:
            rows[:, column] = 0
        starts = [measure.onset for measure in measures]
        for note in notes:
            index = bisect_right(starts, note.onset) - 1
            if index < 0 or note.onset >= measures[index].end or note.tie in _CLOSES:
                continue
            slot = round((note.onset - measures[index].onset) * bars[index].per_quarter)
            if slot >= bars[index].slots:
                index, slot = index + 1, 0
            if index < len(found):
                found[index][slot, column] = 1
    return found
