"""Alto, tenor and bass under a soprano: a beam search over voicings by the rules of the craft."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import nsmallest
from itertools import pairwise

from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.held import Held, held_at
from antiphon.models.theory.onsets import fitted
from antiphon.models.theory.passing import with_passing_notes
from antiphon.models.theory.voice_leading import (
    Chord,
    Craft,
    Voicing,
    move_cost,
    voicings,
)

_ALTO, _TENOR, _BASS = (55, 74), (48, 67), (40, 62)
_SOPRANO = 69
_WIDE, _MANY = (12, 14), 600
_NARROW = (6, 9)


@dataclass(frozen=True, slots=True)
class Event:
    """A moment at which the voices sing: from when to when, under which soprano and chord.

    `is_attack` says that the soprano begins a note there.
    """

    onset: Fraction
    end: Fraction
    soprano: int
    held: Held
    is_attack: bool


@dataclass(frozen=True, slots=True)
class _Path:
    """A voicing and the way that led to it."""

    voicing: Voicing
    before: "_Path | None"


def lower_voices(ground: Ground, chords: Sequence[Held]) -> tuple[list[Note], ...]:
    """The notes of alto, tenor and bass under the ground's melody.

    Voices keep their compass and order, move little and without parallel fifths or octaves;
    the leading note rises, sevenths fall, chords hold their third. After Piston, "Harmony"
    (1941), and Huron, "Tone and Voice" (2001).
    """
    events = _events(ground, chords)
    if not events:
        return [], [], []
    craft = Craft(ground.felt, _compasses(ground), ground.chance("voices"), ground.adventure)
    path = _best_path(events, craft)
    voices = [_voice(ground, events, [v[i] for v in path]) for i in range(3)]
    asked = ground.request.controls.density
    if (ground.style == "chorale" and asked is None) or (asked is not None and asked > 1.2):
        return with_passing_notes(ground, ground.melody, voices)
    return tuple(voices)


def _events(ground: Ground, chords: Sequence[Held]) -> list[Event]:
    if not chords or not ground.melody:
        return []
    onsets: set[Fraction] = set()
    ordered = [note.onset for note in ground.melody]
    attacks = set(ordered)
    asked = ground.request.controls.density
    changes = {held.onset for held in chords}
    for bar in ground.bars:
        inside = {o for o in bar.pulses if o in attacks}
        if asked is not None:
            every = ordered[bisect_left(ordered, bar.onset) : bisect_left(ordered, bar.end)]
            inside = set(fitted(bar, {bar.onset, *every}, asked * float(bar.duration)))
        onsets |= inside | {bar.onset}
    onsets |= {c for c in changes if c < ground.length} | {ground.melody[0].onset}
    return list(_sung(ground, chords, sorted(onsets), attacks))


def _sung(
    ground: Ground, chords: Sequence[Held], onsets: Sequence[Fraction], attacks: set[Fraction]
) -> Iterator[Event]:
    """The events in which the soprano sings, each with the note at its beginning."""
    at = 0
    melody = ground.melody
    for onset, end in pairwise([*onsets, ground.length]):
        while at + 1 < len(melody) and melody[at].end <= onset:
            at += 1
        note = melody[at]
        if note.onset >= end or note.end <= onset:
            continue
        held = held_at(chords, onset)
        if held is None or held.end <= onset:
            continue
        begin = max(onset, min(note.onset, end))
        yield Event(begin, end, note.pitch.midi_number, held, begin in attacks)


def _compasses(ground: Ground) -> tuple[tuple[int, int], ...]:
    """The compass of each voice, lower where the soprano lies low."""
    numbers = [note.pitch.midi_number for note in ground.melody]
    shift = min(0, round(sum(numbers) / len(numbers)) - _SOPRANO)
    shifts = (shift, shift, shift // 2)
    return tuple(
        ground.bounds(max(24, low + by), max(36, high + by))
        for (low, high), by in zip((_ALTO, _TENOR, _BASS), shifts, strict=True)
    )


def _best_path(events: Sequence[Event], craft: Craft) -> list[Voicing]:
    width, branch = _WIDE if len(events) <= _MANY else _NARROW
    beam: list[tuple[float, _Path | None]] = [(0.0, None)]
    before: Event | None = None
    for event in events:
        options = voicings(_chord(event), craft, branch)
        grown: dict[Voicing, tuple[float, _Path | None]] = {}
        for cost, voicing in options:
            for total, path in beam:
                value = total + cost + 0.3 * craft.adventure * craft.rng.random()
                if path is not None and before is not None:
                    value += move_cost(_chord(before), path.voicing, _chord(event), voicing, craft)
                known = grown.get(voicing)
                if known is None or value < known[0]:
                    grown[voicing] = (value, _Path(voicing, path))
        beam = nsmallest(width, grown.values(), key=lambda row: row[0])
        before = event
    found: list[Voicing] = []
    path = min(beam, key=lambda row: row[0])[1]
    while path is not None:
        found.append(path.voicing)
        path = path.before
    return found[::-1]


def _chord(event: Event) -> Chord:
    return Chord(event.soprano, event.held)


def _voice(ground: Ground, events: Sequence[Event], numbers: Sequence[int]) -> list[Note]:
    """One voice as notes: a tone is held on where only the harmony under it moves."""
    notes: list[Note] = []
    for event, number in zip(events, numbers, strict=True):
        last = notes[-1] if notes else None
        same = last is not None and last.pitch.midi_number == number and last.end == event.onset
        if last is not None and same and not event.is_attack:
            notes[-1] = Note(last.onset, event.end - last.onset, last.pitch, last.velocity)
            continue
        pitch = event.held.spelled(number, ground.key)
        notes.append(Note(event.onset, event.end - event.onset, pitch, ground.loudness(72)))
    return notes
