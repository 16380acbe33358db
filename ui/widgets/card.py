"""One take as a card: name, score, roll, its remarks, and what can be done with it."""

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QMimeData, QPoint, Qt, QUrl
from PyQt6.QtGui import QDrag, QMouseEvent
from PyQt6.QtWidgets import QFrame, QLineEdit, QToolButton, QVBoxLayout, QWidget

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Receipt
from antiphon.ui.drawing.walking import Choice
from antiphon.ui.language import Say
from antiphon.ui.language.remarks import remark_words
from antiphon.ui.model.takes import Card, NotePlace, measures_as_text
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import Flow, button, column, emptied, label, row, tool
from antiphon.ui.widgets.drawings import present_card, roll_view, score_view

_DRAG_DISTANCE = 6
# Heights of score and roll at 100 %, in pixels.
_LOW, _HIGH, _ROLL = 96, 300, 130


def receipt_words(say: Say, receipt: Receipt) -> str:
    """How a take came about, line by line: the same receipt gives the same notes."""
    lines = [
        say("Written by {model}", model=receipt.model),
        say("Seed {seed}, take {number}", seed=receipt.seed, number=receipt.take + 1),
    ]
    if receipt.model_hash:
        lines.append(say("Weights {hash}", hash=receipt.model_hash[:12]))
    if receipt.sources:
        lines.append(say("Learned from {sources}", sources=say(", ").join(receipt.sources)))
    if receipt.longest_run:
        name = receipt.longest_run_in
        run = receipt.longest_run
        lines.append(say("Longest run shared: {run} notes, with {name}", run=run, name=name))
    return "\n".join(lines)


