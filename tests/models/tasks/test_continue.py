from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Part, Transposition
from antiphon.models.tasks.continue_ import (
    MelodyWriter,
    continue_melody,
    hear,
    plan,
    warm_up,
    write_take,
)
from antiphon.models.tasks.identity import input_hash
from antiphon.models.theory.check import check_answer

METERS = [(4, 4), (3, 4), (6, 8), (2, 4), (2, 2), (7, 8), (9, 8), (12, 8), (5, 4), (3, 8)]


def _random_request(make_tune, ask, seed):
    """A tune, a key, a meter and controls drawn at random."""
    draw = Random(seed)
    phrase = make_tune(
        seed, draw.randint(1, 9), *draw.choice(METERS), fifths=draw.randint(-6, 6),
        middle=draw.randint(45, 84), pickup=Fraction(draw.randint(0, 2), 2),
        triplets=draw.random() < 0.3,
    )  # fmt: skip
    controls = {"measures": draw.randint(1, 6), "temperature": draw.choice((0.5, 1.0, 2.0, 4.0))}
    controls["strict_key"] = draw.random() < 0.5
    controls["tuplets"] = draw.random() < 0.5
    if draw.random() < 0.4:
        low = draw.randint(36, 90)
        controls |= {"lowest": low, "highest": low + draw.randint(5, 24)}
    return ask(phrase, seed=seed, **controls)


@pytest.mark.parametrize("block", range(10))
def test_masks_keep_every_promise_for_any_request_even_without_training(
    make_tune, ask, small_model, block
):
    """Not one of these answers comes from a second try or from the rules."""
    for seed in range(block * 20, block * 20 + 20):
        request = _random_request(make_tune, ask, seed)
        (_, answer), *_ = continue_melody(request, small_model)
        assert answer is not None, f"seed {seed}"
        assert check_answer(request, answer) == [], f"seed {seed}"


def test_the_first_candidate_already_keeps_its_word(make_tune, ask, small_model, monkeypatch):
    from antiphon.models.tasks import continue_

    monkeypatch.setattr(continue_, "_ROUNDS", 1)
    monkeypatch.setattr(continue_, "CANDIDATES", 1)
    for seed in range(1000, 1040):
        request = _random_request(make_tune, ask, seed)
        (_, answer), *_ = continue_melody(request, small_model)
        assert answer is not None, f"seed {seed}"


def test_the_same_seed_gives_the_same_notes_and_another_seed_others(make_tune, ask, small_model):
    phrase = make_tune(3)
    first = [answer for _, answer in continue_melody(ask(phrase, seed=5), small_model)]
    again = [answer for _, answer in continue_melody(ask(phrase, seed=5), small_model)]
    other = [answer for _, answer in continue_melody(ask(phrase, seed=6), small_model)]
    assert first == again
    assert first != other


def test_a_take_is_the_same_alone_and_among_others(make_tune, ask, small_model):
    phrase = make_tune(4)
    together = dict(continue_melody(ask(phrase, count=4), small_model))
    alone = dict(continue_melody(ask(phrase, first_take=2), small_model))
    assert alone[2] == together[2]
    assert len({str(answer) for answer in together.values()}) == 4


def test_the_answer_belongs_to_the_selected_part_and_hears_only_what_is_before(
    make_tune, ask, small_model
):
    phrase = make_tune(5, 12)
    horn = replace(
        phrase.parts[0], id="P2", name="Horn in F", program=60, transposition=Transposition(-7, -1)
    )
    both = replace(phrase, parts=(phrase.parts[0], horn))
    request = ask(both)
    region = replace(request.region, part_ids=("P2",), end=Fraction(16))
    request = replace(request, region=region)
    (_, answer), *_ = continue_melody(request, small_model)
    assert answer.parts[0].name == "Horn in F"
    assert answer.parts[0].transposition == Transposition(-7, -1)
    assert answer.measures[0].number == "5"
    # What comes after the region changes the input's hash, not what the network hears.
    prepared = plan(request, small_model)
    assert max(event.onset for event in prepared.events) < 16 * 24


def test_a_selection_that_ends_inside_a_measure_is_filled_up_first(make_tune, ask, small_model):
    request = ask(make_tune(6), measures=3)
    request = replace(request, region=replace(request.region, end=Fraction(18)))
    (_, answer), *_ = continue_melody(request, small_model)
    assert [measure.duration for measure in answer.measures] == [2, 4, 4]
    assert check_answer(request, answer) == []


