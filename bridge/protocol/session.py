"""The life of a request, without sockets or clocks: the side that answers and the side that asks.

At least once plus idempotent is exactly once for the musician: the asking side repeats until
it is answered, the answering side computes an id once and repeats what it knows.
"""

from dataclasses import dataclass, field
from enum import StrEnum

RESEND_AFTER = (0.25, 0.5, 1.0, 2.0)
# Copies of the first ask and of each repeat: a repeat means that datagrams are being lost.
COPIES = (1, 2, 4, 8, 8)
LAST_WAIT = 2.0


class State(StrEnum):
    """Where a request stands with the answering side."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    RUNNING = "running"
    READY = "ready"
    INSERTED = "inserted"
    CANCELLED = "cancelled"
    FAILED = "failed"


_NEXT: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.ACCEPTED, State.FAILED, State.CANCELLED}),
    State.ACCEPTED: frozenset({State.RUNNING, State.FAILED, State.CANCELLED}),
    # Back to accepted: the model stopped, and the request waits for a fresh one.
    State.RUNNING: frozenset({State.READY, State.ACCEPTED, State.FAILED, State.CANCELLED}),
    State.READY: frozenset({State.INSERTED}),
    State.INSERTED: frozenset(),
    State.CANCELLED: frozenset(),
    State.FAILED: frozenset(),
}
LIVE = frozenset({State.RECEIVED, State.ACCEPTED, State.RUNNING})


@dataclass(slots=True)
class Session:
    """One request with the answering side; times are seconds of a monotonic clock.

    `fingerprint` names the request's whole content; takes run from `first_take`.
    """

    request_id: str
    fingerprint: str
    first_take: int
    count: int
    expires_at: float
    state: State = State.RECEIVED
    takes: set[int] = field(default_factory=set)

    @property
    def is_live(self) -> bool:
        """Whether an answer is still to come."""
        return self.state in LIVE

    @property
    def next_take(self) -> int:
        """The number of the first take that is not there yet."""
        number = self.first_take
        while number in self.takes:
            number += 1
        return number

    def is_complete(self) -> bool:
        """Whether every take that was asked for is there."""
        return len(self.takes) == self.count

    def is_late(self, now: float) -> bool:
        """Whether the deadline of a live request has passed."""
        return self.is_live and now >= self.expires_at

    def move(self, state: State) -> bool:
        """Go to `state`; False, and nothing changes, where that step does not exist."""
        if state not in _NEXT[self.state]:
            return False
        self.state = state
        return True

    def receive_take(self, number: int) -> bool:
        """Count a take in; False for one that is known, was not asked for or comes too late."""
        is_asked = self.first_take <= number < self.first_take + self.count
        if self.state is not State.RUNNING or not is_asked or number in self.takes:
            return False
        self.takes.add(number)
        return True

    def keep(self, number: int) -> bool:
        """Note that a take stands in the music; True also where that was known already."""
        return number in self.takes and (self.state is State.INSERTED or self.move(State.INSERTED))


@dataclass(slots=True)
class Asking:
    """One request with the asking side: when to send, when to give up, what is news.

    Raises nothing; `poll` says how many copies to send now, `gave_up` that nobody answers.
    """

    first_take: int
    count: int
    now: float
    attempt: int = 0
    gave_up: bool = False
    is_over: bool = False
    takes: set[int] = field(default_factory=set)
    wake_at: float = 0.0

    def __post_init__(self) -> None:
        self.wake_at = self.now

    def poll(self, now: float) -> int:
        """How many copies of the ask to send at `now`; 0 while it is not time."""
        if self.is_over or now < self.wake_at:
            return 0
        if self.attempt == len(COPIES):
            self.gave_up = self.is_over = True
            return 0
        copies = COPIES[self.attempt]
        waits = (*RESEND_AFTER, LAST_WAIT)
        self.wake_at = now + waits[self.attempt]
        self.attempt += 1
        return copies

    def heard(self, now: float) -> None:
        """The other side spoke about this request: silence is counted from `now` again.

        The next ask, if it falls silent, is then a repeat that fetches what was lost.
        """
        self.attempt = 1
        # Heartbeats come every half second; one that is late is no reason to ask again.
        self.wake_at = now + 3 * RESEND_AFTER[0]

    def heard_take(self, number: int, now: float) -> bool:
        """Whether this take is news; after the last one the request is over."""
        self.heard(now)
        if number in self.takes or self.is_over:
            return False
        if not self.first_take <= number < self.first_take + self.count:
            return False
        self.takes.add(number)
        self.is_over = len(self.takes) == self.count
        return True

    def heard_end(self) -> bool:
        """Whether a fault is news; it ends the request."""
        is_news = not self.is_over
        self.is_over = True
        return is_news
