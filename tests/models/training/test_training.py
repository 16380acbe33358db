"""A whole training run on a few tunes: it learns, it stops, and it goes on where it stopped."""

import json
import logging
from pathlib import Path

import pytest
from safetensors.torch import load_file

from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.reading import Tune
from antiphon.models.training import dataset as data
from antiphon.models.training import melody
from antiphon.models.training.corpus import Entry
from antiphon.models.training.ppm import fit


@pytest.fixture(scope="module")
def found(make_tune):
    entries = []
    for seed in range(24):
        phrase = make_tune(seed % 6, 8)
        split = ("train", "valid", "test")[0 if seed < 16 else 1 + seed % 2]
        tune = Tune(Path(f"{seed}.mid"), 0, melody_of(phrase, phrase.parts[0]))
        entries.append(Entry("tunes", tune, split))
    return data.build(entries)


def test_a_kept_data_set_comes_back_the_same(found, tmp_path):
    data.save(found, tmp_path / "dataset.safetensors")
    again = data.load(tmp_path / "dataset.safetensors")
    assert again.splits == found.splits
    assert again.durations == found.durations
    assert data.digest(again) == data.digest(found)
    for left, right in zip(found.tunes, again.tunes, strict=True):
        assert (left.rows == right.rows).all()


def test_batches_hold_every_event_once(found):
    tunes = found.side("train")
    events = sum(len(tune.pitches) for tune in tunes)
    masks = [mask for _, _, _, mask in data.batches(tunes, seed=3, events=200, longest=40)]
    assert sum(int(mask.sum()) for mask in masks) == events
    assert all(mask.shape[1] <= 40 for mask in masks)


def test_a_run_learns_keeps_its_best_and_is_taken_up_again(found, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    data.save(found, tmp_path / "dataset.safetensors")
    sizes = ["--embedding", "24", "--hidden", "24", "--head", "24", "--dropout", "0"]
    command = [
        "--data",
        str(tmp_path),
        "--out",
        str(tmp_path),
        "--minutes",
        "5",
        "--rate",
        "0.01",
        "--batch",
        "64",
    ]
    melody.main([*command, *sizes, "--epochs", "3"])
    first = json.loads((tmp_path / "latest.json").read_text())
    assert first["epoch"] == 3
    melody.main([*command, *sizes, "--epochs", "12"])
    last = json.loads((tmp_path / "latest.json").read_text())
    assert last["epoch"] == 12
    assert last["step"] == 4 * first["step"]
    # The validation tunes are among the training tunes here: learning them must show.
    assert last["best"] < 0.8 * first["best"]
    assert "resumed" in caplog.text
    assert load_file(tmp_path / "weights.safetensors")


def test_the_baseline_is_fitted_on_the_same_notes(found):
    model = fit(found, prune_from=99)
    trained = [tune.columns() for tune in found.side("train")]
    assert model.pitch.orders[0].counts.sum() == sum(len(tune["pitch"]) for tune in trained)
    assert model.config.durations == found.durations.values
