"""The queue and the history: what is worked on, what waits, what was asked before."""

import time
from typing import Any

from PyQt6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from antiphon.ui.model.knobs import TASK_WORDS
from antiphon.ui.model.store import CANCELLED, FAILED, LIVE, QUEUED, READY, WORKING, Job
from antiphon.ui.model.words import STAGES
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, column, emptied, label, row, scrolled, tool

_SHOWN = 60


class HistoryPage(QWidget):
    """Jobs, the newest first; what waits comes before all."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel = panel
        self._rows = QVBoxLayout()
        self._rows.setSpacing(panel.px(8))
        say = panel.say
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(say("Search"))
        self._filter.setAccessibleName(say("Search the history"))
        self._filter.setClearButtonEnabled(True)
        self._filter.setMaximumWidth(panel.px(260))
        self._filter.textChanged.connect(lambda _text: self.refresh())
        top = row(label(say("Queue and history"), "title"), 1, self._filter)
        inside = column(top, self._rows, 1, gap=panel.px(14), margins=panel.px(20))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(inside))
        self._state: Any = None
        panel.listen(panel.session.queue.changed, self.refresh)
        panel.listen(panel.session.queue.arrived, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the jobs as they stand; drawn anew only where something changed."""
        session = self._panel.session
        jobs = [*session.queue.waiting, *(j for j in reversed(session.queue.jobs)
                                          if j.state != QUEUED)]  # fmt: skip
        jobs.sort(key=lambda job: (job.state != WORKING, job.state != QUEUED))
        words = self._filter.text().casefold().split()
        shown = [job for job in jobs if all(w in self._text(job).casefold() for w in words)]
        shown = shown[:_SHOWN]
        counts = session.queue.counts
        state = [(job.id, job.state, job.stage, job.place, counts.get(job.id)) for job in shown]
        if state == self._state:
            return
        self._state = state
        emptied(self._rows)
        if not shown:
            self._rows.addWidget(self._empty(bool(words)))
        for job in shown:
            self._rows.addWidget(self._row(job))

    def _text(self, job: Job) -> str:
        task = self._panel.say(TASK_WORDS[job.request.task][0])
        return f"{task} {self._panel.session.words_of(job)} {job.origin.title} {job.request.task}"

    def _empty(self, is_searched: bool) -> QWidget:
        say = self._panel.say
        text = say("Nothing found.") if is_searched else say(
            "Every request stands here with its takes, also after a restart. "
            "Ask for something to begin.")  # fmt: skip
        return label(text, "muted", wraps=True)

    def _row(self, job: Job) -> QFrame:
        panel, say = self._panel, self._panel.say
        task = label(say(TASK_WORDS[job.request.task][0]), "strong")
        title = ", ".join(word for word in (job.origin.title, panel.session.words_of(job)) if word)
        words = label(title or say("New music"), "muted", wraps=True)
        count = panel.session.queue.counts.get(job.id, 0)
        state = label(self._state_words(job, count), "danger" if job.state == FAILED else "small")
        when = label(self._when(job.created), "small")
        names = column(row(task, when, 1, gap=panel.px(8)), words, gap=panel.px(2))
        line = row(names, state, *self._deeds(job, count), gap=panel.px(8))
        line.setStretch(0, 1)
        found = QFrame()
        found.setObjectName("card")
        line.setContentsMargins(panel.px(12), panel.px(8), panel.px(8), panel.px(8))
        found.setLayout(line)
        return found

    def _state_words(self, job: Job, count: int) -> str:
        say = self._panel.say
        if job.state == WORKING:
            return say(STAGES.get(job.stage, "Waiting"))
        if job.state == FAILED and job.fault is not None:
            return say("Failed")
        words = {QUEUED: say("Waiting"), CANCELLED: say("Stopped"), READY: ""}[job.state]
        takes = say("Takes: {count}", count=count) if count else ""
        return "  ".join(word for word in (words, takes) if word)

    def _when(self, created: float) -> str:
        now, then = time.localtime(), time.localtime(created)
        is_today = now[:3] == then[:3]
        return time.strftime("%H:%M" if is_today else "%Y-%m-%d %H:%M", then)

    def _deeds(self, job: Job, count: int) -> list[QWidget]:
        panel, say, queue = self._panel, self._panel.say, self._panel.session.queue
        found: list[QWidget] = []
        if count:
            found.append(button(say("Show takes"), lambda: self._show(job.id)))
        if job.state == QUEUED and len(queue.waiting) > 1:
            found.append(tool(panel, "up", say("Move up"), lambda: queue.move_up(job.id)))
        if job.state in LIVE:
            found.append(button(say("Stop"), lambda: queue.cancel(job.id)))
            return found
        if job.state in (FAILED, CANCELLED):
            found.append(button(say("Ask again"), lambda: queue.retry(job.id)))
        restore = say("Bring these settings back")
        found.append(tool(panel, "again", restore, lambda: self._restore(job)))
        forget = say("Remove from the history")
        found.append(tool(panel, "close", forget, lambda: queue.forget(job.id)))
        return found

    def _show(self, request_id: str) -> None:
        self._panel.session.show(request_id)
        self._panel.deeds.page("write")

    def _restore(self, job: Job) -> None:
        session = self._panel.session
        session.change(seed=job.request.seed, rolls_seed=False)
        session.restore(job.request.task, dict(job.values))
        self._panel.deeds.page("write")
