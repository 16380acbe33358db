import json

import pytest
import torch

from antiphon.models.encoding.melody import melody_of
from antiphon.models.networks.melody_lstm import MelodyConfig, MelodyLSTM
from antiphon.models.training.dataset import encode


@pytest.fixture
def tune(make_tune, small_model):
    phrase = make_tune(11, 10)
    return encode(melody_of(phrase, phrase.parts[0]), small_model.durations)


def _arrays(tune):
    return [torch.from_numpy(a).unsqueeze(0) for a in (tune.rows, tune.pitches, tune.durations)]


def test_steps_and_prefill_give_the_likelihood_of_the_whole_tune(small_model, tune):
    network = small_model.network
    rows, pitches, durations = _arrays(tune)
    with torch.inference_mode():
        whole_pitch, whole_duration = network(rows, pitches, durations)
        half = rows.shape[1] // 2
        state = network.prefill(rows[0, :half])
        for t in range(half, rows.shape[1]):
            hidden, embedded, state = network.step(rows[:, t], state)
            pitch = network.pitch_logits(hidden, embedded, rows[:, t]).log_softmax(-1)
            duration = network.duration_logits(hidden, embedded, rows[:, t], pitches[:, t])
            duration = duration.log_softmax(-1)
            assert -pitch[0, pitches[0, t]] == pytest.approx(float(whole_pitch[0, t]), abs=1e-4)
            assert -duration[0, durations[0, t]] == pytest.approx(
                float(whole_duration[0, t]), abs=1e-4
            )


def test_the_future_does_not_change_the_likelihood_of_the_past(small_model, tune):
    rows, pitches, durations = _arrays(tune)
    with torch.inference_mode():
        before, _ = small_model.network(rows, pitches, durations)
        rows[:, 30:], pitches[:, 30:] = 0, 5
        after, _ = small_model.network(rows, pitches, durations)
    assert torch.allclose(before[:, :30], after[:, :30], atol=1e-5)


def test_an_empty_context_gives_the_first_state(small_model):
    hidden, cell = small_model.network.prefill(torch.empty(0))
    assert not hidden.any()
    assert not cell.any()


def test_a_source_raises_the_pitch_that_it_proposes(small_model, tune):
    network = small_model.network
    rows = torch.from_numpy(tune.rows[40:41])
    hidden, embedded, _ = network.step(rows, network.prefill(torch.empty(0)))
    with torch.inference_mode():
        plain = network.pitch_logits(hidden, embedded, rows)
        network.pitch_out.bias[-6:] += 3.0
        raised = network.pitch_logits(hidden, embedded, rows)
        network.pitch_out.bias[-6:] -= 3.0
    proposed = {int(rows[0, c]) for c in network.pitch_sources} - {plain.shape[-1]}
    changed = {int(i) for i in (raised - plain)[0].abs().gt(1e-3).nonzero()}
    assert proposed
    assert changed == proposed


def test_a_configuration_survives_json(small_model):
    config = small_model.network.config
    again = MelodyConfig.from_json(json.loads(json.dumps(config.to_json())))
    assert again == config
    MelodyLSTM(again).load_state_dict(small_model.network.state_dict())