def test_a_range_far_from_the_melody_moves_the_answer_by_octaves(make_tune, ask, small_model):
    request = ask(make_tune(7, middle=72), lowest=40, highest=57)
    (_, answer), *_ = continue_melody(request, small_model)
    numbers = [note.pitch.midi_number for note in answer.parts[0].notes]
    assert numbers
    assert all(40 <= number <= 57 for number in numbers)


def test_strict_key_in_minor_allows_the_raised_seventh_and_spells_it_so(
    make_tune, ask, small_model
):
    phrase = make_tune(8, fifths=-3)
    phrase = replace(phrase, key_signatures=(KeySignature(Fraction(0), -3, "minor"),))
    seen = set()
    for seed in range(12):
        request = ask(phrase, seed=seed, strict_key=True, temperature=3.0)
        (_, answer), *_ = continue_melody(request, small_model)
        seen |= {str(note.pitch)[:-1] for note in answer.parts[0].notes}
    assert seen <= {"C", "D", "Eb", "F", "G", "Ab", "Bb", "A", "B"}
    assert "B" in seen


def test_silence_cannot_be_continued(make_tune, ask, small_model):
    phrase = make_tune(9)
    empty = replace(phrase, parts=(replace(phrase.parts[0], notes=()),))
    with pytest.raises(AntiphonError) as caught:
        list(continue_melody(ask(empty), small_model))
    assert caught.value.code == "empty-selection"


def test_an_unknown_part_is_named(make_tune, ask, small_model):
    request = ask(make_tune(9))
    request = replace(request, region=replace(request.region, part_ids=("P9",)))
    with pytest.raises(AntiphonError) as caught:
        list(continue_melody(request, small_model))
    assert caught.value.code == "no-such-part"


def test_a_range_without_a_note_of_the_key_is_refused(make_tune, ask, small_model):
    with pytest.raises(AntiphonError) as caught:
        plan(ask(make_tune(2, fifths=6), strict_key=True, lowest=127), small_model)
    assert caught.value.code == "bad-control"


def test_cancelling_is_noticed_between_two_steps(make_tune, ask, small_model):
    request = ask(make_tune(1), measures=32)
    prepared = plan(request, small_model)
    context = hear(prepared, small_model)
    asked = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) == 5

    with pytest.raises(InterruptedError):
        write_take(prepared, context, small_model, 0, is_cancelled)
    assert len(asked) == 5


def test_a_single_note_is_enough_to_go_on_from(make_tune, ask, small_model):
    phrase = make_tune(1, 1)
    one = replace(phrase.parts[0], notes=phrase.parts[0].notes[:1])
    (_, answer), *_ = continue_melody(ask(replace(phrase, parts=(one,))), small_model)
    assert answer.parts[0].notes


def test_warming_up_needs_no_request(small_model):
    warm_up(small_model)


def test_the_lower_staff_of_a_piano_is_left_alone(make_tune, ask, small_model):
    phrase = make_tune(12)
    upper = phrase.parts[0].notes
    lower = tuple(replace(note, staff=2) for note in make_tune(13, middle=48).parts[0].notes)
    piano = Part("P1", "Piano", (*upper, *lower), staff_count=2)
    (_, answer), *_ = continue_melody(ask(replace(phrase, parts=(piano,))), small_model)
    assert {note.staff for note in answer.parts[0].notes} == {1}


def test_later_takes_differ_from_each_other_and_are_remembered(make_tune, ask, small_model):
    request = ask(make_tune(4), count=9)
    writer = MelodyWriter(small_model)
    takes = dict(writer.takes(request, lambda: False, input_hash(request)))
    kept = [take for number, take in takes.items() if 1 <= number <= 7]
    assert len({repr(take) for take in kept}) == 7
    again = ask(make_tune(4), count=1, first_take=5)
    assert dict(writer.takes(again, lambda: False, input_hash(again)))[5] == takes[5]
    fresh = MelodyWriter(small_model)
    assert dict(fresh.takes(again, lambda: False, input_hash(again)))[5] == takes[5]


@pytest.mark.parametrize("wish", [{"density": 1.0}, {"style": "jazz"}, {"locked_measures": (0,)}])
def test_what_the_network_cannot_hear_is_left_to_others(make_tune, ask, small_model, wish):
    request = ask(make_tune(4), count=2, **wish)
    takes = MelodyWriter(small_model).takes(request, lambda: False, input_hash(request))
    assert list(takes) == [(0, None), (1, None)]
