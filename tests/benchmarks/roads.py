"""How long each road to the service takes beside the model: `python tests/benchmarks/roads.py`.

A scripted host answers at once, so what is measured is Antiphon's own share of a key press: from
the script's message to the answer in its hands. Medians and 95th percentiles of 50 runs, and the
processor time that the service itself spends on one, which a busy machine does not change.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from lines_script import PPQ, LinesScript, project_file, scale
from services import request, scripted_service

from antiphon.bridge.client import Client
from antiphon.bridge.protocol.codec import to_json
from antiphon.bridge.protocol.messages import Take

RUNS = 50
GOAL_MS = 50
PART = "1\t{T1}\t1\t0\t40\tViolin I"
TUNE = project_file(("Violin I", 0, scale()))


def lines(service, number):
    script = LinesScript(service.home)
    script.ask("vary", TUNE, [PART], 0, 16 * PPQ, id=f"ok-lines-{number}")


def lines_again(service, number):
    script = LinesScript(service.home)
    reply = script.hear(script.send("again", id="ok-lines-0", number=number + 1))
    assert reply.text("message") == "take"


def http(service, number):
    status, answer = service.post("takes", to_json(request(f"ok-http-{number}")))
    assert (status, answer["status"]) == (200, "takes")


def osc(_service, number):
    with Client.connect() as client:
        assert any(isinstance(m, Take) for m in client.ask(request(f"ok-osc-{number}")))


ROADS = {
    "files of lines (REAPER, Ardour): ask": lines,
    "files of lines: next take": lines_again,
    "HTTP (MuseScore, panel): ask": http,
    "OSC and spool (command line): ask": osc,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as home:
        os.environ["ANTIPHON_HOME"] = home
        with scripted_service(Path(home)) as service:
            service.wait_until_ready()
            for name, road in ROADS.items():
                times, process = [], psutil.Process(service.process.pid)
                spent = sum(process.cpu_times()[:2])
                for number in range(RUNS):
                    began = time.perf_counter()
                    road(service, number)
                    times.append(1000 * (time.perf_counter() - began))
                times.sort()
                figures[name] = {
                    "median_ms": round(statistics.median(times), 1),
                    "p95_ms": round(times[int(0.95 * RUNS)], 1),
                    "cpu_ms": round(1000 * (sum(process.cpu_times()[:2]) - spent) / RUNS, 1),
                }
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"| Road ({RUNS} runs, load {load:.1f} a core) | median ms | p95 ms | CPU ms | goal ms |")
    print("|---|---|---|---|---|")
    for name, row in figures.items():
        found = (row["median_ms"], row["p95_ms"], row["cpu_ms"], GOAL_MS)
        print(f"| {name} | {' | '.join(map(str, found))} |")
    if options.json:
        options.json.write_text(json.dumps({"load": load, "roads": figures}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
