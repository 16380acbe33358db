"""The soft synth: notes to stereo samples, piece by piece, in a small room."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.sound.events import DRUM_CHANNEL, Sounding
from antiphon.ui.sound.font import DRUM_LEVEL, LEVELS, font_path, nearest_program

RATE = 44_100
# What rings on after the last note, in seconds.
TAIL_SECONDS = 1.5
_PIECE_SECONDS = 1.0
_GAIN_DB = 3.0
# The room: how long it rings, how loud, and how soon its sound comes back.
_ROOM_SECONDS, _ROOM_LEVEL, _ROOM_DELAY = 0.9, 0.11, 0.012
_KNEE = 0.8
_VOLUME = 7  # the controller's number

Samples = NDArray[np.float32]


class SoftSynth:
    """A synthesizer with one SoundFont; raises AntiphonError("no-synth") where it cannot be had."""

    def __init__(self, font: Path | None = None, rate: int = RATE) -> None:
        try:
            import tinysoundfont  # noqa: PLC0415  # may be missing; loads 16 MB of samples
        except ImportError as error:
            raise AntiphonError("no-synth", why="tinysoundfont is not installed") from error
        self.rate = rate
        self._synth: Any = tinysoundfont.Synth(gain=_GAIN_DB, samplerate=rate)
        try:
            self._font = self._synth.sfload((font or font_path()).read_bytes())
        except (OSError, RuntimeError) as error:
            raise AntiphonError("no-synth", why="its sounds could not be read") from error
        self._room = _room(rate)

    def pieces(self, events: Sequence[Sounding], seconds: float) -> Iterator[Samples]:
        """The sound of some notes, a second at a time, `seconds` and a tail long in all.

        Every piece has shape (frames, 2) and stays inside -1 … 1. The same notes always give
        the same samples.
        """
        self._synth.sounds_off()
        moments = _moments(events, self.rate)
        total = round((seconds + TAIL_SECONDS) * self.rate)
        step, place, at = round(_PIECE_SECONDS * self.rate), 0, 0
        ringing = np.zeros((len(self._room), 2), dtype=np.float32)
        while at < total:
            end = min(total, at + step)
            dry, place = self._dry(moments, place, at, end)
            wet, ringing = _in_room(dry, self._room, ringing)
            yield _limited(dry + _ROOM_LEVEL * wet)
            at = end
        self._synth.sounds_off()

    def rendered(self, events: Sequence[Sounding], seconds: float) -> Samples:
        """All pieces in one."""
        return np.concatenate(list(self.pieces(events, seconds)))

    def _dry(
        self, moments: list[tuple[int, int, Sounding]], place: int, start: int, end: int
    ) -> tuple[Samples, int]:
        found = []
        at = start
        while at < end:
            while place < len(moments) and moments[place][0] <= at:
                self._act(moments[place][1], moments[place][2])
                place += 1
            stop = min(end, moments[place][0]) if place < len(moments) else end
            found.append(self._generated(stop - at))
            at = stop
        return np.concatenate(found), place

    def _generated(self, frames: int) -> Samples:
        view = self._synth.generate_simple(frames)
        return np.frombuffer(view, dtype=np.float32).reshape(-1, 2)

    def _act(self, kind: int, event: Sounding) -> None:
        if kind == 0:
            self._synth.noteoff(event.channel, event.pitch)
            return
        is_drums = event.channel == DRUM_CHANNEL
        bank, program = (128, 0) if is_drums else (0, nearest_program(event.program))
        self._synth.program_select(event.channel, self._font, bank, program, is_drums)
        level = DRUM_LEVEL if is_drums else LEVELS.get(program, 0)
        volume = round(127 * 10 ** (level / 60))  # the synthesizer cubes it
        self._synth.control_change(event.channel, _VOLUME, volume)
        self._synth.noteon(event.channel, event.pitch, event.velocity)


def _moments(events: Sequence[Sounding], rate: int) -> list[tuple[int, int, Sounding]]:
    """Ends (0) and beginnings (1) in frames; at the same frame ends come first."""
    found = []
    for event in events:
        start = round(event.start * rate)
        found.append((start, 1, event))
        found.append((max(start + 1, round(event.end * rate)), 0, event))
    return sorted(found, key=lambda moment: moment[:2])


def _room(rate: int) -> Samples:
    """What a small room answers to a click: noise that dies away, duller than it came."""
    generator = np.random.default_rng(1)
    frames = round(_ROOM_SECONDS * rate)
    time = np.arange(frames) / rate
    noise = generator.standard_normal((frames, 2)) * np.exp(-5.5 * time / _ROOM_SECONDS)[:, None]
    dull = np.apply_along_axis(np.convolve, 0, noise, np.hanning(12) / np.hanning(12).sum(), "same")
    dull[: round(_ROOM_DELAY * rate)] = 0
    energy = float(np.sqrt(np.sum(dull**2) / 2))
    return (dull / energy * 3.2).astype(np.float32)


def _in_room(dry: Samples, room: Samples, ringing: Samples) -> tuple[Samples, Samples]:
    """The room's sound of a piece, and what still rings behind it."""
    size = 1 << (len(dry) + len(room) - 1).bit_length()
    spectrum = np.fft.rfft(dry, size, axis=0) * np.fft.rfft(room, size, axis=0)
    whole = np.fft.irfft(spectrum, size, axis=0)[: len(dry) + len(room)].astype(np.float32)
    whole[: len(ringing)] += ringing[: len(whole)]
    return whole[: len(dry)], whole[len(dry) :]


def _limited(samples: Samples) -> Samples:
    """The samples with what is louder than the knee bent below 1, the rest untouched."""
    loud = np.abs(samples)
    bent = _KNEE + (1 - _KNEE) * np.tanh((loud - _KNEE) / (1 - _KNEE))
    return np.where(loud > _KNEE, np.sign(samples) * bent, samples).astype(np.float32)
