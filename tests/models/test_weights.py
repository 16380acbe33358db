import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.models.catalog import ZOO, catalog, model_for, write_about
from antiphon.models.tasks.engines import engine_for
from antiphon.models.weights import load_melody


@pytest.fixture
def zoo(tmp_path):
    """A copy of the zoo that may be damaged."""
    copy = tmp_path / "zoo"
    shutil.copytree(ZOO, copy)
    return copy


def test_every_model_of_the_catalog_has_weights_sizes_and_a_card():
    names = [card.name for card in catalog(ZOO)]
    assert {"melody-lstm", "ppm"} <= set(names)
    for card in catalog(ZOO):
        assert card.weights_path.stat().st_size > 10_000
        assert json.loads(card.config_path.read_text())
        text = card.card_path.read_text()
        assert card.sha256 in text
        assert card.sources


def test_shipped_weights_load_and_carry_their_hash():
    card = model_for("continue")
    model = load_melody(card)
    assert model.sha256 == card.sha256
    assert model.name == "melody-lstm"


def test_one_changed_byte_is_refused(zoo):
    card = model_for("continue", None, zoo)
    data = bytearray(card.weights_path.read_bytes())
    data[len(data) // 2] ^= 1
    card.weights_path.write_bytes(data)
    with pytest.raises(AntiphonError) as caught:
        load_melody(card)
    assert caught.value.code == "no-weights"


@pytest.mark.parametrize("missing", ["weights.safetensors", "config.json"])
def test_a_missing_file_is_refused(zoo, missing):
    card = model_for("continue", None, zoo)
    (card.folder / missing).unlink()
    with pytest.raises(AntiphonError) as caught:
        load_melody(card)
    assert caught.value.code == "no-weights"


@pytest.mark.parametrize("text", ["", "{", '{"name": 1}', "[]", '{"name": "x", "tasks": 3}'])
def test_a_folder_that_describes_no_model_is_passed_over(tmp_path, text):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.json").write_text(text)
    assert catalog(tmp_path) == ()


def test_the_better_ranked_of_two_models_serves_a_task(zoo):
    shutil.copytree(zoo / "melody-lstm", zoo / "mine")
    about = replace(model_for("continue", "melody-lstm", zoo).about, name="mine", rank=99)
    write_about(about, zoo / "mine")
    assert model_for("continue", None, zoo).name == "mine"
    assert model_for("continue", "melody-lstm", zoo).name == "melody-lstm"


def test_without_weights_the_rules_answer_and_say_so(monkeypatch, tmp_path, make_tune, ask):
    from antiphon.models.tasks import engines

    monkeypatch.setattr(engines, "catalog", lambda: catalog(tmp_path))
    engine = engine_for("torch")
    assert engine.name == "theory"
    (take,) = engine.takes(ask(make_tune(1)), lambda: False)
    assert take.remarks[0].code == "rules-no-weights"
    assert take.receipt.model == "theory"


def test_catalog_and_theory_engine_load_neither_torch_nor_numpy():
    code = (
        "import sys; from antiphon.models.tasks.engines import engine_for; engine_for('theory'); "
        "print(sorted({'torch', 'numpy', 'music21', 'verovio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]", done.stderr
