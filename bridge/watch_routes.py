"""The HTTP routes of the panel and of scripts that wait for commands."""

from typing import Any

from antiphon.bridge.deeds import Deeds
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.jobs import Jobs
from antiphon.bridge.jobs.lookout import Lookout
from antiphon.bridge.protocol.codec import to_json
from antiphon.bridge.protocol.watching import KINDS, RegionSeen, kind_of

POLL_SECONDS = 20.0
Body = dict[str, Any]


class WatchRoutes:
    """Answers `watch`, `request`, `command` and `do`."""

    NAMES = ("watch", "request", "command", "do")

    def __init__(self, jobs: Jobs, lookout: Lookout, deeds: Deeds) -> None:
        self._jobs = jobs
        self._lookout = lookout
        self._deeds = deeds
        # A region holds much music and is looked at often.
        self._region: tuple[RegionSeen | None, Body | None] = (None, None)

    async def route(self, name: str, body: Body) -> Body:
        """Answer one call. Raises AntiphonError where there is no answer."""
        if name == "watch":
            return await self._watch(body)
        if name == "request":
            request, takes = self._jobs.known(_text(body, "id"))
            found = [to_json(takes[number]) for number in sorted(takes)]
            return {"status": "request", "request": to_json(request), "takes": found}
        if name == "command":
            words = body.get("words", {})
            if not isinstance(words, dict):
                raise AntiphonError("bad-request", why="words must be an object")
            kind = self._deeds.command(_text(body, "what"), _text(body, "editor", ""), words)
            return {"status": "ok", "editor": kind}
        return await self._do(body)

    async def _watch(self, body: Body) -> Body:
        since, seconds = body.get("since", -1), body.get("seconds", POLL_SECONDS)
        if type(since) is not int or isinstance(seconds, bool):
            raise AntiphonError("bad-request", why="since must be a whole number")
        if not isinstance(seconds, int | float):
            raise AntiphonError("bad-request", why="seconds must be a number")
        watched = await self._lookout.watch(since, min(seconds, POLL_SECONDS))
        if self._region[0] is not watched.region:
            self._region = watched.region, to_json(watched.region)
        return {
            "status": "watch",
            "now": watched.now,
            "editors": to_json(watched.editors),
            "requests": to_json(watched.requests),
            "region": self._region[1],
        }

    async def _do(self, body: Body) -> Body:
        editor = _text(body, "editor")
        kind = editor if editor in KINDS else kind_of(editor)
        about = (_text(body, "document", ""), _text(body, "title", ""))
        self._lookout.seen(kind, editor, *about, is_acting=body.get("focus") is True)
        deed = await self._deeds.poll(kind, POLL_SECONDS)
        if deed is None:
            # The silence was the poller's waiting.
            self._lookout.seen(kind, editor, *about)
            return {"status": "nothing"}
        return {"status": "do", "what": deed.what, **deed.words}


def _text(body: Body, name: str, otherwise: str | None = None) -> str:
    value = body.get(name, otherwise)
    if not isinstance(value, str):
        raise AntiphonError("bad-request", why=f"{name} must be a text")
    return value
