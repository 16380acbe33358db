from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.music.check import check
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, key_at, meter_at
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.slice import join, slice_phrase
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter


def quarters(count: int, pickup: int = 0) -> Phrase:
    """A rising line in quarters that changes from 4/4 to 3/4 and from C to D major at 16."""
    meters = (TimeSignature(Fraction(0), 4, 4), TimeSignature(Fraction(16 + pickup), 3, 4))
    notes = tuple(Note(Fraction(i), Fraction(1), spell(60 + i % 12)) for i in range(count))
    length = Fraction(count)
    return Phrase(
        (Part("P1", "Flute", notes), Part("P2", "Oboe", notes[::2])),
        measures_from_meter(meters, length, Fraction(pickup)),
        length,
        (KeySignature(Fraction(0), 0), KeySignature(Fraction(16 + pickup), 2)),
        meters,
        (Tempo(Fraction(0), 90.0),),
    )


def test_a_slice_begins_at_zero_with_the_signatures_in_force() -> None:
    part = slice_phrase(quarters(28), Fraction(19), Fraction(25))
    assert part.length == 6
    assert [(k.onset, k.fifths) for k in part.key_signatures] == [(0, 2)]
    assert [(t.onset, t.beats) for t in part.time_signatures] == [(0, 3)]
    assert part.tempos[0].onset == 0
    assert [m.number for m in part.measures] == ["6", "7"]
    assert part.parts[0].notes[0].onset == 0


def test_notes_and_ties_are_cut_at_the_edges() -> None:
    phrase = quarters(8)
    tied = (
        Note(Fraction(0), Fraction(4), spell(60), tie=Tie.START),
        Note(Fraction(4), Fraction(4), spell(60), tie=Tie.STOP),
    )
    phrase = replace(phrase, parts=(Part("P1", "", tied),))
    cut = slice_phrase(phrase, Fraction(2), Fraction(4)).parts[0].notes
    assert [(n.onset, n.duration, n.tie) for n in cut] == [(0, 2, Tie.NONE)]
    both = slice_phrase(phrase, Fraction(2), Fraction(6)).parts[0].notes
    assert [(n.duration, n.tie) for n in both] == [(2, Tie.START), (2, Tie.STOP)]


def test_a_slice_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="slice"):
        slice_phrase(quarters(8), Fraction(5), Fraction(4))


@given(st.integers(1, 33), st.integers(0, 3), st.integers(0, 34))
def test_a_phrase_cut_anywhere_between_notes_and_joined_again_is_the_same(
    count: int, pickup: int, cut: int
) -> None:
    phrase = quarters(count, pickup)
    at = Fraction(min(cut, count))
    first, second = slice_phrase(phrase, Fraction(0), at), slice_phrase(phrase, at, phrase.length)
    again = join(first, second)
    assert again.parts == phrase.parts
    assert again.measures == slice_phrase(phrase, Fraction(0), phrase.length).measures
    for onset in range(count):
        moment = Fraction(onset)
        assert key_at(again, moment).fifths == key_at(phrase, moment).fifths
        assert meter_at(again, moment).beats == meter_at(phrase, moment).beats


def test_join_keeps_parts_that_only_one_phrase_has() -> None:
    first = quarters(8)
    second = replace(first, parts=(replace(first.parts[0], id="P9"),))
    joined = join(first, second)
    assert [part.id for part in joined.parts] == ["P1", "P2", "P9"]
    assert joined.parts[2].notes[0].onset == 8
    assert joined.length == 16
    assert not check(joined)


@given(st.integers(0, 20), st.integers(0, 20))
def test_every_slice_has_sound_notation_but_for_its_edge_measures(a: int, b: int) -> None:
    start, end = sorted((Fraction(a), Fraction(b)))
    part = slice_phrase(quarters(20), start, end)
    assert not [problem for problem in check(part) if problem.kind != "underfull"]
    assert sounding(part.parts[0].notes) == part.parts[0].notes
