"""The command line as a person or a script meets it: real commands, real files, a real service."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import mido
import pytest

from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.melody import sounding

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
TUNE = EXAMPLES / "scarborough_fair.musicxml"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a service running in it, so that commands need not start a host each."""
    folder = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "ANTIPHON_HOME": str(folder), "HOME": str(folder)}
    command = [sys.executable, "-m", "antiphon.bridge.cli", "serve"]
    service = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while not (folder / "run" / "service.json").exists():
        assert service.poll() is None, service.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.05)
    yield environment
    service.terminate()
    assert service.wait(20) == 0


def antiphon(environment, *arguments, stdin=b""):
    command = [sys.executable, "-m", "antiphon.bridge.cli", *map(str, arguments)]
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, timeout=90)


def notes_of(data, name, part=0):
    phrase = read_phrase(data, name)
    return [
        (note.onset, note.duration, str(note.pitch)) for note in sounding(phrase.parts[part].notes)
    ]


def test_a_tune_is_continued_by_the_asked_measures_and_what_was_there_stays(home, tmp_path):
    out = tmp_path / "out.musicxml"
    result = antiphon(home, "continue", TUNE, "-o", out, "--measures", 6)
    assert result.returncode == 0, result.stderr
    before, after = read_phrase(TUNE.read_bytes(), "x.xml"), read_phrase(out.read_bytes(), "x.xml")
    assert len(after.measures) == len(before.measures) + 6
    old = notes_of(TUNE.read_bytes(), "x.xml")
    new = notes_of(out.read_bytes(), "x.xml")
    assert new[: len(old)] == old
    assert len(new) > len(old)
    assert sum(m.duration for m in after.measures) == before.length + 6 * 3


def test_it_says_in_musical_words_what_it_did(home, tmp_path):
    result = antiphon(home, "continue", TUNE, "-o", tmp_path / "out.mid")
    words = result.stdout.decode()
    assert "Scarborough Fair" in words
    assert "measures 9–12" in words
    assert "3/4" in words


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_notes(home, tmp_path):
    outs = [tmp_path / f"{n}.musicxml" for n in range(3)]
    for out, seed in zip(outs, (5, 5, 6), strict=True):
        antiphon(home, "continue", TUNE, "-o", out, "--seed", seed)
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert outs[0].read_bytes() != outs[2].read_bytes()


def test_takes_go_to_numbered_files_and_differ(home, tmp_path):
    result = antiphon(home, "continue", TUNE, "-o", tmp_path / "out.mid", "--takes", 3)
    assert result.returncode == 0
    written = sorted(tmp_path.glob("out-*.mid"))
    assert [path.name for path in written] == ["out-1.mid", "out-2.mid", "out-3.mid"]
    assert len({path.read_bytes() for path in written}) == 3


def test_a_take_is_the_same_asked_alone_or_among_others(home, tmp_path):
    antiphon(home, "continue", TUNE, "-o", tmp_path / "one.musicxml", "--seed", 4)
    antiphon(home, "continue", TUNE, "-o", tmp_path / "all.musicxml", "--seed", 4, "--takes", 4)
    assert (tmp_path / "one.musicxml").read_bytes() == (tmp_path / "all-1.musicxml").read_bytes()


def test_a_dash_reads_standard_input_and_writes_standard_output(home):
    result = antiphon(home, "continue", "-", "-o", "-", stdin=TUNE.read_bytes())
    assert result.returncode == 0
    assert len(read_phrase(result.stdout, "-").measures) == 12
    assert b"measures 9" in result.stderr


def test_json_holds_the_takes_with_their_receipts(home):
    result = antiphon(home, "continue", TUNE, "--json", "--takes", 2, "--seed", 9)
    report = json.loads(result.stdout)
    assert report["task"] == "continue"
    assert [take["number"] for take in report["takes"]] == [0, 1]
    receipt = report["takes"][0]["receipt"]
    assert receipt["seed"] == 9
    assert receipt["model"]
    assert len(receipt["input_hash"]) == 64


def test_strict_key_keeps_every_note_in_the_key(home):
    source = EXAMPLES / "greensleeves.musicxml"
    result = antiphon(home, "continue", source, "--json", "--strict-key", "--takes", 6)
    report = json.loads(result.stdout)
    key = read_phrase(source.read_bytes(), source.name).key_signatures[-1]
    for take in report["takes"]:
        for note in take["phrase"]["parts"][0]["notes"]:
            pitch = note["pitch"]
            steps = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
            assert (steps[pitch["step"]] + pitch["alter"]) % 12 in key.scale


def test_measures_in_the_middle_are_answered_in_a_copy_and_the_rest_stays(home, tmp_path):
    source, out = EXAMPLES / "ode_to_joy.musicxml", tmp_path / "out.musicxml"
    result = antiphon(home, "continue", source, "-o", out, "--to", 4, "--measures", 2)
    assert result.returncode == 0, result.stderr
    before = read_phrase(source.read_bytes(), source.name)
    start, end = before.measures[4].onset, before.measures[5].end
    old = notes_of(source.read_bytes(), source.name)
    new = notes_of(out.read_bytes(), out.name)
    outside = [note for note in old if not start <= note[0] < end]
    assert [note for note in new if not start <= note[0] < end] == outside


