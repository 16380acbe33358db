"""Write an answer into a MusicXML document and leave every other byte as it was."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.musicxml_append import append_measures
from antiphon.bridge.formats.musicxml_drums import drum_sounds
from antiphon.bridge.formats.musicxml_measure_edit import MeasureEdit, Place
from antiphon.bridge.formats.musicxml_notes import (
    divisions_of,
    meter_of,
    small_integer,
    transposition_of,
)
from antiphon.bridge.formats.musicxml_rhythm import split_by_measure
from antiphon.bridge.formats.musicxml_spanners import mend_spanners
from antiphon.bridge.formats.musicxml_spans import Spans
from antiphon.bridge.formats.xml_safe import Node, broken, parse_xml
from antiphon.bridge.music.phrase import Note, Phrase

_WHAT = "The score"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def write_measures(
    original: bytes, part_id: str, first_measure: int, answer: Phrase, staff: int = 1
) -> bytes:
    """The document with the answer's measures on one staff, from measure `first_measure` (from 0).

    `original` is uncompressed MusicXML (score-partwise); the notes come from
    `answer.parts[0]`, the places from `answer.measures`. Where the document ends earlier,
    measures are added to every part and a plain final barline moves to the new end. Notes of
    the asked staff are replaced whatever their voice; every other byte stays, but for what
    loses its other end: ties, slurs, glissandos and slides that begin or stop at a replaced
    note are cut at the note that stays, a `chord` mark goes if the note it hung on was
    replaced, and `backup`, `forward` and `divisions` are put in where the timing needs them.
    Chord symbols of the answer are written where the measures hold none. Raises
    AntiphonError("broken-musicxml" | "too-large" | "no-such-part" | "no-such-measure").
    """

    def write(root: Node, spans: Spans) -> None:
        _write(root, spans, part_id, first_measure, answer, staff)

    return edited(original, write)


def edited(original: bytes, edit: Callable[[Node, Spans], None]) -> bytes:
    """The document after an edit of its tree's spans, in the encoding it came in.

    Raises AntiphonError("broken-musicxml") unless it is score-partwise, and what `edit` raises.
    """
    if original[:2] in _UTF16_MARKS:
        try:
            text = original.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise broken(_WHAT, "its text encoding is damaged") from None
        codec = "utf-16-le" if original[:2] == _UTF16_MARKS[0] else "utf-16-be"
        return original[:2] + _edited(text, "utf-8", edit).decode().encode(codec)
    if b"\0" in original[:4]:
        raise broken(_WHAT, "it is in UTF-16 without a byte order mark")
    return _edited(original, None, edit)


def _edited(data: bytes, encoding: str | None, edit: Callable[[Node, Spans], None]) -> bytes:
    root = parse_xml(data, _WHAT, encoding)
    if root.tag != "score-partwise":
        raise broken(_WHAT, f"it begins with <{root.tag[:40]}>, not <score-partwise>")
    spans = Spans(data)
    edit(root, spans)
    return spans.result()


def _write(  # noqa: PLR0913, PLR0917
    root: Node, spans: Spans, part_id: str, first: int, answer: Phrase, staff: int
) -> None:
    part = find_part(root, part_id)
    measures = list(part.all("measure"))
    if not 0 <= first <= len(measures):
        raise AntiphonError("no-such-measure", measure=first + 1, count=len(measures))
    sounds = drum_sounds(spans, root, part_id, answer.parts[0])

    def walked(other: Node) -> list[Place]:
        found = walk(other)
        if other is not part or not answer.parts[0].is_drums:
            return found
        return [replace(place, is_drums=True, sounds=sounds) for place in found]

    places = walked(part)
    home, free = _voices(part, staff)
    by_measure = [
        _revoiced(notes, home, free)
        for notes in split_by_measure(answer.parts[0].notes, answer.measures)
    ]
    removed: list[Node] = []
    with_chords = not any(m.child("harmony") for m in measures[first : first + len(by_measure)])
    for offset, node in enumerate(measures[first : first + len(by_measure)]):
        edit = MeasureEdit(spans, node, places[first + offset], staff)
        edit.write(answer, offset, by_measure[offset], with_chords)
        removed += edit.removed
    mend_spanners(spans, measures, removed, first, by_measure, places, staff)
    if first + len(answer.measures) > len(measures):
        append_measures(spans, root, part, first, answer, by_measure, staff, walked)


def find_part(root: Node, part_id: str) -> Node:
    """The part of that id. Raises AntiphonError("no-such-part")."""
    for part in root.all("part"):
        if part.get("id") == part_id:
            return part
    known = ", ".join(part.get("id") for part in root.all("part"))
    raise AntiphonError("no-such-part", name=part_id, parts=known)


def walk(part: Node) -> list[Place]:
    """What holds at the start of each measure of a part, and behind its last one."""
    place = Place()
    found = []
    for measure in part.all("measure"):
        found.append(replace(place))
        for node in measure.children:
            if node.tag == "attributes":
                place = _after_attributes(node, place)
            elif node.tag == "note" and node.child("unpitched") is not None:
                place = replace(place, is_drums=True)
        # A signature at the start of a measure already holds in it.
        first = measure.child("attributes")
        if first is not None:
            start = _after_attributes(first, found[-1])
            found[-1] = replace(start, divisions=found[-1].divisions, is_drums=place.is_drums)
    return [*found, place]


def _after_attributes(node: Node, place: Place) -> Place:
    if node.words("divisions"):
        place = replace(place, divisions=divisions_of(node.words("divisions"), _WHAT))
    moves = node.child("transpose")
    if moves is not None:
        place = replace(place, transposition=transposition_of(moves, _WHAT))
    key = node.child("key")
    if key is not None:
        place = replace(place, fifths=small_integer(key.words("fifths"), 0, -14, 14))
    time = node.child("time")
    meter = meter_of(time, Fraction(0), _WHAT) if time else None
    if meter is not None:
        place = replace(place, meter=meter)
    staves = small_integer(node.words("staves"), place.staves, 1, 64)
    return replace(place, staves=staves)


def _voices(part: Node, staff: int) -> tuple[int, list[int]]:
    """The voice that the answer's line takes, and the ones free for a second and third."""
    here: Counter[int] = Counter()
    elsewhere = set()
    for measure in part.all("measure"):
        for note in measure.all("note"):
            voice = small_integer(note.words("voice"), 1, 1, 999)
            if small_integer(note.words("staff"), 1, 1, 64) == staff:
                here[voice] += 1
            else:
                elsewhere.add(voice)
    own = sorted(voice for voice in here if voice not in elsewhere)
    home = own[0] if own else min(here, default=4 * (staff - 1) + 1)
    free = [voice for voice in range(home + 1, home + 64) if voice not in elsewhere]
    return home, free


def _revoiced(notes: list[Note], home: int, free: list[int]) -> list[Note]:
    numbers = dict(zip(sorted({note.voice for note in notes}), [home, *free], strict=False))
    return [replace(note, voice=numbers.get(note.voice, home)) for note in notes]
