"""A bass line by rules: roots on the changes, fifths and steps between, kicks obeyed."""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from random import Random

from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.pitch import spell
from antiphon.models.theory.ground import Bar, Ground, spans
from antiphon.models.theory.held import Held, held_at
from antiphon.models.theory.onsets import fitted
from antiphon.models.theory.texture import pieces

_COMPASS = (28, 52)
# Usual onsets a quarter in each style.
_DENSITY = {"folk": 0.6, "hymn": 0.6, "chorale": 1.0, "classical": 0.75, "romantic": 0.6,
            "jazz": 1.0, "pop": 1.0, "rock": 2.0, "ragtime": 1.0}  # fmt: skip
_WALKING = ("jazz", "chorale")
_STEPPING = ("jazz", "chorale", "classical", "romantic", "hymn", "folk")


def bass_line(
    ground: Ground, chords: Sequence[Held], compass: tuple[int, int] = _COMPASS
) -> list[Note]:
    """The notes of a bass under chords, in the ground's style and density.

    Every change of chord begins with its bass note; on strong beats root and fifth alternate;
    in walking styles each note steps on to the next root. Where a bass drum plays, pop, rock
    and jazz strike with it.
    """
    if not chords:
        return []
    rng = ground.chance("bass")
    low, high = ground.bounds(*compass)
    usual = _DENSITY[ground.style]
    density = ground.density(usual)
    onsets: list[Fraction] = []
    for bar in ground.bars:
        onsets += _onsets(ground, bar, chords, density, rng)
    notes: list[Note] = []
    last = (low + high) // 2 if high - low < 14 else low + 8
    times = spans(onsets, ground.length)
    for index, (onset, duration) in enumerate(times):
        held = held_at(chords, onset)
        assert held is not None
        following = times[index + 1][0] if index + 1 < len(times) else None
        coming = held_at(chords, following) if following is not None else None
        number = _tone(ground, (held, coming), onset, last, rng)
        number = _placed(number, last, low, high)
        last = number
        pitch = held.spelled(number, ground.key)
        if number % 12 not in held.tones:
            pitch = spell(number, ground.key.fifths, ground.key.is_minor)
        bar = ground.bar_at(onset)
        loud = ground.loudness(74) + round(14 * bar.accent(onset))
        notes.append(Note(onset, _length(ground, duration), pitch, min(120, loud)))
    return notes


def _onsets(
    ground: Ground, bar: Bar, chords: Sequence[Held], density: float, rng: Random
) -> list[Fraction]:
    """Where the bass plays in a bar: with the changes, then as the style does."""
    changes = [onset for onset, _, held in pieces(bar, chords) if onset == held.onset]
    kicks = ground.kicks[bisect_left(ground.kicks, bar.onset) : bisect_left(ground.kicks, bar.end)]
    pattern = set(changes) | {bar.onset}
    wanted = density * float(bar.duration)
    if ground.style in ("pop", "rock", "jazz") and kicks:
        pattern |= set(kicks)
        if ground.request.controls.density is None:
            wanted = max(wanted if ground.style != "pop" else 0.0, len(pattern))
    elif ground.style == "pop" and bar.middle is not None and wanted >= 3:
        # The push before the third beat, which pop basses live by.
        pattern |= {bar.middle, bar.middle - Fraction(1, 2)}
    elif bar.middle is not None:
        pattern.add(bar.middle)
    pattern = {onset for onset in pattern if bar.onset <= onset < bar.end}
    keep = set(changes) | {bar.onset}
    found = fitted(bar, pattern, max(wanted, 1), rng if ground.adventure > 1.2 else None)
    if ground.request.controls.density is None:
        found = sorted(set(found) | keep)
    return found


def _tone(
    ground: Ground, chords: tuple[Held, Held | None], onset: Fraction, last: int, rng: Random
) -> int:
    """The pitch class to play, as a number near the last one."""
    held, coming = chords
    if onset <= held.onset or ground.bar_at(onset).accent(onset) >= 1.0:
        return held.bass
    if coming is not None and coming.onset > onset and coming.bass != held.bass:
        return _approach(ground, held, coming, last, rng)
    if ground.style in _WALKING:
        tones = [t for t in held.tones[:3] if t != last % 12] or [held.root]
        return min(tones, key=lambda t: _gap(last, t) + 0.8 * rng.random() * ground.adventure)
    if ground.style == "rock" or rng.random() < 0.25:
        return held.root if rng.random() > 0.12 * ground.adventure else held.fifth
    strong = ground.bar_at(onset).accent(onset) >= 0.6
    if strong or last % 12 == held.root:
        return held.fifth if held.fifth in ground.scale else held.root
    return held.third if rng.random() < 0.3 * ground.adventure else held.root


def _approach(ground: Ground, held: Held, coming: Held, last: int, rng: Random) -> int:
    """The note that leads into the next root: a step away from it, from where the line is."""
    if ground.style not in _STEPPING and rng.random() > 0.35 * ground.adventure:
        return held.root
    target = coming.bass
    scale = ground.felt.scale & ground.scale or ground.scale
    steps = [(target + d) % 12 for d in (-2, -1, 1, 2) if (target + d) % 12 in scale]
    if ground.style == "jazz":
        steps += [pc for pc in ((target + 1) % 12, (target - 1) % 12) if pc in ground.scale]
    if held.fifth == (target + 7) % 12 or not steps:
        steps.append(held.fifth)

    def cost(tone: int) -> float:
        # A note that only repeats the last one leads nowhere.
        still = 3.0 if tone == last % 12 else 0.0
        return still + _gap(last, tone) + 1.2 * rng.random() * ground.adventure

    return min(steps, key=cost)


def _gap(last: int, pitch_class: int) -> int:
    up = (pitch_class - last) % 12
    return min(up, 12 - up)


def _placed(pitch_class: int, last: int, low: int, high: int) -> int:
    """The number of that pitch class in the compass nearest to the last one, low ones preferred."""
    found = [n for n in range(low, high + 1) if n % 12 == pitch_class % 12]
    if not found:
        return min(range(low, high + 1), key=lambda n: _gap(n, pitch_class % 12))
    middle = low + 9
    return min(found, key=lambda n: (abs(n - last) + 0.25 * abs(n - middle), n))


def _length(ground: Ground, duration: Fraction) -> Fraction:
    """How long a note is held: rock and ragtime leave air, the others bind."""
    if ground.style == "ragtime" and duration >= 1:
        return duration / 2 if (duration / 2).denominator in (1, 2, 4) else duration
    return duration
