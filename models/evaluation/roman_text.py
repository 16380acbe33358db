"""Human Roman-numeral analyses in the RomanText form of When in Rome, read onto quarters.

After Tymoczko, Gotham, Cuthbert and Ariza, "The RomanText format" (2019). music21 spells what a
figure means; measures that are told as copies of others are filled in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from antiphon.bridge.music.phrase import Phrase, meter_at

_MEASURE = re.compile(r"m(\d+)([a-z]?)(?:-(\d+))?\s*(=\s*m(\d+)(?:-(\d+))?)?\s*(.*)")
_BEAT = re.compile(r"b(\d+(?:\.\d+)?)")
_KEY = re.compile(r"([A-Ga-g])([b#]*):")


@dataclass(frozen=True, slots=True)
class Told:
    """What an analyst wrote at an onset (quarters): key, root, bass, pitch classes, figure.

    `key` is 0 … 11 for major keys by tonic, 12 … 23 for minor ones.
    """

    onset: Fraction
    key: int
    root: int
    bass: int
    tones: frozenset[int]
    figure: str


def analysis_of(text: str, phrase: Phrase) -> list[Told]:
    """The numerals of a RomanText at their onsets in a phrase; unreadable figures are left out.

    Measures are matched by their printed number; a beat counts felt beats of the meter.
    """
    rows: dict[int, list[tuple[Fraction, str]]] = {}
    for line in text.splitlines():
        found = _MEASURE.match(line.strip())
        if found is None or found.group(2) or "var" in line.split(" ")[0]:
            continue
        first = int(found.group(1))
        if found.group(4):
            source, last = int(found.group(5)), int(found.group(3) or first)
            for number in range(first, last + 1):
                rows[number] = list(rows.get(source + number - first, []))
            continue
        rows[first] = list(_tokens(found.group(7)))
    return list(_placed(rows, phrase))


def _tokens(text: str) -> Sequence[tuple[Fraction, str]]:
    """(beat, word) of a measure's line, keys among the words."""
    beat, found = Fraction(1), []
    for word in text.split():
        at = _BEAT.fullmatch(word)
        if at:
            beat = Fraction(at.group(1)).limit_denominator(12)
        elif word not in ("||", "|:", ":|", "||:", ":||"):
            found.append((beat, word))
    return found


def _placed(rows: dict[int, list[tuple[Fraction, str]]], phrase: Phrase) -> Sequence[Told]:
    found: list[Told] = []
    key = ""
    measures = {m.number: m for m in phrase.measures}
    for number in sorted(rows):
        measure = measures.get(str(number))
        for beat, word in rows[number]:
            named = _KEY.fullmatch(word)
            if named:
                key = named.group(1) + named.group(2).replace("b", "-")
                continue
            if measure is None or not key:
                continue
            meter = meter_at(phrase, measure.onset)
            short = meter.measure_duration - measure.duration
            shift = short if number == 0 and short > 0 else Fraction(0)
            onset = measure.onset + (beat - 1) * meter.beat_duration - shift
            meant = _meaning(_plain(word), key)
            if meant is not None and measure.onset <= onset < measure.end:
                found.append(Told(onset, *meant, word))
    return found


def _plain(figure: str) -> str:
    """The figure as music21 reads it: "ii/o6/5" becomes "iiø65"."""
    figure = figure.replace("/o", "ø")
    for old, new in (("6/5", "65"), ("4/3", "43"), ("4/2", "42"), ("6/4", "64"), ("7/5", "75")):
        figure = figure.replace(old, new)
    return figure


@lru_cache(maxsize=8192)
def _meaning(figure: str, key: str) -> tuple[int, int, int, frozenset[int]] | None:
    from music21 import roman

    try:
        numeral = roman.RomanNumeral(figure, key)
        tones = frozenset(pitch.pitchClass for pitch in numeral.pitches)
        root, bass = numeral.root().pitchClass, numeral.bass().pitchClass
        tonic = numeral.key.tonic.pitchClass + (12 if numeral.key.mode == "minor" else 0)
    except Exception:
        return None
    return (tonic, root, bass, tones) if tones else None