def test_a_midi_file_keeps_every_event_that_was_not_asked_for(home, tmp_path):
    source, out = EXAMPLES / "frere_jacques.mid", tmp_path / "out.mid"
    assert antiphon(home, "continue", source, "-o", out, "--part", 1).returncode == 0

    def events(path):
        midi = mido.MidiFile(path)
        found = Counter()
        for number, track in enumerate(midi.tracks):
            tick = 0
            for message in track:
                tick += message.time
                if message.type != "end_of_track":
                    found[number, tick, str(message.copy(time=0))] += 1
        return found

    before, after = events(source), events(out)
    assert before <= after
    assert after > before


def test_abc_comes_back_as_abc_with_its_notes(home, tmp_path):
    source, out = EXAMPLES / "the_kesh.abc", tmp_path / "out.abc"
    assert antiphon(home, "continue", source, "-o", out).returncode == 0
    old, new = notes_of(source.read_bytes(), "x.abc"), notes_of(out.read_bytes(), "x.abc")
    assert new[: len(old)] == old
    assert len(new) > len(old)


def test_an_svg_shows_the_new_notes_in_colour(home, tmp_path):
    out = tmp_path / "out.svg"
    assert antiphon(home, "continue", TUNE, "-o", out).returncode == 0
    assert out.read_bytes().startswith(b"<svg")
    assert b"#1558b0" in out.read_bytes()


BAD = {
    "a file that is not there": ("continue", "no-such.mid"),
    "a folder": ("continue", EXAMPLES),
    "a kind of file that is not read": ("continue", ROOT / "Makefile"),
    "no such part": ("continue", TUNE, "--part", "Tuba"),
    "no such measure": ("continue", TUNE, "--to", "99"),
    "measures the wrong way round": ("continue", TUNE, "--from", "5", "--to", "2"),
    "no measures": ("continue", TUNE, "--measures", "0"),
    "too many measures": ("continue", TUNE, "--measures", "1000"),
    "no temperature": ("continue", TUNE, "--temperature", "0"),
    "a temperature that is no number": ("continue", TUNE, "--temperature", "nan"),
    "no takes": ("continue", TUNE, "--takes", "0"),
    "an unknown suffix": ("continue", TUNE, "-o", "answer.pdf"),
    "a folder that does not exist": ("continue", TUNE, "-o", "no/such/folder/x.mid"),
    "the file itself": ("continue", TUNE, "-o", TUNE),
    "an unknown command": ("compose", TUNE),
    "a style that is none": ("restyle", TUNE, "--to", "polka"),
    "a restyling to nothing": ("restyle", TUNE),
    "a range that is none": ("vary", TUNE, "--range", "high"),
    "a range of one note": ("bass", TUNE, "--range", "C2-C2"),
    "chords that are none": ("bass", TUNE, "--chords", "C | Q"),
    "more chords than measures": ("bass", TUNE, "--to", "1", "--chords", "C | G | C"),
    "a key that is none": ("generate", "--key", "H major"),
    "a meter that is none": ("generate", "--meter", "6/7"),
    "a rhythm that is none": ("vary", TUNE, "--rhythm", "one two"),
    "a mood that is none": ("arrange", TUNE, "--valence", "2"),
    "a degree that is none": ("vary", TUNE, "--degree", "1.5"),
    "harmony as what there is not": ("harmonize", TUNE, "--as", "band"),
    "a part to write in that is not there": ("bass", TUNE, "--into", "Tuba"),
    "a locked measure outside": ("vary", TUNE, "--to", "2", "--lock-measures", "7"),
    "locked notes of a new part": ("bass", TUNE, "--lock-notes", "1"),
    "no gap to fill": ("fill", TUNE),
    "a model that is none": ("bass", TUNE, "--model", "no-such-model"),
    "an option of another task": ("drums", TUNE, "--as", "satb"),
    "no file where one is needed": ("bass",),
    "models of no task": ("models", "--task", "compose"),
    "evaluating something that is no folder": ("evaluate", "melody", "--on", TUNE),
}


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD.keys())
def test_bad_input_gets_a_sentence_and_exit_code_2(home, arguments):
    before = TUNE.read_bytes()
    result = antiphon(home, *arguments)
    words = result.stderr.decode()
    assert result.returncode == 2, words
    assert "Traceback" not in words
    assert len(words.strip()) > 20
    assert TUNE.read_bytes() == before


@pytest.mark.parametrize(
    "data", [b"", b"MThd", b"<?xml version='1.0'?><a/>", b"PK\x03\x04..", b"X:1\n"]
)
def test_damaged_standard_input_gets_a_sentence(home, data):
    result = antiphon(home, "continue", "-", stdin=data)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr


def test_a_file_without_notes_says_that_there_is_nothing_to_continue(home):
    empty = TUNE.read_text().split("<note>")[0] + "</measure></part></score-partwise>"
    result = antiphon(home, "continue", "-", stdin=empty.encode())
    assert result.returncode == 2
    assert b"nothing to continue" in result.stderr


