"""A line to Ableton Live through AbletonOSC: it hears on UDP 11000 and answers to 11001.

Answers carry no id, only the address and what was asked about; what is still under way from an
earlier question is thrown away before the next one. Long answers are refused by the system
(AbletonOSC issue 88), so notes are asked for in short spans and written in batches. Source: the
README of ideoforms/AbletonOSC.
"""

import contextlib
import socket
import time
from collections.abc import Sequence

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import OscMessageBuilder

from antiphon.bridge.errors import AntiphonError

PORT, BACK = 11000, 11001
BATCH = 100
# Beats of one question for notes, and the shortest span that is tried where none comes back.
SLICE, SHORTEST = 4.0, 0.25
_TRIES = (0.4, 0.8, 1.6)
_MAX_DATAGRAM = 65_535

Word = int | float | str | bool
# Pitch, start and duration in beats, velocity.
LiveNote = tuple[int, float, float, int]


class LiveLine:
    """Asks and tells Live; a context manager that frees its port."""

    def __init__(self, port: int = PORT, back: int = BACK) -> None:
        self._to = ("127.0.0.1", port)
        self._slice = SLICE
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("127.0.0.1", back))
        except OSError:
            self._socket.close()
            raise AntiphonError("live-silent", why=f"port {back} is in use") from None

    def __enter__(self) -> "LiveLine":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def tell(self, address: str, *words: Word) -> None:
        """Send a message that has no answer."""
        builder = OscMessageBuilder(address)
        for word in words:
            builder.add_arg(word)
        with contextlib.suppress(OSError):
            self._socket.sendto(builder.build().dgram, self._to)

    def ask(self, address: str, *words: Word) -> tuple[Word, ...]:
        """The answer to a question, without the words of it that the answer repeats.

        Raises AntiphonError("live-silent").
        """
        for seconds in _TRIES:
            found = self._answer(address, words, words, seconds)
            if found is not None:
                return found
        raise AntiphonError("live-silent", why=f"no answer to {address}")

    def notes(self, track: int, clip: int, length: float) -> list[LiveNote]:
        """The notes of a clip that begin before `length` beats, in order, muted ones left out."""
        found: set[LiveNote] = set()
        start = 0.0
        while start < length:
            span = min(self._slice, length - start)
            found |= self._span(track, clip, start, span)
            start += span
        return sorted(found, key=lambda note: (note[1], note[0]))

    def add_notes(self, track: int, clip: int, notes: Sequence[LiveNote]) -> None:
        """Write notes into a clip, a batch a message."""
        for first in range(0, len(notes), BATCH):
            words: list[Word] = []
            for pitch, start, duration, velocity in notes[first : first + BATCH]:
                words += [pitch, float(start), float(duration), velocity, False]
            self.tell("/live/clip/add/notes", track, clip, *words)

    def _span(self, track: int, clip: int, start: float, span: float) -> set[LiveNote]:
        """The notes that begin in a span; where it is too much for one answer, in two halves."""
        address, where = "/live/clip/get/notes", (track, clip, 0, 128, start, span)
        rows: tuple[Word, ...] | None = None
        # A silence over a wide span may be an answer that was too long: one try is enough.
        for seconds in _TRIES if span <= SHORTEST else _TRIES[:1]:
            rows = rows if rows is not None else self._answer(address, where, where[:2], seconds)
        if rows is None and span <= SHORTEST:
            raise AntiphonError("live-silent", why=f"no answer to {address}")
        if rows is None:
            half = self._slice = span / 2
            first = self._span(track, clip, start, half)
            return first | self._span(track, clip, start + half, span - half)
        found: set[LiveNote] = set()
        for at in range(0, len(rows) - 4, 5):
            pitch, onset, duration, velocity, mute = rows[at : at + 5]
            # An older AbletonOSC answers with the whole clip, whatever the span.
            if start <= float(onset) < start + span and not mute:
                found.add((int(pitch), float(onset), float(duration), int(velocity)))
        return found

    def _answer(
        self, address: str, words: Sequence[Word], head: Sequence[Word], seconds: float
    ) -> tuple[Word, ...] | None:
        self._drain()
        self.tell(address, *words)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            message = self._hear(left)
            if message is None or message.address != address:
                continue
            given = tuple(message.params)
            if given[: len(head)] == tuple(head):
                return given[len(head) :]
        return None

    def _hear(self, seconds: float) -> OscMessage | None:
        self._socket.settimeout(seconds)
        try:
            data, sender = self._socket.recvfrom(_MAX_DATAGRAM)
            return OscMessage(data) if sender[0] == "127.0.0.1" else None
        except (OSError, ParseError, ValueError, IndexError):
            # A port that nobody hears at refuses at once: the next try is as long away.
            time.sleep(min(0.005, seconds))
            return None

    def _drain(self) -> None:
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            while True:
                self._socket.recv(_MAX_DATAGRAM)
