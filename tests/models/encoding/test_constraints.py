import itertools
from random import Random

import pytest

from antiphon.models.encoding.constraints import Line, Promises
from antiphon.models.encoding.grid import Span
from antiphon.models.encoding.vocabulary import HOLD, REST, durations_from

DURATIONS = durations_from([])
SPANS = [Span(96 * i, 96, 0) for i in range(64)]


def _drawn(promises: Promises, seed: int, prefer: int | None = None):
    """A line drawn evenly from what the masks allow; `prefer` is drawn whenever it may be."""
    draw, line, onset, events = Random(seed), Line(promises, DURATIONS), 0, []
    while onset < promises.end:
        span = SPANS[onset // 96]
        pitches = [i for i, on in enumerate(line.pitch_mask(onset, span)) if on]
        pitch = prefer if prefer in pitches else draw.choice(pitches)
        lengths = [i for i, on in enumerate(line.duration_mask(onset, span, pitch)) if on]
        duration = draw.choice(lengths)
        line.push(onset, span, pitch, duration)
        events.append((onset, pitch, DURATIONS.values[duration]))
        onset += DURATIONS.values[duration]
    return events, onset


@pytest.mark.parametrize("seed", range(60))
def test_any_line_under_the_masks_is_exactly_full_and_in_range(seed):
    promises = Promises(
        96 * 4, frozenset(range(20, 34)), triplets=seed % 2 == 0, unit=(6, 3)[seed % 3 == 0]
    )
    events, end = _drawn(promises, seed)
    assert end == promises.end
    for _, pitch, _ in events:
        assert pitch == REST or pitch in promises.pitches
        assert pitch != HOLD


@pytest.mark.parametrize("seed", range(30))
def test_without_triplets_every_onset_is_a_sixteenth(seed):
    events, _ = _drawn(Promises(96 * 4, frozenset(range(20, 34))), seed)
    assert all(onset % 6 == 0 and ticks % 6 == 0 for onset, _, ticks in events)


@pytest.mark.parametrize("seed", range(30))
def test_triplets_fill_their_beat(seed):
    events, _ = _drawn(Promises(96 * 8, frozenset(range(20, 34)), triplets=True), seed)
    for onset, _, ticks in events:
        if onset % 3 or ticks % 3:
            assert onset // 24 == (onset + ticks - 1) // 24


def test_a_pitch_is_not_repeated_for_ever():
    promises = Promises(96 * 16, frozenset(range(20, 34)), repeats=4)
    events, _ = _drawn(promises, 1, prefer=25)
    run = longest = 0
    for _, pitch, _ in events:
        run = run + 1 if pitch == 25 else 0
        longest = max(longest, run)
    assert longest == 4


def test_rests_are_limited_even_where_silence_is_preferred():
    events, _ = _drawn(Promises(96 * 8, frozenset(range(20, 34)), rest=48), 2, prefer=REST)
    silence = longest = 0
    for _, pitch, ticks in events:
        silence = silence + ticks if pitch == REST else 0
        longest = max(longest, silence)
    assert longest <= 48


@pytest.mark.parametrize("period", [1, 2])
def test_a_pattern_of_one_or_two_measures_is_not_sung_three_times(period):
    """A singer who would always repeat is made to leave the loop."""
    promises = Promises(96 * 24, frozenset(range(20, 34)))
    line, contents = Line(promises, DURATIONS), []
    quarter = DURATIONS.values.index(24)
    for measure in range(24):
        content = []
        for beat in range(4):
            onset = 96 * measure + 24 * beat
            wanted = 22 + beat + (measure % period) * 3
            mask = line.pitch_mask(onset, SPANS[measure])
            pitch = wanted if mask[wanted] else next(i for i, on in enumerate(mask) if on and i > 1)
            line.push(onset, SPANS[measure], pitch, quarter)
            content.append(pitch)
        contents.append(content)
    for i in range(len(contents) - 3 * period + 1):
        first, second, third = (contents[i + k * period : i + (k + 1) * period] for k in range(3))
        assert not first == second == third


def test_leaps_stay_within_the_promise():
    events, _ = _drawn(Promises(96 * 8, frozenset(range(10, 50)), leap=5), 7)
    notes = [pitch for _, pitch, _ in events if pitch != REST]
    assert all(abs(a - b) <= 5 for a, b in itertools.pairwise(notes))


def _sung(line, measure, content):
    """Sing a measure of quarters as closely to `content` as the masks allow."""
    quarter, found = DURATIONS.values.index(24), []
    for beat, wanted in enumerate(content):
        onset = 96 * measure + 24 * beat
        mask = line.pitch_mask(onset, SPANS[measure])
        pitch = wanted if mask[wanted] else next(i for i, on in enumerate(mask) if on and i > 1)
        line.push(onset, SPANS[measure], pitch, quarter)
        found.append(pitch)
    return found


def test_a_round_of_four_measures_wears_out():
    line = Line(Promises(96 * 64, frozenset(range(20, 34))), DURATIONS)
    wanted = [[22 + measure % 4, 24, 26, 24] for measure in range(40)]
    sung = [_sung(line, measure, content) for measure, content in enumerate(wanted)]
    assert sung[:16] == wanted[:16]
    assert max(sung.count(content) for content in sung) == 4


def test_what_was_worn_out_before_may_come_back_twice_in_the_answer():
    line = Line(Promises(96 * 64, frozenset(range(20, 34))), DURATIONS)
    wanted = [[22 + measure % 4, 24, 26, 24] for measure in range(32)]
    for measure in range(16):
        _sung(line, measure, wanted[measure])
    line.settle()
    later = [_sung(line, measure, wanted[measure]) for measure in range(16, 32)]
    assert later[:8] == wanted[16:24]
    assert later[8:12] != wanted[24:28]


def test_a_note_held_through_whole_measures_is_no_repetition():
    line = Line(Promises(96 * 64, frozenset(range(20, 34)), longest=384), DURATIONS)
    for measure in range(0, 48, 4):
        onset, span = 96 * measure, SPANS[measure]
        assert any(line.pitch_mask(onset, span))
        line.push(onset, span, 22 + measure % 3, DURATIONS.values.index(384))
