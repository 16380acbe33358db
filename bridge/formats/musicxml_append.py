"""Add measures at the end of every part of a MusicXML document."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm
from xml.sax.saxutils import quoteattr

from antiphon.bridge.formats.musicxml_measure_edit import Place, pieces_of, staff_of
from antiphon.bridge.formats.musicxml_notes import small_integer
from antiphon.bridge.formats.musicxml_rhythm import Frame
from antiphon.bridge.formats.musicxml_spans import Spans
from antiphon.bridge.formats.xml_safe import Node
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.music.time import Measure, TimeSignature


class _Appender:
    """Writes the measures that one part lacks."""

    def __init__(self, spans: Spans, part: Node, place: Place) -> None:
        self._spans = spans
        self._part = part
        self._place = place
        measures = list(part.all("measure"))
        self._last = measures[-1]
        self._indent = spans.indent(self._last) or "    "
        self._inner = next((spans.indent(n) for n in self._last.children), "") or "      "
        self._number = small_integer(self._last.get("number"), len(measures), 0, 999_999)

    def write(
        self, answer: Phrase, indices: Sequence[int], notes: Sequence[list[Note]], staff: int
    ) -> None:
        """Append the answer's measures of those indices; rests where `staff` is 0."""
        closing = self._closing_barline()
        text = ""
        for index in indices:
            measure = answer.measures[index]
            self._number += 1
            inner = self._signatures(answer, measure) + self._music(
                answer, index, notes[index] if staff else [], staff
            )
            if closing is not None and index == indices[-1]:
                start = self._spans.outer_start(closing)
                inner += self._spans.data[start : self._spans.end(closing)].decode("latin-1")
            text += (
                f"\n{self._indent}<measure number={quoteattr(str(self._number))}>{inner}"
                f"\n{self._indent}</measure>"
            )
        if closing is not None:
            self._spans.remove(closing)
        self._spans.insert(self._spans.end(self._last), text)

    def _closing_barline(self) -> Node | None:
        """The plain final barline of the last measure, which moves to the new end."""
        for node in self._last.all("barline"):
            plain = [child.tag for child in node.children] == ["bar-style"]
            if plain and node.words("bar-style") == "light-heavy":
                return node
        return None

    def _signatures(self, answer: Phrase, measure: Measure) -> str:
        """A key or meter that the answer states and that does not hold yet."""
        inside = ""
        for key in answer.key_signatures:
            fifths = key.fifths - self._place.transposition.fifths
            fifths -= 12 * ((fifths > 7) - (fifths < -7))
            if key.onset == measure.onset and fifths != self._place.fifths:
                inside += f"<key><fifths>{fifths}</fifths><mode>{key.mode}</mode></key>"
                self._place = replace(self._place, fifths=fifths)
        for meter in answer.time_signatures:
            if meter.onset == measure.onset and _differ(meter, self._place.meter):
                inside += (
                    f"<time><beats>{meter.beats}</beats>"
                    f"<beat-type>{meter.beat_type}</beat-type></time>"
                )
                self._place = replace(self._place, meter=meter)
        return f"\n{self._inner}<attributes>{inside}</attributes>" if inside else ""

    def _music(self, answer: Phrase, index: int, notes: list[Note], asked: int) -> str:
        measure = answer.measures[index]
        place = self._place
        times = [t - measure.onset for n in notes for t in (n.onset, n.end)]
        times += [measure.duration, measure.duration / 2]
        fine = lcm(place.divisions, *(time.denominator for time in times))
        text = ""
        now = Fraction(0)
        for staff in range(1, place.staves + 1):
            frame = Frame(
                measure=measure,
                meter=place.meter,
                fifths=place.fifths,
                divisions=fine,
                transposition=place.transposition,
                is_drums=place.is_drums,
                sounds=place.sounds,
                staff=staff if place.staves > 1 else None,
            )
            own = notes if staff == asked else []
            pieces = pieces_of(answer, index, own, frame, self._inner, staff == asked)
            for line in pieces:
                text += self._backup(now, fine)
                if not own:
                    home = _home_voice(self._part, staff)
                    line = [  # noqa: PLW2901
                        replace(p, text=p.text.replace("<voice>1<", f"<voice>{home}<"))
                        for p in line
                    ]
                text += "".join(piece.text for piece in line)
                now = line[-1].end if line else Fraction(0)
        if fine != place.divisions:
            text = self._divisions(fine) + text + self._divisions(place.divisions)
        return text

    def _backup(self, now: Fraction, divisions: int) -> str:
        if not now:
            return ""
        units = round(now * divisions)
        return f"\n{self._inner}<backup><duration>{units}</duration></backup>"

    def _divisions(self, units: int) -> str:
        return f"\n{self._inner}<attributes><divisions>{units}</divisions></attributes>"


def _differ(one: TimeSignature, other: TimeSignature) -> bool:
    return (one.beats, one.beat_type) != (other.beats, other.beat_type)


def _home_voice(part: Node, staff: int) -> int:
    voices = [
        small_integer(note.words("voice"), 1, 1, 999)
        for measure in part.all("measure")
        for note in measure.all("note")
        if staff_of(note) == staff
    ]
    return min(voices, default=4 * (staff - 1) + 1)


def append_measures(  # noqa: PLR0913, PLR0917
    spans: Spans,
    root: Node,
    asked: Node,
    first: int,
    answer: Phrase,
    by_measure: Sequence[list[Note]],
    staff: int,
    walk: Callable[[Node], list[Place]],
) -> None:
    """Append what the answer has beyond the document's end; other parts and staves rest.

    A plain final barline moves to the new last measure; repeats and other barlines stay.
    """
    total = first + len(answer.measures)
    for part in root.all("part"):
        count = sum(1 for _ in part.all("measure"))
        if not 0 < count < total:
            continue
        indices = range(max(0, count - first), len(answer.measures))
        appender = _Appender(spans, part, walk(part)[-1])
        appender.write(answer, indices, by_measure, staff if part is asked else 0)
