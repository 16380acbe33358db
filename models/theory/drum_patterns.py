"""Drum grooves by style, meter and density, with fills at the ends of phrases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.pitch import spell
from antiphon.models.theory.closing import close_of
from antiphon.models.theory.ground import Bar, Ground
from antiphon.models.theory.onsets import fitted, grid_of

KICK, SNARE, STICK, CLOSED, PEDAL, OPEN = 36, 38, 37, 42, 44, 46
LOW_TOM, MIDDLE_TOM, HIGH_TOM, CRASH, RIDE, BRUSH = 45, 47, 50, 49, 51, 38
_PHRASE = 4
_HANDS, _FEET = 1, 2


@dataclass(frozen=True, slots=True)
class Groove:
    """How a style drums: what keeps time and how densely, where the backbeat falls."""

    time: int
    level: int
    snare: int
    swings: bool = False
    has_backbeat: bool = True


GROOVES = {
    "pop": Groove(CLOSED, 1, SNARE),
    "rock": Groove(CLOSED, 1, SNARE),
    "jazz": Groove(RIDE, 0, STICK, swings=True, has_backbeat=False),
    "folk": Groove(CLOSED, 0, STICK),
    "ragtime": Groove(CLOSED, 1, SNARE),
    "hymn": Groove(PEDAL, 0, STICK),
    "chorale": Groove(PEDAL, 0, STICK),
    "classical": Groove(CLOSED, 0, SNARE, has_backbeat=False),
    "romantic": Groove(RIDE, 0, STICK, has_backbeat=False),
}


def drum_part(ground: Ground) -> list[Note]:
    """The strokes of a drum part over the answer: grooves, with a fill before each new phrase.

    Bass drum and snare share the pulses of the bar; cymbals keep time in between. The last bar
    of every four, and the last of all, ends in a fill; a crash opens what follows a fill. Where
    the music closes, the fill leads to a last stroke with the melody's last note.
    """
    rng = ground.chance("drums")
    groove = GROOVES[ground.style]
    kicks = _kick_pattern(ground, rng)
    notes: list[Note] = []
    close = close_of(ground)
    last = len(ground.bars) - (1 if close is None else 2)
    was_fill = True
    for bar in ground.bars:
        fills = _fills(bar, last, rng, ground)
        start = _fill_start(bar, ground) if fills else bar.end
        hits = _bar(ground, groove, bar, kicks, rng)
        hits = [(onset, drum, loud) for onset, drum, loud in hits if onset < start]
        if was_fill and groove.level + groove.has_backbeat > 1 and bar.index > 0:
            hits = [h for h in hits if h[0] != bar.onset or h[1] != groove.time]
            hits.append((bar.onset, CRASH, 104))
        if fills:
            hits += _fill(ground, bar, start, rng)
        if close is not None and close.rest < bar.end:
            hits = [hit for hit in hits if hit[0] < close.rest]
            hits += [(close.rest, drum, 100) for drum in _last_stroke(groove)]
        was_fill = fills
        notes += _written(ground, bar, hits)
    return notes


def _last_stroke(groove: Groove) -> tuple[int, ...]:
    return (KICK, CRASH if groove.level + groove.has_backbeat > 1 else groove.time)


def _fills(bar: Bar, last: int, rng: Random, ground: Ground) -> bool:
    if last < 1 or ground.style in ("hymn", "chorale"):
        return False
    place = ground.place(bar)
    if bar.index > last:
        return False
    if bar.index == last or place % _PHRASE == _PHRASE - 1:
        return place >= 0
    return place % 2 == 1 and rng.random() < 0.06 * ground.adventure


def _fill_start(bar: Bar, ground: Ground) -> Fraction:
    """A fill takes the last beat, or the second half where the music is excited."""
    pulses = bar.pulses
    if (ground.arousal > 0.3 or ground.adventure > 1.5) and bar.middle is not None:
        return bar.middle
    return pulses[-1] if len(pulses) > 1 else bar.onset


def _kick_pattern(ground: Ground, rng: Random) -> list[bool]:
    """Which weak places the bass drum takes, the same in every bar of the take."""
    return [rng.random() < min(0.9, 0.3 * ground.adventure + 0.1) for _ in range(16)]


def _bar(
    ground: Ground, groove: Groove, bar: Bar, kicks: Sequence[bool], rng: Random
) -> list[tuple[Fraction, int, int]]:
    """The strokes of a groove in one bar as (onset, drum, velocity)."""
    pulses = bar.pulses
    backbeats = [] if not groove.has_backbeat else _backbeats(bar, pulses)
    asked = ground.request.controls.density
    hits = [(onset, groove.snare, 96) for onset in backbeats]
    hits += [(onset, KICK, 100) for onset in _kicks(ground, bar, backbeats, kicks)]
    usual = len(grid_of(bar, groove.level))
    wanted = usual * 2 ** (0.8 * ground.arousal) if asked is None else asked * float(bar.duration)
    time = fitted(bar, grid_of(bar, groove.level), wanted)
    if asked is not None and wanted < 2:
        # Hardly any strokes are wanted: the foot alone.
        keep = {bar.onset, *backbeats[: max(0, round(wanted) - 1)]}
        hits = [hit for hit in hits if hit[0] in keep]
    elif asked is not None:
        hits = [hit for hit in hits if hit[0] in time]
    if groove.swings:
        time = _swung(ground, bar, time)
        hits += [(onset, PEDAL, 70) for onset in pulses[1::2] if asked is None or wanted >= 2]
    for onset in time:
        accent = bar.accent(onset)
        loud = round(58 + 26 * accent + 6 * (rng.random() - 0.5))
        hits.append((onset, groove.time, loud))
    if ground.style == "rock" and time and ground.adventure > 0.8 and bar.index % 2 == 1:
        last = max(time)
        if last > pulses[-1]:
            hits = [h for h in hits if h[:2] != (last, CLOSED)] + [(last, OPEN, 84)]
    return hits


def _backbeats(bar: Bar, pulses: Sequence[Fraction]) -> list[Fraction]:
    """The beats that answer: two and four; in threes two and three; the other group's start."""
    if len(pulses) == 3 and not bar.is_compound:
        return list(pulses[1:])
    return list(pulses[1::2])


