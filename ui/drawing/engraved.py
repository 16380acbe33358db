"""Shown music engraved by verovio: a page for QtSvg in which every note can be found; no Qt."""

import xml.etree.ElementTree as ET  # the input is written here
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from threading import Lock

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.musicxml_writer import musicxml_from_phrase
from antiphon.bridge.music.numerals import roman_numeral
from antiphon.bridge.music.phrase import Part, key_at
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.quantise import quantised
from antiphon.ui.drawing.colours import Theme, voice_colour
from antiphon.ui.drawing.shown import Shown, ShownNote
from antiphon.ui.drawing.svg import INK, STAFF, Measurer, readable

GIVEN = "@given@"
_OPTIONS = {
    "pageHeight": 60_000,
    "adjustPageHeight": True,
    "scale": 100,
    "header": "none",
    "footer": "none",
    "breaks": "auto",
    "pageMarginLeft": 30,
    "pageMarginRight": 30,
    "pageMarginTop": 30,
    "pageMarginBottom": 40,
    "svgViewBox": True,
    "smuflTextFont": "none",
    "spacingSystem": 8,
    "justificationSystem": 0,
}
# Played notes may be moved a little when they are put on the grid of note values.
_NEAR = 1 / 6
_VEROVIO = Lock()  # its fonts are shared by all toolkits of a process


@dataclass(frozen=True, slots=True)
class Page:
    """One engraved page: SVG with marks for colours, its size, and whose note each id is.

    `notes` maps ids in the SVG to names of shown notes (a tied note has several), `measures`
    places of measures to the box of their staves: left, top, right, bottom.
    """

    svg: str
    width: float
    height: float
    notes: dict[str, str] = field(default_factory=dict)
    measures: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)

    def dressed(self, theme: Theme, lines: int) -> bytes:
        """The page in a theme's colours; `lines` is how many voices are shown."""
        svg = self.svg.replace(INK, theme.ink).replace(STAFF, theme.quiet)
        svg = svg.replace(GIVEN, theme.given)
        for line in range(lines):
            svg = svg.replace(_mark(line), voice_colour(theme, line))
        return svg.encode()


def _mark(line: int) -> str:
    return f"@voice{line}@"


def engraved(shown: Shown, page_width: int, family: str, width_of: Measurer) -> Page:
    """The page of shown music, broken into systems of `page_width` (verovio's units).

    Raises AntiphonError("broken-musicxml") where the engraver refuses the music.
    """
    document, notes, measures = document_of(shown)
    by_name = {note.name: note for note in shown.notes}
    marks = {
        own: _mark(by_name[name].line) if by_name[name].is_new else GIVEN
        for own, name in notes.items()
    }
    svg = _svg(document, page_width)
    page = readable(svg, marks, family, width_of)
    boxes = {place: page.measures[own] for place, own in measures.items() if own in page.measures}
    return Page(page.svg, page.width, page.height, notes, boxes)


@lru_cache(maxsize=8)
def _svg(document: bytes, page_width: int) -> str:
    """Verovio's page of a document, kept for the next time it is looked at."""
    import verovio  # 30 ms and 15 MB that only an engraving needs

    with _VEROVIO:
        verovio.enableLog(verovio.LOG_OFF)
        # Where its fonts are is known to the thread that imported it only.
        verovio.setDefaultResourcePath(str(Path(verovio.__file__).parent / "data"))
        toolkit = verovio.toolkit()
        toolkit.setOptions({**_OPTIONS, "pageWidth": page_width})
        if not toolkit.loadData(document.decode()):
            raise AntiphonError("broken-musicxml", what="The music", why="the engraver refused it")
        svg: str = toolkit.renderToSVG(1)
    return svg


