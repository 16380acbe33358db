"""Cuts a small SoundFont out of a large one: `python -m antiphon.ui.sound.cutting FROM TO`.

One velocity layer, mono, fewer and shorter samples at lower rates. The bundled font is cut from
FluidR3 GM by Frank Wen (MIT); its card is `fonts/README.md`. Needs soxr (the `audio` extra).
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antiphon.ui.sound.font import PROGRAMS
from antiphon.ui.sound.soundfont import (
    KEY_RANGE,
    PAN,
    VELOCITY_RANGE,
    Instrument,
    Preset,
    Sample,
    SoundFont,
    Zone,
    read_soundfont,
    written_soundfont,
)

_RIGHT = 2  # the right half of a stereo pair
_SAMPLE_MODES, _LOOPS = 54, 1
_VELOCITY = 90
_DRUM_KEYS = frozenset({*range(35, 60), 69, 70, 75})


@dataclass(frozen=True, slots=True)
class Cut:
    """How an instrument is cut: rate in Hz, samples at most, seconds at most, and whether it dies.

    What dies away fades out at its end, what sustains gets a loop there.
    """

    rate: int
    zones: int
    seconds: float
    dies: bool = False


_DRUMS = Cut(22_050, 99, 1.8, dies=True)
_WIND = Cut(22_050, 5, 2.0)
_LOW = Cut(16_000, 4, 2.0)
_CUTS = {
    0: Cut(22_050, 12, 3.4), 4: Cut(14_000, 5, 3.0),
    6: Cut(20_000, 5, 2.0), 11: Cut(22_050, 7, 2.5), 13: Cut(20_000, 5, 0.8, dies=True),
    16: Cut(16_000, 4, 2.0), 19: Cut(16_000, 5, 2.0), 21: Cut(16_000, 3, 2.0),
    24: Cut(20_000, 5, 2.5), 25: Cut(20_000, 5, 2.5),
    27: Cut(18_000, 5, 2.5), 29: Cut(16_000, 4, 2.0), 32: Cut(14_000, 5, 2.2),
    33: Cut(14_000, 5, 2.2), 38: Cut(22_050, 4, 2.0), 40: _WIND, 42: Cut(16_000, 5, 2.0),
    46: Cut(20_000, 6, 2.0, dies=True), 48: Cut(20_000, 5, 2.6), 52: Cut(18_000, 5, 2.2),
    57: _LOW, 60: _LOW, 70: _LOW,
}  # fmt: skip


def small_font(font: SoundFont) -> SoundFont:
    """The presets of `PROGRAMS` and the standard drum kit, cut small."""
    presets: list[Preset] = []
    instruments: list[Instrument] = []
    samples: list[Sample] = []
    for preset in sorted(font.presets, key=lambda p: (p.bank, p.program)):
        is_drums = (preset.bank, preset.program) == (128, 0)
        if not is_drums and (preset.bank != 0 or preset.program not in PROGRAMS):
            continue
        cut = _DRUMS if is_drums else _CUTS.get(preset.program, _WIND)
        zones, placed = [], {}
        for zone in preset.zones:
            if zone.target is None:
                zones.append(zone)
                continue
            if zone.target not in placed:
                own = _cut_instrument(font, font.instruments[zone.target], cut, is_drums, samples)
                placed[zone.target] = len(instruments) if own is not None else None
                instruments += [own] if own is not None else []
            if placed[zone.target] is not None:
                zones.append(replace(zone, target=placed[zone.target]))
        presets.append(replace(preset, zones=tuple(zones)))
    return SoundFont(tuple(presets), tuple(instruments), tuple(samples))


def _cut_instrument(
    font: SoundFont, whole: Instrument, cut: Cut, is_drums: bool, samples: list[Sample]
) -> Instrument | None:
    common = [zone for zone in whole.zones[:1] if zone.target is None]
    zones = _one_layer(font, [zone for zone in whole.zones if zone.target is not None])
    if is_drums:
        zones = [z for z in zones if _DRUM_KEYS & set(range(_range(z)[0], _range(z)[1] + 1))]
    else:
        zones = _thinned(zones, cut.zones)
    if not zones:
        return None
    found, placed = [], {}
    loops_all = any(zone.value(_SAMPLE_MODES) == _LOOPS for zone in common)
    for zone in zones:
        loops = zone.value(_SAMPLE_MODES) == _LOOPS or (
            loops_all and zone.value(_SAMPLE_MODES) is None
        )
        key = (zone.target, loops)
        if key not in placed:
            small, still_loops = _cut_sample(font.samples[zone.target or 0], cut, loops)
            samples.append(small)
            placed[key] = (len(samples) - 1, still_loops)
        place, still_loops = placed[key]
        kept = [p for p in zone.generators if p[0] not in (PAN, VELOCITY_RANGE, _SAMPLE_MODES)]
        found.append(Zone((*kept, (_SAMPLE_MODES, _LOOPS if still_loops else 0)), place))
    return Instrument(whole.name, (*common, *found))


def _one_layer(font: SoundFont, zones: Iterable[Zone]) -> list[Zone]:
    """One zone a key range: the layer of a middling velocity, the left half of a pair."""
    found: dict[tuple[int, int], Zone] = {}
    for zone in zones:
        velocities = zone.value(VELOCITY_RANGE)
        low, high = (velocities & 255, velocities >> 8) if velocities is not None else (0, 127)
        if not low <= _VELOCITY <= high:
            continue
        is_right = font.samples[zone.target or 0].kind == _RIGHT
        if _range(zone) not in found and not is_right:
            found[_range(zone)] = zone
    return sorted(found.values(), key=_range)


def _range(zone: Zone) -> tuple[int, int]:
    keys = zone.value(KEY_RANGE)
    return (keys & 255, keys >> 8) if keys is not None else (0, 127)


def _thinned(zones: Sequence[Zone], most: int) -> list[Zone]:
    """At most so many zones, evenly spread; the kept ones reach half way to each other."""
    if len(zones) <= most:
        return list(zones)
    kept = [zones[round(n * (len(zones) - 1) / (most - 1))] for n in range(most)]
    found = []
    for place, zone in enumerate(kept):
        low, high = _range(zone)
        if place:
            low = (_range(kept[place - 1])[1] + low) // 2 + 1
        if place < len(kept) - 1:
            high = (high + _range(kept[place + 1])[0]) // 2
        rest = [pair for pair in zone.generators if pair[0] != KEY_RANGE]
        found.append(replace(zone, generators=((KEY_RANGE, low | high << 8), *rest)))
    return found


def _cut_sample(sample: Sample, cut: Cut, loops: bool) -> tuple[Sample, bool]:
    """The sample shorter and at a lower rate, and whether it still loops."""
    frames = np.frombuffer(sample.frames, dtype="<i2").astype(np.float64)
    start, end = sample.loop_start, min(sample.loop_end, len(frames))
    loops = loops and end - start >= 8
    most = int(cut.seconds * sample.rate)
    if loops and end > most:
        if cut.dies:
            loops = False
        else:
            frames, start, end = _new_loop(frames, most, sample.rate)
    if loops:
        frames = frames[: end + 32]
    elif len(frames) > most:
        frames = frames[:most]
    if not loops:
        fade = int(0.3 * len(frames))
        frames = frames.copy()
        frames[len(frames) - fade :] *= np.linspace(1, 0, fade) ** 1.5
        start, end = 0, len(frames)
    ratio = min(1.0, cut.rate / sample.rate)
    if loops:  # a loop of a whole number of frames stays in tune
        ratio = max(1, round((end - start) * ratio)) / (end - start)
    small = _resampled(frames, ratio)
    rate = round(sample.rate * ratio)
    first = round(start * ratio)
    last = first + round((end - start) * ratio)
    return replace(sample, frames=small, rate=rate, loop_start=first, loop_end=last, kind=1), loops


def _new_loop(
    frames: NDArray[np.float64], most: int, rate: int
) -> tuple[NDArray[np.float64], int, int]:
    """The beginning with a loop of half its length at most a second, faded into itself.

    What dies away is kept at the loop's first level: the bank's own envelopes let it die on.
    """
    start = most - min(most // 2, rate)
    fade = min(start, int(0.4 * rate), (most - start) // 2)
    found = frames[: most + 32].copy()
    near = min(rate // 10, most - start)
    first = float(np.sqrt(np.mean(found[start : start + near] ** 2)))
    last = float(np.sqrt(np.mean(found[most - near : most] ** 2)))
    lift = min(4.0, max(1.0, first / last if last else 1.0))
    found[start:most] *= lift ** np.linspace(0, 1, most - start)
    share = np.linspace(0, 1, fade)
    found[most - fade : most] = found[most - fade : most] * np.sqrt(1 - share) + frames[
        start - fade : start
    ] * np.sqrt(share)
    found[most:] = frames[start : start + len(found) - most]
    return found, start, most


def _resampled(frames: NDArray[np.float64], ratio: float) -> bytes:
    import soxr  # noqa: PLC0415  # only here

    small = soxr.resample(frames, 1.0, ratio) if ratio < 1 else frames
    whole: NDArray[np.int16] = np.clip(np.round(small), -32768, 32767).astype("<i2")
    return whole.tobytes()


def main(arguments: Sequence[str]) -> int:
    """Cuts the font of the first name into the second."""
    source, target = (Path(name) for name in arguments)
    font = small_font(read_soundfont(source.read_bytes()))
    data = written_soundfont(
        font,
        "Antiphon small GM",
        "(c) 2000-2002, 2008 Frank Wen; MIT licence",
        "Cut from FluidR3 GM: one velocity layer, mono, fewer, shorter and slower samples.",
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
