"""A piano under a melody: block, oom-pah, broken, sweeping, comping, stride, by style."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.grips import close_voicing, spread
from antiphon.models.theory.ground import Bar, Ground, spans
from antiphon.models.theory.held import Held, held_at
from antiphon.models.theory.onsets import fitted, grid_of
from antiphon.models.theory.texture import LEFT, RIGHT, Ceiling, Stroke, notes_of, pieces

_RIGHT_COMPASS, _LEFT_COMPASS = (53, 76), (36, 57)
# Textures of each style, the usual one first; takes go through them.
TEXTURES = {
    "folk": ("oompah", "broken"),
    "hymn": ("block", "block"),
    "chorale": ("block", "block"),
    "classical": ("alberti", "oompah", "block"),
    "romantic": ("sweep", "pulsing"),
    "jazz": ("comping", "comping"),
    "pop": ("pulsing", "broken"),
    "rock": ("driving", "pulsing"),
    "ragtime": ("stride", "stride"),
}
# Usual attacks a quarter of the right hand and of the left.
_DENSITY = {
    "oompah": (0.6, 0.6), "block": (0.6, 0.6), "alberti": (0.5, 2.0), "sweep": (0.5, 2.0),
    "comping": (0.6, 0.4), "pulsing": (1.0, 0.6), "broken": (2.0, 0.5), "driving": (1.0, 2.0),
    "stride": (0.75, 1.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Hands:
    """How the hands play: texture, attacks a quarter of each, tones in the right, who plays bass.

    `bass_is_played` says that another part has the bass, so that the left hand keeps higher.
    """

    texture: str
    right: float
    left: float
    tones: int
    bass_is_played: bool


def piano_part(
    ground: Ground, chords: Sequence[Held], *, with_bass: bool = False, texture: str | None = None
) -> list[Note]:
    """The notes of a piano under the ground's melody: right hand on staff 1, left on staff 2.

    `with_bass` says that a bass plays as well. A polyphony of one gives a broken line, of two
    a bass and one tone above it.
    """
    if not chords:
        return []
    rng = ground.chance("piano")
    names = TEXTURES[ground.style]
    name = texture or names[ground.number % len(names)]
    limit = ground.request.controls.polyphony
    if limit == 1:
        return notes_of(ground, chords, _line(ground, chords, rng))
    usual = _DENSITY[name]
    asked = ground.request.controls.density
    scale = ground.density(1.0)
    right, left = (usual[0] * scale, usual[1] * scale)
    if asked is not None:
        # The denser hand has the asked density; the other keeps its share of it.
        right, left = (asked * part / max(usual) for part in usual)
    tones = 4 if ground.style == "jazz" else 3
    tones = 2 if name == "alberti" else tones
    tones = min(tones, limit - 1) if limit else tones
    hands = _Hands(name, right, left, tones, with_bass)
    strokes = _right_hand(ground, chords, hands, rng) + _left_hand(ground, chords, hands, rng)
    return notes_of(ground, chords, strokes)


def _right_hand(
    ground: Ground, chords: Sequence[Held], hands: _Hands, rng: Random
) -> list[Stroke]:  # fmt: skip
    bounds = ground.bounds(*_RIGHT_COMPASS)
    ceiling = Ceiling(ground.melody)
    grips: dict[Fraction, tuple[int, ...]] = {}
    last: tuple[int, ...] = ()
    for held in chords:
        room = ceiling.under(held.onset, held.end, bounds)
        last = close_voicing(held, hands.tones, room, last) or last
        grips[held.onset] = last
    strokes: list[Stroke] = []
    pattern = _weak_places(rng, ground.adventure)
    for bar in ground.bars:
        onsets = _right_onsets(bar, chords, hands, pattern)
        for index, (onset, duration) in enumerate(spans(onsets, bar.end)):
            chord = held_at(chords, onset)
            if chord is None or chord.end <= onset or not grips[chord.onset]:
                continue
            grip = grips[chord.onset]
            loud = ground.loudness(60) + round(12 * bar.accent(onset))
            end = min(onset + duration, chord.end)
            end = _shortened(onset, end, hands.texture)
            if hands.texture == "broken":
                order = (0, 1, 2, 1) if len(grip) > 2 else (0, len(grip) - 1)
                grip = (grip[min(order[index % len(order)], len(grip) - 1)],)
            strokes.append(Stroke(onset, end, grip, loud, RIGHT))
    return strokes


def _weak_places(rng: Random, adventure: float) -> tuple[int, ...]:
    """Which offbeats a comping hand takes, drawn once a take."""
    options = [(1,), (1, 3), (3,), (1, 2), (2, 3)]
    return rng.choice(options[: max(1, min(5, round(2 + 1.5 * adventure)))])


def _right_onsets(
    bar: Bar, chords: Sequence[Held], hands: _Hands, weak: Sequence[int]
) -> list[Fraction]:
    pulses = list(bar.pulses)
    halves = [onset for onset in grid_of(bar, 1) if onset not in pulses]
    changes = [onset for onset, _, _ in pieces(bar, chords)]
    pattern: list[Fraction]
    if hands.texture == "oompah":
        pattern = [*halves[1::2]] if bar.is_compound else pulses[1:] or pulses
        if not bar.is_compound and len(pulses) % 2 == 0:
            pattern = pulses[1::2]
    elif hands.texture == "stride":
        pattern = [halves[i] for i in weak if i < len(halves)] or pulses[1:]
        pattern = [pulses[0], *pattern]
    elif hands.texture == "comping":
        pattern = [pulses[0], *(halves[i] for i in weak if i < len(halves))]
    elif hands.texture in ("pulsing", "driving"):
        pattern = pulses
    elif hands.texture == "broken":
        pattern = grid_of(bar, 1)
    else:
        pattern = changes
    wanted = hands.right * float(bar.duration)
    found = fitted(bar, pattern or pulses, max(1.0, wanted))
    if hands.texture in ("block", "alberti", "sweep") and wanted >= 1:
        found = sorted({*found, *changes})
    return found


def _shortened(onset: Fraction, end: Fraction, texture: str) -> Fraction:
    """Chords of dancing textures are played short."""
    if texture in ("oompah", "stride", "comping") and end - onset > 1:
        return onset + 1
    return end


def _left_hand(
    ground: Ground, chords: Sequence[Held], hands: _Hands, rng: Random
) -> list[Stroke]:  # fmt: skip
    low, high = ground.bounds(*_LEFT_COMPASS)
    strokes: list[Stroke] = []
    last = low + 9
    for bar in ground.bars:
        for onset, end, held in pieces(bar, chords):
            inside = _left_onsets(bar, onset, end, hands)
            numbers = _left_numbers(held, (low, high), hands, last)
            for index, (at, duration) in enumerate(spans(inside, end)):
                grip = numbers[index % len(numbers)]
                if at != onset and hands.texture in ("oompah", "stride"):
                    # The fifth on the other strong beat, in threes the chord again.
                    is_strong = bar.accent(at) >= 0.6
                    in_three = len(bar.pulses) % 2 == 1 and not is_strong
                    grip = numbers[2 % len(numbers)] if is_strong else grip
                    grip = numbers[1 % len(numbers)] if in_three else grip
                loud = ground.loudness(62) + round(10 * bar.accent(at))
                strokes.append(Stroke(at, _left_end(at, duration, hands), grip, loud, LEFT))
            last = numbers[0][0]
    return strokes


def _left_onsets(bar: Bar, onset: Fraction, end: Fraction, hands: _Hands) -> list[Fraction]:
    texture = hands.texture
    pulses = list(bar.pulses)
    if texture in ("alberti", "sweep", "driving"):
        pattern = grid_of(bar, 1)
    elif texture == "stride":
        pattern = pulses
    elif texture in ("oompah", "pulsing") and not bar.is_compound and len(pulses) % 2 == 0:
        pattern = pulses[::2]
    elif texture == "oompah" and bar.is_compound:
        pattern = pulses
    else:
        pattern = [bar.onset]
    wanted = hands.left * float(bar.duration)
    found = fitted(bar, {bar.onset, *pattern}, max(1.0, wanted))
    return sorted({onset, *(o for o in found if onset <= o < end)})


def _left_numbers(
    held: Held, bounds: tuple[int, int], hands: _Hands, last: int
) -> list[tuple[int, ...]]:
    """The left hand's grips in the order in which they are played."""
    low, high = bounds
    roots = [n for n in range(low, high + 1) if n % 12 == held.bass] or [low]
    root = min(roots, key=lambda n: (abs(n - last), n))
    fifths = [n for n in range(low, high + 1) if n % 12 == held.fifth and abs(n - root) < 12]
    fifth = min(fifths, key=lambda n: (abs(n - (root - 5)), n)) if fifths else root
    if hands.texture == "alberti":
        a, b, c = _three(held, max(low, 48 if high >= 57 else low), high)
        return [(a,), (c,), (b,), (c,)]
    if hands.texture == "sweep":
        tones = spread(held, (low, min(127, high + 8)))
        up = [(n,) for n in tones]
        return [*up, *up[-2:0:-1]]
    if hands.texture == "stride":
        octave = (root, root + 12) if root + 12 <= high + 2 and root < 48 else (root,)
        chord = close_voicing(held, 3, (max(low, 48), max(high, 60)), ())
        return [octave, chord or octave, (fifth,), chord or octave]
    if hands.texture == "driving" or (hands.texture == "pulsing" and not hands.bass_is_played):
        return [(root, root + 12)] if root + 12 <= high and hands.tones > 1 else [(root,)]
    if hands.texture == "comping" and hands.bass_is_played:
        shell = close_voicing(held, 2, (max(low, 45), max(high, 58)), ())
        return [shell or (root,)]
    if hands.texture == "oompah":
        return [(root,), (fifth,), (fifth,)]
    return [(root,)]


