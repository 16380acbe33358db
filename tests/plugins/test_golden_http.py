"""The transcript of a conversation over HTTP, as MuseScore's plugin holds it, played for real.

`ANTIPHON_GOLDEN=write` writes it anew.
"""

import json
import os
import re
import threading
import time
from pathlib import Path

import pytest
from services import scripted_service

from antiphon.bridge.carriers.http import METHODS

PATH = Path(__file__).parents[2] / "plugins" / "golden" / "musescore_http.txt"
WRITES = os.environ.get("ANTIPHON_GOLDEN") == "write"
QUARTER = 480
MEASURE = 4 * QUARTER
ABOUT = {"editor": "MuseScore 3.2.3", "document": "Song", "title": "Song"}


def row(number, *notes):
    """Measure `number` in 4/4 and G major."""
    text = f"r{number}" + "".join(map(str, notes))
    place = {"tick": (number - 1) * MEASURE, "ticks": MEASURE, "number": number}
    return {**place, "key": 1, "revision": text, "beats": 4, "beat_type": 4, "notes": list(notes)}


def asked(name, task, **changes):
    return {
        "id": name,
        "document": "Song",
        "staff": 0,
        "division": QUARTER,
        "selection": {"start": 0, "end": 2 * MEASURE, "staves": 1},
        "measures": [row(n, [0, MEASURE, 67, 15, 0, 0]) for n in (1, 2)],
        "destination": [row(n) for n in (3, 4)],
        "part": {"name": "Flute", "program": 73, "is_drums": False},
        "task": task,
        "editor": "MuseScore 3.2.3",
    } | changes


SPAN = {"document": "Song", "staff": 0, "start": 0, "end": 2 * MEASURE}
LANDED = {
    **SPAN, "id": "ok-continue", "at": 2 * MEASURE, "take": 0,
    "selection": ["r1", "r2"], "before": ["r3", "r4"], "after": ["a3", "a4"],
}  # fmt: skip
CONVERSATION = [
    ("hello", None),
    ("ask", asked("ok-continue", "continue", wishes={"measures": 2})),
    ("landed", LANDED),
    ("again", {"id": "ok-continue", "number": 1}),
    ("ask", asked("ok-bass-1234", "bass")),
    ("ask", asked("ok-empty-123", "continue", measures=[row(1), row(2)])),
    ("region", {**asked("ok-region-1", "fill"), "title": "Song"}),
    ("cancel", {"id": "ok-continue"}),
    ("again", {"id": "nobody-1234", "number": 1}),
    ("command", {"what": "bass", "editor": "musescore", "words": {"style": "jazz"}}),
    ("do", ABOUT),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("golden-http")) as running:
        running.wait_until_ready()
        yield running


def said(value) -> str:
    """JSON with a line for each member, each as short as can be."""
    rows = [
        f'  "{key}": {json.dumps(one, ensure_ascii=False, sort_keys=True)}'
        for key, one in value.items()
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def poll_and_leave(service):
    """An editor has asked for commands before, so that one that comes later waits for it."""
    thread = threading.Thread(target=lambda: service.post("do", ABOUT), daemon=True)
    thread.start()
    time.sleep(0.3)
    # A newer one takes the place of the first, and gets its command at once.
    service.post("command", {"what": "next", "editor": "musescore"})
    thread.join(5)


def test_the_service_answers_as_the_transcript_has_it(service):
    poll_and_leave(service)
    blocks = []
    for route, body in CONVERSATION:
        method = METHODS[route]
        _, answer = service.call(method, route, body)
        blocks.append(f"> {method} /antiphon/1/{route}\n{said(body) if body else ''}")
        blocks.append(f"< {said(answer)}")
    found = re.sub(r'"version": "[^"]+"', '"version": "…"', "\n".join(blocks))
    if WRITES:
        PATH.write_text(found)
    assert found == PATH.read_text()


def test_every_route_of_a_plugin_is_in_the_transcript():
    shown = set(re.findall(r"^> \w+ /antiphon/1/(\w+)$", PATH.read_text(), re.MULTILINE))
    assert shown | {"takes", "watch", "request"} == set(METHODS)
    for answer in re.findall(r"^< ({\n.*?\n})$", PATH.read_text(), re.MULTILINE | re.DOTALL):
        assert json.loads(answer)["status"]
