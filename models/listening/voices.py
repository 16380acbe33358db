"""Single lines in a phrase, their faults of part-writing, and notes foreign to their chords."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

from antiphon.bridge.music.analysis import ChordSpan, Fault, ForeignNote
from antiphon.bridge.music.chords import pitch_classes
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Phrase, measure_at
from antiphon.bridge.music.words import note_name

_MOST_FAULTS = 60
_MOST_FOREIGN = 2_000
_STEP = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One voice: the name of its part, its notes one at a time, and whether it is alone there."""

    name: str
    notes: tuple[Note, ...]


def lines_of(phrase: Phrase) -> list[Line]:
    """The voices of the pitched parts; notes of one voice that sound together give its highest."""
    found = []
    for part in phrase.parts:
        if part.is_drums:
            continue
        voices: dict[tuple[int, int], list[Note]] = {}
        for note in sounding(part.notes):
            voices.setdefault((note.staff, note.voice), []).append(note)
        for number, key in enumerate(sorted(voices)):
            name = part.name or "Unnamed part"
            if len(voices) > 1:
                name = f"{name}, voice {number + 1}"
            found.append(Line(name, _one_at_a_time(voices[key])))
    return found


def _one_at_a_time(notes: Sequence[Note]) -> tuple[Note, ...]:
    found: list[Note] = []
    for note in notes:
        if found and found[-1].onset == note.onset:
            if note.pitch.midi_number > found[-1].pitch.midi_number:
                found[-1] = note
        else:
            found.append(note)
    return tuple(found)


def is_part_writing(phrase: Phrase, lines: Sequence[Line]) -> bool:
    """Whether two to six real voices move, so that rules of part-writing mean something."""
    total = sum(len(sounding(part.notes)) for part in phrase.parts if not part.is_drums)
    single = sum(len(line.notes) for line in lines)
    return 2 <= len(lines) <= 6 and total > 0 and single >= 0.9 * total


def faults(phrase: Phrase, lines: Sequence[Line], key: int) -> Iterator[Fault]:
    """Parallel fifths and octaves, crossed voices, wide gaps, unresolved leading notes; in order.

    After Aldwell and Schachter, "Harmony and Voice Leading" (2003). At most sixty are told.
    """
    found = [*_pairs(phrase, lines), *_leading(phrase, lines, key)]
    yield from sorted(found, key=lambda fault: fault.onset)[:_MOST_FAULTS]


def _fault(phrase: Phrase, onset: Fraction, kind: str, sentence: str) -> Fault:
    measure = measure_at(phrase, onset)
    number = measure.number if measure else ""
    return Fault(onset, number, kind, f"Measure {number}: {sentence}" if number else sentence)


def _pairs(phrase: Phrase, lines: Sequence[Line]) -> Iterator[Fault]:
    for upper, lower in combinations(lines, 2):
        steps = _together(upper.notes, lower.notes)
        crossed_at: Fraction | None = None
        for (_at_a, high_a, low_a), (at_b, high_b, low_b) in pairwise(steps):
            up, down = high_b - high_a, low_b - low_a
            interval, before = (high_b - low_b) % 12, (high_a - low_a) % 12
            if up and down and interval == before and interval in (0, 7) and high_b >= low_b:
                word = "fifths" if interval == 7 else "octaves"
                kind = "parallel" if (up > 0) == (down > 0) else "consecutive"
                yield _fault(
                    phrase, at_b, f"{kind} {word}",
                    f"{kind} {word} between {upper.name} and {lower.name}.",
                )  # fmt: skip
            if high_b < low_b and (crossed_at is None or at_b - crossed_at > 8):
                crossed_at = at_b
                yield _fault(
                    phrase, at_b, "crossed voices", f"{upper.name} goes below {lower.name}."
                )


