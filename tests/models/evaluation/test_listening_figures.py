import numpy as np
import pytest

from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.models.evaluation.listening_answers import _matched
from antiphon.models.evaluation.listening_difficulty import _keys, balanced, spearman
from antiphon.models.evaluation.listening_keys import mirex
from antiphon.models.evaluation.listening_style import scores
from antiphon.models.evaluation.roman_text import analysis_of
from antiphon.models.training.listening_data import side_of

SCALE = b"X:1\nM:4/4\nL:1/4\nK:C\nG|CDEF|GABc|cBAG|FEDC|\n"
ROMAN = """Composer: nobody
m0 b4 C: V
m1 I b2 V6/4 b3 viio6
m2var1 IV
m2 a: i b3 ii/o6/5
m3-4 = m1-2
"""


def test_human_numerals_stand_at_the_wrong_onsets() -> None:
    told = analysis_of(ROMAN, phrase_from_abc(SCALE, "scale"))
    assert [(float(t.onset), t.figure) for t in told] == [
        (0, "V"), (1, "I"), (2, "V6/4"), (3, "viio6"), (5, "i"), (7, "ii/o6/5"),
        (9, "I"), (10, "V6/4"), (11, "viio6"), (13, "i"), (15, "ii/o6/5"),
    ]  # fmt: skip
    assert (told[2].root, told[2].bass, told[2].key) == (7, 2, 0)
    assert (told[5].root, told[5].bass, told[5].key) == (11, 2, 21)
    assert told[5].tones == {11, 2, 5, 9}


@pytest.mark.parametrize(
    ("told", "score"), [(0, 1.0), (7, 0.5), (5, 0.5), (21, 0.3), (12, 0.2), (2, 0.0), (16, 0.0)]
)
def test_the_score_of_mirex_weighs_errors_otherwise(told: int, score: float) -> None:
    assert mirex(0, told) == score


def test_the_relative_of_a_minor_key_is_not_known() -> None:
    assert mirex(21, 0) == 0.3


def test_ranks_and_balanced_shares_are_wrong() -> None:
    assert spearman([1, 2, 2, 4], [10, 20, 20, 30]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    truth, told = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])
    assert balanced(truth, told) == 0.5
    assert scores(truth, told, 2) == (0.75, pytest.approx(6 / 7 / 2))


def test_a_note_counts_twice_or_too_late() -> None:
    truth = [(0.0, 60), (1.0, 62)]
    assert _matched(truth, [(0.02, 60), (0.03, 60), (1.2, 62)]) == pytest.approx(
        (1 / 3, 1 / 2, 0.4)
    )


def test_catalogue_numbers_of_two_lists_do_not_meet() -> None:
    assert _keys("Ludwig van Beethoven", "Op. 14 No. 2")[0] == ("beethoven", "op14", "2")
    assert _keys("LUDWIG VAN BEETHOVEN", "Piano Sonata G major op. 14,2")[0] == (
        "beethoven", "op14", "2",
    )  # fmt: skip


def test_a_composer_is_on_both_sides() -> None:
    assert side_of("baroque/BachJS") == side_of("baroque/BachJS")
    assert {side_of(f"folk/{number}") for number in range(60)} == {"train", "test"}