class TakeCard(QFrame):
    """A take; a click chooses it, a double click on its name renames it."""

    def __init__(self, panel: Panel, key: tuple[str, int]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._panel, self._key = panel, key
        self._card: Card | None = None
        self._shown: tuple[Any, ...] = ()
        self._name = QLineEdit()
        self._name.setObjectName("name")
        self._name.editingFinished.connect(self._named)
        self._star = tool(panel, "star", panel.say("Star the take"), self._starred, role="star")
        self._play = tool(panel, "play", panel.say("Play"), self._played, role="accent")
        self._model = label("", "badge")
        head = row(self._play, self._name, self._model, self._star, gap=panel.px(6))
        head.setStretch(1, 1)
        self._views = QVBoxLayout()
        self._views.setSpacing(panel.px(6))
        self._score: Any = None
        self._roll: Any = None
        self._remarks = label("", "muted", wraps=True)
        self._deeds = QVBoxLayout()
        self.setLayout(column(head, self._views, self._remarks, self._deeds,
                              gap=panel.px(6), margins=panel.px(10)))  # fmt: skip

    def refresh(self, card: Card) -> None:
        """Show the take as it stands now."""
        session, say = self._panel.session, self._panel.say
        before = session.compared if card.key == session.chosen_key else None
        is_chosen = card.key == session.chosen_key
        state = (card, before and before.key, is_chosen, card.key == session.compared_key,
                 tuple(sorted(session.opened)) if is_chosen else (),
                 frozenset(session.locked) if is_chosen else frozenset())  # fmt: skip
        if state == self._shown:
            return
        fresh = self._card is None or not self._shown or self._shown[:2] != state[:2]
        self._card, self._shown = card, state
        self.setProperty("chosen", is_chosen)
        self.setProperty("compared", card.key == session.compared_key)
        self.style().unpolish(self)
        self.style().polish(self)
        name = session.name_of(card)
        self.setAccessibleName(name)
        if not self._name.hasFocus():
            self._name.setText(name)
        self._name.setAccessibleName(say("Name of {name}", name=name))
        self._star.setIcon(self._panel.icon("starred" if card.is_starred else "star", "star"))
        self._star.setAccessibleName(say("Star {name}", name=name))
        self._play.setAccessibleName(say("Play {name}", name=name))
        self._model.setText(card.take.receipt.model)
        self._model.setToolTip(receipt_words(say, card.take.receipt))
        if fresh:
            self._draw(card, before)
        self._remarks.setText("  ·  ".join(remark_words(say, r) for r in card.take.remarks))
        self._mark(is_chosen)
        self._show_deeds(is_chosen)

    def _mark(self, is_chosen: bool) -> None:
        """Show which measures are open and which notes stay."""
        session = self._panel.session
        for view in (self._score, self._roll):
            if view is None:
                continue
            shown, first = view.shown, view.shown.answer_measure
            opened = session.opened if is_chosen else set()
            places = {p for p in range(len(shown.phrase.measures)) if first(p) in opened}
            view.set_choice(Choice(measures=frozenset(places)))
            names = [n.name for n in shown.notes if n.is_new and _place(view, n) in session.locked]
            view.set_locks(notes=names if is_chosen else ())

    def _draw(self, card: Card, before: Card | None) -> None:
        view, name = self._panel.session.settings.view, self._panel.session.name_of(card)
        say = self._panel.say
        if view in ("both", "score"):
            if self._score is None:
                self._score = score_view(self._panel, say("Score of {name}", name=name))
                self._score.setFixedHeight(self._panel.px(_LOW))
                self._score.engraved.connect(self._fit)
                self._wire(self._score)
            present_card(self._score, card, before)
        if view in ("both", "roll"):
            if self._roll is None:
                self._roll = roll_view(self._panel, say("Piano roll of {name}", name=name))
                self._roll.setFixedHeight(self._panel.px(_ROLL))
                self._wire(self._roll)
            present_card(self._roll, card, before)

    def _fit(self) -> None:
        """As high as the page, within reason."""
        wanted = self._score.sizeHint().height()
        low, high = self._panel.px(_LOW), self._panel.px(_HIGH)
        self._score.setFixedHeight(max(low, min(high, wanted)))

    def _wire(self, view: Any) -> None:
        view.measure_clicked.connect(lambda place, view=view: self._measure(view, place))
        view.note_clicked.connect(lambda note, view=view: self._note(view, note))
        deeds = self._panel.deeds
        view.note_heard.connect(lambda note: deeds.hear_note(note, view.shown.phrase))
        self._views.addWidget(view)

    def _measure(self, view: Any, place: int) -> None:
        inside = view.shown.answer_measure(place)
        session = self._panel.session
        session.choose(self._key)
        if inside is not None:
            session.open_measure(inside)

    def _note(self, view: Any, note: Any) -> None:
        """Choose the take; a note of the chosen one is locked, or let go."""
        session = self._panel.session
        was_chosen = session.chosen_key == self._key
        session.choose(self._key)
        self._panel.deeds.hear_note(note, view.shown.phrase)
        if note.is_new and was_chosen:
            session.lock_note(_place(view, note))

    def _show_deeds(self, is_chosen: bool) -> None:
        emptied(self._deeds)
        if not is_chosen or self._card is None:
            return
        panel, say, deeds = self._panel, self._panel.say, self._panel.deeds
        holder = QWidget()
        flow = Flow(holder, gap=panel.px(6))
        put = say("Put in the editor") if deeds.editors() else say("Save a copy…")
        flow.addWidget(button(put, deeds.put, "primary"))
        flow.addWidget(button(say("More like this"), deeds.more_like))
        opened = panel.session.opened
        if opened:
            text = measures_as_text(self._card.take.phrase.measures, opened)
            again = button(say("Ask {measures} again", measures=text), deeds.ask_again)
            flow.addWidget(again)
        elif panel.session.locked:
            flow.addWidget(button(say("Ask all but the locked notes again"), deeds.ask_again))
        if len(panel.session.cards) > 1:
            flow.addWidget(button(say("Combine…"), deeds.combine))
        if deeds.editors():
            flow.addWidget(button(say("Save…"), deeds.save_take))
        for suffix in (".mid", ".musicxml"):
            flow.addWidget(DragHandle(panel, self._key, suffix))
        self._deeds.addWidget(holder)

    def show_playhead(self, quarters: float | None) -> None:
        """Put the playhead there; None takes it away."""
        for view in (self._score, self._roll):
            if view is not None:
                view.set_playhead(quarters)

    def begin_naming(self) -> None:
        """Put the cursor into the name."""
        self._name.setFocus()
        self._name.selectAll()

    def _named(self) -> None:
        session = self._panel.session
        text = self._name.text().strip()
        if self._card is not None and text != session.name_of(self._card):
            session.rename(self._key, text)

    def _starred(self) -> None:
        self._panel.session.star(self._key)

    def _played(self) -> None:
        self._panel.session.choose(self._key)
        self._panel.deeds.play()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802, D102
        super().mousePressEvent(event)
        self._panel.session.choose(self._key)


def _place(view: Any, note: Any) -> NotePlace:
    """What tells a shown note of a take from the others."""
    shown = view.shown
    part = shown.phrase.parts[note.part].id
    return NotePlace(part, note.note.onset - shown.start, note.note.pitch.midi_number)


class DragHandle(QToolButton):
    """Drags a take out as a file; pressed by key or click it saves the file instead."""

    def __init__(self, panel: Panel, key: tuple[str, int], suffix: str) -> None:
        super().__init__()
        self._panel, self._key, self._suffix = panel, key, suffix
        self._pressed: QPoint | None = None
        self._is_dragged = False
        self.setIcon(panel.icon("drag", "muted", size=14))
        self.setText(suffix)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        text = panel.say("Drag this into another program, or click to save it as {kind}",
                         kind=suffix)  # fmt: skip
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.clicked.connect(self._save)

    def _save(self) -> None:
        if not self._is_dragged:
            self._panel.deeds.save_as(self._key, self._suffix)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802, D102
        self._pressed = event.position().toPoint() if event else None
        self._is_dragged = False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802, D102
        if event is None or self._pressed is None or not event.buttons():
            return
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        if moved < _DRAG_DISTANCE or self._is_dragged:
            return
        self._is_dragged = True
        mime = self.mime()
        if mime is not None:
            drag = QDrag(self)
            drag.setMimeData(mime)
            drag.exec(Qt.DropAction.CopyAction)

    def mime(self) -> QMimeData | None:
        """The take as a file to drop, None where it could not be written."""
        try:
            path: Path = self._panel.deeds.file_to_drag(self._key, self._suffix)
        except AntiphonError as fault:
            self._panel.session.tell(fault)
            return None
        found = QMimeData()
        found.setUrls([QUrl.fromLocalFile(str(path))])
        return found
