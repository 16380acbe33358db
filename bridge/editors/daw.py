"""What a script of a sequencer asks and what it is told, as lines and one MIDI file; opens nothing.

The script sends a span of its project: the selected tracks and, beside them, what else sounds
there. Everything an answer needs afterwards follows from the `Request`, so that a restart of
the service forgets nothing. The format is described in `plugins/CONTRACT.md`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.editors.daw_music import music_of, tracks_of
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_QUARTERS
from antiphon.bridge.formats.smf_part import EDITOR_PPQ, note_rows
from antiphon.bridge.formats.smf_writer import ticks
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.merge import block_chords
from antiphon.bridge.music.phrase import Part
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.words import measures_in_words
from antiphon.bridge.protocol.asked import (
    FOLLOWING,
    answer_start,
    asked_measures,
    own_part,
)
from antiphon.bridge.protocol.completing import NEED_NOTES, completed, find_part, nothing_to
from antiphon.bridge.protocol.lines import Lines, Pair, field, words_of
from antiphon.bridge.protocol.messages import Region, Request, Take, Task
from antiphon.bridge.protocol.titles import undo_title
from antiphon.bridge.protocol.wishes import Said, controls_of

CONTEXT_ASIDE = 16
# Tasks whose answer belongs in the selected track itself.
_IN_PLACE = frozenset({Task.CONTINUE, Task.GENERATE, Task.FILL, Task.VARY})
_DEADLINE, _DEADLINE_PER_MEASURE, _LONGEST_DEADLINE = 20.0, 0.25, 300.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A part of an answer and where it goes: into a track, or (`into` empty) a new one."""

    part: Part
    is_own: bool
    into: str


def request_from(lines: Lines, music: bytes) -> Request:
    """The request of an ask: the selected span, its context, and what was said.

    Raises AntiphonError: "bad-request", "broken-midi", "too-large", "empty-selection",
    "no-melody", "no-such-part", "destination-occupied".
    """
    task_word = lines.text("task")
    if task_word not in set(Task):
        raise AntiphonError("bad-request", why=f"there is no task {task_word[:40]!r}")
    said = Said(Task(task_word), words_of(lines))
    try:
        controls = controls_of(said)
        request = _selected(lines, music, Task(task_word))
        if said.text("into"):
            controls = replace(controls, into=find_part(request.phrase, said.text("into")).id)
        count = said.integer("takes")
        request = replace(request, controls=controls, seed=said.integer("seed"), count=count)
        request = completed(_trimmed(request), said)
    except ValueError as error:
        raise AntiphonError("bad-request", why=str(error)[:200]) from None
    measures = len(asked_measures(request))
    allowed = _DEADLINE + _DEADLINE_PER_MEASURE * measures * count
    return replace(request, deadline_seconds=min(_LONGEST_DEADLINE, allowed))


def region_from(lines: Lines, music: bytes) -> Request:
    """What is selected, as a request to continue it; it may hold no notes.

    Raises AntiphonError: "bad-request", "broken-midi", "too-large", "empty-selection".
    """
    try:
        return _within(_selected(lines, music, Task.CONTINUE))
    except ValueError as error:
        raise AntiphonError("bad-request", why=str(error)[:200]) from None


def take_pairs(
    request: Request, take: Take, places: Sequence[str], is_last: bool
) -> Iterator[Pair]:
    """The lines of a take; `places` are the paths of the parts' files, in their order."""
    phrase = take.phrase
    at = request.phrase_start + answer_start(request)
    yield from (("id", request.id), ("number", take.number), ("takes", request.count))
    yield from (("last", is_last), ("title", undo_title(request)))
    yield from (("at", ticks(at, EDITOR_PPQ)), ("length", ticks(phrase.length, EDITOR_PPQ)))
    yield from (("tempo", f"{_tempo(request):g}"), ("model", take.receipt.model))
    for remark in take.remarks:
        yield "remark", remark.sentence
    parts = placed_parts(request, take)
    for number, (placed, path) in enumerate(zip(parts, places, strict=True), 1):
        yield "part", "\t".join((str(number), *_part_fields(placed), path))
    for number, placed in enumerate(parts, 1):
        for row in note_rows(placed.part):
            yield "note", "\t".join(map(str, (number, *row)))
    for chord in phrase.chords:
        yield "chord", f"{ticks(chord.onset, EDITOR_PPQ)}\t{field(chord_text(chord))}"


def placed_parts(request: Request, take: Take) -> list[Placed]:
    """The parts of an answer; chord symbols that stand alone become a part that plays them."""
    phrase = take.phrase
    parts = phrase.parts or ((block_chords(phrase),) if phrase.chords else ())
    return [_placed(request, part) for part in parts]


