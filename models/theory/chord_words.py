"""Chords in words: their names, their Roman numerals, how a passage of them goes."""

from collections.abc import Sequence

from antiphon.bridge.music.chords import chord_text, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.numerals import roman_numeral

_TOLD = 12


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
