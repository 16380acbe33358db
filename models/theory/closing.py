"""Where an accompaniment comes to rest: with its melody, where nothing follows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Note
from antiphon.bridge.protocol.messages import Task
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.held import Held

# Drums alone are often made for a loop.
_TASKS = (Task.BASS, Task.ACCOMPANY, Task.ARRANGE)


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a phrase that others go under, in quarters of the answer.

    From `begin` on the last harmony sounds; at `rest` the last note begins.
    """

    begin: Fraction
    rest: Fraction


def close_of(ground: Ground) -> Close | None:
    """The close of an answer, None where the music goes on.

    It goes on where something sounds after the answer, where the melody does not rest on half a
    measure at least, and where a density or a rhythm is asked for all of it.
    """
    request, bars = ground.request, ground.bars
    controls = request.controls
    if request.task not in _TASKS or len(bars) < 2:
        return None
    if controls.density is not None or controls.rhythm:
        return None
    end = ground.start + ground.length
    if any(n.onset >= end for p in request.phrase.parts if not p.is_drums for n in p.notes):
        return None
    if not ground.melody:
        return None
    last, final = bars[-1], ground.melody[-1]
    if final.onset > last.onset and final.duration < last.duration / 2:
        return None
    rest = max(last.onset, final.onset)
    # A melody that ended long ago leaves the harmony of the measures in between to itself.
    return Close(final.onset if final.end > last.onset else rest, rest)


def home_at_rest(ground: Ground, chords: Sequence[Held]) -> tuple[Held, ...]:
    """The chords of an answer, the last one from the place of rest on where it closes."""
    close = close_of(ground)
    if close is None or not chords or any(c.is_given and c.onset > close.rest for c in chords):
        return tuple(chords)
    last = chords[-1]
    if last.onset <= close.rest:
        return tuple(chords)
    symbol = replace(last.symbol, onset=close.rest)
    before = (c for c in chords if c.onset < close.rest)
    kept = tuple(replace(c, end=min(c.end, close.rest)) for c in before)
    return (*kept, replace(last, onset=close.rest, symbol=symbol))


def rested(ground: Ground, notes: Sequence[Note]) -> list[Note]:
    """An accompaniment whose last notes begin at the place of rest and hold, where it closes."""
    close = close_of(ground)
    if close is None:
        return list(notes)
    rest, end = close.rest, ground.length
    begins = any(note.onset == rest for note in notes)
    found = []
    for note in notes:
        if note.onset == rest or (not begins and note.onset < rest < note.end):
            found.append(replace(note, duration=end - note.onset))
        elif note.onset < rest:
            found.append(replace(note, duration=min(note.duration, rest - note.onset)))
    return found
