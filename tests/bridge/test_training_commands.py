"""`antiphon prepare`, `train` and `tune` hand their words to the process that can do them."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.bridge.cli import child
from antiphon.bridge.cli.child import flags, run_child
from antiphon.bridge.cli.training_parser import KINDS, TUNED, add_training_commands
from antiphon.models.training import prepare, train, tune
from antiphon.models.training.kinds import KINDS as KNOWN_KINDS

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def handed(monkeypatch):
    """What a command line hands to the child: module and arguments."""
    parser = argparse.ArgumentParser()
    add_training_commands(parser.add_subparsers(required=True))
    found = []
    for name in ("prepare", "train", "tune"):
        module = f"antiphon.bridge.cli.{name}"
        monkeypatch.setattr(f"{module}.run_child", lambda *told: found.append(told) or 0)

    def hand(*words):
        options = parser.parse_args(words)
        assert options.run(options) == 0
        return found.pop()

    return hand


@pytest.mark.parametrize(
    ("words", "module", "expected"),
    [
        (
            ["prepare", "a", "b", "-o", "set", "--transpose=-3:4", "--test", "10"],
            prepare,
            {"folder": [Path("a"), Path("b")], "transpose": "-3:4", "test": 10.0, "valid": 5.0},
        ),
        (
            ["train", "set", "-o", "run", "--kind", "elman", "--hidden", "64", "--json"],
            train,
            {"output": Path("run"), "kind": "elman", "hidden": 64, "json": True, "from": None},
        ),
        (
            ["train", "mine", "--from", "melody-lstm", "--name", "my tunes", "--first"],
            train,
            {"from": "melody-lstm", "name": "my tunes", "first": True, "folder": [Path("mine")]},
        ),
        (
            ["tune", "sampling", "--data", "set", "-o", "run", "--trials", "4"],
            tune,
            {"task": "sampling", "trials": 4, "minutes": 20.0, "output": Path("run")},
        ),
    ],
)
def test_what_is_said_arrives(handed, words, module, expected):
    name, arguments = handed(*words)
    assert name == module.__name__
    options = vars(module._parser().parse_args(list(arguments)))
    assert {key: options[key] for key in expected} == expected


def test_a_folder_whose_name_begins_with_a_hyphen_is_a_folder(handed):
    _, arguments = handed("prepare", "-o", "set", "--", "-tunes")
    assert prepare._parser().parse_args(list(arguments)).folder == [Path("./-tunes")]


def test_both_sides_know_the_same_choices():
    assert tuple(KNOWN_KINDS) == KINDS
    assert tune.TASKS == TUNED


def test_options_that_were_not_given_are_left_to_the_child():
    options = argparse.Namespace(run=print, minutes=None, first=False, json=True, own_part=3)
    assert flags(options, ("run",)) == ["--json", "--own-part=3"]


def test_the_childs_exit_code_is_the_commands(monkeypatch):
    assert run_child("timeit", ["-n", "1", "-r", "1", "pass"]) == 0
    assert run_child("antiphon.models.training.prepare", ["/no such folder", "-o", "x"]) == 2
    assert child.signal.getsignal(child.signal.SIGTERM) is child.signal.SIG_DFL


def test_a_set_is_prepared_from_the_command_line(tmp_path):
    code = (
        "import argparse, sys; from antiphon.bridge.cli.training_parser import *; "
        "p = argparse.ArgumentParser(); add_training_commands(p.add_subparsers()); "
        "o = p.parse_args(); sys.exit(o.run(o))"
    )
    command = [sys.executable, "-c", code, "prepare", str(EXAMPLES), "-o", str(tmp_path / "set")]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    assert "## Left out" in done.stdout
    assert "read " in done.stderr
    assert (tmp_path / "set" / "manifest.json").is_file()
