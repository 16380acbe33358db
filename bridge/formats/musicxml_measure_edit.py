"""Replace the notes of one staff in one measure, at the bytes where they stood."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm

from antiphon.bridge.formats.musicxml_notes import divisions_of, duration_of, small_integer
from antiphon.bridge.formats.musicxml_rhythm import Frame, voice_events, voiced
from antiphon.bridge.formats.musicxml_spans import Spans
from antiphon.bridge.formats.musicxml_voice import event_lines
from antiphon.bridge.formats.musicxml_writer import harmony_xml
from antiphon.bridge.formats.xml_safe import Node
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note, Phrase, Transposition
from antiphon.bridge.music.time import Measure, TimeSignature

_WHAT = "The score"
_ZERO = Fraction(0)
# Elements that stand at no time of their own.
_TIMELESS = ("print", "barline", "bookmark", "link")


@dataclass(frozen=True, slots=True)
class Place:
    """What holds at the start of a measure: units, key as written, meter, staves.

    `sounds` are the instrument ids of a drum part by MIDI number.
    """

    divisions: int = 1
    fifths: int = 0
    meter: TimeSignature = TimeSignature(_ZERO, 4, 4)  # noqa: RUF009
    staves: int = 1
    transposition: Transposition = Transposition()  # noqa: RUF009
    is_drums: bool = False
    sounds: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """New XML from one onset of the measure to another (quarters)."""

    onset: Fraction
    end: Fraction
    text: str


def staff_of(note: Node) -> int:
    """The staff of a note; 1 where none is named."""
    return small_integer(note.words("staff"), 1, 1, 64)


def pieces_of(  # noqa: PLR0913, PLR0917
    answer: Phrase,
    index: int,
    notes: list[Note],
    frame: Frame,
    indent: str,
    with_chords: bool,
) -> list[list[Piece]]:
    """The answer's measure `index` voice by voice, chord symbols in the first."""
    measure = answer.measures[index]
    voices = voiced(notes) or {1: []}
    events = {number: voice_events(own, frame) for number, own in voices.items()}
    found = []
    for lines in event_lines(events, frame, indent).values():
        found.append([Piece(e.onset, e.end, "".join(f"\n{x}" for x in text)) for e, text in lines])
    if with_chords:
        for chord in answer.chords:
            if measure.onset <= chord.onset < measure.end:
                _put_chord(found[0], chord, chord.onset - measure.onset, frame, indent)
    return found


def _put_chord(
    pieces: list[Piece], chord: ChordSymbol, onset: Fraction, frame: Frame, indent: str
) -> None:
    """Stand a chord symbol before the piece that sounds at `onset`."""
    for index, piece in enumerate(pieces):
        if piece.onset <= onset < piece.end:
            units = round((onset - piece.onset) * frame.divisions)
            offset = f"<offset>{units}</offset>" if units else ""
            text = f"\n{indent}{harmony_xml(chord, frame.transposition, offset)}"
            pieces[index] = replace(piece, text=text + piece.text)
            return


