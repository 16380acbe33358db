"""The engine that chooses among models: routing, falling back, deadlines, new models."""

import shutil
from collections import Counter
from dataclasses import replace

import pytest
from drawn_requests import drawn_request

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Setting, Task
from antiphon.models.catalog import ZOO, catalog, model_for, write_about
from antiphon.models.tasks.engines import RULES, TorchEngine
from antiphon.models.theory.check import check_answer

REFUSALS = {"bad-control", "empty-selection", "no-melody", "no-such-part", "too-large"}


@pytest.fixture(scope="module")
def engine():
    return TorchEngine()


def never() -> bool:
    return False


def broken(engine, seeds):
    """Requests whose take breaks a promise, and who answered the others."""
    bad, makers = {}, Counter()
    for seed in seeds:
        request, number = drawn_request(seed)
        request = replace(request, first_take=number, count=1)
        try:
            (take,) = engine.takes(request, never)
        except AntiphonError as fault:
            if fault.code not in REFUSALS:
                bad[seed] = fault.sentence
            continue
        makers[request.task, take.receipt.model] += 1
        problems = check_answer(request, take.phrase)
        faults = [r.sentence for r in take.remarks if r.code == "rules-after-fault"]
        if problems or faults:
            bad[seed] = problems or faults
    return bad, makers


def test_drawn_requests_are_answered_by_models_as_promised(engine):
    bad, makers = broken(engine, range(20_000, 20_040))
    assert bad == {}
    by_models = sum(count for (_, name), count in makers.items() if name != RULES)
    assert by_models > 0.4 * sum(makers.values()), makers


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_10_000_drawn_requests_are_answered_by_models_as_promised(engine):
    bad, makers = broken(engine, range(30_000, 40_000))
    assert bad == {}
    assert len(makers) > 15


def test_harmony_is_routed_by_its_setting(engine):
    found = {}
    for setting, kind in ((Setting.SATB, "chorale"), (Setting.CHORDS, "chords")):
        request = next(
            r for r, _ in map(drawn_request, range(2000))
            if r.task is Task.HARMONIZE and r.controls.setting is setting
        )  # fmt: skip
        cards = engine._chosen(replace(request, controls=replace(request.controls, model=None)))
        found[setting] = (cards[0].about.kind, kind)
    assert all(chosen == kind for chosen, kind in found.values()), found


def test_a_model_that_does_not_exist_is_told_with_those_that_do(engine, make_tune, ask):
    with pytest.raises(AntiphonError) as caught:
        list(engine.takes(ask(make_tune(1), model="nobody"), never))
    assert caught.value.code == "no-such-model"
    assert "melody-lstm" in caught.value.remedy


def test_when_it_is_late_rules_write_what_is_left_and_say_so(engine, make_tune, ask):
    seen = []

    def is_late() -> bool:
        return len(seen) >= 1

    for take in engine.takes(ask(make_tune(2), count=4), never, is_late):
        seen.append(take)
    assert [take.number for take in seen] == [0, 1, 2, 3]
    assert seen[0].receipt.model == "melody-lstm"
    assert seen[-1].receipt.model == RULES
    assert seen[-1].remarks[0].code == "rules-after-deadline"


def test_a_cancelled_request_ends_between_two_takes(engine, make_tune, ask):
    with pytest.raises(InterruptedError):
        list(engine.takes(ask(make_tune(2), count=2), lambda: True))


def test_a_model_put_into_the_users_folder_answers_the_next_request(
    tmp_path, monkeypatch, make_tune, ask
):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    engine = TorchEngine()
    request = ask(make_tune(3))
    (before,) = engine.takes(request, never)
    assert before.receipt.model == "melody-lstm"
    folder = tmp_path / "data" / "models" / "my tunes"
    shutil.copytree(ZOO / "melody-lstm", folder)
    about = replace(model_for("continue", "melody-lstm").about, name="my tunes", rank=99)
    write_about(about, folder)
    (after,) = engine.takes(request, never)
    assert after.receipt.model == "my tunes"
    assert "my tunes" in engine.models


def test_a_model_whose_weights_are_damaged_leaves_the_answer_to_the_rules(
    tmp_path, monkeypatch, make_tune, ask
):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    engine = TorchEngine()
    folder = tmp_path / "data" / "models" / "broken"
    shutil.copytree(ZOO / "melody-lstm", folder)
    about = replace(model_for("continue", "melody-lstm").about, name="broken", rank=99)
    write_about(about, folder)
    (folder / "weights.safetensors").write_bytes(b"nothing")
    (take,) = engine.takes(ask(make_tune(3)), never)
    assert take.receipt.model == RULES
    assert take.remarks[0].code == "rules-no-weights"


def test_every_model_of_the_zoo_with_a_task_loads():
    from antiphon.models.tasks.writers import KINDS, load_writer

    served = [card for card in catalog(ZOO) if card.about.tasks]
    assert len(served) >= 1
    for card in served:
        assert card.about.kind in KINDS, card.name
        assert load_writer(card)
