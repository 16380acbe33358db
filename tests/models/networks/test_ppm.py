import numpy as np
import pytest

from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS, durations_from
from antiphon.models.evaluation.ppm import MarkovMelody, PPMConfig, ladders_of
from antiphon.models.networks.ppm import PPM, Ladder, ShortTerm, blend, combine, context_hashes
from antiphon.models.training.dataset import encode

DURATIONS = durations_from([])
LADDER = Ladder("pitch", PITCH_SYMBOLS, (("pitch", 1), ("place", 0), ("pitch", 2), ("pitch", 3)))


@pytest.fixture
def tunes(make_tune):
    phrases = [make_tune(seed, 8) for seed in range(12)]
    return [encode(melody_of(p, p.parts[0]), DURATIONS).columns() for p in phrases]


def test_probabilities_add_up_to_one_and_give_the_bits(tunes):
    model = PPM.fit(LADDER, tunes[:10])
    for tune in tunes[10:]:
        bits = model.bits(tune)
        for index, contexts in enumerate(context_hashes(LADDER, tune).T.tolist()):
            chances = model.distribution(contexts)
            assert chances.sum() == pytest.approx(1.0)
            assert -np.log2(chances[tune["pitch"][index]]) == pytest.approx(bits[index])


def test_a_short_term_model_adds_up_to_one_while_it_learns(tunes):
    memory = ShortTerm(LADDER)
    tune = tunes[0]
    for contexts, symbol in zip(
        context_hashes(LADDER, tune).T.tolist(), tune["pitch"], strict=True
    ):
        assert memory.distribution(contexts).sum() == pytest.approx(1.0)
        memory.learn(contexts, int(symbol))


def test_escape_method_c_counts_the_distinct_symbols():
    # Three times A, once B, after Moffat: N = 4, two distinct symbols.
    lower = np.full(4, 0.25)
    chances = blend(np.array([3.0, 1.0, 0.0, 0.0]), lower)
    assert chances == pytest.approx([3.5 / 6, 1.5 / 6, 0.5 / 6, 0.5 / 6])


def test_a_surer_distribution_weighs_more():
    sure, unsure = np.array([0.97, 0.01, 0.01, 0.01]), np.array([0.2, 0.4, 0.2, 0.2])
    even, biased = combine((sure, unsure), 0.0), combine((sure, unsure), 4.0)
    assert even.sum() == pytest.approx(1.0)
    assert biased[0] > even[0]


def test_what_was_learnt_is_cheaper_than_what_was_not(tunes):
    model = PPM.fit(LADDER, tunes[:10])
    known, unknown = model.bits(tunes[0]).mean(), model.bits(tunes[11]).mean()
    assert known < unknown < np.log2(PITCH_SYMBOLS)


def test_pruning_forgets_only_contexts_that_were_seen_once(tunes):
    whole, pruned = PPM.fit(LADDER, tunes), PPM.fit(LADDER, tunes, prune_from=2)
    assert len(pruned.orders[1].keys) == len(whole.orders[1].keys)
    assert len(pruned.orders[4].keys) < len(whole.orders[4].keys)
    assert pruned.orders[4].totals.min() > 1


def test_a_kept_baseline_costs_the_same_bits(tunes, tmp_path):
    config = PPMConfig(
        DURATIONS.values, LADDER.elements, (("place", 0), ("duration", 1)),
        (("pitch", 1),), (("duration", 1),), 1.0,
    )  # fmt: skip
    model = MarkovMelody(config, *(PPM.fit(ladder, tunes[:10]) for ladder in ladders_of(config)))
    model.keep(tmp_path)
    again = MarkovMelody.kept((tmp_path / "weights.safetensors").read_bytes(), config)
    for left, right in zip(model.bits(tunes[11]), again.bits(tunes[11]), strict=True):
        assert left == pytest.approx(right)
    adaptive = sum(part.sum() for part in again.adaptive_bits(tunes[11]))
    assert np.isfinite(adaptive)