DONE = {
    "fill": ("--from", "3", "--to", "4"),
    "vary": ("--keep", "contour", "--degree", "0.4"),
    "harmonize": ("--as", "chords"),
    "bass": ("--chords", "Dm | C | Dm | C", "--to", "4"),
    "drums": ("--style", "rock"),
    "accompany": ("--texture", "guitar"),
    "arrange": ("--valence", "0.5", "--arousal", "-0.5"),
    "restyle": ("--to", "jazz", "--last", "4", "--degree", "0.4"),
}


@pytest.mark.parametrize("task", DONE)
def test_a_task_over_measures_writes_a_copy_in_which_the_rest_stays(home, tmp_path, task):
    outs = [tmp_path / f"out{suffix}" for suffix in (".musicxml", ".mid", ".abc", ".svg")]
    writing = [word for out in outs for word in ("-o", out)]
    result = antiphon(home, task, TUNE, *writing, *DONE[task], "--model", "theory")
    assert result.returncode == 0, result.stderr
    words = result.stdout.decode()
    assert "Take 1, measure" in words
    assert words.count("Wrote ") == 4
    before = read_phrase(TUNE.read_bytes(), TUNE.name)
    after = read_phrase(outs[0].read_bytes(), "x.musicxml")
    assert after.measures == before.measures
    assert (after.parts, after.chords) != (before.parts, before.chords)
    if task not in ("fill", "vary", "restyle"):
        assert after.parts[0] == before.parts[0]


def test_a_rhythm_may_come_from_a_file(home, tmp_path):
    line = tmp_path / "line.abc"
    line.write_text("X:1\nM:3/4\nL:1/4\nK:C\nC z/2 D3/2|\n")
    result = antiphon(home, "vary", TUNE, "--rhythm", line, "--json", "--model", "theory")
    assert result.returncode == 0, result.stderr
    controls = json.loads(result.stdout)["takes"][0]["receipt"]["controls"]
    assert controls["rhythm"][:3] == [
        {"onset": [0, 1], "duration": [1, 1]},
        {"onset": [3, 2], "duration": [3, 2]},
        {"onset": [3, 1], "duration": [1, 1]},
    ]


def test_new_music_needs_no_file(home, tmp_path):
    out = tmp_path / "new.mid"
    words = ("--key", "E minor", "--meter", "6/8", "--measures", 8, "--seed", 3)
    result = antiphon(home, "generate", *words, "-o", out, "--model", "theory")
    assert result.returncode == 0, result.stderr
    assert b"measures 1\xe2\x80\x938, 6/8, E minor" in result.stdout
    phrase = read_phrase(out.read_bytes(), out.name)
    assert phrase.length == 24
    assert (phrase.time_signatures[0].beats, phrase.key_signatures[0].fifths) == (6, 1)


def test_models_are_listed_with_what_they_serve(home):
    shown = antiphon(home, "models").stdout.decode()
    assert "melody-lstm: continue" in shown
    assert "bits a note" in shown
    report = json.loads(antiphon(home, "models", "--task", "continue", "--json").stdout)
    names = [model["name"] for model in report["models"]]
    assert report["serving"]["continue"] in [*names, "theory"]
    for model in report["models"]:
        assert "continue" in model["tasks"]
        assert model["bytes"] > 0
        assert len(model["sha256"]) == 64


def test_doctor_finds_the_running_service_and_says_so_in_json(home):
    result = antiphon(home, "doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(result.stdout)}
    assert findings["Service"]["state"] == "good"
    assert findings["Python"]["state"] == "good"
    assert findings["Model host"]["state"] == "good"
    assert all(finding["remedy"] for finding in findings.values() if finding["state"] != "good")


def test_doctor_names_damaged_weights(home, tmp_path):
    zoo = ROOT / "models" / "zoo"
    damaged = tmp_path / "antiphon"
    code = (
        "import sys, pathlib, importlib.resources as r\n"
        "import antiphon.bridge.doctor as d\n"
        f"r.files = lambda name: pathlib.Path({str(damaged)!r})\n"
        "print([(f.name, f.state.value, f.remedy) for f in d._weights()])\n"
    )
    damaged.mkdir()
    for weights in zoo.glob("*/weights.safetensors"):
        folder = damaged / weights.parent.name
        folder.mkdir()
        about = weights.with_name("model.json")
        (folder / about.name).write_bytes(about.read_bytes())
        (folder / weights.name).write_bytes(weights.read_bytes()[:-1] + b"\0")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "'bad'" in result.stdout, result.stderr
    assert "'good'" not in result.stdout
    assert "Install Antiphon again" in result.stdout


def test_without_a_service_the_command_brings_its_own_host(tmp_path):
    environment = {**os.environ, "ANTIPHON_HOME": str(tmp_path), "HOME": str(tmp_path)}
    result = antiphon(environment, "continue", TUNE, "-o", tmp_path / "out.mid")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out.mid").exists()


def test_a_second_service_finds_the_first_and_steps_back(home):
    result = antiphon(home, "serve")
    assert result.returncode == 0
    assert b"already running" in result.stderr + result.stdout
