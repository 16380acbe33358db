"""Messages as lines of `key=value`, for scripts that have no JSON: read with bounds, written whole.

A value runs to the end of its line; in it a line break is written as backslash n, a backslash
twice. A key may be repeated; fields of one value are parted by tabs.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import PROTOCOL_VERSION
from antiphon.bridge.protocol.table import Value
from antiphon.bridge.protocol.wishes import BY_NAME, Word, Words

MAX_BYTES = 262_144
MAX_LINES = 1_024
MAX_VALUE = 4_096
_KEY = re.compile(r"[a-z_]{1,32}")
_INTEGER = re.compile(r"-?\d{1,15}(?:\.0+)?")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?")
_SWITCHES = {"1": True, "true": True, "0": False, "false": False, "": False}

Pair = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one message, in order."""

    pairs: tuple[tuple[str, str], ...]

    def text(self, key: str, otherwise: str = "") -> str:
        """The first value of a key."""
        return next((value for name, value in self.pairs if name == key), otherwise)

    def all(self, key: str) -> tuple[str, ...]:
        """Every value of a key, in order."""
        return tuple(value for name, value in self.pairs if name == key)

    def integer(self, key: str, otherwise: int | None = None) -> int:
        """A whole number. Raises AntiphonError("bad-request") where it is none or missing."""
        text = self.text(key)
        if not text and otherwise is not None:
            return otherwise
        return whole(text, key)


def whole(text: str, what: str) -> int:
    """The whole number of a text; 4.0 counts. Raises AntiphonError("bad-request")."""
    if not text.isascii() or not _INTEGER.fullmatch(text):
        raise AntiphonError("bad-request", why=f"{what} must be a whole number")
    return int(text.partition(".")[0])


def read_lines(data: bytes) -> Lines:
    """The lines of a message of this protocol's version.

    Raises AntiphonError: "too-large", "bad-request" for what is no such message,
    "other-version".
    """
    if len(data) > MAX_BYTES:
        raise AntiphonError("too-large", what="The message", why=f"over {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise AntiphonError("bad-request", why="it is not UTF-8") from None
    lines = Lines(read_pairs(text))
    version = lines.text("antiphon")
    if not version or not lines.text("message"):
        raise AntiphonError("bad-request", why="it does not say antiphon=1 and message=…")
    if version != str(PROTOCOL_VERSION):
        raise AntiphonError("other-version", theirs=version[:8], ours=PROTOCOL_VERSION)
    return lines


def read_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of some lines. Raises AntiphonError("bad-request" or "too-large")."""
    rows = [row.removesuffix("\r") for row in text.split("\n")]
    if len(rows) > MAX_LINES:
        raise AntiphonError("too-large", what="The message", why=f"over {MAX_LINES} lines")
    return tuple(_pair(row) for row in rows if row)


def lines_of(message: str, pairs: Iterable[Pair]) -> bytes:
    """The bytes of a message; switches are written 1 and 0."""
    rows: tuple[Pair, ...] = (("antiphon", PROTOCOL_VERSION), ("message", message), *pairs)
    return "".join(f"{key}={escaped(value)}\n" for key, value in rows).encode("utf-8", "replace")


def escaped(value: Value) -> str:
    """A value as it stands in a line; a tab stays and parts the fields of a value."""
    text = str(int(value)) if isinstance(value, bool) else str(value)
    return text.replace("\\", "\\\\").replace("\r", "").replace("\n", "\\n").replace("\0", "")


def field(text: str) -> str:
    """A text as one field of a value: without tabs, which part the fields."""
    return text.replace("\t", " ")


def words_of(lines: Lines) -> Words:
    """What was said to a task, by the names of the table.

    Raises AntiphonError("bad-request") for a value of another kind.
    """
    found: dict[str, Word] = {}
    for name, value in lines.pairs:
        if name in BY_NAME and name not in found:
            found[name] = _word(name, value)
    return found


def _word(name: str, value: str) -> Word:
    kind = BY_NAME[name].kind
    if kind == "integer":
        return whole(value, name)
    if kind == "number":
        if not value.isascii() or not _NUMBER.fullmatch(value):
            raise AntiphonError("bad-request", why=f"{name} must be a number")
        return float(value)
    if kind == "switch":
        if value not in _SWITCHES:
            raise AntiphonError("bad-request", why=f"{name} must be 1 or 0")
        return _SWITCHES[value]
    return value


def _pair(row: str) -> tuple[str, str]:
    key, sign, value = row.partition("=")
    if not sign or not _KEY.fullmatch(key):
        raise AntiphonError("bad-request", why=f"{row[:24]!r} is not key=value")
    if len(value) > MAX_VALUE:
        raise AntiphonError("too-large", what="The message", why=f"{key} is too long")
    return key, _unescaped(value)


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) == "n" else found.group(1), value)
