from fractions import Fraction
from random import Random

import numpy as np
import pytest

from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature
from antiphon.models.encoding import cells as c
from antiphon.models.encoding.cells_grid import Place, cells_of, chord_slots, drum_lines, grid_of
from antiphon.models.encoding.cells_harmony import (
    DENSE,
    Heard,
    dense_rows,
    measures_of,
    no_chords,
    own_rows,
    roll_of,
)

BARS = tuple(c.Bar(96 * i, 96, 0) for i in range(6))


def _cell(*pitches: int, step: int = 24) -> c.Cell:
    return c.Cell.of((step * i, pitch, 8) for i, pitch in enumerate(pitches))


def _column(name: str) -> int:
    return list(c.WALK_COLUMNS).index(name)


def _places(count: int, beats: int = 4, beat_type: int = 4) -> list[Place]:
    meter = TimeSignature(Fraction(0), beats, beat_type)
    length = meter.measure_duration
    return [Place(i * length, length, meter) for i in range(count)]


def test_every_row_stays_within_its_columns():
    draw = Random(3)
    cells = [
        c.Cell.of(
            (6 * draw.randrange(16), draw.randrange(88), draw.randrange(len(c.DURATIONS)))
            for _ in range(draw.randrange(12))
        )
        for _ in BARS
    ]
    walker = c.Walker(BARS, cells)
    for cell in cells:
        for position, pitch, duration in cell.events():
            for row, columns in ((walker.ahead(), c.WALK_COLUMNS),
                                 (walker.note(position), c.NOTE_COLUMNS)):  # fmt: skip
                assert len(row) == len(columns)
                for value, (name, size) in zip(row, columns.items(), strict=True):
                    assert 0 <= value < size, name
            walker.push(position, pitch, duration)
        walker.ahead()
        walker.end()


def test_a_repeated_measure_is_proposed_by_the_one_before_and_the_run_grows():
    first = _cell(40, 42, 44)
    walker = c.Walker(BARS, [first, *[None] * 5])
    for position, pitch, duration in first.events():
        walker.ahead()
        walker.note(position)
        walker.push(position, pitch, duration)
    walker.ahead()
    walker.end()
    for run, (position, pitch, duration) in enumerate(first.events()):
        row = walker.ahead()
        assert row[_column("next-1")] == position
        assert row[_column("run-1")] == run
        assert walker.note(position)[c.PITCH_AT] == pitch
        walker.push(position, pitch, duration)
    assert walker.ahead()[_column("next-1")] == c.END


def test_what_is_given_ahead_is_proposed_and_what_is_hidden_is_not():
    walker = c.Walker(BARS, [None, _cell(50), None, None, None, None])
    row = walker.ahead()
    assert row[_column("next+1")] == 0
    assert row[_column("next+2")] == c.NO_POSITION
    assert row[_column("run+2")] == c.NO_RUN


def test_a_sequence_moves_in_steps_of_the_scale():
    # C E G, then from D: the sequence of the measure before proposes F and A.
    keys = [60 - c.LOWEST, 64 - c.LOWEST, 67 - c.LOWEST]
    walker = c.Walker(BARS, [_cell(*keys), *[None] * 5], first=1)
    at = c.PITCH_AT + len(c.OFFSETS)
    walker.ahead()
    walker.note(0)
    walker.push(0, 62 - c.LOWEST, 8)
    walker.ahead()
    assert walker.note(24)[at] == 65 - c.LOWEST
    walker.push(24, 65 - c.LOWEST, 8)
    walker.ahead()
    assert walker.note(48)[at] == 69 - c.LOWEST


def test_the_second_note_of_a_chord_is_proposed_at_the_same_position():
    chord = c.Cell.of([(0, 40, 8), (0, 44, 8)])
    walker = c.Walker(BARS, [chord, *[None] * 5], first=1)
    walker.ahead()
    walker.note(0)
    walker.push(0, 41, 8)
    assert walker.ahead()[_column("next-1")] == 0
    assert walker.note(0)[c.PITCH_AT] == 44


