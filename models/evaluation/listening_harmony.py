"""Keys, chords and numerals against human analyses of When in Rome, on pieces kept for tests."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.chords import KINDS
from antiphon.bridge.music.phrase import Phrase
from antiphon.models.evaluation.listening_keys import by_music21 as by_analyser
from antiphon.models.evaluation.report import Cell, Table
from antiphon.models.evaluation.roman_text import Told, analysis_of
from antiphon.models.listening.harmony import (
    KIND_NAMES,
    Beat,
    beats_heard,
    fits,
    key_fits,
    weights_of,
)
from antiphon.models.listening.sound import Sound, sound_of

PUBLIC_TEST = frozenset([
    "102.7", "110.7", "112.5", "114.7", "126.6", "13.6", "148.6", "153.9", "159.5", "174.5",
    "184.5", "197.10", "197.5", "244.3", "245.14", "245.37", "245.5", "248.46-5", "256", "270",
    "276", "289", "290", "291", "292", "294", "298", "306", "311", "32.6", "326", "327", "338",
    "339", "340", "350", "36.8-2", "361", "37.6", "371", "393", "40.8", "404", "405", "410",
    "419", "429", "43.11", "430", "431", "45.7", "57.8", "60.5", "64.4", "65.7", "67.7",
    "69.6-a", "7.7", "78.7", "85.6", "89.6", "9.7", "90.5", "99.6",
])  # fmt: skip
_MOST_SONGS, _MOST_CHORALES = 20, 40
_QUALITIES = {
    frozenset(step % 12 for step in KINDS[kind].intervals): kind
    for kind in ("major", "minor", "diminished", "augmented", "dominant", "minor-seventh",
                 "major-seventh", "half-diminished", "diminished-seventh")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece with a human analysis: its name, music and what was told."""

    name: str
    phrase: Phrase
    told: Sequence[Told]


def chorales(data: Path, *, test: bool) -> Iterator[Piece]:
    """The analysed Bach chorales of music21's corpus, of the public test side or the other."""
    from music21 import corpus

    found = find_spec("music21")
    assert found is not None and found.origin is not None
    folder = Path(found.origin).parent / "corpus" / "bach"
    chorale_list: Any = corpus.chorales.ChoraleList
    numbers = chorale_list().byRiemenschneider
    base = data / "when_in_rome" / "Corpus" / "Early_Choral" / "Bach,_Johann_Sebastian" / "Chorales"
    for place in sorted(base.glob("*/analysis.txt")):
        row = numbers.get(int(place.parent.name))
        name = str(row["bwv"]) if row else ""
        path = folder / f"bwv{name}.mxl"
        if row is None or (name in PUBLIC_TEST) != test or not path.is_file():
            continue
        yield from _piece(name, path, place)


def songs(data: Path, *, test: bool) -> Iterator[Piece]:
    """The analysed OpenScore songs: every fifth one is the test side."""
    base = data / "when_in_rome" / "Corpus" / "OpenScore-LiederCorpus"
    for index, place in enumerate(sorted(base.rglob("analysis.txt"))):
        if (index % 5 == 0) != test:
            continue
        folder = data / "openscore_lieder" / "scores" / place.parent.relative_to(base)
        for path in sorted(folder.glob("*.mxl"))[:1]:
            yield from _piece(place.parent.name, path, place)


def _piece(name: str, path: Path, place: Path) -> Iterator[Piece]:
    try:
        phrase = read_phrase(path.read_bytes(), path.name)
        told = analysis_of(place.read_text(), phrase)
    except (AntiphonError, OSError, ValueError):
        return
    # An analysis of another edition does not fit the measures.
    if len(told) > 8 and told[-1].onset > 0.6 * phrase.length:
        yield Piece(name, phrase, told)


Answer = Callable[[Phrase, Sound], list[Beat]]


def ours(phrase: Phrase, sound: Sound) -> list[Beat]:
    """What `antiphon analyze` finds, without the key signature."""
    return beats_heard(phrase, sound)


def template(phrase: Phrase, sound: Sound) -> list[Beat]:
    """The plain baseline: the chord of each beat by its template alone, one key for the piece."""
    weights, bass = weights_of(sound, sound.beats)
    best = fits(weights, bass).argmax(1)
    key = int(key_fits(weights.sum(0, keepdims=True), 0).argmax())
    return [
        Beat(
            key, int(state) % 12, KIND_NAMES[int(state) // 12], int(low) % 12 if low >= 0 else None
        )
        for state, low in zip(best, bass, strict=True)
    ]


def by_music21(phrase: Phrase, sound: Sound) -> list[Beat]:
    """music21: the chord that sounds on each beat, and its key analysis of the whole."""
    from music21 import chord

    key = by_analyser("AardenEssen")(phrase)
    answer: list[Beat] = []
    for at in sound.beats[:-1]:
        own = sound.pitch[(sound.onset <= at + 1e-3) & (sound.end > at + 1e-3)]
        if not len(own):
            answer.append(answer[-1] if answer else Beat(key, None, "major", None))
            continue
        heard = chord.Chord([int(p) for p in own])
        root = heard.root().pitchClass
        tones = frozenset((p.pitchClass - root) % 12 for p in heard.pitches)
        kind = _QUALITIES.get(tones) or {
            "minor": "minor", "diminished": "diminished", "augmented": "augmented"
        }.get(heard.quality, "major")  # fmt: skip
        answer.append(Beat(key, root, kind, int(own.min()) % 12))
    return answer


def agreement(piece: Piece, answer: Answer) -> np.ndarray:
    """Of the beats that the analyst covers: shares of key, root, quality, numeral, inversion."""
    sound = sound_of(piece.phrase)
    beats = answer(piece.phrase, sound)
    rows, at = [], -1
    for edge, beat in zip(sound.beats[:-1], beats, strict=True):
        while at + 1 < len(piece.told) and float(piece.told[at + 1].onset) <= edge + 1e-6:
            at += 1
        if at < 0:
            continue
        told = piece.told[at]
        kind = _QUALITIES.get(frozenset((tone - told.root) % 12 for tone in told.tones))
        key, root = beat.key == told.key, beat.root == told.root
        quality = root and kind == beat.kind
        inverted = quality and key and _bass(beat) == told.bass
        rows.append((key, root, quality, key and quality, inverted))
    return np.array(rows, dtype=float).reshape(-1, 5)


def _bass(beat: Beat) -> int | None:
    tones = {((beat.root or 0) + step) % 12 for step in KINDS[beat.kind].intervals}
    return beat.bass if beat.bass in tones else beat.root


def tables(data: Path) -> Iterator[Table]:
    """Agreement with the analysts, beat by beat, beside music21 and a template."""
    columns = ("who", "key", "root", "root and quality", "numeral", "numeral and inversion")
    for title, pieces in (
        ("Bach chorales of the public test side", list(chorales(data, test=True))[:_MOST_CHORALES]),
        ("Songs of OpenScore", list(songs(data, test=True))[:_MOST_SONGS]),
    ):
        if not pieces:
            continue
        rows: list[tuple[Cell, ...]] = []
        for name, answer in (("antiphon", ours), ("music21", by_music21), ("template", template)):
            found = np.concatenate([agreement(piece, answer) for piece in pieces])
            rows.append((name, *(float(x) for x in found.mean(0))))
        yield Table(
            f"Keys, chords and numerals: {title} ({len(pieces)} pieces, {len(found)} beats)",
            columns, tuple(rows),
        )  # fmt: skip
