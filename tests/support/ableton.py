"""A stand-in for Ableton Live with AbletonOSC: its documented addresses over real UDP, no others.

It hears on a port and answers to another one, as AbletonOSC does. What is not in its README, or
comes with other arguments, is written into `refused` and answered by /live/error. `limit` is the
largest datagram its system sends: longer answers are lost, as on macOS.
"""

import socket
import threading
import time
from dataclasses import dataclass, field

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder


@dataclass
class Clip:
    length: float
    notes: list = field(default_factory=list)
    name: str = ""
    is_midi: bool = True
    appears_at: float = 0.0


class Ableton:
    """A set of tracks, each with a list of slots; a context manager."""

    def __init__(self, tracks, *, scenes=4, limit=9216, ranges=True, slow=0.0, loses=()):
        self.names = list(tracks)
        self.slots = {name: [None] * scenes for name in tracks}
        self.scenes, self.limit, self.ranges, self.slow = scenes, limit, ranges, slow
        # Numbers of the messages that add notes, from 0, that get lost.
        self.loses = set(loses)
        self.selected = (0, 0)
        self.tempo, self.meter = 104.0, (4, 4)
        self.refused: list[str] = []
        self.lost_answers = self.adds = self.largest_batch = 0
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind(("127.0.0.1", 0))
        self.line.settimeout(0.05)
        self.port = self.line.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.back = free.getsockname()[1]
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()
        self.line.close()

    def work(self):
        while not self.stopped.is_set():
            try:
                data, _ = self.line.recvfrom(65536)
            except TimeoutError:
                continue
            message = OscMessage(data)
            try:
                answer = self.handle(message.address, *message.params)
            except (TypeError, ValueError, IndexError, AttributeError, KeyError) as error:
                self.refused.append(f"{message.address} {message.params}: {error}")
                self.send("/live/error", (str(error),))
                continue
            if answer is not None:
                self.send(message.address, answer)

    def send(self, address, words):
        builder = OscMessageBuilder(address)
        for word in words:
            builder.add_arg(word)
        data = builder.build().dgram
        if len(data) > self.limit:
            self.lost_answers += 1
            return
        self.line.sendto(data, ("127.0.0.1", self.back))

    def handle(self, address, *words):
        known = {
            "/live/view/get/selected_clip": lambda: self.selected,
            "/live/song/get/num_tracks": lambda: (len(self.names),),
            "/live/song/get/num_scenes": lambda: (self.scenes,),
            "/live/song/get/tempo": lambda: (self.tempo,),
            "/live/song/get/signature_numerator": lambda: (self.meter[0],),
            "/live/song/get/signature_denominator": lambda: (self.meter[1],),
            "/live/song/create_midi_track": self.create_track,
            "/live/song/create_scene": self.create_scene,
            "/live/song/delete_track": self.delete_track,
            "/live/track/get/name": lambda t: (t, self.names[t]),
            "/live/track/set/name": self.set_track_name,
            "/live/clip_slot/get/has_clip": lambda t, c: (t, c, self.slot(t, c) is not None),
            "/live/clip_slot/create_clip": self.create_clip,
            "/live/clip_slot/delete_clip": self.delete_clip,
            "/live/clip/get/is_midi_clip": lambda t, c: (t, c, self.clip(t, c).is_midi),
            "/live/clip/get/length": lambda t, c: (t, c, float(self.clip(t, c).length)),
            "/live/clip/get/name": lambda t, c: (t, c, self.clip(t, c).name),
            "/live/clip/set/name": self.set_clip_name,
            "/live/clip/get/notes": self.get_notes,
            "/live/clip/add/notes": self.add_notes,
        }
        if address not in known:
            raise ValueError("no such address")
        return known[address](*words)

    def slot(self, track, scene):
        clip = self.slots[self.names[track]][scene]
        return clip if clip is not None and clip.appears_at <= time.monotonic() else None

    def clip(self, track, scene):
        clip = self.slot(track, scene)
        if clip is None:
            raise ValueError("no clip in that slot")
        return clip

    def create_track(self, index):
        assert index == -1
        self.names.append(f"{len(self.names) + 1}-MIDI")
        self.slots[self.names[-1]] = [None] * self.scenes

    def create_scene(self, index):
        assert index == -1
        self.scenes += 1
        for slots in self.slots.values():
            slots.append(None)

    def delete_track(self, index):
        del self.slots[self.names.pop(index)]

    def set_track_name(self, track, name):
        self.slots[name] = self.slots.pop(self.names[track])
        self.names[track] = name

    def set_clip_name(self, track, scene, name):
        self.clip(track, scene).name = name

    def create_clip(self, track, scene, length):
        if self.slots[self.names[track]][scene] is not None:
            raise ValueError("the slot has a clip")
        clip = Clip(float(length), appears_at=time.monotonic() + self.slow)
        self.slots[self.names[track]][scene] = clip

    def delete_clip(self, track, scene):
        self.clip(track, scene)
        self.slots[self.names[track]][scene] = None

    def get_notes(self, track, scene, *span):
        if len(span) not in (0, 4):
            raise ValueError("notes are asked for with 0 or 4 numbers")
        low, pitches, start, length = span if span and self.ranges else (0, 128, 0.0, 1e9)
        found = [
            note
            for note in self.clip(track, scene).notes
            if low <= note[0] < low + pitches and start <= note[1] < start + length
        ]
        return (track, scene, *(word for note in found for word in note))

    def add_notes(self, track, scene, *words):
        if len(words) % 5 or not words:
            raise ValueError("a note has 5 numbers")
        self.adds += 1
        notes = [tuple(words[at : at + 5]) for at in range(0, len(words), 5)]
        self.largest_batch = max(self.largest_batch, len(notes))
        if self.adds - 1 in self.loses:
            return
        for pitch, start, duration, velocity, mute in notes:
            if not (0 <= pitch <= 127 and duration > 0 and 0 < velocity <= 127 and start >= 0):
                raise ValueError("a note out of range")
            if not isinstance(mute, bool):
                raise TypeError("mute is true or false")
        self.clip(track, scene).notes += notes
