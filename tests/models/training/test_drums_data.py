from fractions import Fraction

import numpy as np
import torch

from antiphon.bridge.music.time import TimeSignature
from antiphon.models.encoding.drum_grid import KICK, SNARE, STRAIGHT, TERNARY, empty_bar
from antiphon.models.networks.drums import DrumsConfig, DrumsNetwork
from antiphon.models.training import drums_data as data
from antiphon.models.training.drums import losses
from antiphon.models.training.drums_cache import keep, kept


def piece(measures=10, per_quarter=STRAIGHT, *, human=True):
    meter = TimeSignature(Fraction(0), 4, 4)
    bars = []
    for index in range(measures):
        bar = empty_bar(Fraction(4), meter, per_quarter)
        bar.hits[:: per_quarter * 2, KICK] = True
        bar.hits[per_quarter :: per_quarter * 2, SNARE] = True
        if index % 4 == 3:
            bar.hits[-4:, 4:7] = True
        bar.velocities[bar.hits] = 90
        bars.append(bar)
    heard = tuple(np.full((bar.slots, 3), 2) for bar in bars)
    fills = tuple(data.fills_of(bars))
    return data.Piece("groove", "x", 1, 100.0, "train", human, tuple(bars), heard, fills)


def test_a_recording_is_held_out_if_its_split_or_the_hash_of_its_name_says_so():
    sides = {data.split_of(f"{i}_rock_90_beat_4-4") for i in range(100)}
    assert sides == {"train", "valid", "test"}
    assert all(data.split_of(f"{i}", "test") == "test" for i in range(50))
    assert all(data.split_of(f"{i}", "validation") != "train" for i in range(50))


def test_measures_with_many_more_tom_hits_are_fills():
    assert piece().fills == (0, 0, 0, 1, 0, 0, 0, 1, 0, 0)


def test_windows_cover_a_piece_and_other_meters_keep_its_beats():
    whole = piece(20)
    found = data.windows([whole], None)
    assert sum(len(window.bars) for window in found) == 20
    random = np.random.default_rng(0)
    seen = set()
    for grid in (STRAIGHT, TERNARY):
        (window,) = data.windows([piece(8, grid)], None)
        for _ in range(30):
            other = data.in_other_meter(window, random)
            meter = other.bars[0].meter
            seen.add((meter.beats, meter.beat_type))
            for bar, rows in zip(other.bars, other.heard, strict=True):
                assert bar.slots == len(rows) == bar.duration * bar.per_quarter
                assert bar.duration == meter.measure_duration
    assert {(3, 4), (2, 4), (5, 4), (7, 8), (15, 16), (6, 8), (12, 8), (9, 8)} <= seen


def test_nothing_that_is_asked_is_shown():
    random = np.random.default_rng(2)
    (window, *_) = data.windows([piece()], None)
    for _ in range(200):
        found = data.example(window, random)
        assert not (found.loud & found.masked).any()
        assert not (found.loud & found.known[..., 0]).any()
        assert not (found.loud & ~found.hits).any()


def test_game_music_teaches_no_velocities():
    random = np.random.default_rng(2)
    (window, *_) = data.windows([piece(human=False)], None)
    for _ in range(50):
        found = data.example(window, random)
        assert not found.loud.any() and not found.known.any()


def test_a_network_learns_a_steady_groove():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = DrumsNetwork(DrumsConfig(24, 1, 2, dropout=0.0))
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    random = np.random.default_rng(0)
    windows = data.windows([piece(8)], None) * 8
    nats = []
    for _ in range(40):
        (batch,) = data.batches(windows, random)
        cells, loudness, place, count = losses(network, batch)
        optimiser.zero_grad()
        ((cells + 0.1 * loudness + 0.1 * place) / count).backward()
        optimiser.step()
        nats.append(float(cells.detach()) / count)
    assert np.mean(nats[-5:]) < 0.2 * nats[0]


def test_what_was_read_comes_back_from_the_cache(tmp_path):
    pieces = [piece(3), piece(2, TERNARY, human=False)]
    keep(pieces, tmp_path / "pieces.safetensors")
    found = kept(tmp_path / "pieces.safetensors")
    assert [(p.name, p.tempo, p.fills, p.is_human) for p in found] == [
        (p.name, p.tempo, p.fills, p.is_human) for p in pieces
    ]
    for one, other in zip(pieces, found, strict=True):
        for bar, again in zip(one.bars, other.bars, strict=True):
            assert (bar.duration, bar.meter, bar.per_quarter, bar.offset) == (
                again.duration, again.meter, again.per_quarter, again.offset,
            )  # fmt: skip
            assert (bar.hits == again.hits).all() and (bar.velocities == again.velocities).all()
        for rows, again in zip(one.heard, other.heard, strict=True):
            assert (rows == again).all()
