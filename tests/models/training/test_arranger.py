import json
from fractions import Fraction

import numpy as np
import pytest
import torch

from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.pitch import spell
from antiphon.models.encoding.cells import (
    END,
    NEXT_AT,
    NO_PITCH,
    NO_POSITION,
    NOTE_COLUMNS,
    OFFSETS,
    PITCH_AT,
    WALK_COLUMNS,
)
from antiphon.models.networks.arranger import Arranger, ArrangerConfig
from antiphon.models.training import arranger, arranger_data
from antiphon.models.training.arranger_publish import NAME, publish
from antiphon.models.training.arranger_read import Found, Piece, piece_of
from antiphon.models.training.arranger_rows import hide, rows_of
from antiphon.models.training.arranger_sets import roles_of
from antiphon.models.training.arranger_windows import STEPS, Library, collated


def _piece(make_tune, seed: int, side: str = "train", source: str = "nottingham") -> Piece:
    tune = make_tune(seed, 16, fifths=seed % 5 - 2)
    low = tuple(
        Note(Fraction(2 * i), Fraction(2), spell(number))
        for i in range(32)
        for number in (48 + i % 5, 52 + i % 5, 55 + i % 5)
    )
    phrase = tune.__class__(
        (*tune.parts, Part("P2", "Piano", low)), tune.measures, tune.length,
        tune.key_signatures, tune.time_signatures,
    )  # fmt: skip
    piece = piece_of(Found(source, f"t{seed}", phrase, 0, (0, 5)), side, (0, 16))
    assert piece is not None
    return piece


@pytest.fixture(scope="module")
def pieces(make_tune) -> list[Piece]:
    sides = ["train"] * 5 + ["valid", "test"]
    return [_piece(make_tune, seed, side) for seed, side in enumerate(sides)]


def test_pieces_come_back_from_their_file(pieces, tmp_path):
    arranger_data.save(pieces, tmp_path / "p.safetensors")
    assert arranger_data.load(tmp_path / "p.safetensors") == pieces


def test_a_piece_is_moved_to_the_key_without_accidentals(make_tune):
    piece = _piece(make_tune, 3)
    classes = {(p + 9) % 12 for cell in piece.parts[0].cells for _, p, _ in cell.events()}
    assert classes <= {0, 2, 4, 5, 7, 9, 11}


def test_chords_are_felt_where_none_are_told(make_tune):
    piece = _piece(make_tune, 2)
    assert len(piece.chords) >= len(piece.bars)
    assert all(0 <= root < 12 and bits >> root & 1 for _, root, bits in piece.chords)


def test_rows_hold_every_note_and_one_end_a_measure(pieces):
    piece = pieces[0]
    rows = rows_of(piece, piece.parts[0])
    events = [event for cell in piece.parts[0].cells for event in (*cell.events(), (END, 0, 0))]
    assert rows.targets.tolist() == [list(event) for event in events]
    assert rows.walk.shape == (len(events), len(WALK_COLUMNS))
    assert rows.note.shape == (len(events), len(NOTE_COLUMNS))


def test_what_is_hidden_leaves_no_trace_in_the_rows(pieces):
    rows = rows_of(pieces[0], pieces[0].parts[0])
    end = rows.starts[8]
    walk, note = rows.walk[:end].copy(), rows.note[:end].copy()
    given = np.zeros(16, np.bool_)
    given[2] = True
    hide(walk, note, rows.measure[:end], given, 0)
    ahead = OFFSETS.index(1)
    for step, measure in enumerate(rows.measure[:end]):
        if measure != 1:
            assert walk[step, NEXT_AT + ahead] == NO_POSITION
            assert note[step, PITCH_AT + ahead] == NO_PITCH
        if measure < 1:
            assert walk[step, NEXT_AT] == NO_POSITION
    assert (walk[rows.measure[:end] == 1, NEXT_AT + ahead] != NO_POSITION).all()


def test_windows_are_cut_to_size_and_the_same_seed_gives_the_same(pieces):
    one, other = Library(pieces, 5).batch(4), Library(pieces, 5).batch(4)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert one.walk.shape[1] <= STEPS
    assert one.counts.any(-1).all()


def test_a_window_says_nothing_of_the_measures_that_are_asked(pieces):
    # The own summary is empty where nothing is given ahead, as in an accompaniment.
    library = Library(pieces, 2)
    windows = [library.window() for _ in range(30)]
    assert any(not window.mine.any() for window in windows)
    assert any(window.mine.any() for window in windows)


def test_training_learns_keeps_its_state_and_can_be_published(pieces, tmp_path):
    arranger_data.save(pieces, tmp_path / "pieces.safetensors")
    command = ["--data", str(tmp_path), "--out", str(tmp_path), "--minutes", "0.03", "--batch", "2"]
    assert arranger.main(command) == 0
    state = json.loads((tmp_path / "latest.json").read_text())
    assert state["step"] > 0
    zoo = tmp_path / "zoo"
    publish(tmp_path, zoo, {"fill": "well"})
    about = json.loads((zoo / NAME / "model.json").read_text())
    assert about["ranks"] == {"continue": 1}
    assert json.loads((zoo / NAME / "held_out.json").read_text()) == {"nottingham": ["t6"]}


def test_a_step_of_training_lowers_the_loss(pieces, tmp_path):
    torch.manual_seed(1)
    network = Arranger(ArrangerConfig(embedding=32, hidden=32, head=32, measure=8))
    options = arranger._options(["--data", ".", "--out", str(tmp_path), "--minutes", "1"])
    trainer = arranger.Trainer(network, tmp_path, options)
    library = Library(pieces, 1)
    batch = collated([library.window() for _ in range(4)])
    losses = [trainer.step(batch)[0] for _ in range(30)]
    assert losses[-1] < 0.8 * losses[0]


def test_roles_follow_register_thickness_and_program():
    def part(name: str, numbers: tuple[int, ...], program: int = 0) -> Part:
        notes = tuple(
            Note(Fraction(i), Fraction(1), spell(number)) for i in range(8) for number in numbers
        )
        return Part(name, name, notes, program)

    parts = (part("a", (72,)), part("b", (60, 64, 67)), part("c", (40,)), part("d", (50,), 33))
    assert roles_of(parts) == (0, 2, 1, 1)
