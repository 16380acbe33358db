"""Ties and slurs that would lead nowhere once some notes are replaced: taken off their other end."""

from collections.abc import Iterable, Iterator

from antiphon.bridge.formats.musicxml_place import Edit, end_of, staff_of
from antiphon.bridge.formats.xml_safe import Node


def loosened(data: bytes, measures: list[Node], first: int, count: int, staff: int) -> list[Edit]:
    """Edits outside measures [first, first + count) that take off the lost ends' partners."""
    before = [note for measure in measures[:first] for note in _notes(measure, staff)]
    gone = [note for measure in measures[first : first + count] for note in _notes(measure, staff)]
    after = [note for measure in measures[first + count :] for note in _notes(measure, staff)]
    found: list[Node] = []
    if gone:
        found += _tie_partners(gone, before[::-1], "stop", "start", measures[first - 1 : first])
        found += _tie_partners(gone, after, "start", "stop", measures[first + count :][:1])
        found += _slur_partners(gone, before[::-1], "stop", "start")
        found += _slur_partners(gone[::-1], after, "start", "stop")
    return [Edit(node.start, end_of(node, data), b"") for node in found]


def _notes(measure: Node, staff: int) -> Iterator[Node]:
    return (note for note in measure.all("note") if staff_of(note) == staff)


def _pitch(note: Node) -> tuple[str, str, str]:
    return (
        note.words("pitch", "step"),
        note.words("pitch", "alter") or "0",
        note.words("pitch", "octave"),
    )


def _marks(note: Node, tag: str) -> Iterator[Node]:
    yield from note.all(tag)
    for notations in note.all("notations"):
        yield from notations.all(tag)


def _tie_partners(
    gone: list[Node], kept: Iterable[Node], lost: str, partner: str, near: list[Node]
) -> list[Node]:
    """Tie ends of the neighbouring measure whose other end was on a replaced note."""
    needed = {_pitch(n) for n in gone if any(m.get("type") == lost for m in _marks(n, "tie"))}
    close = {id(note) for measure in near for note in measure.all("note")}
    return [
        mark
        for note in kept
        if id(note) in close and _pitch(note) in needed
        for tag in ("tie", "tied")
        for mark in _marks(note, tag)
        if mark.get("type") == partner
    ]


def _slur_partners(gone: Iterable[Node], kept: list[Node], lost: str, partner: str) -> list[Node]:
    """Slur ends outside whose other end was on a replaced note; numbers pair them."""
    opened: dict[str, int] = {}
    missing: list[str] = []
    for note in gone:
        for mark in _marks(note, "slur"):
            number, kind = mark.get("number", "1"), mark.get("type")
            if kind == partner:
                opened[number] = opened.get(number, 0) + 1
            elif kind == lost and opened.get(number):
                opened[number] -= 1
            elif kind == lost:
                missing.append(number)
    found = []
    for number in missing:
        depth = 0
        for mark in (mark for note in kept for mark in _marks(note, "slur")):
            if mark.get("number", "1") != number:
                continue
            if mark.get("type") == lost:
                depth += 1
            elif mark.get("type") == partner and depth:
                depth -= 1
            elif mark.get("type") == partner:
                found.append(mark)
                break
    return found
