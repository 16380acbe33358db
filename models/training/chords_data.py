"""Melodies with chords for the chords model: lead sheets, hymns and songs with what they sound."""

import json
import re
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrases_from_abc
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Part, Phrase, meter_at
from antiphon.bridge.music.pitch import pitch_from_fifths
from antiphon.models.encoding import halves as grid
from antiphon.models.encoding.melody import Melody, melody_of
from antiphon.models.encoding.reading import Tune as FileTune
from antiphon.models.encoding.reading import in_beats, melody_part
from antiphon.models.theory.chord_finding import chords_from_notes, halves_of
from antiphon.models.theory.keys import find_key
from antiphon.models.training.corpus import split_by_tune


@dataclass(frozen=True, slots=True)
class Sheet:
    """A tune with the chord symbol of each half (UNKNOWN where the source does not say)."""

    source: str
    name: str
    tune: grid.Tune
    chords: NDArray[np.int64]
    split: str = "train"


@dataclass(frozen=True, slots=True)
class Origin:
    """One data set: name, glob below the data folder, style of its tunes, licence and credit.

    Of its files every `every`-th is read.
    """

    name: str
    pattern: str
    style: str
    licence: str
    credit: str
    every: int = 1


ORIGINS = (
    Origin("nottingham", "nottingham/abc/**/*.abc", "folk", "GPL-3.0 (cleaned ABC)",
           "Nottingham Music Database, E. Foxley, J. Allwright; cleaned by Jukedeck"),
    Origin("openewld", "openewld/**/*.mxl", "song", "MIT (scores in the public domain)",
           "OpenEWLD, F. Simonetta"),
    Origin("pop909", "pop909/**/*.mid", "pop", "MIT",
           "POP909, Z. Wang, K. Chen, J. Jiang et al., Music X Lab"),
    Origin("openhymnal", "openhymnal/midi/*.mid", "hymn", "public domain",
           "Open Hymnal Project, B. J. Dumont"),
    Origin("openscore-lieder", "openscore_lieder/scores/**/*.mxl", "art", "CC0 1.0",
           "OpenScore Lieder Corpus, M. Gotham et al.", every=3),
)  # fmt: skip
MOODS = Origin("mood-progressions", "mood_progressions/progressions.jsonl", "", "MIT",
               "free-midi-chords, L. Drolez")  # fmt: skip
# Valence of the mood words: after the circumplex of Russell (1980); words without a side are out.
_VALENCE = {
    "Hopeful": 0.6, "Triumphant": 0.8, "Romantic": 0.5, "Joyful": 1.0, "Tender": 0.4,
    "Playful": 0.8, "Relaxed": 0.6, "Peaceful": 0.6, "Empowered": 0.6, "Excited": 0.8,
    "Mysterious": -0.4, "Dark": -0.8, "Sad": -1.0, "Rebellious": -0.3, "Fearful": -0.9,
    "Dramatic": -0.4, "Lonely": -0.8, "Anguished": -1.0, "Nostalgic": -0.2,
}  # fmt: skip
_HARTE = {
    "maj": "major", "min": "minor", "7": "dominant", "maj7": "major-seventh",
    "min7": "minor-seventh", "dim": "diminished", "hdim7": "half-diminished",
    "dim7": "diminished-seventh", "aug": "augmented", "sus4": "suspended-fourth",
    "sus2": "suspended-second", "sus4(b7)": "suspended-fourth", "maj6": "major-sixth",
    "min6": "minor-sixth", "minmaj7": "major-minor",
}  # fmt: skip
_LETTERS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_SHORTEST = 8
_LONGEST_NOTES = 2500


def read_sheets(
    data: Path, log: Callable[[str], None] = lambda _: None, only: tuple[str, ...] = ()
) -> list[Sheet]:
    """All tunes with chords below `data`, each on its side of the split by tune.

    What cannot be read is told to `log` and left out.
    """
    found: list[tuple[str, FileTune, Sheet]] = []
    for origin in ORIGINS:
        if only and origin.name not in only:
            continue
        genres = _genres(data) if origin.name == "openewld" else {}
        for path in sorted(data.glob(origin.pattern))[:: origin.every]:
            try:
                found += [(origin.name, *row) for row in sheets_in(path, origin, genres)]
            except (AntiphonError, ValueError) as error:
                log(f"not read: {path.name}: {error}")
    splits = split_by_tune([(name, tune) for name, tune, _ in found])
    return [replace(s, split=side) for (_, _, s), side in zip(found, splits, strict=True)]


