from itertools import product

import pytest

from antiphon.bridge.music.chords import KINDS
from antiphon.models.listening.harmony import _MAJOR, _MINOR
from antiphon.models.listening.numerals import numeral

TONICS = {0: "C", 2: "D", 3: "E-", 9: "A"}


@pytest.mark.parametrize("key", [0, 3, 14, 21])
def test_a_numeral_that_music21_reads_as_another_chord(key: int) -> None:
    from music21 import roman

    name = TONICS[key % 12].lower() if key >= 12 else TONICS[key % 12]
    table = _MINOR if key >= 12 else _MAJOR
    for step, kind in table:
        if kind == "suspended-fourth":
            continue
        root = (key + step) % 12
        tones = [(root + interval) % 12 for interval in KINDS[kind].intervals]
        for bass in tones:
            figure = numeral(root, kind, bass, key)
            read = roman.RomanNumeral(figure, name)
            assert {p.pitchClass for p in read.pitches} == set(tones), figure
            assert read.bass().pitchClass == bass, figure


def test_applied_dominants_are_told_by_what_they_lead_to() -> None:
    assert numeral(2, "dominant", 6, 0) == "V65/V"
    assert numeral(6, "diminished-seventh", 6, 0) == "viio7/V"
    assert numeral(0, "dominant", 0, 0) == "V7/IV"
    assert numeral(10, "major", 10, 12) == "VII"


def test_every_chord_has_a_numeral_in_every_key() -> None:
    for root, kind, key in product(range(12), KINDS, range(24)):
        assert numeral(root, kind, None, key)
