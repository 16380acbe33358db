"""Measures as pictures: ladders of chord tones and conditions."""

from hypothesis import given
from hypothesis import strategies as st

from antiphon.models.encoding.bar_images import (
    CONDITIONS,
    LOW_ROOT,
    RUNGS,
    SLOTS,
    conditions,
    ladder,
    rung_of,
)

chords = st.tuples(st.integers(0, 11), st.sets(st.integers(0, 11), min_size=1, max_size=6))


@given(chords)
def test_a_ladder_rises_through_chord_tones_from_its_root(chord):
    root, tones = chord
    rungs = ladder(root, tones)
    assert rungs[0] == LOW_ROOT + root
    assert len(rungs) == RUNGS
    assert rungs == sorted(set(rungs))
    assert {rung % 12 for rung in rungs} <= tones | {root}


@given(chords, st.integers(0, 127))
def test_a_pitch_finds_a_rung_and_a_rung_finds_itself(chord, pitch):
    rungs = ladder(*chord)
    assert 0 <= rung_of(pitch, rungs) < RUNGS
    assert all(rung_of(rung, rungs) == place for place, rung in enumerate(rungs))


def test_conditions_name_slots_others_place_and_density():
    row = conditions(12, [0, 6, 40, -1], 5, 6)
    assert row.shape == (CONDITIONS,)
    assert row[:SLOTS].sum() == 12
    assert row[SLOTS : 2 * SLOTS].nonzero()[0].tolist() == [0, 6]
    assert row[2 * SLOTS + 1] == 1
    assert row[-1] == 0.5
