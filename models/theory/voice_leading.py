"""What a four-part chord costs by itself and after another."""

from dataclasses import dataclass, field
from heapq import nsmallest
from random import Random

from antiphon.bridge.music.harmony import KeySignature
from antiphon.models.theory.held import Held

# Alto, tenor and bass as MIDI numbers.
Voicing = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Chord:
    """A soprano (MIDI number) and the chord that holds under it."""

    soprano: int
    held: Held


@dataclass(frozen=True, slots=True)
class Craft:
    """Key, compasses of alto, tenor and bass, and how adventurous the voices are."""

    key: KeySignature
    compasses: tuple[tuple[int, int], ...]
    rng: Random
    adventure: float
    known: dict[object, list[tuple[float, Voicing]]] = field(default_factory=dict)


def voicings(chord: Chord, craft: Craft, count: int) -> list[tuple[float, Voicing]]:
    """The best voicings of a chord under its soprano with their costs; there is always one."""
    held = chord.held
    key = (chord.soprano, held.tones, held.bass, held.is_given, count)
    if key not in craft.known:
        tones = held.tones[:5]
        alto, tenor, bass = (
            [n for n in range(low, high + 1) if n % 12 in tones] or [low]
            for low, high in craft.compasses
        )
        basses = _basses(held, bass)
        found = []
        for b, cost in basses:
            for t in tenor:
                if t < b - 3 or t - b > 24:
                    continue
                for a in alto:
                    if a < t - 3 or a - t > 16:
                        continue
                    found.append((cost + _static(chord, (a, t, b), craft.key), (a, t, b)))
        if not found:
            found = [(0.0, (alto[0], tenor[0], basses[0][0]))]
        craft.known[key] = nsmallest(count, found, key=lambda row: row[0])
    return craft.known[key]


def _basses(held: Held, numbers: list[int]) -> list[tuple[int, float]]:
    """Bass notes with what they cost: the root nothing, a first inversion little."""
    costs = {held.fifth: 2.6, held.third: 0.5}
    if held.seventh is not None:
        costs[held.seventh] = 1.2
    costs[held.root] = 0.0
    if held.bass != held.root or held.is_given:
        costs = {tone: cost + 4.0 for tone, cost in costs.items()}
    costs[held.bass] = 0.0
    return [(n, costs[n % 12]) for n in numbers if n % 12 in costs] or [(numbers[0], 0.0)]


def _static(chord: Chord, voicing: Voicing, key: KeySignature) -> float:
    """What a voicing costs by itself: order, spacing, missing and doubled tones."""
    alto, tenor, bass = voicing
    soprano, held = chord.soprano, chord.held
    cost = 0.0
    for high, low, widest in ((soprano, alto, 12), (alto, tenor, 12), (tenor, bass, 19)):
        if low > high:
            cost += 4.0 + 0.5 * (low - high)
        elif high == low:
            cost += 0.9
        if high - low > widest:
            cost += 1.0 + 0.3 * (high - low - widest)
    sung = [soprano % 12, alto % 12, tenor % 12, bass % 12]
    counts = {tone: sung.count(tone) for tone in held.tones}
    cost += 0.0 if counts.get(held.root) else 2.0
    cost += 0.0 if counts.get(held.third) else 3.0
    cost += 0.0 if counts.get(held.fifth) or held.seventh is not None else 0.5
    leading = (key.tonic + 11) % 12
    cost += 0.06 * max(0, bass - 53) + 0.03 * abs(tenor - 57) + 0.03 * abs(alto - 64)
    if held.seventh is not None:
        cost += 0.0 if counts.get(held.seventh) else 1.5
        cost += 4.0 * max(0, sung.count(held.seventh) - 1)
    if leading in held.tones and held.root != leading:
        cost += 4.0 * max(0, sung.count(leading) - 1)
    cost += 0.7 * max(0, counts.get(held.third, 0) - 1) * (0.4 if held.is_minor else 1.0)
    return cost + 0.3 * max(0, counts.get(held.fifth, 0) - 1)


def move_cost(
    before: Chord, old: Voicing, chord: Chord, new: Voicing, craft: Craft
) -> float:  # fmt: skip
    """What it costs that one chord moves on to another."""
    past = (before.soprano, *old)
    here = (chord.soprano, *new)
    cost = _parallels(past, here)
    for index in (1, 2):
        size = abs(here[index] - past[index])
        cost += 0.13 * size + (0.8 if size > 4 else 0.0) + (2.5 if size > 7 else 0.0)
    cost += _bass_cost(past[3], here[3], same=before.held.root == chord.held.root)
    for upper in (0, 1, 2):
        cost += 0.8 if here[upper + 1] > past[upper] else 0.0
        cost += 0.5 if here[upper] < past[upper + 1] else 0.0
    if (here[0] - past[0]) * (here[3] - past[3]) < 0:
        cost -= 0.2
    return cost + _tendencies(before, past, here, craft)


def _parallels(past: tuple[int, ...], here: tuple[int, ...]) -> float:
    cost = 0.0
    for upper in (0, 1, 2):
        moved = here[upper] - past[upper]
        if not moved:
            continue
        for lower in range(upper + 1, 4):
            other = here[lower] - past[lower]
            if not other:
                continue
            interval = (here[upper] - here[lower]) % 12
            if interval not in (0, 7):
                continue
            if (past[upper] - past[lower]) % 12 == interval:
                cost += 12.0 if moved * other > 0 else 5.0
            elif (upper, lower) == (0, 3) and moved * other > 0 and abs(moved) > 2:
                cost += 1.2
    return cost


def _bass_cost(past: int, here: int, *, same: bool) -> float:
    size = abs(here - past)
    if size == 0:
        return 0.2 if same else 0.7
    cost = 0.05 * size
    if size in (6, 10, 11):
        cost += 1.2
    elif size in (8, 9):
        cost += 0.4
    elif size > 12:
        cost += 3.0
    return cost


def _tendencies(
    before: Chord, past: tuple[int, ...], here: tuple[int, ...], craft: Craft
) -> float:  # fmt: skip
    """Leading notes rise, sevenths fall."""
    cost = 0.0
    leading = (craft.key.tonic + 11) % 12
    is_dominant = leading in before.held.tones
    for index in (1, 2, 3):
        tone, move = past[index] % 12, here[index] - past[index]
        if is_dominant and tone == leading and move not in (0, 1):
            cost += 0.5 if move in (-3, -4) else 1.3
        if tone == before.held.seventh and move not in (0, -1, -2):
            cost += 1.6
    return cost
