import numpy as np
import pytest

from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS
from antiphon.models.evaluation import ngram
from antiphon.models.evaluation.ngram import NGram


def _tune(seed, count=80, pitches=6):
    """A tune that mostly goes up by one, at two lengths in turn."""
    draw = np.random.default_rng(seed)
    steps = np.where(draw.random(count) < 0.85, 1, draw.integers(0, pitches, count))
    pitch = steps.cumsum() % pitches + 20
    return {"pitch": pitch, "duration": np.arange(count) % 2 + 3, "place": np.zeros(count, int)}


@pytest.fixture(scope="module")
def model():
    train = [_tune(seed) for seed in range(40)]
    return NGram.fit(train, [_tune(seed) for seed in range(50, 54)], durations=8)


def test_chances_of_all_symbols_add_up_to_one(model):
    tune = _tune(99)
    total = np.zeros(80)
    contexts = ngram._contexts(tune, "pitch", model.order)
    for symbol in range(PITCH_SYMBOLS):
        total += 2 ** -model._pitch.bits(contexts, np.full(80, symbol))
    assert total == pytest.approx(np.ones(80))


def test_what_was_seen_often_costs_little_and_what_was_never_seen_much(model):
    pitch, duration = model.bits(_tune(77))
    assert duration[8:].mean() < 0.1
    # Six steps in seven are foretold; even chances of six pitches cost 2.58 bits.
    assert pitch[8:].mean() < 1.6
    strange = _tune(78) | {"pitch": np.full(80, 60)}
    assert model.bits(strange)[0].min() > 6


def test_an_event_is_foretold_from_earlier_ones_alone(model):
    tune = _tune(5)
    changed = {name: values.copy() for name, values in tune.items()}
    changed["pitch"][60:] = 41
    for one, other in zip(model.bits(tune), model.bits(changed), strict=True):
        assert (one[:60] == other[:60]).all()


def test_a_tune_shorter_than_the_order_is_foretold(model):
    pitch, duration = model.bits(_tune(1, count=2))
    assert len(pitch) == len(duration) == 2
    assert np.isfinite(pitch).all()