class MeasureEdit:
    """Puts new pieces where a staff's notes stood, and keeps time for all that stays.

    `removed` lists the notes taken out.
    """

    def __init__(self, spans: Spans, measure: Node, place: Place, staff: int) -> None:
        self._spans = spans
        self._measure = measure
        self._place = place
        self._staff = staff
        self._divisions = place.divisions
        self._fine = place.divisions
        self._is_fine = False
        self._then = _ZERO  # where the original's cursor stands
        self._now = _ZERO  # where the written one stands
        self._pending: list[list[Piece]] = []
        self._text = ""
        self._indent = next((spans.indent(n) for n in measure.children), "      ") or "      "
        self.removed: list[Node] = []

    def write(self, answer: Phrase, index: int, notes: list[Note], with_chords: bool) -> None:
        """Replace the measure's notes by measure `index` of the answer."""
        measure = answer.measures[index]
        times = [t - measure.onset for n in notes for t in (n.onset, n.end)]
        times += [measure.duration, measure.duration / 2]
        self._fine = lcm(self._divisions, *(time.denominator for time in times))
        frame = self._frame(measure)
        self._pending = pieces_of(answer, index, notes, frame, self._indent, with_chords)
        children = self._measure.children
        last = max((i for i, n in enumerate(children) if not self._is_end(n)), default=-1)
        started = False
        for node in children[: last + 1]:
            if self._is_asked(node):
                started = True
                self._take_out(node)
            elif node.tag in _TIMELESS:
                continue
            else:
                self._keep(node, started)
        for queue in self._pending:
            self._emit(queue, None)
        self._units(False)
        self._flush(self._spot(children, last))

    def _frame(self, measure: Measure) -> Frame:
        place = self._place
        return Frame(
            measure=measure,
            meter=place.meter,
            fifths=place.fifths,
            divisions=self._fine,
            transposition=place.transposition,
            is_drums=place.is_drums,
            sounds=place.sounds,
            staff=self._staff if place.staves > 1 else None,
        )

    def _is_asked(self, node: Node) -> bool:
        return node.tag == "note" and staff_of(node) == self._staff

    @staticmethod
    def _is_end(node: Node) -> bool:
        return node.tag == "barline" and node.get("location", "right") == "right"

    def _spot(self, children: list[Node], last: int) -> int:
        """Where new pieces go at the end: behind the last element, before a closing barline."""
        if last >= 0:
            return self._spans.end(children[last])
        return self._spans.tag_end(self._measure)

    def _take_out(self, node: Node) -> None:
        self.removed.append(node)
        self._spans.remove(node)
        if node.child("grace") is None and node.child("chord") is None:
            self._then += duration_of(node, self._divisions, _WHAT)

    def _keep(self, node: Node, started: bool) -> None:
        chord = node.child("chord") if node.tag == "note" else None
        if chord is not None and self._hangs(node):
            if self.removed and self._is_orphan(node):
                self._spans.remove(chord)
                self._then -= duration_of(node, self._divisions, _WHAT)
            else:
                return
        if started and node.tag == "backup" and self._pending:
            self._emit(self._pending[0], None)
        elif started and self._pending:
            self._emit(self._pending[0], self._then)
        moves = node.tag in ("backup", "forward")
        if moves and self._now != self._then:
            self._spans.remove(node)
            self._flush(self._spans.outer_start(node))
            self._then = self._after(node, self._then)
            return
        self._move(self._then)
        self._units(False)
        self._flush(self._spans.outer_start(node))
        self._then = self._now = self._after(node, self._then)

    def _hangs(self, node: Node) -> bool:
        return node.child("chord") is not None

    def _is_orphan(self, node: Node) -> bool:
        """Whether the chord's first note was taken out and no other note of it was kept before."""
        children = self._measure.children
        index = next(i for i, n in enumerate(children) if n is node)
        for before in reversed(children[:index]):
            if before.tag == "note":
                if not self._is_asked(before):
                    return False
                if before.child("chord") is None:
                    return True
        return False

    def _after(self, node: Node, cursor: Fraction) -> Fraction:
        if node.tag == "attributes" and node.words("divisions"):
            self._divisions = divisions_of(node.words("divisions"), _WHAT)
        if node.tag == "backup":
            return max(_ZERO, cursor - duration_of(node, self._divisions, _WHAT))
        if node.tag == "forward" or (node.tag == "note" and node.child("grace") is None):
            return cursor + duration_of(node, self._divisions, _WHAT)
        return cursor

    def _emit(self, queue: list[Piece], limit: Fraction | None) -> None:
        """Write the pieces that end by `limit` (all of them without one)."""
        while queue and (limit is None or queue[0].end <= limit):
            piece = queue.pop(0)
            self._move(piece.onset)
            self._units(True)
            self._text += piece.text
            self._now = piece.end

    def _move(self, onset: Fraction) -> None:
        """Bring the written cursor to an onset by a backup or a forward."""
        shift = onset - self._now
        if not shift:
            return
        if (shift * (self._fine if self._is_fine else self._divisions)).denominator != 1:
            self._units(True)
        units = abs(shift) * (self._fine if self._is_fine else self._divisions)
        tag = "forward" if shift > 0 else "backup"
        self._text += f"\n{self._indent}<{tag}><duration>{round(units)}</duration></{tag}>"
        self._now = onset

    def _units(self, fine: bool) -> None:
        """Change to the divisions that the new pieces need, or back to the document's own."""
        if fine != self._is_fine:
            self._is_fine = fine
            if self._fine != self._divisions:
                units = self._fine if fine else self._divisions
                inner = f"<divisions>{units}</divisions>"
                self._text += f"\n{self._indent}<attributes>{inner}</attributes>"

    def _flush(self, place: int) -> None:
        self._spans.insert(place, self._text)
        self._text = ""
