"""What sounds in a phrase, as arrays: the one reading that every listening function shares."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Phrase, meter_at
from antiphon.bridge.music.time import TimeSignature

# Felt beats a minute where no tempo is given.
USUAL_TEMPO = 100.0
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sound:
    """The sounding notes of the pitched parts in order of onset, and the grid of felt beats.

    `onset` and `duration` are quarters, `time` the onset in seconds, `part` the index of the
    part in the phrase. `beats` are where felt beats begin, with the end of the music last;
    `in_measure` says for each beat which one of its measure it is, from 0, `measure` which measure.
    `drums` are the onsets of drum strokes.
    """

    notes: tuple[Note, ...]
    onset: Floats
    duration: Floats
    pitch: Ints
    velocity: Floats
    part: Ints
    time: Floats
    beats: Floats
    in_measure: Ints
    measure: Ints
    drums: Floats
    seconds: float

    @property
    def end(self) -> Floats:
        """Where each note stops, in quarters."""
        return self.onset + self.duration

    @property
    def is_silent(self) -> bool:
        """Whether no pitched part sounds."""
        return len(self.notes) == 0


def sound_of(phrase: Phrase) -> Sound:
    """The arrays of a phrase."""
    rows = [
        (note, index)
        for index, part in enumerate(phrase.parts)
        if not part.is_drums
        for note in sounding(part.notes)
    ]
    rows.sort(key=lambda row: (row[0].onset, row[0].pitch.midi_number))
    notes = tuple(note for note, _ in rows)
    onset = np.array([float(note.onset) for note in notes])
    drums = [float(n.onset) for p in phrase.parts if p.is_drums for n in p.notes if not n.is_grace]
    beats, places, measures = _grid(phrase)
    clock = _Clock(phrase)
    return Sound(
        notes, onset, np.array([float(note.duration) for note in notes]),
        np.array([note.pitch.midi_number for note in notes], dtype=np.int64),
        np.array([float(note.velocity) for note in notes]),
        np.array([index for _, index in rows], dtype=np.int64),
        np.array([clock.seconds(at) for at in onset]),
        np.array(beats), np.array(places, dtype=np.int64), np.array(measures, dtype=np.int64),
        np.sort(np.array(drums)), clock.seconds(float(phrase.length)),
    )  # fmt: skip


def felt_beat(meter: TimeSignature) -> Fraction:
    """The length of a felt beat in quarters; of 2/2 and of 3/8 as well."""
    return meter.beat_duration


def _grid(phrase: Phrase) -> tuple[list[float], list[int], list[int]]:
    """Felt beats with the end last; a short first measure counts back from its end."""
    beats: list[float] = []
    places: list[int] = []
    measures: list[int] = []
    for index, measure in enumerate(phrase.measures):
        if measure.duration <= 0:
            continue
        meter = meter_at(phrase, measure.onset)
        beat = felt_beat(meter)
        missing = meter.measure_duration - measure.duration
        skipped = missing if index == 0 and missing > 0 else Fraction(0)
        count = max(1, -((-meter.measure_duration) // beat))
        for place in range(int(count)):
            at = measure.onset + place * beat - skipped
            if at + beat <= measure.onset or at >= measure.end:
                continue
            beats.append(float(max(at, measure.onset)))
            places.append(place)
            measures.append(index)
    if not beats:
        beats, places, measures = [0.0], [0], [0]
    end = max(float(phrase.length), beats[-1] + 1e-3)
    return [*beats, end], places, measures


class _Clock:
    """Seconds of an onset under the tempos of a phrase."""

    def __init__(self, phrase: Phrase) -> None:
        tempos = sorted(phrase.tempos, key=lambda tempo: tempo.onset)
        self._onsets = [float(tempo.onset) for tempo in tempos]
        self._rates = [60 / tempo.quarters_per_minute for tempo in tempos]
        if not self._onsets or self._onsets[0] > 0:
            self._onsets.insert(0, 0.0)
            beat = float(meter_at(phrase, Fraction(0)).beat_duration)
            self._rates.insert(0, self._rates[0] if self._rates else 60 / USUAL_TEMPO / beat)
        self._marks = [0.0]
        for index in range(1, len(self._onsets)):
            span = self._onsets[index] - self._onsets[index - 1]
            self._marks.append(self._marks[-1] + span * self._rates[index - 1])

    def seconds(self, onset: float) -> float:
        index = bisect_right(self._onsets, onset) - 1
        return self._marks[index] + (onset - self._onsets[index]) * self._rates[index]
