"""Passages of held-out drumming: what a player is asked about them, how its hits are counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure, Tempo
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.models.encoding.drum_grid import (
    CLOSED_HAT,
    KICK,
    OPEN_HAT,
    RIDE,
    SNARE,
    STRAIGHT,
    Bar,
    bars_of,
    meters_of,
    notes_of,
    strokes_of,
)
from antiphon.models.tasks.drums import DrumsWriter
from antiphon.models.training.drums_data import Piece

Hits = NDArray[np.bool_]
Player = Callable[[Request], Phrase | None]
BARS = 4
MOST = 48
_TIME = (CLOSED_HAT, OPEN_HAT, RIDE)


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Four measures of a piece: two that are heard and two that are foretold."""

    piece: Piece
    start: int

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The four measures."""
        return self.piece.bars[self.start : self.start + BARS]

    @property
    def truth(self) -> Hits:
        """What was played in the last two."""
        return np.concatenate([bar.hits for bar in self.bars[2:]])


def player_of(writer: DrumsWriter) -> Player:
    """The first take of a writer."""

    def play(request: Request) -> Phrase | None:
        return next(iter(writer.takes(request, lambda: False, request.id)))[1]

    return play


def passages(pieces: Sequence[Piece], most: int = MOST) -> list[Passage]:
    """Passages of four measures with drums in all of them, spread evenly over the pieces."""
    found = [
        Passage(piece, start)
        for piece in pieces
        for start in range(0, len(piece.bars) - BARS + 1, BARS)
        if all(bar.hits.any() for bar in piece.bars[start : start + BARS])
    ]
    step = max(1, len(found) // most)
    return found[::step][:most]


def phrase_of(piece: Piece, start: int, count: int, heard: int) -> Phrase:
    """Measures of a piece as a phrase: the first `heard` with drums, all with the other parts."""
    bars = piece.bars[start : start + count]
    measures: list[Measure] = []
    onset = Fraction(0)
    for index, bar in enumerate(bars):
        measures.append(Measure(onset, bar.duration, str(start + index + 1)))
        onset += bar.duration
    parts = [
        Part(name, name, _notes(piece, start, measures, column), program)
        for column, (name, program) in enumerate((("Bass", 33), ("Melody", 73), ("Keys", 0)))
    ]
    parts = [part for part in parts if part.notes]
    hits = notes_of(bars[:heard], measures[:heard])
    parts.append(Part("Drums", "Drums", tuple(hits), is_drums=True))
    meters = [replace(b.meter, onset=m.onset) for b, m in zip(bars, measures, strict=True)]
    changes = [m for i, m in enumerate(meters) if i == 0 or not _same(m, meters[i - 1])]
    return Phrase(
        tuple(parts), tuple(measures), onset, time_signatures=tuple(changes),
        tempos=(Tempo(Fraction(0), piece.tempo),),
    )  # fmt: skip


def _same(one: object, other: object) -> bool:
    names = ("beats", "beat_type")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _notes(
    piece: Piece, start: int, measures: Sequence[Measure], column: int
) -> tuple[Note, ...]:  # fmt: skip
    found = []
    pitch = spell((40, 76, 64)[column])
    for index, measure in enumerate(measures):
        bar, rows = piece.bars[start + index], piece.heard[start + index]
        for slot in np.flatnonzero(rows[:, column] == 1).tolist():
            length = Fraction(1, bar.per_quarter)
            onset = measure.onset + slot * length
            found.append(Note(onset, min(length, measure.end - onset), pitch))
    return tuple(found)


def foretold(player: Player, passage: Passage) -> Hits | None:
    """What a player continues the first two measures of a passage with, on its grid."""
    phrase = phrase_of(passage.piece, passage.start, BARS, 2)
    end = phrase.measures[1].end
    region = Region("measured", "0", ("Drums",), Fraction(0), end)
    name = f"{passage.piece.name}/{passage.start}"
    controls = Controls(measures=2, tuplets=any(b.per_quarter != STRAIGHT for b in passage.bars))
    return _hits(player(Request(name, Task.CONTINUE, region, phrase, controls=controls)), passage)


def accompanied(player: Player, passage: Passage) -> Hits | None:
    """The drums that a player writes under the other parts of a passage's last two measures."""
    phrase = phrase_of(passage.piece, passage.start + 2, 2, 0)
    phrase = replace(phrase, parts=tuple(p for p in phrase.parts if not p.is_drums))
    region = Region("measured", "0", (phrase.parts[0].id,), Fraction(0), phrase.length)
    name = f"{passage.piece.name}/{passage.start}"
    return _hits(player(Request(name, Task.DRUMS, region, phrase)), passage)


def _hits(answer: Phrase | None, passage: Passage) -> Hits | None:
    if answer is None or len(answer.measures) != 2:
        return None
    strokes = strokes_of(answer.parts[0].notes)
    bars = [
        bars_of(
            [s for s in strokes if measure.onset <= s.onset < measure.end], [measure], [meter],
            truth.per_quarter, is_strict=True,
        )[0]
        for measure, meter, truth in zip(
            answer.measures, meters_of(answer), passage.bars[2:], strict=True
        )
    ]  # fmt: skip
    return np.concatenate([bar.hits for bar in bars])


@dataclass(slots=True)
class Tally:
    """Counts of hits foretold rightly, foretold at all, and played."""

    right: int = 0
    foretold: int = 0
    played: int = 0

    def add(self, made: NDArray[np.bool_], truth: NDArray[np.bool_]) -> None:
        """Count two grids of one shape."""
        self.right += int((made & truth).sum())
        self.foretold += int(made.sum())
        self.played += int(truth.sum())

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(1, self.foretold + self.played)


def groups_of(hits: Hits) -> dict[str, NDArray[np.bool_]]:
    """The cells of kick, snare, time (hi-hat or ride) and all drums."""
    time: NDArray[np.bool_] = np.asarray(hits[:, list(_TIME)].any(1))
    return {"kick": hits[:, KICK], "snare": hits[:, SNARE], "time": time, "all": hits}


def similarity(hits: Hits) -> float:
    """How alike two measures are: the share of cells hit in both among those hit in either.

    Measures of different lengths are compared as far as the shorter goes.
    """
    half = len(hits) // 2
    one, other = hits[:half], hits[half : 2 * half]
    return float((one & other).sum() / max(1, (one | other).sum()))


def eight_more(player: Player, passage: Passage) -> list[Bar] | None:
    """The eight measures that a player continues a whole passage with."""
    phrase = phrase_of(passage.piece, passage.start, BARS, BARS)
    region = Region("measured", "0", ("Drums",), Fraction(0), phrase.length)
    name = f"{passage.piece.name}/{passage.start}"
    answer = player(Request(name, Task.CONTINUE, region, phrase, controls=Controls(measures=8)))
    if answer is None:
        return None
    grid = passage.bars[0].per_quarter
    strokes = strokes_of(answer.parts[0].notes)
    return bars_of(strokes, answer.measures, meters_of(answer), grid, is_strict=True)
