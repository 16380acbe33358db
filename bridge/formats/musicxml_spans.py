"""Cut and paste in the bytes of an XML document, so that what is not touched stays as it was."""

from antiphon.bridge.formats.xml_safe import Node

_SPACE = b" \t\r\n"


class Spans:
    """The bytes of a parsed document, and the edits to be made in them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._edits: list[tuple[int, int, bytes]] = []

    def tag_end(self, node: Node) -> int:
        """The offset behind an element's start tag (or behind the whole of an empty element)."""
        place, quote = node.start, 0
        while True:
            byte = self.data[place]
            if quote:
                quote = 0 if byte == quote else quote
            elif byte in b"\"'":
                quote = byte
            elif byte == 0x3E:
                return place + 1
            place += 1

    def end(self, node: Node) -> int:
        """The offset behind an element."""
        first = self.tag_end(node)
        if self.data[first - 2] == 0x2F:
            return first
        return self.data.index(b">", node.close) + 1

    def is_empty_tag(self, node: Node) -> bool:
        """Whether an element is written as `<tag/>`."""
        return self.data[self.tag_end(node) - 2] == 0x2F

    def outer_start(self, node: Node) -> int:
        """The offset of the white space before an element."""
        return self.before(node.start)

    def before(self, place: int) -> int:
        """The offset of the white space before a place."""
        while place and self.data[place - 1] in _SPACE:
            place -= 1
        return place

    def indent(self, node: Node) -> str:
        """The white space between an element and the line before it; "" where there is no line."""
        space = self.data[self.outer_start(node) : node.start].decode("ascii")
        return space[space.rindex("\n") + 1 :] if "\n" in space else ""

    def remove(self, node: Node) -> None:
        """Take an element out, with the white space before it."""
        self._edits.append((self.outer_start(node), self.end(node), b""))

    def insert(self, place: int, text: str) -> None:
        """Put text in; letters outside ASCII become character references, good in any encoding."""
        if text:
            self._edits.append((place, place, text.encode("ascii", "xmlcharrefreplace")))

    def result(self) -> bytes:
        """The document with all edits made."""
        parts, place = [], 0
        for start, end, text in sorted(self._edits, key=lambda edit: (edit[0], edit[1])):
            parts += [self.data[place : max(start, place)], text]
            place = max(place, end)
        return b"".join([*parts, self.data[place:]])
