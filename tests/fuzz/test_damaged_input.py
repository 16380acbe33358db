"""Damaged bytes at every door: one kind of error, no hang, bounded memory.

A failure prints the command that replays its case.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).with_name("run_cases.py")
SEED = int(os.environ.get("ANTIPHON_FUZZ_SEED", "20261124"))
GROWTH_MB = 200


def run(target, count, seed=SEED, first=0):
    command = [sys.executable, str(RUNNER), target, str(seed), str(first), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(" ".join(command), done.stdout)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr[-2000:]}"
    return json.loads(done.stdout.splitlines()[-1])


def assert_bounded(said, count):
    replay = [
        f"run_cases.py {said['target']} {said['seed']} {c} 1: {e}" for c, e in said["failures"]
    ]
    assert not replay, "\n".join(replay)
    assert said["read"] + said["refused"] == count
    assert said["grown_mb"] < GROWTH_MB


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("target", "count"),
    [
        ("osc", 10_000),
        ("smf", 10_000),
        ("musicxml", 10_000),
        ("mxl", 3_000),
        ("abc", 5_000),
        ("answers", 1_000),
    ],
)
def test_damaged_input_is_read_or_refused_in_words(target, count):
    said = run(target, count)
    assert_bounded(said, count)
    # Were all refused, only the doormat would be tested; were none, nothing was damaged.
    assert said["read"] > count / 100
    assert said["refused"] > count / 100


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("target", "count"),
    [
        ("osc", 20_000),
        ("smf", 20_000),
        ("musicxml", 20_000),
        ("mxl", 10_000),
        ("abc", 20_000),
        ("answers", 1_000),
    ],
)
def test_damaged_input_is_refused_at_length(target, count):
    for seed in range(1, 11):
        assert_bounded(run(target, count, seed=seed), count)


def test_a_case_is_the_same_each_time_it_is_drawn():
    first, second = run("abc", 50, seed=3), run("abc", 50, seed=3)
    assert {k: first[k] for k in ("read", "refused", "failures")} == {
        k: second[k] for k in ("read", "refused", "failures")
    }
