"""What the editors do, brought into the session: selections become sources, answers takes."""

from typing import Any

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Request, Take
from antiphon.ui.model.store import READY, Job
from antiphon.ui.model.takes import Origin
from antiphon.ui.panel import Panel


class Watching:
    """Follows `line.seen`; it lives as long as the panel."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._region: Any = None
        self._seen: dict[str, tuple[int, ...]] = {}
        self._adopted: set[str] = set()
        self._is_fresh = True
        panel.session.line.seen.listen(self._look)

    def _look(self) -> None:
        watched = self._panel.session.line.watched
        region = watched.region
        if region is not None and region.request is not None and region != self._region:
            self._region = region
            from antiphon.ui.model.reading import from_region  # noqa: PLC0415  # heavy

            try:
                name = self._editor(region.editor, region.document)[0]
                source = from_region(region.request, name, region.title)
            except (AntiphonError, ValueError):
                source = None
            if source is not None:
                self._panel.session.ask_about(source)
        for seen in reversed(watched.requests):
            self._look_at(seen)
        self._is_fresh = False

    def _look_at(self, seen: Any) -> None:
        own = self._panel.session.queue.job(seen.id)
        is_new = self._seen.get(seen.id) != seen.takes
        self._seen[seen.id] = seen.takes
        # What was asked before the panel came, and what the panel asked itself, is known.
        if self._is_fresh or not is_new or not seen.takes:
            return
        if own is not None and seen.id not in self._adopted:
            return
        self._adopted.add(seen.id)
        self._fetch(seen)

    def _editor(self, kind: str, document: str) -> tuple[str, str]:
        """The editor's name and the document's title as a person knows them."""
        for editor in self._panel.session.line.watched.editors:
            if editor.kind == kind and editor.document == document:
                return editor.name, editor.title
        return kind, ""

    def _fetch(self, seen: Any) -> None:
        session = self._panel.session
        found: list[tuple[Request, tuple[Take, ...]]] = []

        def done() -> None:
            request, takes = found[0]
            name, title = self._editor(seen.editor, seen.document)
            job = Job(request, seen.words, READY, seen.created, seen.created,
                      Origin(title=title, editor=name))  # fmt: skip
            session.show_editors(job, takes)

        session.line.tell(
            lambda client: found.append(client.request(seen.id)), lambda fault: None, done
        )
