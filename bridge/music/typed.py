"""Music as a person types it: a key, a meter, a range, chords over measures, a rhythm."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.harmony import MODE_TONICS, ChordSymbol, KeySignature, Mode
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure, TimeSignature

_STEP_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_SIGNS = {"": 0, "#": 1, "b": -1, "♯": 1, "♭": -1}
_KEY = re.compile(r"([A-Ga-g])([#b♯♭]?)\s*([A-Za-z]*)")
_MODES: dict[str, Mode] = {
    "": "major", "maj": "major", "m": "minor", "min": "minor", "ionian": "major",
    "aeolian": "minor", **{mode: mode for mode in MODE_TONICS},
}  # fmt: skip
_PITCH = re.compile(r"([A-Ga-g])([#b♯♭]?)(-?\d{1,2})")
_TIME = re.compile(r"\d{1,4}(?:/[1-9]\d{0,3})?|\d{1,4}\.\d{1,6}")
_HELD = (".", "/")
_MOST_SLOTS = 4_096


def parse_key(text: str) -> KeySignature:
    """The key that is typed as "G", "F# minor", "Bbm" or "D dorian". Raises ValueError."""
    found = _KEY.fullmatch(text.strip())
    word = found.group(3) if found else ""
    mode = _MODES.get(word if word in ("m", "M") else word.lower())
    if word == "M":
        mode = "major"
    if found is None or mode is None:
        raise ValueError("a key is typed as “G”, “F# minor” or “D dorian”")
    fifths = _STEP_FIFTHS[found.group(1).upper()] + 7 * _SIGNS[found.group(2)] - MODE_TONICS[mode]
    if not -7 <= fifths <= 7:
        raise ValueError("it would need more than seven sharps or flats")
    return KeySignature(Fraction(0), fifths, mode)


def parse_meter(text: str) -> TimeSignature:
    """The meter that is typed as "6/8". Raises ValueError."""
    found = re.fullmatch(r"(\d{1,3})\s*/\s*(\d{1,3})", text.strip())
    if found is None:
        raise ValueError("a meter is typed as “6/8”")
    return TimeSignature(Fraction(0), int(found.group(1)), int(found.group(2)))


def parse_range(text: str) -> tuple[int | None, int | None]:
    """Lowest and highest MIDI number of "C3-G5", "48-79", "C3-" or "-G5". Raises ValueError."""
    for dash in re.finditer(r"-|–", text):
        low, high = text[: dash.start()].strip(), text[dash.end() :].strip()
        bounds = [_midi_number(word) if word else None for word in (low, high)]
        if -1 not in bounds and (low or high):
            return bounds[0], bounds[1]
    raise ValueError("a range is typed as “C3-G5” or “48-79”")


def _midi_number(text: str) -> int:
    """The MIDI number of a note's name or of a number; -1 where it is neither."""
    if text.isascii() and text.isdigit() and len(text) < 4:
        return int(text)
    found = _PITCH.fullmatch(text)
    if found is None:
        return -1
    try:
        pitch = Pitch(found.group(1).upper(), _SIGNS[found.group(2)], int(found.group(3)))
    except ValueError:
        return -1
    return pitch.midi_number if 0 <= pitch.midi_number <= 127 else -1


def chord_measures(text: str) -> tuple[tuple[str, ...], ...]:
    """The words between the bars of "C | Am F | % | G7"; % says the measure before again.

    Bars at both ends are surplus. Raises ValueError for a % with nothing before it.
    """
    cells = [tuple(cell.split()) for cell in text.strip().strip("|").split("|")]
    found: list[tuple[str, ...]] = []
    for cell in cells:
        if cell == ("%",):
            if not found:
                raise ValueError("% repeats a measure, and there is none before it")
            found.append(found[-1])
        else:
            found.append(cell)
    return tuple(found)


def parse_chords(
    text: str, measures: Sequence[Measure], meters: Sequence[TimeSignature]
) -> tuple[ChordSymbol, ...]:
    """The chords typed for some measures, at their onsets; bars separate the measures.

    Several chords of a measure begin on beats spread evenly over it, and "." holds a beat more,
    as in "C . G"; an empty measure goes on with the chord before it. Raises ValueError.
    """
    cells = chord_measures(text)
    if len(cells) > len(measures):
        raise ValueError(f"they fill {len(cells)} measures, and the answer has {len(measures)}")
    found: list[ChordSymbol] = []
    for cell, measure in zip(cells, measures, strict=False):
        beat = _beat_at(meters, measure.onset)
        for place, word in enumerate(cell):
            if word in _HELD:
                continue
            onset = measure.onset + _spread(place, len(cell), measure.duration, beat)
            found.append(parse_chord_symbol(word, onset))
    if not found:
        raise ValueError("they are typed as “C | Am F | G7”")
    return tuple(found)


def _beat_at(meters: Sequence[TimeSignature], onset: Fraction) -> Fraction:
    beat = Fraction(1)
    for meter in meters:
        if meter.onset <= onset:
            beat = meter.beat_duration
    return beat


def _spread(place: int, count: int, duration: Fraction, beat: Fraction) -> Fraction:
    """Where the chord `place` of `count` begins: on a beat where there are enough of them."""
    beats = int(duration / beat)
    if count <= beats:
        return beat * (place * beats // count)
    return duration * place / count


def parse_rhythm(text: str) -> tuple[tuple[Fraction, bool], ...]:
    """Durations in quarters and whether each sounds, of "1 1/2 1/2 r1 2"; r begins a rest.

    Raises ValueError.
    """
    found = []
    for word in text.replace(",", " ").split():
        is_rest = word[0] in "rRzZ"
        time = word[1:] if is_rest else word
        if not _TIME.fullmatch(time) or Fraction(time) == 0:
            raise ValueError("a rhythm is typed in quarters, as “1 1/2 1/2 r1 2”; r is a rest")
        found.append((Fraction(time), not is_rest))
    if not any(sounds for _, sounds in found) or len(found) > _MOST_SLOTS:
        raise ValueError("it has no note" if len(found) <= _MOST_SLOTS else "it is too long")
    return tuple(found)


def repeated(
    rhythm: Sequence[tuple[Fraction, bool]], length: Fraction
) -> Iterator[tuple[Fraction, Fraction]]:
    """Onset and duration of each note of a rhythm, repeated until `length` quarters are full."""
    onset, place = Fraction(0), 0
    while onset < length:
        duration, sounds = rhythm[place % len(rhythm)]
        if sounds:
            yield onset, min(duration, length - onset)
        onset += duration
        place += 1


def parse_numbers(text: str) -> tuple[tuple[str, str], ...]:
    """First and last of each stretch of printed measure numbers: "3,5-6". Raises ValueError."""
    found = []
    for word in text.replace(";", ",").split(","):
        first, dash, last = (piece.strip() for piece in word.strip().partition("-"))
        if not first or (dash and not last):
            raise ValueError("measures are typed as “3” or “3,5-6”")
        found.append((first, last or first))
    return tuple(found)