def document_of(shown: Shown) -> tuple[bytes, dict[str, str], dict[int, str]]:
    """Shown music as MusicXML whose notes and measures have ids, and whose they are.

    Roman numerals stand below the last part where chords and a key are given.
    """
    phrase = quantised(shown.phrase)
    named = replace(
        phrase, parts=tuple(replace(p, id=f"P{n}") for n, p in enumerate(phrase.parts)), title=""
    )
    root = ET.fromstring(musicxml_from_phrase(named))  # noqa: S314
    notes: dict[str, str] = {}
    measures: dict[int, str] = {}
    for place, (part, node) in enumerate(zip(named.parts, root.findall("part"), strict=True)):
        if part.is_drums:  # drums have no key
            for attributes in node.iter("attributes"):
                for key in attributes.findall("key"):
                    attributes.remove(key)
        own = _Finder(tuple(note for note in shown.notes if note.part == place))
        for number, measure in enumerate(node.findall("measure")):
            if place == 0:
                measures[number] = f"m{number}"
                measure.set("id", f"m{number}")
            start = named.measures[number].onset
            for written, onset, pitch in _written(measure, start, part, node):
                found = own.nearest(float(onset), pitch)
                if found is not None:
                    identity = f"p{place}x{len(notes)}"
                    written.set("id", identity)
                    notes[identity] = found.name
    _add_numerals(root, shown)
    return ET.tostring(root), notes, measures


class _Finder:
    """Finds the shown note that a written one belongs to; in floats, as it only compares."""

    def __init__(self, notes: tuple[ShownNote, ...]) -> None:
        self._by_pitch: dict[int, list[tuple[float, float, ShownNote]]] = {}
        for note in notes:
            start, end = float(note.note.onset), float(note.note.end)
            span = (start - _NEAR, max(end - _NEAR / 100, start + _NEAR), note)
            self._by_pitch.setdefault(note.note.pitch.midi_number, []).append(span)

    def nearest(self, onset: float, pitch: int) -> ShownNote | None:
        """The note of that pitch which sounds at the onset, the one that begins nearest."""
        near = [span for span in self._by_pitch.get(pitch, []) if span[0] <= onset < span[1]]
        found = min(near, key=lambda span: abs(span[0] + _NEAR - onset), default=None)
        return found[2] if found is not None else None


def _written(
    measure: ET.Element, start: Fraction, part: Part, node: ET.Element
) -> Iterator[tuple[ET.Element, Fraction, int]]:
    """The notes of a measure as elements, with onset (quarters) and sounding MIDI number."""
    divisions = Fraction(node.findtext("measure/attributes/divisions", "1"))
    now = previous = start
    for child in measure:
        length = Fraction(child.findtext("duration", "0")) / divisions
        if child.tag == "backup":
            now -= length
        elif child.tag == "forward":
            now += length
        elif child.tag == "note":
            onset = previous if child.find("chord") is not None else now
            pitch = _sounding(child, part)
            if pitch is not None:
                yield child, onset, pitch
            if child.find("chord") is None:
                previous, now = now, now + length


def _sounding(note: ET.Element, part: Part) -> int | None:
    if part.is_drums:
        instrument = note.find("instrument")
        identity = instrument.get("id", "") if instrument is not None else ""
        number = identity.rpartition("-I")[2]
        return int(number) - 1 if number.isdigit() else None
    step = note.findtext("pitch/step")
    if step is None:
        return None
    alter = int(note.findtext("pitch/alter", "0"))
    octave = int(note.findtext("pitch/octave", "4"))
    return Pitch(step, alter, octave).midi_number + part.transposition.semitones


def _add_numerals(root: ET.Element, shown: Shown) -> None:
    """Puts Roman numerals below the last part, in its first staff's measures."""
    parts = root.findall("part")
    if not parts or not shown.phrase.key_signatures:
        return
    node = parts[-1]
    divisions = Fraction(node.findtext("measure/attributes/divisions", "1"))
    staves = node.findtext("measure/attributes/staves", "")
    measures = shown.phrase.measures
    last = ""
    for chord in shown.phrase.chords:
        place, key = shown.measure_index(chord.onset), key_at(shown.phrase, chord.onset)
        if place is None or key is None:
            continue
        numeral = roman_numeral(chord, key)
        if numeral == last:
            continue
        last = numeral
        target = node.findall("measure")[place]
        offset = round((chord.onset - measures[place].onset) * divisions)
        staff = f"<staff>{staves}</staff>" if staves else ""
        harmony = ET.fromstring(  # noqa: S314
            '<harmony placement="below"><root><root-step text="">C</root-step></root>'
            f'<kind text="{numeral}">none</kind><offset>{offset}</offset>{staff}</harmony>'
        )
        # The engraver puts it on the staff of the note that follows.
        at = next(
            (n for n, c in enumerate(target)
             if c.tag == "note" and c.findtext("staff", "") == staves),
            len(target),
        )  # fmt: skip
        target.insert(at, harmony)
