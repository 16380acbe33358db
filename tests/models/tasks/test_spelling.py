from fractions import Fraction

import pytest

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.pitch import Pitch
from antiphon.models.tasks.spelling import spell_line


def _names(numbers, fifths=0, minor=False, heard=()):
    key = KeySignature(Fraction(0), fifths, "minor" if minor else "major")
    return " ".join(str(pitch)[:-1] for pitch in spell_line(numbers, key, minor, heard))


@pytest.mark.parametrize(
    ("numbers", "fifths", "minor", "names"),
    [
        ((60, 61, 62), 0, False, "C C# D"),
        ((62, 61, 60), 0, False, "D Db C"),
        ((67, 66, 65), 0, False, "G Gb F"),
        ((65, 66, 67), 0, False, "F F# G"),
        ((67, 71, 72), -3, True, "G B C"),
        ((70, 71, 72), -3, False, "Bb B C"),
        ((71, 72, 74), -3, False, "B C D"),
        ((66, 65, 66), 6, False, "F# E# F#"),
        ((65, 64, 65), -6, False, "F E F"),
        ((69, 68, 69), 0, True, "A G# A"),
    ],
)
def test_chromatic_notes_lead_where_they_go(numbers, fifths, minor, names):
    assert _names(numbers, fifths, minor) == names


def test_the_music_before_decides_where_it_agrees():
    heard = (Pitch("A", 1, 4), Pitch("A", 1, 3))
    assert _names((70, 69), heard=heard) == "A# A"


def test_every_number_keeps_its_sound_in_every_key():
    for fifths in range(-7, 8):
        for minor in (False, True):
            key = KeySignature(Fraction(0), fifths, "minor" if minor else "major")
            numbers = [*range(48, 84), *range(83, 47, -1), 60, 71, 60, 61]
            pitches = spell_line(numbers, key, minor)
            assert [pitch.midi_number for pitch in pitches] == numbers
            assert all(abs(pitch.alter) <= 2 for pitch in pitches)
