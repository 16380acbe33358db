"""The chords model's data and training, on a few tunes written here."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import save_file

from antiphon.bridge.music.chords import chord_text
from antiphon.models.catalog import catalog
from antiphon.models.encoding import halves as grid
from antiphon.models.networks.chords import ChordsConfig, ChordsNetwork
from antiphon.models.tasks.chords_reading import load_chords
from antiphon.models.training import chords as training
from antiphon.models.training import chords_data as data
from antiphon.models.training.chords import Encoded
from antiphon.models.training.chords_publish import publish

TUNE = """X:1
T:Tune {name}
M:4/4
L:1/4
K:G
D|"G"GABc|"D7"dcBA|"G"{notes}|"C"ce"Am"ge|"D7"dcBA|"G"G2G2|"C"c2e2|"G"G3|]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "nottingham" / "abc"
    place.mkdir(parents=True)
    for index in range(12):
        notes = "".join("GABd"[(index // 4**k) % 4] for k in range(4))
        (place / f"t{index}.abc").write_text(TUNE.format(name=index, notes=notes))
    return tmp_path


def test_a_lead_sheet_is_read_with_its_key_its_chords_and_a_silent_pickup(folder):
    origin = data.ORIGINS[0]
    path = folder / "nottingham" / "abc" / "t0.abc"
    (_, sheet), *_ = data.sheets_in(path, origin, {})
    assert sheet.tune.fifths == 1
    assert sheet.tune.style == "folk"
    names = [grid.chord_of_symbol(int(symbol), 0) for symbol in sheet.chords]
    assert names[0] is None
    assert names[1:3] == [(0, "major"), (0, "major")]
    assert names[3] == (7, "dominant")
    assert names[7:9] == [(5, "major"), (2, "minor")]


def test_a_broken_file_is_told_and_left_out(folder):
    (folder / "nottingham" / "abc" / "bad.abc").write_text("nothing")
    told: list[str] = []
    sheets = data.read_sheets(folder, told.append)
    assert len(sheets) == 12
    assert all("bad.abc" in line for line in told)


def test_all_settings_of_a_tune_fall_on_one_side(folder):
    sides = {sheet.split for sheet in data.read_sheets(folder)}
    # The twelve share nearly all of their runs of intervals.
    assert len(sides) == 1


@pytest.mark.parametrize(
    ("label", "text"),
    [("C:maj", "C"), ("Bb:min7", "Bbm7"), ("F#:hdim7", "F#m7b5"), ("Gb:7/b7", "Gb7"),
     ("N", "N.C."), ("D#:sus4(b7)", "D#sus4")],
)  # fmt: skip
def test_chord_labels_are_read(label, text):
    assert chord_text(data._harte(label, Fraction(0))) == text


def test_a_line_that_is_no_chord_label_is_refused():
    with pytest.raises(ValueError, match="chord label"):
        data._harte("H:maj", Fraction(0))


@pytest.mark.parametrize(
    ("numeral", "is_minor", "root", "kind"),
    [("I", False, 0, "major"), ("vi", False, 9, "minor"), ("bVIIM", False, 10, "major"),
     ("i", True, 9, "minor"), ("VI", True, 5, "major"), ("ivm", True, 2, "minor"),
     ("V7", False, 7, "major-seventh"), ("Idom7", False, 0, "dominant"),
     ("vdim", False, 7, "diminished")],
)  # fmt: skip
def test_roman_numerals_are_read_above_the_signature(numeral, is_minor, root, kind):
    assert data._numeral(numeral, is_minor=is_minor) == grid.reduced(root, kind)


def test_moods_pull_chords_to_either_side(tmp_path):
    (tmp_path / "mood_progressions").mkdir()
    lines = [
        {"mode": "maj", "progression": ["I", "IV", "V"], "moods": ["Joyful"]},
        {"mode": "min", "progression": ["i", "iv", "i"], "moods": ["Sad"]},
        {"mode": "maj", "progression": ["ii"], "moods": ["New"]},
    ]
    path = tmp_path / "mood_progressions" / "progressions.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    table = data.mood_table(tmp_path)
    assert table[grid.reduced(0, "major")] > 0 > table[grid.reduced(9, "minor")]
    assert abs(table[grid.reduced(2, "minor")]) < abs(table[grid.reduced(9, "minor")])


def test_pairs_know_which_chord_follows_which():
    rows = np.zeros((4, grid.COLUMNS), np.float32)
    rows[1::2, grid.PLACE] = 1
    c, g = grid.reduced(0, "major"), grid.reduced(7, "dominant")
    tunes = [Encoded(rows, np.array([c, g, c, g]), "nottingham", "train")] * 9
    table = training.pair_table(tunes)
    assert table[1, c, g] > 0 > table[1, c, c]
    assert table[0, g, c] > table[0, g, g]


def test_rare_chords_weigh_more_but_not_much_more():
    chords = np.array([0] * 95 + [1] * 5)
    rows = np.zeros((100, grid.COLUMNS), np.float32)
    weights = training.class_weights([Encoded(rows, chords, "nottingham", "train")])
    assert weights[0] < weights[1] <= 2.5


def test_something_is_masked_always_and_everything_sometimes():
    random = np.random.default_rng(1)
    counts = [int(training.masked(np.zeros(16, int), random).sum()) for _ in range(300)]
    assert min(counts) >= 1
    assert 60 < sum(count == 16 for count in counts) < 150
    assert len(set(counts)) > 8


def test_a_short_run_learns_keeps_its_weights_and_goes_on(folder, tmp_path, monkeypatch):
    sheets = data.read_sheets(folder)
    sides = ["valid" if i < 3 else "train" for i in range(len(sheets))]
    split = [data.replace(s, split=side) for s, side in zip(sheets, sides, strict=True)]
    monkeypatch.setattr(training, "read_sheets", lambda *_: split)
    out = tmp_path / "run"
    words = ["--data", str(folder), "--out", str(out), "--embedding", "8", "--inner", "16"]
    words += ["--hidden", "8"]
    assert training.main([*words, "--minutes", "0.02"]) == 0
    assert (out / "weights.safetensors").is_file()
    first = json.loads((out / "latest.json").read_text())
    assert training.main([*words, "--minutes", "0.03"]) == 0
    second = json.loads((out / "latest.json").read_text())
    assert second["step"] > first["step"]
    assert second["best"] <= first["best"] < np.log(grid.SYMBOLS)


def test_a_published_run_is_found_in_the_catalog_and_loads(tmp_path):
    run, zoo = tmp_path / "run", tmp_path / "zoo"
    run.mkdir()
    config = ChordsConfig(embedding=8, inner=16, hidden=8, heads=2)
    save_file(ChordsNetwork(config).state_dict(), run / "weights.safetensors")
    (run / "config.json").write_text(json.dumps(config.to_json()))
    publish(run, zoo, {"root": "0.5"})
    (card,) = catalog(zoo)
    assert card.serves("harmonize")
    assert card.about.figures == {"root": "0.5"}
    learnt = sum(p.numel() for p in ChordsNetwork(config).parameters())
    assert card.about.parameters == learnt
    assert load_chords(card).sha256 == card.sha256
