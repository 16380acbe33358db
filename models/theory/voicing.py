"""From rungs to notes: leading notes, borrowed alterations, held notes, spelling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.frame import Frame


@dataclass(frozen=True, slots=True)
class Placed:
    """A note before it is spelled: onset and duration in quarters, rung, and alteration asked.

    `degree` is the triad under it, `is_held` asks for a tie from the note before.
    """

    onset: Fraction
    duration: Fraction
    rung: int
    alter: int
    degree: int
    is_held: bool
    velocity: int


def sounded(placed: Sequence[Placed], frame: Frame, strict_key: bool) -> tuple[Note, ...]:
    """The notes of a line, spelled by rung; every one lies in the compass.

    In minor the seventh degree is sharpened over the dominant and where it rises to the
    tonic, and the sixth where it rises to such a seventh (melodic minor).
    """
    alters = [_alteration(placed, index, frame, strict_key) for index in range(len(placed))]
    notes: list[Note] = []
    for note, alter in zip(placed, alters, strict=True):
        pitch = frame.ladder.pitch(note.rung, alter)
        before = notes[-1] if notes else None
        if note.is_held and before and before.end == note.onset and before.pitch == pitch:
            notes[-1] = replace(before, duration=before.duration + note.duration)
        else:
            velocity, voice, staff = note.velocity, frame.voice, frame.staff
            notes.append(Note(note.onset, note.duration, pitch, velocity, voice, staff))
    return tuple(notes)


def _alteration(placed: Sequence[Placed], index: int, frame: Frame, strict_key: bool) -> int:
    note = placed[index]
    alter = _raised(placed, index, frame) or note.alter
    if not alter:
        return 0
    number = frame.ladder.midi_number(note.rung) + alter
    if not frame.bounds[0] <= number <= frame.bounds[1]:
        return 0
    if strict_key and number % 12 not in frame.key.scale:
        return 0
    letter_alter = frame.ladder.alters[note.rung % 7] + alter
    return alter if abs(letter_alter) <= 2 else 0


def _raised(placed: Sequence[Placed], index: int, frame: Frame) -> int:
    """1 where a minor key sharpens this note, else 0."""
    if not frame.raises_seventh:
        return 0
    degree = (placed[index].rung - frame.tonic) % 7
    following = placed[index + 1].rung if index + 1 < len(placed) else None
    if degree == 6:
        rises = following == placed[index].rung + 1
        return int(rises or placed[index].degree == 4)
    if degree == 5 and following == placed[index].rung + 1:
        return _raised(placed, index + 1, frame)
    return 0
