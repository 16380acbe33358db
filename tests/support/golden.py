"""Golden transcripts: what a script and the service say to each other, as text that stays.

A transcript is a text of blocks. A block begins with `> FILE` (from the script) or `< FILE` (from
the service) and holds the file; a MIDI file is written as its events. NAME, NAME2 … stand for the
messages' names, OUTBOX for the folder of replies.
"""

import io
import re

import mido


def listed(data: bytes) -> str:
    """The events of a MIDI file, a line each: tick, kind, values."""
    midi = mido.MidiFile(file=io.BytesIO(data))
    rows = [f"type {midi.type}, {midi.ticks_per_beat} ticks a quarter"]
    for number, track in enumerate(midi.tracks):
        rows.append(f"track {number}")
        now = 0
        for message in track:
            now += message.time
            rows.append(f"{now} {_said(message)}")
    return "\n".join(rows) + "\n"


def _said(message) -> str:
    values = {k: v for k, v in message.dict().items() if k not in ("type", "time")}
    return " ".join([message.type, *(f"{k}={v!r}" for k, v in values.items())])


def music_of(text: str) -> bytes:
    """The MIDI file that `listed` describes."""
    rows = text.strip().split("\n")
    kind, ppq = map(int, re.findall(r"\d+", rows[0]))
    midi = mido.MidiFile(type=kind, ticks_per_beat=ppq)
    now = 0
    for row in rows[1:]:
        if row.startswith("track"):
            midi.tracks.append(mido.MidiTrack())
            now = 0
            continue
        tick, name, *_ = row.split(" ")
        values = {k: _value(v) for k, v in re.findall(r"(\w+)=('[^']*'|\([^)]*\)|\S+)", row)}
        is_meta = name in mido.midifiles.meta._META_SPEC_BY_TYPE
        made = (mido.MetaMessage if is_meta else mido.Message)(name, **values)
        midi.tracks[-1].append(made.copy(time=int(tick) - now))
        now = int(tick)
    out = io.BytesIO()
    midi.save(file=out)
    return out.getvalue()


def _value(text: str):
    if text.startswith("'"):
        return text[1:-1]
    return float(text) if "." in text else int(text)


def blocks_of(text: str) -> list[tuple[str, str, str]]:
    """The blocks of a transcript: direction, file and content."""
    found = []
    for block in re.split(r"^(?=[<>] )", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        found.append((head[0], head[2:].strip(), body.rstrip("\n") + "\n"))
    return found
