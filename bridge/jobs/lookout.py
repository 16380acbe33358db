"""What goes on, for the panel: which editors listen, every request of each, the region selected.

All methods belong to one event loop. `watch` waits until something changed.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.journal import Journal
from antiphon.bridge.music.words import region_in_words
from antiphon.bridge.protocol.messages import Request
from antiphon.bridge.protocol.watching import KINDS, EditorSeen, RegionSeen, RequestSeen, Watched

NEWEST = 64
# A script greets every 5 s, a poller comes back after 20: after this it is thought closed.
GONE_SECONDS = 30.0
# Ids of requests that only fetch one more take of another one.
MORE = "again-"


@dataclass(slots=True)
class _Editor:
    name: str
    document: str
    title: str
    at: float
    acted_at: float


class Lookout:
    """Keeps what `Watched` shows; requests of earlier services come from the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        # From the clock, so that a count of an earlier service is never taken for this one's.
        self._now = int(time.time())
        self._editors: dict[str, _Editor] = {}
        self._requests: OrderedDict[str, RequestSeen] = OrderedDict()
        self._origins: OrderedDict[str, str] = OrderedDict()
        self._region: RegionSeen | None = None
        self._bell = asyncio.Event()
        for seen, request in journal.newest(NEWEST):
            if not seen.id.startswith(MORE):
                self._requests[seen.id] = replace(seen, words=words_of(request))

    def seen(
        self, kind: str, name: str, document: str, title: str, *, is_acting: bool = False
    ) -> None:
        """An editor showed that it is there; `is_acting`: somebody did something in it."""
        known, now = self._editors.get(kind), time.monotonic()
        acted_at = now if is_acting else known.acted_at if known else 0.0
        found = _Editor(name[:200], document[:400], title[:200], now, acted_at)
        self._editors[kind] = found
        if known is None or (known.name, known.document, known.title) != (
            found.name, found.document, found.title,
        ):  # fmt: skip
            self._ring()

    def gone(self, kind: str) -> None:
        """An editor said that it closes."""
        if self._editors.pop(kind, None) is not None:
            self._ring()

    def came_from(self, request_id: str, kind: str) -> None:
        """Tell which editor a request is of, before it is submitted."""
        if request_id not in self._origins:
            self._origins[request_id] = kind
            while len(self._origins) > NEWEST:
                self._origins.popitem(last=False)

    def noticed(self, request: Request, state: str, takes: Iterable[int], sentence: str) -> None:
        """A request stands somewhere else now; the jobs tell it."""
        if request.id.startswith(MORE):
            return
        known = self._requests.get(request.id)
        if known is None:
            known = self._new(request)
        taken = tuple(sorted({*known.takes, *takes}))
        found = replace(known, state=state, takes=taken, sentence=sentence)
        if found == known and request.id in self._requests:
            return
        self._requests[request.id] = found
        while len(self._requests) > NEWEST:
            self._requests.popitem(last=False)
        self._ring()

    def landed(self, request: Request, number: int) -> None:
        """A take of a request stands in the music now."""
        known = self._requests.get(request.id) or self._new(request)
        self._requests[request.id] = replace(known, state="inserted", landed=number)
        self._journal.add_origin(request.id, known.editor, number)
        self._ring()

    def selected(self, kind: str, title: str, request: Request | None) -> None:
        """What is selected in an editor now."""
        words = words_of(request) if request else ""
        document = request.region.document_id if request else ""
        self._region = RegionSeen(kind, document, title[:200], words, request)
        self._ring()

    def present(self, kind: str) -> str:
        """The kind of an editor that is there: of that kind, or with "" the one used last.

        Where nobody did anything in any yet, it is the one heard last. Raises
        AntiphonError("no-editor").
        """
        there = [(e.acted_at, e.at, k) for k, e in self._editors.items() if self._is_there(e)]
        found = [k for *_, k in sorted(there, reverse=True) if kind in ("", k)]
        if not found:
            raise AntiphonError("no-editor", which=f" ({kind})" if kind else "")
        return found[0]

    def editor_of(self, request_id: str) -> str:
        """The editor that a request came from, "" where that is none that listens now."""
        seen = self._requests.get(request_id)
        editor = self._editors.get(seen.editor) if seen else None
        return seen.editor if seen and editor and self._is_there(editor) else ""

    def watched(self) -> Watched:
        """All that is to be seen now."""
        now = time.monotonic()
        editors = tuple(
            EditorSeen(kind, e.name, e.document, e.title, round(now - e.at, 3))
            for kind, e in sorted(self._editors.items(), key=lambda item: -item[1].at)
            if self._is_there(e)
        )
        requests = tuple(reversed(self._requests.values()))
        return Watched(self._now, editors, requests, self._region)

    async def watch(self, since: int, seconds: float) -> Watched:
        """What is to be seen, as soon as it is other than at the count `since`."""
        try:
            async with asyncio.timeout(max(0.0, min(seconds, 60.0))):
                while self._now == since:
                    await self._bell.wait()
        except TimeoutError:
            pass
        return self.watched()

    def _new(self, request: Request) -> RequestSeen:
        document = request.region.document_id
        kind = self._origins.get(request.id) or self._kind_with(document)
        self._journal.add_origin(request.id, kind, -1)
        words = words_of(request)
        created = time.time()
        return RequestSeen(
            request.id, request.task.value, kind, document, words, "queued", (), -1, "", created
        )

    def _kind_with(self, document: str) -> str:
        """The editor that has a document open: the panel asks for it."""
        for kind, editor in self._editors.items():
            if document and editor.document == document:
                return kind
        return KINDS[-1]

    def _is_there(self, editor: _Editor) -> bool:
        return time.monotonic() - editor.at < GONE_SECONDS

    def _ring(self) -> None:
        self._now += 1
        self._bell.set()
        self._bell = asyncio.Event()


def words_of(request: Request) -> str:
    """What a request is about: "Violin I, measures 9–16, 4/4, G major"."""
    region, begin = request.region, request.phrase_start
    part = region.part_ids[0] if region.part_ids else ""
    if not request.phrase.parts:
        return "new music"
    end = max(region.end, region.start) - begin
    return region_in_words(request.phrase, part, region.start - begin, end)