def _kicks(
    ground: Ground, bar: Bar, backbeats: Sequence[Fraction], extra: Sequence[bool]
) -> list[Fraction]:
    pulses = [p for p in bar.pulses if p not in backbeats]
    found = pulses[:1] if ground.style in ("jazz", "romantic", "hymn", "chorale") else pulses
    if bar.onset not in backbeats:
        found = [bar.onset, *found]
    if ground.style in ("pop", "rock", "ragtime"):
        weak = [o for o in grid_of(bar, 1) if o not in bar.pulses]
        picked = [onset for onset, take in zip(weak, extra, strict=False) if take]
        found += picked[: 1 if ground.style == "ragtime" else 2]
    return sorted(set(found))


def _swung(ground: Ground, bar: Bar, time: Iterable[Fraction]) -> list[Fraction]:
    """The ride's ding-ding-a-ding: the weak beats get a late offbeat."""
    found = set(time)
    ends = [*bar.pulses[1:], bar.end]
    if len(found) >= len(bar.pulses):
        for pulse, end in list(zip(bar.pulses, ends, strict=True))[1::2]:
            if ground.request.controls.tuplets and not bar.is_compound:
                late = pulse + (end - pulse) * Fraction(2, 3)
            else:
                late = pulse + (end - pulse) * (
                    Fraction(2, 3) if bar.is_compound else Fraction(1, 2)
                )
            found = {o for o in found if not pulse < o < end} | {pulse, late}
    return sorted(o for o in found if o < bar.end)


def _fill(
    ground: Ground, bar: Bar, start: Fraction, rng: Random
) -> list[tuple[Fraction, int, int]]:
    """Strokes from `start` to the barline that run down the toms."""
    asked = ground.request.controls.density
    length = float(bar.end - start)
    usual = 2.0 if ground.style in ("folk", "jazz", "classical", "romantic") else 4.0
    wanted = (usual if asked is None else asked) * length * 2 ** (0.5 * ground.arousal)
    level = 2 if wanted > len([o for o in grid_of(bar, 1) if o >= start]) else 1
    onsets = [o for o in grid_of(bar, level) if o >= start] or [start]
    while len(onsets) > max(1.0, wanted) and len(onsets) > 1:
        onsets.pop(rng.randrange(1, len(onsets)))
    kit = [SNARE, HIGH_TOM, MIDDLE_TOM, LOW_TOM]
    hits = []
    for index, onset in enumerate(onsets):
        drum = kit[index * len(kit) // len(onsets)]
        hits.append((onset, drum, min(112, 78 + 30 * (index + 1) // len(onsets))))
    if asked is None or asked >= 1:
        hits.append((onsets[0], KICK, 92))
    return hits


def _written(
    ground: Ground, bar: Bar, hits: Iterable[tuple[Fraction, int, int]]
) -> list[Note]:  # fmt: skip
    """Strokes as drums are written: feet below, hands above, each up to the next or a beat."""
    voices: dict[int, dict[Fraction, dict[int, int]]] = {_HANDS: {}, _FEET: {}}
    for onset, drum, loud in hits:
        voice = _FEET if drum in (KICK, PEDAL) else _HANDS
        voices[voice].setdefault(onset, {})[drum] = loud
    notes = []
    for voice, placed in voices.items():
        onsets = sorted(placed)
        for onset, following in zip(onsets, [*onsets, bar.end][1:], strict=True):
            duration = min(following - onset, Fraction(1))
            for drum, loud in placed[onset].items():
                velocity = min(120, max(20, ground.loudness(loud)))
                notes.append(Note(onset, duration, spell(drum), velocity, voice))
    return notes
