"""A model host for fault tests: real frames on real pipes, with the behaviour that an id names.

`python scripted_host.py ROLE [READY_AFTER]`: ROLE is "torch" or "theory". What the id of a
request begins with decides what the host of role "torch" does; "theory" always answers.
Each id it computes is a line of the file $SCRIPTED_LOG, so that a test can count.
"""

import os
import select
import sys
import time
from dataclasses import replace
from pathlib import Path

from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.protocol.asked import asked_length, asked_measures, asked_parts
from antiphon.bridge.protocol.frames import FrameReader, encode_frame
from antiphon.bridge.protocol.messages import (
    Cancel,
    Done,
    Fault,
    Progress,
    Ready,
    Receipt,
    Request,
    Stage,
    Take,
    Task,
)


def send(message) -> None:
    os.write(1, encode_frame(message))


def take_of(request: Request, number: int, role: str) -> Take:
    """One long note a measure in every asked part; its pitch tells take number and seed."""
    own = request.phrase.parts[0].notes if request.phrase.parts else ()
    pitch = own[(number + request.seed) % len(own)].pitch if own else Pitch("C", 0, 4)
    measures = asked_measures(request)
    notes = tuple(Note(m.onset, m.duration, pitch) for m in measures)
    parts = tuple(replace(part, notes=notes) for part in asked_parts(request))
    chords = ()
    if request.task is not Task.CONTINUE:
        chords = tuple(ChordSymbol(m.onset, ("C", 0), "major") for m in measures)
    length = asked_length(request)
    phrase = Phrase(parts, measures, length, chords=chords)
    receipt = Receipt(role, "", request.seed, number, "", request.controls)
    return Take(request.id, number, phrase, receipt)


def note_down(request_id: str, role: str) -> None:
    log = os.environ.get("SCRIPTED_LOG")
    if log:
        with Path(log).open("a") as file:
            file.write(f"{role} {request_id}\n")


def misbehave(request: Request) -> None:
    behaviour = request.id.split("-")[0]
    if behaviour == "crash":
        os._exit(3)
    if behaviour == "half":
        frame = encode_frame(take_of(request, request.first_take, "torch"))
        os.write(1, frame[: len(frame) // 2])
        os._exit(3)
    if behaviour == "garbage":
        os.write(1, b"Traceback (most recent call last):\n" * 10)
        time.sleep(60)
    if behaviour == "huge":
        os.write(1, (2**31).to_bytes(4, "big") + bytes(1000))
        time.sleep(60)
    if behaviour == "hang":
        time.sleep(3600)
    if behaviour == "broken":
        fault = ("model-failed", "The model stopped: scripted. Nothing was written.", "Ask again.")
        send(Fault(request.id, *fault))
    if behaviour == "refuse":
        send(Fault(request.id, "empty-selection", "Nothing is selected.", "Select something."))


def is_cancelled(frames: FrameReader, request_id: str, waiting: list) -> bool:
    while select.select([0], [], [], 0)[0]:
        data = os.read(0, 65536)
        if not data:
            os._exit(0)
        waiting += frames.feed(data)
    return Cancel(request_id) in waiting


def answer(request: Request, role: str, frames: FrameReader, waiting: list) -> None:
    send(Progress(request.id, Stage.WRITING, 0.0))
    note_down(request.id, role)
    if role == "torch":
        misbehave(request)
        if request.id.split("-")[0] in ("broken", "refuse"):
            return
    for number in range(request.first_take, request.first_take + request.count):
        is_tardy = request.id.startswith("tardy") and role == "torch"
        if request.id.startswith("slow") or is_tardy:
            until = time.monotonic() + 1.0
            while time.monotonic() < until:
                time.sleep(0.01)
                send(Progress(request.id, Stage.WRITING, 0.5))
                if is_cancelled(frames, request.id, waiting):
                    send(Done(request.id))
                    return
        if request.id.startswith("flaky") and role == "torch" and number == 1:
            os._exit(3)
        send(take_of(request, number, role))
    send(Done(request.id))


def main() -> None:
    role = sys.argv[1]
    if role == "dead":
        sys.exit(1)
    time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
    send(Ready(role, ("scripted",)))
    frames, waiting = FrameReader(), []
    while True:
        while waiting:
            message = waiting.pop(0)
            if isinstance(message, Request):
                answer(message, role, frames, waiting)
        data = os.read(0, 65536)
        if not data:
            return
        waiting += frames.feed(data)


if __name__ == "__main__":
    main()