def sheets_in(
    path: Path, origin: Origin, genres: dict[str, str]
) -> Iterator[tuple[FileTune, Sheet]]:
    """The tunes of one file that have a melody and chords enough to learn from."""
    style = genres.get(path.stem, origin.style)
    for index, phrase in enumerate(_phrases(path)):
        part = melody_part(phrase)
        if part is None or len(part.notes) > _LONGEST_NOTES:
            continue
        melody = melody_of(phrase, part)
        if not melody.tones:
            continue
        key = _stated_key(path) or heard_key(phrase, part, melody)
        chords = _chords(path, origin, phrase, key)
        sheet = _sheet(origin, path, phrase, key, chords)
        sheet = replace(sheet, tune=replace(sheet.tune, style=style))
        if np.sum(sheet.chords < grid.NO_CHORD) >= _SHORTEST:
            yield FileTune(path, index, melody), sheet


def heard_key(phrase: Phrase, part: Part, melody: Melody) -> KeySignature:
    """The key of a tune: the signature that its melody believes, and the mode that is heard."""
    signature = KeySignature(Fraction(0), melody.fifths, "minor" if melody.is_minor else "major")
    line = top_line(part, Fraction(0), phrase.length)
    alone = replace(phrase, parts=(replace(part, notes=line),), key_signatures=(signature,))
    return find_key(alone)


def _phrases(path: Path) -> list[Phrase]:
    data = path.read_bytes()
    if path.suffix.lower() == ".abc":
        return list(phrases_from_abc(data, path.name))
    phrase = read_phrase(data, path.name)
    beats = path.with_name("beat_midi.txt")
    if not beats.is_file():
        return [phrase]
    part = melody_part(phrase)
    alone = replace(phrase, parts=() if part is None else (part,))
    return [in_beats(alone, beats.read_text())]


def _stated_key(path: Path) -> KeySignature | None:
    """The key that a POP909 song is in for most of its time, None for other files."""
    keys = path.with_name("key_audio.txt")
    rows = [line.split() for line in keys.read_text().splitlines()] if keys.is_file() else []
    rows = [row for row in rows if len(row) >= 3 and row[2][0] in _LETTERS]
    if not rows:
        return None
    tonic, _, mode = max(rows, key=lambda row: float(row[1]) - float(row[0]))[2].partition(":")
    fifths = _LETTERS[tonic[0]] + 7 * (tonic.count("#") - tonic.count("b"))
    fifths -= 3 if mode == "min" else 0
    return KeySignature(Fraction(0), (fifths + 5) % 12 - 5, "minor" if mode == "min" else "major")


def _chords(
    path: Path, origin: Origin, phrase: Phrase, key: KeySignature
) -> tuple[ChordSymbol, ...]:
    if origin.name == "pop909":
        return _labelled(path)
    if origin.name in ("openhymnal", "openscore-lieder"):
        keyed = phrase if phrase.key_signatures else replace(phrase, key_signatures=(key,))
        return chords_from_notes(keyed, Fraction(0), phrase.length)
    return phrase.chords


def _sheet(
    origin: Origin, path: Path, phrase: Phrase, key: KeySignature, chords: tuple[ChordSymbol, ...]
) -> Sheet:
    part = melody_part(phrase)
    assert part is not None  # the caller has found it
    first = part if part.staff_count == 1 else replace(
        part, notes=tuple(n for n in part.notes if n.staff == min(m.staff for m in part.notes))
    )  # fmt: skip
    line = grid.line_of(top_line(first, Fraction(0), phrase.length))
    halves = halves_of(phrase.measures, phrase.time_signatures)
    # Silent measures before and after the melody teach nothing.
    sounds = [i for i, h in enumerate(halves) if _is_sung(h.onset, h.end, line)]
    low = halves[sounds[0]].measure if sounds else 0
    high = halves[sounds[-1]].measure if sounds else -1
    kept = tuple(half for half in halves if low <= half.measure <= high)
    numbers = [int(m.number) if m.number.isdigit() else i for i, m in enumerate(phrase.measures)]
    tune = grid.Tune(
        kept, line, key.fifths, key.is_minor,
        meter_at(phrase, kept[0].onset if kept else Fraction(0)),
        tuple(numbers[half.measure] for half in kept),
    )  # fmt: skip
    return Sheet(origin.name, f"{origin.name}/{path.stem}", tune,
                 _cleaned(grid.chords_on(kept, chords, key.fifths), tune))  # fmt: skip


def _is_sung(
    onset: Fraction, end: Fraction, line: tuple[tuple[Fraction, Fraction, int], ...]
) -> bool:
    index = bisect_right(line, (end, end, 0)) - 1
    return any(note[1] > onset and note[0] < end for note in line[max(0, index - 1) : index + 1])


def _cleaned(chords: NDArray[np.int64], tune: grid.Tune) -> NDArray[np.int64]:
    """A pickup before the first chord is sung without one; a silent "no chord" says nothing."""
    found = chords.copy()
    rows = grid.features_of(replace(tune, style=None))
    known = np.flatnonzero(found != grid.UNKNOWN)
    if len(known) and known[0] <= 2:
        found[: known[0]] = grid.NO_CHORD
    found[(found == grid.NO_CHORD) & (rows[:, grid.SILENT] > 0)] = grid.UNKNOWN
    return found


