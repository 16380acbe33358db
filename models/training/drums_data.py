"""The drumming that the drum models learn from: pieces, their split, windows and masks."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_reader import phrase_from_smf
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.time import TimeSignature
from antiphon.models.encoding.drum_features import (
    MAX_BARS,
    STYLES,
    UNKNOWN,
    UNKNOWN_PERIOD,
    Wishes,
    company_of,
    heard_rows,
    nothing_heard,
    rows_of,
    tempo_bucket,
)
from antiphon.models.encoding.drum_grid import (
    DRUMS,
    HIGH_TOM,
    LOW_TOM,
    SNARE,
    STRAIGHT,
    TERNARY,
    Bar,
    bars_of,
    meters_of,
    settled,
    strokes_of,
)
from antiphon.models.training.corpus import _side as side_of

GROOVE, GAME = "groove", "game_multitrack"
SOURCES = (
    "Groove MIDI Dataset, J. Gillick, A. Roberts, J. Engel, D. Eck, D. Bamman, Google (CC BY 4.0)",
    "Freedoom music (BSD-3-Clause)",
    "OpenMSX, the music of OpenTTD (GPL-2.0)",
    "Simutrans music (Artistic-1.0)",
)
_OFFICIAL = {"train": "train", "validation": "valid", "test": "test"}
_MOST_SLOTS = 192
# How readily a recording is read as ternary; what calls itself a swing or shuffle is so.
_STRAIGHT, _SWINGS = 0.85, 1.1
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One piece of drumming: its measures, what else sounds there, which measures are fills.

    `style` is an index of `drum_features.STYLES`, `tempo` quarters a minute; `is_human` says
    whether velocities and micro-timing were played.
    """

    source: str
    name: str
    style: int
    tempo: float
    split: str
    is_human: bool
    bars: tuple[Bar, ...]
    heard: tuple[Rows, ...]
    fills: tuple[int, ...]


def read_pieces(data: Path) -> tuple[list[Piece], list[str]]:
    """All drumming below `data`, split by work, and a line for each file that gave none.

    A recording of Groove is on the test (validation) side if its official split or the hash of
    its name says so.
    """
    pieces: list[Piece] = []
    faults: list[str] = []
    base = data / GROOVE / GROOVE
    table = base / "info.csv"
    rows = list(csv.DictReader(table.open())) if table.is_file() else []
    jobs = [(base / row["midi_filename"], row) for row in rows]
    jobs = [(path, row) for path, row in jobs if path.is_file()]
    jobs += [(path, {}) for path in sorted((data / GAME).rglob("*.mid"))]
    for path, row in jobs:
        try:
            piece = _piece(path, row)
        except AntiphonError as error:
            faults.append(f"{path.name}: {error.sentence}")
            continue
        if piece is None:
            faults.append(f"{path.name}: there are no drums in it.")
        else:
            pieces.append(piece)
    return pieces, faults


def split_of(stem: str, official: str = "") -> str:
    """The side of a piece: held out if its official split or the hash of its name holds it out."""
    sides = {side_of(stem), _OFFICIAL.get(official, "train")}
    return "test" if "test" in sides else "valid" if "valid" in sides else "train"


def _piece(path: Path, row: dict[str, str]) -> Piece | None:
    phrase = phrase_from_smf(path.read_bytes(), path.name)
    style = row.get("style", "").split("/")[0]
    found = piece_of(
        phrase, path.stem, source=GROOVE if row else GAME,
        style=STYLES.index(style) if style in STYLES else 0,
        is_fill=row.get("beat_type") == "fill",
    )  # fmt: skip
    return replace(found, split=split_of(path.stem, row.get("split", ""))) if found else None


def piece_of(
    phrase: Phrase, name: str, source: str = "", style: int = 0, is_fill: bool = False
) -> Piece | None:
    """The drumming of a phrase, None where nothing is hit; its split is "test"."""
    notes = [note for part in phrase.parts if part.is_drums for note in part.notes]
    lean = _SWINGS if any(word in name for word in ("swing", "shuffle")) else _STRAIGHT
    strokes, grid = settled(strokes_of(notes), lean)
    bars = bars_of(strokes, phrase.measures, meters_of(phrase), grid)
    if not any(bar.hits.any() for bar in bars):
        return None
    heard = heard_rows(bars, phrase.measures, company_of(phrase.parts))
    first = next(i for i, bar in enumerate(bars) if bar.hits.any())
    last = max(i for i, bar in enumerate(bars) if bar.hits.any()) + 1
    tempo = phrase.tempos[0].quarters_per_minute if phrase.tempos else 120.0
    kept = bars[first:last]
    return Piece(
        source, name, style, tempo, "test", source == GROOVE, tuple(kept),
        tuple(heard[first:last]), tuple([1] * len(kept) if is_fill else fills_of(kept)),
    )  # fmt: skip


