"""The rhythmic feel of a style, laid over a melody: swing, anticipation, dots, plain beats."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from antiphon.bridge.music.melody import is_plain
from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.ground import Ground

_HALF = Fraction(1, 2)


def in_style(ground: Ground, melody: Sequence[Note], degree: float) -> list[Note]:
    """A melody in the rhythmic feel of the ground's style; degree 0 leaves it, 1 goes all the way.

    Its pitches and their order stay, so that the tune is recognised. Jazz swings its eighths in
    triplets where tuplets may be written; pop, rock and ragtime anticipate beats; romantic music
    leans on dotted notes; hymns and chorales move in plain beats; folk and classical stay even.
    """
    if degree <= 0 or not melody:
        return list(melody)
    rng = ground.chance("feel")
    feel = _FEELS.get(ground.style)
    return feel(ground, list(melody), degree, rng) if feel else list(melody)


def _jazz(ground: Ground, line: list[Note], degree: float, rng: Random) -> list[Note]:
    line = _anticipated(ground, line, 0.45 * degree, rng)
    return swung(ground, line, degree) if ground.request.controls.tuplets else line


def swung(ground: Ground, line: Sequence[Note], degree: float) -> list[Note]:
    """Offbeat eighths a third of a beat late: long and short, as jazz plays them."""
    found = []
    for note in line:
        onset = _late(ground, note.onset) if degree >= 0.3 else note.onset
        end = _late(ground, note.end) if degree >= 0.3 else note.end
        found.append(replace(note, onset=onset, duration=end - onset))
    return found


def _late(ground: Ground, time: Fraction) -> Fraction:
    bar = ground.bar_at(time)
    if bar.is_compound or bar.meter.beat_type != 4 or time >= ground.length:
        return time
    place = time - bar.onset + bar.offset
    return time + Fraction(1, 6) if place % 1 == _HALF else time


def _popular(ground: Ground, line: list[Note], degree: float, rng: Random) -> list[Note]:
    return _anticipated(ground, line, 0.6 * degree, rng)


def _ragtime(ground: Ground, line: list[Note], degree: float, rng: Random) -> list[Note]:
    """Short, long, short: what falls on the weak beats of a bar comes early."""
    split = _broken_up(ground, line, 0.5 * degree, rng)
    return _anticipated(ground, split, 0.85 * degree, rng)


def _anticipated(
    ground: Ground, line: Sequence[Note], share: float, rng: Random
) -> list[Note]:  # fmt: skip
    """A share of the notes on inner beats half a beat early, where the note before leaves room."""
    found = list(line)
    for index in range(1, len(found)):
        before, note = found[index - 1], found[index]
        bar = ground.bar_at(note.onset)
        if bar.is_compound or bar.meter.beat_type > 4 or note.onset == bar.onset:
            continue
        early = note.onset - _HALF
        is_beat = is_plain(note.onset - bar.onset) and note.onset in bar.pulses
        has_room = before.onset < early and early >= bar.onset
        if is_beat and has_room and rng.random() < share:
            shortened = min(before.duration, early - before.onset)
            found[index - 1] = replace(before, duration=shortened)
            found[index] = replace(note, onset=early, duration=note.duration + _HALF)
    return found


def _broken_up(
    ground: Ground, line: Sequence[Note], share: float, rng: Random
) -> list[Note]:  # fmt: skip
    """A share of the long notes struck again, so that a lively style has something to do."""
    found: list[Note] = []
    for note in line:
        bar = ground.bar_at(note.onset)
        is_long = note.duration >= 2 and note.end <= bar.end and is_plain(note.onset)
        if is_long and rng.random() < share:
            cut = note.duration - (1 if note.duration > 2 else _HALF)
            found.append(replace(note, duration=cut))
            found.append(
                replace(note, onset=note.onset + cut, duration=note.duration - cut, lyrics=())
            )
        else:
            found.append(note)
    return found


def _dotted(ground: Ground, line: list[Note], degree: float, rng: Random) -> list[Note]:
    """Even pairs from a beat on become long and short."""
    found = list(line)
    index = 0
    while index + 1 < len(found):
        first, second = found[index], found[index + 1]
        bar = ground.bar_at(first.onset)
        is_pair = first.duration == second.duration and first.end == second.onset
        even = is_pair and first.onset in bar.pulses and second.end <= bar.end
        fits = is_plain(first.duration) and first.duration >= _HALF and not bar.is_compound
        if even and fits and rng.random() < 0.6 * degree:
            longer = first.duration * Fraction(3, 2)
            found[index] = replace(first, duration=longer)
            found[index + 1] = replace(
                second, onset=first.onset + longer, duration=second.duration / 2
            )
            index += 1
        index += 1
    return found


def _plain(ground: Ground, line: list[Note], degree: float, rng: Random) -> list[Note]:
    """Short notes between the beats left out, the beat's own note held over them."""
    found: list[Note] = []
    for note in line:
        bar = ground.bar_at(note.onset)
        on_beat = note.onset in bar.pulses
        last = found[-1] if found else None
        joins = last is not None and last.end == note.onset and last.onset >= bar.onset
        is_short = note.duration < bar.meter.beat_duration
        if not on_beat and joins and is_short and rng.random() < degree - 0.1:
            assert last is not None
            found[-1] = replace(last, duration=last.duration + note.duration)
        else:
            found.append(note)
    return found


_FEELS: dict[str, Callable[[Ground, list[Note], float, Random], list[Note]]] = {
    "jazz": _jazz,
    "pop": _popular,
    "rock": _popular,
    "ragtime": _ragtime,
    "romantic": _dotted,
    "hymn": _plain,
    "chorale": _plain,
}
