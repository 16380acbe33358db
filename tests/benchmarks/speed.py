"""How long a musician waits: key press to notes, cold start and memory, beside their floors.

`python tests/benchmarks/speed.py [--selections 200] [--starts 5] [--json FILE]` starts the real
service in a folder of its own, asks it to continue real melodies (Ryan's Mammoth Collection
and the sopranos of Bach chorales, from music21's corpus) and prints a table. It asserts nothing.
"""

import argparse
import http.client
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from services import RunningService, real_service

from antiphon.bridge.client import Client
from antiphon.bridge.documents import open_document, request_for, select
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.region_json import tpc_of
from antiphon.bridge.jobs.supervisor import MODEL_HOSTS
from antiphon.bridge.music.phrase import Phrase, key_at, meter_at
from antiphon.bridge.protocol.frames import FrameReader, encode_frame
from antiphon.bridge.protocol.messages import Controls, Done, Message, Ready, Request, Take

DIVISION = 480
CORPUS = Path(find_spec("music21").origin).parent / "corpus"
SERVE = ["-m", "antiphon.bridge.cli", "serve"]


# --- real selections --------------------------------------------------------------------------


def selections(count: int, seed: int = 1) -> list[Request]:
    """Requests to continue `count` real melodies after a selection of 1 to 8 measures."""
    chance = random.Random(seed)
    files = {
        name: sorted(path for path in (CORPUS / name).rglob(pattern))
        for name, pattern in (("ryansMammoth", "*.abc"), ("bach", "bwv*.mxl"))
    }
    found: list[Request] = []
    unread = 0
    while len(found) < count:
        path = chance.choice(files["bach" if len(found) % 5 >= 3 else "ryansMammoth"])
        try:
            document = open_document(path.read_bytes(), path.name)
            measures = document.phrase.measures
            last = chance.randrange(min(3, len(measures) - 1), len(measures))
            first = max(0, last - chance.randrange(8))
            selection = select(document, None, None, None)
            selection = replace(selection, first=first, last=last)
            request = request_for(document, selection, Controls(measures=4), seed=0, count=1)
            ask_body(request)
            found.append(request)
        except (AntiphonError, ValueError, StopIteration):
            unread += 1
            if unread > 5 * count:
                raise
    sys.stderr.write(f"{count} selections; {unread} draws held no melody\n")
    return found


def ask_body(request: Request) -> dict:
    """The body that MuseScore's script sends for this request, at the end of its score."""
    phrase: Phrase = request.phrase
    part = next(part for part in phrase.parts if part.id in request.region.part_ids)
    end = request.region.end - request.phrase_start
    start = request.region.start - request.phrase_start
    rows = []
    for number, measure in enumerate(m for m in phrase.measures if m.end <= end):
        key, meter = key_at(phrase, measure.onset), meter_at(phrase, measure.onset)
        rows.append(
            {
                "tick": int(measure.onset * DIVISION),
                "ticks": int(measure.duration * DIVISION),
                "number": number + 1,
                "key": key.fifths if key else 0,
                "beats": meter.beats,
                "beat_type": meter.beat_type,
                "revision": uuid.uuid4().hex[:8],
                "notes": [
                    [
                        int((note.onset - measure.onset) * DIVISION),
                        int(note.duration * DIVISION),
                        note.pitch.midi_number,
                        tpc_of(note.pitch),
                        0,
                        0,
                    ]
                    for note in part.notes
                    if measure.onset <= note.onset < measure.end and note.duration > 0
                ],
            }
        )
    if not any(row["notes"] for row in rows if row["tick"] >= start * DIVISION):
        raise ValueError("nothing is selected")
    return {
        "id": uuid.uuid4().hex,
        "document": uuid.uuid4().hex,
        "staff": 0,
        "division": DIVISION,
        "selection": {"start": int(start * DIVISION), "end": rows[-1]["tick"] + rows[-1]["ticks"]},
        "measures": rows,
    }


# --- measuring --------------------------------------------------------------------------------


