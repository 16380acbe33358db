"""The one table of messages in lines: what scripts of REAPER and Ardour write and read.

`plugins/CONTRACT.md` is made from it, the desk takes its messages from it, and the golden
transcripts are held against it.
"""

from dataclasses import dataclass
from typing import Literal

from antiphon.bridge.protocol.messages import PROTOCOL_VERSION, Stage, Task
from antiphon.bridge.protocol.watching import DEEDS

Sender = Literal["script", "service"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what its value says; `needed` in every such message, `repeats` for many lines."""

    name: str
    doc: str
    needed: bool = True
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class LineRow:
    """One message in lines: its name, who writes it, where, and its keys."""

    name: str
    sender: Sender
    file: str
    doc: str
    keys: tuple[Key, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """The keys that every such message has."""
        return tuple(key.name for key in self.keys if key.needed)

    @property
    def names(self) -> frozenset[str]:
        """All keys that such a message may have."""
        return frozenset(key.name for key in self.keys)


PART_FIELDS = "track number, id, selected, drums, program, name"
REPLY_PART_FIELDS = "number, part's id, own, into, drums, program, name, path"
NOTE_FIELDS = "part's number, onset, duration, pitch, velocity, channel"

_HEAD = (
    Key("antiphon", f"the protocol's version: {PROTOCOL_VERSION}"),
    Key("message", "the name of the message"),
)
_FROM = (
    Key("editor", "its name and version: REAPER 7.22, Ardour 7.3"),
    Key("document", "a stable id or name of the project"),
    Key("title", "the project's name for people", needed=False),
)
_ID = Key("id", "the request's id, chosen by the script: 1 to 64 of A-Z a-z 0-9 . _ -")
_NUMBER = Key("number", "which take, counted from 0")
_SPAN = (
    Key("music", "NAME.mid, a file beside this one, written before it"),
    Key("phrase_start", "ticks from the project's start to time 0 of the music, a barline"),
    Key("region_start", "ticks from the project's start to what is selected"),
    Key("region_end", "ticks from the project's start to its end"),
    Key("first_measure", "number of the music's first measure (else counted by its meter)", False),
    Key("part", f"{PART_FIELDS}; parted by tabs, one line a track of the music", repeats=True),
    Key("revision", "a hash of the selected span, the script's own", needed=False),
)

LINE_TABLE: tuple[LineRow, ...] = (
    LineRow(
        "ask",
        "script",
        "inbox/NAME.ask",
        "Asks for an answer to what is selected. Beside these keys it takes every word of `ask` "
        "in docs/protocol.md by its name (measures, takes, first_take, seed, as, style, …).",
        (*_HEAD, _ID, *_FROM, Key("task", f"one of: {', '.join(Task)}"), *_SPAN),
    ),
    LineRow(
        "again",
        "script",
        "inbox/NAME.ask",
        "Asks for another take of a request: the next one, or a former one. It is answered by a "
        "take of that id and number.",
        (*_HEAD, _ID, _NUMBER, *_FROM),
    ),
    LineRow(
        "cancel",
        "script",
        "inbox/NAME.ask",
        "Stops a request. The fault `cancelled` comes as the answer to its ask; this message has "
        "no answer of its own.",
        (*_HEAD, _ID, *_FROM),
    ),
    LineRow(
        "kept",
        "script",
        "inbox/NAME.ask",
        "Tells that a take stands in the project now. It is said back.",
        (*_HEAD, _ID, _NUMBER, *_FROM),
    ),
    LineRow(
        "hello",
        "script",
        "inbox/NAME.ask",
        "Shows that the script is there: at its start and every 5 seconds. It is answered only "
        "where the versions differ, by the fault `other-version`.",
        (*_HEAD, *_FROM, Key("focus", "1 where its window is known to be in front", needed=False)),
    ),
    LineRow(
        "region",
        "script",
        "inbox/NAME.ask",
        "Tells what is selected, so that the panel can show it. It is answered only by a fault.",
        (*_HEAD, *_FROM, *_SPAN),
    ),
    LineRow(
        "take",
        "service",
        "outbox/NAME.N.reply",
        "Brings one take. Ties are joined; every note lies between `at` and `at` + `length`.",
        (
            *_HEAD,
            _ID,
            _NUMBER,
            Key("takes", "how many takes the ask asked for"),
            Key("last", "1: nothing more follows, 0: another take does"),
            Key("title", "the name of the undo step: Antiphon: bass for measures 9–16"),
            Key("at", "ticks from the project's start to where the answer begins"),
            Key("length", "ticks that the answer lasts"),
            Key("tempo", "quarters a minute where it begins"),
            Key("model", "what wrote it"),
            Key("remark", "a sentence worth reading", needed=False, repeats=True),
            Key("part", f"{REPLY_PART_FIELDS}; parted by tabs", needed=False, repeats=True),
            Key("note", f"{NOTE_FIELDS}; parted by tabs", needed=False, repeats=True),
            Key("chord", "onset, chord symbol; parted by tabs", needed=False, repeats=True),
        ),
    ),
    LineRow(
        "fault",
        "service",
        "outbox/NAME.N.reply",
        "Ends a request without an answer. The sentence and the remedy are shown as they are.",
        (
            *_HEAD,
            Key("id", "the request's id, empty where the message had none"),
            Key("code", "the fault's name, as in docs/protocol.md"),
            Key("sentence", "what happened, and what was not touched"),
            Key("remedy", "what to do"),
        ),
    ),
    LineRow(
        "kept",
        "service",
        "outbox/NAME.N.reply",
        "Says back that a take is known to stand in the project.",
        (*_HEAD, _ID, _NUMBER),
    ),
    LineRow(
        "progress",
        "service",
        "outbox/NAME.progress",
        "Shows life: replaced at least twice a second, taken away with the last reply.",
        (
            *_HEAD,
            _ID,
            Key("stage", f"one of: {', '.join(Stage)}"),
            Key("fraction", "what is done, 0 to 1"),
        ),
    ),
    LineRow(
        "do",
        "service",
        "do/KIND.do",
        "Has the script act as if the action's key had been pressed. Words of the task follow by "
        "name; `put` has `id` and `number` of the take to put into the project.",
        (
            *_HEAD,
            Key("what", f"a task, or one of: {', '.join(DEEDS)}"),
            Key("id", "of put: the request", needed=False),
            Key("number", "of put: the take", needed=False),
        ),
    ),
)

FROM_SCRIPTS: tuple[str, ...] = tuple(r.name for r in LINE_TABLE if r.sender == "script")
NEED_ID: tuple[str, ...] = tuple(
    r.name for r in LINE_TABLE if r.sender == "script" and "id" in r.needed
)


def line_row(name: str, sender: Sender) -> LineRow:
    """The row of a message. Raises KeyError."""
    for row in LINE_TABLE:
        if (row.name, row.sender) == (name, sender):
            return row
    raise KeyError(name)
