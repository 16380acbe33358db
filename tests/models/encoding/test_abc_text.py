from fractions import Fraction

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.time import TimeSignature
from antiphon.models.encoding.abc_text import (
    complete_tune,
    header_text,
    length_of,
    notes_in,
    read_header,
    rescaled,
    split_header,
    texts_of_book,
    tune_text,
)

BOOK = b"""X:1
T:One
M:6/8
L:1/8
K:D
A|"D"d2f {g}afd|(3efe d3- d3:|

X:2
T:Two, which changes key
M:2/4
K:C
cdef|[K:G]gfed|

X:3
M:3/4
L:1/4
K:Gm
[GB] A B | c3 |
"""


def test_a_tune_becomes_one_line_without_chords_and_graces():
    texts = dict(texts_of_book(BOOK, "book"))
    assert texts[0] == "M:6/8\nL:1/8\nK:D\nA | d2 f afd | (3efe d6 :|\n"


def test_a_tune_that_changes_its_key_is_left_out_and_a_chord_gives_its_top_note():
    texts = dict(texts_of_book(BOOK, "book"))
    assert sorted(texts) == [0, 2]
    assert texts[2] == "M:3/4\nL:1/8\nK:Gm\nB2 A2 B2 | c6 |\n"


@pytest.mark.parametrize("fifths", [-4, 0, 3])
def test_the_text_of_a_tune_reads_back_as_the_same_notes(make_tune, fifths):
    phrase = make_tune(3, 8, 6, 8, fifths=fifths)
    text = tune_text(phrase)
    again = phrase_from_abc(f"X:1\n{text}".encode())
    assert [(n.onset, n.pitch.midi_number) for n in again.parts[0].notes if n.tie.value != "stop"]
    assert sum(n.duration for n in again.parts[0].notes) == sum(
        n.duration for n in phrase.parts[0].notes
    )
    assert split_header(text)[0] == header_text(
        TimeSignature(Fraction(0), 6, 8), KeySignature(Fraction(0), fifths)
    )


def test_notes_are_counted_once_where_they_are_tied():
    assert notes_in("AB- | B2 z (3cde e'/2 |") == 6


def test_a_header_says_what_it_leaves_out():
    header = read_header("X:7\nT:Mine\nK:Em\n")
    assert (header.meter.beats, header.meter.beat_type) == (4, 4)
    assert (header.key.fifths, header.key.mode) == (1, "minor")
    assert header.unit == Fraction(1, 8)
    assert read_header("M:2/4\nK:C").unit == Fraction(1, 16)
    assert read_header("M:2/4\nK:C").lines[0] == "X:1"


@pytest.mark.parametrize("header", ["X:1\nK:H\n", "X:1\nM:a/b\nK:C", "A2 B2 | c4", "L:1/0\nK:C"])
def test_a_header_that_cannot_be_read_is_a_sentence(header):
    with pytest.raises(AntiphonError) as caught:
        read_header(header)
    assert caught.value.code == "broken-abc"


def test_lengths_follow_the_unit_that_the_header_asks_for():
    assert rescaled("A2 ^c/2 z3/2 (3d'e'f' |", Fraction(2)) == "A4 ^c z3 (3d'2e'2f'2 |"
    assert rescaled("A2 B", Fraction(1, 2)) == "A B/2"
    assert [length_of(t) for t in ("", "3", "/", "/4", "3/2")] == [1, 3, 0.5, 0.25, 1.5]


def test_a_complete_tune_keeps_the_lines_of_its_header():
    header = read_header("X:4\nT:Tune\nM:2/4\nL:1/4\nQ:1/4=90\nK:A\n")
    tune = complete_tune(header, "A2 B2 | c4 | A2 B2 | c4 | A4 :|")
    assert tune == ("X:4\nT:Tune\nM:2/4\nL:1/4\nQ:1/4=90\nK:A\nA B | c2 | A B | c2 |\nA2 :|\n")