def fills_of(bars: Sequence[Bar]) -> list[int]:
    """1 for each measure that is a fill: many more tom or late snare hits than the piece has."""
    toms = np.array([bar.hits[:, LOW_TOM : HIGH_TOM + 1].sum() for bar in bars])
    late = np.array([bar.hits[bar.slots // 2 :, SNARE : HIGH_TOM + 1].any(1).sum() for bar in bars])
    late = late - np.array([bar.hits[bar.slots // 2 :, 2:4].any(1).sum() for bar in bars]) // 2
    more = (toms - np.median(toms) >= 3) | (late - np.median(late) >= 4)
    return [int(value) for value in more]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Up to eight measures of a piece that are learnt together."""

    piece: Piece
    start: int
    bars: tuple[Bar, ...]
    heard: tuple[Rows, ...]
    fills: tuple[int, ...]
    tempo: float

    @property
    def slots(self) -> int:
        """How many slots the measures have together."""
        return sum(bar.slots for bar in self.bars)


def windows(pieces: Sequence[Piece], random: np.random.Generator | None) -> list[Window]:
    """Windows that cover the pieces; with `random` they begin anywhere and some change meter."""
    found = []
    for piece in pieces:
        count = len(piece.bars)
        shift = int(random.integers(0, min(MAX_BARS, count))) if random is not None else 0
        for start in sorted({0, *range(shift, max(1, count - 1), MAX_BARS)}):
            part = slice(start, start + MAX_BARS)
            window = Window(
                piece, start, piece.bars[part], piece.heard[part], piece.fills[part], piece.tempo
            )
            full = sum(bar.hits.any() for bar in window.bars)
            if full * 4 < 3 * len(window.bars):
                continue
            if random is not None and random.random() < 0.15:
                window = in_other_meter(window, random)
            if window.slots <= _MOST_SLOTS:
                found.append(window)
    return found


# How a measure of 4/4 becomes one of another meter: ranges of its slots, measures of them.
_CUTS: dict[int, dict[tuple[int, int], tuple[tuple[tuple[int, int], ...], ...]]] = {
    STRAIGHT: {
        (3, 4): (((0, 8), (12, 16)),),
        (2, 4): (((0, 8),), ((8, 16),)),
        (5, 4): (((0, 8), (12, 16), (0, 8)),),
        (7, 8): (((0, 14),),),
        (5, 8): (((0, 10),),),
        (15, 16): (((0, 15),),),
    },
    TERNARY: {
        (12, 8): (((0, 24),),),
        (6, 8): (((0, 12),), ((12, 24),)),
        (9, 8): (((0, 12), (18, 24)),),
        (3, 4): (((0, 12), (18, 24)),),
    },
}


def in_other_meter(window: Window, random: np.random.Generator) -> Window:
    """The window with every measure of 4/4 cut to another meter; itself where one is not 4/4.

    Nearly all recorded drumming is in 4/4; a beat less or a triplet beat read as a compound one
    gives measures that a drummer would play.
    """
    grids = {bar.per_quarter for bar in window.bars}
    if len(grids) > 1 or any((b.meter.beats, b.meter.beat_type) != (4, 4) or b.duration != 4
                             for b in window.bars):  # fmt: skip
        return window
    grid = grids.pop()
    meters = sorted(_CUTS[grid])
    meter = meters[int(random.integers(0, len(meters)))]
    is_compound = grid == TERNARY and meter[1] == 8
    bars: list[Bar] = []
    heard: list[Rows] = []
    fills: list[int] = []
    for bar, rows, fill in zip(window.bars, window.heard, window.fills, strict=True):
        for cut in _CUTS[grid][meter]:
            chosen = np.concatenate([np.arange(low, high) for low, high in cut])
            bars.append(_cut(bar, chosen, meter, is_compound))
            heard.append(rows[chosen])
            fills.append(fill)
    tempo = window.tempo * 1.5 if is_compound else window.tempo
    return Window(
        window.piece, window.start, tuple(bars[:MAX_BARS]), tuple(heard[:MAX_BARS]),
        tuple(fills[:MAX_BARS]), tempo,
    )  # fmt: skip


def _cut(bar: Bar, chosen: Rows, meter: tuple[int, int], is_compound: bool) -> Bar:
    signature = TimeSignature(Fraction(0), *meter)
    return Bar(
        signature.measure_duration, signature, STRAIGHT if is_compound else bar.per_quarter,
        bar.hits[chosen], bar.velocities[chosen],
        bar.timing[chosen] * np.float32(1.5 if is_compound else 1),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One window made ready: what the network sees, and what it is asked.

    Arrays have a row a slot; `asked` are the cells to foretell, `loud` the hits whose velocity
    and micro-timing are to be foretold.
    """

    columns: Rows
    density: NDArray[np.float32]
    hits: NDArray[np.bool_]
    masked: NDArray[np.bool_]
    velocities: NDArray[np.uint8]
    timing: NDArray[np.float32]
    known: NDArray[np.bool_]
    loud: NDArray[np.bool_]


def example(window: Window, random: np.random.Generator) -> Example:
    """A window with conditions dropped and cells masked at random, as requests will have it."""
    piece, bars = window.piece, window.bars
    target = _target(len(bars), random)
    columns, density = rows_of(
        bars, _wishes(window, target, random),
        0 if random.random() < 0.25 else piece.style,
        0 if random.random() < 0.15 else tempo_bucket(window.tempo),
        _heard(window, random),
    )  # fmt: skip
    rows = np.concatenate([np.full(bar.slots, t) for bar, t in zip(bars, target, strict=True)])
    hits = np.concatenate([bar.hits for bar in bars])
    chance = random.random() ** 0.7
    is_voiced = random.random() < 0.2
    masked = rows[:, None] & (random.random(hits.shape) < (0.0 if is_voiced else chance))
    if random.random() < 0.15:
        # A drummer who is given some drums and plays the others.
        masked = rows[:, None] & (random.random(DRUMS) < 0.6)[None, :]
    known = np.zeros((*hits.shape, 2), np.bool_)
    if piece.is_human:
        played = ~rows[:, None] | (random.random(hits.shape) < 0.3 * random.random())
        known[..., 0] = played & (random.random() < 0.85)
        known[..., 1] = played & (random.random() < 0.7)
    loud = hits & ~masked & rows[:, None] & ~known[..., 0] & piece.is_human
    return Example(
        columns, density, hits, masked, np.concatenate([bar.velocities for bar in bars]),
        np.concatenate([bar.timing for bar in bars]), known, loud,
    )  # fmt: skip


def _target(count: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Which measures are asked: the last ones, any of them, or all."""
    draw = random.random()
    target = np.zeros(count, np.bool_)
    if draw < 0.55 and count > 1:
        target[-int(random.integers(1, max(2, count // 2 + 1))) :] = True
    elif draw < 0.75 and count > 1:
        target[random.choice(count, int(random.integers(1, count)), replace=False)] = True
    else:
        target[:] = True
    return target


def _wishes(window: Window, target: NDArray[np.bool_], random: np.random.Generator) -> list[Wishes]:
    tells_fill, tells_period = random.random() < 0.7, random.random() < 0.6
    densities = [bar.onsets / float(bar.duration) for bar in window.bars]
    draw = random.random()
    if draw < 0.3:
        # What a person asks is one figure for all the asked measures.
        mean = float(np.mean(np.array(densities)[target]))
        densities = [mean if t else d for d, t in zip(densities, target, strict=True)]
    return [
        Wishes(
            (window.start + index) % 8 if tells_period else UNKNOWN_PERIOD,
            window.fills[index] if tells_fill else UNKNOWN,
            densities[index] if draw < 0.6 else None,
        )
        for index in range(len(window.bars))
    ]


def _heard(window: Window, random: np.random.Generator) -> list[Rows]:
    if random.random() < 0.25:
        return [nothing_heard(bar) for bar in window.bars]
    dropped = random.random(3) < 0.2
    found = []
    for rows in window.heard:
        kept = rows.copy()
        kept[:, dropped] = UNKNOWN
        found.append(kept)
    return found


Batch = tuple[Tensor, ...]


def batches(
    found: Sequence[Window], random: np.random.Generator, most: int = 2048
) -> Iterator[Batch]:
    """Windows of like length together, at most `most` slots a batch, in random order."""
    order = sorted(range(len(found)), key=lambda i: (found[i].slots, random.random()))
    groups: list[list[int]] = [[]]
    for index in order:
        if (len(groups[-1]) + 1) * found[index].slots > most:
            groups.append([])
        groups[-1].append(index)
    for place in random.permutation(len(groups)):
        yield collate([example(found[i], random) for i in groups[place]])


def collate(examples: Sequence[Example]) -> Batch:
    """Examples as tensors of one length: columns, density, cells, knowledge and what is inside."""
    longest = max(len(e.columns) for e in examples)

    def stacked(name: str) -> Tensor:
        arrays = [getattr(e, name) for e in examples]
        padded = [np.pad(a, [(0, longest - len(a))] + [(0, 0)] * (a.ndim - 1)) for a in arrays]
        return torch.from_numpy(np.stack(padded))

    inside = np.stack([np.arange(longest) < len(e.columns) for e in examples])
    names = ("columns", "density", "hits", "masked", "velocities", "timing", "known", "loud")
    return (*(stacked(name) for name in names), torch.from_numpy(inside))
