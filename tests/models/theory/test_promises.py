"""Every hard promise, on requests drawn at random over all tasks and all controls."""

from collections import Counter

import pytest
from drawn_requests import drawn_request, verdict

from antiphon.bridge.protocol.messages import Task
from antiphon.models.theory.answers import answer_by_rules

# Refusals that a request can earn; any other one is a defect.
REFUSALS = {"bad-control", "empty-selection", "no-melody", "no-such-part", "too-large"}


def failures(seeds: range) -> tuple[dict[int, object], Counter[str]]:
    bad: dict[int, object] = {}
    refused: Counter[str] = Counter()
    for seed in seeds:
        said = verdict(answer_by_rules, seed)
        if isinstance(said, str):
            refused[said] += 1
            if said not in REFUSALS:
                bad[seed] = said
        elif said:
            bad[seed] = said[:3]
    return bad, refused


@pytest.mark.parametrize("part", range(4))
def test_400_drawn_requests_are_answered_as_promised_or_refused_in_a_sentence(part: int) -> None:
    bad, refused = failures(range(100 * part, 100 * part + 100))
    assert bad == {}
    assert sum(refused.values()) < 40, refused


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_10_000_drawn_requests_are_answered_as_promised_or_refused_in_a_sentence() -> None:
    bad, refused = failures(range(1000, 11_000))
    assert bad == {}
    assert sum(refused.values()) < 4000, refused


def test_the_drawn_requests_reach_every_task_and_every_hard_control() -> None:
    drawn = [drawn_request(seed)[0] for seed in range(400)]
    assert {request.task for request in drawn} == set(Task)
    controls = [request.controls for request in drawn]
    for name in ("chords", "rhythm", "locked_notes", "locked_measures", "polyphony", "density"):
        assert sum(bool(getattr(c, name)) for c in controls) >= 20, name
    assert sum(c.strict_key for c in controls) > 100
