"""What this is, in a few sentences."""

from importlib.metadata import version

from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from antiphon.ui.icons import pixmap
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, column, framed, label, row, scrolled


class AboutPage(QWidget):
    """Name, version, promise, licence."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        say = panel.say
        sign = QLabel()
        sign.setPixmap(pixmap("sign", panel.look.colours.accent, panel.px(56)))
        card = framed(column(
            sign,
            label("Antiphon", "title"),
            label(say("Version {number}", number=version("antiphon")), "muted"),
            label(say("One choir sings, the other answers. A co-writer that lives beside your "
                      "editor: select a phrase, ask, and keep the take you like."), "", wraps=True),
            label(say("Free software under the GNU General Public License, version 3 or later. "
                      "Every model names what it learned from."), "muted", wraps=True),
            row(button(say("See the models"), lambda: panel.deeds.page("models")), 1),
            gap=panel.px(10), margins=panel.px(24),
        ), "card")  # fmt: skip
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(column(card, 1, margins=panel.px(20))))