def _three(held: Held, low: int, high: int) -> tuple[int, int, int]:
    grip = close_voicing(held, 3, (low, high), ())
    if not grip:
        grip = (low,)
    return grip[0], grip[len(grip) // 2], grip[-1]


def _left_end(onset: Fraction, duration: Fraction, hands: _Hands) -> Fraction:
    if hands.texture in ("oompah", "stride") and duration > 1:
        return onset + 1
    return onset + duration


def _line(ground: Ground, chords: Sequence[Held], rng: Random) -> list[Stroke]:
    """One note at a time: the tones of each chord, broken up and down."""
    bounds = ground.bounds(48, 72)
    strokes = []
    turn = rng.choice(((0, 1, 2, 1), (0, 2, 1, 2), (2, 1, 0, 1)))
    for bar in ground.bars:
        wanted = ground.density(2.0) * float(bar.duration)
        onsets = fitted(bar, grid_of(bar, 1), max(1.0, wanted))
        for index, (onset, duration) in enumerate(spans(onsets, bar.end)):
            held = held_at(chords, onset)
            if held is None or held.end <= onset:
                continue
            tones = _three(held, *bounds)
            number = tones[turn[index % 4]]
            end = min(onset + duration, held.end)
            strokes.append(Stroke(onset, end, (number,), ground.loudness(66), RIGHT))
    return strokes
