import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from antiphon.bridge.cli import main
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.listening import analysis_of
from antiphon.bridge.music.analysis import Analysis
from antiphon.bridge.music.analysis_words import in_words
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.codec import dumps, loads
from antiphon.models.listening.analyze import analyze
from antiphon.models.listening.reading import measures_of

# Two voices of a period in G that goes to D and back; block chords below say which.
PERIOD = b"""X:1
T:Period
M:4/4
L:1/4
Q:1/4=96
K:G
V:1
GABc|d2 B2|cBAG|A4|GABc|d2 e2|dcBA|G4|
V:2
[G,B,D]4|[G,B,D]4|[A,CE]4|[D,F,A,]4|[G,B,D]4|[G,B,D]2[C,E,G,]2|[G,B,D]2[D,F,A,]2|[G,B,D]4|
"""
# Parallel fifths from the first chord to the second, octaves from the third to the fourth.
FIFTHS = b"""X:1
T:Fifths
M:4/4
L:1/2
K:C
V:1
G A|g f|e2|
V:2
C D|G F|C2|
"""


@pytest.fixture(scope="module")
def period() -> Phrase:
    return phrase_from_abc(PERIOD, "period")


@pytest.fixture(scope="module")
def found(period: Phrase) -> Analysis:
    return analyze(period)


def test_the_key_of_a_period_is_missed(found: Analysis) -> None:
    assert found.keys[0].name == "G major"
    assert [span.name for span in found.keys[1:]] in ([], ["D major"], ["D major", "G major"])


def test_chords_that_stand_there_are_not_heard(found: Analysis) -> None:
    at = {chord.onset: chord for chord in found.chords}
    assert at[Fraction(0)].text == "G"
    assert at[Fraction(0)].numeral == "I"
    assert at[Fraction(8)].text.startswith("Am")
    assert at[Fraction(8)].numeral.startswith("ii")
    assert at[Fraction(12)].text.startswith("D")


def test_a_cadence_is_not_told(found: Analysis) -> None:
    assert [c.name for c in found.cadences][-1] == "authentic cadence"
    assert "half cadence" in [c.name for c in found.cadences]


def test_form_takes_a_repeat_for_something_new(found: Analysis) -> None:
    assert found.sections[0].label == "A"
    assert found.sections[1].label.startswith("A")


def test_parallel_fifths_and_octaves_pass_unseen() -> None:
    faults = analyze(phrase_from_abc(FIFTHS, "fifths")).faults
    assert [(f.kind, f.measure) for f in faults] == [
        ("parallel fifths", "1"),
        ("parallel octaves", "2"),
    ]


def test_an_analysis_changes_on_its_way_over_the_wire(found: Analysis) -> None:
    assert loads(Analysis, dumps(found)) == found


def test_the_child_hears_something_else(period: Phrase, found: Analysis) -> None:
    assert analysis_of(period) == found


def test_transposing_changes_what_is_heard(period: Phrase, found: Analysis) -> None:
    from antiphon.bridge.music.pitch import transpose

    up = replace(
        period,
        key_signatures=(replace(period.key_signatures[0], fifths=3),),
        parts=tuple(
            replace(
                part,
                notes=tuple(replace(n, pitch=transpose(n.pitch, 2, 2)) for n in part.notes),
            )
            for part in period.parts
        ),
    )
    higher = analyze(up)
    assert [c.numeral for c in higher.chords] == [c.numeral for c in found.chords]
    assert higher.keys[0].name == "A major"


def test_minor_sounds_darker_and_fast_sounds_more_awake(period: Phrase, found: Analysis) -> None:
    minor = phrase_from_abc(PERIOD.replace(b"K:G", b"K:Gm"), "minor")
    fast = phrase_from_abc(PERIOD.replace(b"1/4=96", b"1/4=180"), "fast")
    moods = [analyze(phrase).mood for phrase in (minor, fast)]
    assert found.mood is not None
    assert moods[0] is not None
    assert moods[1] is not None
    assert moods[0].valence < found.mood.valence - 0.3
    assert moods[1].arousal > found.mood.arousal + 0.2


def test_silence_is_told_in_a_sentence() -> None:
    silent = analyze(phrase_from_abc(b"X:1\nM:4/4\nL:1/4\nK:C\nz4|z4|\n", "silent"))
    assert silent.chords == ()
    assert silent.mood is None
    assert "No pitched note sounds" in silent.left_out[0]
    assert list(in_words(silent))


def test_measures_are_cut_by_their_printed_numbers(period: Phrase) -> None:
    part = measures_of(period, "3-4")
    assert part.length == 8
    assert analyze(part).measures == "measures 3–4"
    with pytest.raises(AntiphonError, match="no measure 9"):
        measures_of(period, "9-12")
    with pytest.raises(AntiphonError, match="comes after"):
        measures_of(period, "4-3")


def test_the_command_tells_writes_and_refuses(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tune, picture = tmp_path / "period.abc", tmp_path / "period.svg"
    tune.write_bytes(PERIOD)
    assert main(["analyze", str(tune), "--measures", "1-4", "--picture", str(picture)]) == 0
    assert "G major" in capfd.readouterr().out
    drawn = picture.read_text()
    assert drawn.startswith("<svg")
    assert "Measures that are alike" in drawn
    assert ">I</tspan>" in drawn.replace(" ", "").replace("\n", "")
    assert main(["analyze", str(tune), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["title"] == "Period"
    assert main(["analyze", str(tmp_path / "none.mid")]) == 2
    assert main(["analyze", str(tune), "--picture", str(tune)]) == 2
    assert "written as .svg" in capfd.readouterr().err
    assert tune.read_bytes() == PERIOD


def test_the_analysis_loads_torch() -> None:
    code = "import sys, antiphon.models.listening.analyze; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
