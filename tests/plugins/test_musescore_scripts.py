"""The plugin's scripts in a JavaScript engine: revisions, reply checks and sentences."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from antiphon.bridge.errors import FAULTS

FOLDER = Path(__file__).parents[2] / "plugins" / "musescore"
NODE = shutil.which("node") or shutil.which("nodejs")
needs_node = pytest.mark.skipif(NODE is None, reason="not installed: nodejs")
GOOD = {
    "status": "take",
    "id": "ms-12345678",
    "take": 0,
    "at": 1920,
    "measures": 4,
    "append": 2,
    "title": "Antiphon: continue for measures 9–12",
    "lines": [
        {
            "staff": 0,
            "voice": 0,
            "steps": [
                [0, 480, 1, 4, 67, 15, 0, 71, 19, 1],
                [480, 480, 1, 4, -1, 0, 0],
                [1440, 960, 1, 2, 66, 20, 0],
            ],
        }
    ],
    "parts": [],
    "musicxml": "",
    "chords": None,
    "undo_to": None,
    "remarks": [],
    "model": "melody-lstm",
}


def run(script: str, expression: str) -> object:
    """The value of an expression after a plugin script, as MuseScore's engine would load it."""
    source = re.sub(r"^\.(pragma|import) .*", "", (FOLDER / script).read_text(), flags=re.MULTILINE)
    code = f"{source}\nprocess.stdout.write(JSON.stringify({expression}));"
    done = subprocess.run([NODE, "-"], input=code, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def broken() -> dict[str, dict]:
    """Replies that must not be written, by what is wrong with them."""
    bad = {
        "no lines": {"lines": None},
        "no place": {"at": -1},
        "half a tick": {"at": 0.5},
        "too many measures": {"measures": 513},
        "no measure": {"measures": 0},
        "short step": steps([0, 480, 1, 4, 67, 15]),
        "words for numbers": steps([0, 480, 1, 4, "67", 15, 0]),
        "overlap": steps([0, 480, 1, 4, 67, 15, 0], [240, 480, 1, 4, 67, 15, 0]),
        "pitch": steps([0, 480, 1, 4, 128, 15, 0]),
        "spelling": steps([0, 480, 1, 4, 67, 34, 0]),
        "no length": steps([0, 0, 1, 4, 67, 15, 0]),
        "no value": steps([0, 480, 1, 0, 67, 15, 0]),
        "no staff": {"lines": [{"staff": -1, "voice": 0, "steps": []}]},
        "fifth voice": {"lines": [{"staff": 0, "voice": 4, "steps": []}]},
        "parts": {"parts": None},
        "score": {"musicxml": None},
        "chord symbol": {"chords": [[0, 7]]},
        "undo": {"undo_to": "all"},
        "remarks": {"remarks": "none"},
    }
    return {name: GOOD | change for name, change in bad.items()}


def steps(*rows: list) -> dict:
    return {"lines": [{"staff": 0, "voice": 0, "steps": list(rows)}]}


@needs_node
def test_a_good_reply_is_taken_and_every_broken_one_refused():
    replies = [GOOD, GOOD | {"undo_to": ["a"]}, *broken().values()]
    verdicts = run("antiphon_words.js", f"{json.dumps(replies)}.map(isTake)")
    names = ["good", "with undo", *broken()]
    assert {n for n, v in zip(names, verdicts, strict=True) if v} == {"good", "with undo"}


@needs_node
def test_revisions_are_the_same_for_the_same_text_only():
    texts = [f"{number};0,480,{pitch}/15" for number in range(200) for pitch in range(20, 100)]
    both = run(
        "antiphon_score.js",
        f"[{json.dumps(texts)}, {json.dumps(texts)}].map(t => t.map(revisionOf))",
    )
    assert both[0] == both[1]
    assert len(set(both[0])) == len(texts)
    assert all(re.fullmatch(r"[0-9a-f]{16}", revision) for revision in both[0])


@needs_node
def test_one_lane_of_a_revision_is_the_published_fnv_1a():
    # Test vectors of Fowler, Noll and Vo for 32 bits.
    assert run(
        "antiphon_score.js", "[revisionOf('').slice(0, 8), revisionOf('foobar').slice(0, 8)]"
    ) == [
        "811c9dc5",
        "bf9cf968",
    ]


@needs_node
def test_measures_are_the_same_only_at_the_same_place_and_in_the_same_number():
    rows = [{"tick": 0, "key": 1, "revision": "a"}, {"tick": 1920, "key": 1, "revision": "b"}]
    moved = [rows[0], rows[1] | {"tick": 1900}]
    edited = [rows[0], rows[1] | {"revision": "c"}]
    others = [rows, rows[:1], moved, edited, [], [rows[0], rows[1] | {"key": 2}]]
    assert run(
        "antiphon_score.js", f"{json.dumps(others)}.map(o => same({json.dumps(rows)}, o))"
    ) == [
        True,
        False,
        False,
        False,
        False,
        False,
    ]


@needs_node
def test_every_request_has_an_id_of_its_own_that_the_service_accepts():
    ids = run("antiphon_words.js", "Array.from({length: 500}, () => newId(1790000000000))")
    assert len(set(ids)) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9-]{8,64}", name) for name in ids)


@needs_node
def test_a_second_press_waits_for_the_first_but_not_for_ever():
    calls = "[isBusy(5), begin(5), isBusy(6), isBusy(75006), end() === 0, isBusy(10), begin(20)]"
    assert run("antiphon_words.js", calls) == [False, 1, True, False, False, False, 2]


@needs_node
def test_the_plugin_says_the_same_sentences_as_the_bridge():
    words = run("antiphon_words.js", "WORDS")
    for code in ("service-not-running", "region-changed", "deadline-passed"):
        assert words[code] == [FAULTS[code].sentence, FAULTS[code].remedy]
    for sentence, _ in words.values():
        assert re.search(r"Nothing was (written|changed)\.", sentence)


@needs_node
def test_a_notice_names_the_take_from_one_and_says_three_things_at_most():
    reply = GOOD | {
        "take": 1,
        "remarks": ["In A minor.", "It ends on A.", "It is short.", "Every note fits."],
    }
    notices = run("antiphon_words.js", f"{json.dumps([reply, GOOD])}.map(r => noticeOf(r))")
    assert notices == ["Take 2. In A minor. It ends on A. It is short.", "Take 1."]


@needs_node
def test_steps_are_the_times_between():
    assert run("antiphon_words.js", "stepsOf([100, 110, 145, 150])") == [10, 35, 5]


@needs_node
def test_written_spellings_stay_within_double_accidentals():
    spelled = run("antiphon_write.js", "[35, 33, -2, -1, 14].map(respelled)")
    assert spelled == [23, 33, 10, -1, 14]


def test_the_scripts_are_ecmascript_5_for_the_oldest_musescore_3():
    for path in FOLDER.glob("*.js"):
        code = re.sub(r"//.*|\"[^\"]*\"|^\.import .*", "", path.read_text(), flags=re.MULTILINE)
        assert not re.search(r"\b(let|const|class|import|async|await)\b|=>|`", code), path.name
