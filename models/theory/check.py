"""The hard promises of an answer to any task, verified after the fact whatever engine made it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from antiphon.bridge.music.check import check
from antiphon.bridge.music.chords import chord_text, pitch_classes
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import is_plain, sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, measure_at
from antiphon.bridge.protocol.asked import asked_measures, asked_meters, asked_parts
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.frame import stated_key
from antiphon.models.theory.locks import fixed_notes, locked_spans, same_notes, standing_notes

_CLOSES = (Tie.STOP, Tie.BOTH)


def check_answer(request: Request, answer: Phrase) -> list[str]:
    """Every broken promise of an answer as a sentence; an empty list promises a good one.

    Promised are: exactly the asked measures, each full, and the asked parts, each with its
    instrument; notes inside their measures, without overlap, tied rightly; and, where the
    controls ask, range, key (of chord symbols too), no tuplets, polyphony, rhythm, given
    chords, locked notes and locked measures. Drums have no range, no key and no chords.
    """
    # A measure that is odd in the score is odd in the answer too; `_measures` compares them.
    problems = [problem for problem in check(answer) if problem.part_id]
    found = [problem.sentence for problem in problems]
    found += _measures(request, answer)
    found += _signatures(request, answer)
    found += _chords(request, answer)
    asked = asked_parts(request)
    if len(answer.parts) != len(asked):
        return [*found, f"The answer has {len(answer.parts)} parts instead of {len(asked)}."]
    for template, part in zip(asked, answer.parts, strict=True):
        found += _part(template, part)
        fixed = fixed_notes(request, template)
        if not part.is_drums:
            found += _range(request, part)
            found += _key(request, part, fixed)
            found += _harmony(request, part)
        found += _tuplets(request, answer, part)
        found += _polyphony(request, part)
        found += _locks(request, template, part, fixed)
    if answer.parts:
        found += _rhythm(request, answer.parts[0])
    return found


def _measures(request: Request, answer: Phrase) -> Iterator[str]:
    promised = asked_measures(request)
    if len(answer.measures) != len(promised):
        yield f"The answer has {len(answer.measures)} measures instead of {len(promised)}."
        return
    for measure, wanted in zip(answer.measures, promised, strict=True):
        if (measure.onset, measure.duration) != (wanted.onset, wanted.duration):
            yield f"Measure {wanted.number} is not where it belongs, or not full."
        if measure.number != wanted.number:
            yield f"Measure {wanted.number} is numbered {measure.number}."
    if answer.length != promised[-1].end:
        yield "The answer is not as long as its measures."


def _signatures(request: Request, answer: Phrase) -> Iterator[str]:
    if answer.time_signatures != asked_meters(request):
        yield "The answer changes the meter."
    key = stated_key(request)
    if any(other.fifths != key.fifths for other in answer.key_signatures):
        yield "The answer changes the key signature."


def _chords(request: Request, answer: Phrase) -> Iterator[str]:
    held = set(answer.chords)
    onsets = [chord.onset for chord in answer.chords]
    if len(set(onsets)) < len(onsets):
        yield "Two chord symbols stand in one place."
    if any(not 0 <= onset < answer.length for onset in onsets):
        yield "A chord symbol stands outside the answer."
    for chord in request.controls.chords:
        if chord.onset < answer.length and chord not in held:
            yield f"The given chord {chord_text(chord)} is missing."
    if request.controls.strict_key:
        scale = stated_key(request).scale
        for chord in answer.chords:
            if not pitch_classes(chord) <= scale:
                yield f"The chord {chord_text(chord)} is outside the key."


def _part(asked: Part, part: Part) -> Iterator[str]:
    same = ("id", "name", "program", "is_drums", "staff_count", "transposition")
    for field in same:
        if getattr(asked, field) != getattr(part, field):
            yield f"The answer's part {asked.id} differs from the asked one in its {field}."
    if any(note.staff > part.staff_count for note in part.notes):
        yield "A note lies on a staff that the part does not have."


def _range(request: Request, part: Part) -> Iterator[str]:
    lowest, highest = request.controls.lowest, request.controls.highest
    for note in part.notes:
        number = note.pitch.midi_number
        if lowest is not None and number < lowest:
            yield f"{note.pitch} is below the asked range."
        if highest is not None and number > highest:
            yield f"{note.pitch} is above the asked range."


def _key(request: Request, part: Part, fixed: Sequence[Note]) -> Iterator[str]:
    if not request.controls.strict_key:
        return
    key = stated_key(request)
    # What the user wrote and locked keeps the user's spelling.
    own = {(note.onset, note.pitch) for note in fixed}
    for note in part.notes:
        if note.pitch.midi_number % 12 not in key.scale:
            yield f"{note.pitch} is outside the key."
        elif (note.onset, note.pitch) not in own and _is_misspelled(note, key):
            yield f"{note.pitch} is spelled against the key."


def _is_misspelled(note: Note, key: KeySignature) -> bool:
    """Whether a note sounds like one of the signature's seven but is written as another."""
    lowest = key.fifths - 1
    belongs = {7 * position % 12 for position in range(lowest, lowest + 7)}
    in_signature = lowest <= note.pitch.fifths < lowest + 7
    return note.pitch.midi_number % 12 in belongs and not in_signature


def _harmony(request: Request, part: Part) -> Iterator[str]:
    tones = {chord.onset: pitch_classes(chord) for chord in request.controls.chords}
    for note in part.notes:
        allowed = tones.get(note.onset)
        if allowed and note.tie not in _CLOSES and note.pitch.midi_number % 12 not in allowed:
            yield f"{note.pitch} is no note of the chord that begins with it."


def _tuplets(request: Request, answer: Phrase, part: Part) -> Iterator[str]:
    if request.controls.tuplets:
        return
    for note in part.notes:
        measure = measure_at(answer, note.onset)
        if measure is None or note.is_grace:
            continue
        # What ends with a measure that the region cut anywhere ends where it must.
        is_cut = note.end == measure.end and not is_plain(measure.duration)
        if not (is_plain(note.onset - measure.onset) and (is_plain(note.duration) or is_cut)):
            yield f"{note.pitch} at quarter {note.onset} needs a tuplet."


def _polyphony(request: Request, part: Part) -> Iterator[str]:
    limit = request.controls.polyphony
    if limit is None:
        return
    events: list[tuple[Fraction, int]] = []
    for note in sounding(part.notes):
        events += [(note.onset, 1), (note.end, -1)]
    together = 0
    for onset, change in sorted(events):
        together += change
        if together > limit:
            yield f"More than {limit} notes sound at once at quarter {onset}."
            return


def _locks(request: Request, template: Part, part: Part, fixed: Sequence[Note]) -> Iterator[str]:
    written: dict[tuple[Fraction, Fraction, int], int] = defaultdict(int)
    for note in part.notes:
        written[note.onset, note.duration, note.pitch.midi_number] += 1
    for note in fixed:
        if not written[note.onset, note.duration, note.pitch.midi_number]:
            yield f"The locked {note.pitch} at quarter {note.onset} is missing."
    standing = standing_notes(request, template)
    for start, end in locked_spans(request):
        now = [note for note in part.notes if start <= note.onset < end]
        was = [note for note in standing if start <= note.onset < end]
        if not same_notes(now, was):
            yield f"The locked measure at quarter {start} has changed."


def _rhythm(request: Request, part: Part) -> Iterator[str]:
    if not request.controls.rhythm:
        return
    wanted = {(slot.onset, slot.duration) for slot in request.controls.rhythm}
    found = {(note.onset, note.duration) for note in sounding(part.notes)}
    if found != wanted:
        yield "The answer does not keep the given rhythm."
