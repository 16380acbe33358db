"""The key of whole pieces whose key is known, found without the key signature."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.models.evaluation.report import Table
from antiphon.models.listening.analyze import likely_signature
from antiphon.models.listening.features import is_line
from antiphon.models.listening.harmony import beats_heard
from antiphon.models.listening.sound import sound_of
from antiphon.models.theory.keys import find_key
from antiphon.models.training.listening_data import phrase_of

_PIECES = 60
_TONIC = re.compile(r"([A-G])([b#]?):(maj|min)")
_PITCHES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# music21's analysers by the names of their authors.
_ANALYSERS = ("KrumhanslSchmuckler", "AardenEssen", "BellmanBudge", "TemperleyKostkaPayne",
              "SimpleWeights")  # fmt: skip
Known = tuple[int, Phrase]


def nottingham(data: Path) -> Iterator[Known]:
    """Folk tunes with chord symbols, which are taken away: the key of field K."""
    paths = sorted((data / "nottingham" / "abc").rglob("*.abc"))
    for path in Random(5).sample(paths, min(_PIECES, len(paths))):
        yield from _signed(path)


def mutopia(data: Path) -> Iterator[Known]:
    """Printed music of all ages: the key that its MIDI file names with its mode."""
    paths = sorted((data / "mutopia").rglob("*.mid"))
    for path in Random(5).sample(paths, min(2 * _PIECES, len(paths))):
        yield from _signed(path)


def _signed(path: Path) -> Iterator[Known]:
    try:
        phrase = phrase_of(path)
    except (AntiphonError, OSError, ValueError, IndexError):
        return
    keys = phrase.key_signatures
    if len(keys) == 1 and keys[0].mode in ("major", "minor") and len(phrase.measures) < 200:
        number = keys[0].tonic + (12 if keys[0].is_minor else 0)
        yield number, replace(phrase, key_signatures=(), chords=())


def pop909(data: Path) -> Iterator[Known]:
    """Pop songs for piano with one key throughout."""
    paths = sorted((data / "pop909" / "POP909").glob("*/[0-9]*.mid"))
    for path in Random(5).sample(paths, min(_PIECES, len(paths))):
        lines = path.with_name("key_audio.txt").read_text().splitlines()
        found = _TONIC.search(lines[0]) if len(lines) == 1 else None
        if found:
            tonic = _PITCHES[found.group(1)] + {"b": -1, "#": 1, "": 0}[found.group(2)]
            phrase = read_phrase(path.read_bytes(), path.name)
            yield (
                tonic % 12 + (12 if found.group(3) == "min" else 0),
                replace(phrase, key_signatures=()),
            )


def ours(phrase: Phrase) -> int:
    """The key in which most beats lie, as `antiphon analyze` finds them."""
    sound = sound_of(phrase)
    line = is_line(sound)
    near = likely_signature(phrase, line=line)
    beats = beats_heard(phrase, sound, is_line=line, near=near)
    counts = Counter(beat.key for beat in beats)
    counts[beats[-1].key] += len(beats) // 8  # a piece ends at home
    return counts.most_common(1)[0][0]


def by_profile(phrase: Phrase) -> int:
    """The key that the theory engine finds at the end of a phrase."""
    key = find_key(phrase)
    return key.tonic + (12 if key.is_minor else 0)


def by_music21(name: str) -> Callable[[Phrase], int]:
    """A key analyser of music21, given how long each pitch class sounds in all."""

    def found(phrase: Phrase) -> int:
        from music21 import note, stream
        from music21.analysis import discrete

        sound = sound_of(phrase)
        total = np.bincount(sound.pitch % 12, weights=sound.duration, minlength=12)
        whole: Any = stream.Stream()
        for pitch, length in enumerate(total):
            if length > 0:
                item = note.Note(60 + pitch)
                item.quarterLength = round(float(length), 2) or 0.25
                whole.append(item)
        key = getattr(discrete, name)(whole).getSolution(whole)
        return int(key.tonic.pitchClass) + (12 if key.mode == "minor" else 0)

    return found


def mirex(truth: int, told: int) -> float:
    """The weighted score of MIREX: 1 exact, 0.5 a fifth away, 0.3 relative, 0.2 parallel."""
    if truth == told:
        return 1.0
    same = (truth >= 12) == (told >= 12)
    apart = (told - truth) % 12
    if same and apart in (5, 7):
        return 0.5
    if not same:
        relative = (truth % 12 + 9) % 12 if truth < 12 else (truth % 12 + 3) % 12
        if told % 12 == relative:
            return 0.3
        if told % 12 == truth % 12:
            return 0.2
    return 0.0


def tables(data: Path) -> Iterator[Table]:
    """Accuracy and MIREX score on three sets, beside music21's analysers and the profile alone."""
    answers: dict[str, Callable[[Phrase], int]] = {"antiphon": ours, "theory engine": by_profile}
    answers |= {f"music21 {name}": by_music21(name) for name in _ANALYSERS}
    rows = []
    for name, read in (
        ("folk tunes, melody", nottingham), ("printed music", mutopia), ("pop songs", pop909),
    ):  # fmt: skip
        pieces = list(read(data))
        if not pieces:
            continue
        common = Counter(truth for truth, _ in pieces).most_common(1)[0][0]
        for who, answer in answers.items():
            told = [(truth, answer(phrase)) for truth, phrase in pieces]
            rows.append((name, who, len(pieces), *_scores(told)))
        told = [(truth, common) for truth, _ in pieces]
        rows.append((name, "commonest key", len(pieces), *_scores(told)))
    yield Table(
        "Key of whole pieces, without key signature and chord symbols",
        ("pieces", "who", "number", "accuracy", "MIREX score"), tuple(rows),
    )  # fmt: skip


def _scores(told: list[tuple[int, int]]) -> tuple[float, float]:
    return (
        float(np.mean([truth == answer for truth, answer in told])),
        float(np.mean([mirex(truth, answer) for truth, answer in told])),
    )
