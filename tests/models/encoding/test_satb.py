from fractions import Fraction

import numpy as np
import pytest

from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter
from antiphon.models.encoding import satb


def _slots(beats, beat_type, count=2, pickup=Fraction(0)):
    meters = (TimeSignature(Fraction(0), beats, beat_type),)
    length = pickup + count * meters[0].measure_duration
    return satb.slots_of(measures_from_meter(meters, length, pickup), meters)


def test_a_measure_of_four_quarters_has_sixteen_slots_in_four_beats():
    slots = _slots(4, 4)
    assert len(slots) == 32
    assert slots.within[:8].tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert slots.beat[:16:4].tolist() == [6, 7, 8, 9]
    assert slots.edges[-1] == 8


def test_a_pickup_stands_at_the_end_of_its_measure():
    slots = _slots(4, 4, pickup=Fraction(1))
    assert slots.beat[:5].tolist() == [9, 9, 9, 9, 6]


def test_a_measure_that_begins_inside_a_slot_begins_with_its_rest():
    meters = (TimeSignature(Fraction(0), 4, 4),)
    slots = satb.slots_of((Measure(Fraction(0), Fraction(7, 8), "1"),), meters)
    assert slots.edges == (0, Fraction(1, 8), Fraction(3, 8), Fraction(5, 8), Fraction(7, 8))
    assert slots.within.tolist() == [0, 1, 2, 3]


def test_what_is_missing_before_a_measure_can_be_told():
    meters = (TimeSignature(Fraction(0), 4, 4),)
    measures = (Measure(Fraction(0), Fraction(1), "1"), Measure(Fraction(1), Fraction(3), "1"))
    slots = satb.slots_of(measures, meters, {0: Fraction(0), 1: Fraction(1)})
    assert slots.beat[::4].tolist() == [6, 7, 8, 9]


@pytest.mark.parametrize("meter", [(6, 8), (3, 8), (12, 8)])
def test_compound_beats_have_four_slots_that_begin_with_their_eighths(meter):
    slots = _slots(*meter)
    assert slots.within[:5].tolist() == [0, 1, 2, 3, 0]
    assert slots.edges[:5] == (0, Fraction(1, 2), 1, Fraction(5, 4), Fraction(3, 2))
    assert slots.compound.all()


def test_a_half_note_beat_makes_slots_of_eighths():
    assert len(_slots(2, 2, 1)) == 8


@pytest.mark.parametrize("meter", [(15, 16), (5, 32), (7, 8), (1, 1), (11, 4), (3, 64)])
def test_every_meter_has_slots_that_begin_with_its_measures(meter):
    slots = _slots(*meter, count=3)
    length = TimeSignature(Fraction(0), *meter).measure_duration
    assert {i * length for i in range(3)} <= set(slots.edges)
    assert slots.within.max() < satb.WITHIN
    assert slots.beat.max() < satb.BEATS


def test_a_line_takes_the_note_that_fills_most_of_a_slot():
    notes = [
        Note(Fraction(0), Fraction(1, 3), spell(60)),
        Note(Fraction(1, 3), Fraction(1, 3), spell(62)),
        Note(Fraction(2, 3), Fraction(1, 3), spell(64)),
        Note(Fraction(1), Fraction(1), spell(60)),
        Note(Fraction(2), Fraction(1), spell(60)),
    ]
    line, attacks = satb.line_on(notes, _slots(4, 4, 1))
    assert line[:9].tolist() == [60, 62, 62, 64, 60, 60, 60, 60, 60]
    assert line[12:].tolist() == [0, 0, 0, 0]
    assert np.flatnonzero(attacks).tolist() == [0, 1, 3, 4, 8]


def test_symbols_give_their_numbers_back_and_fold_what_leaves_the_window():
    numbers = np.array([[72, 67, 60, 48], [0, 0, 0, 0]])
    assert satb.to_numbers(satb.to_symbols(numbers)).tolist() == numbers.tolist()
    far = satb.to_numbers(satb.to_symbols(np.array([[20, 120, 12, 100]])))
    assert (far % 12).tolist() == [[8, 0, 0, 4]]


@pytest.mark.parametrize("fifths", range(-7, 8))
def test_every_signature_moves_to_the_one_without_accidentals(fifths):
    shift = satb.key_shift(fifths)
    assert -5 <= shift <= 6
    assert (7 * fifths + shift) % 12 == 0


def test_chord_labels_name_root_and_quality():
    numbers = np.array([[72, 67, 64, 48], [71, 65, 62, 43], [0, 0, 0, 0], [61, 60, 59, 58]])
    c_major, g_major = 3, 3 + 7 * 4
    assert satb.chord_labels(numbers).tolist() == [c_major, g_major, satb.CHORD_REST,
                                                   satb.CHORD_OTHER]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "root", "quality"),
    [("C", 0, 0), ("Dm7", 2, 1), ("Bdim", 11, 2), ("Gaug", 7, 3), ("F#m7b5", 6, 2), ("A7", 9, 0)],
)
def test_chord_symbols_have_the_label_of_their_triad(text, root, quality):
    label = satb.label_of_symbol(parse_chord_symbol(text), 0)
    assert label == 3 + 4 * root + quality
    assert satb.label_of_symbol(parse_chord_symbol(text), 3) == 3 + 4 * ((root + 3) % 12) + quality
