"""The training loop: it stops when told, goes on exactly, and stops by itself when it is time."""

import csv
import json

import pytest
import torch
from safetensors.torch import load_file

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.models.training import train
from antiphon.models.training.kinds import KINDS
from antiphon.models.training.loop import Loop, Plan
from antiphon.models.training.prepare import Wishes, prepare, shipped_durations
from antiphon.models.training.runs import open_run

SMALL = {"embedding": 16, "hidden": 16, "head": 16, "dropout": 0.2}
# With minutes without end the rate follows the epochs alone, and a run can be repeated exactly.
PLAN = Plan(minutes=1e9, epochs=3, batch=128, longest=64, rate=0.01, warm_up=5)


@pytest.fixture(scope="module")
def tunes(make_tune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    for seed in range(16):
        (folder / f"{seed}.mid").write_bytes(write_phrase(make_tune(seed), ".mid"))
    return prepare([folder], folder / "set", Wishes(0.1, 0.2)).dataset


def network(kind="melody-lstm"):
    torch.manual_seed(3)
    return KINDS[kind].built(shipped_durations().values, SMALL)


def run(tunes, folder, plan=PLAN, is_stopped=lambda: False, kind="melody-lstm"):
    folder.mkdir(exist_ok=True)
    loop = Loop(network(kind), folder, plan)
    return loop, loop.run(tunes.side("train"), tunes.side("valid"), is_stopped)


def test_a_run_that_was_stopped_in_mid_epoch_ends_as_one_that_was_not(tunes, tmp_path):
    whole, reason = run(tunes, tmp_path / "whole")
    assert reason == "epochs"
    steps = whole.progress.step
    asked = iter(range(1000))
    broken, reason = run(tunes, tmp_path / "broken", is_stopped=lambda: next(asked) > steps // 2)
    assert reason == "stopped"
    assert broken.progress.done > 0
    assert broken.progress.step == steps // 2 + 1
    again, reason = run(tunes, tmp_path / "broken")
    assert reason == "epochs"
    assert again.progress.step == steps
    for first, second in ((whole.network, again.network), (whole.mean, again.mean)):
        pairs = zip(first.parameters(), second.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    first, second = (load_file(tmp_path / n / "weights.safetensors") for n in ("whole", "broken"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_every_epoch_sees_every_event_once_and_is_a_row_of_the_table(tunes, tmp_path):
    loop, _ = run(tunes, tmp_path / "run")
    with (tmp_path / "run" / "train.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["valid_bits"]]
    events = sum(len(tune.pitches) for tune in tunes.side("train"))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    assert [int(row["events"]) for row in rows] == [events] * 3
    assert float(rows[-1]["valid_bits"]) == pytest.approx(loop.progress.best, rel=1e-4)


def test_a_run_stops_early_where_the_validation_side_gets_no_better(tunes, tmp_path):
    tmp_path.joinpath("run").mkdir()
    loop = Loop(network(), tmp_path / "run", Plan(10, 50, batch=128, patience=2))
    loop.progress.best = 0.0
    assert loop.run(tunes.side("train"), tunes.side("valid")) == "patience"
    assert loop.progress.epoch == 2
    assert not (tmp_path / "run" / "weights.safetensors").exists()


def test_a_run_ends_with_its_minutes(tunes, tmp_path):
    loop, reason = run(tunes, tmp_path / "run", Plan(minutes=0.5 / 60, batch=128))
    assert reason == "time"
    assert loop.progress.seconds < 5


def test_the_founding_network_learns_in_the_same_loop(tunes, tmp_path):
    run(tunes, tmp_path / "run", PLAN, kind="elman")
    with (tmp_path / "run" / "train.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["train_bits"]) < float(rows[0]["train_bits"])


def test_a_folder_of_another_run_is_refused(tmp_path):
    open_run(tmp_path / "run", {"kind": "elman", "hidden": 16})
    open_run(tmp_path / "run", {"kind": "elman", "hidden": 16})
    with pytest.raises(AntiphonError, match="its hidden was 16, not 32"):
        open_run(tmp_path / "run", {"kind": "elman", "hidden": 32})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "diary.txt").write_text("mine")
    with pytest.raises(AntiphonError, match="it holds other files"):
        open_run(tmp_path / "other", {})


def test_the_command_trains_on_a_folder_of_music_and_tells_programs(
    make_tune, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path / "home"))
    music = tmp_path / "music"
    music.mkdir()
    for seed in range(6):
        (music / f"{seed}.abc").write_bytes(write_phrase(make_tune(seed), ".abc"))
    sizes = [f"--{name}={value}" for name, value in SMALL.items()]
    command = [str(music), "-o", str(tmp_path / "run"), "--epochs", "2", "--json", *sizes]
    assert train.main([*command, "--name", "First steps"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["begin", "epoch", "epoch", "end"]
    about = json.loads((tmp_path / "home/data/models/first-steps/model.json").read_text())
    assert about["tasks"] == ["continue"]
    assert train.main([*command[:-1], "--hidden", "24"]) == 2
    assert "is another run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ([], "-o cannot be left out"),
        (["-o", "run", "--minutes", "0"], "--minutes cannot be"),
        (["-o", "run", "--name", "!!"], "a name needs letters"),
        (["-o", "run", "--name", "Melody LSTM"], "a model that comes with Antiphon"),
    ],
)
def test_wishes_without_sense_are_a_sentence(tmp_path, capsys, monkeypatch, extra, words):
    monkeypatch.chdir(tmp_path)
    assert train.main([str(tmp_path), *extra]) == 2
    assert words in capsys.readouterr().err
