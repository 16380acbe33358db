"""Measures as JSON rows and the phrase they describe."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.region_json import (
    MeasureRow,
    StaffRow,
    check_rows,
    phrase_from_rows,
    pitch_of,
    tpc_of,
)
from antiphon.bridge.music.check import check
from antiphon.bridge.music.melody import sounding, split_at_barlines
from antiphon.bridge.music.phrase import Note, Part, Tie
from antiphon.bridge.music.pitch import Pitch, spell
from antiphon.bridge.music.time import measures_from_meter
from antiphon.bridge.protocol.codec import from_json, to_json

PART = Part("staff-1", "Flute", (), 73)


@st.composite
def sung(draw: st.DrawFn) -> tuple[Note, ...]:
    """A melody of four 4/4 measures on a grid of twelfths of a quarter."""
    time, notes = Fraction(0), []
    while time < 16:
        duration = min(Fraction(draw(st.integers(1, 60)), 12), 16 - time)
        if draw(st.booleans()):
            notes.append(Note(time, duration, spell(draw(st.integers(30, 100)), 1)))
        time += duration
    return tuple(notes)


def rows_of(notes: tuple[Note, ...], start: int = 0) -> tuple[MeasureRow, ...]:
    """What a cursor would see: notes cut at barlines, in ticks, tied."""
    measures = measures_from_meter((), Fraction(16))
    written = split_at_barlines(notes, measures)
    return tuple(
        MeasureRow(
            tick=start + int(measure.onset * 480),
            ticks=1920,
            number=index + 1,
            key=1,
            beats=4,
            beat_type=4,
            revision=str(index),
            notes=tuple(
                (
                    int((note.onset - measure.onset) * 480),
                    int(note.duration * 480),
                    note.pitch.midi_number,
                    tpc_of(note.pitch),
                    0,
                    int(note.tie in (Tie.START, Tie.BOTH)),
                )
                for note in written
                if measure.onset <= note.onset < measure.end
            ),
        )
        for index, measure in enumerate(measures)
    )


@given(sung(), st.integers(0, 10**6))
def test_a_melody_comes_back_from_its_rows_wherever_it_stands(notes, start):
    phrase = phrase_from_rows(rows_of(notes, start), 480, PART)
    assert sounding(phrase.parts[0].notes) == notes
    assert not check(phrase)


@given(sung())
def test_rows_survive_json(notes):
    rows = rows_of(notes)
    assert tuple(from_json(MeasureRow, to_json(row)) for row in rows) == rows


@given(st.integers(0, 127), st.integers(-7, 7))
def test_tonal_pitch_classes_carry_the_spelling(midi_number, key):
    pitch = spell(midi_number, key)
    assert pitch_of(midi_number, tpc_of(pitch)) == pitch


def test_musescores_tonal_pitch_classes_are_named_right():
    named = {14: "C4", 15: "G4", 13: "F4", 21: "C#4", 20: "F#4", 12: "Bb4", 9: "Db4"}
    for tpc, name in named.items():
        midi_number = {"C4": 60, "G4": 67, "F4": 65, "C#4": 61, "F#4": 66, "Bb4": 70, "Db4": 61}
        assert str(pitch_of(midi_number[name], tpc)) == name


def test_a_spelling_that_does_not_sound_is_respelled_in_the_key():
    assert pitch_of(61, 14, key=-4) == Pitch("D", -1, 4)


def test_a_tie_that_leads_nowhere_is_dropped():
    lonely = MeasureRow(0, 1920, 1, 0, 4, 4, "", ((0, 480, 60, 14, 0, 1),))
    (note,) = phrase_from_rows((lonely,), 480, PART).parts[0].notes
    assert note.tie is Tie.NONE


def test_changes_of_key_and_meter_are_dated_once():
    rows = (
        MeasureRow(0, 480, 0, 2, 3, 4, ""),
        MeasureRow(480, 1440, 1, 2, 3, 4, ""),
        MeasureRow(1920, 1920, 2, -1, 4, 4, ""),
    )
    phrase = phrase_from_rows(rows, 480, PART)
    assert [(key.onset, key.fifths) for key in phrase.key_signatures] == [(0, 2), (4, -1)]
    meters = [(meter.onset, meter.beats) for meter in phrase.time_signatures]
    assert meters == [(0, 3), (4, 4)]
    assert [measure.number for measure in phrase.measures] == ["0", "1", "2"]
    assert phrase.length == 8


@pytest.mark.parametrize(
    "values",
    [
        (-1, 480, 1, 0, 4, 4, ""),
        (0, 0, 1, 0, 4, 4, ""),
        (0, 480, 1, 8, 4, 4, ""),
        (0, 480, 1, 0, 4, 5, ""),
        (0, 480, 1, 0, 0, 4, ""),
        (0, 480, 1, 0, 4, 4, "", ((480, 1, 60, 14, 0, 0),)),
        (0, 480, 1, 0, 4, 4, "", ((0, 0, 60, 14, 0, 0),)),
        (0, 480, 1, 0, 4, 4, "", ((0, 1, 128, 14, 0, 0),)),
        (0, 480, 1, 0, 4, 4, "", ((0, 1, 60, 99, 0, 0),)),
        (0, 480, 1, 0, 4, 4, "", ((0, 1, 60, 14, 4, 0),)),
    ],
)
def test_values_out_of_range_make_no_measure(values):
    with pytest.raises(ValueError):
        MeasureRow(*values)


def test_measures_that_do_not_follow_each_other_are_refused():
    rows = (MeasureRow(0, 480, 1, 0, 4, 4, ""), MeasureRow(960, 480, 2, 0, 4, 4, ""))
    with pytest.raises(AntiphonError) as caught:
        check_rows(rows)
    assert caught.value.code == "bad-request"


def test_a_program_outside_midi_is_refused():
    with pytest.raises(ValueError):
        StaffRow("Flute", 128)
