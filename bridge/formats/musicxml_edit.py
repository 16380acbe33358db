"""Putting an answer into a copy of a MusicXML document, as edits of byte spans.

Every byte outside the asked cells (part, measures, staff) stays as it was. Inside an asked
measure only notes and rests of that staff are replaced; directions, chord symbols, barlines
and other staves keep their place.
"""

import re
from dataclasses import replace
from fractions import Fraction
from math import lcm

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.musicxml_loosen import loosened
from antiphon.bridge.formats.musicxml_place import (
    Edit,
    Placed,
    State,
    after_attributes,
    applied,
    content_start,
    end_of,
    is_self_closed,
    placed_children,
    staff_of,
    states_before,
)
from antiphon.bridge.formats.musicxml_voice import (
    Event,
    Frame,
    beams_of,
    divisions_for,
    event_xml,
    measure_xml,
    shown_accidentals,
    split_by_measure,
    voice_events,
    voiced,
)
from antiphon.bridge.formats.xml_safe import Node, broken, parse_xml
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.music.time import Measure, TimeSignature

_INDENT = "      "


def write_measures(
    original: bytes, part_id: str, first_measure: int, answer: Phrase, staff: int = 1
) -> bytes:
    """A copy of a MusicXML document with the answer in some measures of one staff.

    The answer's first measure replaces the notes of measure `first_measure` (index from 0) of
    that part and staff, and so on; past the end, measures are appended to every part, rests in
    the other parts, and a plain final barline moves along. A tie or slur that led into or out
    of replaced notes is taken off its other end. Raises AntiphonError("broken-musicxml" or
    "no-such-part").
    """
    data = _as_utf8(original)
    root = parse_xml(data, "The score")
    if root.tag != "score-partwise":
        raise broken("The score", f"it is a {root.tag}, not a score-partwise")
    parts = list(root.all("part"))
    part = next((part for part in parts if part.get("id") == part_id), None)
    if part is None:
        names = ", ".join(part.get("id") for part in parts)
        raise AntiphonError("no-such-part", name=part_id, parts=names)
    measures = list(part.all("measure"))
    if first_measure > len(measures):
        raise AntiphonError("no-such-measure", measure=first_measure + 1, count=len(measures))
    by_measure = split_by_measure(answer.parts[0].notes, answer.measures)
    states = states_before(measures)
    edits: list[Edit] = []
    there = measures[first_measure : first_measure + len(answer.measures)]
    for place, node in enumerate(there):
        cell = _Cell(data, node, states[first_measure + place], staff)
        edits.append(cell.replaced(answer.measures[place], by_measure[place]))
    edits += loosened(data, measures, first_measure, len(there), staff)
    missing = len(answer.measures) - len(there)
    if missing:
        for other in parts:
            new = by_measure[-missing:] if other is part else [[] for _ in range(missing)]
            edits += _appended(data, other, answer.measures[-missing:], new, staff)
    return applied(edits, data)


