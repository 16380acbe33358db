"""MusicXML engraved as one SVG page by verovio, the new notes in a colour of their own."""

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.xml_safe import Node, parse_xml

# Dark enough for 4.5:1 against paper white.
NEW_NOTE_COLOUR = "#1558b0"
CONTEXT_MEASURES = 16

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
    musicxml: bytes, first_new: int | None = None, new: int = 0, part_id: str = ""
) -> bytes:
    """The engraved page of a MusicXML document, as SVG.

    `new` measures of a part (the first without `part_id`) from index `first_new` on are
    coloured, and only they and the `CONTEXT_MEASURES` before them are drawn. Raises
    AntiphonError("broken-musicxml") if the engraver cannot read the document.
    """
    import verovio  # 30 ms and 15 MB that only this function needs

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    encoding, shown = None, ""
    if musicxml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        musicxml, encoding = musicxml.decode("utf-16", errors="replace").encode(), "utf-8"
    if first_new is not None:
        root = parse_xml(musicxml, "The music", encoding=encoding)
        part = next((part for part in root.all("part") if part_id in ("", part.get("id"))), root)
        measures = list(part.all("measure"))
        musicxml = _coloured(musicxml, measures[first_new : first_new + new])
        first, last = max(0, first_new - CONTEXT_MEASURES), first_new + new
        if first > 0 or last < len(measures):
            shown = f"{first + 1}-{last}"
    if not toolkit.loadData(musicxml.decode("utf-8", errors="replace")):
        raise AntiphonError("broken-musicxml", what="The music", why="the engraver refused it")
    if shown:  # a selection loses the title, so that all of a short piece is drawn without one
        toolkit.select({"measureRange": shown})
        toolkit.redoLayout()
    svg: str = toolkit.renderToSVG(1)
    return svg.encode()


def _coloured(musicxml: bytes, measures: list[Node]) -> bytes:
    """The document with a colour put into the start tag of every note of those measures."""
    pieces, at = [], 0
    for measure in measures:
        for note in measure.all("note"):
            behind = note.start + len(b"<note")
            pieces += [musicxml[at:behind], f' color="{NEW_NOTE_COLOUR}"'.encode()]
            at = behind
    return b"".join([*pieces, musicxml[at:]])
