"""Ardour's tempo map as the scripts read it, in the real Ardour without a window."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "plugins" / "ardour" / "lib"
SCRIPT = """
AudioEngine:set_backend("None (Dummy)", "", "")
create_session("{folder}/Song", "Song", 48000)
local map = Temporal.TempoMap.write_copy()
local function at(quarters) return Temporal.timepos_t.from_ticks(quarters * 1920) end
map:set_meter(Temporal.Meter(3, 4), at(0))
map:set_tempo(Temporal.Tempo(100, 100, 4), at(0))
map:set_meter(Temporal.Meter(6, 8), at(6))
map:set_tempo(Temporal.Tempo(140, 140, 4), at(9))
map:set_meter(Temporal.Meter(5, 4), at(12))
Temporal.TempoMap.update(map)
local clock = load(io.open("{lib}/clock.lua"):read("a"))()()
for _, bar in ipairs(clock.bars(2 * 1920, 20 * 1920)) do
  print("BAR", bar.number, bar.start / 1920, bar.top, bar.bottom, bar.tempo)
end
print("AT", clock.bar_at(12 * 1920 - 1), clock.bar_at(12 * 1920), clock.bar_start(5) / 1920)
close_session()
quit()
"""


@pytest.mark.editor
@pytest.mark.skipif(shutil.which("ardour7-lua") is None, reason="not installed: ardour")
def test_every_bar_has_the_meter_and_the_tempo_that_begin_with_it(tmp_path):
    script = tmp_path / "clock.lua"
    script.write_text(SCRIPT.format(folder=tmp_path, lib=LIB))
    done = subprocess.run(
        ["ardour7-lua", script],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    bars = [tuple(map(float, row[1:])) for row in rows if row[0] == "BAR"]
    assert bars == [
        (1, 0, 3, 4, 100),
        (2, 3, 3, 4, 100),
        (3, 6, 6, 8, 100),
        (4, 9, 6, 8, 140),
        (5, 12, 5, 4, 140),
        (6, 17, 5, 4, 140),
    ], done.stdout + done.stderr
    assert [row[1:] for row in rows if row[0] == "AT"] == [["4", "5", "12.0"]]
