"""A melody as rungs of its ladder, and what its notes may become."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.ladder import Ladder, ladder_of, tonic_letter
from antiphon.models.theory.line import Rules


@dataclass(frozen=True, slots=True)
class Stave:
    """The ladder of a key with the compass of a melody on it."""

    ladder: Ladder
    rules: Rules


def stave_of(ground: Ground, compass: tuple[int, int], heard: Sequence[Note] = ()) -> Stave | None:
    """The ladder and the rules for a line in a compass (MIDI numbers) or round what is heard.

    None where no note of the key lies in the asked range.
    """
    low, high = compass
    numbers = [note.pitch.midi_number for note in heard]
    if numbers:
        low, high = min(numbers), max(numbers)
        if high - low < 9:
            low, high = (low + high) // 2 - 5, (low + high) // 2 + 5
    bounds = ground.bounds(max(0, low - 2), min(127, high + 2))
    ladder = ladder_of(ground.felt.fifths)
    rungs = ladder.rungs(*bounds)
    if not rungs:
        return None
    home = ladder.rungs(max(bounds[0], low), min(bounds[1], high)) or rungs
    pairs = [
        frozenset((letter, (letter + 3) % 7))
        for letter in range(7)
        if ladder.midi_number(31 + letter) - ladder.midi_number(28 + letter) == 6
    ]
    tonic = tonic_letter(ground.felt.tonic_fifths)
    return Stave(ladder, Rules(rungs, home, tonic, pairs[0], 0.45))


def inside(rung: int, rules: Rules) -> int:
    """The rung, moved by octaves and then to the edge into the compass."""
    while rung > rules.rungs[-1] and rung - 7 >= rules.rungs[0]:
        rung -= 7
    while rung < rules.rungs[0] and rung + 7 <= rules.rungs[-1]:
        rung += 7
    return min(max(rung, rules.rungs[0]), rules.rungs[-1])


def wander(ground: Ground, stave: Stave, amount: float, count: int) -> list[tuple[float, ...]]:
    """For each of `count` notes a cost on every rung that lets takes differ."""
    rng = ground.chance("line")
    scale = amount * ground.adventure
    return [tuple(scale * rng.random() for _ in stave.rules.rungs) for _ in range(count)]