def _together(
    upper: Sequence[Note], lower: Sequence[Note]
) -> list[tuple[Fraction, int, int]]:  # fmt: skip
    """(onset, upper, lower) at each onset of either line while both sound."""
    onsets = sorted({n.onset for n in upper} | {n.onset for n in lower})
    found: list[tuple[Fraction, int, int]] = []
    u = low = 0
    for onset in onsets:
        while u + 1 < len(upper) and upper[u + 1].onset <= onset:
            u += 1
        while low + 1 < len(lower) and lower[low + 1].onset <= onset:
            low += 1
        above, below = upper[u], lower[low]
        if above.onset <= onset < above.end and below.onset <= onset < below.end:
            found.append((onset, above.pitch.midi_number, below.pitch.midi_number))
    return found


def _leading(phrase: Phrase, lines: Sequence[Line], key: int) -> Iterator[Fault]:
    """Augmented seconds and tritone leaps within a voice."""
    for line in lines:
        for before, note in pairwise(line.notes):
            size = abs(note.pitch.midi_number - before.pitch.midi_number)
            letters = abs(
                "CDEFGAB".index(note.pitch.step) + 7 * note.pitch.octave
                - "CDEFGAB".index(before.pitch.step) - 7 * before.pitch.octave
            )  # fmt: skip
            if size == 3 and letters == 1 and note.onset == before.end and key >= 12:
                yield _fault(
                    phrase, note.onset, "augmented second",
                    f"an augmented second in {line.name}, "
                    f"{note_name(before.pitch)} to {note_name(note.pitch)}.",
                )  # fmt: skip
            if size > 12 and note.onset == before.end:
                yield _fault(
                    phrase, note.onset, "wide leap",
                    f"{line.name} leaps over an octave, "
                    f"{note_name(before.pitch)} to {note_name(note.pitch)}.",
                )  # fmt: skip


def foreign_notes(
    phrase: Phrase, lines: Sequence[Line], chords: Sequence[ChordSpan]
) -> Iterator[ForeignNote]:
    """The notes that are not of the chord they begin in, each with what it does there."""
    count = 0
    for line in lines:
        at = 0
        for index, note in enumerate(line.notes):
            while at + 1 < len(chords) and chords[at + 1].onset <= note.onset:
                at += 1
            if not chords or not chords[at].onset <= note.onset:
                continue
            tones = pitch_classes(chords[at].symbol)
            if not tones or note.pitch.midi_number % 12 in tones or count >= _MOST_FOREIGN:
                continue
            count += 1
            measure = measure_at(phrase, note.onset)
            yield ForeignNote(
                note.onset, measure.number if measure else "", line.name,
                note_name(note.pitch), _what(line.notes, index, chords, at),
            )  # fmt: skip


def _what(notes: Sequence[Note], index: int, chords: Sequence[ChordSpan], at: int) -> str:
    """What a foreign note does, from how its voice comes to it and leaves it."""
    note = notes[index]
    before = notes[index - 1] if index and notes[index - 1].end >= note.onset else None
    after = notes[index + 1] if index + 1 < len(notes) else None
    if after is not None and after.onset > note.end:
        after = None
    came = note.pitch.midi_number - before.pitch.midi_number if before else None
    goes = after.pitch.midi_number - note.pitch.midi_number if after else None
    on_change = note.onset == chords[at].onset
    if came == 0 and goes is not None and -_STEP <= goes < 0:
        return "suspension"
    if came is not None and goes is not None and 0 < abs(came) <= _STEP and 0 < abs(goes) <= _STEP:
        if came * goes > 0:
            return "accented passing note" if on_change else "passing note"
        return "neighbour note"
    if goes == 0 and after is not None and after.onset > note.onset:
        return "anticipation"
    if came is not None and abs(came) > _STEP and goes is not None and 0 < abs(goes) <= _STEP:
        return "appoggiatura"
    if came is not None and 0 < abs(came) <= _STEP and goes is not None and abs(goes) > _STEP:
        return "escape note"
    if came == 0 and goes == 0:
        return "pedal note"
    return "free note"
