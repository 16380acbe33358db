"""Four-part music for the chorale model: readers, sides, and a cache of grids.

Pieces of the published test side of Bach's chorales never train: neither those listed by name,
nor any whose soprano sings the same contour, in whichever set it is found.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Part, Phrase, meter_at
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.models.encoding import satb
from antiphon.models.encoding.reading import tune_files
from antiphon.models.encoding.satb import Array
from antiphon.models.theory.keys import find_key
from antiphon.models.training.corpus import _music21_corpus, _side

_LOG = logging.getLogger("antiphon.training")

BACH, HYMNS, FAKES = "bach", "openhymnal", "js_fakes"
CREDITS = {
    BACH: "J. S. Bach, four-part chorales, in music21 (free to use (music21 corpus))",
    HYMNS: "Open Hymnal Project, B. J. Dumont (public domain)",
    FAKES: "JS Fake Chorales, O. Peracha (CC BY 4.0)",
}
# music21's files for the test pieces of the published split (the data folder's own list).
TEST_FILES = frozenset((
    "102.7", "110.7", "112.5", "114.7", "126.6", "13.6", "148.6", "153.9", "159.5", "174.5",
    "184.5", "197.10", "197.5", "244.3", "245.14", "245.37", "245.5", "248.46-5", "256", "270",
    "276", "289", "290", "291", "292", "294", "298", "306", "311", "32.6", "326", "327", "338",
    "339", "340", "350", "36.8-2", "361", "37.6", "371", "393", "40.8", "404", "405", "410",
    "419", "429", "43.11", "430", "431", "45.7", "57.8", "60.5", "64.4", "65.7", "67.7", "69.6-a",
    "7.7", "78.7", "85.6", "89.6", "9.7", "90.5", "99.6",
))  # fmt: skip
# Test pieces that no file of music21 matches safely: any piece with their soprano is left out.
UNMATCHED = (0, 5, 10, 13, 14, 18, 28, 32, 40, 47, 64, 72, 76)
_SAME_LINE = 0.85
_SAME_PIECE = 1.6
_LEAST_SLOTS = 32
_MOST_REST = 0.2


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece on the grid, in the key without accidentals.

    `numbers` (slots, 4) are MIDI numbers, 0 for a rest; `attacks` (slots, 4) marks where notes
    begin; `within` and `beat` (slots,) are the places of `antiphon.models.encoding.satb`;
    `shift` is what was added to the sounding pitches.
    """

    name: str
    source: str
    side: str
    numbers: Array
    attacks: Array
    within: Array
    beat: Array
    shift: int = 0


def read_pieces(data: Path) -> list[Piece]:
    """All pieces below the data folder and in music21's corpus, each with its side."""
    test, valid = published_split(data)
    pieces = [*_bach(), *_hymns(data), *_fakes(data)]
    placed = [replace(p, side=_side_of(p, test, valid)) for p in pieces]
    for source in CREDITS:
        own = [p.side for p in placed if p.source == source]
        _LOG.info("%s: %s", source, {side: own.count(side) for side in sorted(set(own))})
    return placed


def published_split(data: Path) -> tuple[list[Array], list[Array]]:
    """The test and valid sides of the published split, (slots, 4) MIDI numbers each."""
    path = data / "jsb_splits" / "Jsb16thSeparated.json"
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        raise AntiphonError(
            "unreadable-file", what=path.name, why="the published split is needed"
        ) from None
    sides = [
        [np.maximum(np.array(piece, np.int64), 0) for piece in found[s]] for s in ("test", "valid")
    ]
    return sides[0], sides[1]


def _bach() -> Iterator[Piece]:
    for path in sorted((_music21_corpus() / "bach").glob("bwv*.mxl")):
        phrase = _read(path)
        parts = _named_voices(phrase) if phrase else None
        if phrase is None or parts is None:
            continue
        piece = _piece(f"bach/{path.stem}", BACH, phrase, parts)
        if piece is not None:
            yield piece


def _hymns(data: Path) -> Iterator[Piece]:
    for path in sorted((data / "openhymnal" / "midi").glob("*.mid")):
        phrase = _read(path)
        if phrase is None or len(phrase.parts) != 4:
            continue
        piece = _piece(f"openhymnal/{path.stem}", HYMNS, _with_pickup(phrase), phrase.parts)
        if piece is not None:
            yield piece


def read_hymns(data: Path) -> list[Piece]:
    """The hymns below the data folder with their sides."""
    test, valid = published_split(data)
    return [replace(piece, side=_side_of(piece, test, valid)) for piece in _hymns(data)]


def read_folder(folder: Path) -> tuple[list[Piece], list[str]]:
    """The four-part pieces below a folder, and a line for each file that gave none."""
    pieces: list[Piece] = []
    unread: list[str] = []
    for path in tune_files(folder):
        name = str(path.relative_to(folder))
        phrase = _read(path)
        parts = _voices(phrase) if phrase is not None else None
        piece = _piece(name, BACH, phrase, parts) if phrase is not None and parts else None
        if piece is None:
            unread.append(f"{name}: it is not in four voices.")
        else:
            pieces.append(piece)
    return pieces, unread


def _voices(phrase: Phrase) -> Sequence[Part] | None:
    pitched = [part for part in phrase.parts if part.notes and not part.is_drums]
    return _named_voices(phrase) or (pitched if len(pitched) == 4 else None)