def _as_utf8(data: bytes) -> bytes:
    """The document in an encoding whose bytes can be edited; UTF-16 is changed to UTF-8."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            text = data.decode(name, errors="replace")
            return re.sub(r'encoding="[^"]*"', 'encoding="UTF-8"', text, count=1).encode()
    return data


class _Cell:
    """One asked measure of one staff in an existing document."""

    def __init__(self, data: bytes, node: Node, state: State, staff: int) -> None:
        self._data, self._node, self._staff = data, node, staff
        self._children, self._cursor = placed_children(node)
        for child in self._leading():
            if child.node.tag == "attributes":
                state = after_attributes(state, child.node)
        self._state = state

    def replaced(self, measure: Measure, notes: list[Note]) -> Edit:
        """The edit that puts `notes`, at the answer's onsets, in place of the staff's own."""
        own = [note for note in notes]
        voices = self._voices(own)
        divisions = lcm(self._state.divisions, divisions_for(_from_barline(own, measure)))
        frame = _frame(measure, self._state, divisions, self._staff)
        events = {number: voice_events(voice, frame) for number, voice in voices.items()}
        kept = [c for c in self._children if c.node.tag == "note" and not self._is_asked(c.node)]
        late_units = any(
            child.node.tag == "attributes" and child.node.words("divisions")
            for child in self._children[len(self._leading()) :]
        )
        if kept or late_units:
            pieces = self._beside_others(events, frame)
        else:
            pieces = self._alone(events, frame)
        return self._edit(pieces)

    def _is_asked(self, note: Node) -> bool:
        return self._state.staves == 1 or staff_of(note) == self._staff

    def _voices(self, notes: list[Note]) -> dict[int, list[Note]]:
        """The answer's voices under the numbers that this staff uses already."""
        used = [
            int(child.node.words("voice") or 1)
            for child in self._children
            if child.node.tag == "note"
            and self._is_asked(child.node)
            and (child.node.words("voice") or "1").isdigit()
        ]
        first = min(used, default=4 * (self._staff - 1) + 1)
        voices = voiced(notes) or {1: []}
        lowest = min(voices)
        return {number - lowest + first: voice for number, voice in voices.items()}

    def _leading(self) -> list[Placed]:
        """Children before the first note: they stay where they are."""
        found = []
        for child in self._children:
            if child.node.tag in ("note", "backup", "forward") or _is_right_barline(child.node):
                break
            found.append(child)
        return found

    def _alone(self, events: dict[int, list[Event]], frame: Frame) -> list[bytes]:
        """The measure's content where no other staff has notes in it."""
        leading = self._leading()
        rest = self._children[len(leading) :]
        trailing = [child for child in rest if _is_right_barline(child.node)]
        others = [
            child
            for child in rest
            if child.node.tag not in ("note", "backup", "forward") and child not in trailing
        ]
        pieces = [self._bytes(child.node) for child in leading]
        if frame.divisions == self._state.divisions:
            pieces += self._interleaved(events, frame, others)
        else:
            pieces.append(_divisions_xml(frame.divisions))
            pieces += [line.encode() for line in measure_xml(events, frame, "")]
            pieces.append(_divisions_xml(self._state.divisions))
            end = frame.measure.duration * self._state.divisions
            for child in others:
                pieces += self._at(child, Fraction(child.onset), end)
        return pieces + [self._bytes(child.node) for child in trailing]

    def _interleaved(
        self, events: dict[int, list[Event]], frame: Frame, others: list[Placed]
    ) -> list[bytes]:
        """The first voice with the kept children at their onsets, then the other voices."""
        first = min(events)
        shown = shown_accidentals(events, frame)
        waiting = list(others)
        pieces: list[bytes] = []
        beams = beams_of(events[first], frame.meter)
        for event, beam in zip(events[first], beams, strict=True):
            start, end = event.onset * frame.divisions, event.end * frame.divisions
            while waiting and waiting[0].onset <= start:
                pieces.append(self._bytes(waiting.pop(0).node))
            lines = event_xml(event, beam, first, True, frame, shown, "")
            pieces += [line.encode() for line in lines]
            while waiting and start < waiting[0].onset < end:
                child = waiting.pop(0)
                pieces += self._at(child, Fraction(child.onset), end)
        pieces += [self._bytes(child.node) for child in waiting]
        for number in [number for number in events if number != first]:
            voice = {first: [], number: events[number]}
            # The empty lowest voice makes measure_xml step back to the barline first.
            pieces += [line.encode() for line in measure_xml(voice, frame, "", shown)]
        return pieces

    def _at(self, child: Placed, onset: Fraction, now: Fraction) -> list[bytes]:
        """A child at `onset` while the cursor is at `now`, both in the document's divisions."""
        back = round(now - onset)
        if back <= 0:
            return [self._bytes(child.node)]
        return [
            f"<backup><duration>{back}</duration></backup>".encode(),
            self._bytes(child.node),
            f"<forward><duration>{back}</duration></forward>".encode(),
        ]

    def _beside_others(self, events: dict[int, list[Event]], frame: Frame) -> list[bytes]:
        """The measure's content where other staves have notes: asked notes become forwards."""
        pieces: list[bytes] = []
        trailing = [child for child in self._children if _is_right_barline(child.node)]
        for child in self._children:
            if child in trailing:
                continue
            if child.node.tag != "note" or not self._is_asked(child.node):
                pieces.append(self._bytes(child.node))
            elif child.duration and child.node.child("chord") is None:
                forward = f"<forward><duration>{child.duration}</duration></forward>"
                pieces.append(forward.encode())
        if self._cursor:
            back = f"<backup><duration>{self._cursor}</duration></backup>"
            pieces.append(back.encode())
        changes = frame.divisions != self._state.divisions
        pieces += [_divisions_xml(frame.divisions)] * changes
        pieces += [line.encode() for line in measure_xml(events, frame, "")]
        pieces += [_divisions_xml(self._state.divisions)] * changes
        left = round(frame.measure.duration * self._state.divisions) - self._cursor
        if left:
            tag = "backup" if left > 0 else "forward"
            pieces.append(f"<{tag}><duration>{abs(left)}</duration></{tag}>".encode())
        return pieces + [self._bytes(child.node) for child in trailing]

    def _bytes(self, node: Node) -> bytes:
        return self._data[node.start : end_of(node, self._data)]

    def _edit(self, pieces: list[bytes]) -> Edit:
        data, node = self._data, self._node
        start = content_start(node, data)
        if is_self_closed(node, data):
            head = data[node.start : start - 2].rstrip()
            inside = b"".join(b"\n      " + piece for piece in pieces)
            return Edit(node.start, start, head + b">" + inside + b"\n    </measure>")
        first = node.children[0].start if node.children else node.close
        gap = data[start:first]
        gap = gap if gap.strip() == b"" and gap else b"\n      "
        tail = data[end_of(node.children[-1], data) : node.close] if node.children else b"\n    "
        inside = b"".join(gap + piece for piece in pieces) + (tail if not tail.strip() else b"")
        return Edit(start, node.close, inside)


