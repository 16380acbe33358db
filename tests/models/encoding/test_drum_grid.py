from fractions import Fraction
from random import Random

import numpy as np
import pytest

from antiphon.bridge.music.check import check
from antiphon.bridge.music.melody import is_note_value
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.models.encoding.drum_features import (
    COLUMNS,
    SIZES,
    UNKNOWN,
    Wishes,
    company_of,
    heard_rows,
    nothing_heard,
    rows_of,
)
from antiphon.models.encoding.drum_grid import (
    CLOSED_HAT,
    KICK,
    PITCHES,
    RIDE,
    SNARE,
    STRAIGHT,
    TERNARY,
    Stroke,
    ascii_grid,
    bars_of,
    fit_of,
    meters_of,
    notes_of,
    settled,
    spelled_drums,
    strokes_of,
)


def drumming(seed, meter, measures=3, parts=4):
    """Random hits on the grid as a phrase."""
    draw = Random(seed)
    signature = TimeSignature(Fraction(0), *meter)
    length = measures * signature.measure_duration
    notes = [
        Note(Fraction(slot, parts), Fraction(1, parts), spell(pitch), draw.randint(20, 120))
        for slot in range(int(length * parts))
        for pitch in PITCHES
        if draw.random() < 0.2
    ]
    part = Part("P1", "Kit", tuple(notes), is_drums=True)
    frames = measures_from_meter((signature,), length)
    return Phrase((part,), frames, length, time_signatures=(signature,))


@pytest.mark.parametrize("meter", [(4, 4), (3, 4), (6, 8), (7, 8), (15, 16), (12, 8)])
@pytest.mark.parametrize("parts", [STRAIGHT, TERNARY])
def test_hits_survive_the_way_to_the_grid_and_back(meter, parts):
    if parts == TERNARY and meter[1] > 4:
        return
    for seed in range(5):
        phrase = drumming(seed, meter, parts=parts)
        strokes = strokes_of(phrase.parts[0].notes)
        bars = bars_of(strokes, phrase.measures, meters_of(phrase), parts)
        notes = notes_of(bars, phrase.measures)
        before = {(n.onset, n.pitch.midi_number, n.velocity) for n in phrase.parts[0].notes}
        assert {(n.onset, n.pitch.midi_number, n.velocity) for n in notes} == before
        written = Phrase(
            (Part("P1", "Kit", tuple(notes), is_drums=True),), phrase.measures, phrase.length,
            time_signatures=phrase.time_signatures,
        )  # fmt: skip
        assert check(written) == ()


def test_straight_hits_are_written_in_plain_values_within_their_beat():
    phrase = drumming(9, (4, 4))
    bars = bars_of(strokes_of(phrase.parts[0].notes), phrase.measures, meters_of(phrase), STRAIGHT)
    for note in notes_of(bars, phrase.measures):
        assert is_note_value(note.duration)
        assert note.onset // 1 == (note.end - Fraction(1, 100)) // 1


def test_a_swung_ride_counts_in_triplets_and_eighths_do_not():
    swung = [0.0, 1.0, 1.667, 2.0, 3.0, 3.667]
    assert fit_of([place % 1 for place in swung])[0] == TERNARY
    assert fit_of([0.0, 0.5, 0.0, 0.5, 0.75])[0] == STRAIGHT
    assert fit_of([]) == (STRAIGHT, 0.0)


def test_a_player_who_is_late_throughout_is_moved_onto_the_grid():
    late = Fraction(40, 480)
    strokes = [Stroke(Fraction(i, 4) + late, KICK, 80) for i in range(1, 16)]
    moved, grid = settled(strokes)
    assert grid == STRAIGHT
    assert max(abs(s.onset - Fraction(round(s.onset * 4), 4)) for s in moved) < Fraction(1, 100)


def test_a_hit_just_before_the_barline_belongs_to_the_next_measure():
    meter = TimeSignature(Fraction(0), 4, 4)
    measures = measures_from_meter((meter,), Fraction(8))
    bars = bars_of([Stroke(Fraction(399, 100), KICK, 90)], measures, [meter] * 2, STRAIGHT)
    assert not bars[0].hits.any()
    assert bars[1].hits[0, KICK] and bars[1].timing[0, KICK] < 0


def test_roland_and_general_midi_pitches_are_read_as_nine_drums():
    notes = [Note(Fraction(i), Fraction(1), spell(p)) for i, p in enumerate((36, 40, 22, 59, 99))]
    assert [s.drum for s in strokes_of(notes)] == [KICK, SNARE, CLOSED_HAT, RIDE]
    assert spelled_drums(notes)[SNARE] == 40
    assert spelled_drums(notes)[CLOSED_HAT] == 42


def test_played_hits_stay_inside_their_measure():
    meter = TimeSignature(Fraction(0), 4, 4)
    measures = measures_from_meter((meter,), Fraction(8))
    strokes = [Stroke(Fraction(4 * i - 1, 4) + Fraction(1, 5), KICK, 90) for i in range(1, 8)]
    bars = bars_of(strokes, measures, [meter] * 2, STRAIGHT)
    notes = notes_of(bars, measures, is_played=True)
    for note in notes:
        home = next(m for m in measures if m.onset <= note.onset < m.end)
        assert note.end <= home.end
    assert any(note.onset % Fraction(1, 4) for note in notes)


def test_the_grid_as_text_shows_each_hit_where_it_is():
    phrase = drumming(1, (2, 4), measures=1)
    bars = bars_of(strokes_of(phrase.parts[0].notes), phrase.measures, meters_of(phrase), STRAIGHT)
    lines = {
        line.split("|")[0].strip(): line.split("|")[1] for line in ascii_grid(bars).split("\n")
    }
    for slot, cell in enumerate(lines["snare"]):
        assert (cell != ".") == bool(bars[0].hits[slot, SNARE])


def test_every_column_stays_within_its_size_in_any_meter():
    for meter in [(4, 4), (15, 16), (3, 2), (128, 8), (1, 4), (5, 8), (11, 8)]:
        phrase = drumming(2, meter, measures=2)
        bars = bars_of([], phrase.measures, meters_of(phrase), STRAIGHT)
        heard = [nothing_heard(bar) for bar in bars]
        columns, density = rows_of(bars, [Wishes(), Wishes(7, 1, 9.0)], 3, 8, heard)
        assert (columns.max(0) < np.array([SIZES[name] for name in COLUMNS])).all()
        assert (columns >= 0).all()
        assert density[0].tolist() == [0.0, 0.0] and density[-1].tolist() == [2.0, 1.0]


def test_bass_and_melody_are_found_among_the_parts_and_rest_is_not_unknown():
    def part(name, pitch, program, step=1):
        notes = tuple(Note(Fraction(i), Fraction(1), spell(pitch)) for i in range(0, 8, step))
        return Part(name, name, notes, program)

    parts = [part("flute", 80, 73, 2), part("piano", 60, 0), part("low", 38, 33, 4)]
    company = company_of(parts)
    assert {n.pitch.midi_number for n in company.bass} == {38}
    assert {n.pitch.midi_number for n in company.melody} == {80}
    named = company_of(parts, "piano")
    assert {n.pitch.midi_number for n in named.melody} == {60}
    meter = TimeSignature(Fraction(0), 4, 4)
    measures = measures_from_meter((meter,), Fraction(8))
    bars = bars_of([], measures, [meter] * 2, STRAIGHT)
    rows = heard_rows(bars, measures, company_of(parts[2:]))
    assert np.flatnonzero(rows[0][:, 0]).tolist() == [0] and rows[0][0, 0] == 1
    assert (rows[0][:, 1] == UNKNOWN).all()
