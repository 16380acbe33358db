from fractions import Fraction
from random import Random

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.models.listening.originality import (
    GRAM,
    bytes_of_index,
    expected_run,
    grams,
    grams_of_phrase,
    index_from_bytes,
    longest_run_in,
)
from antiphon.models.training.originality_index import build_index, with_baseline


def tune(seed: int, length: int = 60) -> list[tuple[int, int]]:
    """Onsets in ticks (24 a quarter) and MIDI numbers of a melody drawn by chance."""
    rng, onset, number, notes = Random(seed), 0, 67, []
    for _ in range(length):
        notes.append((onset, number))
        onset += rng.choice((12, 12, 24, 36))
        number += rng.choice((-4, -2, -1, 1, 2, 3, 5))
    return notes


TUNES = [(f"tune {seed}", tune(seed)) for seed in range(40)]
INDEX = build_index(TUNES)


def phrase_of(notes: list[tuple[int, int]]) -> Phrase:
    ends = [onset for onset, _ in notes[1:]] + [notes[-1][0] + 24]
    written = tuple(
        Note(Fraction(onset, 24), Fraction(end - onset, 24), spell(number))
        for (onset, number), end in zip(notes, ends, strict=True)
    )
    return Phrase((Part("1", "", written),), (), Fraction(ends[-1], 24))


@pytest.mark.parametrize("length", [8, 9, 15, 40])
def test_a_quoted_run_is_found_with_its_length_and_tune_in_any_key_and_tempo(length: int) -> None:
    quoted = [(2 * onset, number + 5) for onset, number in tune(7)[10 : 10 + length]]
    own = [(quoted[-1][0] + 24 * (i + 1), 60 + i % 2) for i in range(6)]
    run, name = longest_run_in(INDEX, grams([*quoted, *own]))
    assert (run, name) == (length, "tune 7")


def test_a_phrase_is_read_like_the_training_tunes() -> None:
    assert grams_of_phrase(phrase_of(tune(3))) == grams(tune(3))


def test_a_melody_of_its_own_shares_nothing() -> None:
    assert longest_run_in(INDEX, grams(tune(999))) == (0, "")
    assert longest_run_in(INDEX, grams(tune(3)[: GRAM - 1])) == (0, "")


def test_runs_of_two_tunes_do_not_add_up() -> None:
    first, second = tune(1)[:20], tune(2)[:20]
    late = first[-1][0] + 24
    mixed = [*first, *((late + onset, number) for onset, number in second)]
    run, _ = longest_run_in(INDEX, grams(mixed))
    assert 20 <= run <= 21


def test_the_file_gives_the_same_index_and_holds_no_melody() -> None:
    index = with_baseline(INDEX, [tune(seed, 130) for seed in range(100, 110)])
    data = bytes_of_index(index)
    assert index_from_bytes(data) == index
    assert bytes_of_index(index_from_bytes(data)) == data
    per_run = 4
    fixed = 4 * 65_537 + 8 + 4096
    assert len(data) <= fixed + per_run * len(index.lower)


def test_the_baseline_grows_from_what_people_share() -> None:
    borrowed = [tune(200 + i, 64) for i in range(10)]
    borrowed += [
        [*tune(i)[:24], *((tune(i)[23][0] + 24 * k, 50) for k in range(1, 10))] for i in range(10)
    ]
    index = with_baseline(INDEX, borrowed)
    assert expected_run(index, 16) == 16
    assert expected_run(index, 32) == 24
    assert expected_run(INDEX, 16) == GRAM


@pytest.mark.parametrize("cut", [0, 7, 100, 2000, -1])
def test_a_damaged_file_is_a_fault_with_a_name(cut: int) -> None:
    data = bytes_of_index(INDEX)
    with pytest.raises(AntiphonError) as fault:
        index_from_bytes(data[:cut])
    assert fault.value.code == "no-weights"
