from fractions import Fraction

import pytest

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.music.words import key_name
from antiphon.models.theory.keys import find_key, find_mode, raises_seventh

# Openings of tunes everyone knows, as MIDI numbers and quarters, with their meter and key.
TUNES = {
    "Ode to Joy": (
        "66:1 66:1 67:1 69:1 69:1 67:1 66:1 64:1 62:1 62:1 64:1 66:1 66:3/2 64:1/2 64:2 "
        "66:1 66:1 67:1 69:1 69:1 67:1 66:1 64:1 62:1 62:1 64:1 66:1 64:3/2 62:1/2 62:2",
        (4, 4),
        "D major",
    ),
    "Greensleeves": (
        "69:2 72:1 74:2 76:3/2 77:1/2 76:1 74:2 71:1 67:3/2 69:1/2 71:1 72:2 69:1 69:3/2 "
        "68:1/2 69:1 71:2 68:1 64:2 69:1 72:2 74:1 76:3/2 77:1/2 76:1 74:2 71:1 67:3/2 69:1/2 "
        "71:1 72:3/2 71:1/2 69:1 68:3/2 66:1/2 68:1 69:3 69:3",
        (6, 4),
        "A minor",
    ),
    "Twinkle": (
        "65:1 65:1 72:1 72:1 74:1 74:1 72:2 70:1 70:1 69:1 69:1 67:1 67:1 65:2",
        (4, 4),
        "F major",
    ),
    "God Save the King": (
        "67:1 67:1 69:1 66:3/2 67:1/2 69:1 71:1 71:1 72:1 71:3/2 69:1/2 67:1 69:1 67:1 66:1 67:3",
        (3, 4),
        "G major",
    ),
}


def phrase_of(
    numbers: str, meter: tuple[int, int], up: int = 0, key: KeySignature | None = None
) -> Phrase:
    notes, onset = [], Fraction(0)
    for token in numbers.split():
        pitch, duration = token.split(":")
        notes.append(Note(onset, Fraction(duration), spell(int(pitch) + up)))
        onset += Fraction(duration)
    signature = TimeSignature(Fraction(0), *meter)
    keys = (key,) if key else ()
    measures = measures_from_meter((signature,), onset)
    return Phrase((Part("1", "", tuple(notes)),), measures, onset, keys, (signature,))


@pytest.mark.parametrize("title", TUNES)
def test_the_key_of_a_known_tune_is_found(title: str) -> None:
    numbers, meter, name = TUNES[title]
    assert key_name(find_key(phrase_of(numbers, meter))) == name


@pytest.mark.parametrize("title", TUNES)
def test_a_transposed_tune_has_the_transposed_key(title: str) -> None:
    numbers, meter, _ = TUNES[title]
    home = find_key(phrase_of(numbers, meter))
    for up in range(-6, 6):
        moved = find_key(phrase_of(numbers, meter, up))
        assert (moved.tonic - home.tonic - up) % 12 == 0
        assert moved.mode == home.mode


def test_a_written_signature_keeps_its_fifths_and_the_mode_is_decided() -> None:
    numbers, meter, _ = TUNES["Greensleeves"]
    written = KeySignature(Fraction(0), 0)
    assert find_key(phrase_of(numbers, meter, key=written)).mode == "minor"
    numbers, meter, _ = TUNES["Twinkle"]
    far = KeySignature(Fraction(0), 5)
    assert find_key(phrase_of(numbers, meter, key=far)).fifths == 5


def test_music_without_notes_is_in_its_written_key_or_in_c() -> None:
    empty = Phrase((), (), Fraction(4))
    assert find_key(empty) == KeySignature(Fraction(0), 0)
    written = KeySignature(Fraction(0), -3, "minor")
    assert find_key(Phrase((), (), Fraction(4), (written,))) == written


def test_a_dorian_tune_is_told_from_minor_and_major() -> None:
    dorian = "69:1 72:1 76:1 74:1 76:1 78:1 79:1 76:1 74:1 72:1 71:1 67:1 69:2 69:2"
    key = KeySignature(Fraction(0), 1)
    assert find_mode(phrase_of(dorian, (4, 4), key=key), key) == "dorian"
    numbers, meter, _ = TUNES["God Save the King"]
    assert find_mode(phrase_of(numbers, meter, key=key), key) == "major"


def test_a_sharpened_seventh_is_heard_and_a_natural_one_too() -> None:
    key = KeySignature(Fraction(0), 0, "minor")
    assert raises_seventh(phrase_of("69:1 68:1 69:1", (3, 4)).parts[0].notes, key)
    assert not raises_seventh(phrase_of("69:1 67:1 69:1", (3, 4)).parts[0].notes, key)
    assert raises_seventh((), key)
