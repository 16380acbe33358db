"""The line at the top: pages, the editors that are there, the commands and the menu."""

from PyQt6.QtWidgets import QFrame, QLabel, QMenu, QToolButton

from antiphon.ui.actions import ACTIONS, MENUS
from antiphon.ui.icons import pixmap
from antiphon.ui.model.line import ALONE, CONNECTED, LOST, STARTING
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import label, row, tool


class Header(QFrame):
    """Sign, pages, editors, commands, menu."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("header")
        self._panel = panel
        say = panel.say
        sign = QLabel()
        sign.setPixmap(pixmap("sign", panel.look.colours.accent, panel.px(24)))
        sign.setAccessibleName("Antiphon")
        self._pages: dict[str, QToolButton] = {}
        pages = (("write", say("Write")), ("analysis", say("Analysis")),
                 ("history", say("History")),
                 ("models", say("Models")), ("settings", say("Settings")))  # fmt: skip
        for name, text in pages:
            one = QToolButton()
            one.setObjectName("nav")
            one.setText(text)
            one.setCheckable(True)
            one.setAutoExclusive(True)
            one.setAccessibleName(text)
            one.clicked.connect(lambda _checked=False, name=name: panel.deeds.page(name))
            self._pages[name] = one
        self._editors = label("", "chip")
        commands = tool(panel, "search", say("All commands…"), panel.deeds.commands)
        menu = tool(panel, "menu", say("Menu"), lambda: None)
        menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu.setMenu(self._menu())
        box = row(sign, *self._pages.values(), 1, self._editors, commands, menu,
                  gap=panel.px(4))  # fmt: skip
        box.setContentsMargins(panel.px(12), panel.px(6), panel.px(8), panel.px(6))
        self.setLayout(box)
        panel.listen(panel.session.line.changed, self.refresh)
        panel.listen(panel.session.line.seen, self.refresh)
        self.refresh()

    def show_page(self, name: str) -> None:
        """Show which page is open."""
        for own, one in self._pages.items():
            one.setAutoExclusive(False)
            one.setChecked(own == name)
            one.setAutoExclusive(True)

    def _menu(self) -> QMenu:
        panel, say = self._panel, self._panel.say
        found = QMenu(self)
        for name, text in MENUS.items():
            under = QMenu(say(text), found)
            for action in ACTIONS:
                if action.menu == name:
                    under.addAction(panel.actions[action.id])
            found.addMenu(under)
        return found

    def refresh(self) -> None:
        """Say which editors are there, or how the service is."""
        line, say = self._panel.session.line, self._panel.say
        editors = self._panel.deeds.editors()
        if editors:
            text = ", ".join(dict.fromkeys(editor.name for editor in editors))
            hint = "\n".join(f"{e.name}: {e.title or e.document}" for e in editors)
        else:
            text = {
                STARTING: say("Starting…"),
                CONNECTED: say("No editor yet"),
                ALONE: say("Without service"),
                LOST: say("Reconnecting…"),
            }[line.state]
            hint = say("Open MuseScore, REAPER or Ardour with Antiphon installed; "
                       "files work without any.")  # fmt: skip
        self._editors.setText(text)
        self._editors.setToolTip(hint)
