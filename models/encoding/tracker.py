"""What is known at an onset before the next event is chosen: the input of the melody networks.

The look-back idea is Magenta's (Waite 2016, "Generating long-term structure in songs and
stories"); the match models are those of the PAQ compressors (Mahoney 2005), here once on the
notes themselves and once on steps of the scale, which finds sequences.
"""

from dataclasses import dataclass
from typing import Self

from antiphon.models.encoding.grid import METER_CLASSES, Span
from antiphon.models.encoding.vocabulary import (
    HOLD,
    PITCH_SYMBOLS,
    REST,
    Durations,
    pitch_symbol,
    symbol_pitch,
)

LOOK_BACKS = (1, 2, 4, 8)
NO_PITCH = PITCH_SYMBOLS
POSITIONS = 192
_RUN_CAP = 7
RUNS = 2 * (_RUN_CAP + 1) + 1
LENGTHS = 17
_INTERVAL_CAP = 12
INTERVALS = 2 * _INTERVAL_CAP + 2
PHASES = 8
_STEP = (0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6)
_PITCH_CLASS = (0, 2, 4, 5, 7, 9, 11)
_REST_MOVE, _HOLD_MOVE = 98, 99
# Columns of a row of features.
COLUMNS = (
    "pitch", "duration", "sounding", "position", "meter", "mode", "phase", "interval", "interval_2",
    *(f"{name}_{back}" for back in LOOK_BACKS for name in ("pitch", "duration", "run")),
    "match_pitch", "match_duration", "match_length",
    "sequence_pitch", "sequence_duration", "sequence_length",
)  # fmt: skip
# Where each copying source writes: (pitch column, duration column, strength column).
SOURCES = tuple(
    (
        COLUMNS.index(pitch),
        COLUMNS.index(pitch.replace("pitch", "duration")),
        COLUMNS.index(strength),
    )
    for pitch, strength in (
        *((f"pitch_{back}", f"run_{back}") for back in LOOK_BACKS),
        ("match_pitch", "match_length"),
        ("sequence_pitch", "sequence_length"),
    )
)


def column_sizes(durations: Durations) -> dict[str, int]:
    """How many values each column of a row of features can take."""
    fixed = {
        "sounding": PITCH_SYMBOLS + 1, "position": POSITIONS, "meter": METER_CLASSES, "mode": 2,
        "phase": PHASES, "interval": INTERVALS, "interval_2": INTERVALS,
        "match_length": LENGTHS, "sequence_length": LENGTHS,
    }  # fmt: skip
    sizes = {}
    for name in COLUMNS:
        if name in fixed:
            sizes[name] = fixed[name]
        elif name.startswith("run"):
            sizes[name] = RUNS
        else:
            sizes[name] = (PITCH_SYMBOLS if "pitch" in name else len(durations.values)) + 1
    return sizes


@dataclass(slots=True)
class _Matcher:
    """Follows the latest earlier place whose last `order` codes equal the present ones."""

    order: int
    codes: list[int]
    places: dict[tuple[int, ...], int]
    place: int = -1
    length: int = 0

    def push(self, code: int) -> None:
        followed = self.place >= 0 and self.codes[self.place] == code
        self.codes.append(code)
        count = len(self.codes)
        key = tuple(self.codes[-self.order :])
        if followed:
            self.place, self.length = self.place + 1, min(LENGTHS - 1, self.length + 1)
        else:
            self.place, self.length = -1, 0
            if count >= self.order:
                self.place = self.places.get(key, -1)
                if self.place >= 0:
                    self.length = self._common(count, self.place)
        if count >= self.order:
            self.places[key] = count

    def _common(self, end: int, place: int) -> int:
        length = 0
        while length < LENGTHS - 1 and length < place:
            if self.codes[place - 1 - length] != self.codes[end - 1 - length]:
                break
            length += 1
        return length

    def copy(self) -> "_Matcher":
        return _Matcher(self.order, self.codes[:], dict(self.places), self.place, self.length)


