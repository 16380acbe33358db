"""Where things stand in a MusicXML document: byte spans, onsets, and what holds at a measure."""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from antiphon.bridge.formats.musicxml_notes import (
    divisions_of,
    meter_of,
    small_integer,
    transposition_of,
)
from antiphon.bridge.formats.xml_safe import Node
from antiphon.bridge.music.phrase import Transposition
from antiphon.bridge.music.time import TimeSignature

_WHAT = "The score"


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes to put in place of a span of the document; an empty span inserts."""

    start: int
    end: int
    data: bytes


@dataclass(frozen=True, slots=True)
class State:
    """What holds in a part at some point: units, written key, meter, staves, transposition."""

    divisions: int = 1
    fifths: int = 0
    meter: TimeSignature = field(default_factory=lambda: TimeSignature(Fraction(0), 4, 4))
    staves: int = 1
    transposition: Transposition = Transposition()


@dataclass(frozen=True, slots=True)
class Placed:
    """A child of a measure with its onset and duration in divisions; chord notes share one."""

    node: Node
    onset: int
    duration: int


def applied(edits: list[Edit], data: bytes) -> bytes:
    """The document with all edits made; they must not overlap."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [data[at : edit.start], edit.data]
        at = edit.end
    return b"".join([*pieces, data[at:]])


def end_of(node: Node, data: bytes) -> int:
    """Offset just behind an element."""
    if data.startswith(b"</" + node.tag.encode(), node.close):
        return data.index(b">", node.close) + 1
    return node.close


def content_start(node: Node, data: bytes) -> int:
    """Offset just behind an element's start tag; a `>` inside an attribute does not end it."""
    at, quote = node.start, 0
    while True:
        byte = data[at]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return at + 1
        at += 1


def is_self_closed(node: Node, data: bytes) -> bool:
    """Whether an element is written `<like-this/>`."""
    return data[content_start(node, data) - 2 : content_start(node, data) - 1] == b"/"


def after_attributes(state: State, node: Node) -> State:
    """The state that an `attributes` element leaves."""
    if node.words("divisions"):
        state = replace(state, divisions=divisions_of(node.words("divisions"), _WHAT))
    moves = node.child("transpose")
    if moves is not None:
        state = replace(state, transposition=transposition_of(moves, _WHAT))
    state = replace(state, staves=small_integer(node.words("staves"), state.staves, 1, 64))
    key, time = node.child("key"), node.child("time")
    if key is not None:
        state = replace(state, fifths=small_integer(key.words("fifths"), 0, -14, 14))
    meter = meter_of(time, Fraction(0), _WHAT) if time is not None else None
    return replace(state, meter=meter) if meter else state


def states_before(measures: list[Node]) -> list[State]:
    """The state at the start of each measure, and after the last one."""
    found = [State()]
    for measure in measures:
        state = found[-1]
        for node in measure.all("attributes"):
            state = after_attributes(state, node)
        found.append(state)
    return found


def placed_children(measure: Node) -> tuple[list[Placed], int]:
    """The children of a measure at their onsets (divisions), and where the cursor ends."""
    found: list[Placed] = []
    cursor = onset = 0
    for node in measure.children:
        duration = small_integer(node.words("duration").split(".")[0], 0, 0, 10**9)
        if node.tag == "note":
            is_chord, is_grace = node.child("chord") is not None, node.child("grace") is not None
            onset = onset if is_chord else cursor
            found.append(Placed(node, onset, 0 if is_grace else duration))
            cursor += 0 if is_chord or is_grace else duration
            continue
        found.append(Placed(node, cursor, duration))
        if node.tag == "backup":
            cursor = max(0, cursor - duration)
        elif node.tag == "forward":
            cursor += duration
    return found, cursor


def staff_of(note: Node) -> int:
    """The staff a note stands on, from 1."""
    return small_integer(note.words("staff"), 1, 1, 64)
