from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.reading import Tune
from antiphon.models.training.split import exact_sides, held_out_shares, sides_of, user_works


def _tune(make_tune, seed, name, index=0, **changes):
    phrase = make_tune(seed, 8)
    melody = replace(melody_of(phrase, phrase.parts[0]), title="", **changes)
    return Tune(Path(name), index, melody)


def test_shares_are_kept_and_a_work_keeps_its_side_while_the_set_grows():
    works = [f"work {number}" for number in range(600)]
    sides = sides_of(works, 0.2, 0.1)
    assert 0.15 < sides.count("test") / 600 < 0.25
    assert 0.06 < sides.count("valid") / 600 < 0.14
    assert sides_of(works[:300], 0.2, 0.1) == sides[:300]


@pytest.mark.parametrize("count", range(3, 12))
def test_even_a_small_set_has_something_on_each_side(count):
    for salt in range(20):
        works = [f"{salt}/{number}" for number in range(count)]
        assert set(sides_of(works, 0.05, 0.05)) == {"train", "valid", "test"}


def test_a_single_work_is_for_training_and_no_test_side_comes_unasked():
    assert sides_of(["a", "a"], 0.05, 0.05) == ["train", "train"]
    assert "test" not in sides_of([str(n) for n in range(50)], 0.0, 0.1)


def test_all_tunes_of_a_work_share_a_side():
    works = [f"work {number % 40}" for number in range(200)]
    side = {}
    for work, found in zip(works, sides_of(works, 0.2, 0.2), strict=True):
        assert side.setdefault(work, found) == found


def test_shares_that_leave_nothing_are_refused():
    with pytest.raises(ValueError, match="shares"):
        sides_of(["a"], 0.6, 0.5)


def test_twenty_pieces_are_parted_fourteen_three_three_and_four_without_tests():
    twenty = [str(number) for number in range(20)]
    sides = exact_sides(twenty, *held_out_shares(twenty))
    assert [sides.count(side) for side in ("train", "valid", "test")] == [14, 3, 3]
    four = [str(number) for number in range(4)]
    sides = exact_sides(four, *held_out_shares(four))
    assert [sides.count(side) for side in ("train", "valid", "test")] == [3, 1, 0]


def test_settings_of_a_tune_are_one_work_by_path_name_title_or_notes(make_tune):
    tunes = [
        _tune(make_tune, 1, "a/Scarborough_Fair.mid"),
        _tune(make_tune, 2, "b/scarborough fair (2).xml"),
        _tune(make_tune, 3, "b/01.mid"),
        _tune(make_tune, 4, "b/01.xml"),
        _tune(make_tune, 3, "c/other.mid"),
        _tune(make_tune, 5, "c/02.mid"),
    ]
    works = user_works(tunes, [str(tune.path) for tune in tunes])
    assert works[0] == works[1]
    assert works[2] == works[3] == works[4]
    assert len(set(works)) == 3


def test_numbers_as_names_and_a_title_on_everything_name_no_work(make_tune):
    tunes = [
        replace(tune, melody=replace(tune.melody, title="Written with Notator"))
        for tune in (_tune(make_tune, s, f"album {s}/01.mid") for s in range(12))
    ]
    works = user_works(tunes, [str(tune.path) for tune in tunes])
    assert len(set(works)) == 12
