from fractions import Fraction

import pytest

from antiphon.bridge.music.time import TimeSignature
from antiphon.models.theory.meter import accent, group_starts, grouping


def meter(beats: int, beat_type: int) -> TimeSignature:
    return TimeSignature(Fraction(0), beats, beat_type)


@pytest.mark.parametrize("beats", range(1, 33))
@pytest.mark.parametrize("beat_type", [2, 4, 8, 16])
def test_groups_add_up_to_the_measure(beats: int, beat_type: int) -> None:
    signature = meter(beats, beat_type)
    groups = grouping(signature)
    assert sum(groups) == beats
    assert group_starts(signature, groups)[0] == 0
    assert accent(Fraction(0), signature, groups) == 1.0


def test_a_five_is_felt_as_the_music_divides_it() -> None:
    assert grouping(meter(5, 4), [Fraction(0), Fraction(2), Fraction(0), Fraction(2)]) == (2, 3)
    assert grouping(meter(5, 4), [Fraction(0), Fraction(3)]) == (3, 2)


def test_accents_fall_from_the_downbeat_over_the_middle_to_the_offbeats() -> None:
    signature = meter(4, 4)
    groups = grouping(signature)
    strengths = [accent(Fraction(place), signature, groups) for place in (0, 2, 1)]
    strengths.append(accent(Fraction(1, 2), signature, groups))
    strengths.append(accent(Fraction(1, 4), signature, groups))
    assert strengths == sorted(strengths, reverse=True)
    assert len(set(strengths)) == 5
