"""How hard a part is to play: speed, leaps, compass, chords, rhythm and accidentals, 1 … 9.

What makes a piece hard is after Sébastien, Ralambondrainy, Sébastien and Conruyt, "Score Analyzer:
automatically determining scores difficulty level" (2012), and Chiu and Chen, "A study on difficulty
level recognition of piano sheet music" (2012). The weights are ours: each cue is scaled so that 0
is a first lesson and 1 a concert study.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from antiphon.bridge.music.analysis import PartReading
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase, key_at
from antiphon.bridge.music.words import range_in_words
from antiphon.models.listening.sound import Sound

_SPREAD_MIDDLE = 60


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing that makes a part hard: its name in words, how strong (0 … 1), its weight."""

    words: str
    strength: float
    weight: float


def readings(phrase: Phrase, sound: Sound) -> tuple[PartReading, ...]:
    """Compass and difficulty of each pitched part that has notes."""
    found = []
    rate = len(np.unique(np.round(sound.time, 3))) and sound.seconds / max(
        1e-6, float(phrase.length)
    )
    for part in phrase.parts:
        notes = sounding(part.notes)
        if part.is_drums or not notes:
            continue
        key = key_at(phrase, phrase.length / 2)
        found.append(_reading(part, notes, float(rate) or 0.6, key))
    return tuple(found)


def _reading(
    part: Part, notes: Sequence[Note], rate: float, key: KeySignature | None
) -> PartReading:
    pitches = [note.pitch.midi_number for note in notes]
    cues = cues_of(notes, rate, key)
    told = sorted(cues, key=lambda cue: -cue.strength * cue.weight)
    return PartReading(
        part.id, part.name or "Unnamed part", len(notes), min(pitches), max(pitches),
        range_in_words(notes), round(grade(cues), 1),
        tuple(cue.words for cue in told if cue.strength > 0.25)[:3],
    )  # fmt: skip


def grade(cues: Sequence[Cue]) -> float:
    """The difficulty of cues, 1 … 9: their weighted mean, the strongest one counted again."""
    total = sum(cue.weight for cue in cues) or 1.0
    mean = sum(cue.strength * cue.weight for cue in cues) / total
    hardest = max((cue.strength * cue.weight for cue in cues), default=0.0)
    return float(np.clip(1 + 8 * (1.15 * mean + 0.12 * hardest), 1, 9))


def cues_of(notes: Sequence[Note], rate: float, key: KeySignature | None = None) -> list[Cue]:
    """What makes some notes hard; `rate` is seconds a quarter."""
    onset = np.array([float(note.onset) for note in notes])
    pitch = np.array([note.pitch.midi_number for note in notes])
    length = np.array([float(note.duration) for note in notes])
    span = max(1.0, float((onset + length).max() - onset.min()))
    starts, counts = np.unique(np.round(onset, 3), return_counts=True)
    waits = np.diff(starts) * rate
    speed = float(np.percentile(1 / np.maximum(waits, 0.02), 80)) if len(waits) else 0.5
    leaps = _leaps(onset, pitch)
    stretch = _stretch(onset, pitch)
    events = len(starts) / (span * rate)
    scale = key.scale if key else frozenset(range(12))
    accidentals = float(np.mean([p % 12 not in scale for p in pitch]))
    signs = abs(key.fifths) / 7 if key else 0.0
    return [
        Cue("fast notes", _scaled(speed, 1.2, 11.0), 1.2),
        Cue("many notes", _scaled(len(notes) / (span * rate), 1.0, 14.0), 1.5),
        Cue("wide leaps", _scaled(leaps, 2.0, 9.0), 0.9),
        Cue("a wide compass", _scaled(float(pitch.max() - pitch.min()), 8, 62), 1.3),
        Cue("full chords", _scaled(float(counts.mean()), 1.0, 4.0), 0.9),
        Cue("wide stretches", _scaled(stretch, 5, 14), 0.5),
        Cue("uneven rhythm", _scaled(_rhythm_entropy(starts), 0.3, 2.6), 0.9),
        Cue("several voices", _scaled(_independence(onset, length), 1.0, 3.5), 0.9),
        Cue("accidentals", _scaled(accidentals + 0.12 * signs, 0.0, 0.22), 0.9),
        Cue("length", _scaled(float(np.log2(max(8, events * span * rate))), 4.5, 11.0), 1.0),
    ]


def _scaled(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def _leaps(onset: np.ndarray, pitch: np.ndarray) -> float:
    """Mean size of the moves of the outer voices, in semitones."""
    tops, lows = [], []
    for at in np.unique(np.round(onset, 3)):
        own = pitch[np.abs(onset - at) < 2e-3]
        tops.append(own.max())
        if len(own) > 1:
            lows.append(own.min())
    moves = [np.abs(np.diff(line)) for line in (tops, lows) if len(line) > 1]
    return float(np.concatenate(moves).mean()) if moves else 0.0


def _stretch(onset: np.ndarray, pitch: np.ndarray) -> float:
    """The widest usual span of notes struck together by one hand, in semitones."""
    spans = []
    for at in np.unique(np.round(onset, 3)):
        own = pitch[np.abs(onset - at) < 2e-3]
        for hand in (own[own >= _SPREAD_MIDDLE], own[own < _SPREAD_MIDDLE]):
            if len(hand) > 1:
                spans.append(hand.max() - hand.min())
    return float(np.percentile(spans, 90)) if spans else 0.0


def _rhythm_entropy(starts: np.ndarray) -> float:
    waits = np.round(np.diff(starts), 3)
    if not len(waits):
        return 0.0
    _, counts = np.unique(waits, return_counts=True)
    share = counts / counts.sum()
    return float(-(share * np.log2(share)).sum())


def _independence(onset: np.ndarray, length: np.ndarray) -> float:
    """How many notes sound at a time while something begins."""
    starts = np.unique(np.round(onset, 3))
    ends = onset + length
    held = [np.count_nonzero((onset <= at + 1e-3) & (ends > at + 1e-3)) for at in starts[:600]]
    return float(np.mean(held)) if held else 1.0
