"""The search for settings: it tries the usual ones first, keeps its trials, and goes on."""

import csv
import json
import sys
from dataclasses import fields
from random import Random

import pytest

from antiphon.bridge.formats.files import write_phrase
from antiphon.models.catalog import model_for
from antiphon.models.encoding.grid import Span
from antiphon.models.encoding.melody import Tone, melody_of
from antiphon.models.training import tune
from antiphon.models.training.prepare import Wishes, prepare
from antiphon.models.training.tune_sampling import (
    Figures,
    Settings,
    distance,
    excerpts,
    means,
    measured,
    take,
)
from antiphon.models.weights import load_melody

SPANS = tuple(Span(96 * i, 96, 0) for i in range(4))


@pytest.fixture(scope="module")
def data(make_tune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    for seed in range(6):
        (folder / f"{seed}.mid").write_bytes(write_phrase(make_tune(seed, 13), ".mid"))
    prepare([folder], folder / "set", Wishes(0.0, 0.3))
    return folder / "set"


def line(*pitches, start=0):
    return [Tone(start + 24 * i, start + 24 * i + 24, p) for i, p in enumerate(pitches)]


def test_figures_tell_a_copy_from_a_leaping_chromatic_line():
    heard = line(60, 62, 64, 65, 67, 65, 64, 62)
    copy = measured(line(60, 62, 64, 65, 67, 65, 64, 62, start=192), heard, SPANS, 192)
    assert (copy.scale, copy.likeness, copy.rhythm, copy.density, copy.repeats) == (1, 1, 1, 1, 0)
    wild = measured(line(60, 73, 62, 75, 64, 64, start=192), heard, SPANS, 192)
    assert wild.scale < 0.8
    assert wild.interval > 3 * copy.interval
    assert wild.likeness < 0.2 < wild.rhythm
    assert wild.repeats == pytest.approx(1 / 5)
    assert wild.density == pytest.approx(6 / 8)


def test_takes_are_those_of_their_settings_and_wilder_when_warmer(make_tune):
    model = load_melody(model_for("continue", "melody-lstm"))
    tunes = [make_tune(seed, 13) for seed in range(6)]
    places = excerpts([melody_of(t, t.parts[0]) for t in tunes], model, 4)
    assert len(places) == 4
    plain = Settings()
    assert take(places[0], model, plain, 5) == take(places[0], model, plain, 5)
    away, row = distance(places, model, plain, 1)
    assert away > 0
    assert all(getattr(row, field.name) >= 0 for field in fields(Figures))
    hot = Settings(temperature=3.0, candidates=1, least=0.0)
    seeds = [Random(seed).getrandbits(32) for seed in range(3)]
    calm = means([take(place, model, plain, seed) for place in places for seed in seeds])
    wild = means([take(place, model, hot, seed) for place in places for seed in seeds])
    assert wild.scale < calm.scale


def test_a_search_tries_the_usual_settings_first_and_goes_on(data, tmp_path, capsys):
    command = [
        "training", "--data", str(data), "-o", str(tmp_path / "search"), "--kind", "elman",
        "--epochs", "1",
    ]  # fmt: skip
    assert tune.main([*command, "--trials", "2"]) == 0
    assert "2 trials" in capsys.readouterr().out
    assert tune.main([*command, "--trials", "3"]) == 0
    told = capsys.readouterr()
    assert "trial 2, " in told.err or "trial 2:" in told.err
    assert "trial 1, " not in told.err
    with (tmp_path / "search" / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == ["0", "1", "2"]
    assert (rows[0]["hidden"], rows[0]["rate"]) == ("256", "0.003")
    assert len({row["rate"] for row in rows}) == 3
    best = json.loads((tmp_path / "search" / "best.json").read_text())
    assert best["value"] == min(float(row["value"]) for row in rows if row["value"])
    assert best["usual"] == float(rows[0]["value"])
    assert not list((tmp_path / "search").glob("trial-*"))


def test_sampling_is_searched_and_the_best_is_measured_again(data, tmp_path, capsys):
    command = [
        "sampling", "--data", str(data), "-o", str(tmp_path / "search"), "--trials", "2",
        "--excerpts", "3",
    ]  # fmt: skip
    assert tune.main(command) == 0
    told = capsys.readouterr().out
    assert "distance to the human row" in told
    assert "on other draws" in told
    best = json.loads((tmp_path / "search" / "best.json").read_text())
    assert set(best["settings"]) == {
        "temperature", "candidates", "least", "density", "repetition", "likelihood", "ending",
        "form",
    }  # fmt: skip
    assert set(best["about"]["human"]) == {field.name for field in fields(Figures)}
    # The folder of one search is not taken for another.
    assert tune.main(["training", *command[1:]]) == 2
    assert "is another run" in capsys.readouterr().err


def test_without_optuna_a_sentence_says_how_to_get_it(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert tune.main(["training", "--data", str(data), "-o", str(tmp_path / "search")]) == 2
    assert 'pip install "antiphon[train]"' in capsys.readouterr().err
    assert not (tmp_path / "search").exists()


def test_tunes_too_short_to_continue_are_a_sentence(make_tune, tmp_path, capsys):
    (tmp_path / "music").mkdir()
    for seed in range(3):
        path = tmp_path / "music" / f"{seed}.mid"
        path.write_bytes(write_phrase(make_tune(seed, 5), ".mid"))
    command = ["sampling", "--data", str(tmp_path / "music"), "-o", str(tmp_path / "search")]
    assert tune.main(command) == 2
    assert "no tune has twelve measures" in capsys.readouterr().err
