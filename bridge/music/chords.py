"""Chord kinds as a table: what a chord symbol sounds, how it is printed, how it is read."""

import re
from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.pitch import pitch_from_fifths

_STEP_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
_ALTERS = {sign: alter for alter, sign in _SIGNS.items()}
_DEGREE_SEMITONES = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 10, 8: 12, 9: 14, 10: 16, 11: 17,
                     12: 19, 13: 21}  # fmt: skip
_SYMBOL = re.compile(r"([A-G])(bb|##|b|#|)([^/]*)(?:/([A-G])(bb|##|b|#|))?")


@dataclass(frozen=True, slots=True)
class Kind:
    """A chord kind of MusicXML: semitones above the root, printed suffix, other spellings."""

    intervals: tuple[int, ...]
    suffix: str
    spellings: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "major": Kind((0, 4, 7), "", ("maj", "M")),
    "minor": Kind((0, 3, 7), "m", ("min", "-")),
    "dominant": Kind((0, 4, 7, 10), "7", ("dom7",)),
    "major-seventh": Kind((0, 4, 7, 11), "maj7", ("M7", "ma7", "Δ")),
    "minor-seventh": Kind((0, 3, 7, 10), "m7", ("min7", "-7")),
    "diminished": Kind((0, 3, 6), "dim", ("o", "°")),
    "augmented": Kind((0, 4, 8), "aug", ("+",)),
    "diminished-seventh": Kind((0, 3, 6, 9), "dim7", ("o7", "°7")),
    "half-diminished": Kind((0, 3, 6, 10), "m7b5", ("ø", "ø7", "-7b5")),
    "major-minor": Kind((0, 3, 7, 11), "mMaj7", ("m(maj7)", "mM7")),
    "augmented-seventh": Kind((0, 4, 8, 10), "7#5", ("aug7", "+7")),
    "major-sixth": Kind((0, 4, 7, 9), "6", ("maj6",)),
    "minor-sixth": Kind((0, 3, 7, 9), "m6", ("min6", "-6")),
    "dominant-ninth": Kind((0, 4, 7, 10, 14), "9"),
    "major-ninth": Kind((0, 4, 7, 11, 14), "maj9", ("M9",)),
    "minor-ninth": Kind((0, 3, 7, 10, 14), "m9", ("min9", "-9")),
    "dominant-11th": Kind((0, 4, 7, 10, 14, 17), "11"),
    "minor-11th": Kind((0, 3, 7, 10, 14, 17), "m11"),
    "major-11th": Kind((0, 4, 7, 11, 14, 17), "maj11"),
    "dominant-13th": Kind((0, 4, 7, 10, 14, 21), "13"),
    "major-13th": Kind((0, 4, 7, 11, 14, 21), "maj13"),
    "minor-13th": Kind((0, 3, 7, 10, 14, 21), "m13"),
    "suspended-fourth": Kind((0, 5, 7), "sus4", ("sus",)),
    "suspended-second": Kind((0, 2, 7), "sus2"),
    "power": Kind((0, 7), "5"),
    "pedal": Kind((0,), "ped"),
}
_BY_SUFFIX = {
    spelling: name for name, kind in KINDS.items() for spelling in (kind.suffix, *kind.spellings)
}


def root_pitch_class(chord: ChordSymbol) -> int | None:
    """Pitch class of the root, None for "no chord"."""
    return None if chord.root is None else pitch_class_of(chord.root)


def bass_pitch_class(chord: ChordSymbol) -> int | None:
    """Pitch class of the lowest note: the bass where one is named, else the root."""
    return pitch_class_of(chord.bass) if chord.bass is not None else root_pitch_class(chord)


def pitch_class_of(spelled: tuple[str, int]) -> int:
    """Pitch class (0 … 11) of a step and its alteration."""
    step, alter = spelled
    return (7 * (_STEP_FIFTHS[step] + 7 * alter)) % 12


def pitch_classes(chord: ChordSymbol) -> frozenset[int]:
    """The pitch classes that a chord symbol allows, its degrees and its bass among them.

    Empty for "no chord"; a kind that is not in the table counts as a major or minor triad.
    """
    root = root_pitch_class(chord)
    if root is None:
        return frozenset()
    kind = KINDS.get(chord.kind) or KINDS["minor" if chord.kind.startswith("min") else "major"]
    found = {(root + interval) % 12 for interval in kind.intervals}
    for value, alter, what in chord.degrees:
        plain = (root + _DEGREE_SEMITONES.get(value, 0)) % 12
        if what in ("subtract", "alter"):
            found.discard(plain)
            found.discard((plain + 1) % 12 if value == 7 else plain)
        if what in ("add", "alter"):
            found.add((plain + alter) % 12)
    if chord.bass is not None:
        found.add(pitch_class_of(chord.bass))
    return frozenset(found)


def chord_symbol(
    onset: Fraction, root: int, kind: str, key: KeySignature, bass: int | None = None
) -> ChordSymbol:
    """The symbol of a root pitch class (0 … 11) and kind, spelled as the key suggests.

    Raises KeyError for a kind that is not in the table.
    """
    low = None if bass in (None, root) else _spelled(bass, key)
    return ChordSymbol(onset, _spelled(root, key), kind, KINDS[kind].suffix, low)


def _spelled(pitch_class: int, key: KeySignature) -> tuple[str, int]:
    # Twelve neighbours on the line of fifths, from the flattened third of the major tonic up.
    lowest = key.fifths - (3 if not key.is_minor else 2)
    fifths = lowest + (7 * pitch_class - lowest) % 12
    pitch = pitch_from_fifths(fifths, 60 + pitch_class)
    return pitch.step, pitch.alter


def chord_text(chord: ChordSymbol) -> str:
    """The symbol as printed: "Bbm7", "D/F#", "N.C."."""
    if chord.root is None:
        return chord.text or "N.C."
    kind = KINDS.get(chord.kind)
    suffix = kind.suffix if kind is not None else chord.text
    bass = "" if chord.bass is None else f"/{chord.bass[0]}{_SIGNS[chord.bass[1]]}"
    return f"{chord.root[0]}{_SIGNS[chord.root[1]]}{suffix}{bass}"


def parse_chord_symbol(text: str, onset: Fraction = Fraction(0)) -> ChordSymbol:
    """The chord symbol that a person wrote. Raises ValueError where it is none."""
    text = text.strip()
    if text in ("N.C.", "NC", "N.C", "-"):
        return ChordSymbol(onset, None, "none", "N.C.")
    found = _SYMBOL.fullmatch(text)
    if found is None or found.group(3) not in _BY_SUFFIX:
        raise ValueError(f"{text[:20]!r} is not a chord symbol")
    step, sign, suffix, bass, bass_sign = found.groups()
    low = (bass, _ALTERS[bass_sign]) if bass else None
    kind = _BY_SUFFIX[suffix]
    return ChordSymbol(onset, (step, _ALTERS[sign]), kind, KINDS[kind].suffix, low)