def post(service: RunningService, route: str, body: dict | None) -> tuple[float, dict]:
    """Milliseconds and answer of one call over a connection of its own."""
    run = service.run
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", run.http_port, timeout=60)
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {run.token}", "Content-Type": "application/json"}
    connection.request("GET" if body is None else "POST", f"/antiphon/1/{route}", data, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return (time.perf_counter() - began) * 1000, answer


def over_http(service: RunningService, requests: list[Request]) -> tuple[list[float], set[str]]:
    """Milliseconds from the script's ask to its notes, and the models that wrote them."""
    times, models = [], set()
    for request in requests:
        elapsed, answer = post(service, "ask", ask_body(request))
        if answer["status"] != "take":
            sys.stderr.write(f"{answer.get('sentence', answer)}\n")
            continue
        times.append(elapsed)
        models.add(answer["model"])
    return times, models


def over_osc(requests: list[Request]) -> list[float]:
    """Milliseconds from the client's ask to its take, music through the spool."""
    times = []
    with Client.connect() as client:
        for request in requests:
            began = time.perf_counter()
            asked = replace(request, id=uuid.uuid4().hex)
            next(m for m in client.ask(asked) if isinstance(m, Take))
            times.append((time.perf_counter() - began) * 1000)
    return times


class BareHost:
    """The model host without a service: frames on its pipes."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", MODEL_HOSTS.main.module]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.frames = FrameReader()
        self.heard: list[Message] = []
        self.wait_for(Ready)

    def wait_for(self, kind: type) -> Message:
        while True:
            for index, message in enumerate(self.heard):
                if isinstance(message, kind):
                    del self.heard[: index + 1]
                    return message
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, "the host ended"
            self.heard += self.frames.feed(data)

    def ask(self, request: Request) -> float:
        began = time.perf_counter()
        self.process.stdin.write(encode_frame(replace(request, id=uuid.uuid4().hex)))
        self.process.stdin.flush()
        self.wait_for(Take)
        elapsed = (time.perf_counter() - began) * 1000
        self.wait_for(Done)
        return elapsed

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)


def bare_host(requests: list[Request]) -> list[float]:
    """Milliseconds from a request on the pipe to its take."""
    host = BareHost()
    try:
        host.ask(requests[0])
        return [host.ask(request) for request in requests]
    finally:
        host.close()


def cold_starts(count: int, request: Request) -> tuple[list[float], list[float], list[str]]:
    """Milliseconds from the start of the process to its hello and to its first answer."""
    ready, answered, models = [], [], []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as home:
            began = time.perf_counter()
            service = RunningService(Path(home), SERVE)
            try:
                post(service, "hello", None)
                ready.append((time.perf_counter() - began) * 1000)
                _, answer = post(service, "ask", ask_body(request))
                answered.append((time.perf_counter() - began) * 1000)
                models.append(answer.get("model", answer["status"]))
            finally:
                service.stop()
    return ready, answered, models


def after_kills(service: RunningService, requests: list[Request]) -> tuple[list[float], list[str]]:
    """Milliseconds of an ask made the moment after the host was killed."""
    times, models = [], []
    for request in requests:
        service.wait_until_ready()
        # The model itself is to be killed, not the theory engine that stood in for it.
        time.sleep(4.0)
        service.kill_hosts()
        elapsed, answer = post(service, "ask", ask_body(request))
        times.append(elapsed)
        models.append(answer.get("model", answer["status"]))
    return times, models


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


# --- telling ----------------------------------------------------------------------------------


def row(name: str, times: list[float], goal: str = "") -> dict:
    """One row of the table, in milliseconds."""
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {
        "what": name,
        "count": len(times),
        "median_ms": round(median(times), 1),
        "p95_ms": round(p95, 1),
        "worst_ms": round(ordered[-1], 1),
        "goal": goal,
    }


def measure(count: int, starts: int) -> dict:
    """All figures."""
    requests = selections(count)
    with tempfile.TemporaryDirectory() as home:
        os.environ["ANTIPHON_HOME"] = home
        with real_service(Path(home)) as service:
            service.wait_until_ready()
            post(service, "ask", ask_body(requests[0]))
            asks, models = over_http(service, requests)
            rows = [row("ask to answer over HTTP, 4 measures", asks, "median 100, p95 200")]
            rows.append(row("ask to answer over OSC and spool, 4 measures", over_osc(requests)))
            hello = [post(service, "hello", None)[0] for _ in range(count)]
            memory = {
                "service_mb": round(megabytes(psutil.Process(service.process.pid)), 1),
                "host_mb": round(max(map(megabytes, service.hosts())), 1),
            }
            killed, by = after_kills(service, requests[:5])
            rows.append(row(f"ask right after kill -9 of the host ({_names(by)})", killed, "3000"))
    rows.append(row("floor: HTTP hello and back", hello))
    rows.append(row("floor: the host alone on its pipe", bare_host(requests)))
    ready, answered, firsts = cold_starts(starts, requests[0])
    rows.append(row("cold start until hello", ready, "1000"))
    rows.append(row(f"cold start until the first answer ({_names(firsts)})", answered, "4000"))
    return {
        "rows": rows,
        "memory": memory,
        "models": sorted(models),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(os.getloadavg()[0], 1),
    }


def _names(models: list[str]) -> str:
    return ", ".join(f"{models.count(name)} × {name}" for name in sorted(set(models)))


def table(figures: dict) -> str:
    """The figures as Markdown."""
    lines = ["| What (ms) | n | median | p95 | worst | goal |", "|---|---|---|---|---|---|"]
    for r in figures["rows"]:
        cells = (r["what"], r["count"], r["median_ms"], r["p95_ms"], r["worst_ms"], r["goal"])
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    memory = figures["memory"]
    lines.append(f"\nMemory (resident): service {memory['service_mb']} MB (goal 80), ")
    lines[-1] += f"host {memory['host_mb']} MB. Answers by: {', '.join(figures['models'])}."
    lines.append(f"Machine: {figures['machine']}; load average {figures['load']} at the end.")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--selections", type=int, default=200)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.selections, options.starts)
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
