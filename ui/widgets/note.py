"""The sentence bar: a fault or a word, one button that mends it, one that puts it away."""

from PyQt6.QtWidgets import QFrame

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.language.faults import fault_words
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, column, label, row, tool


class NoteBar(QFrame):
    """What the panel has to say now; hidden where that is nothing."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("note")
        self._panel = panel
        self._sentence = label("", "strong", wraps=True)
        self._remedy = label("", "", wraps=True)
        self._mend = button("", self._mended, "primary")
        close = tool(panel, "close", panel.say("Put away"), lambda: panel.session.tell(None))
        words = column(self._sentence, self._remedy, gap=panel.px(2))
        box = row(words, self._mend, close, gap=panel.px(8))
        box.setStretch(0, 1)
        box.setContentsMargins(panel.px(16), panel.px(8), panel.px(8), panel.px(8))
        self.setLayout(box)
        self._action = ""
        panel.listen(panel.session.noted, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the session's note."""
        note = self._panel.session.note
        self.setVisible(note is not None)
        is_fault = isinstance(note, AntiphonError)
        self.setProperty("kind", "fault" if is_fault else "word")
        self.style().unpolish(self)
        self.style().polish(self)
        self._mend.hide()
        self._remedy.setVisible(is_fault)
        if isinstance(note, AntiphonError):
            sentence, remedy = fault_words(self._panel.say, note)
            self._sentence.setText(sentence)
            self._remedy.setText(remedy)
            words, self._action = self._panel.deeds.remedy(note.code)
            self._mend.setText(words)
            self._mend.setAccessibleName(words)
            self._mend.show()
        elif note is not None:
            self._sentence.setText(note)
        self.setAccessibleName(self._sentence.text())

    def _mended(self) -> None:
        self._panel.session.tell(None)
        name, _, argument = self._action.partition(" ")
        self._panel.deeds.does(name, argument or None)
