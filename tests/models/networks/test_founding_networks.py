"""Elman, ABC and step networks: the equation, and that stepping equals hearing at once."""

import pytest
import torch

from antiphon.models.encoding.steps import CHORD_SIZE, SIZES
from antiphon.models.encoding.tracker import COLUMNS, column_sizes
from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS, Durations
from antiphon.models.networks.abc_lstm import AbcConfig, AbcNetwork
from antiphon.models.networks.elman import ElmanConfig, ElmanMelody
from antiphon.models.networks.melody_rnn import StepConfig, StepNetwork

DURATIONS = Durations((1, 2, 6, 12, 24))


@pytest.fixture
def elman():
    torch.manual_seed(3)
    return ElmanMelody(ElmanConfig(DURATIONS.values, hidden=12)).eval()


def _rows(count):
    sizes = column_sizes(DURATIONS)
    torch.manual_seed(5)
    columns = [torch.randint(0, sizes[name], (count,)) for name in COLUMNS]
    return torch.stack(columns, -1)


def test_the_elman_network_is_its_equation_and_nothing_else(elman):
    names = {name: tuple(p.shape) for name, p in elman.named_parameters()}
    assert set(names) == {"w_xh", "w_hh", "w_hy"}
    assert names["w_hh"] == (12, 12)
    assert names["w_hy"] == (12, PITCH_SYMBOLS + len(DURATIONS.values))
    # One step by one-hot vectors: h = tanh(W_hh h + W_xh x).
    hidden, x = torch.randn(12), torch.zeros(names["w_xh"][0])
    x[41] = 1
    wanted = torch.tanh(hidden @ elman.w_hh + x @ elman.w_xh)
    assert torch.allclose(elman.after_pitch(hidden, torch.tensor(41)), wanted, atol=1e-6)


def test_stepping_the_elman_network_equals_hearing_all_at_once(elman):
    rows = _rows(9)
    pitches = torch.arange(9) + 20
    # A row names the pitch before it, as the tracker does.
    rows[1:, 0] = pitches[:-1]
    durations = torch.arange(9) % 5
    batch = (rows[None], pitches[None], durations[None])
    pitch, duration = elman(*batch)
    state = elman.prefill(rows[:0])
    for index in range(9):
        row = rows[index : index + 1]
        hidden, embedded, state = elman.step(row, state)
        one = elman.pitch_logits(hidden, embedded, row).log_softmax(-1)[0, pitches[index]]
        two = elman.duration_logits(hidden, embedded, row, pitches[index : index + 1])
        assert float(-one) == pytest.approx(float(pitch[0, index]), abs=1e-4)
        found = float(-two.log_softmax(-1)[0, durations[index]])
        assert found == pytest.approx(float(duration[0, index]), abs=1e-4)
    heard, _ = elman.prefill(rows)
    assert torch.allclose(heard, state[0], atol=1e-5)


def test_the_elman_network_sees_only_place_meter_mode_and_the_event_before(elman):
    rows, pitches = _rows(6), torch.arange(6) + 20
    durations = torch.zeros(6, dtype=torch.long)
    other = rows.clone()
    other[:, COLUMNS.index("match_pitch")] = 0
    other[:, COLUMNS.index("interval")] = 0
    one, two = (elman(r[None], pitches[None], durations[None])[0] for r in (rows, other))
    assert torch.equal(one, two)


def test_the_abc_network_has_the_founding_texts_layers_and_steps_as_it_hears():
    torch.manual_seed(1)
    network = AbcNetwork(AbcConfig("ABC |\n")).eval()
    assert network.lstm.hidden_size == 128
    assert network.lstm.num_layers == 2
    assert network.out.out_features == 6
    codes = torch.tensor([[0, 3, 1, 4, 2]])
    whole, state = network(codes)
    logits, after = network(codes[:, :2])
    for index in range(2, 5):
        logits, after = network.step(int(codes[0, index]), after)
        assert torch.allclose(logits, whole[0, index], atol=1e-5)
    assert torch.allclose(after[0], state[0], atol=1e-5)


@pytest.mark.parametrize("chords", [False, True])
def test_a_step_network_steps_as_it_hears(chords):
    torch.manual_seed(1)
    network = StepNetwork(StepConfig(chords=chords, hidden=16)).eval()
    rows = torch.stack([torch.randint(0, size, (7,)) for size in SIZES], -1)
    heard = torch.rand(7, CHORD_SIZE)
    whole, _ = network(rows[None], heard[None])
    state = network.first_state(1)
    for index in range(7):
        logits, state = network.step(rows[index : index + 1], heard[index : index + 1], state)
        assert torch.allclose(logits[0], whole[0, index], atol=1e-5)
    changed, _ = network(rows[None], 1 - heard[None])
    assert torch.equal(changed, whole) is not chords