def _placed(request: Request, part: Part) -> Placed:
    known = {standing.id for standing in request.phrase.parts}
    if request.task in _IN_PLACE and part.id in request.region.part_ids:
        return Placed(part, True, part.id)
    if request.controls.into == part.id:
        return Placed(part, part.id in request.region.part_ids, part.id)
    if part.id in known:
        part = replace(part, name=f"{part.name or 'Melody'}, restyled")
    return Placed(part, False, "")


def _part_fields(placed: Placed) -> tuple[str, ...]:
    part = placed.part
    flags = str(int(placed.is_own)), field(placed.into), str(int(part.is_drums))
    return (field(part.id), *flags, str(part.program), field(part.name))


def _tempo(request: Request) -> float:
    start = answer_start(request)
    tempos = [tempo for tempo in request.phrase.tempos if tempo.onset <= start]
    return tempos[-1].quarters_per_minute if tempos else 120.0


def _selected(lines: Lines, music: bytes, task: Task) -> Request:
    """The request about the selected span, over all that the script sent."""
    tracks = tracks_of(lines)
    phrase_start = _quarters(lines, "phrase_start")
    start, end = _quarters(lines, "region_start"), _quarters(lines, "region_end")
    if not phrase_start <= start <= end:
        raise AntiphonError("bad-request", why="the region does not lie in the music")
    if start == end:
        raise nothing_to(task)
    phrase = music_of(lines, music, tracks, end - phrase_start)
    return Request(
        id=lines.text("id") or "none",
        task=task,
        region=Region(
            document_id=lines.text("document")[:400],
            revision=lines.text("revision")[:128],
            part_ids=tuple(track.id for track in tracks if track.is_selected),
            start=start,
            end=end,
        ),
        phrase=phrase,
        phrase_start=phrase_start,
    )


def _trimmed(request: Request) -> Request:
    """The request with no more music than its task may hear."""
    own, task = own_part(request), request.task
    start = request.region.start - request.phrase_start
    end = request.region.end - request.phrase_start
    has_notes = own is not None and any(n.onset < end and n.end > start for n in own.notes)
    if task in NEED_NOTES and not has_notes:
        raise nothing_to(task)
    if task not in FOLLOWING:
        return _within(request)
    if task is Task.GENERATE and not has_notes:
        request = _in_the_span(request, start, end)
    _check_free(request, own)
    end = request.region.end - request.phrase_start
    # What stands in the asked measures must not be heard.
    heard = replace(own, notes=tuple(n for n in own.notes if n.onset < end)) if own else None
    whole = replace(request.phrase, parts=(heard,) if heard else ())
    first, _ = _context(request)
    phrase = slice_phrase(whole, first, max(whole.length, end))
    return replace(request, phrase=phrase, phrase_start=request.phrase_start + first)


def _in_the_span(request: Request, start: Fraction, end: Fraction) -> Request:
    """Music from nothing: there is nothing to follow, so it fills what is selected."""
    span = sum(start <= measure.onset < end for measure in request.phrase.measures)
    controls = replace(request.controls, measures=max(1, min(64, span)))
    region = replace(request.region, end=request.region.start)
    return replace(request, controls=controls, region=region)


def _check_free(request: Request, own: Part | None) -> None:
    """Raise AntiphonError("destination-occupied") where notes stand in an answer's way."""
    if own is None:
        return
    start, measures = answer_start(request), asked_measures(request)
    onsets = [note.onset - start for note in own.notes]
    taken = [m for m in measures if any(m.onset <= onset < m.end for onset in onsets)]
    if taken:
        raise AntiphonError("destination-occupied", where=measures_in_words(taken))


def _within(request: Request) -> Request:
    """The request with at most 16 measures on each side of its region."""
    first, last = _context(request)
    phrase = slice_phrase(request.phrase, first, last)
    return replace(request, phrase=phrase, phrase_start=request.phrase_start + first)


def _context(request: Request) -> tuple[Fraction, Fraction]:
    """Where the music that is heard begins and ends, at barlines of the phrase."""
    start = request.region.start - request.phrase_start
    end = request.region.end - request.phrase_start
    before = [measure.onset for measure in request.phrase.measures if measure.onset <= start]
    after = [measure.end for measure in request.phrase.measures if measure.end >= end]
    first = before[-1 - CONTEXT_ASIDE :][0] if before else Fraction(0)
    last = after[: CONTEXT_ASIDE + 1][-1] if after else request.phrase.length
    return first, last


def _quarters(lines: Lines, key: str) -> Fraction:
    value = lines.integer(key)
    if not 0 <= value <= MAX_QUARTERS * EDITOR_PPQ:
        raise AntiphonError("bad-request", why=f"{key} lies outside the music")
    return Fraction(value, EDITOR_PPQ)
