"""The GAN as a writer: with untrained networks, what holds for it holds by construction."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from drawn_requests import drawn_request, verdict

from antiphon.bridge.music.chords import chord_symbol
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.protocol.messages import Task
from antiphon.models.encoding.bar_images import RUNGS, SLOTS
from antiphon.models.encoding.drum_grid import DRUMS
from antiphon.models.networks.bar_gan import BarGan, BarGanConfig
from antiphon.models.tasks.bar_gan import BarWriter, _piano, pieces_of
from antiphon.models.tasks.identity import input_hash
from antiphon.models.theory.contradictions import refuse_contradictions
from antiphon.models.theory.ground import bars_of, ground_of
from antiphon.models.theory.held import held_from


@pytest.fixture(scope="module", params=[("drums", DRUMS), ("piano", RUNGS)])
def writer(request):
    torch.manual_seed(3)
    kind, rows = request.param
    return BarWriter(BarGan(BarGanConfig(rows, noise=8, width=32, critic=16)).eval(), kind)


def _engine(writer):
    def engine(request, number):
        refuse_contradictions(request)  # as the engine does before it asks any writer
        asked = replace(request, first_take=number, count=1)
        return next(iter(writer.takes(asked, lambda: False, input_hash(asked))))[1]

    return engine


def _fits(writer, seed):
    task = drawn_request(seed)[0].task
    return task is (Task.DRUMS if writer.kind == "drums" else Task.ACCOMPANY)


def test_untrained_networks_keep_every_promise_of_drawn_requests(writer):
    seeds = [seed for seed in range(900) if _fits(writer, seed)][:60]
    bad = {seed: said for seed in seeds if (said := verdict(_engine(writer), seed)) and said != []}
    assert {s: b for s, b in bad.items() if not isinstance(b, str)} == {}
    assert len(bad) < 30


def test_a_take_is_the_same_alone_and_among_others(writer):
    seed = next(
        seed for seed in range(900) if _fits(writer, seed) and not verdict(_engine(writer), seed)
    )
    request = replace(drawn_request(seed)[0], first_take=0, count=4)
    together = dict(writer.takes(request, lambda: False, input_hash(request)))
    alone = replace(request, first_take=2, count=1)
    assert dict(writer.takes(alone, lambda: False, input_hash(alone)))[2] == together[2]


def test_a_cancelled_request_stops(writer):
    seed = next(seed for seed in range(900) if _fits(writer, seed))
    request = drawn_request(seed)[0]
    with pytest.raises(InterruptedError):
        next(iter(writer.takes(request, lambda: True, input_hash(request))))


def test_pieces_cover_every_measure_without_overlap():
    for seed in range(60):
        request = drawn_request(seed)[0]
        try:
            bars = bars_of(request)
        except Exception:
            continue
        end = Fraction(0)
        for onset, slots in pieces_of(bars):
            assert onset <= end
            assert 0 < slots <= SLOTS
            end = max(end, onset + slots * Fraction(1, 4))
        assert end >= bars[-1].end


def test_the_critic_chooses_what_it_scores_highest(writer):
    seed = next(
        seed for seed in range(900) if _fits(writer, seed) and not verdict(_engine(writer), seed)
    )
    ground = ground_of(drawn_request(seed)[0], 0)
    pictures = writer.pictures(ground, 5)
    assert len(pictures) == len(pieces_of(ground.bars))
    base = torch.randn(16, 8, generator=torch.Generator().manual_seed(1))
    row = torch.zeros(writer.networks.generator.config.conditions)
    row[:SLOTS] = 1
    _, best = writer._chosen(base, base, row)
    with torch.inference_mode():
        every = (writer.networks.generator(base, row.expand(16, -1)) > 0).numpy()
    scores = [writer.score(picture, row.numpy()) for picture in every]
    assert writer.score(best, row.numpy()) == pytest.approx(max(scores))
    assert best.dtype == np.bool_


def test_a_hand_that_rests_is_no_fault():
    request = next(r for s in range(900) if (r := drawn_request(s)[0]).task is Task.ACCOMPANY)
    ground = ground_of(request, 0)
    key = KeySignature(Fraction(0), 0)
    held = held_from(chord_symbol(Fraction(0), 0, "major", key), Fraction(0), Fraction(4))
    picture = np.zeros((SLOTS, RUNGS), np.bool_)
    picture[0, 6] = True
    notes = list(_piano(ground, [held], (Fraction(0), 4), picture))
    assert [(note.staff, note.onset) for note in notes] == [(1, Fraction(0))]
