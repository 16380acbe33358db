"""The takes of a request, side by side as they arrive."""

from PyQt6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from antiphon.ui.model.store import CANCELLED, LIVE
from antiphon.ui.pages.combine import CombineStrip
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import Segments, button, column, emptied, label, row, scrolled
from antiphon.ui.widgets.card import TakeCard


class TakesPane(QWidget):
    """A line that says what was asked, and a card for each take."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel = panel
        self._cards: dict[tuple[str, int], TakeCard] = {}
        self._title = label("", "heading", wraps=True)
        self._words = label("", "muted", wraps=True)
        self._view = Segments(
            [("both", panel.say("Both")), ("score", panel.say("Score")),
             ("roll", panel.say("Roll"))],
            panel.session.settings.view, lambda view: panel.session.change(view=view),
            panel.say("Show takes as"),
        )  # fmt: skip
        self._view.setMinimumWidth(panel.px(230))
        self._list = QVBoxLayout()
        self._list.setSpacing(panel.px(12))
        self._combining: CombineStrip | None = None
        self._strip = QVBoxLayout()
        self._area: QScrollArea = scrolled(column(self._list, 1, margins=panel.px(16)))
        words = column(self._title, self._words, gap=panel.px(2))
        top = row(words, self._view, gap=panel.px(12))
        top.setStretch(0, 1)
        top.setContentsMargins(panel.px(16), panel.px(14), panel.px(16), 0)
        self.setLayout(column(top, self._strip, self._area, gap=panel.px(2)))
        for topic in (panel.session.takes_changed, panel.session.queue.changed):
            panel.listen(topic, self.refresh)
        panel.listen(panel.session.chosen, self._show_chosen)
        self.refresh()

    def refresh(self) -> None:
        """Show the cards that are there; those that stay are not drawn anew."""
        session, say = self._panel.session, self._panel.say
        job = session.queue.job(session.shown_id)
        self._title.setText(say("Takes") if job is None else self._asked(job.request.task))
        self._words.setText(session.words_of(job) if job else "")
        self._words.setVisible(bool(self._words.text()))
        wanted = [card.key for card in session.cards]
        if list(self._cards) != wanted or not wanted:
            self._rebuild(wanted)
        for card in session.cards:
            self._cards[card.key].refresh(card)
        self._show_waiting(job)

    def _asked(self, task: object) -> str:
        from antiphon.ui.model.knobs import TASK_WORDS  # noqa: PLC0415

        return self._panel.say(TASK_WORDS[task][0])  # type: ignore[index]

    def _rebuild(self, wanted: list[tuple[str, int]]) -> None:
        kept = {key: card for key, card in self._cards.items() if key in wanted}
        for key, old in self._cards.items():
            if key not in kept:
                old.hide()
                old.deleteLater()
        for place in reversed(range(self._list.count())):
            item = self._list.takeAt(place)
            widget = item.widget() if item else None
            if widget is not None and not isinstance(widget, TakeCard):
                widget.hide()
                widget.deleteLater()
        self._cards = {key: kept.get(key) or TakeCard(self._panel, key) for key in wanted}
        for card in self._cards.values():
            self._list.addWidget(card)
            card.show()
        self._waiting = label("", "muted")
        self._list.addWidget(self._waiting)
        self._waiting.hide()
        if not wanted:
            self._list.addWidget(self._empty())

    def _empty(self) -> QFrame:
        panel, say = self._panel, self._panel.say
        found = QFrame()
        keys = label(say("Ctrl+Return asks · 1 to 9 choose a take · Space plays · C compares"),
                     "small", wraps=True)  # fmt: skip
        steps = [
            say("1  Select a phrase in your editor, open a file, or take the demo."),
            say("2  Choose a task and say how it should sound."),
            say("3  Ask. The takes appear here, to hear, compare and keep."),
        ]
        box = column(
            label(say("Your takes will stand here"), "title", wraps=True),
            *(label(step, "muted", wraps=True) for step in steps),
            row(button(say("Ask now"), panel.deeds.ask, "primary"), 1),
            keys,
            gap=panel.px(10),
            margins=panel.px(24),
        )
        found.setLayout(box)
        return found

    def _show_waiting(self, job: object) -> None:
        """Say below the cards how many takes are still to come, or that it was stopped."""
        say, session = self._panel.say, self._panel.session
        text = ""
        if job is not None and session.cards:
            missing = job.request.count - len(  # type: ignore[attr-defined]
                [c for c in session.cards if not c.is_combined]
            )
            if job.state in LIVE and missing > 0:  # type: ignore[attr-defined]
                text = say("Still to come: {count}", count=missing)
            elif job.state == CANCELLED:  # type: ignore[attr-defined]
                text = say("Stopped. What was there is kept.")
        self._waiting.setText(text)
        self._waiting.setVisible(bool(text))

    def _show_chosen(self) -> None:
        session = self._panel.session
        for card in session.cards:
            if card.key in self._cards:
                self._cards[card.key].refresh(card)
        chosen = self._cards.get(session.chosen_key) if session.chosen_key else None
        if chosen is not None and len(self._cards) > 1:
            self._area.ensureWidgetVisible(chosen, 0, self._panel.px(20))

    def show_playhead(self, quarters: float | None) -> None:
        """Put the playhead of the chosen take there, and take away all others."""
        for key, card in self._cards.items():
            card.show_playhead(quarters if key == self._panel.session.chosen_key else None)

    def rename(self) -> None:
        """Put the cursor into the chosen take's name."""
        key = self._panel.session.chosen_key
        if key in self._cards:
            self._cards[key].begin_naming()

    def combine(self) -> None:
        """Show or put away the strip that makes one take of two."""
        emptied(self._strip)
        session = self._panel.session
        is_there = self._combining is not None
        self._combining = None
        first, second = session.compared or next(iter(session.cards), None), session.card
        if is_there or first is None or second is None or first.key == second.key:
            return
        if len(first.take.phrase.measures) != len(second.take.phrase.measures):
            return
        self._combining = CombineStrip(self._panel, first, second, self.combine)
        self._strip.addWidget(self._combining)
