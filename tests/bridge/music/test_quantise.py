from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.quantise import BINARY, TERNARY, is_writable, quantised
from antiphon.bridge.music.time import Measure

Q = Fraction
A = Pitch("A", 0, 4)


def played(*times):
    notes = tuple(Note(Q(onset), Q(duration), A) for onset, duration in times)
    length = Q(64)
    return Phrase((Part("P1", "", notes),), (Measure(Q(0), length, "1"),), length)


def written(phrase):
    return [(note.onset, note.duration) for note in quantised(phrase).parts[0].notes]


def test_times_that_can_be_written_stay_as_they_are():
    times = [(Q(0), Q(1, 5)), (Q(1, 5), Q(4, 7)), (Q(2), Q(1, 64))]
    assert written(played(*times)) == times


def test_each_note_takes_the_nearer_of_the_binary_and_the_ternary_grid():
    times = [(Q(1, 97), Q(48, 97)), (Q(1, 3) + Q(1, 97), Q(1, 3)), (Q(1, 2) + Q(1, 97), Q(1, 2))]
    assert [onset for onset, _ in written(played(*times))] == [Q(0), Q(1, 3), Q(1, 2)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 400)), min_size=1, max_size=20))
def test_a_line_stays_a_line_on_the_grid(gaps):
    times, onset = [], Q(1, 479)
    for rest, duration in gaps:
        onset += Q(rest, 479)
        times.append((onset, Q(duration, 479)))
        onset += Q(duration, 479)
    found = written(played(*times))
    assert len(found) == len(times)
    for time, duration in found:
        assert is_writable(time)
        assert duration >= TERNARY - BINARY
    # Each onset moves less than half a grid step.
    for (before, _), (after, _) in zip(sorted(times), found, strict=True):
        assert abs(after - before) <= BINARY / 2
    # What was one note at a time stays so, unless two notes fell on one onset.
    for (left, duration), (right, _) in pairwise(found):
        assert left == right or left + duration <= right
