"""Making one take of two: for each measure, which of them it comes from."""

from collections.abc import Callable

from PyQt6.QtWidgets import QFrame, QGridLayout, QToolButton

from antiphon.ui.model.takes import Card
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, column, label, row


class CombineStrip(QFrame):
    """A row of measures for each of two takes; one of each pair is chosen."""

    def __init__(
        self, panel: Panel, first: Card, second: Card, closed: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setObjectName("card")
        self._panel, self._first, self._second = panel, first, second
        self._closed = closed
        measures = first.take.phrase.measures
        self._choice = [place >= len(measures) / 2 for place in range(len(measures))]
        self._buttons: list[tuple[QToolButton, QToolButton]] = []
        grid = QGridLayout()
        grid.setSpacing(panel.px(4))
        session = panel.session
        for line, card in enumerate((first, second)):
            grid.addWidget(label(session.name_of(card), "strong"), line, 0)
        for place, measure in enumerate(measures):
            pair = tuple(self._cell(place, line, measure.number) for line in range(2))
            for line, cell in enumerate(pair):
                grid.addWidget(cell, line, place + 1)
            self._buttons.append((pair[0], pair[1]))
        grid.setColumnStretch(len(measures) + 1, 1)
        say = panel.say
        end = row(
            button(say("Combine"), self._combine, "primary"),
            button(say("Close"), closed),
            1,
            gap=panel.px(8),
        )
        text = label(say("Choose for each measure which take it comes from."), "muted", wraps=True)
        self.setLayout(column(text, grid, end, gap=panel.px(8), margins=panel.px(12)))
        self._refresh()

    def _cell(self, place: int, line: int, number: str) -> QToolButton:
        found = QToolButton()
        found.setObjectName("segment")
        found.setText(number)
        found.setCheckable(True)
        card = self._second if line else self._first
        name = self._panel.session.name_of(card)
        found.setAccessibleName(self._panel.say("Measure {number} from {name}", number=number,
                                                name=name))  # fmt: skip
        found.clicked.connect(lambda _checked=False: self._choose(place, bool(line)))
        return found

    def _choose(self, place: int, is_second: bool) -> None:
        self._choice[place] = is_second
        self._refresh()

    def _refresh(self) -> None:
        for is_second, (upper, lower) in zip(self._choice, self._buttons, strict=True):
            upper.setChecked(not is_second)
            lower.setChecked(is_second)

    def _combine(self) -> None:
        first, second, choice = self._first, self._second, list(self._choice)
        self._closed()
        self._panel.session.combine(first, second, choice)
