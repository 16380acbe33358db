"""Melodies out of files: which part is the melody, and what a folder of tunes holds."""

import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrases_from_abc
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie
from antiphon.bridge.music.time import Measure, Tempo, TimeSignature, measures_from_meter
from antiphon.models.encoding.melody import Melody, melody_of

SUFFIXES = (".mid", ".midi", ".smf", ".musicxml", ".xml", ".mxl", ".abc")
_MELODY_NAMES = re.compile(
    r"melod|vocal|voice|voix|voce|sopran|discant|cantus|canto|gesang|singstimme|\blead\b|\btune\b",
    re.IGNORECASE,
)
# A first part with more notes at a time than this is an accompaniment if a single line lies above.
_CHORDAL = 1.5
_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody with the file it came from, and its number there (from 0) in a book of tunes."""

    path: Path
    index: int
    melody: Melody


def melody_part(phrase: Phrase) -> Part | None:
    """The part that holds the melody, or None where no part has notes.

    The first one named after a melody or a voice; else the first that is no drum part, unless
    it is chordal and a later single line lies higher.
    """
    parts = [part for part in phrase.parts if part.notes and not part.is_drums]
    if not parts:
        return None
    for part in parts:
        if _MELODY_NAMES.search(part.name):
            return part
    first = parts[0]
    if _thickness(first) > _CHORDAL:
        for part in parts[1:]:
            if _thickness(part) <= 1.1 and _mean_pitch(part) > _mean_pitch(first):
                return part
    return first


def tunes_in_file(path: Path) -> list[Tune]:
    """The melody of each tune in a file; an ABC book holds several.

    A POP909 song is read in the beats of the `beat_midi.txt` beside it. Raises AntiphonError
    if the file cannot be read.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise AntiphonError("too-large", what=path.name, why="over 64 MB")
        data = path.read_bytes()
    except OSError as error:
        raise AntiphonError("unreadable-file", what=path.name, why=str(error.strerror)) from None
    if path.suffix.lower() == ".abc":
        phrases = phrases_from_abc(data, path.name)
    else:
        phrases = [read_phrase(data, path.name)]
        beats = path.with_name("beat_midi.txt")
        if path.suffix.lower() == ".mid" and beats.is_file():
            phrases = [in_beats(phrases[0], beats.read_text())]
    found = []
    for index, phrase in enumerate(phrases):
        part = melody_part(phrase)
        if part is not None:
            melody = melody_of(phrase, part)
            if melody.tones:
                found.append(Tune(path, index, melody))
    return found


def tune_files(folder: Path) -> Iterator[Path]:
    """The files below a folder whose names end like music, in order of their paths."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith("."):
            yield path


def _thickness(part: Part) -> float:
    starts = {(note.onset, note.staff) for note in part.notes if not note.is_grace}
    return len(part.notes) / max(1, len(starts))


def _mean_pitch(part: Part) -> float:
    return sum(note.pitch.midi_number for note in part.notes) / len(part.notes)


def in_beats(phrase: Phrase, text: str) -> Phrase:
    """The phrase on the beats of a POP909 beat file: time in seconds, two columns of downbeats."""
    rows = [line.split() for line in text.splitlines() if line.strip()]
    times = [float(row[0]) for row in rows]
    if len(times) < 2:
        return phrase
    downbeats = [i for i, row in enumerate(rows) if float(row[2]) == 1.0]
    gaps = [b - a for a, b in itertools.pairwise(downbeats)]
    beats = max(set(gaps), key=gaps.count) if gaps else 4
    first = downbeats[0] % beats if downbeats else 0
    seconds = _clock(phrase.tempos)

    def place(onset: Fraction) -> Fraction:
        time = seconds(onset)
        index = min(max(bisect_right(times, time) - 1, 0), len(times) - 2)
        part = (time - times[index]) / (times[index + 1] - times[index])
        return max(
            Fraction(0), Fraction(round((index + part) * 480), 480) + (beats - first) % beats
        )

    def moved(note: Note) -> Note:
        onset, end = place(note.onset), place(note.end)
        return Note(
            onset, max(end - onset, Fraction(1, 480)), note.pitch, note.velocity, tie=Tie.NONE
        )

    parts = tuple(
        Part(part.id, part.name, tuple(map(moved, part.notes)), part.program, part.is_drums)
        for part in phrase.parts
    )
    length = max((note.end for part in parts for note in part.notes), default=Fraction(1))
    meters = (TimeSignature(Fraction(0), beats, 4),)
    measures: tuple[Measure, ...] = measures_from_meter(meters, length)
    return Phrase(parts, measures, measures[-1].end, (), meters, title=phrase.title)


def _clock(tempos: Sequence[Tempo]) -> Callable[[Fraction], float]:
    onsets = [float(tempo.onset) for tempo in tempos] or [0.0]
    rates = [60 / tempo.quarters_per_minute for tempo in tempos] or [0.5]
    if onsets[0] > 0:
        onsets, rates = [0.0, *onsets], [0.5, *rates]
    marks = [0.0]
    for index in range(1, len(onsets)):
        marks.append(marks[-1] + (onsets[index] - onsets[index - 1]) * rates[index - 1])

    def seconds(onset: Fraction) -> float:
        index = bisect_right(onsets, float(onset)) - 1
        return marks[index] + (float(onset) - onsets[index]) * rates[index]

    return seconds
