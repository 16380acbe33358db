"""Tasks over the selected measures themselves: what a script asks, and parts for a reply."""

import hashlib
from collections.abc import Iterator
from fractions import Fraction

from antiphon.bridge.editors.asks import Ask, Selection
from antiphon.bridge.editors.writing import events_of
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.region_json import phrase_from_rows, tpc_of
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.phrase import Part, Tie
from antiphon.bridge.protocol.asked import FOLLOWING
from antiphon.bridge.protocol.codec import Json
from antiphon.bridge.protocol.messages import Region, Request, Take, Task

DEADLINE_SECONDS = 20.0
SEED = 0
# Tasks that rewrite the staff itself; the others answer in parts of their own.
_IN_PLACE = (Task.FILL, Task.VARY)


def is_over(task: Task) -> bool:
    """Whether the answer fills the selected measures instead of following them."""
    return task not in FOLLOWING


def request_over(ask: Ask, selection: Selection) -> Request:
    """The request about the measures that the selection touches; what follows them is heard too.

    Raises AntiphonError: "several-staves", "bad-request", "empty-selection" or "too-large".
    """
    if selection.staves != 1:
        raise AntiphonError("several-staves")
    rows = [row for row in ask.measures if row.end > selection.start and row.tick < selection.end]
    if not rows or selection.start >= selection.end:
        raise AntiphonError("bad-request", why="the measures do not hold the selection")
    if not any(row.notes for row in rows) and ask.task is not Task.FILL:
        raise AntiphonError("empty-selection")
    try:
        controls = ask.wishes.controls(ask.ability)
        part_id = f"staff-{ask.staff + 1}"
        part = Part(part_id, ask.part.name, (), ask.part.program, ask.part.is_drums)
        revision = hashlib.sha256("\n".join(row.revision for row in rows).encode()).hexdigest()
        return Request(
            id=ask.id,
            task=ask.task,
            region=Region(
                document_id=ask.document,
                revision=revision[:16],
                part_ids=(part_id,),
                start=Fraction(rows[0].tick, ask.division),
                end=Fraction(rows[-1].end, ask.division),
            ),
            phrase=phrase_from_rows((*ask.measures, *ask.destination), ask.division, part),
            phrase_start=Fraction(ask.measures[0].tick, ask.division),
            controls=controls,
            seed=SEED,
            first_take=ask.wishes.first_take,
            deadline_seconds=DEADLINE_SECONDS,
        )
    except ValueError as error:
        raise AntiphonError("bad-request", why=str(error)) from None


def reply_over(ask: Ask, request: Request, take: Take) -> dict[str, Json]:
    """The reply that carries a take over the selected measures.

    `events` are the steps that rewrite the staff (to fill and to vary); `parts` the other
    parts, each with its notes as rows [offset, ticks, pitch, tpc, voice, tied, staff], where
    voice and staff count from 0; `chords` the chord symbols as [offset, text]. Offsets are in
    ticks from `at`. Raises AntiphonError("model-failed") for a rhythm that ticks cannot hold.
    """
    in_place = request.task in _IN_PLACE
    phrase, division = take.phrase, ask.division
    written = events_of(phrase, division) if in_place else None
    own = request.region.part_ids[0]
    return {
        "status": "take",
        "id": request.id,
        "take": take.number,
        "at": int(request.region.start * division),
        "measures": len(phrase.measures),
        "append": 0,
        "events": [event.row() for event in written.events] if written else [],
        "parts": [] if in_place else [_part(part, own, division) for part in phrase.parts],
        "chords": [[int(c.onset * division), chord_text(c)] for c in phrase.chords],
        "undo_to": None,
        "remarks": [
            *(written.remarks if written else ()),
            *(remark.sentence for remark in take.remarks),
        ],
        "model": take.receipt.model,
    }


def _part(part: Part, own: str, division: int) -> dict[str, Json]:
    return {
        "id": part.id,
        "is_own": part.id == own,
        "name": part.name,
        "program": part.program,
        "is_drums": part.is_drums,
        "staves": part.staff_count,
        "notes": list(_rows(part, division)),
    }


def _rows(part: Part, division: int) -> Iterator[list[int]]:
    for note in part.notes:
        times = note.onset * division, note.duration * division
        if any(time.denominator != 1 for time in times):
            raise AntiphonError("model-failed", why=f"{note.onset} quarters are no whole tick")
        tied = int(note.tie in (Tie.START, Tie.BOTH))
        place = [note.voice - 1, tied, note.staff - 1]
        yield [*map(int, times), note.pitch.midi_number, tpc_of(note.pitch), *place]
