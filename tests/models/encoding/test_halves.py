"""Melody and chords on half measures."""

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from antiphon.bridge.music.chords import KINDS, chord_symbol, parse_chord_symbol
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.models.encoding import halves as grid
from antiphon.models.theory.chord_finding import halves_of

METER = TimeSignature(Fraction(0), 4, 4)


def tune(notes, measures: int = 2, **other) -> grid.Tune:
    halves = halves_of(measures_from_meter((METER,), Fraction(4 * measures)), (METER,))
    numbers = tuple(half.measure + 1 for half in halves)
    return grid.Tune(halves, tuple(notes), other.pop("fifths", 0), False, METER, numbers, **other)


def test_every_symbol_names_a_chord_and_comes_back_in_every_key():
    for fifths in range(-6, 7):
        key = KeySignature(Fraction(0), fifths)
        for symbol in range(grid.NO_CHORD):
            chord = grid.chord_of_symbol(symbol, fifths)
            assert chord is not None
            assert grid.symbol_of(chord_symbol(Fraction(0), *chord, key), fifths) == symbol
    assert grid.chord_of_symbol(grid.NO_CHORD, 0) is None
    assert grid.symbol_of(parse_chord_symbol("N.C."), 3) == grid.NO_CHORD


def test_every_kind_of_the_table_is_reduced_to_one_on_its_root():
    for kind in KINDS:
        for root in range(12):
            assert grid.reduced(root, kind) % 12 == root
            assert grid.reduced(root, kind) < grid.NO_CHORD


@pytest.mark.parametrize(
    ("text", "kind"),
    [("C9", "dominant"), ("Cmaj9", "major-seventh"), ("Dm11", "minor-seventh"), ("D5", "minor"),
     ("Csus2", "major"), ("Bsus2", "diminished"), ("CmMaj7", "minor"), ("C7#5", "dominant")],
)  # fmt: skip
def test_kinds_that_the_model_lacks_become_their_nearest(text, kind):
    symbol = grid.symbol_of(parse_chord_symbol(text), 0)
    assert grid.MODEL_KINDS[symbol // 12] == kind


def test_the_chord_that_holds_longest_names_a_half():
    halves = tune(()).halves
    chords = [parse_chord_symbol(text, Fraction(onset)) for text, onset in
              (("C", Fraction(1, 2)), ("F", Fraction(3, 2)), ("G", Fraction(4)))]  # fmt: skip
    found = grid.chords_on(halves, chords, 0)
    assert list(found) == [0, 5, 7, 7]
    assert list(grid.chords_on(halves, chords[2:], 0)) == [grid.UNKNOWN, grid.UNKNOWN, 7, 7]


def test_features_say_how_long_and_where_a_note_sounds():
    rows = grid.features_of(tune([(Fraction(0), Fraction(1), 60), (Fraction(1), Fraction(4), 67)]))
    assert rows.shape == (4, grid.COLUMNS)
    assert rows[0, grid.SHARES] == pytest.approx(0.5)
    assert rows[0, grid.SHARES + 7] == pytest.approx(0.5)
    assert rows[0, grid.BEGINS] == 1.0
    assert rows[0, grid.MIDDLE + 7] == 1.0
    assert rows[1, grid.SHARES + 7] == pytest.approx(1.0)
    assert 0 < rows[1, grid.BEGINS + 7] < 1
    assert list(rows[:, grid.SILENT]) == [0, 0, 1, 1]
    assert list(rows[:, grid.PLACE]) == [0, 1, 0, 1]
    assert rows[0, grid.FROM_START] == 1
    assert rows[3, grid.TO_END] == 1


def test_the_key_is_moved_to_no_accidentals():
    plain = grid.features_of(tune([(Fraction(0), Fraction(2), 60)]))
    moved = grid.features_of(tune([(Fraction(0), Fraction(2), 62)], fifths=2))
    assert np.array_equal(plain, moved)


def test_a_played_onset_a_little_early_stays_in_its_half():
    early = [(Fraction(2) - Fraction(1, 100), Fraction(4), 60)]
    assert grid.features_of(tune(early))[0, grid.SOUNDING] == 0


def test_moving_by_fifths_and_back_changes_nothing():
    random = Random(1)
    notes = [(Fraction(i), Fraction(i + 1), random.randint(50, 80)) for i in range(8)]
    rows = grid.features_of(tune(notes))
    chords = np.array([0, grid.NO_CHORD, grid.UNKNOWN, 31])
    there = grid.moved_by_fifths(rows, chords, 1)
    assert list(there[1]) == [7, grid.NO_CHORD, grid.UNKNOWN, 24 + 2]
    back = grid.moved_by_fifths(*there, -1)
    assert np.array_equal(back[0], rows)
    assert np.array_equal(back[1], chords)


def test_music_that_goes_on_says_nothing_of_beginning_and_end():
    rows = grid.features_of(tune((), starts_inside=True, ends_inside=True))
    assert not rows[:, grid.FROM_START : grid.METER].any()
