import json

import numpy as np
import pytest
import torch

from antiphon.models.encoding import satb
from antiphon.models.networks.chorale import GIVEN_SIZES, ChoraleConfig, ChoraleNetwork
from antiphon.models.training import chorale, chorale_data
from antiphon.models.training.chorale_batches import (
    Sampler,
    before_rows,
    grid_of,
    held_slots,
    moved_labels,
)
from antiphon.models.training.chorale_data import Piece, alike, contour


def _piece(seed, slots=96, source="bach", side="train"):
    random = np.random.default_rng(seed)
    steps = random.integers(-2, 3, (slots, 4)) * (random.random((slots, 4)) < 0.3)
    numbers = np.array([70, 64, 57, 48]) + np.clip(np.cumsum(steps, 0), -7, 7)
    attacks = (np.diff(numbers, axis=0, prepend=-1) != 0).astype(np.int64)
    return Piece(
        f"{source}/{seed}", source, side, numbers, attacks, np.arange(slots) % 4,
        6 + np.arange(slots) // 4 % 4,
    )  # fmt: skip


def test_batches_hold_symbols_of_the_network_and_ask_only_for_what_is_not_given():
    sampler = Sampler([grid_of(_piece(i)) for i in range(5)], 16, 64, 3)
    for _ in range(20):
        batch = sampler.batch()
        assert batch.rows.shape == (16, 64, 9)
        for column, size in enumerate(GIVEN_SIZES):
            assert batch.rows[..., column].min() >= 0 and batch.rows[..., column].max() < size
        given = batch.rows[..., :4] != satb.UNKNOWN
        assert np.array_equal(batch.wanted == 1, ~given)
        assert np.array_equal(batch.rows[..., :4][given], batch.symbols[given])
        assert batch.wanted.any((1, 2)).all()


def test_a_short_piece_is_filled_up_and_not_counted_there():
    batch = Sampler([grid_of(_piece(1, 40))], 4, 64, 1).batch()
    assert batch.wanted[:, 40:].sum() == 0


def test_a_crop_knows_the_slot_before_it():
    symbols = satb.to_symbols(_piece(2).numbers)
    rows = before_rows(symbols, np.ones_like(symbols), np.zeros(len(symbols), int))
    assert rows[0, :4].tolist() == [satb.UNKNOWN] * 4
    assert np.array_equal(rows[1:, :4], symbols[:-1])


def test_held_slots_count_from_one():
    numbers = np.array([[60, 0, 5, 5]] * 2 + [[61, 0, 5, 5]])
    assert held_slots(numbers).tolist() == [[1, 1, 1, 1], [2, 2, 2, 2], [1, 3, 3, 3]]


def test_labels_move_with_the_music():
    numbers = _piece(4).numbers
    moved = moved_labels(satb.chord_labels(numbers), 5)
    assert np.array_equal(moved, satb.chord_labels(numbers + 5))


def test_contours_are_the_same_in_every_key_and_rhythm():
    line = np.array([60, 60, 62, 64, 64, 60])
    assert contour(line) == contour(np.repeat(line, 3) + 5) == [2, 2, -4]
    assert alike([2, 2, -4, 1, 5], [2, 2, -4, 1, 5]) == 1
    assert alike([2, 2, -4], [-7, 3, 5]) == 0


def test_settings_of_a_test_soprano_never_train():
    test, valid = [_piece(8).numbers], [_piece(9).numbers]
    own = _piece(8, source="openhymnal")
    assert chorale_data._side_of(own, test, valid) == "test"
    other_bass = Piece("bach/x", "bach", "", np.where([True] * 3 + [False], test[0], 40),
                       own.attacks, own.within, own.beat)  # fmt: skip
    # Test piece 0 is one of those that no file is known for: its soprano alone decides.
    assert chorale_data._side_of(other_bass, test, valid) == "test"
    assert chorale_data._side_of(_piece(9), test, valid) == "valid"
    assert chorale_data._side_of(_piece(10), test, valid) == "train"
    assert chorale_data._side_of(Piece("bach/bwv270", *_fields(_piece(11))), test, valid) == "test"


def _fields(piece):
    return (piece.source, piece.side, piece.numbers, piece.attacks, piece.within, piece.beat)


@pytest.fixture
def few_pieces(monkeypatch):
    pieces = [_piece(i, side="train" if i else "valid") for i in range(6)]
    monkeypatch.setattr(chorale, "load_pieces", lambda data, cache: pieces)
    return pieces


def _command(folder):
    sizes = ["--embedding", "24", "--encoder", "16", "--hidden", "32", "--head", "24"]
    return ["--data", "", "--out", str(folder), "--batch", "8", "--slots", "32", *sizes]


def test_a_run_keeps_its_state_and_goes_on(few_pieces, tmp_path):
    chorale.main([*_command(tmp_path), "--minutes", "0.01", "--every", "1"])
    first = json.loads((tmp_path / "latest.json").read_text())
    chorale.main([*_command(tmp_path), "--minutes", "0.02", "--every", "1"])
    second = json.loads((tmp_path / "latest.json").read_text())
    assert second["step"] > first["step"] > 0
    assert (tmp_path / "weights.safetensors").is_file()


def test_steps_lower_the_loss(few_pieces, tmp_path):
    torch.manual_seed(0)
    options = chorale._options([*_command(tmp_path), "--minutes", "100"])
    trainer = chorale.Trainer(ChoraleNetwork(ChoraleConfig(24, 16, 32, 24)), tmp_path, options)
    sampler = Sampler([grid_of(piece) for piece in few_pieces], 8, 32, 1)
    losses = []
    for step in range(60):
        trainer.progress.step = step
        loss, count = trainer._step(sampler.batch())
        losses.append(loss / count)
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
