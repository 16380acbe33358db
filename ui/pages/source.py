"""Which music is asked about: in words, engraved, and where another can be taken from."""

from PyQt6.QtWidgets import QFrame, QVBoxLayout, QWidget

from antiphon.ui.model.source import DEMO, EDITOR, FILE, NOTHING
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, column, emptied, label, row, tool
from antiphon.ui.widgets.drawings import present_source, score_view
from antiphon.ui.widgets.knobs import QuietCombo


class SourceCard(QFrame):
    """The music's title and words, its selected measures, its engraving."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("card")
        self._panel = panel
        self._title = label("", "heading", wraps=True)
        self._kind = label("", "chip")
        self._words = label("", "muted", wraps=True)
        self._selecting = QVBoxLayout()
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 0, 0)
        self._score: QWidget | None = None
        self._locking = tool(panel, "lock", panel.say("Lock measures by clicking them"), _nothing)
        self._locking.setCheckable(True)
        top = row(self._title, self._kind, self._locking, *self._doors(),
                  gap=panel.px(6))  # fmt: skip
        top.setStretch(0, 1)
        box = column(top, self._words, self._place, self._selecting,
                     gap=panel.px(8), margins=panel.px(12))  # fmt: skip
        self.setLayout(box)
        panel.listen(panel.session.asked_about, self.refresh)
        panel.listen(panel.session.task_changed, self._show_locks)
        self.refresh()

    def _doors(self) -> tuple[QWidget, ...]:
        panel, say = self._panel, self._panel.say
        return (
            tool(panel, "insert", say("Take what the editor has selected"), panel.deeds.region),
            tool(panel, "open", say("Open a file…"), panel.deeds.open_file),
        )

    def refresh(self) -> None:
        """Show the music that the session asks about now."""
        session, say = self._panel.session, self._panel.say
        source = session.source
        kinds = {DEMO: say("Demo"), FILE: say("File"), EDITOR: source.editor or say("Editor")}
        self._kind.setText(kinds.get(source.kind, ""))
        self._kind.setVisible(source.kind in kinds)
        is_empty = source.kind == NOTHING
        self._title.setText(say("No music yet") if is_empty else source.title or say("Untitled"))
        empty = say("Select some measures in your editor, drop a MIDI, MusicXML or ABC file here, "
                    "or let something new be written from nothing.")  # fmt: skip
        self._words.setText(empty if is_empty else session.words)
        emptied(self._selecting)
        if is_empty:
            self._show_doors()
        elif len(source.phrase.measures) > 1:
            self._show_selection()
        self._show_score(is_empty)
        self._show_locks()

    def _show_doors(self) -> None:
        panel, say = self._panel, self._panel.say
        self._selecting.addLayout(
            row(
                button(say("Try the demo phrase"), panel.deeds.demo),
                button(say("Open a file…"), panel.deeds.open_file),
                1,
                gap=panel.px(8),
            )
        )

    def _show_selection(self) -> None:
        panel, session, say = self._panel, self._panel.session, self._panel.say
        source = session.source
        numbers = [measure.number for measure in source.phrase.measures]
        part = QuietCombo()
        part.setAccessibleName(say("Part"))
        for own in source.phrase.parts:
            part.addItem(own.name or say("Unnamed part"), own.id)
        part.setCurrentIndex(max(0, part.findData(source.part)))
        first, last = (QuietCombo() for _ in range(2))
        first.setAccessibleName(say("First measure"))
        last.setAccessibleName(say("Last measure"))
        for box, at in ((first, source.first), (last, source.last)):
            box.addItems(numbers)
            box.setCurrentIndex(at)

        def chosen(_at: int) -> None:
            start, end = first.currentIndex(), last.currentIndex()
            session.select(part.currentData(), start, max(start, end))

        for box in (part, first, last):
            box.activated.connect(chosen)
        line = row(part, label(say("measures"), "small"), first, label("–"), last,
                   gap=panel.px(6))  # fmt: skip
        line.setStretch(0, 2)
        line.setStretch(2, 1)
        line.setStretch(4, 1)
        self._selecting.addLayout(line)

    def _show_score(self, is_empty: bool) -> None:
        if is_empty:
            if self._score is not None:
                self._score.hide()
            return
        if self._score is None:
            self._score = score_view(self._panel, self._panel.say("Your music"))
            self._score.setFixedHeight(self._panel.px(150))
            self._score.measure_clicked.connect(self._clicked)
            self._place.addWidget(self._score)
        self._score.show()
        session = self._panel.session
        present_source(self._score, session.source, session.locked_measures)

    def _show_locks(self) -> None:
        """Show the locks of the task, and the button where it takes any."""
        session = self._panel.session
        takes_locks = session.value("lock_measures") is not None
        self._locking.setVisible(takes_locks and bool(session.source.phrase.measures))
        if self._score is not None and self._score.isVisible():
            self._score.set_locks(measures=session.locked_measures)

    def _clicked(self, place: int) -> None:
        """Lock the measure, or select from or to it: the nearer end moves there."""
        session = self._panel.session
        if self._locking.isChecked() and self._locking.isVisible():
            session.lock_measure(place)
            return
        source = session.source
        first, last = source.first, source.last
        if place < first or abs(place - first) < abs(place - last):
            first = place
        else:
            last = place
        session.select(source.part, first, last)


def _nothing() -> None:
    """The button only says how the next click on a measure is meant."""