def _is_right_barline(node: Node) -> bool:
    return node.tag == "barline" and node.get("location", "right") == "right"


def _frame(measure: Measure, state: State, divisions: int, staff: int) -> Frame:
    return Frame(
        measure=measure,
        meter=state.meter,
        fifths=state.fifths,
        divisions=divisions,
        transposition=state.transposition,
        staff=staff if state.staves > 1 else None,
    )


def _from_barline(notes: list[Note], measure: Measure) -> list[Note]:
    """Notes whose times decide the divisions, with one that lasts the measure."""
    shifted = [replace(note, onset=note.onset - measure.onset) for note in notes]
    whole = [replace(note, onset=Fraction(0), duration=measure.duration) for note in notes[:1]]
    return shifted + whole


def _divisions_xml(divisions: int) -> bytes:
    return f"<attributes><divisions>{divisions}</divisions></attributes>".encode()


def _appended(
    data: bytes, part: Node, measures: tuple[Measure, ...], notes: list[list[Note]], staff: int
) -> list[Edit]:
    """New measures behind a part's last one, and its final barline moved to their end."""
    old = list(part.all("measure"))
    state = states_before(old)[-1]
    number = int(re.sub(r"\D", "", old[-1].get("number"))[:6] or len(old)) if old else 0
    edits: list[Edit] = []
    closing = _final_barline(old[-1]) if old else None
    if closing is not None:
        end = end_of(closing, data)
        start = closing.start - len(data[: closing.start]) + len(data[: closing.start].rstrip())
        edits.append(Edit(start, end, b""))
    text = []
    for place, measure in enumerate(measures):
        lines, state = _new_measure(measure, notes[place], state, staff)
        if closing is not None and place == len(measures) - 1:
            lines.append(_INDENT + data[closing.start : end_of(closing, data)].decode())
        inside = "\n".join(lines)
        text.append(f'\n    <measure number="{number + 1 + place}">\n{inside}\n    </measure>')
    where = end_of(old[-1], data) if old else content_start(part, data)
    return [*edits, Edit(where, where, "".join(text).encode())]


def _final_barline(measure: Node) -> Node | None:
    last = measure.children[-1] if measure.children else None
    if last is None or not _is_right_barline(last) or last.words("bar-style") != "light-heavy":
        return None
    return last if all(child.tag == "bar-style" for child in last.children) else None


def _new_measure(
    measure: Measure, notes: list[Note], state: State, staff: int
) -> tuple[list[str], State]:
    divisions = lcm(
        state.divisions, divisions_for(_from_barline(notes, measure)), measure.duration.denominator
    )
    attributes = ""
    if divisions != state.divisions:
        attributes += f"<divisions>{divisions}</divisions>"
    meter = _meter_for(measure, state.meter)
    if meter != state.meter:
        attributes += (
            f"<time><beats>{meter.beats}</beats><beat-type>{meter.beat_type}</beat-type></time>"
        )
    state = replace(state, divisions=divisions, meter=meter)
    lines = [f"{_INDENT}<attributes>{attributes}</attributes>"] if attributes else []
    back = f"{_INDENT}<backup><duration>{round(measure.duration * divisions)}</duration></backup>"
    for number in range(1, state.staves + 1):
        frame = _frame(measure, state, divisions, number)
        own = notes if number == staff or state.staves == 1 else []
        voices = voiced(own) or {1: []}
        shift = 4 * (number - 1)
        events = {voice + shift: voice_events(v, frame) for voice, v in voices.items()}
        lines += [back] * (number > 1)
        lines += measure_xml(events, frame, _INDENT)
    return lines, state


def _meter_for(measure: Measure, meter: TimeSignature) -> TimeSignature:
    """The meter in force, or a new one where the measure is longer or shorter than it says."""
    if measure.duration == meter.measure_duration:
        return meter
    whole = measure.duration / 4
    beat_type = max(4, whole.denominator)
    if beat_type & (beat_type - 1):
        return meter
    return TimeSignature(Fraction(0), int(whole * beat_type), beat_type)
