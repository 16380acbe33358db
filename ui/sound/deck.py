"""What sounds now, frame by frame: play, loop, metronome, and a change of take on the beat.

A deck knows no device. Whoever plays asks it for the next frames, be it a sound card's thread or
a test; every change fades over a few milliseconds, so that nothing clicks.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from antiphon.ui.sound.events import Beat
from antiphon.ui.sound.synth import RATE, Samples

_FADE_SECONDS = 0.02
_ATTACK_SECONDS = 0.004  # short, so that the first note after a change keeps its attack
_FULL = 32_767
_MOST_SHOTS = 7
_SOON_SECONDS = 0.03  # a beat nearer than this is the one after, as it may be under way


@dataclass(slots=True)
class Rendering:
    """16-bit samples that may still be growing: `ready` frames of them are there."""

    samples: NDArray[np.int16]
    ready: int

    @classmethod
    def whole(cls, samples: Samples) -> "Rendering":
        """A rendering that is there in full."""
        return cls(narrowed(samples), len(samples))


def narrowed(samples: Samples) -> NDArray[np.int16]:
    """Samples of -1 … 1 in half the memory."""
    return np.round(samples * _FULL).astype(np.int16)


def _widened(samples: NDArray[np.int16]) -> Samples:
    return samples.astype(np.float32) / np.float32(_FULL)


@dataclass(slots=True)
class _Fading:
    """What sounds beside the music: where it is read on, how many of its frames are gone.

    It begins `delay` frames into what is asked for next.
    """

    samples: NDArray[np.int16]
    at: int
    gone: int = 0
    delay: int = 0


@dataclass(slots=True)
class _Now:
    """What plays: its rendering, the next frame, frames since it came in, whether that was soft.

    The music's own beginning needs no attack; a place in its middle would click without one.
    """

    rendering: Rendering
    at: int
    since: int = 0
    is_soft: bool = True


@dataclass(slots=True)
class Deck:
    """The state of what is heard; all methods may be called from any thread."""

    rate: int = RATE
    metronome: bool = False
    _now: _Now | None = None
    _next: Rendering | None = None
    _next_at: int = -1
    _fading: list[_Fading] = field(default_factory=list)
    _shots: list[_Fading] = field(default_factory=list)
    _beats: list[tuple[int, bool]] = field(default_factory=list)
    _loop: tuple[int, int] | None = None
    _end: int = 0
    _waits: bool = False
    _lock: Lock = field(default_factory=Lock)

    def play(
        self,
        rendering: Rendering,
        beats: Sequence[Beat],
        *,
        start: float = 0.0,
        loop: tuple[float, float] | None = None,
    ) -> None:
        """Plays from `start` seconds on; with `loop` (seconds) round and round there."""
        with self._lock:
            self._let_go()
            self._beats = [(round(b.seconds * self.rate), b.is_downbeat) for b in beats]
            self._loop = self._in_frames(loop)
            self._next = None
            at = max(0, round(start * self.rate))
            self._now = _Now(rendering, at, is_soft=at > 0)
            self._end = len(rendering.samples)

    def switch(self, rendering: Rendering) -> float | None:
        """Goes on in another rendering of the same span at the next beat, without a gap.

        Tells when that is, in seconds of the music; None where nothing plays.
        """
        with self._lock:
            if self._now is None:
                return None
            soon = self._now.at + round(_SOON_SECONDS * self.rate)
            place = bisect_right(self._beats, (soon, True))
            at = self._beats[place][0] if place < len(self._beats) else self._now.at
            if self._loop is not None and at >= self._loop[1]:
                at = self._loop[0]
            self._next, self._next_at = rendering, at
            return at / self.rate

    def set_loop(self, loop: tuple[float, float] | None) -> None:
        """Loops between two times in seconds from now on; None plays to the end."""
        with self._lock:
            self._loop = self._in_frames(loop)

    def stop(self) -> None:
        """Fades out and stops."""
        with self._lock:
            self._let_go()
            self._now = self._next = None

    def hear(self, samples: Samples) -> None:
        """Plays a short sound over whatever plays."""
        with self._lock:
            self._shots = [*self._shots[-_MOST_SHOTS:], _Fading(narrowed(samples), 0)]

    @property
    def is_playing(self) -> bool:
        """Whether music plays (short sounds do not count)."""
        return self._now is not None

    @property
    def is_silent(self) -> bool:
        """Whether nothing at all is heard, so that a device may rest."""
        return self._now is None and not self._fading and not self._shots

    @property
    def waits(self) -> bool:
        """Whether the music is not rendered as far as it should play."""
        return self._waits

    @property
    def seconds(self) -> float | None:
        """Where the music is, in seconds from its beginning; None where nothing plays."""
        now = self._now
        return None if now is None else now.at / self.rate

    def _in_frames(self, loop: tuple[float, float] | None) -> tuple[int, int] | None:
        if loop is None:
            return None
        start, end = round(loop[0] * self.rate), round(loop[1] * self.rate)
        return (start, end) if end - start > self.rate // 10 else None

    def _let_go(self, delay: int = 0) -> None:
        if self._now is not None:
            self._fading.append(_Fading(self._now.rendering.samples, self._now.at, delay=delay))

    # --- the next frames --------------------------------------------------------------------

    def frames(self, count: int) -> Samples:
        """The next frames, shape (count, 2), inside -1 … 1."""
        out = np.zeros((count, 2), dtype=np.float32)
        with self._lock:
            done = 0
            while done < count and self._now is not None:
                done += self._some(out, done, count)
            self._add(self._fading, out, self._fade_frames)
            self._add(self._shots, out, None)
        return np.clip(out, -1, 1)

    @property
    def _fade_frames(self) -> int:
        return round(_FADE_SECONDS * self.rate)

    def _some(self, out: Samples, done: int, count: int) -> int:
        """Adds what plays up to the next change; tells how many frames that were."""
        now = self._now
        if now is None:
            return count - done
        if self._turned(now, done):
            return 0
        stop = min(now.at + count - done, now.rendering.ready)
        stop = min(stop, self._end, *self._turns(now.at))
        span = stop - now.at
        self._waits = span <= 0 and now.at < self._end
        if span <= 0:
            if now.at >= self._end:
                self._now = None
            return count - done
        piece = _widened(now.rendering.samples[now.at : stop])
        attack = round(_ATTACK_SECONDS * self.rate)
        if now.since < attack and now.is_soft:
            share = np.minimum(1, (now.since + np.arange(span)) / attack)
            piece = piece * share.astype(np.float32)[:, None]
        out[done : done + span] += piece
        if self.metronome:
            self._click(now.at, stop, done)
        now.at, now.since = stop, now.since + span
        return span

    def _turns(self, at: int) -> list[int]:
        """The frames ahead at which the music goes on elsewhere."""
        found = [self._loop[1]] if self._loop is not None and self._loop[1] > at else []
        if self._next is not None and self._next_at > at:
            found.append(self._next_at)
        return found or [self._end]

    def _turned(self, now: _Now, done: int) -> bool:
        """Loops and changes takes where the music has come to that place."""
        if self._loop is not None and now.at == self._loop[1]:
            self._let_go(done)
            self._now = _Now(now.rendering, self._loop[0])
            self._change(self._now, done)
            return True
        return self._change(now, done)

    def _change(self, now: _Now, done: int) -> bool:
        if self._next is None or now.at != self._next_at:
            return False
        if now.since:
            self._let_go(done)
        self._now, self._next = _Now(self._next, now.at), None
        self._end = len(self._now.rendering.samples)
        return True

    def _click(self, start: int, stop: int, before: int) -> None:
        """Lets the beats of a span tick; the span begins `before` frames into what is asked."""
        first = bisect_right(self._beats, (start - 1, True))
        for frame, is_downbeat in self._beats[first:]:
            if frame >= stop:
                break
            tick = _click_sound(self.rate, is_downbeat)
            self._shots.append(_Fading(tick, 0, delay=before + frame - start))

    def _add(self, sounds: list[_Fading], out: Samples, fade: int | None) -> None:
        """Adds sounds that end by themselves, or fade out over so many frames."""
        for sound in list(sounds):
            begin = min(sound.delay, len(out))
            sound.delay -= begin
            piece = _widened(sound.samples[sound.at : sound.at + len(out) - begin])
            if fade is not None:
                piece = piece[: fade - sound.gone]
                share = 1 - (sound.gone + np.arange(len(piece))) / fade
                piece = piece * share.astype(np.float32)[:, None]
            out[begin : begin + len(piece)] += piece
            sound.at += len(piece)
            sound.gone += len(piece)
            is_over = sound.at >= len(sound.samples) or (fade is not None and sound.gone >= fade)
            if is_over:
                sounds.remove(sound)


def _click_sound(rate: int, is_downbeat: bool) -> NDArray[np.int16]:
    """A wooden tick, higher on the downbeat."""
    time = np.arange(round(0.03 * rate)) / rate
    pitch, level = (1760.0, 0.30) if is_downbeat else (1320.0, 0.18)
    tick = (
        level * np.sin(2 * np.pi * pitch * time) * np.exp(-time * 160) * np.minimum(1, time * 2000)
    )
    return narrowed(np.repeat(tick.astype(np.float32)[:, None], 2, axis=1))
