"""What is said of chords and of parts."""

from fractions import Fraction
from pathlib import Path

import pytest

from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.protocol.messages import Controls, Region, Request, Setting, Task
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.theory.chord_words import cadence_of, roman_numeral
from antiphon.models.theory.remarks import remarks_on

Q = Fraction
EXAMPLES = Path(__file__).parents[3] / "examples"
TUNE = read_phrase((EXAMPLES / "ode_to_joy.musicxml").read_bytes(), "ode.musicxml")
C_MAJOR = KeySignature(Q(0), 0)
A_MINOR = KeySignature(Q(0), 0, "minor")


@pytest.mark.parametrize(
    ("symbol", "key", "numeral"),
    [
        ("C", C_MAJOR, "I"), ("Dm7", C_MAJOR, "ii7"), ("G7", C_MAJOR, "V7"),
        ("Bdim", C_MAJOR, "vii°"), ("D7", C_MAJOR, "II7"), ("Bb", C_MAJOR, "♭VII"),
        ("Fmaj7", C_MAJOR, "IVmaj7"), ("Am", A_MINOR, "i"), ("E7", A_MINOR, "V7"),
        ("F", A_MINOR, "VI"), ("G", A_MINOR, "VII"), ("N.C.", C_MAJOR, "N.C."),
    ],
)  # fmt: skip
def test_roman_numerals_are_those_of_the_key(symbol: str, key: KeySignature, numeral: str) -> None:
    assert roman_numeral(parse_chord_symbol(symbol), key) == numeral


@pytest.mark.parametrize(
    ("symbols", "cadence"),
    [
        ("G7 C", "an authentic cadence"), ("F C", "a plagal cadence"),
        ("G Am", "a deceptive cadence"), ("C G", "a half cadence"), ("Am C", ""),
    ],
)  # fmt: skip
def test_cadences_are_named(symbols: str, cadence: str) -> None:
    chords = [parse_chord_symbol(text, Q(i)) for i, text in enumerate(symbols.split())]
    assert cadence_of(chords, C_MAJOR) == cadence


def said(task: Task, **controls: object) -> dict[str, str]:
    region = Region("d", "r", (TUNE.parts[0].id,), Q(0), Q(32))
    request = Request("1", task, region, TUNE, controls=Controls(**controls))
    return {r.code: r.sentence for r in remarks_on(request, answer_by_rules(request, 0))}


def test_every_task_says_what_its_answer_does() -> None:
    assert said(Task.HARMONIZE)["numerals"].startswith("In D major: I ")
    assert "voice-range" in said(Task.HARMONIZE, setting=Setting.SATB)
    assert "100 %" in said(Task.BASS)["bass-roots"]
    assert "beat 2 and 4" in said(Task.DRUMS, style="rock")["drum-kit"]
    assert "fills in measures 4, 8" in said(Task.DRUMS, style="rock")["drum-kit"]
    arranged = said(Task.ARRANGE)
    assert {"chords", "part-range", "bass-roots", "bass-kick"} <= set(arranged)
    restyled = said(Task.RESTYLE, style="jazz", degree=1.0)
    assert restyled["tune-kept"] == "The melody keeps 100 % of its notes in their order."
    assert "tune-moved" in restyled
    for task in (Task.GENERATE, Task.FILL, Task.VARY, Task.CONTINUE):
        assert {"key", "ending"} <= set(said(task)), task
