import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.models.evaluation.abc import evaluate, parsed_by_abc2midi, parsed_by_music21

GOOD = (
    "X:1\nT:A tune\nM:4/4\nL:1/8\nK:G\nD2 | G2 B2 d2 B2 | c2 A2 F2 D2 | G2 B2 d2 B2 | c2 A2 G2 :|\n"
)
UNEVEN = "X:1\nT:\nM:4/4\nL:1/8\nK:G\nG2 B2 d2 | c2 A2 F2 D2 E2 | G2 B2 | c2 | A2 G2 F2 |\n"

pytestmark = pytest.mark.skipif(find_spec("music21") is None, reason="music21 is not installed")


def test_a_tune_with_full_measures_and_a_pickup_counts():
    assert parsed_by_music21(GOOD) is True


def test_a_tune_whose_measures_do_not_add_up_or_that_is_too_short_does_not():
    assert parsed_by_music21(UNEVEN) is False
    assert parsed_by_music21("X:1\nT:\nM:4/4\nL:1/8\nK:G\nG8 | G8 |\n") is False


def test_text_that_is_no_music_is_not_read():
    assert not parsed_by_music21("X:1\nT:\nM:4/4\nL:1/8\nK:G\n(3 [[ |: >>>\n")


@pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed")
def test_abc2midi_reads_a_good_tune_and_calls_a_bad_one_wrong():
    assert parsed_by_abc2midi(GOOD)
    assert not parsed_by_abc2midi(GOOD.replace("d2 B2 |", "d2 B2- |", 1))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    corpus = Path(find_spec("music21").origin).parent / "corpus" / "ryansMammoth"
    folder = tmp_path_factory.mktemp("abc")
    for name in ("ArielHornpipe", "FoxHuntersJig", "PostHornReel"):
        shutil.copy(corpus / f"{name}.abc", folder)
    return evaluate(folder, samples=12)


def test_what_the_shipped_network_writes_under_the_mask_parses(report):
    rows = {row[0]: row[1:] for row in report.tables[0].rows}
    count, read, full, *_ = rows["abc-lstm, grammar mask"]
    assert count == 12
    assert read == full == 100
    assert rows["the held-out tunes"][0] == 3


def test_bits_a_note_stand_beside_the_other_models(report):
    rows = {row[0]: row[1] for row in report.tables[1].rows}
    assert {"abc-lstm", "melody-lstm", "ppm", "ppm-adaptive"} <= set(rows)
    # Even chances of some fifty characters cost more than 11 bits a note.
    assert 1 < rows["abc-lstm"] < 6


def test_a_folder_without_abc_is_a_sentence(tmp_path):
    with pytest.raises(AntiphonError) as caught:
        evaluate(tmp_path)
    assert caught.value.code == "unreadable-file"
