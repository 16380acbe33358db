from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.music.melody import (
    is_note_value,
    sounding,
    split_at_barlines,
    split_to_note_values,
    top_line,
)
from antiphon.bridge.music.phrase import Note, Part, Tie
from antiphon.bridge.music.pitch import Pitch, spell
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter

QUARTER = Fraction(1)


def note(onset: object, duration: object, number: int = 60, **more: object) -> Note:
    return Note(Fraction(onset), Fraction(duration), spell(number), **more)


def measures(beats: int, beat_type: int, length: int = 64) -> tuple[Measure, ...]:
    return measures_from_meter((TimeSignature(Fraction(0), beats, beat_type),), Fraction(length))


lines = st.lists(
    st.tuples(
        st.sampled_from([Fraction(n, 4) for n in range(1, 22)]),
        st.integers(40, 80),
        st.booleans(),
    ),
    max_size=20,
)


def line_of(values: list[tuple[Fraction, int, bool]]) -> tuple[Note, ...]:
    notes, onset = [], Fraction(0)
    for duration, number, is_rest in values:
        if not is_rest:
            notes.append(note(onset, duration, number))
        onset += duration
    return tuple(notes)


def test_a_chain_of_ties_sounds_as_one_note_and_a_repeated_note_as_two() -> None:
    written = (
        note(0, 2, tie=Tie.START),
        note(2, 4, tie=Tie.BOTH),
        note(6, 1, tie=Tie.STOP),
        note(7, 1),
    )
    assert [(n.onset, n.duration) for n in sounding(written)] == [(0, 7), (7, 1)]


def test_ties_of_two_voices_on_one_pitch_stay_in_their_voices() -> None:
    written = [
        note(0, 1, tie=Tie.START, voice=1),
        note(0, 1, tie=Tie.START, voice=2),
        note(1, 1, tie=Tie.STOP, voice=2),
        note(1, 3, tie=Tie.STOP, voice=1),
    ]
    assert {(n.voice, n.duration) for n in sounding(written)} == {(1, 4), (2, 2)}


def test_a_tie_that_leads_nowhere_and_grace_notes_make_no_difference() -> None:
    written = (note(0, 0, 72), note(0, 1, tie=Tie.START), note(2, 1, tie=Tie.STOP))
    assert [(n.onset, n.duration, n.tie) for n in sounding(written)] == [
        (0, 1, Tie.NONE),
        (2, 1, Tie.NONE),
    ]


def test_the_top_line_leaves_out_what_moves_under_a_held_note() -> None:
    part = Part("1", "", (note(0, 4, 72), note(1, 1, 60), note(4, 1, 67), note(4, 1, 76)))
    line = top_line(part, Fraction(0), Fraction(8))
    assert [(n.onset, n.pitch.midi_number) for n in line] == [(0, 72), (4, 76)]


def test_the_top_line_cuts_a_note_where_the_next_begins_and_at_the_edges() -> None:
    part = Part("1", "", (note(0, 3, 60), note(2, 4, 64)))
    line = top_line(part, Fraction(1), Fraction(5))
    assert [(n.onset, n.end) for n in line] == [(1, 2), (2, 5)]
    assert top_line(part, Fraction(6), Fraction(9)) == ()


@given(lines, st.sampled_from([(4, 4), (3, 4), (6, 8), (5, 4), (7, 8)]))
def test_writing_with_barlines_and_note_values_changes_nothing_that_sounds(
    values: list[tuple[Fraction, int, bool]], meter: tuple[int, int]
) -> None:
    line = line_of(values)
    bars = measures(*meter, length=128)
    beat = TimeSignature(Fraction(0), *meter).beat_duration
    written = split_to_note_values(split_at_barlines(line, bars), bars, beat)
    assert sounding(written) == line
    for each in written:
        assert any(m.onset <= each.onset and each.end <= m.end for m in bars)
        assert is_note_value(each.duration) or each.duration < beat


def test_five_quarters_are_a_dotted_half_tied_to_a_half() -> None:
    bars = measures(5, 4)
    written = split_to_note_values([note(0, 5)], bars, QUARTER)
    assert [(n.duration, n.tie) for n in written] == [(3, Tie.START), (2, Tie.STOP)]


def test_a_triplet_note_over_a_beat_is_cut_there() -> None:
    bars = measures(4, 4)
    written = split_to_note_values([note(Fraction(2, 3), Fraction(2, 3))], bars, QUARTER)
    assert [n.duration for n in written] == [Fraction(1, 3), Fraction(1, 3)]


def test_spelling_of_a_tied_note_is_kept() -> None:
    whole = Note(Fraction(0), Fraction(8), Pitch("C", -1, 5))
    assert {n.pitch for n in split_at_barlines([whole], measures(4, 4))} == {whole.pitch}
