"""Passing notes between the chords of four voices."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.melody import is_plain
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.pitch import spell
from antiphon.models.theory.ground import Ground


def with_passing_notes(
    ground: Ground, soprano: Sequence[Note], voices: Sequence[list[Note]]
) -> tuple[list[Note], ...]:
    """The voices with thirds filled by step on the second half of a beat, one voice at a time.

    The bass comes first, then tenor, then alto; a passing note that would make parallel fifths
    or octaves with what follows is left out.
    """
    lines: list[list[Note]] = [list(soprano), *(list(voice) for voice in voices)]
    places = [{note.onset: at for at, note in enumerate(line)} for line in lines]
    taken: set[Fraction] = set()
    scale = ground.felt.scale & ground.scale
    for index in (3, 2, 1):
        found: list[Note] = []
        line = lines[index]
        for note, following in zip(line, [*line[1:], None], strict=True):
            passing = None
            if following is not None and note.end == following.onset and note.onset not in taken:
                passing = _between(note, following, scale, ground)
            if passing is None or following is None:
                found.append(note)
                continue
            others = [_moves(lines[i], places[i], note, following) for i in range(4) if i != index]
            if any(_is_parallel(passing, following, other) for other in others):
                found.append(note)
                continue
            taken.add(note.onset)
            found += [replace(note, duration=note.duration / 2), passing]
        lines[index] = found
        places[index] = {note.onset: at for at, note in enumerate(found)}
    return tuple(lines[1:])


def _between(
    note: Note, following: Note, scale: frozenset[int], ground: Ground
) -> Note | None:  # fmt: skip
    """The note of the key halfway between two that lie a third apart."""
    move = following.pitch.midi_number - note.pitch.midi_number
    if abs(move) not in (3, 4) or note.duration != 1 or not is_plain(note.onset):
        return None
    step = 1 if move > 0 else -1
    low = note.pitch.midi_number
    numbers = [low + step * size for size in (2, 1) if size < abs(move)]
    inside = [n for n in numbers if n % 12 in scale]
    if not inside:
        return None
    pitch = spell(inside[0], ground.key.fifths, ground.key.is_minor)
    half = note.duration / 2
    return replace(note, onset=note.onset + half, duration=half, pitch=pitch)


def _moves(
    line: Sequence[Note], places: dict[Fraction, int], note: Note, following: Note
) -> tuple[int, int] | None:
    """What another voice does meanwhile: its number during the note and at the following one."""
    now, then = places.get(note.onset), places.get(following.onset)
    if now is None or then is None:
        return None
    return line[now].pitch.midi_number, line[then].pitch.midi_number


def _is_parallel(passing: Note, following: Note, other: tuple[int, int] | None) -> bool:
    if other is None:
        return False
    before = (passing.pitch.midi_number - other[0]) % 12
    after = (following.pitch.midi_number - other[1]) % 12
    return before == after and before in (0, 5, 7) and other[0] != other[1]
