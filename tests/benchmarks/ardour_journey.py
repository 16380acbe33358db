"""From the key press to the notes in the session, in the real Ardour: median, p95, shares.

    python tests/benchmarks/ardour_journey.py [RUNS] [FILE.md]

Each run presses the key of “Add bass track” over a melody of four bars; the rules answer. The
clock starts before the key is sent to Ardour's window and stops when the scripts have committed
their undo step. The model's time is that of the same request under another id, asked of the same
service over HTTP just after; what is left of the time until the reply's file is there is
Antiphon's own (key, reading the region, files, the service's look into its folder), and from
there on it is the wait for Ardour's timer and Ardour's import.
"""

import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from ardour_song import Song, new_session
from real_ardour import Ardour, Desktop, missing
from services import RunningService, scripted_service

from antiphon.bridge.editors import ardour as installer

MELODY = (67, 69, 71, 72, 74, 72, 71, 69, 67, 71, 74, 76, 74, 71, 69, 67)


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    if missing():
        print(f"not installed: {', '.join(missing())}")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), runs)
    text = table(rows, runs)
    print(text)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(text)
    return 0


def measured(folder: Path, runs: int) -> list[tuple[float, ...]]:
    """Per run, in seconds: the whole way, the model, Antiphon's part before the reply, the rest."""
    desktop = Desktop()
    editor = Ardour(folder / "home", desktop)
    song = Song(editor, new_session(folder / "Song", folder / "home"))
    (found,) = installer.find(editor.config)
    installer.install(found, folder / "antiphon" / "run" / "service.json")
    try:
        with scripted_service(folder / "antiphon", "rules") as service:
            service.wait_until_ready()
            editor.open(song.folder)
            song.lay("Melody", 4, MELODY)
            return [one_run(song, service) for _ in range(runs + 2)][2:]
    finally:
        editor.close()
        desktop.close()


def one_run(song: Song, service: RunningService) -> tuple[float, ...]:
    song.select("Melody")
    window = song.ardour.window()
    song.ardour.desktop.do("windowfocus", "--sync", window)
    outbox, state = service.home / "run" / "outbox", song.ardour.config / "antiphon" / "state"
    (state / "answers").unlink(missing_ok=True)
    before = time.perf_counter()
    song.ardour.desktop.do("key", "ctrl+alt+b")
    replied = None
    # The record of the answer is written after the undo step is committed.
    while not (state / "answers").exists():
        if replied is None and any(outbox.glob("*.reply")):
            replied = time.perf_counter()
        if time.perf_counter() - before > 60:
            raise TimeoutError("no answer within a minute")
        time.sleep(0.001)
    done = time.perf_counter()
    song.undo()
    replied = replied if replied is not None else done
    model = model_seconds(service, state)
    return done - before, model, max(0.0, replied - before - model), done - replied


def model_seconds(service: RunningService, state: Path) -> float:
    (last,) = state.glob("last-*")
    _, reply = service.post("request", {"id": last.read_text()})
    request = {**reply["request"], "id": uuid.uuid4().hex}
    before = time.perf_counter()
    status, answer = service.post("takes", request)
    assert status == 200, answer
    return time.perf_counter() - before


def table(rows: list[tuple[float, ...]], runs: int) -> str:
    """The page with the figures."""
    names = (
        "key press to notes in the session",
        "of it: the model (rules), asked over HTTP",
        "of it: Antiphon's own until the reply is there",
        "of it: the wait for Ardour's timer, and Ardour's import",
    )
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    lines = ["# The journey in Ardour", ""]
    lines += [f"{runs} runs of `tests/benchmarks/ardour_journey.py`, milliseconds. Ardour 7.3 on a"]
    lines += [f"virtual screen; {load:.1f} processes waited for each core while it ran.", ""]
    lines += ["| | median | p95 |", "|---|---|---|"]
    for place, name in enumerate(names):
        column = sorted(1000 * row[place] for row in rows)
        p95 = column[min(len(column) - 1, round(0.95 * (len(column) - 1)))]
        lines.append(f"| {name} | {statistics.median(column):.0f} | {p95:.0f} |")
    lines += [
        "",
        "Wished for: at most 700 at p95, and at most 50 of Antiphon's own, on a machine that",
    ]
    lines += ["does nothing else. With more than one process waiting for a core the figures tell"]
    lines += ["what the shares are, not what a musician waits."]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
