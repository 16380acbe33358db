"""Tasks over the selected measures themselves: what a script asks, and where its answer goes."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.editors.asks import Ask, Selection
from antiphon.bridge.editors.placing import Places, places_for
from antiphon.bridge.editors.writing import lines_of
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.bridge.formats.region_json import MeasureRow, check_rows, phrase_from_rows
from antiphon.bridge.music.chords import chord_text, parse_chord_symbol
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.merge import with_answer
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.asked import FOLLOWING
from antiphon.bridge.protocol.codec import Json
from antiphon.bridge.protocol.completing import NEED_NOTES, completed, nothing_to
from antiphon.bridge.protocol.messages import Controls, Region, Request, Take, Task
from antiphon.bridge.protocol.titles import undo_title
from antiphon.bridge.protocol.wishes import BY_NAME, Said, Word, controls_of

DEADLINE_SECONDS, DEADLINE_PER_MEASURE, LONGEST_DEADLINE = 20.0, 1.0, 60.0
SEED = 0
# Tasks that rewrite the staff itself; the others answer in parts of their own.
_IN_PLACE = (Task.CONTINUE, Task.FILL, Task.VARY)
_SWITCHED_ON = ("1", "true", "yes", "on")


def is_over(task: Task) -> bool:
    """Whether the answer fills the selected measures instead of following them."""
    return task not in FOLLOWING


def said_in(ask: Ask) -> Said:
    """The words of an ask as values. Raises ValueError("word: why")."""
    words: dict[str, Word] = {}
    for name, text in ask.words:
        kind = BY_NAME[name].kind if name in BY_NAME else "text"
        try:
            number = float(text) if kind in ("number", "integer") else 0.0
        except ValueError:
            raise ValueError(f"{name}: {text[:20]!r} is not a number") from None
        values: dict[str, Word] = {"number": number, "integer": int(number)}
        is_on = text.casefold() in _SWITCHED_ON
        words[name] = values.get(kind, is_on if kind == "switch" else text)
    return Said(ask.task, words)


def controls_in(ask: Ask) -> Controls:
    """The controls of an ask, its words before its wishes. Raises ValueError."""
    if not ask.words:
        return ask.wishes.controls(ask.ability)
    return replace(controls_of(said_in(ask)), tuplets=ask.ability.tuplets)


def request_over(ask: Ask, selection: Selection) -> Request:
    """The request about the measures that the selection touches; what is around is heard too.

    Raises AntiphonError: "several-staves", "bad-request", "empty-selection", "no-melody" or
    "too-large".
    """
    if selection.staves != 1 and ask.task in _IN_PLACE:
        raise AntiphonError("several-staves")
    rows = [row for row in ask.measures if row.end > selection.start and row.tick < selection.end]
    if not rows or selection.start >= selection.end:
        raise AntiphonError("bad-request", why="the measures do not hold the selection")
    is_silent = not any(row.notes for row in rows)
    if is_silent and (ask.task in NEED_NOTES or not _sounding(ask)) and ask.task is not Task.FILL:
        raise nothing_to(ask.task)
    try:
        revisions = [row.revision for other in (rows, *_other_rows(ask)) for row in other]
        request = Request(
            id=ask.id,
            task=ask.task,
            region=Region(
                document_id=ask.document,
                revision=hashlib.sha256("\n".join(revisions).encode()).hexdigest()[:16],
                part_ids=(part_id(ask.staff),),
                start=Fraction(rows[0].tick, ask.division),
                end=Fraction(rows[-1].end, ask.division),
            ),
            phrase=_heard(ask),
            phrase_start=Fraction(ask.measures[0].tick, ask.division),
            controls=controls_in(ask),
            seed=SEED,
            first_take=ask.wishes.first_take,
            deadline_seconds=min(
                LONGEST_DEADLINE, DEADLINE_SECONDS + DEADLINE_PER_MEASURE * len(rows)
            ),
        )
        return completed(request, said_in(ask)) if ask.words else request
    except ValueError as error:
        raise AntiphonError("bad-request", why=str(error)) from None


def part_id(staff: int) -> str:
    """The id of the part that a staff is (staves are counted from 0)."""
    return f"staff-{staff + 1}"


def _sounding(ask: Ask) -> bool:
    return any(not other.is_free for other in ask.others)


def _other_rows(ask: Ask) -> Iterator[tuple[MeasureRow, ...]]:
    for other in ask.others:
        yield other.measures


def _heard(ask: Ask) -> Phrase:
    """The staff with its context, and the other staves that sound in the selected measures."""
    own = Part(part_id(ask.staff), ask.part.name, (), ask.part.program, ask.part.is_drums)
    phrase = phrase_from_rows((*ask.measures, *ask.destination), ask.division, own)
    start = ask.measures[0].tick
    parts = [phrase.parts[0]]
    for other in ask.others:
        check_rows(other.measures)
        if other.is_free:
            continue
        empty = Part(
            part_id(other.staff), other.part.name, (), other.part.program, other.part.is_drums
        )
        heard = phrase_from_rows(other.measures, ask.division, empty).parts[0]
        onset = Fraction(other.measures[0].tick - start, ask.division)
        if onset < 0:
            raise ValueError("a staff begins before the selection's context")
        notes = tuple(replace(note, onset=note.onset + onset) for note in heard.notes)
        parts.append(replace(heard, notes=notes))
    return replace(phrase, parts=tuple(parts), chords=tuple(_chords(ask, start)))


def _chords(ask: Ask, start: int) -> Iterator[ChordSymbol]:
    for tick, text in sorted(ask.chords):
        try:
            chord = parse_chord_symbol(text.replace("♭", "b").replace("♯", "#"))
        except ValueError:
            continue  # What is no chord to us may be a word of the musician's.
        if tick >= start:
            yield replace(chord, onset=Fraction(tick - start, ask.division))


def reply_to(ask: Ask, request: Request, take: Take) -> dict[str, Json]:
    """The reply that carries a take: which steps to enter in which staves, and chord symbols.

    `lines` are {"staff", "voice", "steps"}, staves of the score from 0; `parts` the instruments
    to append to the score first, `musicxml` a score of its own where there is no place for the
    answer, `chords` the symbols over the asked staff as [offset, text], which take the place of
    those that stand there, or None. Offsets are in ticks from `at`. Raises
    AntiphonError("model-failed") for a rhythm that ticks cannot hold.
    """
    edge = request.region.start if is_over(request.task) else request.region.end
    own = request.region.part_ids[0]
    parts = take.phrase.parts
    places = places_for(ask, parts, own)
    harmonizes = request.task is Task.HARMONIZE and not parts
    return {
        "status": "take",
        "id": request.id,
        "task": request.task.value,
        "take": take.number,
        "title": undo_title(request),
        "at": int(edge * ask.division),
        "measures": len(take.phrase.measures),
        "append": 0,
        "lines": _lines(ask, take, places),
        "parts": list(places.new),
        "musicxml": _as_score(request, take) if places.is_score else "",
        "chords": _symbols(take.phrase, ask.division) if harmonizes else None,
        "undo_to": None,
        "remarks": [remark.sentence for remark in take.remarks],
        "model": take.receipt.model,
    }


def _lines(ask: Ask, take: Take, places: Places) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    for part, staves in zip(take.phrase.parts, places.staves, strict=False):
        # A part may come with notes on fewer staves than it has: its other staves are cleared.
        lines = lines_of(part, take.phrase, ask.division)
        silent = set(range(len(staves))) - {line.staff for line in lines}
        found += [{"staff": staves[index], "voice": 0, "steps": []} for index in sorted(silent)]
        for line in lines:
            steps = [step.row() for step in line.steps]
            found.append({"staff": staves[line.staff], "voice": line.voice, "steps": steps})
    return found


def _symbols(phrase: Phrase, division: int) -> list[list[Json]]:
    return [[int(chord.onset * division), chord_text(chord)] for chord in phrase.chords]


def _as_score(request: Request, take: Take) -> str:
    """The selected part and the answer as a score of its own, in MusicXML."""
    start = request.region.start - request.phrase_start
    own = [part for part in request.phrase.parts if part.id == request.region.part_ids[0]]
    alone = replace(request.phrase, parts=tuple(own))
    region = slice_phrase(alone, start, request.region.end - request.phrase_start)
    whole = with_answer(replace(region, title=undo_title(request)), Fraction(0), take.phrase)
    return write_phrase(whole, ".musicxml").decode()
