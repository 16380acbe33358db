"""REAPER's scripts in both of its Luas, on a strict stand-in for REAPER.

REAPER itself was never run here: names, arguments and results of its functions are those of the
public listing (tests/support/reaper/facts.lua), and the stand-in refuses everything else.
"""

import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from antiphon.bridge.formats.smf_reader import phrase_from_smf
from antiphon.bridge.protocol.line_table import line_row
from antiphon.bridge.protocol.lines import read_lines
from antiphon.bridge.protocol.wishes import BY_NAME

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SUPPORT = ROOT / "tests/support/reaper"
PLUGIN = ROOT / "plugins/reaper"
LUAS = ("lua5.3", "lua5.4")
FILES = tuple(f"{name}_cases.lua" for name in ("asking", "landing", "guarding", "waiting", "panel"))


def run_case(lua: str, file: str, name: str, folder: Path, *more: str | Path) -> str:
    """What a case prints; it fails with what the case says."""
    command = [lua, str(SUPPORT / "run.lua"), f"{SUPPORT}/", f"{PLUGIN}/", str(folder)]
    done = subprocess.run(
        [*command, str(HERE / file), name, *more], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _cases() -> list[tuple[str, str]]:
    found = []
    for file in FILES:
        text = (HERE / file).read_text()
        names = re.findall(r'^cases\["([^"]+)"\] = function\(\)', text, re.MULTILINE)
        found += [(file, name) for name in names]
    return found


@pytest.fixture(params=LUAS)
def lua(request) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"not installed: {request.param}")
    return request.param


@pytest.mark.parametrize(("file", "name"), _cases(), ids=[name for _, name in _cases()])
def test_case(lua, file, name, tmp_path):
    run_case(lua, file, name, tmp_path)


def test_the_music_of_a_script_is_read_as_it_was_meant(lua, tmp_path):
    path = tmp_path / "out.mid"
    run_case(lua, "asking_cases.lua", "a file for the Python reader", tmp_path, str(path))
    phrase = phrase_from_smf(path.read_bytes())
    assert [(m.onset, m.beats, m.beat_type) for m in phrase.time_signatures] == [
        (Fraction(0), 3, 4),
        (Fraction(5), 4, 4),
    ]
    assert [tempo.quarters_per_minute for tempo in phrase.tempos][:1] == [pytest.approx(100, 1e-4)]
    notes = phrase.parts[0].notes
    assert [(n.onset, n.duration, n.pitch.midi_number, n.velocity) for n in notes] == [
        (Fraction(8 + i), Fraction(1), 60 + i, 80 + i) for i in range(8)
    ]


def test_every_message_of_a_script_is_as_the_contract_has_it(lua, tmp_path):
    path = tmp_path / "messages.txt"
    run_case(lua, "asking_cases.lua", "every message has the keys of the contract", tmp_path, path)
    found = [read_lines(block.encode()) for block in path.read_text().strip().split("\n\n")]
    assert {lines.text("message") for lines in found} == {
        *("hello", "ask", "kept", "again", "cancel", "region"),
    }
    for lines in found:
        row = line_row(lines.text("message"), "script")
        keys = {key for key, _ in lines.pairs}
        assert set(row.needed) <= keys
        assert keys <= row.names | (set(BY_NAME) if row.name == "ask" else {"id"})


def test_the_golden_takes_are_read(lua, tmp_path):
    takes = []
    for file in sorted((ROOT / "plugins/golden").glob("*.txt")):
        blocks = re.split(r"\n(?=[^\n=]*\n?antiphon=)|\n\n", file.read_text())
        takes += [block for block in blocks if "message=take" in block]
    path = tmp_path / "takes.txt"
    path.write_text("\n\n".join(takes) + "\n\n")
    run_case(lua, "panel_cases.lua", "golden replies are read as they were written", tmp_path, path)
