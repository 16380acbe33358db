"""The one table of messages; every carrier and the page docs/protocol.md follow it.

An OSC address is `/antiphon/1/NAME`; its first argument is the service's token in both
directions, so that neither side acts on a stranger's datagram. The spool folder carries the
same names and arguments as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import PROTOCOL_VERSION, Stage, Task
from antiphon.bridge.protocol.watching import DEEDS, KINDS
from antiphon.bridge.protocol.wishes import FIRST, LATER, Wish

PREFIX = f"/antiphon/{PROTOCOL_VERSION}/"
FORMATS = ("json", "smf", "musicxml")

Value = str | int | float | bool
Kind = Literal["text", "integer", "number", "switch"]
Sender = Literal["editor", "service", "both"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name, its kind and, where it may be left out, its default."""

    name: str
    kind: Kind
    doc: str
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One message: its name, who sends it, what it promises and its arguments in order."""

    name: str
    sender: Sender
    doc: str
    arguments: tuple[Argument, ...]

    @property
    def address(self) -> str:
        """The OSC address."""
        return PREFIX + self.name


_TOKEN = Argument("token", "text", "the secret of the run file, 32 hexadecimal digits")
_ID = Argument("id", "text", "the request's id, chosen by the editor, 1 to 64 of A-Z a-z 0-9 . _ -")
_PAYLOAD = Argument("payload", "text", "SHA-256 of the spool file with the music, 64 digits")
_FORMAT = Argument("format", "text", f"how the music is written: {', '.join(FORMATS)}", "json")


def _wish(wish: Wish) -> Argument:
    """A wish as an argument; its help names the tasks where not all of them take it."""
    some = [task for task in Task if task in wish.tasks]
    tasks = "" if len(some) == len(Task) else f" ({_listed(some)})"
    return Argument(wish.name, wish.kind, wish.doc + tasks, wish.default)


def _listed(some: Sequence[Task]) -> str:
    left = [task for task in Task if task not in some]
    return f"all but {', '.join(left)}" if len(left) <= 2 else ", ".join(some)


TABLE: tuple[Row, ...] = (
    Row(
        "hello",
        "both",
        "Greets the service; it greets back with its version. Costs nothing, may be repeated.",
        (
            _TOKEN,
            Argument("name", "text", "who speaks: “REAPER 7.2”, “antiphon”", ""),
            Argument("version", "text", "the speaker's version", ""),
            Argument("engine", "text", "what answers: torch, theory, or empty while it loads", ""),
        ),
    ),
    Row(
        "ask",
        "editor",
        "Asks for an answer. The same id always has the same answer, so an ask without a reply "
        "is repeated after 0.25, 0.5, 1 and 2 seconds and is never computed twice. With format "
        "json the payload is the whole request and the arguments after it are not read. With smf "
        "or musicxml the payload is the music (a file of no bytes for music made from nothing), "
        "and each task reads the arguments that it takes.",
        (
            _TOKEN,
            _ID,
            Argument("task", "text", f"one of: {', '.join(Task)}"),
            _PAYLOAD,
            _FORMAT,
            *map(_wish, (*FIRST, *LATER)),
        ),
    ),
    Row(
        "progress",
        "service",
        "Says how far a request is; at least twice a second while it is worked on.",
        (
            _TOKEN,
            _ID,
            Argument("stage", "text", f"one of: {', '.join(Stage)}"),
            Argument("fraction", "number", "what is done, 0 to 1"),
        ),
    ),
    Row(
        "take",
        "service",
        "Brings one answer, in the format of the ask. The last of them is number "
        "first_take + takes - 1.",
        (
            _TOKEN,
            _ID,
            Argument("number", "integer", "which answer this is, counted from 0"),
            Argument("takes", "integer", "how many answers were asked for"),
            _PAYLOAD,
            _FORMAT,
        ),
    ),
    Row(
        "fault",
        "service",
        "Ends a request without an answer (or says why a message was refused).",
        (
            _TOKEN,
            _ID,
            Argument("code", "text", "the fault's name"),
            Argument("sentence", "text", "what happened, and what was not touched"),
            Argument("remedy", "text", "what to do"),
        ),
    ),
    Row(
        "again",
        "editor",
        "Asks for one more take of a request that was answered: the next or a former one. It is "
        "answered as an ask is, by progress and the take of that number, or a fault.",
        (_TOKEN, _ID, Argument("number", "integer", "which take, counted from 0"), _FORMAT),
    ),
    Row(
        "cancel",
        "editor",
        "Stops a request. Answered by the fault `cancelled`, within a tenth of a second.",
        (_TOKEN, _ID),
    ),
    Row(
        "kept",
        "both",
        "Tells that an answer stands in the music now; the service sends the same back.",
        (_TOKEN, _ID, Argument("number", "integer", "which answer was kept")),
    ),
    Row(
        "do",
        "both",
        "Has an editor act as if a key had been pressed there; the service sends the same back, "
        "with the editor that was meant. The same id is done once.",
        (
            _TOKEN,
            _ID,
            Argument("what", "text", f"a task, or one of {', '.join(DEEDS)}"),
            Argument("editor", "text", f"one of {', '.join(KINDS)}; empty: the one used last", ""),
            Argument("words", "text", "lines of key=value, as files of lines have them", ""),
        ),
    ),
)

ROWS: Mapping[str, Row] = {row.name: row for row in TABLE}
ADDRESSES: frozenset[str] = frozenset(row.address for row in TABLE)
_TAGS = {"text": "s", "integer": "i", "number": "f"}


def row_at(address: str) -> Row:
    """The row of an OSC address. Raises AntiphonError("bad-datagram") if there is none."""
    if address not in ADDRESSES:
        raise AntiphonError("bad-datagram", why="its address is not in the table")
    return ROWS[address.removeprefix(PREFIX)]


def read_arguments(row: Row, values: Sequence[object]) -> dict[str, Value]:
    """The named arguments of an OSC message, defaults filled in, surplus ones dropped.

    Raises AntiphonError("bad-datagram") where one is missing or of the wrong kind.
    """
    found: dict[str, Value] = {}
    for index, argument in enumerate(row.arguments):
        if index < len(values):
            found[argument.name] = _fit(argument, values[index])
        elif argument.default is None:
            raise AntiphonError("bad-datagram", why=f"{row.name} lacks {argument.name}")
        else:
            found[argument.name] = argument.default
    return found


def read_object(row: Row, values: Mapping[str, object]) -> dict[str, Value]:
    """The named arguments of a JSON message, without the token, which a file does not need.

    Unknown names are ignored, so that a newer script may talk to an older service.
    Raises AntiphonError("bad-datagram") as `read_arguments` does.
    """
    found: dict[str, Value] = {}
    for argument in row.arguments:
        if argument is _TOKEN:
            continue
        if argument.name in values:
            found[argument.name] = _fit(argument, values[argument.name])
        elif argument.default is None:
            raise AntiphonError("bad-datagram", why=f"{row.name} lacks {argument.name}")
        else:
            found[argument.name] = argument.default
    return found


def typed_arguments(row: Row, values: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """The arguments in order, each with its OSC type tag, ready to be built.

    Raises KeyError if a needed one is missing: that is a defect of the caller.
    """
    found: list[tuple[str, Value]] = []
    for argument in row.arguments:
        value = values[argument.name] if argument.default is None else values.get(argument.name)
        value = argument.default if value is None else value
        assert value is not None
        if argument.kind == "switch":
            found.append(("T" if value else "F", bool(value)))
        elif argument.kind == "integer" and not -(2**31) <= int(value) < 2**31:
            found.append(("h", value))
        else:
            found.append((_TAGS[argument.kind], value))
    return found


def _fit(argument: Argument, value: object) -> Value:
    if argument.kind == "text" and isinstance(value, str):
        return value
    if argument.kind == "switch" and isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63:
        if argument.kind == "number":
            return float(value)
        # Scripts whose only number is a float (Lua before 5.3) may write 4.0 for 4.
        if argument.kind == "integer" and value == int(value):
            return int(value)
    raise AntiphonError("bad-datagram", why=f"{argument.name} must be of kind {argument.kind}")
