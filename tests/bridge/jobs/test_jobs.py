"""The queue and its supervisor with real child processes that misbehave as told."""

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager
from dataclasses import replace

import psutil
import pytest
from services import SUPPORT, request

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.jobs.host import HostCommand
from antiphon.bridge.jobs.jobs import Jobs
from antiphon.bridge.jobs.journal import Journal
from antiphon.bridge.jobs.supervisor import FALLBACK, Commands, Supervisor
from antiphon.bridge.protocol.messages import Done, Fault, Progress, Stage, Take
from antiphon.bridge.protocol.session import State
from antiphon.bridge.settings import Settings

QUICK = Settings(silence_seconds=0.6, kill_seconds=0.4, crash_patience_seconds=1.0)
_THEORY = HostCommand("scripted_host", ("theory",))


@pytest.fixture(autouse=True)
def scripted(monkeypatch, tmp_path):
    paths = [str(SUPPORT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("SCRIPTED_LOG", str(tmp_path / "computed.txt"))


def computed(tmp_path) -> list[str]:
    path = tmp_path / "computed.txt"
    return path.read_text().split("\n")[:-1] if path.exists() else []


@asynccontextmanager
async def working(tmp_path, *arguments, settings=QUICK, theory=_THEORY, warm=True):
    """Jobs over a journal on disk and a scripted host with these arguments."""
    journal = Journal(tmp_path / "data" / "journal.sqlite3")
    main = HostCommand("scripted_host", arguments or ("torch",))
    supervisor = Supervisor(Commands(main, theory), settings, None)
    jobs = Jobs(journal, supervisor, int(settings.max_waiting))
    supervisor.start()
    jobs.start()
    try:
        while warm and supervisor.engine == "":
            await asyncio.sleep(0.01)
        yield jobs, supervisor
    finally:
        await jobs.stop()
        await supervisor.stop()
        journal.close()


class Ear:
    """A listener that remembers, and can be waited for."""

    def __init__(self):
        self.messages = []
        self.is_over = asyncio.Event()

    def __call__(self, message):
        self.messages.append(message)
        if isinstance(message, Done | Fault):
            self.is_over.set()

    @property
    def takes(self):
        return [m for m in self.messages if isinstance(m, Take)]

    @property
    def fault(self):
        return self.messages[-1].code if isinstance(self.messages[-1], Fault) else None


async def asked(jobs, message) -> Ear:
    ear = Ear()
    jobs.submit(message, ear)
    await asyncio.wait_for(ear.is_over.wait(), 30)
    return ear


def run(coroutine):
    return asyncio.run(coroutine)


def test_every_take_is_told_once_then_the_end(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            ear = await asked(jobs, request("ok-1", count=3))
            assert [take.number for take in ear.takes] == [0, 1, 2]
            assert isinstance(ear.messages[-1], Done)
            assert jobs.live_count == 0

    run(story())


def test_a_repeated_id_is_answered_from_memory(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            first = await asked(jobs, request("ok-1", count=2))
            again = await asked(jobs, request("ok-1", count=2))
            assert again.takes == first.takes

    run(story())
    assert computed(tmp_path) == ["torch ok-1"]


def test_a_repeated_id_is_answered_after_a_restart(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            return await asked(jobs, request("ok-1", count=2))

    first, again = run(story()), run(story())
    assert again.takes == first.takes
    assert computed(tmp_path) == ["torch ok-1"]


def test_two_who_ask_the_same_both_hear_the_answer(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            one, two = Ear(), Ear()
            jobs.submit(request("slow-1"), one)
            await asyncio.sleep(0.1)
            jobs.submit(request("slow-1"), two)
            jobs.submit(request("slow-1"), two)
            await asyncio.wait_for(asyncio.gather(one.is_over.wait(), two.is_over.wait()), 30)
            assert one.takes == two.takes
            assert len(two.takes) == 1

    run(story())
    assert computed(tmp_path) == ["torch slow-1"]


def test_an_id_with_other_music_is_refused(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            await asked(jobs, request("ok-1"))
            with pytest.raises(AntiphonError) as caught:
                jobs.submit(request("ok-1", seed=5), Ear())
            assert caught.value.code == "bad-request"

    run(story())


def test_a_full_queue_says_busy_and_what_waits_is_still_answered(tmp_path):
    async def story():
        settings = replace(QUICK, max_waiting=3)
        async with working(tmp_path, settings=settings) as (jobs, _):
            ears = [Ear() for _ in range(4)]
            jobs.submit(request("slow-0"), ears[0])
            await asyncio.sleep(0.05)
            for number in (1, 2, 3):
                jobs.submit(request(f"ok-{number}"), ears[number])
            for number in range(4, 200):
                with pytest.raises(AntiphonError) as caught:
                    jobs.submit(request(f"ok-{number}"), Ear())
                assert caught.value.code == "busy"
            await asyncio.wait_for(asyncio.gather(*(e.is_over.wait() for e in ears)), 30)
            assert [len(ear.takes) for ear in ears] == [1, 1, 1, 1]

    run(story())


def test_cancelling_answers_at_once_and_frees_the_host(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, supervisor):
            pids = supervisor.host_pids
            ear, waiting = Ear(), Ear()
            jobs.submit(request("slow-1", count=16), ear)
            jobs.submit(request("ok-waits"), waiting)
            await asyncio.sleep(0.1)
            jobs.cancel("ok-waits")
            jobs.cancel("slow-1")
            # No waiting in between: the fault is there when cancel returns.
            assert (ear.fault, waiting.fault) == ("cancelled", "cancelled")
            assert len((await asked(jobs, request("ok-2"))).takes) == 1
            assert supervisor.host_pids == pids
            assert (await asked(jobs, request("slow-1", count=16))).fault == "cancelled"

    run(story())
    assert "torch ok-waits" not in computed(tmp_path)


def test_a_host_that_does_not_stop_is_killed_and_the_queue_goes_on(tmp_path):
    async def story():
        async with working(tmp_path, settings=replace(QUICK, silence_seconds=30)) as (jobs, sup):
            before = sup.host_pids
            ear = Ear()
            jobs.submit(request("hang-1"), ear)
            await asyncio.sleep(0.2)
            jobs.cancel("hang-1")
            assert ear.fault == "cancelled"
            assert len((await asked(jobs, request("ok-1"))).takes) == 1
            assert not set(before) & set(sup.host_pids)

    run(story())


@pytest.mark.parametrize("behaviour", ["crash", "half", "garbage", "huge", "hang", "broken"])
def test_whatever_the_host_does_the_theory_engine_answers_and_says_so(tmp_path, behaviour):
    async def story():
        async with working(tmp_path) as (jobs, _):
            ear = await asked(jobs, request(f"{behaviour}-1", count=2))
            assert [take.number for take in ear.takes] == [0, 1]
            assert all(FALLBACK in take.remarks for take in ear.takes)
            after = await asked(jobs, request("ok-1"))
            assert len(after.takes) == 1

    run(story())


def test_takes_that_came_before_a_crash_are_kept(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            ear = await asked(jobs, request("flaky-1", count=3))
            assert [take.number for take in ear.takes] == [0, 1, 2]
            assert ear.takes[0].receipt.model == "torch"

    run(story())


def test_a_fault_of_the_request_is_passed_on_as_it_is(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            ear = await asked(jobs, request("refuse-1"))
            assert ear.fault == "empty-selection"
            assert ear.takes == []

    run(story())


def test_without_any_host_there_is_a_fault_and_no_hang(tmp_path):
    async def story():
        dead = HostCommand("scripted_host", ("dead",))
        settings = replace(QUICK, cold_patience_seconds=0.3, crash_patience_seconds=0.2)
        async with working(tmp_path, "dead", settings=settings, theory=dead, warm=False) as (
            jobs,
            _,
        ):
            assert (await asked(jobs, request("ok-1"))).fault == "model-failed"

    run(story())


def test_a_host_that_cannot_start_leaves_the_answer_to_theory(tmp_path):
    async def story():
        settings = replace(QUICK, cold_patience_seconds=0.5, crash_patience_seconds=0.2)
        async with working(tmp_path, "dead", settings=settings, warm=False) as (jobs, _):
            ear = await asked(jobs, request("ok-1"))
            assert ear.takes[0].receipt.model == "theory"
            assert ear.messages[0] == Progress("ok-1", Stage.LOADING, 0.0)

    run(story())


def test_a_cold_start_waits_for_the_model_rather_than_for_the_rules(tmp_path):
    async def story():
        async with working(tmp_path, "torch", "1.0", warm=False) as (jobs, _):
            ear = await asked(jobs, request("ok-1"))
            assert ear.takes[0].receipt.model == "torch"
            assert ear.takes[0].remarks == ()

    run(story())


def test_a_deadline_ends_the_request_and_the_next_one_is_answered(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            late, queued = Ear(), Ear()
            jobs.submit(request("slow-1", count=16, deadline=0.3), late)
            jobs.submit(request("ok-queued", deadline=0.05), queued)
            await asyncio.wait_for(asyncio.gather(late.is_over.wait(), queued.is_over.wait()), 10)
            assert (late.fault, queued.fault) == ("deadline-passed", "deadline-passed")
            assert len((await asked(jobs, request("ok-1"))).takes) == 1

    run(story())


def test_near_the_deadline_of_a_slow_model_the_theory_engine_writes_what_is_missing(tmp_path):
    async def story():
        async with working(tmp_path) as (jobs, _):
            ear = await asked(jobs, request("tardy-1", count=4, deadline=12.0))
            assert [take.number for take in ear.takes] == [0, 1, 2, 3]
            ear = await asked(jobs, request("tardy-2", count=16, deadline=6.0))
            assert ear.fault is None
            assert [take.number for take in ear.takes] == list(range(16))
            assert ear.takes[0].receipt.model == "torch"
            assert ear.takes[-1].receipt.model == "theory"
            assert (await asked(jobs, request("ok-1"))).takes[0].receipt.model == "torch"

    run(story())


def test_no_host_survives_its_service(tmp_path):
    async def story():
        async with working(tmp_path) as (_, supervisor):
            return supervisor.host_pids

    pids = run(story())
    assert pids
    assert not any(psutil.pid_exists(pid) for pid in pids)


# --- the journal ------------------------------------------------------------------------------


def test_what_was_left_undone_is_done_after_a_restart(tmp_path):
    message = request("ok-undone", count=2)

    async def left():
        async with working(tmp_path) as (jobs, _):
            jobs.submit(replace(message, id="slow-first", count=4), Ear())
            jobs.submit(message, Ear())
            await asyncio.sleep(0.1)

    async def resumed():
        async with working(tmp_path) as (jobs, _):
            return await asked(jobs, message)

    run(left())
    assert [take.number for take in run(resumed()).takes] == [0, 1]


def test_a_request_whose_deadline_passed_meanwhile_is_told_so(tmp_path):
    journal = Journal(tmp_path / "data" / "journal.sqlite3")
    message = request("ok-late", deadline=0.01)
    journal.add(message, "f", State.RUNNING)
    journal.close()

    async def story():
        async with working(tmp_path):
            await asyncio.sleep(0.2)

    run(story())
    journal = Journal(tmp_path / "data" / "journal.sqlite3")
    entry = journal.find("ok-late")
    journal.close()
    assert entry is not None and entry.fault is not None
    assert (entry.state, entry.fault.code) == (State.FAILED, "deadline-passed")


def test_the_journal_gives_back_what_it_was_given(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3")
    message = request("ok-1")
    journal.add(message, "fingerprint", State.ACCEPTED)
    entry = journal.find("ok-1")
    assert entry is not None
    assert (entry.request, entry.fingerprint, entry.takes) == (message, "fingerprint", ())
    assert journal.find("ok-2") is None
    journal.add_landed("ok-1", b'{"a": 1}')
    journal.add_landed("ok-2", b'{"a": 2}')
    assert journal.landed(10) == [b'{"a": 1}', b'{"a": 2}']
    journal.close()


def test_a_damaged_journal_is_put_aside(tmp_path):
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"not a database at all" * 1000)
    journal = Journal(path)
    journal.add(request("ok-1"), "f", State.ACCEPTED)
    journal.close()
    assert (tmp_path / "journal.damaged").exists()
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_old_requests_are_forgotten(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3")
    journal.add(request("ok-old"), "f", State.READY)
    journal.close()
    journal = Journal(tmp_path / "journal.sqlite3", days=0.0)
    assert journal.find("ok-old") is None
    journal.close()


def test_a_journal_whose_disk_fails_goes_on_in_memory(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3")
    journal.add(request("ok-1"), "f", State.ACCEPTED)
    # A full disk, as SQLite tells it: the file may not grow any more.
    pages = journal._run("PRAGMA page_count").fetchone()[0]
    journal._run(f"PRAGMA max_page_count = {pages}")
    for number in range(20):
        journal.add(request(f"ok-full-{number}"), "f", State.ACCEPTED)
    assert journal.find("ok-full-19") is not None
    journal.close()


def test_a_journal_of_another_version_does_not_keep_the_service_from_starting(tmp_path):
    journal = Journal(tmp_path / "data" / "journal.sqlite3")
    journal.add(request("ok-1"), "f", State.RUNNING)
    journal._run("UPDATE requests SET request = ?", (b'{"new": 1}',))
    journal.close()

    async def story():
        async with working(tmp_path) as (jobs, _):
            return await asked(jobs, request("ok-2"))

    assert len(run(story()).takes) == 1
