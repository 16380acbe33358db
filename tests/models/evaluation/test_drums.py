import json
from fractions import Fraction
from hashlib import sha256

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_writer import smf_from_phrase
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.models.catalog import About, Card
from antiphon.models.encoding.drum_grid import KICK
from antiphon.models.evaluation.drum_baselines import MarkovDrums, NearestBars
from antiphon.models.evaluation.drum_passages import (
    Passage,
    Tally,
    accompanied,
    foretold,
    passages,
    similarity,
)
from antiphon.models.evaluation.drums import report_on
from antiphon.models.networks.drums import DrumsConfig, DrumsNetwork
from antiphon.models.networks.drums_lstm import DrumsLSTM, DrumsLSTMConfig
from antiphon.models.training.drums_data import piece_of
from antiphon.models.training.drums_lstm import lines_of


def band(measures=12, step=4):
    """Kick and bass together every `step` eighths, hi-hat on eighths, snare on two and four."""
    meter = TimeSignature(Fraction(0), 4, 4)
    length = Fraction(4 * measures)
    hits, bass = [], []
    for eighth in range(8 * measures):
        onset = Fraction(eighth, 2)
        hits.append(Note(onset, Fraction(1, 2), spell(42)))
        if eighth % 8 in (2, 6):
            hits.append(Note(onset, Fraction(1, 2), spell(38)))
        if eighth % step == 0:
            hits.append(Note(onset, Fraction(1, 2), spell(36)))
            bass.append(Note(onset, Fraction(1, 2), spell(40)))
    parts = (
        Part("P1", "Bass", tuple(bass), program=33),
        Part("P2", "Kit", tuple(sorted(hits, key=lambda n: n.onset)), is_drums=True),
    )
    return Phrase(parts, measures_from_meter((meter,), length), length, time_signatures=(meter,))


def card(folder, name, network, config):
    folder = folder / name
    folder.mkdir()
    save_file(network.state_dict(), folder / "weights.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_json()))
    digest = sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    return Card(About(name, name, ("drums",), digest, ("nothing",)), folder)


@pytest.fixture
def cards(tmp_path):
    """Untrained models of both kinds."""
    torch.manual_seed(1)
    grid, lstm = DrumsConfig(16, 1, 2), DrumsLSTMConfig(8, 8)
    return (
        card(tmp_path, "drums", DrumsNetwork(grid), grid),
        card(tmp_path, "drums-lstm", DrumsLSTM(lstm), lstm),
    )


def test_a_report_over_a_folder_has_every_player_and_names_what_it_could_not_use(cards, tmp_path):
    folder = tmp_path / "songs"
    folder.mkdir()
    (folder / "band.mid").write_bytes(smf_from_phrase(band()))
    (folder / "broken.mid").write_bytes(b"MThd nothing")
    report = report_on(*cards, folder)
    assert [line.split(":")[0] for line in report.unread] == ["broken.mid"]
    first = report.tables[0]
    assert {row[0] for row in first.rows} >= {"drums", "drums-lstm", "theory", "human"}
    by_name = {row[0]: row for row in first.rows}
    copied, human = by_name["copy of the two before"], by_name["human"]
    assert copied[1:5] == human[1:5] == (1.0, 1.0, 1.0, 1.0)
    assert any("bass" in table.title for table in report.tables)


def test_a_folder_without_drums_is_told_so(cards, tmp_path):
    with pytest.raises(AntiphonError, match="no MIDI file with drums"):
        report_on(*cards, tmp_path / "drums")


def test_a_player_that_repeats_what_it_hears_foretells_a_steady_groove():
    piece = piece_of(band(), "band")
    (passage, *_) = passages([piece])

    def repeats(request):
        phrase = request.phrase
        from dataclasses import replace

        drums = next(p for p in phrase.parts if p.is_drums)
        measures = phrase.measures[:2]
        return replace(phrase, parts=(drums,), measures=measures, length=Fraction(8))

    hits = foretold(repeats, passage)
    tally = Tally()
    tally.add(hits, passage.truth)
    assert tally.f1 == 1.0
    assert similarity(hits) == 1.0


def test_drums_for_a_band_are_asked_without_the_drums_that_stood_there():
    piece = piece_of(band(), "band")
    asked = []
    accompanied(asked.append, Passage(piece, 0))
    assert [part.name for part in asked[0].phrase.parts] == ["Bass"]
    assert asked[0].phrase.parts[0].notes


def test_the_nearest_real_measures_are_those_that_follow_the_same_groove():
    pieces = [piece_of(band(step=step), f"band {step}") for step in (2, 4, 8)]
    nearest = NearestBars(pieces)
    for piece in pieces:
        found = nearest.after(piece.bars[:2], [16] * 4)
        assert (found[:, KICK] == np.concatenate([b.hits for b in piece.bars[2:4]])[:, KICK]).all()
    assert nearest.after(pieces[0].bars[:2], [12] * 4) is None


def test_a_markov_chain_foretells_what_it_has_heard_better_than_what_it_has_not():
    known, other = lines_of([piece_of(band(), "one")]), lines_of([piece_of(band(step=3), "other")])
    chain = MarkovDrums(known, 2)
    assert chain.bits(known) < 0.5 * chain.bits(other)
