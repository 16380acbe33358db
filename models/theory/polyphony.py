"""At most so many notes at once: what gives way, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Note

# Drums by their weight in a groove: bass drum, snare, toms and cymbals, hi-hat.
_DRUM_RANK = {35: 0, 36: 0, 38: 1, 40: 1, 37: 2, 39: 2, 49: 3, 57: 3, 51: 4}


@dataclass(slots=True)
class _Chord:
    """Notes of one voice that begin and end together; `end` moves as it is cut short."""

    notes: list[Note]
    end: Fraction


def thinned(
    notes: Sequence[Note], fixed: Sequence[Note], limit: int, *, is_drums: bool = False
) -> list[Note]:
    """The notes of a part of which never more than `limit` sound at once, fixed ones counted.

    Held notes give way to new ones, inner notes of a chord to its top and its bass.
    """
    chords = _chords(notes)
    still = sorted((n for n in fixed if not n.is_grace), key=lambda n: n.onset)
    onsets = sorted({c.notes[0].onset for c in chords} | {n.onset for n in still})
    starting: dict[Fraction, list[_Chord]] = {}
    for chord in chords:
        starting.setdefault(chord.notes[0].onset, []).append(chord)
    active: list[_Chord] = []
    index = 0
    sounding: list[Note] = []
    for onset in onsets:
        while index < len(still) and still[index].onset <= onset:
            sounding.append(still[index])
            index += 1
        sounding = [n for n in sounding if n.end > onset]
        active = [c for c in active if c.end > onset and c.notes]
        fresh = starting.get(onset, [])
        room = limit - len(sounding)
        room -= _keep(fresh, room, is_drums=is_drums)
        for chord in sorted(active, key=lambda c: -c.notes[0].onset):
            if len(chord.notes) > room:
                chord.end = onset
            else:
                room -= len(chord.notes)
        active = [c for c in active if c.end > onset] + [c for c in fresh if c.notes]
    return [replace(n, duration=c.end - n.onset) for c in chords for n in c.notes]


def _chords(notes: Sequence[Note]) -> list[_Chord]:
    groups: dict[tuple[int, int, Fraction], list[Note]] = {}
    for note in notes:
        groups.setdefault((note.staff, note.voice, note.onset), []).append(note)
    return [_Chord(group, max(n.end for n in group)) for group in groups.values()]


def _keep(fresh: Sequence[_Chord], room: int, *, is_drums: bool) -> int:
    """Drop what there is no room for of chords that begin together; returns how many stay."""
    every = [note for chord in fresh for note in chord.notes]
    if len(every) <= room:
        return len(every)
    if is_drums:
        ordered = sorted(every, key=lambda n: _DRUM_RANK.get(n.pitch.midi_number, 5))
    else:
        ordered = _outer_first(every)
    kept = {id(note) for note in ordered[: max(0, room)]}
    for chord in fresh:
        chord.notes = [note for note in chord.notes if id(note) in kept]
    return len(kept)


def _outer_first(notes: Sequence[Note]) -> list[Note]:
    """Top, bottom, then from the top down."""
    ordered = sorted(notes, key=lambda n: -n.pitch.midi_number)
    return [ordered[0], *ordered[-1:], *ordered[1:-1]] if len(ordered) > 1 else ordered