class Tracker:
    """Walks along a melody event by event and gives the row of features before each.

    `spans` are its measures (the last one repeats for ever), `number` the printed number of
    the first full measure, `onset` the tick where the events begin.
    """

    def __init__(
        self, spans: tuple[Span, ...], durations: Durations, is_minor: bool, number: int, onset: int
    ) -> None:
        self._spans = list(spans)
        self._durations = durations
        self._mode = int(is_minor)
        self._start = onset
        self._measure = 0
        self.onset = onset
        first_is_pickup = spans[0].start < 0 or spans[0].start + spans[0].length <= 0
        self._number = number - 1 if first_is_pickup else number
        self.pitches: list[int] = []
        self.lengths: list[int] = []
        self._sounding: list[int] = []
        self._onsets: list[int] = []
        self._owner: list[int] = []
        self._runs = [0] * len(LOOK_BACKS)
        self._heard = [NO_PITCH] * 3
        self._match = _Matcher(3, [], {})
        self._sequence = _Matcher(4, [], {})
        self._find_measure()

    @property
    def span(self) -> Span:
        """The measure that holds the present onset."""
        return self._spans[self._measure]

    def fork(self) -> Self:
        """An independent copy at the same place."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        for name in (
            "_spans",
            "pitches",
            "lengths",
            "_sounding",
            "_onsets",
            "_owner",
            "_runs",
            "_heard",
        ):
            setattr(twin, name, getattr(self, name)[:])
        twin._match = self._match.copy()
        twin._sequence = self._sequence.copy()
        return twin

    def features(self) -> list[int]:
        """The row of features at the present onset, in the order of `COLUMNS`."""
        silent = len(self._durations.values)
        span = self.span
        row = [
            self.pitches[-1] if self.pitches else NO_PITCH,
            self.lengths[-1] if self.lengths else silent,
            self._heard[0],
            min(self.onset - span.start, POSITIONS - 1),
            span.meter,
            self._mode,
            (self._number + self._measure - 1) % PHASES,
            self._interval(0),
            self._interval(1),
        ]
        for index, back in enumerate(LOOK_BACKS):
            row += self._look_back(back, self._runs[index])
        row += self._matched()
        row += self._sequel()
        return row

    def push(self, pitch: int, duration: int) -> None:
        """Take the event of these symbols as the next one and move to its end."""
        for index, back in enumerate(LOOK_BACKS):
            seen, length, run = self._look_back(back, 0)
            same = run == 0 and seen == pitch and length == duration
            self._runs[index] = self._runs[index] + 1 if same else 0
        event = len(self.pitches)
        if pitch not in (REST, HOLD):
            move = _steps(pitch) - _steps(self._heard[0]) if self._heard[0] != NO_PITCH else 0
            self._heard = [pitch, *self._heard[:2]]
        else:
            move = _REST_MOVE if pitch == REST else _HOLD_MOVE
        sounding = pitch if pitch != HOLD else (self._sounding[-1] if self._sounding else REST)
        ticks = self._durations.values[duration]
        self.pitches.append(pitch)
        self.lengths.append(duration)
        self._sounding.append(sounding)
        self._onsets.append(self.onset)
        self._owner += [event] * ticks
        self.onset += ticks
        self._match.push(pitch * 256 + duration)
        self._sequence.push(move * 256 + duration)
        self._find_measure()

    def _find_measure(self) -> None:
        while self.onset >= self.span.end:
            self._measure += 1
            if self._measure == len(self._spans):
                last = self._spans[-1]
                self._spans.append(Span(last.end, last.length, last.meter))

    def _interval(self, age: int) -> int:
        new, old = self._heard[age], self._heard[age + 1]
        if NO_PITCH in (new, old):
            return INTERVALS - 1
        return max(-_INTERVAL_CAP, min(_INTERVAL_CAP, new - old)) + _INTERVAL_CAP

    def _look_back(self, back: int, run: int) -> list[int]:
        """Pitch, (remaining) duration and run of agreement `back` measures ago at this position."""
        nothing = [NO_PITCH, len(self._durations.values), RUNS - 1]
        if self._measure < back:
            return nothing
        span = self._spans[self._measure - back]
        position = self.onset - self.span.start
        tick = span.start + position - self._start
        if position >= span.length or not 0 <= tick < len(self._owner):
            return nothing
        event = self._owner[tick]
        late = tick + self._start - self._onsets[event]
        capped = min(run, _RUN_CAP)
        if not late:
            return [self.pitches[event], self.lengths[event], capped]
        left = self._durations.values[self.lengths[event]] - late
        return [self._sounding[event], self._durations.nearest(left), capped + _RUN_CAP + 1]

    def _matched(self) -> list[int]:
        place = self._match.place
        if place < 0:
            return [NO_PITCH, len(self._durations.values), 0]
        return [self.pitches[place], self.lengths[place], self._match.length]

    def _sequel(self) -> list[int]:
        place = self._sequence.place
        if place < 0:
            return [NO_PITCH, len(self._durations.values), 0]
        pitch = self.pitches[place]
        if pitch not in (REST, HOLD) and self._heard[0] != NO_PITCH:
            # An event's code is its move in steps times 256 plus its duration symbol.
            step = _steps(self._heard[0]) + (self._sequence.codes[place] >> 8)
            pitch = pitch_symbol(12 * (step // 7) + _PITCH_CLASS[step % 7])
        return [pitch, self.lengths[place], self._sequence.length]


def _steps(symbol: int) -> int:
    midi_number = symbol_pitch(symbol)
    return 7 * (midi_number // 12) + _STEP[midi_number % 12]