def _fakes(data: Path) -> Iterator[Piece]:
    for path in sorted((data / "js_fakes").glob("**/*.mid")):
        phrase = _read(path)
        if phrase is None or len(phrase.parts) != 4:
            continue
        piece = _piece(f"js_fakes/{path.parent.name}/{path.stem}", FAKES, phrase, phrase.parts)
        if piece is not None:  # where its measures begin is not written in these files
            yield replace(piece, beat=np.zeros_like(piece.beat))


def _read(path: Path) -> Phrase | None:
    try:
        return read_phrase(path.read_bytes(), path.name)
    except (AntiphonError, OSError):
        _LOG.info("not read: %s", path.name)
        return None


def _named_voices(phrase: Phrase) -> Sequence[Part] | None:
    by_name = {part.name.lower(): part for part in phrase.parts}
    if all(voice in by_name for voice in satb.VOICES):
        return [by_name[voice] for voice in satb.VOICES]
    return None


def _piece(name: str, source: str, phrase: Phrase, parts: Sequence[Part]) -> Piece | None:
    """The piece on the grid, None for one that is too short, silent or not in four voices."""
    slots = satb.slots_of(phrase.measures, phrase.time_signatures)
    if len(slots) < _LEAST_SLOTS:
        return None
    heard = [satb.line_on(top_line(part, Fraction(0), phrase.length), slots) for part in parts]
    lines = [line for line, _ in heard]
    numbers, attacks = np.stack(lines, 1), np.stack([begin for _, begin in heard], 1)
    means = [line[line > 0].mean() if (line > 0).any() else 0 for line in lines]
    if (numbers == 0).mean() > _MOST_REST or any(b > a + 2 for a, b in pairwise(means)):
        return None
    fifths = phrase.key_signatures[0].fifths if phrase.key_signatures else find_key(phrase).fifths
    shift = satb.key_shift(fifths)
    moved = np.where(numbers > 0, numbers + shift, 0)
    return Piece(
        name, source, "train", moved, attacks.astype(np.int64), slots.within, slots.beat, shift
    )


def _with_pickup(phrase: Phrase) -> Phrase:
    """The phrase with measures placed where long notes fall on their first beat.

    A MIDI file begins with a measure whether or not the tune has a pickup.
    """
    meter = replace(meter_at(phrase, Fraction(0)), onset=Fraction(0))
    if len(phrase.time_signatures) > 1:
        return phrase
    full = meter.measure_duration
    weights: dict[Fraction, Fraction] = {}
    for note in (note for part in phrase.parts for note in part.notes):
        place = Fraction(round(note.onset * 4), 4) % full
        weights[place] = weights.get(place, Fraction(0)) + note.duration
    beat = meter.beat_duration
    places = [index * beat for index in range(int(full / beat))]
    pickup = max(places, key=lambda place: (weights.get(place, Fraction(0)), -place))
    meters: tuple[TimeSignature, ...] = (meter,)
    measures = measures_from_meter(meters, phrase.length, pickup)
    return replace(phrase, measures=measures, time_signatures=meters)


def contour(line: Array) -> list[int]:
    """The steps of a line (slots,), repeated and silent slots left out."""
    numbers = [number for number, _ in groupby(int(n) for n in line if n > 0)]
    return [b - a for a, b in pairwise(numbers)]


def alike(first: Sequence[int], second: Sequence[int]) -> float:
    """How alike two contours are, 0 … 1."""
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.real_quick_ratio() < 0.6 or matcher.quick_ratio() < 0.6:
        return 0.0
    return matcher.ratio()


def _side_of(piece: Piece, test: Sequence[Array], valid: Sequence[Array]) -> str:
    if piece.source == FAKES:
        return "train"
    soprano, bass = contour(piece.numbers[:, 0]), contour(piece.numbers[:, 3])
    if piece.name.removeprefix("bach/bwv") in TEST_FILES:
        return "test"
    for index, other in enumerate(test):
        top = alike(soprano, contour(other[:, 0]))
        if top >= _SAME_LINE and (piece.source == HYMNS or index in UNMATCHED):
            return "test"
        if top > 0.6 and top + alike(bass, contour(other[:, 3])) >= _SAME_PIECE:
            return "test"
    if piece.source == HYMNS:
        return _side(piece.name)
    for other in valid:
        top = alike(soprano, contour(other[:, 0]))
        if top > 0.6 and top + alike(bass, contour(other[:, 3])) >= _SAME_PIECE:
            return "valid"
    return "train"


def load_pieces(data: Path, cache: Path) -> list[Piece]:
    """The pieces, read once and then from `cache`, a safetensors file with JSON beside it."""
    names = cache.with_suffix(".json")
    if not (cache.is_file() and names.is_file()):
        pieces = read_pieces(data)
        save_file(
            {
                "numbers": np.concatenate([p.numbers for p in pieces]).astype(np.int16),
                "attacks": np.concatenate([p.attacks for p in pieces]).astype(np.int8),
                "within": np.concatenate([p.within for p in pieces]).astype(np.int8),
                "beat": np.concatenate([p.beat for p in pieces]).astype(np.int8),
            },
            cache,
        )
        rows = [[p.name, p.source, p.side, len(p.within), p.shift] for p in pieces]
        names.write_text(json.dumps(rows))
    arrays = {name: array.astype(np.int64) for name, array in load_file(cache).items()}
    found, at = [], 0
    for name, source, side, length, shift in json.loads(names.read_text()):
        cut = slice(at, at + length)
        numbers, attacks, within, beat = (
            arrays[column][cut] for column in ("numbers", "attacks", "within", "beat")
        )
        found.append(Piece(name, source, side, numbers, attacks, within, beat, shift))
        at += length
    return found
