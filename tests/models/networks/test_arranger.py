import numpy as np
import pytest
import torch

from antiphon.models.encoding.cells import (
    END,
    MEASURE_COLUMNS,
    NO_DURATION,
    NO_PITCH,
    NO_POSITION,
    NOTE_COLUMNS,
    PITCHES,
    WALK_COLUMNS,
)
from antiphon.models.encoding.cells_harmony import DENSE, SUMMARY
from antiphon.models.networks.arranger import Arranger, ArrangerConfig, Batch
from antiphon.models.networks.arranger_steps import ArrangerSteps

STEPS, MEASURES = 9, 4


@pytest.fixture(scope="module")
def network() -> Arranger:
    torch.manual_seed(2)
    torch.set_num_threads(1)
    found = Arranger(ArrangerConfig(embedding=24, hidden=24, head=16, measure=8))
    found.eval()
    return found


def _rows(columns: dict[str, int], *shape: int) -> torch.Tensor:
    return torch.stack([torch.randint(0, size, shape) for size in columns.values()], -1)


def _batch(size: int = 2) -> Batch:
    torch.manual_seed(4)
    walk, note = _rows(WALK_COLUMNS, size, STEPS), _rows(NOTE_COLUMNS, size, STEPS)
    walk[..., list(WALK_COLUMNS).index("cursor")] = 0
    note[..., list(NOTE_COLUMNS).index("count")] = 0
    position = torch.randint(0, 96, (size, STEPS))
    position[:, -1] = END
    counts = torch.ones(size, STEPS, dtype=torch.bool)
    counts[-1, -2:] = False
    return Batch(
        walk, note, torch.randint(0, MEASURES, (size, STEPS)).sort(-1)[0], position,
        torch.randint(0, PITCHES, (size, STEPS)), torch.randint(0, NO_DURATION, (size, STEPS)),
        counts, _rows(MEASURE_COLUMNS, size, MEASURES), torch.rand(size, MEASURES, SUMMARY),
        torch.rand(size, MEASURES, SUMMARY), torch.rand(size, STEPS, DENSE),
        torch.rand(size, STEPS, DENSE),
    )  # fmt: skip


def test_losses_count_every_step_and_every_note(network):
    batch = _batch()
    positions, pitches, durations = network(batch)
    assert len(positions) == int(batch.counts.sum())
    notes = int((batch.counts & (batch.position != END)).sum())
    assert len(pitches) == len(durations) == notes
    assert all(torch.isfinite(loss).all() for loss in (positions, pitches, durations))


def test_a_step_in_numpy_says_what_the_network_says_of_the_whole_sequence(network):
    batch = _batch(1)
    position = batch.position.clamp(max=END - 1)
    whole = Batch(*batch[:3], position, *batch[4:])
    walk, note, pitch = (t[0].numpy() for t in (whole.walk, whole.note, whole.pitch))
    with torch.inference_mode():
        told = [part.numpy() for part in network(whole)]
    steps = ArrangerSteps(network)
    known = steps.hear(whole.measures[0].numpy(), whole.others[0].numpy(), whole.mine[0].numpy(),
                       whole.dense[0].numpy())  # fmt: skip
    chosen = steps.hear(whole.measures[0].numpy(), whole.others[0].numpy(), whole.mine[0].numpy(),
                        whole.dense_chosen[0].numpy())  # fmt: skip
    inputs = steps.inputs(walk, known.bars[whole.measure[0]] + known.slots)
    state = steps.first_state()
    for at in range(int(whole.counts.sum())):
        one = slice(at, at + 1)
        inner, state = steps.step(inputs[one], state)
        pitch_noted, duration_noted = steps.noted(note[one], [chosen.notes[at]])
        rows = walk[one], note[one]
        logits = (
            steps.position_logits(inner[:, 0], walk[one]),
            steps.pitch_logits(inner[:, 1], pitch_noted, rows, chosen.chroma[one]),
            steps.duration_logits(inner[:, 2], duration_noted, note[one], pitch[one]),
        )
        asked = int(position[0, at]), int(pitch[at]), int(whole.duration[0, at])
        for losses, found, symbol in zip(told, logits, asked, strict=True):
            loss = np.logaddexp.reduce(found[0]) - found[0, symbol]
            assert loss == pytest.approx(losses[at], abs=1e-3)
    assert np.allclose(steps.run(inputs[: at + 1])[1], state[1], atol=1e-4)


def test_a_measure_hears_what_is_given_behind_it_but_not_itself(network):
    batch = _batch(1)
    with torch.inference_mode():
        plain = network.measure_vectors(batch.measures, batch.others, batch.mine)
        other = batch.mine.clone()
        other[:, 2] += 1.0
        changed = network.measure_vectors(batch.measures, batch.others, other)
    differs = (plain - changed).abs().sum(-1)[0] > 1e-6
    assert differs.tolist() == [True, True, False, False]


def test_no_position_before_the_cursor_and_no_pitch_below_the_chord(network):
    walk, note = _rows(WALK_COLUMNS, 1), _rows(NOTE_COLUMNS, 1)
    walk[0, list(WALK_COLUMNS).index("cursor")] = 48
    walk[0, list(WALK_COLUMNS).index("pitch")] = 40
    note[0, list(NOTE_COLUMNS).index("count")] = 1
    with torch.inference_mode():
        at, pitch_in, _ = network.heads(torch.zeros(1, 24), torch.zeros(1, 24))
        positions = network.position_logits(at, walk).softmax(-1)[0]
        logits = network.pitch_logits(
            pitch_in, torch.zeros(1, 16), walk, note, torch.zeros(1, DENSE)
        )
    assert positions[:48].sum() < 1e-6
    assert logits.softmax(-1)[0, :41].sum() < 1e-6


def test_a_source_raises_what_it_proposes_and_nothing_else(network):
    walk = torch.zeros(1, len(WALK_COLUMNS), dtype=torch.long)
    at = list(WALK_COLUMNS).index("next-1")
    for offset in range(7):
        walk[0, at + offset] = NO_POSITION
    with torch.inference_mode():
        inner = torch.ones(1, 16)
        before = network.position_logits(inner, walk)
        walk[0, at] = 36
        after = network.position_logits(inner, walk)
    assert (before != after).nonzero()[:, 1].tolist() == [36]
    assert NO_PITCH == PITCHES
