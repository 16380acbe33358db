"""Keys, meters, ranges, chords and rhythms as a person types them."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.harmony import MODE_TONICS, KeySignature
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.music.typed import (
    parse_chords,
    parse_key,
    parse_meter,
    parse_numbers,
    parse_range,
    parse_rhythm,
    repeated,
)
from antiphon.bridge.music.words import key_name, note_name

Q = Fraction


@pytest.mark.parametrize(
    ("text", "fifths", "mode"),
    [("C", 0, "major"), ("G", 1, "major"), ("F# minor", 3, "minor"), ("Bbm", -5, "minor"),
     ("D dorian", 0, "dorian"), ("e min", 1, "minor"), ("Eb Major", -3, "major"),
     ("CM", 0, "major"), ("B♭", -2, "major"), ("a aeolian", 0, "minor")],
)  # fmt: skip
def test_a_key_is_read_as_it_is_usually_typed(text, fifths, mode):
    assert parse_key(text) == KeySignature(Q(0), fifths, mode)


@given(st.integers(-7, 7), st.sampled_from(sorted(MODE_TONICS)))
def test_every_key_is_read_by_the_name_it_is_printed_with(fifths, mode):
    key = KeySignature(Q(0), fifths, mode)
    if -7 <= key.tonic_fifths <= 7:
        assert parse_key(key_name(key)) == key


@pytest.mark.parametrize("text", ["H", "G#", "C flat", "", "1", "C lydian-ish", "G major minor"])
def test_a_key_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"key is typed|sharps"):
        parse_key(text)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [("C3-G5", (48, 79)), ("48-79", (48, 79)), ("C3-", (48, None)), ("-G5", (None, 79)),
     ("f#2 - Bb4", (42, 70)), ("C-1-C4", (0, 60)), ("C3–60", (48, 60))],
)  # fmt: skip
def test_a_range_is_read_by_names_and_numbers(text, bounds):
    assert parse_range(text) == bounds


@given(st.integers(0, 126), st.integers(0, 126))
def test_every_range_of_named_notes_is_read(low, high):
    text = f"{note_name(spell(low))}-{note_name(spell(high))}"
    assert parse_range(text) == (low, high)


@pytest.mark.parametrize("text", ["", "-", "C", "C3", "H3-G5", "C3-G55", "C3 to G5"])
def test_a_range_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="a range is typed"):
        parse_range(text)


def chords(text, meter=(4, 4), count=4):
    meters = (TimeSignature(Q(0), *meter),)
    measures = measures_from_meter(meters, count * meters[0].measure_duration)
    return [(c.onset, chord_text(c)) for c in parse_chords(text, measures, meters)]


@pytest.mark.parametrize(
    ("text", "meter", "found"),
    [
        ("C | Am F | G7", (4, 4), [(0, "C"), (4, "Am"), (6, "F"), (8, "G7")]),
        ("| C | % | G |", (4, 4), [(0, "C"), (4, "C"), (8, "G")]),
        ("C | | G", (4, 4), [(0, "C"), (8, "G")]),
        ("C Am F", (4, 4), [(0, "C"), (1, "Am"), (2, "F")]),
        ("C . . G", (4, 4), [(0, "C"), (3, "G")]),
        ("C G", (3, 4), [(0, "C"), (1, "G")]),
        ("C . G", (3, 4), [(0, "C"), (2, "G")]),
        ("D A7 | Bm", (6, 8), [(0, "D"), (Q(3, 2), "A7"), (3, "Bm")]),
        ("C D E", (2, 4), [(0, "C"), (Q(2, 3), "D"), (Q(4, 3), "E")]),
        ("N.C. | F#m7b5/C", (4, 4), [(0, "N.C."), (4, "F#m7b5/C")]),
    ],
)
def test_chords_stand_on_the_beats_of_their_measures(text, meter, found):
    assert chords(text, meter) == found


@pytest.mark.parametrize("text", ["", "|", "%", "C | Hm", "C | D | E | F | G", "foo"])
def test_chords_that_are_none_or_too_many_are_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        chords(text)


def test_a_rhythm_is_repeated_until_the_answer_is_full():
    rhythm = parse_rhythm("1 1/2 r1/2 2")
    assert rhythm == ((1, True), (Q(1, 2), True), (Q(1, 2), False), (2, True))
    slots = list(repeated(rhythm, Q(7)))
    assert slots == [(0, 1), (1, Q(1, 2)), (2, 2), (4, 1), (5, Q(1, 2)), (6, 1)]


@given(
    st.lists(st.tuples(st.integers(1, 16), st.integers(1, 16), st.booleans()), min_size=1),
    st.integers(1, 64),
)
def test_a_repeated_rhythm_stays_inside_and_in_order(drawn, length):
    if not any(sounds for *_, sounds in drawn):
        return
    text = " ".join(f"{'' if sounds else 'r'}{n}/{d}" for n, d, sounds in drawn)
    slots = list(repeated(parse_rhythm(text), Q(length)))
    assert all(a[0] + a[1] <= b[0] for a, b in pairwise(slots))
    assert all(onset + duration <= length for onset, duration in slots)


@pytest.mark.parametrize("text", ["", "r1", "0", "1/0", "-1", "x", "1 two", "1" * 9])
def test_a_rhythm_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_rhythm(text)


def test_measures_and_meters_are_read():
    assert parse_numbers("3,5-6, 12a") == (("3", "3"), ("5", "6"), ("12a", "12a"))
    assert parse_meter("6/8") == TimeSignature(Q(0), 6, 8)
    for text in ("", "-3", "3-", "a,,b"):
        with pytest.raises(ValueError, match=r".+"):
            parse_numbers(text)
    for text in ("6", "6/7", "0/4", "x/4"):
        with pytest.raises(ValueError, match=r".+"):
            parse_meter(text)
