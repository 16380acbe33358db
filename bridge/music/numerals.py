"""Roman numerals of chords."""

from antiphon.bridge.music.chords import KINDS, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature

_NUMERALS = ("I", "♭II", "II", "♭III", "III", "IV", "♯IV", "V", "♭VI", "VI", "♭VII", "VII")
# In minor the third, sixth and seventh degrees are the lowered ones.
_MINOR_NUMERALS = ("I", "♭II", "II", "III", "♯III", "IV", "♯IV", "V", "VI", "♯VI", "VII", "♯VII")
_MARKS = {
    "diminished": "°", "diminished-seventh": "°7", "half-diminished": "ø7", "augmented": "+",
    "dominant": "7", "minor-seventh": "7", "major-seventh": "maj7", "major-sixth": "6",
    "minor-sixth": "6", "suspended-fourth": "sus4", "suspended-second": "sus2", "power": "5",
}  # fmt: skip


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
