"""Put new parts and chord symbols into a MusicXML document and leave every other byte as it was."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm

from antiphon.bridge.formats.musicxml_edit import edited, find_part, walk
from antiphon.bridge.formats.musicxml_measure_edit import Place
from antiphon.bridge.formats.musicxml_notes import divisions_of, duration_of
from antiphon.bridge.formats.musicxml_spans import Spans
from antiphon.bridge.formats.musicxml_writer import harmony_xml, part_lines, score_part_lines
from antiphon.bridge.formats.xml_safe import Node, broken
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.time import Measure

_WHAT = "The score"
_HEAD = ("attributes", "print")


def add_parts(original: bytes, phrase: Phrase, parts: Sequence[Part]) -> bytes:
    """The document with parts of that music as its last ones.

    `phrase` holds the measures, keys and meters of the document, the parts' onsets are its
    own; each part gets as many measures as the phrase has. Raises
    AntiphonError("broken-musicxml" or "too-large").
    """

    def add(root: Node, spans: Spans) -> None:
        listed, nodes = root.child("part-list"), list(root.all("part"))
        if listed is None or not listed.children or not nodes:
            raise broken(_WHAT, "it has no list of parts")
        entries: list[str] = []
        music: list[str] = []
        for number, part in enumerate(parts, len(nodes) + 1):
            entries += score_part_lines(part, part.id, number)
            music += part_lines(phrase, part, part.id, carries_map=False)
        spans.insert(spans.end(listed.children[-1]), "".join(f"\n{line}" for line in entries))
        spans.insert(spans.end(nodes[-1]), "".join(f"\n{line}" for line in music))

    return edited(original, add)


def write_chords(
    original: bytes,
    part_id: str,
    first: int,
    answer: Phrase,
    *,
    replaces: bool,
) -> bytes:
    """The document with the answer's chord symbols in a part, from measure `first` (from 0) on.

    Where those measures hold some already, they are taken out (`replaces`), or nothing is
    written. Each stands before what begins with it, or in the middle of what sounds. Raises
    AntiphonError("broken-musicxml", "too-large" or "no-such-part").
    """

    def write(root: Node, spans: Spans) -> None:
        part = find_part(root, part_id)
        nodes = list(part.all("measure"))[first : first + len(answer.measures)]
        places = walk(part)[first:]
        standing = [node for measure in nodes for node in measure.all("harmony")]
        if not answer.chords or (standing and not replaces):
            return
        for node in standing:
            spans.remove(node)
        for node, place, measure in zip(nodes, places, answer.measures, strict=False):
            here = [c for c in answer.chords if measure.onset <= c.onset < measure.end]
            _write_in(spans, node, place, measure, here)

    return edited(original, write)


@dataclass(slots=True)
class _Anchors:
    """Where in a measure's bytes its first line of music begins something, by onset."""

    places: dict[Fraction, tuple[int, int]] = field(default_factory=dict)

    def put(self, onset: Fraction, place: int, divisions: int) -> None:
        """Remember the first thing that begins at an onset."""
        self.places.setdefault(onset, (place, divisions))


def _anchors(spans: Spans, measure: Node, divisions: int) -> _Anchors:
    found, cursor = _Anchors(), Fraction(0)
    head = [node for node in measure.children if node.tag in _HEAD]
    for node in measure.children:
        if node.tag == "attributes" and node.words("divisions"):
            divisions = divisions_of(node.words("divisions"), _WHAT)
        elif node.tag == "backup":
            break
        elif node.tag == "forward" or (node.tag == "note" and node.child("chord") is None):
            found.put(cursor, spans.outer_start(node), divisions)
            if node.child("grace") is None:
                cursor += duration_of(node, divisions, _WHAT)
    if not found.places:
        behind = spans.end(head[-1]) if head else spans.tag_end(measure)
        found.put(Fraction(0), behind, divisions)
    return found


def _write_in(
    spans: Spans, node: Node, place: Place, measure: Measure, chords: Sequence[ChordSymbol]
) -> None:
    if not chords or spans.is_empty_tag(node):
        return
    indent = next((spans.indent(child) for child in node.children), "      ") or "      "
    places = _anchors(spans, node, place.divisions).places
    for chord in chords:
        onset = chord.onset - measure.onset
        anchor = max((o for o in places if o <= onset), default=min(places))
        where, divisions = places[anchor]
        shift = max(Fraction(0), onset - anchor)
        fine = lcm(divisions, shift.denominator)
        offset = f"<offset>{round(shift * fine)}</offset>" if shift else ""
        plain = replace(chord, onset=onset)
        lines = [harmony_xml(plain, place.transposition, offset)]
        if fine != divisions:
            units = "<attributes><divisions>{}</divisions></attributes>"
            lines = [units.format(fine), *lines, units.format(divisions)]
        spans.insert(where, "".join(f"\n{indent}{line}" for line in lines))
