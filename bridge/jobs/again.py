"""One more take of a request that was answered: from the journal, or asked for now.

Take n depends on the music, the controls, the seed and n, so the same request with another
first take is all that is needed; the take is kept as one of the first request.
"""

import hashlib
from dataclasses import dataclass, replace

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.jobs import Jobs, Listener
from antiphon.bridge.jobs.lookout import MORE
from antiphon.bridge.protocol.messages import Done, Fault, Message, Progress, Request, Take

MAX_NUMBER = 9_999


class Again:
    """Gives takes of requests by number; all methods belong to the event loop of the jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def ask(self, request_id: str, number: int, listener: Listener) -> Request:
        """Have the take of that number told to the listener, then Done or a Fault.

        Returns the request. Raises AntiphonError: "unknown-request", "bad-request", "busy".
        """
        if not 0 <= number <= MAX_NUMBER:
            raise AntiphonError("bad-request", why=f"takes are numbered from 0 to {MAX_NUMBER}")
        request = self._jobs.request_of(request_id)
        take = self._jobs.take_of(request_id, number)
        if take is not None:
            listener(take)
            listener(Done(request_id))
        elif self._jobs.is_live(request_id) and number < request.first_take + request.count:
            self._jobs.repeat(request_id, _Only(listener, number))
        else:
            more = replace(request, id=_id_of(request_id, number), first_take=number, count=1)
            self._jobs.submit(more, _Renamed(listener, request, self._jobs))
        return request


@dataclass(frozen=True, slots=True)
class _Only:
    """Hears one take of several."""

    listener: Listener
    number: int

    def __call__(self, message: Message) -> None:
        if not isinstance(message, Take) or message.number == self.number:
            self.listener(message)


@dataclass(frozen=True, slots=True)
class _Renamed:
    """Hears about the request that fetches a take, and tells it of the first request."""

    listener: Listener
    request: Request
    jobs: Jobs

    def __call__(self, message: Message) -> None:
        if isinstance(message, Done):
            message = Done(self.request.id)
        elif isinstance(message, Take | Progress | Fault):
            message = replace(message, request_id=self.request.id)
        if isinstance(message, Take):
            self.jobs.add_take(self.request, message)
        self.listener(message)


def _id_of(request_id: str, number: int) -> str:
    return MORE + hashlib.sha256(f"{request_id} {number}".encode()).hexdigest()[:32]
