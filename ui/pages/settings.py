"""Settings: language, look, size, window, sound, first steps."""

from PyQt6.QtWidgets import QCheckBox, QFrame, QGridLayout, QVBoxLayout, QWidget

from antiphon.bridge import paths
from antiphon.ui.language import LANGUAGES, SYSTEM
from antiphon.ui.model.settings import ZOOMS
from antiphon.ui.panel import Panel
from antiphon.ui.pointer.hits import MODIFIERS
from antiphon.ui.widgets.basic import Segments, button, column, framed, label, row, scrolled


class SettingsPage(QWidget):
    """Every option with the words that say what it does; all hold at once."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel = panel
        say = panel.say
        inside = column(label(say("Settings"), "title"), self._looks(), self._window(),
                        *self._sound(), self._privacy(), 1, gap=panel.px(14),
                        margins=panel.px(20))  # fmt: skip
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(inside))

    def _looks(self) -> QFrame:
        panel, session, say = self._panel, self._panel.session, self._panel.say
        settings = session.settings
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(panel.px(12))
        grid.setHorizontalSpacing(panel.px(16))
        languages = [(SYSTEM, say("As the computer")), *LANGUAGES.items()]
        themes = [("system", say("As the computer")), ("light", say("Light")),
                  ("dark", say("Dark"))]  # fmt: skip
        zooms = [(zoom, f"{round(100 * zoom)} %") for zoom in ZOOMS]
        views = [("both", say("Score and piano roll")), ("score", say("Score only")),
                 ("roll", say("Piano roll only"))]  # fmt: skip
        for place, (name, text, choices) in enumerate(
            (
                ("language", say("Language"), languages),
                ("theme", say("Colours"), themes),
                ("zoom", say("Size"), zooms),
                ("view", say("Takes"), views),
            )
        ):
            grid.addWidget(label(text), place, 0)
            control = Segments(
                choices,
                getattr(settings, name),
                lambda value, name=name: session.change(**{name: value}),
                text,
            )
            grid.addWidget(control, place, 1)
        heading = label(say("Appearance"), "heading")
        return framed(column(heading, grid, gap=panel.px(12), margins=panel.px(14)), "card")

    def _window(self) -> QFrame:
        panel, session, say = self._panel, self._panel.session, self._panel.say
        on_top = QCheckBox(say("Stay on top of other windows"))
        on_top.setChecked(session.settings.on_top)
        on_top.toggled.connect(lambda value: session.change(on_top=value))
        hint = label(say("So that the panel stays beside the score while you work."), "small",
                     wraps=True)  # fmt: skip
        modifiers = [("off", say("Off")), *((m, m.capitalize()) for m in MODIFIERS)]
        pointer = Segments(
            modifiers, session.settings.pointer, self._listen, say("Menu over MuseScore")
        )
        told = label(say("With this key held, the right button opens Antiphon's menu there."),
                     "small", wraps=True)  # fmt: skip
        steps = button(say("First steps"), panel.deeds.welcome)
        keys = button(say("Keys"), panel.deeds.keys)
        return framed(
            column(
                label(say("Window"), "heading"), on_top, hint,
                label(say("Menu over MuseScore")), pointer, told,
                row(steps, keys, 1, gap=panel.px(8)), gap=panel.px(8), margins=panel.px(14),
            ),
            "card",
        )  # fmt: skip

    def _listen(self, modifier: str) -> None:
        self._panel.session.change(pointer=modifier)
        if self._panel.pointer is not None:
            self._panel.pointer.listen(modifier)

    def _sound(self) -> list[QWidget]:
        return [self._panel.sound.settings_card(self._panel)]

    def _privacy(self) -> QFrame:
        panel, say = self._panel, self._panel.say
        text = say("Nothing leaves this computer: no account, no network, no statistics. Your "
                   "files are never written over. What Antiphon keeps lies in {folder}.",
                   folder=paths.data_folder())  # fmt: skip
        return framed(
            column(label(say("Privacy"), "heading"), label(text, "muted", wraps=True),
                   gap=panel.px(6), margins=panel.px(14)),
            "card",
        )  # fmt: skip
