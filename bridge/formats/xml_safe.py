"""Read XML that nobody vouches for: no entities, nothing fetched, bounded depth and size."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_TEXT, MXL_UNPACKED_BYTES, XML_DEPTH, XML_ELEMENTS

_CHUNK = 1 << 16


@dataclass(slots=True)
class Node:
    """One element: tag, attributes, text before its first child, children, and byte offsets.

    `start` is the offset of its `<`, `close` that of its end tag (for an element without
    content the offset just behind it).
    """

    tag: str
    attributes: dict[str, str]
    start: int = 0
    close: int = 0
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def child(self, tag: str) -> "Node | None":
        """The first child of that tag, or None."""
        for node in self.children:
            if node.tag == tag:
                return node
        return None

    def all(self, tag: str) -> Iterator["Node"]:
        """The children of that tag, in order."""
        return (node for node in self.children if node.tag == tag)

    def words(self, *path: str) -> str:
        """The trimmed text at the end of a path of first children; "" where there is none."""
        node: Node | None = self
        for tag in path:
            node = node.child(tag) if node else None
        return node.text.strip() if node else ""

    def get(self, name: str, otherwise: str = "") -> str:
        """An attribute's value."""
        return self.attributes.get(name, otherwise)


class _Builder:
    """Builds the tree from expat's events and keeps the bounds."""

    def __init__(self, parser: expat.XMLParserType, what: str) -> None:
        self._parser = parser
        self._what = what
        self._open: list[Node] = []
        self._count = 0
        self.root: Node | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > XML_ELEMENTS:
            raise AntiphonError("too-large", what=self._what, why=f"over {XML_ELEMENTS} elements")
        if len(self._open) >= XML_DEPTH:
            raise broken(self._what, f"elements are nested more than {XML_DEPTH} deep")
        node = Node(tag, attributes, self._parser.CurrentByteIndex)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _tag: str) -> None:
        self._open.pop().close = self._parser.CurrentByteIndex

    def text(self, text: str) -> None:
        node = self._open[-1]
        if not node.children and len(node.text) < MAX_TEXT:
            node.text = (node.text + text)[:MAX_TEXT]

    def refuse_entity(self, *_declaration: object) -> None:
        raise broken(self._what, "it declares entities of its own")


def broken(what: str, why: str) -> AntiphonError:
    """The fault of a document that is not MusicXML."""
    return AntiphonError("broken-musicxml", what=what, why=why)


def parse_xml(data: bytes, what: str, encoding: str | None = None) -> Node:
    """The root of an XML document, which is never trusted; `encoding` overrides what it declares.

    An ordinary DOCTYPE is passed over and nothing is ever fetched. Raises
    AntiphonError("broken-musicxml") for what is no XML, declares entities or is nested too
    deep, and AntiphonError("too-large") past the table in `limits`.
    """
    if len(data) > MXL_UNPACKED_BYTES:
        why = f"over {MXL_UNPACKED_BYTES >> 20} MB of XML"
        raise AntiphonError("too-large", what=what, why=why)
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    builder = _Builder(parser, what)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.EntityDeclHandler = builder.refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as fault:
        raise broken(what, f"line {fault.lineno}: {expat.ErrorString(fault.code)}") from None
    except (ValueError, LookupError):
        raise broken(what, "its text encoding is not known") from None
    if builder.root is None:
        raise broken(what, "it holds no element")
    return builder.root
