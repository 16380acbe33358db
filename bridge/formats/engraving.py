"""MusicXML engraved as one SVG page by verovio, the new notes in a colour of their own."""

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.xml_safe import parse_xml

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
    import verovio  # 30 ms and 15 MB that only this function needs

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    if first_new is not None:
        musicxml = _coloured(musicxml, first_new, new)
    if not toolkit.loadData(musicxml.decode("utf-8", errors="replace")):
        raise AntiphonError("broken-musicxml", what="The music", why="the engraver refused it")
    if first_new is not None:
        first = max(1, first_new + 1 - CONTEXT_MEASURES)
        toolkit.select({"measureRange": f"{first}-{first_new + new}"})
        toolkit.redoLayout()
    svg: str = toolkit.renderToSVG(1)
    return svg.encode()


def _coloured(musicxml: bytes, first_new: int, new: int) -> bytes:
    """The document with a colour put into the start tag of every note of those measures."""
    tag = b"<note"
    pieces, at = [], 0
    for part in parse_xml(musicxml, "The music").all("part"):
        for measure in list(part.all("measure"))[first_new : first_new + new]:
            for note in measure.all("note"):
                pieces += [musicxml[at : note.start], tag, f' color="{NEW_NOTE_COLOUR}"'.encode()]
                at = note.start + len(tag)
    return b"".join([*pieces, musicxml[at:]])
