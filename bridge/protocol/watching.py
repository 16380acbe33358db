"""What the panel sees of every door: editors, their requests, and what is selected now."""

from dataclasses import dataclass

from antiphon.bridge.protocol.messages import Request

# What asks: an editor, or a file (command line, panel, watch folder).
KINDS = ("musescore", "reaper", "ardour", "live", "file")
# What a request is doing, in the words of `RequestSeen.state`.
STATES = (
    "queued", "loading", "writing", "checking", "ready", "inserted", "cancelled", "failed",
)  # fmt: skip
# What `do` may ask of an editor beside the tasks.
DEEDS = ("next", "previous", "keep", "cancel", "region", "put", "open")


@dataclass(frozen=True, slots=True)
class EditorSeen:
    """An editor that listens; `seconds` ago it was last heard of."""

    kind: str
    name: str
    document: str
    title: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RequestSeen:
    """A request of any editor: `words` say of what, `takes` are the numbers that are there.

    `landed` is the number of the take that stands in the music, -1 where none does;
    `sentence` says why a request failed; `created` is the wall clock in seconds since 1970.
    """

    id: str
    task: str
    editor: str
    document: str
    words: str
    state: str
    takes: tuple[int, ...]
    landed: int
    sentence: str
    created: float


@dataclass(frozen=True, slots=True)
class RegionSeen:
    """What is selected in an editor: in words, and as a request (task continue) that holds it."""

    editor: str
    document: str
    title: str
    words: str
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """All that is to be seen at the count `now`; requests are newest first."""

    now: int
    editors: tuple[EditorSeen, ...] = ()
    requests: tuple[RequestSeen, ...] = ()
    region: RegionSeen | None = None


def kind_of(editor: str) -> str:
    """The kind of an editor by what it calls itself: "REAPER 7.22" is reaper."""
    word = editor.strip().lower()
    for kind in KINDS[:-1]:
        if word.startswith(kind) or (kind == "live" and word.startswith("ableton")):
            return kind
    return KINDS[-1]
