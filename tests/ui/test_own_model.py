"""A model of one's own from the panel: a child that is begun, watched, stopped."""

import queue
import sys
import time

import pytest

from antiphon.ui.model.training import DONE, FAILED, NO_BETTER, STOPPED, TRAINING, Training

CHILD = """
import json, sys, time
def say(**words): print(json.dumps(words), flush=True)
say(event="begin", parameters=1)
say(event="step", seconds=1.0, train_bits=4.0)
say(event="epoch", seconds=2.0, train_bits=3.5, valid_bits=3.9)
print("no JSON at all", flush=True)
{end}
"""
TUNED = 'say(event="tuned", name="mine", before=4.0, after=3.5, folder={folder})'


class Runner:
    def __init__(self, end: str) -> None:
        self.posted: queue.SimpleQueue = queue.SimpleQueue()
        command = (sys.executable, "-c", CHILD.format(end=end))
        self.training = Training(self.posted.put, command)

    def run_until(self, *states: str) -> None:
        until = time.monotonic() + 30
        while self.training.state not in states:
            assert time.monotonic() < until, self.training.state
            try:
                self.posted.get(timeout=0.05)()
            except queue.Empty:
                continue


@pytest.mark.parametrize(("folder", "state"), [('"/x"', DONE), ("None", NO_BETTER)])
def test_a_training_draws_its_curve_and_says_what_came_of_it(tmp_path, folder, state):
    runner = Runner(TUNED.format(folder=folder))
    runner.training.begin(tmp_path, "melody-lstm", "mine", is_first=False)
    runner.run_until(state, FAILED)
    assert runner.training.state == state
    assert runner.training.train == [(1.0, 4.0), (2.0, 3.5)]
    assert runner.training.valid == [(2.0, 3.9)]
    assert runner.training.result["after"] == 3.5


def test_a_training_that_cannot_learn_says_why_in_its_own_sentence(tmp_path):
    runner = Runner('sys.stderr.write("antiphon: too little to learn from.\\n"); sys.exit(2)')
    runner.training.begin(tmp_path, "melody-lstm", "mine", is_first=False)
    runner.run_until(FAILED)
    assert runner.training.sentence == "too little to learn from."


def test_a_stopped_training_ends_its_child_and_adds_nothing(tmp_path):
    runner = Runner("time.sleep(60)")
    runner.training.begin(tmp_path, "melody-lstm", "mine", is_first=False)
    runner.run_until(TRAINING)
    child = runner.training._process
    runner.training.cancel()
    assert runner.training.state == STOPPED
    assert child.wait(10) != 0
    assert not runner.training.is_running