def _genres(data: Path) -> dict[str, str]:
    """The style of each lead sheet of OpenEWLD by its file's stem."""
    path = data / "openewld" / "OpenEWLD.db"
    if not path.is_file():
        return {}
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = base.execute(
        "select path_leadsheet, genre, occurrences from works join work_genres using (id)"
    ).fetchall()
    base.close()
    best: dict[str, tuple[int, str]] = {}
    for sheet, genre, count in rows:
        stem = Path(sheet).stem
        best[stem] = max(best.get(stem, (0, "")), (int(count or 0), str(genre)))
    names = {"Jazz": "jazz", "Folk, World, & Country": "folk", "Classical": "art"}
    return {stem: names.get(genre, "song") for stem, (_, genre) in best.items()}


def _labelled(path: Path) -> tuple[ChordSymbol, ...]:
    """The chords of a POP909 song on the beats of its beat file, whole beats."""
    rows = [line.split() for line in path.with_name("beat_midi.txt").read_text().splitlines()]
    times = [float(row[0]) for row in rows if row]
    downbeats = [i for i, row in enumerate(r for r in rows if r) if float(row[2]) == 1.0]
    gaps = [b - a for a, b in pairwise(downbeats)]
    beats = max(set(gaps), key=gaps.count) if gaps else 4
    first = downbeats[0] % beats if downbeats else 0
    found = []
    for line in path.with_name("chord_midi.txt").read_text().splitlines():
        words = line.split()
        if len(words) < 3:
            continue
        time = float(words[0])
        index = min(range(max(0, bisect_right(times, time) - 2), len(times)),
                    key=lambda i: abs(times[i] - time))  # fmt: skip
        found.append(_harte(words[2], Fraction(index + (beats - first) % beats)))
    return tuple(found)


def _harte(label: str, onset: Fraction) -> ChordSymbol:
    """A chord in the syntax of Harte et al. (2005). Raises ValueError where it is none."""
    if label in ("N", "X"):
        return ChordSymbol(onset, None, "none", "N.C.")
    found = re.fullmatch(r"([A-G])([#b]*):([^/]+)(?:/.*)?", label)
    if found is None:
        raise ValueError(f"{label!r} is not a chord label")
    step, signs, kind = found.groups()
    fifths = _LETTERS[step] + 7 * (signs.count("#") - signs.count("b"))
    root = pitch_from_fifths(fifths, 60 + (7 * fifths) % 12)
    return ChordSymbol(onset, (root.step, root.alter), _HARTE.get(kind, "major"))


def mood_table(data: Path) -> NDArray[np.float32]:
    """How much each symbol speaks for a glad mood (positive) or a sad one, about -1 … 1.

    The log-odds of the chords in progressions of glad and of sad words, smoothed.
    """
    glad, sad = np.full(grid.SYMBOLS, 0.5), np.full(grid.SYMBOLS, 0.5)
    path = data / MOODS.pattern
    lines = path.read_text().splitlines() if path.is_file() else []
    for line in lines:
        entry = json.loads(line)
        values = [_VALENCE[word] for word in entry["moods"] if word in _VALENCE]
        valence = sum(values) / len(values) if values else 0.0
        for numeral in entry["progression"]:
            symbol = _numeral(numeral, is_minor=entry["mode"] == "min")
            if symbol is not None:
                glad[symbol] += max(0.0, valence)
                sad[symbol] += max(0.0, -valence)
    odds = np.log(glad / glad.sum()) - np.log(sad / sad.sum())
    return np.asarray(np.clip(odds / 2, -1, 1), np.float32)


_NUMERAL = re.compile(r"([b#]?)(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")
_STEPS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_STEPS_MINOR = {"i": 0, "ii": 2, "iii": 3, "iv": 5, "v": 7, "vi": 8, "vii": 10}


def _numeral(text: str, *, is_minor: bool) -> int | None:
    """The model's symbol of a Roman numeral of the mood progressions."""
    found = _NUMERAL.fullmatch(text)
    if found is None:
        return None
    sign, numeral, tail = found.groups()
    steps = _STEPS_MINOR if is_minor else _STEPS
    root = steps[numeral.lower()] + {"b": -1, "#": 1, "": 0}[sign]
    is_small = numeral.islower() or tail.startswith("m")
    kind = "minor" if is_small and not tail.startswith("M") else "major"
    if tail.endswith("dim"):
        kind = "diminished"
    elif tail.startswith("dom7"):
        kind = "dominant"
    elif tail.endswith("7"):
        kind = f"{kind}-seventh"
    # A minor key lies on 9 of its signature.
    return grid.reduced((root + (9 if is_minor else 0)) % 12, kind)
