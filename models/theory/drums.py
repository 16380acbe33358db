"""Drums continued by rules: the selection's own measures, turned round."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from antiphon.bridge.music.melody import is_plain, sounding
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.frame import Frame, span_of

_PATTERN = 4


def continue_drums(request: Request, frame: Frame, rng: Random) -> tuple[Note, ...]:
    """The last measures of a drum part over again, the busiest of them last, as a fill.

    Notes keep pitch, voice and velocity. Without any note in the selection the answer rests.
    """
    start, end = span_of(request)
    patterns = _patterns(request, frame, start, end) or _patterns(request, frame, Fraction(0), end)
    if not patterns:
        return ()
    busiest = max(patterns, key=len)
    turn = rng.randrange(len(patterns))
    notes: list[Note] = []
    for index, measure in enumerate(frame.measures):
        is_fill = index == len(frame.measures) - 1 and len(frame.measures) > 1
        pattern = busiest if is_fill else patterns[(index + turn) % len(patterns)]
        missing = frame.meter.measure_duration - measure.duration
        for note in pattern:
            if note.onset >= missing:
                onset = measure.onset + note.onset - missing
                duration = min(note.duration, measure.end - onset)
                notes.append(replace(note, onset=onset, duration=duration))
    return tuple(notes)


def _patterns(
    request: Request, frame: Frame, start: Fraction, end: Fraction
) -> list[Sequence[Note]]:
    notes = sounding(frame.part.notes)
    full = frame.meter.measure_duration
    found: list[Sequence[Note]] = []
    for measure in request.phrase.measures:
        if measure.duration != full or measure.onset < start or measure.end > end:
            continue
        inside = [
            replace(n, onset=n.onset - measure.onset, lyrics=())
            for n in notes
            if measure.onset <= n.onset < measure.end
        ]
        if not request.controls.tuplets:
            inside = [n for n in inside if is_plain(n.onset) and is_plain(n.duration)]
        if inside:
            found.append(inside)
    return found[-_PATTERN:]
