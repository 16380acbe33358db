"""Music as a grid of cells, one a part and measure, for the arranger: some given, some asked.

Pitches are keys of the piano (0 = A0 … 87 = C8) after the music was moved to the key without
accidentals; positions are ticks from the beginning of a measure; a duration is a symbol of
`DURATIONS`. Longer measures than `LONGEST` ticks are parted before they come here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from antiphon.models.encoding.grid import METER_CLASSES

LONGEST = 192
END = LONGEST
NO_POSITION = LONGEST + 1
PITCHES = 88
LOWEST = 21
NO_PITCH = PITCHES
DURATIONS = (
    3, 4, 6, 8, 9, 12, 16, 18, 24, 30, 32, 36, 42, 48, 54, 60, 64, 72, 84, 96, 108, 120, 132,
    144, 168, 192, 240, 288, 384,
)  # fmt: skip
NO_DURATION = len(DURATIONS)
ROLES = ("melody", "bass", "piano", "guitar", "inner", "chords", "other")
STYLES = ("folk", "hymn", "chorale", "classical", "romantic", "jazz", "pop", "rock", "ragtime")
NO_STYLE = len(STYLES)
# Where the same part is heard, in measures from here: what was, and what is given ahead.
OFFSETS = (-1, -2, -4, -8, 1, 2, 4)
SEQUENCES = (0, 1, 2)
RUNS = 9
NO_RUN = RUNS - 1
DENSITIES = (0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
POLYPHONIES = (1.05, 1.5, 2.2, 3.2)
REGISTER_STEP = 6
INTERVALS = 50
_INTERVAL_CAP = 24
WALK_COLUMNS = {
    "cursor": LONGEST + 1, "count": 9, "pitch": PITCHES + 1, "duration": NO_DURATION + 1,
    "interval": INTERVALS, "interval_2": INTERVALS, "low": PITCHES + 1, "high": PITCHES + 1,
    "in_measure": 17, "meter": METER_CLASSES, "phase": 8, "length": 34,
    **{f"next{offset:+d}": NO_POSITION + 1 for offset in OFFSETS},
    **{f"run{offset:+d}": RUNS for offset in OFFSETS},
}  # fmt: skip
# What depends on what is given and asked, one row a measure.
MEASURE_COLUMNS = {
    "mode": 2, "role": len(ROLES), "style": NO_STYLE + 1, "density": len(DENSITIES) + 2,
    "polyphony": len(POLYPHONIES) + 2, "register": PITCHES // REGISTER_STEP + 2,
    "until": 7, "next_pitch": PITCHES + 1, "to_end": 6, "seen": 7,
}  # fmt: skip
NOTE_COLUMNS = {
    "position": LONGEST, "delta": 98, "count": 9, "reference": PITCHES + 1,
    **{f"pitch{offset:+d}": PITCHES + 1 for offset in OFFSETS},
    **{f"sequence{OFFSETS[index]:+d}": PITCHES + 1 for index in SEQUENCES},
    **{f"duration{offset:+d}": NO_DURATION + 1 for offset in OFFSETS},
}  # fmt: skip
NEXT_AT = list(WALK_COLUMNS).index("next-1")
RUN_AT = list(WALK_COLUMNS).index("run-1")
PITCH_AT = list(NOTE_COLUMNS).index("pitch-1")
DURATION_AT = list(NOTE_COLUMNS).index("duration-1")
_STEP = (0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6)
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
Event = tuple[int, int, int]


def duration_symbol(ticks: int) -> int:
    """The symbol of the known value nearest to a duration in ticks."""
    index = bisect_left(DURATIONS, ticks)
    if index == len(DURATIONS) or (
        index and ticks - DURATIONS[index - 1] <= DURATIONS[index] - ticks
    ):
        index -= 1
    return index


def bucket(value: float, edges: Sequence[float]) -> int:
    """The place of a value between edges; `len(edges) + 1` is left for "not known"."""
    return bisect_right(edges, value)


def pitch_key(midi_number: int) -> int:
    """The key of a (moved) MIDI number; one outside the piano is moved in by octaves."""
    key = midi_number - LOWEST
    while key < 0:
        key += 12
    while key >= PITCHES:
        key -= 12
    return key


@dataclass(slots=True)
class Cell:
    """The notes of one part in one measure, by position: [(pitch, duration symbol), …] upwards."""

    groups: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    positions: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Cell":
        """The cell of (position, pitch, duration) events in any order; doubled pitches once."""
        groups: dict[int, dict[int, int]] = {}
        for position, pitch, duration in events:
            group = groups.setdefault(position, {})
            group[pitch] = max(duration, group.get(pitch, 0))
        positions = sorted(groups)
        return cls({p: sorted(groups[p].items()) for p in positions}, positions)

    def events(self) -> list[Event]:
        """The events by position, then pitch."""
        return [(at, *note) for at in self.positions for note in self.groups[at]]

    def append(self, position: int, pitch: int, duration: int) -> None:
        """Add the next event of the cell in order."""
        if position not in self.groups:
            self.positions.append(position)
            self.groups[position] = []
        self.groups[position].append((pitch, duration))


@dataclass(frozen=True, slots=True)
class Bar:
    """A measure of the grid: first tick, length in ticks, meter class."""

    start: int
    length: int
    meter: int


class Walker:
    """Walks along one part's cells note by note and tells what is known before each choice.

    `cells` holds what may be seen of the part by measure, None where nothing may: what is
    written is put there as it goes. `phase` is the number of the first measure in its period.
    """

    def __init__(
        self, bars: Sequence[Bar], cells: Sequence[Cell | None], first: int = 0, phase: int = 0
    ) -> None:
        self._bars, self.cells, self._phase = bars, list(cells), phase
        self.measure = first
        self._heard: list[int] = []
        self._duration = NO_DURATION
        self._group: list[int] = []
        self._before: list[int] = []
        self._runs = [0] * len(OFFSETS)
        self._aligned: list[int | None] = [None] * len(SEQUENCES)
        self._proposed: list[tuple[int, int]] = []
        self._open()

    def fork(self) -> "Walker":
        """An independent copy at the beginning of a measure."""
        twin = object.__new__(Walker)
        twin.__dict__.update(self.__dict__)
        for name in ("cells", "_heard", "_group", "_before", "_runs", "_aligned", "_current"):
            setattr(twin, name, list(getattr(self, name)))
        twin.written = Cell()
        return twin

    def forget(self, worn: Collection[tuple[Event, ...]]) -> None:
        """Let sources that hold one of these contents propose nothing in this measure."""
        for index, cell in enumerate(self._current):
            if cell is not None and tuple(cell.events()) in worn:
                self._current[index] = None

    def _open(self) -> None:
        """Begin a measure."""
        self.cursor = -1
        self.count = 0
        self._notes = 0
        self.written = Cell()
        self._current: list[Cell | None] = []
        for offset in OFFSETS:
            at = self.measure + offset
            self._current.append(self.cells[at] if 0 <= at < len(self.cells) else None)

    def ahead(self) -> list[int]:
        """The row of `WALK_COLUMNS` before the next position is chosen."""
        heard, bar = self._heard, self._bars[self.measure]
        last = heard[-1] if heard else NO_PITCH
        group = self._group or self._before
        nexts = [self._next(cell) for cell in self._current]
        self._nexts = nexts
        return [
            self.cursor if self.cursor >= 0 else LONGEST,
            min(self.count, 8),
            last,
            self._duration,
            self._interval(1),
            self._interval(2),
            group[0] if group else NO_PITCH,
            group[-1] if group else NO_PITCH,
            min(self._notes, 16),
            bar.meter,
            (self.measure + self._phase) % 8,
            min(bar.length // 6, 33),
            *nexts,
            *(
                NO_RUN if cell is None else min(run, NO_RUN - 1)
                for cell, run in zip(self._current, self._runs, strict=True)
            ),
        ]

    def _next(self, cell: Cell | None) -> int:
        if cell is None:
            return NO_POSITION
        cursor = self.cursor
        if cursor in cell.groups and len(cell.groups[cursor]) > self.count:
            return cursor
        index = bisect_right(cell.positions, cursor)
        return cell.positions[index] if index < len(cell.positions) else END

    def note(self, position: int) -> list[int]:
        """The row of `NOTE_COLUMNS` once the position of the next note is chosen."""
        count = self.count if position == self.cursor else 0
        before = self._before if position == self.cursor else (self._group or self._before)
        reference = before[min(count, len(before) - 1)] if before else NO_PITCH
        proposed: list[tuple[int, int]] = []
        for cell in self._current:
            group = cell.groups.get(position) if cell is not None else None
            if group is not None and count < len(group):
                proposed.append(group[count])
            else:
                proposed.append((NO_PITCH, NO_DURATION))
        self._proposed = proposed
        return [
            position,
            min(97, position - max(0, self.cursor)),
            min(count, 8),
            reference,
            *(pitch for pitch, _ in proposed),
            *(self._sequence(index, proposed[index][0]) for index in SEQUENCES),
            *(duration for _, duration in proposed),
        ]

    def _sequence(self, index: int, pitch: int) -> int:
        """The last pitch moved as the source moved, in steps of the scale."""
        from_pitch = self._aligned[index]
        if pitch == NO_PITCH or from_pitch is None or not self._heard:
            return NO_PITCH
        steps = _steps(self._heard[-1]) + _steps(pitch) - _steps(from_pitch)
        found = 12 * (steps // 7) + _SEMITONES[steps % 7] - 9
        return found if 0 <= found < PITCHES else NO_PITCH

    def push(self, position: int, pitch: int, duration: int) -> None:
        """Write this note next; `ahead` and `note(position)` were asked before."""
        for index, (wanted, duration_there) in enumerate(self._proposed):
            same = self._nexts[index] == position and wanted == pitch and duration_there == duration
            self._runs[index] = self._runs[index] + 1 if same else 0
        for index in SEQUENCES:
            wanted = self._proposed[index][0]
            self._aligned[index] = wanted if wanted != NO_PITCH else None
        if position != self.cursor:
            if self._group:
                self._before = self._group
            self._group = []
            self.cursor, self.count = position, 0
        self._group.append(pitch)
        self.count += 1
        self._notes += 1
        self._heard = [*self._heard[-2:], pitch]
        self._duration = duration
        self.written.append(position, pitch, duration)

    def end(self) -> None:
        """End the measure; `ahead` was asked before."""
        for index, wanted in enumerate(self._nexts):
            if wanted != END:
                self._runs[index] = 0
        self.cells[self.measure] = self.written
        self.measure += 1
        if self._group:
            self._before = self._group
        self._group = []
        if self.measure < len(self._bars):
            self._open()

    def _interval(self, age: int) -> int:
        heard = self._heard
        if len(heard) <= age:
            return INTERVALS - 1
        move = heard[-age] - heard[-age - 1]
        return max(-_INTERVAL_CAP, min(_INTERVAL_CAP, move)) + _INTERVAL_CAP


def _steps(pitch: int) -> int:
    octave, pitch_class = divmod(pitch + 9, 12)
    return 7 * octave + _STEP[pitch_class]
