from fractions import Fraction

import numpy as np

from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.models.encoding.grid import Span
from antiphon.models.encoding.melody import Melody, Tone, melody_of
from antiphon.models.encoding.steps import (
    BACK,
    BACK_2,
    CHORD_SIZE,
    COLUMNS,
    NO_EVENT,
    NONE,
    NOTE_OFF,
    SIZES,
    chord_row,
    chord_rows,
    is_exact,
    places_in,
    stepped,
    symbols_of,
)
from antiphon.models.encoding.vocabulary import pitch_symbol


def test_a_note_begins_lasts_and_stops():
    tones = [(0, 12, 40), (12, 18, 42), (24, 30, 44)]
    assert symbols_of(tones, 0, 36) == [40, 0, 42, NOTE_OFF, 44, NOTE_OFF]


def test_a_triplet_is_not_exact_and_a_16th_is():
    assert is_exact([(0, 6, 40)], 0)
    assert not is_exact([(8, 16, 40)], 0)


def test_every_note_of_a_tune_on_the_grid_begins_at_a_step(make_tune):
    phrase = make_tune(2, 8)
    melody = melody_of(phrase, phrase.parts[0])
    found = stepped(melody)
    assert found.is_exact
    assert found.notes == len(melody.tones)
    assert found.symbols[-1] == NOTE_OFF
    assert set(found.symbols[found.symbols > NOTE_OFF]) == {
        pitch_symbol(tone.midi_number + melody.shift) for tone in melody.tones
    }


def test_rows_stay_inside_their_columns_and_look_back_by_measures(make_tune):
    phrase = make_tune(5, 8, 3, 4)
    found = stepped(melody_of(phrase, phrase.parts[0]))
    assert found.rows.shape == (len(found.symbols), len(COLUMNS))
    assert (found.rows.max(0) < np.array(SIZES)).all()
    # Three quarters are twelve steps.
    assert (found.rows[12:, BACK] == found.symbols[:-12]).all()
    assert (found.rows[24:, BACK_2] == found.symbols[:-24]).all()
    assert (found.rows[:12, BACK] == NONE).all()


def test_the_music_up_to_an_answer_ends_with_it(make_tune):
    phrase = make_tune(1, 4)
    melody = melody_of(phrase, phrase.parts[0])
    assert len(stepped(melody, until=192).symbols) == 32
    assert len(stepped(Melody((), melody.spans, 0, False), until=96).symbols) == 16


def test_places_count_from_the_barline_in_any_meter(make_tune):
    phrase = make_tune(1, 4, 6, 8)
    places = places_in(melody_of(phrase, phrase.parts[0]).spans, 0, 30)
    assert [place.position for place in places[:14]] == [*range(12), 0, 1]
    assert {place.measure for place in places} == {12}


def test_a_chord_is_its_root_and_its_pitch_classes_moved_with_the_melody():
    row = chord_row(parse_chord_symbol("D7"), -2)
    assert row[0] == 1
    assert [i for i in range(12) if row[13 + i]] == [0, 4, 7, 10]
    assert chord_row(None, 5)[12] == 1


def test_a_chord_holds_until_the_next():
    chords = [parse_chord_symbol("C", Fraction(1)), parse_chord_symbol("G", Fraction(2))]
    rows = chord_rows(chords, 0, 16, 0)
    assert rows.shape == (16, CHORD_SIZE)
    assert [int(row[:13].argmax()) for row in rows[::4]] == [12, 0, 7, 7]


def test_a_note_outside_the_steps_is_brought_onto_one():
    melody = Melody((Tone(0, 8, 60), Tone(8, 16, 62)), (Span(0, 96, 0),), 0, False)
    found = stepped(melody)
    assert not found.is_exact
    assert found.notes == 2
    assert NO_EVENT not in found.symbols[:1]
