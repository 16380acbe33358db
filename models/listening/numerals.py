"""Roman numerals as music21 spells them: "ii65", "V7/V", "viio7", "bVI", "iiø65"."""

from antiphon.bridge.music.chords import KINDS

_MAJOR_DEGREES = {0: "I", 2: "II", 4: "III", 5: "IV", 7: "V", 9: "VI", 11: "VII"}
_MINOR_DEGREES = {0: "I", 2: "II", 3: "III", 5: "IV", 7: "V", 8: "VI", 10: "VII"}
_ALTERED = {
    False: {1: "bII", 3: "bIII", 6: "#IV", 8: "bVI", 10: "bVII"},
    True: {1: "bII", 4: "#III", 6: "#IV", 9: "#VI", 11: "VII"},
}
_SIGNS = {
    "diminished": "o", "diminished-seventh": "o", "half-diminished": "ø", "augmented": "+",
    "augmented-seventh": "+",
}  # fmt: skip
_SMALL = ("minor", "minor-seventh", "diminished", "diminished-seventh", "half-diminished")
_TRIAD, _SEVENTH = ("", "6", "64"), ("7", "65", "43", "42")
_LEADING = ("diminished", "diminished-seventh", "half-diminished")
# Targets of applied chords, by semitones above the tonic; ordinary major and minor triads.
_TARGETS = {
    False: {2: "ii", 4: "iii", 5: "IV", 7: "V", 9: "vi"},
    True: {3: "III", 5: "iv", 7: "V", 8: "VI", 10: "VII"},
}
_HOME = {
    False: {(0, "dominant"), (7, "major"), (7, "dominant"), (11, "diminished"),
            (11, "half-diminished"), (11, "diminished-seventh"), (0, "major"), (5, "major"),
            (7, "suspended-fourth"), (10, "major"), (3, "major"), (8, "major"), (1, "major")},
    True: {(7, "major"), (7, "dominant"), (11, "diminished"), (11, "diminished-seventh"),
           (11, "half-diminished"), (2, "diminished"), (2, "half-diminished"), (0, "major"),
           (3, "major"), (8, "major"), (10, "major"), (5, "major"), (1, "major")},
}  # fmt: skip


def numeral(root: int, kind: str, bass: int | None, key: int) -> str:
    """The figure of a chord (root and bass pitch classes) in a key (0 … 11 major, 12 … 23 minor).

    Dominants and leading-note chords of other degrees are told as applied chords. A bass that is
    no chord tone counts as the root. Raises KeyError for a kind that is not in the table.
    """
    is_minor, tonic = key >= 12, key % 12
    step = (root - tonic) % 12
    figures = _inversion(root, kind, bass)
    applied = _applied(step, kind, is_minor)
    if applied:
        head, target = applied
        return f"{head}{figures}/{target}"
    return _head(step, kind, is_minor) + figures + _suffix(kind)


def _head(step: int, kind: str, is_minor: bool) -> str:
    degrees = _MINOR_DEGREES if is_minor else _MAJOR_DEGREES
    name = degrees.get(step) or _ALTERED[is_minor][step]
    if is_minor and step in (8, 10) and kind in _SMALL:
        name = f"b{name}"  # small numerals stand for the raised sixth and seventh in minor
    if is_minor and step == 9:
        name = "VI" if kind in _SMALL else "#VI"
    if is_minor and step == 11 and kind not in _SMALL:
        name = "#VII"
    if kind in _SMALL:
        name = name.replace("V", "v").replace("I", "i")
    return name + _SIGNS.get(kind, "")


def _suffix(kind: str) -> str:
    return "[sus4]" if kind == "suspended-fourth" else ""


def _inversion(root: int, kind: str, bass: int | None) -> str:
    tones = [(root + interval) % 12 for interval in KINDS[kind].intervals]
    place = tones.index(bass) if bass in tones else 0
    if kind == "suspended-fourth":
        return ""
    figures = _SEVENTH if len(tones) > 3 else _TRIAD
    return figures[min(place, len(figures) - 1)]


def _applied(step: int, kind: str, is_minor: bool) -> tuple[str, str] | None:
    """Head and target of an applied chord, None where the chord is at home in its key."""
    if (step, kind) in _HOME[is_minor]:
        return ("V", _TARGETS[is_minor].get(5, "")) if (step, kind) == (0, "dominant") else None
    if kind in ("dominant", "major"):
        target = (step + 5) % 12
        if target in _TARGETS[is_minor]:
            return "V", _TARGETS[is_minor][target]
    if kind in _LEADING:
        target = (step + 1) % 12
        if target in _TARGETS[is_minor]:
            return f"vii{_SIGNS[kind]}", _TARGETS[is_minor][target]
    return None
