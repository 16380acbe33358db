"""ABC's information fields as values: key, meter, unit note length, tempo (ABC 2.1, section 3)."""

import re
from fractions import Fraction

from antiphon.bridge.music.harmony import MODE_TONICS, ChordSymbol, Mode

_TONIC_FIFTHS = {"C": 0, "D": 2, "E": 4, "F": -1, "G": 1, "A": 3, "B": 5}
# The modes by their first three letters, the ones that count.
_MODES: dict[str, Mode] = {"": "major", "maj": "major", "ion": "major", "m": "minor",
                           "min": "minor", "aeo": "minor", "mix": "mixolydian", "dor": "dorian",
                           "phr": "phrygian", "lyd": "lydian", "loc": "locrian"}  # fmt: skip
_KEY = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)")
_KEY_ACCIDENTAL = re.compile(r"(\^\^|\^|__|_|=)([A-Ga-g])")
_ACCIDENTALS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0, "": None}
_CHORD = re.compile(r"([A-G])([#b]?)([^/\s]*)(?:/([A-Ga-g])([#b]?))?\s*$")
# Chord kinds of MusicXML by what is printed after the root; longest first where it matters.
_KINDS = {
    "": "major", "maj": "major", "m": "minor", "min": "minor", "-": "minor", "7": "dominant",
    "maj7": "major-seventh", "M7": "major-seventh", "m7": "minor-seventh", "min7": "minor-seventh",
    "dim": "diminished", "o": "diminished", "dim7": "diminished-seventh", "+": "augmented",
    "aug": "augmented", "6": "major-sixth", "m6": "minor-sixth", "9": "dominant-ninth",
    "sus4": "suspended-fourth", "sus": "suspended-fourth", "sus2": "suspended-second",
    "m7b5": "half-diminished", "5": "power", "maj9": "major-ninth", "m9": "minor-ninth",
    "11": "dominant-11th", "13": "dominant-13th",
}  # fmt: skip


def accidental(mark: str) -> int | None:
    """Alteration that an accidental stands for; None for no mark."""
    return _ACCIDENTALS[mark]


def parse_key(text: str) -> tuple[int, Mode, dict[str, int]]:
    """Sharps (flats negative), mode, and the alterations of single steps that K: adds.

    Raises ValueError.
    """
    text = text.strip()
    if text[:2] in ("HP", "Hp"):
        return 2, "major", {}
    extra = {step.upper(): _ACCIDENTALS[mark] or 0 for mark, step in _KEY_ACCIDENTAL.findall(text)}
    found = _KEY.match(text)
    if not found:
        if not text or text.lower().startswith("none") or extra or "=" in text:
            return 0, "major", extra
        raise ValueError(f"the key {text[:20]!r} is unknown")
    tonic, sign, mode = found.groups()
    # A word that is no mode is a clef or the like; a single M would be major.
    named = _MODES.get("" if mode == "M" else mode.lower()[:3], "major")
    fifths = _TONIC_FIFTHS[tonic] + {"#": 7, "b": -7, "": 0}[sign] - MODE_TONICS[named]
    if not -14 <= fifths <= 14:
        raise ValueError(f"the key {text[:20]!r} has too many accidentals")
    return fifths, named, extra


def parse_meter(text: str) -> tuple[int, int] | None:
    """Beats and beat type; None for free meter. Raises ValueError."""
    text = text.strip().split("%")[0].strip()
    if text in ("", "none"):
        return None
    if text in ("C", "C|"):
        return (4, 4) if text == "C" else (2, 2)
    found = re.search(r"(\d+(?:\s*\+\s*\d+)*)\s*\)?\s*/\s*(\d+)", text)
    if not found:
        if text.isalpha():  # a word for free meter, in the language of the collection
            return None
        raise ValueError(f"the meter {text[:20]!r} is unknown")
    beats = sum(int(part[:4]) for part in found.group(1).split("+"))
    return beats, int(found.group(2)[:4])


def parse_fraction(text: str) -> Fraction:
    """A note length such as 1/8, as a fraction of a whole note. Raises ValueError."""
    found = re.match(r"\s*(\d{1,4})\s*(?:/\s*(\d{1,4}))?", text)
    if not found or (found.group(2) and int(found.group(2)) == 0):
        raise ValueError(f"the length {text[:20]!r} is unknown")
    return Fraction(int(found.group(1)), int(found.group(2) or 1))


def parse_tempo(text: str, unit: Fraction) -> float | None:
    """Quarters a minute of a Q: field, None where it holds words only."""
    found = re.search(r"(\d+/\d+)\s*=\s*(\d{1,4})", text)
    if found:
        beat = parse_fraction(found.group(1))
        return float(beat * 4 * int(found.group(2)))
    found = re.search(r"(\d{1,4})", re.sub(r"\".*?\"", "", text))
    return float(unit * 4 * int(found.group(1))) if found else None


def parse_chord(text: str, onset: Fraction) -> ChordSymbol | None:
    """The chord symbol that a quoted string means; None for an annotation or other words."""
    text = text.strip().strip("()")
    if text[:1] in "^_<>@" or not text:
        return None
    if text in ("N.C.", "NC", "N.C"):
        return ChordSymbol(onset, None, "none", text)
    found = _CHORD.match(text)
    if not found:
        return None
    step, sign, suffix, bass, bass_sign = found.groups()
    kind = _KINDS.get(suffix.strip("()"))
    if kind is None:
        kind = "minor" if suffix.startswith("m") and not suffix.startswith("maj") else "major"
    alters = {"#": 1, "b": -1, "": 0, None: 0}
    low = (bass.upper(), alters[bass_sign]) if bass else None
    return ChordSymbol(onset, (step, alters[sign]), kind, suffix, low)