def test_a_fork_goes_its_own_way():
    walker = c.Walker(BARS, [None] * 6)
    twin = walker.fork()
    walker.ahead()
    walker.note(0)
    walker.push(0, 40, 8)
    assert twin.ahead()[_column("pitch")] == c.NO_PITCH
    assert not twin.written.positions


@pytest.mark.parametrize(("ticks", "value"), [(1, 3), (24, 24), (25, 24), (1000, 384), (28, 30)])
def test_durations_take_the_nearest_value(ticks, value):
    found = c.DURATIONS[c.duration_symbol(ticks)]
    assert abs(found - ticks) <= abs(value - ticks)


@pytest.mark.parametrize("number", range(0, 128, 7))
def test_every_pitch_finds_a_key_of_its_own_class(number):
    key = c.pitch_key(number)
    assert 0 <= key < c.PITCHES
    assert (key + c.LOWEST - number) % 12 == 0


def test_a_part_comes_back_from_its_cells_moved_to_the_plain_key():
    notes = tuple(Note(Fraction(i, 2), Fraction(1, 2), spell(62 + i, 2)) for i in range(10))
    grid = grid_of(_places(3), fifths=2)
    cells = cells_of(Part("P1", "", notes), grid)
    found = [
        (grid.bars[bar].start + position, key + c.LOWEST - grid.shift)
        for bar, cell in enumerate(cells)
        for position, key, _ in cell.events()
    ]
    assert found == [(12 * i, 62 + i) for i in range(10)]
    # D major has no accidentals after the move: its tonic is a C.
    assert (cells[0].events()[0][1] + 9) % 12 == 0


@pytest.mark.parametrize(("beats", "beat_type"), [(15, 16), (12, 4), (4, 1), (7, 8), (3, 32)])
def test_any_meter_is_parted_into_bars_that_fit(beats, beat_type):
    places = _places(3, beats, beat_type)
    grid = grid_of(places, 0)
    assert all(0 < bar.length <= c.LONGEST for bar in grid.bars)
    whole = round(places[-1].onset * 24 + places[-1].duration * 24)
    assert grid.ends[-1] == whole
    assert all(end > begin for begin, end in zip(grid.begins, grid.ends, strict=True))


def test_chord_symbols_are_moved_with_the_key():
    grid = grid_of(_places(1), fifths=1)
    chords = chord_slots([parse_chord_symbol("G7")], Fraction(4), grid)
    assert set(chords.root) == {0}
    assert set(np.flatnonzero(chords.tones[0])) == {0, 4, 7, 10}


def test_harmony_hears_chroma_bass_and_kick():
    grid = grid_of(_places(2), fifths=0)
    chord = Part("P", "", tuple(Note(Fraction(0), Fraction(4), spell(n)) for n in (48, 52, 67)))
    drums = Part("D", "", (Note(Fraction(1), Fraction(1), spell(36)),), is_drums=True)
    roll = roll_of(cells_of(chord, grid), grid.bars, grid.slots)
    kick, line = drum_lines([drums], grid)
    heard = Heard((roll,), kick, line, no_chords(grid.slots), grid.slots)
    rows = dense_rows(heard, grid.bars, np.array([0, 20]), np.array([0, 1]))
    assert rows.shape == (2, DENSE)
    assert set(np.flatnonzero(rows[0, :12])) == {0, 4, 7}
    assert rows[0, 60] == 1.0
    assert rows[0, 153 + 4] == 1.0
    assert not rows[1, :60].any()


def test_hidden_measures_say_nothing_of_themselves():
    grid = grid_of(_places(2), fifths=0)
    part = Part("P", "", tuple(Note(Fraction(i), Fraction(1), spell(60)) for i in range(8)))
    roll = roll_of(cells_of(part, grid), grid.bars, grid.slots)
    rows = own_rows(measures_of(roll, grid.bars), [True, False], np.zeros((2, 16), np.float32))
    assert rows[0].any()
    assert not rows[1].any()
