"""Twenty pieces of a user's own make a model that is better on pieces that it did not learn."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.models.catalog import catalog, changed_at, model_for
from antiphon.models.tasks.engines import engine_for
from antiphon.models.training.finetune import FineTune, finetune, sentences
from antiphon.models.training.own_model import plain_name
from antiphon.models.training.prepare import Wishes, prepare
from antiphon.models.training.runs import Stopping
from antiphon.models.weights import load_melody

COMMAND = (
    "import argparse, sys; from antiphon.bridge.cli.training_parser import add_training_commands; "
    "p = argparse.ArgumentParser(); add_training_commands(p.add_subparsers()); "
    "o = p.parse_args(); sys.exit(o.run(o))"
)


@pytest.fixture(scope="module")
def pieces(make_tune, tmp_path_factory):
    """Twenty pieces of one hand: lines that wander by steps and thirds, in 3/4."""
    folder = tmp_path_factory.mktemp("pieces")
    for seed in range(20):
        suffix = (".mid", ".musicxml", ".abc")[seed % 3]
        tune = make_tune(seed, 8, beats=3, fifths=seed % 4 - 1)
        (folder / f"piece {seed}{suffix}").write_bytes(write_phrase(tune, suffix))
    return folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def wish(places, name="my-tunes", epochs=6, is_first=False):
    plan = replace(FineTune.usual_plan(), epochs=epochs, rate=1e-3, newest=0.1)
    return FineTune(tuple(places), "melody-lstm", name, is_first, plan)


def _listener():
    """A list, and a `tell` that notes in it whether each training went on from a kept state."""
    begun = []

    def told(event, figures):
        if event == "begin":
            begun.append(figures["resumed"])

    return begun, told


def test_a_model_of_ones_own_is_better_on_held_out_pieces_and_is_served(
    pieces, home, make_tune, ask
):
    engine = engine_for("torch")
    assert "my-tunes" not in engine.models
    before = changed_at()
    result = finetune(wish([pieces]))
    assert (result.learnt, result.judged, result.tested) == (14, 3, 3)
    assert result.after < 0.97 * result.before
    assert changed_at() != before
    card = model_for("continue", "my-tunes")
    assert load_melody(card).sha256 == card.sha256
    assert card.about.kind == "melody-lstm"
    assert card.sources[0] == f"the user's own pieces ({pieces.name})"
    assert card.sha256 in card.card_path.read_text()
    # A running host finds it without a restart, asked by its name; the shipped one stays first.
    assert "my-tunes" in engine.models
    phrase = make_tune(77, 8, beats=3)
    (take,) = engine.takes(ask(phrase, model="my-tunes"), lambda: False)
    assert take.receipt.model == "my-tunes"
    assert model_for("continue").name != "my-tunes"
    assert any("fewer" in line for line in sentences(result))
    assert not list((home / "data" / "training").iterdir())
    assert [path.name for path in (home / "data" / "models").iterdir()] == ["my-tunes"]


def test_a_stopped_fine_tuning_adds_nothing_and_goes_on_later(pieces, home):
    asked = iter(range(100))
    assert finetune(wish([pieces], epochs=3), is_stopped=lambda: next(asked) > 2) is None
    assert "my-tunes" not in {card.name for card in catalog()}
    state = json.loads((home / "data/training/my-tunes/latest.json").read_text())
    assert state["step"] == 3
    begun, told = _listener()
    assert finetune(wish([pieces], epochs=3, is_first=True), told).folder is not None
    assert begun == [True]
    assert model_for("continue").name == "my-tunes"


def test_other_pieces_under_the_same_name_begin_anew(pieces, home, make_tune, tmp_path):
    asked = iter(range(100))
    finetune(wish([pieces], epochs=1), is_stopped=lambda: next(asked) > 1)
    other = tmp_path / "other"
    other.mkdir()
    for seed in range(5):
        (other / f"{seed}.mid").write_bytes(write_phrase(make_tune(40 + seed), ".mid"))
    begun, told = _listener()
    result = finetune(wish([other], epochs=1), told)
    assert begun == [False]
    assert (result.learnt, result.judged, result.tested) == (4, 1, 0)
    assert result.side == "pieces that it was stopped by"


def test_a_model_that_gets_no_better_is_not_added(pieces, home):
    spoiling = replace(wish([pieces]).plan, rate=5.0, epochs=1, warm_up=1)
    result = finetune(replace(wish([pieces]), plan=spoiling))
    assert result.folder is None
    assert result.after == result.before
    assert "my-tunes" not in {card.name for card in catalog()}
    assert any("None was added" in line for line in sentences(result))


def test_a_data_set_does_as_well_unless_its_durations_are_others(pieces, home, tmp_path):
    prepare([pieces], tmp_path / "set", Wishes(0.2, 0.2))
    result = finetune(wish([tmp_path / "set"], epochs=1))
    assert result.learnt + result.judged + result.tested == 20
    prepare([pieces], tmp_path / "other", Wishes(own_durations=True))
    with pytest.raises(AntiphonError, match="its durations are not those of melody-lstm"):
        finetune(wish([tmp_path / "other"]))


def test_reading_ends_at_the_next_file_once_it_was_asked_to_stop(pieces, home):
    stopping = Stopping()
    seen = []

    def progress(done, files, name):
        seen.append(name)
        stopping.asked = done == 3

    with pytest.raises(KeyboardInterrupt):
        finetune(wish([pieces]), progress=stopping.unless(progress))
    assert len(seen) == 3
    assert not home.exists()


def test_what_cannot_be_done_is_a_sentence(pieces, home, tmp_path):
    for bad, code in (
        (replace(wish([pieces]), base="no such"), "no-such-model"),
        (replace(wish([pieces]), base="ppm"), "no-such-model"),
        (wish([tmp_path / "none"]), "unreadable-file"),
        (wish([next(pieces.glob("*.mid"))]), "nothing-to-learn"),
    ):
        with pytest.raises(AntiphonError) as caught:
            finetune(bad)
        assert caught.value.code == code


def test_names_are_made_plain_and_shipped_ones_refused():
    assert plain_name("Mes études, n. 2!") == "mes-etudes-n-2"
    for name in ("…", "theory", "Melody-LSTM"):
        with pytest.raises(AntiphonError):
            plain_name(name)


@pytest.mark.skipif(os.name != "posix", reason="signals as a terminal sends them")
def test_ctrl_c_leaves_a_whole_state_and_no_model(pieces, tmp_path):
    environment = {**os.environ, "ANTIPHON_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    command = [
        sys.executable, "-c", COMMAND, "train", str(pieces), "--from",
        "melody-lstm", "--name", "Mine", "--json",
    ]  # fmt: skip
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    begun = json.loads(child.stdout.readline())
    assert begun["event"] == "begin"
    time.sleep(0.2)
    # A terminal sends it to the whole group: the command and the process that trains.
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "No model was added; the same command goes on" in err
    assert json.loads(out.splitlines()[-1])["reason"] == "stopped"
    assert (tmp_path / "data/training/mine/latest.safetensors").is_file()
    assert not Path(tmp_path / "data/models/mine").exists()
