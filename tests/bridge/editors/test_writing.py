"""Answers as steps of a cursor: every step can be entered, and together they are the answer."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.editors.writing import REST, events_of
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter

METERS = [(4, 4), (3, 4), (6, 8), (5, 4), (2, 2), (7, 8)]


@st.composite
def melodies(draw: st.DrawFn) -> Phrase:
    """Four measures of notes and rests on a sixteenth grid, over barlines too."""
    beats, beat_type = draw(st.sampled_from(METERS))
    meter = TimeSignature(Fraction(0), beats, beat_type)
    length = 4 * meter.measure_duration
    time, notes = Fraction(0), []
    while time < length:
        duration = min(Fraction(draw(st.integers(1, 24)), 4), length - time)
        if draw(st.integers(0, 4)):
            notes.append(Note(time, duration, spell(draw(st.integers(40, 90)))))
        time += duration
    part = Part("staff-1", "Flute", tuple(notes))
    return Phrase((part,), measures_from_meter((meter,), length), length, (), (meter,))


@given(melodies())
def test_steps_follow_each_other_and_each_is_one_note_value(phrase):
    events = events_of(phrase, 480).events
    for event, after in pairwise(events):
        assert event.offset + event.ticks <= after.offset
    # Plain, dotted and double-dotted values: what MuseScore's cursor accepts.
    assert all(event.value.numerator in (1, 2, 3, 7) for event in events)
    assert all(event.value.denominator in (1, 2, 4, 8, 16, 32, 64, 128) for event in events)


@given(melodies())
def test_every_note_keeps_its_onset_and_pitch_and_is_shortened_only_with_a_remark(phrase):
    written = events_of(phrase, 480)
    notes = [event for event in written.events if event.pitch != REST]
    asked = phrase.parts[0].notes
    assert [event.offset for event in notes] == [note.onset * 480 for note in asked]
    assert [event.pitch for event in notes] == [note.pitch.midi_number for note in asked]
    is_whole = all(e.ticks == n.duration * 480 for e, n in zip(notes, asked, strict=True))
    assert is_whole == (not written.remarks)


@given(melodies())
def test_a_measure_is_full_or_empty(phrase):
    events = events_of(phrase, 480).events
    for measure in phrase.measures:
        start, end = measure.onset * 480, measure.end * 480
        filled = sum(
            max(0, min(event.offset + event.ticks, end) - max(event.offset, start))
            for event in events
        )
        assert filled in (0, end - start)


@given(melodies())
def test_what_is_entered_too_long_is_written_over_by_the_following_steps(phrase):
    events = events_of(phrase, 480).events
    for index, event in enumerate(events):
        end = event.offset + event.value * 4 * 480
        place = event.offset + event.ticks
        for after in events[index + 1 :]:
            if place < end:
                assert after.offset == place
                place += after.ticks
        assert place >= end


def test_a_note_over_the_barline_is_one_step():
    events = events_of(one_note(Fraction(3), Fraction(2)), 480).events
    assert [(e.offset, e.ticks, e.value) for e in events if e.pitch != REST] == [
        (1440, 960, Fraction(1, 2))
    ]


def test_five_eighths_over_the_barline_are_entered_as_six_and_cut():
    written = events_of(one_note(Fraction(7, 2), Fraction(5, 2)), 480)
    note = next(event for event in written.events if event.pitch != REST)
    assert (note.ticks, note.value) == (1200, Fraction(3, 4))
    assert not written.remarks


def test_five_eighths_inside_a_measure_lose_one_and_that_is_said():
    written = events_of(one_note(Fraction(1), Fraction(5, 2)), 480)
    note = next(event for event in written.events if event.pitch != REST)
    assert note.ticks == 960
    assert "shortened" in written.remarks[0]


def test_a_rhythm_finer_than_ticks_is_refused():
    with pytest.raises(AntiphonError) as caught:
        events_of(one_note(Fraction(1, 7), Fraction(1)), 480)
    assert caught.value.code == "model-failed"


def one_note(onset: Fraction, duration: Fraction) -> Phrase:
    part = Part("staff-1", "Flute", (Note(onset, duration, spell(67)),))
    return Phrase((part,), measures_from_meter((), Fraction(16)), Fraction(16))
