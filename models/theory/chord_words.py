"""Chords in words: their names, their Roman numerals, how a passage of them goes."""

from collections.abc import Sequence

from antiphon.bridge.music.chords import KINDS, chord_text, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature

_NUMERALS = ("I", "♭II", "II", "♭III", "III", "IV", "♯IV", "V", "♭VI", "VI", "♭VII", "VII")
# In minor the third, sixth and seventh degrees are the lowered ones.
_MINOR_NUMERALS = ("I", "♭II", "II", "III", "♯III", "IV", "♯IV", "V", "VI", "♯VI", "VII", "♯VII")
_MARKS = {
    "diminished": "°", "diminished-seventh": "°7", "half-diminished": "ø7", "augmented": "+",
    "dominant": "7", "minor-seventh": "7", "major-seventh": "maj7", "major-sixth": "6",
    "minor-sixth": "6", "suspended-fourth": "sus4", "suspended-second": "sus2", "power": "5",
}  # fmt: skip
_TOLD = 12


def roman_numeral(chord: ChordSymbol, key: KeySignature) -> str:
    """The Roman numeral of a chord in a key: "V7", "ii", "vii°"; "N.C." for no chord."""
    root = root_pitch_class(chord)
    if root is None:
        return "N.C."
    names = _MINOR_NUMERALS if key.is_minor else _NUMERALS
    numeral = names[(root - key.tonic) % 12]
    kind = KINDS.get(chord.kind)
    if kind is not None and len(kind.intervals) > 1 and kind.intervals[1] == 3:
        numeral = numeral.replace("V", "v").replace("I", "i")
    return numeral + _MARKS.get(chord.kind, "")


def chords_in_words(chords: Sequence[ChordSymbol]) -> str:
    """The names of some chords in order, at most twelve: "G C D7 G …"."""
    return _run([chord_text(chord) for chord in chords])


def numerals_in_words(chords: Sequence[ChordSymbol], key: KeySignature) -> str:
    """The Roman numerals of some chords in order, at most twelve."""
    return _run([roman_numeral(chord, key) for chord in chords])


def cadence_of(chords: Sequence[ChordSymbol], key: KeySignature) -> str:
    """The name of the cadence that closes a run of chords, "" where there is none."""
    plain = [chord for chord in chords if root_pitch_class(chord) is not None]
    roots = [((root_pitch_class(c) or 0) - key.tonic) % 12 for c in plain[-2:]]
    if roots[-1:] == [7]:
        return "a half cadence"
    if len(roots) < 2:
        return ""
    named = {(7, 0): "an authentic cadence", (5, 0): "a plagal cadence",
             (7, 9): "a deceptive cadence", (7, 8): "a deceptive cadence",
             (10, 0): "a modal cadence, the subtonic to the tonic"}  # fmt: skip
    return named.get((roots[0], roots[1]), "")


def _run(words: Sequence[str]) -> str:
    kept = [word for index, word in enumerate(words) if index == 0 or word != words[index - 1]]
    return " ".join(kept[:_TOLD]) + (" …" if len(kept) > _TOLD else "")
