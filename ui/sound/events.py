"""Phrases as what is heard when: seconds by the tempo map, notes with their programs, beats."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase, meter_at
from antiphon.bridge.music.time import Tempo

DRUM_CHANNEL = 9
_DEFAULT_TEMPO = 120.0
_GRACE_SECONDS = 0.07
# A note ends a little early, so that the next one of the same pitch is heard to begin.
_GAP_SECONDS = 0.012
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


@dataclass(frozen=True, slots=True)
class Sounding:
    """One note as it is played: seconds from the beginning, MIDI pitch, velocity and program."""

    start: float
    end: float
    pitch: int
    velocity: int
    channel: int
    program: int


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat of the meter, in seconds; a downbeat opens its measure."""

    seconds: float
    is_downbeat: bool


class TempoMap:
    """Quarters to seconds and back, through all tempos of a phrase; 120 where none is given."""

    def __init__(self, tempos: Iterable[Tempo]) -> None:
        ordered = sorted(tempos, key=lambda tempo: tempo.onset)
        first = ordered[0].quarters_per_minute if ordered else _DEFAULT_TEMPO
        self._quarters, self._seconds, self._pace = [0.0], [0.0], [60 / first]
        for tempo in ordered:
            onset = float(tempo.onset)
            if onset <= self._quarters[-1]:
                self._pace[-1] = 60 / tempo.quarters_per_minute
                continue
            self._seconds.append(self.seconds(onset))
            self._quarters.append(onset)
            self._pace.append(60 / tempo.quarters_per_minute)

    def seconds(self, quarters: float) -> float:
        """When a place is reached, in seconds from the beginning."""
        place = max(0, bisect_right(self._quarters, quarters) - 1)
        return self._seconds[place] + (quarters - self._quarters[place]) * self._pace[place]

    def quarters(self, seconds: float) -> float:
        """The place that is reached after some seconds."""
        place = max(0, bisect_right(self._seconds, seconds) - 1)
        return self._quarters[place] + (seconds - self._seconds[place]) / self._pace[place]


def soundings(phrase: Phrase) -> tuple[Sounding, ...]:
    """All notes of a phrase as they are played, by start; repeats are played once.

    Parts take the MIDI channels in turn, drum parts the tenth.
    """
    tempos = TempoMap(phrase.tempos)
    found: list[Sounding] = []
    pitched = 0
    for part in phrase.parts:
        channel = DRUM_CHANNEL
        if not part.is_drums:
            channel = _MELODIC_CHANNELS[pitched % len(_MELODIC_CHANNELS)]
            pitched += 1
        found += [_played(note, part, channel, tempos) for note in _heard(part)]
    return tuple(sorted(found, key=lambda played: (played.start, played.channel, played.pitch)))


def _heard(part: Part) -> Iterable[Note]:
    yield from (n for n in part.notes if n.is_grace and 0 <= n.pitch.midi_number <= 127)
    yield from (n for n in sounding(part.notes) if 0 <= n.pitch.midi_number <= 127)


def _played(note: Note, part: Part, channel: int, tempos: TempoMap) -> Sounding:
    start = tempos.seconds(float(note.onset))
    if note.is_grace:
        start, end = max(0.0, start - _GRACE_SECONDS), start
    else:
        end = tempos.seconds(float(note.end))
        end -= min(_GAP_SECONDS, (end - start) / 4)
    return Sounding(
        start, max(end, start + 0.02), note.pitch.midi_number, note.velocity, channel, part.program
    )


def beats(phrase: Phrase) -> tuple[Beat, ...]:
    """The beats of all measures of a phrase, in seconds."""
    tempos = TempoMap(phrase.tempos)
    found = []
    for measure in phrase.measures:
        step = meter_at(phrase, measure.onset).beat_duration
        at = Fraction(0)
        while at < measure.duration:
            found.append(Beat(tempos.seconds(float(measure.onset + at)), at == 0))
            at += step
    return tuple(found)


def length_seconds(phrase: Phrase) -> float:
    """How long a phrase lasts, in seconds."""
    return TempoMap(phrase.tempos).seconds(float(phrase.length))
