from fractions import Fraction

import pytest
from sounds import part, phrase

from antiphon.bridge.music.phrase import Note, Part, Tie
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Tempo
from antiphon.ui.sound.events import DRUM_CHANNEL, TempoMap, beats, length_seconds, soundings


def test_a_change_of_tempo_moves_what_comes_after_it_and_nothing_before():
    tempos = TempoMap([Tempo(Fraction(0), 120), Tempo(Fraction(4), 60)])
    assert [tempos.seconds(q) for q in (0, 2, 4, 6)] == [0, 1, 2, 4]
    assert [tempos.quarters(s) for s in (0, 1, 2, 4)] == [0, 2, 4, 6]


def test_without_a_tempo_music_goes_at_120():
    assert TempoMap([]).seconds(4) == 2


def test_a_later_tempo_on_the_same_place_counts():
    assert TempoMap([Tempo(Fraction(0), 120), Tempo(Fraction(0), 60)]).seconds(4) == 4


def test_tied_notes_sound_once_and_as_long_as_both():
    pitch = Pitch("A", 0, 4)
    notes = (
        Note(Fraction(0), Fraction(4), pitch, tie=Tie.START),
        Note(Fraction(4), Fraction(2), pitch, tie=Tie.STOP),
    )
    (only,) = soundings(phrase(Part("p", "P", notes)))
    assert only.start == 0
    assert only.end == pytest.approx(3, abs=0.02)


def test_drums_take_the_tenth_channel_and_others_never_do():
    parts = [part([60], name=f"P{n}") for n in range(18)]
    played = soundings(phrase(*parts, part([36], name="Kit", is_drums=True)))
    assert {s.channel for s in played if s.pitch == 36} == {DRUM_CHANNEL}
    assert DRUM_CHANNEL not in {s.channel for s in played if s.pitch == 60}


def test_a_grace_note_is_heard_before_its_note_and_never_before_the_music():
    pitch = Pitch("B", 0, 4)
    notes = (Note(Fraction(0), Fraction(0), pitch), Note(Fraction(2), Fraction(0), pitch))
    first, second = soundings(phrase(Part("p", "P", notes)))
    assert first.start == 0
    assert second.start < 1 <= second.end


def test_a_note_beyond_midi_is_left_out_and_not_played_wrong():
    notes = (Note(Fraction(0), Fraction(1), Pitch("C", 0, 10)),)
    assert soundings(phrase(Part("p", "P", notes))) == ()


def test_compound_meter_beats_in_threes():
    found = beats(phrase(part([60] * 6), length=6, meter=(6, 8), tempo=90))
    assert [beat.is_downbeat for beat in found] == [True, False] * 2
    assert found[1].seconds == pytest.approx(1.0)


def test_the_length_is_that_of_the_whole_phrase_with_its_rests():
    assert length_seconds(phrase(part([60]), length=8, tempo=60)) == 8
