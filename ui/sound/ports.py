"""Takes through a MIDI port: the deck's gestures, played as messages by a thread of its own."""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import Any, Protocol

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.sound.events import DRUM_CHANNEL, Beat, Sounding

_NOTE_ON, _NOTE_OFF, _PROGRAM, _CONTROL, _ALL_OFF = 0x90, 0x80, 0xC0, 0xB0, 123
_SOON_SECONDS = 0.03
_DOWNBEAT, _BEAT = 76, 77  # the wood blocks of the drum channel
_TICK_SECONDS = 0.05


class Port(Protocol):
    """A MIDI output: takes one message at a time."""

    def send_message(self, message: list[int]) -> None:
        """Sends the bytes of a message at once."""

    def close_port(self) -> None:
        """Lets the port go."""


def open_port(name: str) -> Port:
    """Opens the MIDI output of that name. Raises AntiphonError("no-sound") without it."""
    try:
        import rtmidi  # noqa: PLC0415

        sender: Any = rtmidi.MidiOut()
        sender.open_port(sender.get_ports().index(name), "Antiphon")
    except Exception as error:  # RtMidi raises a class of its own
        raise AntiphonError("no-sound", why=f"the MIDI port {name[:60]} is not there") from error
    port: Port = sender
    return port


class PortDeck:
    """Plays notes through a MIDI port: play, loop, metronome, change of take on the beat."""

    def __init__(self, port: Port, clock: Callable[[], float] = time.monotonic) -> None:
        self._port, self._clock = port, clock
        self._changed = Condition()
        self._events: Sequence[Sounding] = ()
        self._beats: Sequence[Beat] = ()
        self._next: tuple[float, Sequence[Sounding]] | None = None
        self._loop: tuple[float, float] | None = None
        self._origin: float | None = None  # the clock's reading at the music's beginning
        self._done = 0.0
        self._end = 0.0
        self._open: dict[tuple[int, int], float] = {}
        self._programs: dict[int, int] = {}
        self._closed = False
        self.metronome = False
        self._thread = Thread(target=self._run, name="antiphon-midi", daemon=True)
        self._thread.start()

    def play(
        self,
        events: Sequence[Sounding],
        beats: Sequence[Beat],
        seconds: float,
        *,
        start: float = 0.0,
        loop: tuple[float, float] | None = None,
    ) -> None:
        """Plays notes from `start` seconds on until `seconds`, or round and round in `loop`."""
        with self._changed:
            self._silence()
            self._events, self._beats, self._end = events, beats, seconds
            self._loop, self._next = loop, None
            self._origin, self._done = self._clock() - start, start
            self._changed.notify()

    def switch(self, events: Sequence[Sounding]) -> float | None:
        """Goes on with other notes at the next beat; tells when, None where nothing plays."""
        with self._changed:
            now = self.seconds
            if now is None:
                return None
            times = [beat.seconds for beat in self._beats]
            place = bisect_right(times, now + _SOON_SECONDS)
            at = times[place] if place < len(times) else now
            if self._loop is not None and at >= self._loop[1]:
                at = self._loop[0]
            self._next = (at, events)
            self._changed.notify()
            return at

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Loops between two times in seconds from now on; None plays to the end."""
        with self._changed:
            self._loop = loop
            self._changed.notify()

    def stop(self) -> None:
        """Ends all notes and stops."""
        with self._changed:
            self._silence()
            self._origin = self._next = None
            self._changed.notify()

    def hear(self, event: Sounding) -> None:
        """Plays one note now."""
        with self._changed:
            self._on(event, self._clock() + event.end - event.start)
            self._changed.notify()

    def close(self) -> None:
        """Stops and lets the port go."""
        with self._changed:
            self._silence()
            self._origin, self._closed = None, True
            self._changed.notify()
        self._thread.join(2)
        self._port.close_port()

    @property
    def is_playing(self) -> bool:
        """Whether music plays."""
        return self._origin is not None

    @property
    def seconds(self) -> float | None:
        """Where the music is, in seconds; None where nothing plays."""
        origin = self._origin
        return None if origin is None else self._clock() - origin

    # --- the thread -------------------------------------------------------------------------

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                self._changed.wait(self._step())

    def _step(self) -> float | None:
        """Sends what is due; tells how long to wait, None until something changes."""
        now = self._clock()
        for key, end in list(self._open.items()):
            if end <= now:
                del self._open[key]
                self._port.send_message([_NOTE_OFF | key[0], key[1], 0])
        waits = [end - now for end in self._open.values()]
        if self._origin is not None:
            waits.append(self._played(now))
        return max(0.0, min(waits)) if waits else None

    def _played(self, now: float) -> float:
        origin = self._origin or 0.0
        at = now - origin
        stop = self._loop[1] if self._loop is not None and self._done < self._loop[1] else self._end
        if self._next is not None and self._done <= self._next[0] <= min(at, stop):
            self._send(self._done, self._next[0])
            self._done, self._events, self._next = self._next[0], self._next[1], None
        self._send(self._done, min(at, stop))
        self._done = max(self._done, min(at, stop))
        if at >= stop:
            if self._loop is None or stop != self._loop[1]:
                self._origin = None
                return 0.0
            self._origin = origin + stop - self._loop[0]
            self._done = self._loop[0]
            return 0.0
        return min(self._until(at), stop - at)

    def _send(self, start: float, stop: float) -> None:
        first = bisect_left(self._events, start, key=lambda event: event.start)
        for event in self._events[first:]:
            if event.start >= stop:
                break
            self._on(event, (self._origin or 0.0) + event.end)
        if self.metronome:
            for beat in self._beats:
                if start <= beat.seconds < stop:
                    end = (self._origin or 0.0) + beat.seconds + _TICK_SECONDS
                    pitch = _DOWNBEAT if beat.is_downbeat else _BEAT
                    self._on(Sounding(0, 0, pitch, 90, DRUM_CHANNEL, 0), end)

    def _until(self, at: float) -> float:
        first = bisect_left(self._events, at, key=lambda event: event.start)
        soon = [self._events[first].start - at] if first < len(self._events) else []
        soon += [beat.seconds - at for beat in self._beats if beat.seconds > at][:1]
        return min([0.05, *soon])

    def _on(self, event: Sounding, end: float) -> None:
        if event.channel != DRUM_CHANNEL and self._programs.get(event.channel) != event.program:
            self._programs[event.channel] = event.program
            self._port.send_message([_PROGRAM | event.channel, event.program])
        key = (event.channel, event.pitch)
        if key in self._open:
            self._port.send_message([_NOTE_OFF | key[0], key[1], 0])
        self._port.send_message([_NOTE_ON | event.channel, event.pitch, event.velocity])
        self._open[key] = end

    def _silence(self) -> None:
        for channel, pitch in self._open:
            self._port.send_message([_NOTE_OFF | channel, pitch, 0])
        for channel in {channel for channel, _ in self._open}:
            self._port.send_message([_CONTROL | channel, _ALL_OFF, 0])
        self._open.clear()
