"""The shipped models on tunes that were kept from training (the test side of the split)."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.models.evaluation.melody import evaluate, rows_of
from antiphon.models.evaluation.report import markdown

HELD_OUT = (
    "ArielHornpipe", "BloomingMeadowsJig", "CaptainKelleysReel", "FoxHuntersJig",
    "LordDalhousiesReel", "MillerOfDroneStrathspey", "PostHornReel", "WinnicksFavoriteJig",
)  # fmt: skip

COMMAND = (sys.executable, "-m", "antiphon.models.evaluation", "melody", "--on")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_tune):
    music21 = find_spec("music21")
    if music21 is None:
        pytest.skip("the held-out tunes are in music21's corpus, which is not installed")
    corpus = Path(music21.origin).parent / "corpus" / "ryansMammoth"
    found = tmp_path_factory.mktemp("tunes")
    (found / "folk").mkdir()
    for name in HELD_OUT:
        shutil.copy(corpus / f"{name}.abc", found / "folk")
    (found / "broken.mid").write_bytes(b"MThd and then nothing of use")
    (found / "readme.txt").write_text("no tune")
    return found


@pytest.fixture(scope="module")
def report(folder):
    return evaluate(folder)


def _events(report):
    """The figures of the first table by model: all, pitch, duration, a quarter."""
    return {row[0]: row[1:] for row in report.tables[0].rows}


def test_the_network_foretells_held_out_tunes_better_than_both_baselines(report):
    bits = {name: row[0] for name, row in _events(report).items()}
    assert {"melody-lstm", "ppm", "ppm-adaptive"} <= set(bits)
    assert bits["melody-lstm"] < bits["ppm-adaptive"] < bits["ppm"]
    assert 0.5 < bits["melody-lstm"] < 6


def test_every_network_beats_guessing_and_the_melody_lstm_is_the_best(report):
    bits = {name: row[0] for name, row in _events(report).items()}
    assert min(bits, key=bits.get) == "melody-lstm"
    # 65 pitches and 53 durations at even chances cost 11.7 bits.
    assert all(value < 8 for value in bits.values())


def test_shares_of_pitch_and_duration_add_up(report):
    for both, pitch, duration, quarter in _events(report).values():
        assert pitch + duration == pytest.approx(both)
        # Dance tunes have more notes than quarters.
        assert quarter > both


def test_models_of_steps_are_measured_on_the_tunes_that_lie_on_steps(report):
    steps = [table for table in report.tables if "16th steps" in table.title]
    assert len(steps) == 1
    names = [row[0] for row in steps[0].rows]
    assert {"melody-rnn", "improv-lstm", "melody-lstm", "ppm"} <= set(names)
    values = [row[1] for row in steps[0].rows]
    assert values == sorted(values)


def test_tunes_and_notes_are_counted_and_unusable_files_named(report):
    assert report.measured_on.startswith(f"{len(HELD_OUT)} tunes, ")
    assert int(report.measured_on.split()[2]) > 600
    assert len(report.unread) == 1
    assert report.unread[0].startswith("broken.mid: ")
    assert any("broken.mid" in line for line in markdown(report))


def test_a_tune_costs_about_the_same_in_every_format(tmp_path, make_tune):
    figures = []
    for suffix in (".mid", ".musicxml", ".abc"):
        one = tmp_path / suffix[1:]
        one.mkdir()
        (one / f"tune{suffix}").write_bytes(write_phrase(make_tune(8, 12), suffix))
        figures.append(rows_of(one)[0].bits_per_note)
    assert figures == pytest.approx([figures[0]] * 3, rel=0.02)


def test_a_book_of_tunes_counts_each(tmp_path, make_tune):
    tunes = [write_phrase(make_tune(seed), ".abc").decode() for seed in range(3)]
    book = "\n\n".join(t.replace("X:1", f"X:{i}") for i, t in enumerate(tunes, 1))
    (tmp_path / "book.abc").write_text(book)
    assert evaluate(tmp_path).measured_on.startswith("3 tunes")


def test_a_folder_without_tunes_is_a_sentence(tmp_path):
    with pytest.raises(AntiphonError) as caught:
        evaluate(tmp_path)
    assert caught.value.code == "unreadable-file"


def test_the_command_prints_a_table_and_writes_json(folder, tmp_path):
    out = tmp_path / "figures.json"
    done = subprocess.run(
        [*COMMAND, str(folder), "--json", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "melody-lstm" in done.stdout
    found = json.loads(out.read_text())
    assert found["topic"] == "melody"
    assert found["tables"][0]["rows"][0][0] == "melody-lstm"
    assert all(row[1] > 0 for row in found["tables"][0]["rows"])


def test_the_command_refuses_a_missing_folder_with_a_remedy(tmp_path):
    done = subprocess.run(
        [*COMMAND, str(tmp_path / "nowhere")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "not a folder" in done.stderr
    assert "Traceback" not in done.stderr
