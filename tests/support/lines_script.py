"""An editor's script that speaks in lines, by hand: it writes asks and reads replies as files."""

import io
import time
import uuid
from pathlib import Path

import mido

from antiphon.bridge.protocol.lines import Lines, read_lines

PPQ = 960
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62, 60, 60)


def project_file(*tracks, meter=(4, 4), tempo=96.0, key="C", markers=(), meters=()) -> bytes:
    """A type 1 file: a track of maps, then for each (name, channel, [(onset, length, pitch)]) one.

    Onsets and lengths are quarters.
    """
    midi = mido.MidiFile(type=1, ticks_per_beat=PPQ)
    events = [
        (0, mido.MetaMessage("set_tempo", tempo=round(60_000_000 / tempo))),
        (0, mido.MetaMessage("time_signature", numerator=meter[0], denominator=meter[1])),
        *(
            (int(at * PPQ), mido.MetaMessage("time_signature", numerator=n, denominator=d))
            for at, n, d in meters
        ),
        *((int(at * PPQ), mido.MetaMessage("marker", text=text)) for at, text in markers),
    ]
    if key:
        events.insert(2, (0, mido.MetaMessage("key_signature", key=key)))
    midi.tracks.append(track(events))
    for name, channel, notes in tracks:
        found = [(0, mido.MetaMessage("track_name", name=name))]
        for onset, length, pitch in notes:
            note = {"channel": channel, "note": pitch}
            found.append((int(onset * PPQ), mido.Message("note_on", velocity=80, **note)))
            off = mido.Message("note_off", velocity=0, **note)
            found.append((int((onset + length) * PPQ), off))
        midi.tracks.append(track(found))
    out = io.BytesIO()
    midi.save(file=out)
    return out.getvalue()


def track(events) -> mido.MidiTrack:
    found, now = mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda e: (e[0], e[1].type != "note_off")):
        found.append(message.copy(time=tick - now))
        now = tick
    found.append(mido.MetaMessage("end_of_track", time=0))
    return found


def scale(start=0, pitches=SCALE):
    """Quarters up and down a scale from `start`."""
    return [(start + i, 1, pitch) for i, pitch in enumerate(pitches)]


class LinesScript:
    """The script's end of the folder of a service that runs in `home`."""

    def __init__(self, home: Path, editor="REAPER 7.22", document="{P1}", title="Song") -> None:
        self.run = home / "run"
        self.about = {"editor": editor, "document": document, "title": title}
        self.count = 0
        self.prefix = uuid.uuid4().hex[:8]

    def send(self, message: str, music: bytes | None = None, *, parts=(), **words) -> str:
        """Write a message; `words` are its lines. Returns the NAME."""
        self.count += 1
        name = self.last = f"{self.prefix}_{message}_{self.count}"
        rows = {"antiphon": 1, "message": message, **self.about, **words}
        if music is not None:
            (self.run / "inbox" / f"{name}.mid").write_bytes(music)
            rows["music"] = f"{name}.mid"
        text = "".join(f"{key}={value}\n" for key, value in rows.items())
        text += "".join(f"part={part}\n" for part in parts)
        return self.drop(name, text.encode())

    def drop(self, name: str, data: bytes) -> str:
        """Put bytes where an ask is looked for."""
        (self.run / "inbox" / f".{name}.tmp").write_bytes(data)
        (self.run / "inbox" / f".{name}.tmp").rename(self.run / "inbox" / f"{name}.ask")
        return name

    def hear(self, name: str, number=0, seconds=20.0) -> Lines:
        """The reply of that number."""
        path = self.run / "outbox" / f"{name}.{number}.reply"
        until = time.monotonic() + seconds
        while not path.exists():
            assert time.monotonic() < until, f"no {path.name}"
            time.sleep(0.005)
        return read_lines(path.read_bytes())

    def ask(self, task: str, music: bytes, parts, start=0, end=16 * PPQ, **words) -> Lines:
        """The first reply to an ask about the span from `start` to `end` ticks."""
        given = {
            "id": f"ok-{task}-{self.prefix}-{self.count}",
            "task": task,
            "phrase_start": 0,
            **words,
        }
        span = {"region_start": start, "region_end": end}
        return self.hear(self.send("ask", music, parts=parts, **given, **span))
