"""MusicXML engraved as one SVG page by verovio, the new notes in a colour of their own."""

from xml.etree import ElementTree

from antiphon.bridge.errors import AntiphonError

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


def engrave(musicxml: bytes, first_new: int | None = None, new: int = 0) -> bytes:
    """The engraved page of a MusicXML document, as SVG.

    `new` measures from index `first_new` on are coloured, and only they and the
    `CONTEXT_MEASURES` before them are drawn. Raises AntiphonError("broken-musicxml") if the
    engraver cannot read the document.
    """
    import verovio  # noqa: PLC0415  (30 ms and 15 MB that only this function needs)

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    text = musicxml.decode("utf-8", errors="replace")
    if first_new is not None:
        text = _coloured(musicxml, first_new, new)
    if not toolkit.loadData(text):
        raise AntiphonError("broken-musicxml", what="The music", why="the engraver refused it")
    if first_new is not None:
        first = max(1, first_new + 1 - CONTEXT_MEASURES)
        toolkit.select({"measureRange": f"{first}-{first_new + new}"})
        toolkit.redoLayout()
    svg: str = toolkit.renderToSVG(1)
    return svg.encode()


def _coloured(musicxml: bytes, first_new: int, new: int) -> str:
    root = ElementTree.fromstring(musicxml)
    for part in root.iter("part"):
        for measure in part.findall("measure")[first_new : first_new + new]:
            for note in measure.findall("note"):
                note.set("color", NEW_NOTE_COLOUR)
    return ElementTree.tostring(root, encoding="unicode")
