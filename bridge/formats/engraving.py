"""MusicXML engraved as one SVG page by verovio, the new notes in a colour of their own."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.xml_safe import Node, parse_xml

# Dark enough for 4.5:1 against paper white.
NEW_NOTE_COLOUR = "#1558b0"
CONTEXT_MEASURES = 16
MEASURES_AFTER = 4

_OPTIONS = {
    "pageWidth": 2100,
    "pageHeight": 60_000,
    "adjustPageHeight": True,
    "scale": 45,
    "header": "auto",
    "footer": "none",
    "breaks": "auto",
    "svgViewBox": True,
    "xmlIdChecksum": True,  # the same music gives the same bytes
}


def engrave(
    musicxml: bytes,
    first_new: int | None = None,
    new: int = 0,
    part_ids: Sequence[str] = (),
    *,
    chords: bool = False,
) -> bytes:
    """The engraved page of a MusicXML document, as SVG.

    `new` measures of some parts (the first without `part_ids`) from index `first_new` on are
    coloured, and with `chords` the chord symbols over them; only they, the `CONTEXT_MEASURES`
    before and the `MEASURES_AFTER` them are drawn. Raises AntiphonError("broken-musicxml") if
    the engraver cannot read the document.
    """
    import verovio  # 30 ms and 15 MB that only this function needs

    verovio.enableLog(verovio.LOG_OFF)
    # Where its fonts are is known to the thread that imported it only.
    verovio.setDefaultResourcePath(str(Path(verovio.__file__).parent / "data"))
    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    encoding, shown = None, ""
    if musicxml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        musicxml, encoding = musicxml.decode("utf-16", errors="replace").encode(), "utf-8"
    if first_new is not None:
        root = parse_xml(musicxml, "The music", encoding=encoding)
        parts = list(root.all("part"))
        measures = [list(part.all("measure"))[first_new : first_new + new] for part in parts]
        asked = [
            node
            for place, (part, own) in enumerate(zip(parts, measures, strict=True))
            for measure in own
            for node in measure.all("note")
            if _is_new(part, place, part_ids, chords)
        ]
        musicxml = _coloured(musicxml, asked)
        count = sum(1 for _ in parts[0].all("measure")) if parts else 0
        first = max(0, first_new - CONTEXT_MEASURES)
        last = min(count, first_new + new + MEASURES_AFTER)
        if first > 0 or last < count:
            shown = f"{first + 1}-{last}"
    if not toolkit.loadData(musicxml.decode("utf-8", errors="replace")):
        raise AntiphonError("broken-musicxml", what="The music", why="the engraver refused it")
    harmonies = _harmonies(toolkit.getMEI(), first_new or 0, new) if chords else []
    if shown:  # a selection loses the title, so that all of a short piece is drawn without one
        toolkit.select({"measureRange": shown})
        toolkit.redoLayout()
    svg: str = toolkit.renderToSVG(1)
    for name in harmonies:
        group = f'<g id="{name}" class="harm"'
        svg = svg.replace(group, f'{group} fill="{NEW_NOTE_COLOUR}"')
    return svg.encode()


def _harmonies(mei: str, first_new: int, new: int) -> list[str]:
    """The engraver's names of the chord symbols of some measures, as it drops their colour."""
    measures = re.split(r"<measure\b", mei)[1:]
    own = "".join(measures[first_new : first_new + new])
    return re.findall(r'<harm\b[^>]*xml:id="([^"]+)"', own)


def _is_new(part: Node, place: int, part_ids: Sequence[str], chords: bool) -> bool:
    return part.get("id") in part_ids or (not part_ids and not chords and place == 0)


def _coloured(musicxml: bytes, nodes: Iterable[Node]) -> bytes:
    """The document with a colour put into the start tags of those elements, in their order."""
    pieces, at = [], 0
    for node in sorted(nodes, key=lambda node: node.start):
        behind = node.start + 1 + len(node.tag)
        pieces += [musicxml[at:behind], f' color="{NEW_NOTE_COLOUR}"'.encode()]
        at = behind
    return b"".join([*pieces, musicxml[at:]])
