"""How long a musician waits in MuseScore: key press to notes, and what of it is Antiphon's own.

`python tests/benchmarks/musescore_journey.py [--runs 50] [--markdown FILE]` starts a real
MuseScore 3 on a screen of its own and the real service, selects a phrase, presses the key of a
task and waits until the plugin says that the notes stand. It asserts nothing.
"""

import argparse
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).parents[2]))

from antiphon.bridge.errors import AntiphonError
from tests.e2e.conftest import Screen, stop
from tests.e2e.test_musescore_tasks import FIRST, LAST, PICTURES, Session

_LANDED = re.compile(r"antiphon: landed after (\d+) ms; steps (\d+), (\d+), (\d+), (\d+)")
_ANSWERED = re.compile(r"request \S+: ready, ([\d.]+) s")
TASKS = ("continue", "fill", "vary", "harmonize", "satb", "bass", "drums", "accompany")

# Milliseconds: whole journey, model, reading the score, comparing, writing.
Run = tuple[float, float, float, float, float]


def run(session: Session, task: str) -> Run:
    """One journey: select, press, wait; then everything as before."""
    editor, log = session.editor, session.service.home / "data"
    editor.focus()
    editor.select_from(*((5, 8) if task == "continue" else (FIRST, LAST)))
    session.press("keep")
    time.sleep(0.4)
    if editor.dialogs():
        editor.press("Return")
        time.sleep(0.2)
        editor.focus()
    told, answered = len(_LANDED.findall(editor.said())), len(_ANSWERED.findall(logged(log)))
    began = time.monotonic()
    session.press(task)
    while len(_LANDED.findall(editor.said())) == told:
        time.sleep(0.004)
        if time.monotonic() - began > 120:
            raise AntiphonError("deadline-passed")
    whole = 1000 * (time.monotonic() - began)
    _, read, _, compared, wrote = map(int, _LANDED.findall(editor.said())[-1])
    time.sleep(0.4)
    model = 1000 * sum(float(s) for s in _ANSWERED.findall(logged(log))[answered:])
    editor.press("ctrl+z")
    time.sleep(0.3)
    return whole, model, read, compared, wrote


def logged(folder: Path) -> str:
    """What the service has written into its logs."""
    return "".join(path.read_text() for path in sorted(folder.parent.rglob("service.log")))


def table(found: dict[str, list[Run]]) -> Iterator[str]:
    """The figures as Markdown; “beside it” is all but the model, writing into the score too."""
    heads = ("Task", "Runs", "Median", "p95", "Model", "Beside it", "Beside it, p95", "Writing")
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for task, runs in found.items():
        whole, own = [r[0] for r in runs], [r[0] - r[1] for r in runs]
        cells = [
            task,
            str(len(runs)),
            *(f"{value:.0f} ms" for value in (median(whole), p95(whole))),
            f"{median(r[1] for r in runs):.0f} ms",
            *(f"{value:.0f} ms" for value in (median(own), p95(own))),
            f"{median(r[4] for r in runs):.0f} ms",
        ]
        yield f"| {' | '.join(cells)} |"


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    screen, found = Screen(), {}
    try:
        session = Session(Path(tempfile.mkdtemp()), screen)
        try:
            for task in options.tasks.split(","):
                run(session, task)
                found[task] = [run(session, task) for _ in range(options.runs)]
                print(*list(table(found))[-1:], flush=True)
        finally:
            session.close()
    finally:
        stop(screen.process)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    words = f"{platform.machine()}, {os.cpu_count()} cores, load {load} at the end."
    text = "\n".join([words, "", *table(found), ""])
    print(text)
    if options.markdown:
        options.markdown.write_text(text)


if __name__ == "__main__":
    main()
