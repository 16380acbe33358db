"""Controls that contradict each other or the music, told before any engine tries."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NoReturn

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.check import check
from antiphon.bridge.music.chords import chord_text, pitch_classes
from antiphon.bridge.music.melody import is_plain, sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.words import key_name, note_name
from antiphon.bridge.protocol.asked import asked_measures, asked_meters, asked_parts
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.frame import stated_key
from antiphon.models.theory.locks import (
    fixed_notes,
    identity,
    locked_notes,
    locked_spans,
    standing_notes,
)


def refuse_contradictions(request: Request) -> None:
    """Promise that an answer can keep every hard control of a request.

    Raises AntiphonError("bad-control") with a sentence that names what contradicts what, and
    what `asked_parts` and `asked_measures` raise.
    """
    parts = asked_parts(request)
    measures = asked_measures(request)
    _range_and_key(request, parts)
    _chords(request)
    if parts and request.controls.rhythm:
        _rhythm(request, parts[0], measures[-1].end)
    _locked_names(request, parts, measures[-1].end)
    for index, part in enumerate(parts):
        _fixed(request, part, is_first=index == 0)


def _refuse(name: str, value: object, why: str) -> NoReturn:
    raise AntiphonError("bad-control", name=name, value=value, why=why)


def _bounds(request: Request) -> tuple[int, int]:
    lowest, highest = request.controls.lowest, request.controls.highest
    return 0 if lowest is None else lowest, 127 if highest is None else highest


def _range_and_key(request: Request, parts: Sequence[Part]) -> None:
    """A range must hold a note of the key, unless there are only drums."""
    if all(part.is_drums for part in parts):
        return
    low, high = _bounds(request)
    scale = stated_key(request).scale
    if not any(number % 12 in scale for number in range(low, high + 1)):
        _refuse("range", f"{low} to {high}", "no note of the key lies in it")


def _chords(request: Request) -> None:
    controls = request.controls
    onsets = [chord.onset for chord in controls.chords]
    if len(set(onsets)) < len(onsets):
        _refuse("chords", "so", "two of them begin in one place")
    if any(onset < 0 for onset in onsets):
        _refuse("chords", "so", "one of them begins before the answer")
    if controls.strict_key:
        key = stated_key(request)
        for chord in controls.chords:
            if not pitch_classes(chord) <= key.scale:
                why = f"it is not in {key_name(key)}, which is asked for strictly"
                _refuse("chord", chord_text(chord), why)


def _rhythm(request: Request, part: Part, length: Fraction) -> None:
    slots = sorted(request.controls.rhythm, key=lambda slot: (slot.onset, slot.duration))
    for slot, following in pairwise(slots):
        if following.onset < slot.onset + slot.duration:
            _refuse("rhythm", "so", f"its notes overlap at quarter {following.onset}")
    if slots[-1].onset + slots[-1].duration > length:
        _refuse("rhythm", "so", f"it is longer than the answer of {length} quarters")
    if not request.controls.tuplets:
        for slot in slots:
            if not _is_plain(request, slot.onset, slot.onset + slot.duration):
                _refuse("rhythm", "so", "it needs tuplets, which are switched off")
    if not part.is_drums:
        for slot in slots:
            if not _has_pitch(request, slot.onset):
                why = f"at quarter {slot.onset} no note of the given chord lies in the range"
                _refuse("rhythm", "so", why)


def _has_pitch(request: Request, onset: Fraction) -> bool:
    """Whether some pitch may begin at an onset."""
    allowed = _allowed(request, onset)
    low, high = _bounds(request)
    return any(number % 12 in allowed for number in range(low, high + 1))


def _allowed(request: Request, onset: Fraction) -> frozenset[int]:
    key = stated_key(request)
    allowed = key.scale if request.controls.strict_key else frozenset(range(12))
    for chord in request.controls.chords:
        if chord.onset == onset and pitch_classes(chord):
            allowed &= pitch_classes(chord)
    return allowed


def _is_plain(request: Request, onset: Fraction, end: Fraction) -> bool:
    """Whether a time can be written without tuplets, measure by measure."""
    for measure in asked_measures(request):
        if measure.onset <= onset < measure.end and not is_plain(onset - measure.onset):
            return False
        if measure.onset < end < measure.end and not is_plain(end - measure.onset):
            return False
    return True


def _locked_names(request: Request, parts: Sequence[Part], length: Fraction) -> None:
    names = {part.id for part in parts} | {""}
    for locked in request.controls.locked_notes:
        name = note_name(locked.note.pitch)
        if not parts or locked.part_id not in names:
            _refuse("locked note", name, "the answer has no such part")
        if locked.note.end > length or locked.note.onset >= length:
            _refuse("locked note", name, "it lies outside the answer")


def _fixed(request: Request, part: Part, *, is_first: bool) -> None:
    """What stands in a part must not break what is asked of it."""
    fixed = fixed_notes(request, part)
    if not fixed and not locked_spans(request):
        return
    for name, why in _broken(request, part, fixed):
        _refuse("locked note", name, why)
    if is_first and request.controls.rhythm:
        _fixed_rhythm(request, fixed)


def _broken(request: Request, part: Part, fixed: Sequence[Note]) -> Iterator[tuple[str, str]]:
    controls = request.controls
    low, high = _bounds(request)
    key = stated_key(request)
    begun = {note.onset for note in sounding(fixed)}
    for note in fixed:
        name = note_name(note.pitch)
        if note.staff > part.staff_count:
            yield name, f"the part has no staff {note.staff}"
        if not controls.tuplets and not _is_plain(request, note.onset, note.end):
            yield name, "it needs a tuplet, and tuplets are switched off"
        if part.is_drums:
            continue
        number = note.pitch.midi_number
        if not low <= number <= high:
            yield name, f"it lies outside the range {low} to {high}"
        if controls.strict_key and number % 12 not in key.scale:
            yield name, f"it is not in {key_name(key)}, which is asked for strictly"
        if note.onset in begun and number % 12 not in _allowed(request, note.onset):
            yield name, "it is no note of the chord that is given with it"
    yield from _unwritable(request, part, fixed)


def _unwritable(request: Request, part: Part, fixed: Sequence[Note]) -> Iterator[tuple[str, str]]:
    """Fixed notes that overlap in a voice, or that are too many at once."""
    measures = asked_measures(request)
    ordered = tuple(sorted(fixed, key=lambda n: (n.onset, n.staff, n.voice)))
    phrase = Phrase(
        (Part(part.id, part.name, ordered),),
        measures,
        measures[-1].end,
        (),
        asked_meters(request),
    )
    for problem in check(phrase):
        if problem.part_id and problem.kind in ("overlap", "overfull", "range"):
            yield "kept", problem.sentence.rstrip(".")
    if _is_locked_away(request, part):
        yield "kept", "its measure is locked and does not hold it"
    limit = request.controls.polyphony
    if limit is not None:
        events = [e for n in sounding(fixed) for e in ((n.onset, 1), (n.end, -1))]
        together = 0
        for _, change in sorted(events):
            together += change
            if together > limit:
                yield "kept", f"more than {limit} locked notes sound at once"
                return


def _is_locked_away(request: Request, part: Part) -> bool:
    """Whether a locked note lies in a locked measure that does not hold it."""
    spans = locked_spans(request)
    standing = {identity(note) for note in standing_notes(request, part)}
    return any(
        identity(note) not in standing
        for note in locked_notes(request, part)
        if any(
            note.onset < end and (note.end > start or note.onset == start) for start, end in spans
        )
    )


def _fixed_rhythm(request: Request, fixed: Sequence[Note]) -> None:
    slots = {(slot.onset, slot.duration) for slot in request.controls.rhythm}
    found = {(note.onset, note.duration) for note in sounding(fixed)}
    if not found <= slots:
        _refuse("rhythm", "so", "the locked notes have another one")
    for start, end in locked_spans(request):
        inside = {s for s in slots if s[0] < end and s[0] + s[1] > start}
        if not inside <= found:
            _refuse("rhythm", "so", "a locked measure has another one")
