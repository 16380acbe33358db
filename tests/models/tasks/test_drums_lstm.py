from fractions import Fraction

import numpy as np
import pytest
import torch

from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Controls, Region, Request, RhythmSlot, Task
from antiphon.models.encoding.drum_symbols import SYMBOLS, hits_of, next_row, rows_of, symbols_of
from antiphon.models.networks.drums_lstm import DrumsLSTM, DrumsLSTMConfig
from antiphon.models.tasks.drums import DrumsWriter
from antiphon.models.tasks.drums_lstm import DrumsRNN, draw_plan
from antiphon.models.theory.check import check_answer


@pytest.fixture(scope="module")
def network():
    """A tiny untrained drums LSTM."""
    torch.manual_seed(4)
    torch.set_num_threads(1)
    return DrumsLSTM(DrumsLSTMConfig(embedding=8, hidden=16)).eval()


def beat(measures, beats=4, beat_type=4):
    meter = TimeSignature(Fraction(0), beats, beat_type)
    length = measures * meter.measure_duration
    notes = [
        Note(Fraction(i, 2), Fraction(1, 2), spell(36 if i % 4 == 0 else 42), 90)
        for i in range(int(length * 2))
    ]
    part = Part("P1", "Kit", tuple(notes), is_drums=True)
    return Phrase((part,), measures_from_meter((meter,), length), length, time_signatures=(meter,))


def ask(phrase, task=Task.DRUMS, **controls):
    region = Region("doc", "rev", ("P1",), Fraction(0), phrase.length)
    return Request("r", task, region, phrase, controls=Controls(**controls))


def take(network, request):
    writer = DrumsWriter(lambda p, r, stop: draw_plan(p, network, r, stop), may_swing=False)
    return next(iter(writer.takes(request, lambda: False, "digest")))[1]


@pytest.mark.parametrize("meter", [(4, 4), (3, 4), (6, 8), (7, 8), (15, 16)])
@pytest.mark.parametrize("steps", [1, 16, 50])
def test_generate_gives_as_many_steps_as_asked_in_the_meter_that_goes_on(network, meter, steps):
    found = DrumsRNN(network).generate(beat(2, *meter), num_steps=steps, seed=3)
    assert found.length == Fraction(steps, 4) == sum(m.duration for m in found.measures)
    assert (found.time_signatures[0].beats, found.time_signatures[0].beat_type) == meter
    assert all(note.end <= found.length for note in found.parts[0].notes)
    assert found.parts[0].is_drums


def test_generate_needs_no_start_and_depends_on_the_seed_alone(network):
    drums = DrumsRNN(network)
    assert drums.generate() == drums.generate(seed=0)
    assert drums.generate(seed=1) != drums.generate(seed=2)
    assert drums.generate().length == 32


def test_steps_may_be_finer_or_coarser_than_sixteenths(network):
    found = DrumsRNN(network).generate(beat(1), num_steps=24, steps_per_quarter=12)
    assert found.length == 2
    assert any(n.onset % Fraction(1, 4) for n in found.parts[0].notes)
    assert all(n.onset % Fraction(1, 12) == 0 for n in found.parts[0].notes)


@pytest.mark.parametrize("wrong", [{"num_steps": 0}, {"temperature": 9}, {"steps_per_quarter": 0}])
def test_generate_says_what_it_cannot_do(network, wrong):
    with pytest.raises(ValueError, match="drums"):
        DrumsRNN(network).generate(**wrong)


def test_the_rows_of_a_line_are_the_rows_of_its_steps():
    symbols = np.arange(40, dtype=np.int64)
    rows = rows_of(symbols, [14, 14, 14])
    for step in range(40):
        starts = [s for s in (0, 14, 28) if s <= step]
        wanted = next_row(symbols[:step].tolist(), starts, step - starts[-1])
        assert tuple(rows[step]) == wanted


def test_a_symbol_is_its_drums_and_back():
    symbols = np.array([0, 1, 5, SYMBOLS - 1], np.int64)
    hits = hits_of(symbols)
    assert hits.sum(1).tolist() == [0, 1, 2, 9]
    assert (hits @ (1 << np.arange(9)) == symbols).all()
    assert len(symbols_of([])) == 0


def test_stepping_gives_what_the_whole_line_gives(network):
    rows = torch.from_numpy(rows_of(np.arange(30, dtype=np.int64) * 7 % SYMBOLS, [16, 16]))
    with torch.inference_mode():
        whole = network(rows.unsqueeze(0))[0]
        state = network.prefill(rows[:0])
        for step in range(30):
            logits, state = network.step(rows[step : step + 1], state)
            assert torch.allclose(logits[0], whole[step], atol=1e-4)


@pytest.mark.parametrize(
    "controls",
    [
        {"polyphony": 1},
        {"locked_measures": (0,)},
        {"rhythm": tuple(RhythmSlot(Fraction(i), Fraction(1)) for i in range(8))},
        {"density": 3.0, "tuplets": False},
        {"temperature": 4.0},
    ],
)
def test_requests_keep_their_promises_without_training(network, controls):
    for task in (Task.CONTINUE, Task.VARY, Task.DRUMS):
        request = ask(beat(2), task, **({"measures": 2} | controls))
        answer = take(network, request)
        assert answer is not None
        assert check_answer(request, answer) == []


def test_more_density_gives_more_onsets(network):
    counts = []
    for density in (0.25, 1, 2, 4):
        request = ask(beat(4), density=density)
        counts.append(len({n.onset for n in take(network, request).parts[0].notes}))
    assert counts == sorted(counts) and counts[0] < counts[-1]
