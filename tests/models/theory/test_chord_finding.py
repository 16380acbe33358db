"""Chord finding: what is heard, what is believed, and where measures are halved."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from antiphon.bridge.music.chords import chord_text, parse_chord_symbol
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter
from antiphon.models.theory.chord_finding import (
    Heard,
    chord_of,
    chords_heard,
    halves_of,
    middle_of,
    without_repeats,
)

C_MAJOR = KeySignature(Fraction(0), 0)


def phrase(columns: list[list[int]], chords: str = "", meter: tuple[int, int] = (4, 4)) -> Phrase:
    """One half note each, the numbers of a column together, in parts of one note."""
    parts = [
        Part(
            f"p{voice}",
            "",
            tuple(
                Note(Fraction(2 * i), Fraction(2), spell(column[voice], 0))
                for i, column in enumerate(columns)
                if voice < len(column)
            ),
        )
        for voice in range(max((len(c) for c in columns), default=0))
    ]
    meters = (TimeSignature(Fraction(0), *meter),)
    measures = measures_from_meter(meters, Fraction(2 * max(1, len(columns))))
    symbols = tuple(
        parse_chord_symbol(word, Fraction(4 * i)) for i, word in enumerate(chords.split())
    )
    return Phrase(tuple(parts), measures, measures[-1].end, (C_MAJOR,), meters, chords=symbols)


def names(chords) -> list[str]:
    return [chord_text(chord) for chord in chords]


def test_four_voices_are_heard_as_their_chords():
    music = phrase([[72, 67, 64, 48], [74, 65, 62, 50], [71, 65, 62, 43], [72, 67, 64, 48]])
    found = chords_heard(music, Fraction(0), Fraction(8))
    assert names(found) == ["C", "Dm", "G7", "C"]
    assert [chord.onset for chord in found] == [0, 2, 4, 6]


def test_given_symbols_are_believed_against_the_notes():
    music = phrase([[72, 67, 64]] * 4, "F Bb")
    assert names(chords_heard(music, Fraction(0), Fraction(8))) == ["F", "Bb"]


def test_the_symbol_in_force_at_the_start_counts_from_zero():
    found = chords_heard(phrase([[72]] * 6, "F Bb Gm"), Fraction(2), Fraction(10))
    assert names(found) == ["F", "Bb", "Gm"]
    assert [chord.onset for chord in found] == [0, 2, 6]


def test_notes_speak_until_the_first_symbol():
    music = phrase([[64, 60, 55], [64, 60, 55], [64, 60, 55]])
    later = (parse_chord_symbol("F", Fraction(4)),)
    assert names(chords_heard(replace(music, chords=later), Fraction(0), Fraction(6))) == ["C", "F"]


def test_a_melody_alone_gets_chief_chords_of_its_key():
    tune = phrase([[60], [64], [67], [65], [62], [71], [72], [72]])
    found = chords_heard(tune, Fraction(0), Fraction(16))
    assert found[0].root == ("C", 0)
    assert found[-1].root == ("C", 0)
    assert {chord.kind for chord in found} <= {"major", "minor"}


def test_silence_has_no_chord():
    assert chords_heard(phrase([]), Fraction(0), Fraction(4)) == ()
    assert chords_heard(phrase([[60]]), Fraction(2), Fraction(2)) == ()


@pytest.mark.parametrize(
    ("meter", "middle"),
    [((4, 4), 2), ((3, 4), 2), ((6, 8), Fraction(3, 2)), ((2, 4), 1), ((5, 4), 3), ((1, 4), 1),
     ((12, 8), 3), ((4, 2), 4)],
)  # fmt: skip
def test_measures_are_halved_at_a_felt_beat(meter, middle):
    assert middle_of(TimeSignature(Fraction(0), *meter)) == middle


def test_halves_fill_every_measure_of_any_meter():
    for beats, unit in ((15, 16), (7, 8), (3, 8), (1, 16), (11, 8), (13, 4)):
        meters = (TimeSignature(Fraction(0), beats, unit),)
        measures = measures_from_meter(meters, Fraction(9), Fraction(1, 16))
        halves = halves_of(measures, meters)
        assert halves[0].onset == 0
        assert halves[-1].end == measures[-1].end
        for before, after in pairwise(halves):
            assert before.end == after.onset


def test_a_pickup_belongs_to_the_second_half():
    measures = (Measure(Fraction(0), Fraction(1), "0"), Measure(Fraction(1), Fraction(4), "1"))
    halves = halves_of(measures, (TimeSignature(Fraction(0), 4, 4),))
    assert [(half.place, half.duration) for half in halves] == [(1, 1), (0, 2), (1, 2)]


def test_weights_name_the_seventh_only_where_it_sounds():
    triad = tuple(1.0 if i in (7, 11, 2) else 0.0 for i in range(12))
    seventh = tuple(1.0 if i in (7, 11, 2, 5) else 0.0 for i in range(12))
    assert chord_of(Heard(triad, 7), C_MAJOR) == (7, "major")
    assert chord_of(Heard(seventh, 7), C_MAJOR) == (7, "dominant")
    assert chord_of(Heard((0.0,) * 12), C_MAJOR) is None


def test_repeated_symbols_are_said_once():
    words = ["C", "C", "G", "G7", "G7"]
    chords = [parse_chord_symbol(word, Fraction(i)) for i, word in enumerate(words)]
    assert names(without_repeats(chords)) == ["C", "G", "G7"]
