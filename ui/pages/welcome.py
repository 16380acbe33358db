"""The first steps: at most five pages, each may be skipped, none is a window of its own."""

from PyQt6.QtWidgets import QCheckBox, QFrame, QLayout, QStackedWidget, QVBoxLayout, QWidget

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.language import LANGUAGES, SYSTEM
from antiphon.ui.language.faults import fault_words
from antiphon.ui.model import editors
from antiphon.ui.model.editors import Found
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import (
    Segments,
    button,
    column,
    emptied,
    framed,
    label,
    row,
    scrolled,
)


class WelcomePage(QWidget):
    """Language and colours, editors, sound, a first round trip, how it goes on."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel = panel
        self._steps = [self._looks(), self._editors(), self._sound(), self._round(), self._end()]
        self._stack = QStackedWidget()
        for step in self._steps:
            self._stack.addWidget(step)
        self._place = label("", "small")
        say = panel.say
        self._back = button(say("Back"), lambda: self._go(-1))
        self._next = button(say("Next"), lambda: self._go(1), "primary")
        skip = button(say("Skip"), self._finish, "flat")
        bottom = row(self._place, 1, skip, self._back, self._next, gap=panel.px(8))
        card = framed(column(self._stack, bottom, gap=panel.px(16), margins=panel.px(24)), "card")
        card.setMaximumWidth(panel.px(680))
        middle = row(1, card, 1, margins=panel.px(20))
        middle.setStretch(1, 8)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(column(middle, 1)))
        self._go(0)

    def _page(self, title: str, text: str, *more: QWidget | QLayout) -> QWidget:
        panel = self._panel
        found = QWidget()
        found.setLayout(column(label(title, "title", wraps=True), label(text, "muted", wraps=True),
                               *more, 1, gap=panel.px(14)))  # fmt: skip
        return found

    def _looks(self) -> QWidget:
        session, say = self._panel.session, self._panel.say
        settings = session.settings
        languages = [(SYSTEM, say("As the computer")), *LANGUAGES.items()]
        themes = [("system", say("As the computer")), ("light", say("Light")),
                  ("dark", say("Dark"))]  # fmt: skip
        return self._page(
            say("Welcome to Antiphon"),
            say("You write a phrase; Antiphon answers with takes to choose from. Everything "
                "happens on this computer."),
            label(say("Language"), "strong"),
            Segments(languages, settings.language, lambda v: session.change(language=v),
                     say("Language")),
            label(say("Colours"), "strong"),
            Segments(themes, settings.theme, lambda v: session.change(theme=v), say("Colours")),
        )  # fmt: skip

    def _editors(self) -> QWidget:
        say = self._panel.say
        self._found = QVBoxLayout()
        self._found.addWidget(label(say("Looking for your editors…"), "muted"))
        editors.find(self._panel.poster.post, self._show_editors)
        return self._page(
            say("Your editors"),
            say("Tick an editor and Antiphon adds its commands to it. It never touches your "
                "files, and takes itself out again without a trace."),
            self._found,
        )  # fmt: skip

    def _show_editors(self, found: list[Found]) -> None:
        try:
            emptied(self._found)
        except RuntimeError:  # the page was built anew meanwhile
            return
        say = self._panel.say
        if not found:
            text = say("No editor was found. Files work without one: drop a MIDI, MusicXML or "
                       "ABC file on this window.")  # fmt: skip
            self._found.addWidget(label(text, "", wraps=True))
        for one in found:
            self._found.addWidget(self._editor(one))

    def _editor(self, one: Found) -> QFrame:
        panel, say = self._panel, self._panel.say
        box = QCheckBox(one.name)
        box.setChecked(one.is_in)
        box.setEnabled(not one.is_in)
        told = label(say("Antiphon is in it.") if one.is_in else "", "small", wraps=True)

        def done(fault: AntiphonError | None) -> None:
            if fault is None:
                told.setText(say("Antiphon is in it. Start the editor anew to see it."))
            else:
                told.setText(" ".join(fault_words(say, fault)))
            box.setEnabled(fault is not None)
            box.setChecked(fault is None)

        def ticked(is_on: bool) -> None:
            if is_on and box.isEnabled():
                box.setEnabled(False)
                told.setText(say("Putting it in…"))
                editors.put_in(one, panel.poster.post, done)

        box.toggled.connect(ticked)
        return framed(column(box, told, gap=panel.px(2), margins=panel.px(10)), "card")

    def _sound(self) -> QWidget:
        panel, say = self._panel, self._panel.say
        return self._page(
            say("Sound"),
            say("Takes are heard through a small synthesizer that is part of Antiphon. A MIDI "
                "port can be chosen in the settings."),
            row(button(say("Play four notes"), panel.sound.test), 1),
            label(panel.sound.state_words(say), "muted", wraps=True),
        )  # fmt: skip

    def _round(self) -> QWidget:
        panel, session, say = self._panel, self._panel.session, self._panel.say
        told = label(say("A short phrase, four measures more, from question to answer."), "",
                     wraps=True)  # fmt: skip

        def begin() -> None:
            panel.deeds.demo()
            panel.deeds.page("welcome")
            if session.ask():
                told.setText(say("Writing…"))

        def arrived() -> None:
            told.setText(say("✓ It works: {name} is there.", name=say("Take {number}", number=1)))

        panel.listen(session.queue.arrived, arrived)
        return self._page(
            say("A first answer"),
            say("Antiphon continues the demo phrase, so that you see that all is in place."),
            row(button(say("Continue the demo phrase"), begin), 1),
            told,
        )  # fmt: skip

    def _end(self) -> QWidget:
        say = self._panel.say
        lines = (
            say("Select some measures in your editor and press Antiphon's key there, or Ask here."),
            say("The takes stand side by side: hear them, compare with C, put one in."),
            say("Press ? for all keys, Ctrl+Shift+P for all commands."),
        )
        return self._page(
            say("That is all"),
            say("Three gestures: select, ask, pick."),
            *(label(line, "", wraps=True) for line in lines),
        )

    def _go(self, by: int) -> None:
        place = self._stack.currentIndex() + by
        if place >= len(self._steps):
            self._finish()
            return
        self._stack.setCurrentIndex(max(0, place))
        say = self._panel.say
        is_last = place == len(self._steps) - 1
        self._back.setVisible(place > 0)
        self._next.setText(say("Begin") if is_last else say("Next"))
        self._place.setText(say("{page} of {pages}", page=place + 1, pages=len(self._steps)))

    def _finish(self) -> None:
        self._panel.session.change(is_introduced=True)
        self._panel.deeds.page("write")
