from fractions import Fraction

import pytest

from antiphon.models.encoding.melody import events_of, melody_of
from antiphon.models.encoding.tracker import COLUMNS, LOOK_BACKS, NO_PITCH, Tracker, column_sizes
from antiphon.models.encoding.vocabulary import durations_from

DURATIONS = durations_from([])


def _walk(phrase):
    melody = melody_of(phrase, phrase.parts[0])
    events = events_of(melody, DURATIONS)
    tracker = Tracker(
        melody.spans, DURATIONS, melody.is_minor, melody.first_number, events[0].onset
    )
    rows = []
    for event in events:
        rows.append(dict(zip(COLUMNS, tracker.features(), strict=True)))
        tracker.push(event.pitch, event.duration)
    return events, rows, tracker


@pytest.mark.parametrize("seed", range(20))
def test_every_feature_stays_within_its_size(make_tune, seed):
    meter = [(4, 4), (3, 4), (6, 8), (7, 8)][seed % 4]
    phrase = make_tune(seed, 12, *meter, pickup=Fraction(seed % 2, 2), triplets=seed % 3 == 0)
    sizes = column_sizes(DURATIONS)
    for row in _walk(phrase)[1]:
        assert all(0 <= value < sizes[name] for name, value in row.items())


def test_looking_back_finds_the_note_at_the_same_place_one_measure_ago(make_tune):
    events, rows, _ = _walk(make_tune(3, 8))
    for event, row in zip(events, rows, strict=True):
        earlier = next((e for e in events if e.onset == event.onset - 96), None)
        if earlier is not None:
            assert row["pitch_1"] == earlier.pitch
            assert row["duration_1"] == earlier.duration
        elif event.onset < 96:
            assert row["pitch_1"] == NO_PITCH


def test_a_tune_that_returns_is_foretold_by_the_match_and_by_the_run(make_tune):
    once = make_tune(4, 8)
    tune = _twice(once)
    events, rows, _ = _walk(tune)
    half = [i for i, event in enumerate(events) if event.onset >= 8 * 96]
    foretold = [i for i in half[4:] if rows[i]["match_pitch"] == events[i].pitch]
    assert len(foretold) > 0.9 * len(half[4:])
    assert rows[half[-1]][f"run_{LOOK_BACKS[-1]}"] == 7
    assert rows[half[-1]]["match_length"] > 10


def test_a_sequence_is_foretold_a_step_higher():
    _, rows, tracker = _sequence()
    assert rows
    row = dict(zip(COLUMNS, tracker.features(), strict=True))
    # C D E C, D E F D, E F G: the next note of the sequence is E.
    assert row["sequence_pitch"] == 64 - 36 + 2
    assert row["sequence_length"] >= 4


def test_a_fork_goes_its_own_way(make_tune):
    _, _, tracker = _walk(make_tune(1))
    before = tracker.features()
    twin = tracker.fork()
    for _ in range(9):
        twin.push(30, 10)
    assert tracker.features() == before
    assert twin.onset > tracker.onset


def _twice(phrase):
    from dataclasses import replace

    from antiphon.bridge.music.slice import join

    return replace(join(phrase, phrase), title="twice")


def _sequence():
    from antiphon.bridge.music.phrase import Note, Part, Phrase
    from antiphon.bridge.music.pitch import spell
    from antiphon.bridge.music.time import TimeSignature, measures_from_meter

    numbers = (60, 62, 64, 60, 62, 64, 65, 62, 64, 65, 67)
    meter = TimeSignature(Fraction(0), 4, 4)
    notes = tuple(Note(Fraction(i), Fraction(1), spell(n)) for i, n in enumerate(numbers))
    length = Fraction(len(numbers))
    return _walk(
        Phrase(
            (Part("P1", "", notes),), measures_from_meter((meter,), length), length, (), (meter,)
        )
    )
