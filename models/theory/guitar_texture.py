"""A guitar under a melody: strummed, picked, or in short chords, by style and density."""

from collections.abc import Sequence
from fractions import Fraction

from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.grips import guitar_grip
from antiphon.models.theory.ground import Bar, Ground, spans
from antiphon.models.theory.held import Held, held_at
from antiphon.models.theory.onsets import fitted, grid_of
from antiphon.models.theory.texture import Stroke, notes_of, pieces

_COMPASS = (40, 69)
_TEXTURES = {
    "folk": ("strummed", "picked"),
    "hymn": ("picked", "strummed"),
    "chorale": ("picked", "picked"),
    "classical": ("picked", "picked"),
    "romantic": ("picked", "picked"),
    "jazz": ("short", "short"),
    "pop": ("strummed", "picked"),
    "rock": ("power", "strummed"),
    "ragtime": ("short", "picked"),
}
_DENSITY = {"strummed": 1.25, "picked": 2.0, "short": 1.0, "power": 2.0}
_PICKS = ((0, 2, 3, 4, 3, 2), (0, 3, 2, 4, 2, 3), (0, 2, 4, 3, 2, 3))


def guitar_part(ground: Ground, chords: Sequence[Held]) -> list[Note]:
    """The notes of a guitar under the ground's melody.

    Calm moods and a polyphony of one are picked. Strums fall with the beat and sweep up on
    the offbeats, which take the upper strings alone.
    """
    if not chords:
        return []
    rng = ground.chance("guitar")
    names = _TEXTURES[ground.style]
    name = names[ground.number % len(names)]
    limit = ground.request.controls.polyphony
    if limit == 1 or (ground.arousal < -0.4 and name == "strummed"):
        name = "picked"
    bounds = ground.bounds(*_COMPASS)
    strings = min(limit or 5, 5)
    picks = rng.choice(_PICKS)
    strums = [rng.random() for _ in range(16)]
    strokes: list[Stroke] = []
    for bar in ground.bars:
        onsets = _onsets(ground, bar, chords, name, strums)
        for onset, duration in spans(onsets, bar.end):
            held = held_at(chords, onset)
            if held is None or held.end <= onset:
                continue
            index = _place_in_chord(bar, onsets, onset, held)
            numbers = _numbers(held, bounds, (name, strings), index, picks)
            if name == "strummed" and onset not in bar.pulses and len(numbers) > 3:
                numbers = numbers[-3:]
            loud = ground.loudness(62) + round(18 * bar.accent(onset))
            end = min(onset + duration, held.end)
            if name == "short" and end - onset > Fraction(1, 2):
                end = onset + max(Fraction(1, 2), (end - onset) / 2)
            strokes.append(Stroke(onset, end, numbers, loud))
    return notes_of(ground, chords, strokes)


def _place_in_chord(bar: Bar, onsets: Sequence[Fraction], onset: Fraction, held: Held) -> int:
    begin = max(held.onset, bar.onset)
    return sum(begin <= other < onset for other in onsets)


def _onsets(
    ground: Ground, bar: Bar, chords: Sequence[Held], name: str, strums: Sequence[float]
) -> list[Fraction]:
    changes = [onset for onset, _, _ in pieces(bar, chords)]
    pulses = list(bar.pulses)
    if name in ("picked", "power"):
        pattern = grid_of(bar, 1)
    elif name == "short":
        pattern = pulses
    else:
        weak = [o for o in grid_of(bar, 1) if o not in pulses]
        # Down, down up, up down up: most offbeats but the first.
        taken = [o for i, o in enumerate(weak) if i > 0 and strums[i % 16] < 0.7]
        pattern = [*pulses, *taken]
    asked = ground.request.controls.density
    usual = _DENSITY[name] * 2 ** (0.8 * ground.arousal)
    if asked is None and name == "strummed":
        wanted = len(pattern) * 2 ** (0.8 * ground.arousal)
    else:
        wanted = (usual if asked is None else asked) * float(bar.duration)
    found = fitted(bar, pattern, max(1.0, wanted))
    return found if asked is not None else sorted({*found, *changes})


def _numbers(
    held: Held, bounds: tuple[int, int], how: tuple[str, int], index: int, picks: Sequence[int]
) -> tuple[int, ...]:
    name, strings = how
    grip = guitar_grip(held, bounds, 5)
    if not grip:
        return ()
    if name == "power":
        return grip[: min(3, strings)]
    if name == "picked":
        return (grip[min(picks[index % len(picks)], len(grip) - 1)],)
    if name == "short":
        return grip[-min(4, strings) :]
    return grip[-strings:]
