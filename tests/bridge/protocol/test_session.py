"""A request's life: both sides of it over a line that loses, doubles and reorders."""

import heapq
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from antiphon.bridge.protocol.session import COPIES, LIVE, RESEND_AFTER, Asking, Session, State


class SessionLife(RuleBasedStateMachine):
    """Any order of events, against a model that only remembers what was promised."""

    def __init__(self):
        super().__init__()
        self.session = Session("a", "f", 2, 3, 10.0)
        self.seen: list[int] = []
        self.ends: list[State] = []
        self.kept = False

    @rule(state=st.sampled_from(State))
    def move(self, state):
        before = self.session.state
        if self.session.move(state):
            assert state is not before
            if state not in LIVE:
                self.ends.append(state)
        else:
            assert self.session.state is before

    @rule(number=st.integers(0, 7))
    def take(self, number):
        if self.session.receive_take(number):
            assert self.session.state is State.RUNNING
            self.seen.append(number)

    @precondition(lambda self: self.session.state is State.READY)
    @rule(number=st.integers(0, 7))
    def keep(self, number):
        if self.session.keep(number):
            self.kept = True
            self.ends.append(State.INSERTED)
            assert self.session.keep(number)

    @rule(now=st.floats(0, 20))
    def look_at_the_clock(self, now):
        assert self.session.is_late(now) == (self.session.is_live and now >= 10.0)

    @invariant()
    def every_take_is_told_once_and_was_asked_for(self):
        assert len(self.seen) == len(set(self.seen))
        assert set(self.seen) <= {2, 3, 4}
        assert self.session.is_complete() == (len(self.seen) == 3)
        assert self.session.next_take not in self.seen

    @invariant()
    def a_request_ends_once(self):
        assert self.ends in (
            [],
            [State.READY],
            [State.READY, State.INSERTED],
            [State.CANCELLED],
            [State.FAILED],
        )
        assert self.session.is_live == (not self.ends)


TestSessionLife = SessionLife.TestCase
TestSessionLife.settings = settings(max_examples=150, stateful_step_count=25)


class Line:
    """A line with a clock of its own: each datagram may be lost, doubled or delayed."""

    def __init__(self, seed: int, loss: float, doubling: float, delay: float):
        self.random = random.Random(seed)
        self.loss, self.doubling, self.delay = loss, doubling, delay
        self.flying: list[tuple[float, int, str, object]] = []
        self.count = 0

    def send(self, now: float, to: str, message: object) -> None:
        copies = 2 if self.random.random() < self.doubling else 1
        for _ in range(copies):
            if self.random.random() >= self.loss:
                self.count += 1
                arrival = now + self.random.random() * self.delay
                heapq.heappush(self.flying, (arrival, self.count, to, message))


def play(line: Line, count: int, work_seconds: float, alive_until: float = 1e9):
    """One request over a line: what the asker heard, how often it was computed, and when."""
    now, heard, computed = 0.0, [], 0
    asking = Asking(0, count, now)
    session: Session | None = None
    done_at, beat_at = [], 0.0
    while not asking.is_over and now < 120:
        for _ in range(asking.poll(now)):
            line.send(now, "service", "ask")
        if session is not None and now < alive_until:
            while done_at and done_at[0] <= now:
                done_at.pop(0)
                number = session.next_take
                assert session.receive_take(number)
                line.send(now, "asker", number)
                if session.is_complete():
                    session.move(State.READY)
            if session.is_live and now >= beat_at:
                beat_at = now + 0.4
                line.send(now, "asker", "progress")
        while line.flying and line.flying[0][0] <= now:
            _, _, to, message = heapq.heappop(line.flying)
            if to == "service" and now < alive_until:
                if session is None:
                    session = Session("a", "f", 0, count, 100.0, State.ACCEPTED)
                    session.move(State.RUNNING)
                    computed += 1
                    done_at = [now + work_seconds * (i + 1) for i in range(count)]
                for number in sorted(session.takes):
                    line.send(now, "asker", number)
                line.send(now, "asker", "progress")
            elif message == "progress":
                asking.heard(now)
            elif isinstance(message, int) and asking.heard_take(message, now):
                heard.append(message)
        now += 0.01
    return heard, computed, asking, now


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 4), st.floats(0, 1.5))
def test_a_bad_line_delivers_every_take_once_and_computes_once(seed, count, work_seconds):
    line = Line(seed, loss=0.3, doubling=0.3, delay=0.5)
    heard, computed, asking, _ = play(line, count, work_seconds)
    assert not asking.gave_up
    assert sorted(heard) == list(range(count))
    assert computed == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 3))
def test_a_dead_service_is_noticed_and_never_waited_for_long(seed, alive_until):
    line = Line(seed, loss=0.3, doubling=0.3, delay=0.2)
    heard, _, asking, now = play(line, 1, 60.0, alive_until)
    assert asking.gave_up
    assert heard == []
    assert now <= alive_until + sum(RESEND_AFTER) + 4.0


def test_repeats_come_after_a_quarter_a_half_one_and_two_seconds():
    asking = Asking(0, 1, 100.0)
    sent, now = [], 100.0
    while not asking.is_over:
        if copies := asking.poll(now):
            sent.append((round(now - 100.0, 2), copies))
        now += 0.01
    assert [at for at, _ in sent] == [0, 0.25, 0.75, 1.75, 3.75]
    assert [copies for _, copies in sent] == list(COPIES)
    assert asking.gave_up


def test_a_fault_is_news_once():
    asking = Asking(0, 1, 0.0)
    assert asking.heard_end()
    assert not asking.heard_end()
    assert not asking.heard_take(0, 1.0)
