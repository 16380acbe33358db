"""The trainings of the founding networks on a few tunes: each learns, stops and goes on."""

import json
import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from antiphon.bridge.formats.files import write_phrase
from antiphon.models.encoding.abc_text import split_header
from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.reading import Tune
from antiphon.models.encoding.steps import NOTE_OFF, stepped
from antiphon.models.networks.abc_lstm import AbcConfig, AbcNetwork
from antiphon.models.training import abc_lstm, elman, improv_lstm, melody_rnn
from antiphon.models.training import dataset as data
from antiphon.models.training.corpus import Entry
from antiphon.models.training.melody_data import DATASET, SIDES, shipped_durations, sides_of


@pytest.fixture(scope="module")
def kept(make_tune, tmp_path_factory):
    """A folder of data and a kept corpus of 24 tunes in ABC."""
    folder = tmp_path_factory.mktemp("data")
    books = folder / "nottingham" / "abc" / "jigs"
    books.mkdir(parents=True)
    entries = []
    for seed in range(24):
        phrase = make_tune(seed % 6, 8)
        (books / f"tune{seed}.abc").write_bytes(_with_chords(write_phrase(phrase, ".abc")))
        split = ("train", "valid", "test")[0 if seed < 16 else 1 + seed % 2]
        tune = Tune(Path(f"tune{seed}.abc"), 0, melody_of(phrase, phrase.parts[0]))
        entries.append(Entry("nottingham", tune, split))
    corpus = folder / "melody"
    corpus.mkdir()
    data.save(data.build(entries, shipped_durations()), corpus / DATASET)
    (corpus / SIDES).write_text(json.dumps(sides_of(entries)))
    return folder


def _with_chords(abc: bytes) -> bytes:
    """An ABC tune with a chord symbol before each measure."""
    head, key, music = abc.decode().partition("K:")
    key_line, _, body = music.partition("\n")
    measures = body.split("| ")
    chords = ("C", "F", "G7", "Am")
    told = "| ".join(f'"{chords[i % 4]}"{m}' for i, m in enumerate(measures))
    return f"{head}{key}{key_line}\n{told}".encode()


def _command(kept, out, epochs):
    return [
        "--data", str(kept), "--out", str(out), "--corpus", str(kept / "melody"),
        "--epochs", str(epochs), "--minutes", "5",
    ]  # fmt: skip


@pytest.mark.parametrize("training", [abc_lstm, elman, melody_rnn, improv_lstm])
def test_a_run_learns_and_is_taken_up_again(training, kept, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    training.main(_command(kept, tmp_path, 1))
    first = json.loads((tmp_path / "latest.json").read_text())
    training.main(_command(kept, tmp_path, 5))
    last = json.loads((tmp_path / "latest.json").read_text())
    assert (first["epoch"], last["epoch"]) == (1, 5)
    assert last["best"] < first["best"]
    assert "resumed" in caplog.text
    assert load_file(tmp_path / "weights.safetensors")
    assert json.loads((tmp_path / "config.json").read_text())


def test_pieces_of_a_tune_stand_behind_its_header_and_lose_nothing():
    text = "M:4/4\nL:1/8\nK:C\n" + "c2 d2 e2 f2 | " * 30 + "c8 |\n"
    characters = abc_lstm.characters_of([text])
    (batch,) = next(iter(abc_lstm.batches([text], characters, 3, longest=120)))
    pieces = ["".join(characters[c] for c in row if c >= 0) for row in batch.tolist()]
    heads = {split_header(piece)[0] for piece in pieces}
    assert heads == {"M:4/4\nL:1/8\nK:C\n"}
    assert sum(len(split_header(piece)[1]) for piece in pieces) == len(split_header(text)[1])


def test_bits_of_a_text_leave_the_header_out():
    torch.manual_seed(0)
    text = "M:4/4\nL:1/8\nK:C\nc8 | d8 |\n"
    network = AbcNetwork(AbcConfig(abc_lstm.characters_of([text]))).eval()
    longer = abc_lstm.text_bits(network, text.replace("d8", "d8 | e8"))
    # An untrained network pays about the same for every character.
    assert longer > abc_lstm.text_bits(network, text) > 0
    each = abc_lstm.text_bits(network, text) / len("c8 | d8 |\n")
    assert each < 6


def test_an_encoded_tune_and_the_melody_itself_give_the_same_steps(make_tune):
    durations = shipped_durations()
    for seed in range(4):
        phrase = make_tune(seed, 6, 3, 4)
        melody = melody_of(phrase, phrase.parts[0])
        one = melody_rnn.stepped_of(data.encode(melody, durations), durations)
        other = stepped(melody)
        assert (one.symbols == other.symbols).all()
        assert (one.rows == other.rows).all()
        assert one.notes == len(melody.tones)
        assert one.symbols[-1] == NOTE_OFF


def test_kept_sheets_come_back_the_same(kept, tmp_path):
    rows = list(improv_lstm.read_sheets(kept, json.loads((kept / "melody" / SIDES).read_text())))
    improv_lstm.save(rows, tmp_path / improv_lstm.SHEETS)
    again = improv_lstm.load(tmp_path / improv_lstm.SHEETS)
    assert [row[:2] for row in again] == [row[:2] for row in rows]
    for (_, _, one), (_, _, other) in zip(rows, again, strict=True):
        assert (one.chords == other.chords).all()
        assert (one.symbols == other.symbols).all()
    assert len({tuple(row) for row in rows[0][2].chords}) == 4
    silent = improv_lstm.silenced(rows[0][2])
    assert (silent.chords.argmax(1) == 12).all()
