"""Answers as steps of a cursor: every step can be entered, and together they are the answer."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.editors.writing import Line, lines_of
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter

METERS = [(4, 4), (3, 4), (6, 8), (5, 4), (2, 2), (7, 8)]
Sounds = list[tuple[Fraction, Fraction, int]]


@st.composite
def pianos(draw: st.DrawFn) -> Phrase:
    """Four measures of chords and rests on two staves, one or two voices, over barlines too."""
    beats, beat_type = draw(st.sampled_from(METERS))
    meter = TimeSignature(Fraction(0), beats, beat_type)
    length = 4 * meter.measure_duration
    notes: list[Note] = []
    for staff, voice in draw(st.sampled_from([[(1, 1)], [(1, 1), (1, 2)], [(1, 1), (2, 1)]])):
        time = Fraction(0)
        while time < length:
            duration = min(Fraction(draw(st.integers(1, 24)), 4), length - time)
            for pitch in draw(st.sets(st.integers(40, 90), max_size=3)):
                notes.append(Note(time, duration, spell(pitch), voice=voice, staff=staff))
            time += duration
    part = normalised(Part("staff-1", "Piano", tuple(notes), staff_count=2))
    return Phrase((part,), measures_from_meter((meter,), length), length, (), (meter,))


def sounds(line: Line) -> Sounds:
    """What a line of steps sounds, ties joined."""
    found: dict[int, list[Fraction]] = {}
    done: Sounds = []
    for step in line.steps:
        for head in step.heads:
            open_note = found.pop(head.pitch, None)
            onset = open_note[0] if open_note else Fraction(step.offset, 480)
            end = Fraction(step.offset + step.ticks, 480)
            if head.is_tied:
                found[head.pitch] = [onset, end]
            else:
                done.append((onset, end - onset, head.pitch))
    assert not found
    return sorted(done)


@given(pianos())
def test_together_the_steps_sound_the_answer_and_nothing_else(phrase):
    lines = lines_of(phrase.parts[0], phrase, 480)
    found = sorted((line.staff, sound) for line in lines for sound in sounds(line))
    asked = sorted(
        (note.staff - 1, (note.onset, note.duration, note.pitch.midi_number))
        for note in phrase.parts[0].notes
    )
    assert found == asked


@given(pianos())
def test_steps_follow_each_other_inside_measures_and_each_is_one_note_value(phrase):
    barlines = {int(measure.onset * 480) for measure in phrase.measures}
    for line in lines_of(phrase.parts[0], phrase, 480):
        free = 0
        for step in line.steps:
            assert step.offset == free or (step.offset > free and step.offset in barlines)
            free = step.offset + step.ticks
            assert not any(step.offset < barline < free for barline in barlines)
            assert step.value * 4 * 480 == step.ticks
            # Plain, dotted and double-dotted values: what MuseScore's cursor accepts.
            assert step.value.numerator in (1, 2, 3, 7)
            assert step.value.denominator in (1, 2, 4, 8, 16, 32, 64, 128)


@given(pianos())
def test_a_measure_is_full_or_empty_in_every_voice(phrase):
    for line in lines_of(phrase.parts[0], phrase, 480):
        for measure in phrase.measures:
            start, end = measure.onset * 480, measure.end * 480
            filled = sum(s.ticks for s in line.steps if start <= s.offset < end)
            assert filled in (0, end - start)


def test_five_eighths_are_two_notes_tied_together():
    (line,) = lines_of(*one_note(Fraction(0), Fraction(5, 2)), 480)
    heads = [(step.ticks, step.value, [h.is_tied for h in step.heads]) for step in line.steps[:2]]
    assert heads == [(480, Fraction(1, 4), [True]), (720, Fraction(3, 8), [False])]
    assert line.steps[0].row() == [0, 480, 1, 4, 67, 15, 1]
    assert line.steps[-1].row()[4:] == [-1, 0, 0]


def test_drums_that_sound_long_are_struck_in_one_voice():
    hits = (
        Note(Fraction(0), Fraction(4), spell(36)),
        Note(Fraction(0), Fraction(1, 4), spell(42)),
        Note(Fraction(1, 2), Fraction(1, 4), spell(42)),
        Note(Fraction(3), Fraction(4), spell(49)),
    )
    part = Part("antiphon-drums", "Drums", hits, is_drums=True)
    phrase = Phrase((part,), measures_from_meter((), Fraction(8)), Fraction(8))
    (line,) = lines_of(part, phrase, 480)
    struck = [(s.offset, s.ticks, [h.pitch for h in s.heads]) for s in line.steps if s.heads]
    assert struck == [(0, 240, [36, 42]), (240, 240, [42]), (1440, 480, [49])]


def test_a_rhythm_finer_than_ticks_is_refused():
    with pytest.raises(AntiphonError) as caught:
        lines_of(*one_note(Fraction(1, 11), Fraction(1)), 480)
    assert caught.value.code == "model-failed"


def one_note(onset: Fraction, duration: Fraction) -> tuple[Part, Phrase]:
    part = Part("staff-1", "Flute", (Note(onset, duration, spell(67)),))
    return part, Phrase((part,), measures_from_meter((), Fraction(16)), Fraction(16))
