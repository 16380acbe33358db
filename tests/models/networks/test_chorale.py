import numpy as np
import pytest
import torch

from antiphon.models.encoding import satb
from antiphon.models.networks.chorale import ORDER, ChoraleConfig, ChoraleNetwork
from antiphon.models.networks.chorale_steps import ChoraleSteps
from antiphon.models.training.chorale_batches import before_rows, held_slots

SLOTS = 24


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(7)
    torch.set_num_threads(1)
    return ChoraleNetwork(ChoraleConfig(24, 16, 24, 20, 0.0)).eval()


def _music(seed):
    random = np.random.default_rng(seed)
    steps = random.integers(-2, 3, (SLOTS, 4)) * (random.random((SLOTS, 4)) < 0.4)
    return np.array([70, 64, 57, 48]) + np.cumsum(steps, 0)


def _arrays(numbers, given):
    symbols = satb.to_symbols(numbers)
    shown = np.where(given, symbols, satb.UNKNOWN)
    places = np.stack([np.arange(SLOTS) % 4, *[np.zeros(SLOTS, int)] * 2,
                       np.ones(SLOTS, int), np.full(SLOTS, 2)], 1)  # fmt: skip
    rows = np.concatenate((shown, places), 1)
    before = before_rows(symbols, held_slots(numbers), satb.chord_labels(numbers))
    return rows[None], before[None], symbols[None]


def _nats(network, numbers, given):
    with torch.inference_mode():
        return network(*map(torch.from_numpy, _arrays(numbers, given)))[0].numpy()


def test_nothing_given_the_chain_never_looks_ahead(network):
    """What comes later, and later voices of the slot, cannot change an earlier cell's chance."""
    numbers, nothing = _music(1), np.zeros((SLOTS, 4), bool)
    plain = _nats(network, numbers, nothing)
    for slot, place in ((10, 0), (10, 2), (20, 3)):
        changed = numbers.copy()
        changed[slot, ORDER[place]] += 1
        other = _nats(network, changed, nothing)
        assert np.array_equal(plain[:slot], other[:slot])
        for earlier in ORDER[:place]:
            assert plain[slot, earlier] == other[slot, earlier]
        assert not np.array_equal(plain[slot:], other[slot:])


def test_a_given_cell_is_heard_before_its_time(network):
    numbers = _music(2)
    given = np.zeros((SLOTS, 4), bool)
    plain = _nats(network, numbers, given)
    given[20, 0] = True
    assert not np.array_equal(plain[:10], _nats(network, numbers, given)[:10])


def test_the_chances_of_a_voice_add_up_to_one(network):
    numbers, nothing = _music(3), np.zeros((SLOTS, 4), bool)
    total = 0.0
    for symbol in range(satb.SYMBOLS):
        rows, before, symbols = _arrays(numbers, nothing)
        symbols = symbols.copy()
        symbols[0, 12, 0] = symbol
        with torch.inference_mode():
            nats = network(*map(torch.from_numpy, (rows, before, symbols)))
        total += float(torch.exp(-nats[0, 12, 0]))
    assert total == pytest.approx(1, abs=1e-4)


def test_single_steps_give_the_same_chances_as_the_whole(network):
    steps = ChoraleSteps(network)
    numbers, given = _music(4), np.zeros((SLOTS, 4), bool)
    given[:, 0] = True
    rows, before, symbols = _arrays(numbers, given)
    assert np.array_equal(steps.before(symbols), before)
    known, _ = steps.hear(rows)
    state = np.zeros((1, steps.hidden), np.float32)
    whole = _nats(network, numbers, given)
    for slot in range(SLOTS):
        inner, state = steps.step(
            before[:, slot], known.gates[:, slot], known.heads[:, slot], state
        )
        decided = np.full((1, 4), satb.UNKNOWN)
        for voice in ORDER:
            logits = steps.logits(voice, inner[:, voice], decided, before[:, slot, voice])
            chances = np.exp(logits - logits.max())
            target = symbols[:, slot, voice]
            nats = -np.log(chances[0, target[0]] / chances.sum())
            assert nats == pytest.approx(whole[slot, voice], abs=1e-3)
            decided[:, voice] = target
