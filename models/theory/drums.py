"""Drums continued by rules: the selection's own measures, turned round."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, note_order
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.context import between
from antiphon.models.theory.frame import Frame, span_of

_PATTERN = 4
_LONGEST = Fraction(1)


def continue_drums(request: Request, frame: Frame, rng: Random) -> tuple[Note, ...]:
    """The last measures of a drum part over again, the busiest of them last, as a fill.

    Notes keep pitch, voice and velocity, and stand on sixteenths or triplets. Without any note
    in the selection the answer rests.
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
        kept = [note for note in pattern if note.onset >= missing]
        notes += [replace(n, onset=measure.onset + n.onset - missing) for n in kept]
    return tuple(notes)


def _patterns(
    request: Request, frame: Frame, start: Fraction, end: Fraction
) -> list[Sequence[Note]]:
    """The last full measures of a span that hold strokes, as notes from the barline on."""
    strokes = sounding(between(frame.part, start, end).notes)
    full = frame.meter.measure_duration
    found: list[Sequence[Note]] = []
    for measure in request.phrase.measures:
        if measure.duration != full or measure.onset < start or measure.end > end:
            continue
        inside = [
            replace(n, onset=n.onset - measure.onset, lyrics=())
            for n in strokes
            if measure.onset <= n.onset < measure.end
        ]
        if inside:
            found.append(_written(inside, full, request.controls.tuplets))
    return found[-_PATTERN:]


def _written(strokes: Sequence[Note], length: Fraction, with_tuplets: bool) -> Sequence[Note]:
    """Strokes as drums are written: each lasts until the next in its voice, at most a beat."""
    placed: dict[tuple[int, int], dict[Fraction, dict[int, Note]]] = {}
    for note in strokes:
        onset = _on_grid(note.onset, with_tuplets)
        if onset < length:
            voice = placed.setdefault((note.staff, note.voice), {})
            voice.setdefault(onset, {}).setdefault(note.pitch.midi_number, note)
    written = []
    for voice in placed.values():
        onsets = sorted(voice)
        for onset, following in zip(onsets, [*onsets, length][1:], strict=True):
            duration = min(following - onset, _LONGEST)
            chord = voice[onset].values()
            written += [replace(n, onset=onset, duration=duration) for n in chord]
    return sorted(written, key=note_order)


def _on_grid(onset: Fraction, with_tuplets: bool) -> Fraction:
    """The nearest place on 32nds for what lies there, else on sixteenths or triplet eighths."""
    if onset.denominator in (1, 2, 4, 8) or (with_tuplets and onset.denominator in (3, 6)):
        return onset
    places = [Fraction(round(onset * parts), parts) for parts in ((4, 3) if with_tuplets else (4,))]
    return min(places, key=lambda place: abs(place - onset))
