"""The parts of Ardour's scripts that need no Ardour, run by the Lua that Ardour has inside."""

import io
import shutil
import subprocess
from pathlib import Path

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.bridge.protocol.lines import lines_of, read_lines

LIB = Path(__file__).parents[3] / "plugins" / "ardour" / "lib"
FILES = sorted(LIB.glob("*.lua"))
pytestmark = pytest.mark.skipif(shutil.which("lua5.3") is None, reason="not installed: lua5.3")


def lua(text: str, data: bytes = b"") -> bytes:
    """What a piece of Lua prints."""
    done = subprocess.run(
        ["lua5.3", "-"], input=text.encode() + data, capture_output=True, timeout=20, cwd=LIB
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_compiles_and_leaves_no_global(path):
    code = f'local f = assert(loadfile("{path.name}")) io.write(type(f))'
    assert lua(code) == b"function"
    listed = subprocess.run(["luac5.3", "-l", "-p", path], capture_output=True, text=True)
    assert "SETTABUP" not in "".join(
        line for line in listed.stdout.splitlines() if "_ENV" in line and "SETTABUP" in line
    )


def test_the_file_of_music_says_what_was_selected():
    data = lua(
        """
        local smf = loadfile("smf.lua")()()
        local map = { title = "Song", finish = 9600, bars = {
          { tick = 0, top = 6, bottom = 8, tempo = 90 }, { tick = 2880, tempo = 120.5 },
          { tick = 5760, top = 4, bottom = 4 } } }
        local same = { onset = 960, duration = 480, pitch = 60, velocity = 70, channel = 2 }
        local again = { onset = 1440, duration = 480, pitch = 60, velocity = 0, channel = 2 }
        io.write(smf.bytes(map, { { name = "Géige", notes = { again, same } },
          { name = "Kit", is_drums = true, notes = { same } } }))
        """
    )
    midi = mido.MidiFile(file=io.BytesIO(data), charset="utf-8")
    assert (midi.type, midi.ticks_per_beat, len(midi.tracks)) == (1, 960, 3)
    assert [t.name for t in midi.tracks] == ["Song", "Géige", "Kit"]
    now, seen = 0, []
    for message in midi.tracks[0]:
        now += message.time
        if message.type == "time_signature":
            seen.append((now, message.numerator, message.denominator))
        elif message.type == "set_tempo":
            seen.append((now, round(60e6 / message.tempo, 2)))
    assert seen == [(0, 6, 8), (0, 90.0), (2880, 120.5), (5760, 4, 4)]
    assert now == 9600
    rows, now = [], 0
    for message in midi.tracks[1]:
        now += message.time
        if not message.is_meta:
            rows.append((now, message.type, message.note, message.velocity, message.channel))
    # The end of a note comes before the next beginning; a velocity of 0 would be an end.
    assert rows == [
        (960, "note_on", 60, 70, 2),
        (1440, "note_off", 60, 64, 2),
        (1440, "note_on", 60, 1, 2),
        (1920, "note_off", 60, 64, 2),
    ]
    assert {m.channel for m in midi.tracks[2] if not m.is_meta} == {9}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))))
def test_lines_mean_the_same_on_both_sides(values):
    there = lines_of("ask", [("name", value) for value in values])
    script = f"""
        local lines = loadfile("lines.lua")()()
        local message = lines.read({_quoted(there)})
        local rows = {{ {{ "antiphon", 1 }}, {{ "message", message.one.message }} }}
        for _, value in ipairs(message.all.name or {{}}) do
          rows[#rows + 1] = {{ "name", value }}
        end
        io.write(lines.text(rows))
    """
    back = lua(script)
    assert back == there
    assert list(read_lines(back).all("name")) == values


def _quoted(data: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'
