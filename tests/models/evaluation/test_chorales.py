import json

import numpy as np
import pytest
import torch

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.models.evaluation import chorales
from antiphon.models.evaluation.bigram import Bigram
from antiphon.models.evaluation.chorales import phrase_of, report_on
from antiphon.models.networks.chorale import ORDER, ChoraleConfig, ChoraleNetwork
from antiphon.models.tasks.chorale import writer_of
from antiphon.models.tasks.chorale_rules import count_rules, transitions


@pytest.fixture(scope="module")
def writer():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    return writer_of(ChoraleNetwork(ChoraleConfig(24, 16, 24, 24, 0.0)))


def _chords(*chords):
    return np.repeat(np.array(chords), 4, axis=0)


CLEAN = _chords((67, 64, 60, 48), (65, 62, 59, 43), (64, 60, 55, 48))


def test_clean_part_writing_breaks_no_rule():
    assert set(count_rules(CLEAN, 0).values()) == {0}
    assert transitions(CLEAN) == 2


@pytest.mark.parametrize(
    ("chords", "rule"),
    [
        (((67, 64, 55, 48), (69, 65, 57, 50)), "parallel fifths"),
        (((72, 64, 55, 48), (74, 65, 55, 50)), "parallel octaves"),
        (((67, 64, 65, 48), (67, 64, 60, 48)), "crossing"),
        (((79, 62, 60, 48), (74, 62, 60, 48)), "spacing"),
        (((84, 76, 65, 48), (79, 76, 65, 48)), "range"),
        (((74, 65, 59, 43), (72, 64, 67, 48)), "leading tone"),
    ],
)
def test_each_rule_is_counted(chords, rule):
    assert count_rules(_chords(*chords), 0)[rule] >= 1


def test_a_leading_tone_that_rises_is_resolved():
    assert count_rules(_chords((71, 65, 62, 43), (72, 64, 60, 48)), 0)["leading tone"] == 0


def test_a_repeated_fifth_is_no_parallel():
    assert count_rules(_chords((67, 64, 55, 48), (67, 65, 55, 48)), 0)["parallel fifths"] == 0


def test_the_bigram_gives_every_slot_a_chance_and_learns():
    model = Bigram([CLEAN] * 5)
    assert model.nats(CLEAN).mean() < Bigram([CLEAN + 3]).nats(CLEAN).mean()
    assert np.isfinite(model.nats(CLEAN + 9)).all()


def test_equal_hypotheses_change_nothing_and_a_good_one_wins():
    nats = np.random.default_rng(1).random((1, 6, 4))
    assert chorales._by_bayes(np.repeat(nats, 12, 0), 12) == pytest.approx(nats[0])
    poor = np.concatenate((nats, np.full((11, 6, 4), 9.0)))
    total = chorales._by_bayes(poor, 12).sum()
    assert total == pytest.approx(nats.sum() + np.log(12), abs=1e-3)
    without_the_poor = chorales._by_bayes(nats, 12).sum()
    assert total <= without_the_poor == pytest.approx(nats.sum() + np.log(12))
    first = chorales._by_bayes(poor, 12)[0, ORDER[0]]
    assert first == pytest.approx(-np.log((np.exp(-nats[0, 0, ORDER[0]]) + 11 * np.exp(-9)) / 12))


def test_the_published_split_is_reported_with_its_baseline(writer, tmp_path):
    rows = CLEAN.tolist() * 3
    (tmp_path / "jsb_splits").mkdir()
    sides = {side: [rows, rows] for side in ("train", "valid", "test")}
    (tmp_path / chorales.PUBLISHED).write_text(json.dumps(sides))
    report = report_on(tmp_path, writer, 1)
    first = report.tables[0]
    assert first.rows[0][0] == "chorale"
    assert all(value > 0 for value in first.rows[0][1:])
    rules = report.tables[-1]
    assert [row[0] for row in rules.rows][:2] == ["Bach", "chorale"]
    assert rules.rows[0][2:] == tuple(0.0 for _ in rules.rows[0][2:])


def test_any_folder_of_four_part_music_is_measured(writer, tmp_path):
    rows = np.concatenate([CLEAN] * 4)
    (tmp_path / "one.musicxml").write_bytes(write_phrase(phrase_of(rows), ".musicxml"))
    (tmp_path / "two.musicxml").write_bytes(write_phrase(phrase_of(rows, (0,)), ".musicxml"))
    report = report_on(tmp_path, writer)
    assert report.unread == ("two.musicxml: it is not in four voices.",)
    assert report.tables[0].rows[0][1] > 0


def test_a_folder_without_four_part_music_is_refused(writer, tmp_path):
    with pytest.raises(AntiphonError):
        report_on(tmp_path, writer)
