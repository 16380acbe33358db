"""Cut ties, slurs and slides whose other end was replaced."""

from collections.abc import Iterator, Sequence

from antiphon.bridge.formats.musicxml_measure_edit import Place, staff_of
from antiphon.bridge.formats.musicxml_spans import Spans
from antiphon.bridge.formats.musicxml_voice import written_pitch
from antiphon.bridge.formats.xml_safe import Node
from antiphon.bridge.music.phrase import Note, Tie

_SPANNERS = ("slur", "glissando", "slide")
_PitchName = tuple[str, str, str]


def mend_spanners(  # noqa: PLR0913, PLR0917
    spans: Spans,
    measures: Sequence[Node],
    removed: Sequence[Node],
    first: int,
    answer: Sequence[Sequence[Note]],
    places: Sequence[Place],
    staff: int,
) -> None:
    """Take out the ends that stay behind in the notes around the replaced measures.

    A tie that the answer itself takes up (a note tied back at its start, or on at its end)
    stays. Nothing is cut whose other end was not replaced.
    """
    gone = {id(note) for note in removed}
    if not gone:
        return
    last = first + len(answer)
    doomed: list[tuple[Node, Node]] = []
    before = [n for m in measures[:first][-1:] for n in m.all("note") if staff_of(n) == staff]
    after = [n for m in measures[last : last + 1] for n in m.all("note") if staff_of(n) == staff]
    here = {_name(n) for n in measures[first].all("note") if id(n) in gone and _tied(n, "stop")}
    ends = measures[min(last, len(measures)) - 1]
    there = {_name(n) for n in ends.all("note") if id(n) in gone and _tied(n, "start")}
    taken_up = _answer_ties(answer[:1], (Tie.STOP, Tie.BOTH), places[first])
    led_on = _answer_ties(answer[-1:], (Tie.START, Tie.BOTH), places[first])
    for note in reversed(before):
        if _name(note) in here - taken_up and _tied(note, "start"):
            doomed += _tie_marks(note, "start")
            here.discard(_name(note))
    for note in after:
        if _name(note) in there - led_on and _tied(note, "stop"):
            doomed += _tie_marks(note, "stop")
            there.discard(_name(note))
    doomed += _broken_spanners(measures, gone)
    _take_out(spans, doomed)


def _answer_ties(
    measures: Sequence[Sequence[Note]], ties: tuple[Tie, Tie], place: Place
) -> set[_PitchName]:
    found = set()
    for notes in measures:
        for note in notes:
            if note.tie in ties:
                pitch = written_pitch(note.pitch, place.transposition)
                found.add((pitch.step, str(pitch.alter), str(pitch.octave)))
    return found


def _name(note: Node) -> _PitchName:
    pitch = note.child("pitch") or note
    return pitch.words("step"), pitch.words("alter") or "0", pitch.words("octave")


def _tied(note: Node, kind: str) -> bool:
    return bool(_tie_marks(note, kind))


def _tie_marks(note: Node, kind: str) -> list[tuple[Node, Node]]:
    """The `tie` and `tied` elements of a note, each with its parent."""
    marks = [(note, mark) for mark in note.all("tie") if mark.get("type") == kind]
    for holder in note.all("notations"):
        marks += [(holder, mark) for mark in holder.all("tied") if mark.get("type") == kind]
    return marks


def _broken_spanners(measures: Sequence[Node], gone: set[int]) -> Iterator[tuple[Node, Node]]:
    """The ends of slurs and slides that stay while their other end goes."""
    opened: dict[tuple[str, str], tuple[bool, Node, Node]] = {}
    for measure in measures:
        for note in measure.all("note"):
            for holder in note.all("notations"):
                for mark in holder.children:
                    if mark.tag not in _SPANNERS:
                        continue
                    key = (mark.tag, mark.get("number", "1"))
                    if mark.get("type") == "start":
                        opened[key] = (id(note) in gone, holder, mark)
                    elif mark.get("type") == "stop" and key in opened:
                        start_gone, start_holder, start = opened.pop(key)
                        if start_gone and id(note) not in gone:
                            yield holder, mark
                        elif id(note) in gone and not start_gone:
                            yield start_holder, start


def _take_out(spans: Spans, doomed: Sequence[tuple[Node, Node]]) -> None:
    """Remove marks; a `notations` that would be left empty goes whole."""
    by_holder: dict[int, tuple[Node, list[Node]]] = {}
    for holder, mark in doomed:
        marks = by_holder.setdefault(id(holder), (holder, []))[1]
        if all(mark is not known for known in marks):
            marks.append(mark)
    for holder, marks in by_holder.values():
        if holder.tag == "notations" and len(marks) == len(holder.children):
            spans.remove(holder)
        else:
            for mark in marks:
                spans.remove(mark)
