from fractions import Fraction

import pytest

from antiphon.bridge.music.harmony import MODE_TONICS, KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.music.words import (
    degree_name,
    key_name,
    measures_in_words,
    note_name,
    range_in_words,
    region_in_words,
)


def key(fifths: int, mode: str = "major") -> KeySignature:
    return KeySignature(Fraction(0), fifths, mode)


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        (key(0), "C major"),
        (key(1), "G major"),
        (key(1, "minor"), "E minor"),
        (key(-3, "minor"), "C minor"),
        (key(6), "F♯ major"),
        (key(-7), "C♭ major"),
        (key(0, "dorian"), "D dorian"),
        (key(1, "mixolydian"), "D mixolydian"),
        (key(-2, "lydian"), "E♭ lydian"),
    ],
)
def test_keys_are_named_as_musicians_name_them(signature: KeySignature, name: str) -> None:
    assert key_name(signature) == name


def test_every_key_name_begins_with_its_tonic() -> None:
    for fifths in range(-7, 8):
        for mode in MODE_TONICS:
            if not -8 < fifths + MODE_TONICS[mode] < 12:
                continue  # beyond one accidental on the tonic
            signature = key(fifths, mode)
            letter, sign = key_name(signature)[0], key_name(signature).split()[0][1:]
            tonic = Pitch(letter, {"": 0, "♯": 1, "♭": -1}[sign], 4)
            assert tonic.midi_number % 12 == signature.tonic


def test_a_region_is_named_by_part_measures_meter_and_key() -> None:
    meter = TimeSignature(Fraction(0), 4, 4)
    measures = measures_from_meter((meter,), Fraction(64))
    part = Part("P1", "Violin", ())
    phrase = Phrase((part,), measures, Fraction(64), (key(1),), (meter,))
    words = region_in_words(phrase, "P1", Fraction(32), Fraction(64))
    assert words == "Violin, measures 9–16, 4/4, G major"
    assert measures_in_words(measures[:1]) == "measure 1"


def test_a_range_is_named_by_its_ends() -> None:
    pitches = (Pitch("B", 0, 5), Pitch("D", 0, 4), Pitch("G", 1, 4))
    notes = [Note(Fraction(i), Fraction(1), pitch) for i, pitch in enumerate(pitches)]
    assert range_in_words(notes) == "D4 to B5"
    assert range_in_words(notes[:1]) == "B5"
    assert range_in_words([]) == ""
    assert note_name(pitches[2]) == "G♯4"


@pytest.mark.parametrize(
    ("pitch", "signature", "name"),
    [
        (Pitch("G", 0, 4), key(1), "tonic"),
        (Pitch("D", 0, 4), key(1), "dominant"),
        (Pitch("D", 1, 4), key(1, "minor"), "raised seventh"),
        (Pitch("E", -1, 4), key(0), "lowered third"),
        (Pitch("B", -1, 4), key(-3, "minor"), "seventh"),
    ],
)
def test_degrees_are_named_in_their_key(pitch: Pitch, signature: KeySignature, name: str) -> None:
    assert degree_name(pitch, signature) == name
