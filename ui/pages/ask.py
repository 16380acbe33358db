"""The question: which music, which task, in which words; and the button that asks."""

from PyQt6.QtWidgets import (
    QFrame,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from antiphon.ui.model.knobs import TASK_WORDS, folded_knobs, shown_knobs
from antiphon.ui.pages.source import SourceCard
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import (
    Segments,
    button,
    column,
    emptied,
    label,
    row,
    scrolled,
    tool,
)
from antiphon.ui.widgets.knobs import QuietCombo, knob_grid


class AskPane(QWidget):
    """Music, task, controls, and below them, always in sight, the Ask button."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel, self._shows_more = panel, False
        self._knobs = QVBoxLayout()
        self._source = SourceCard(panel)
        self._tasks = self._task_pills()
        gap = panel.px(14)
        inside = column(self._source, self._tasks, self._knobs, 1, gap=gap, margins=panel.px(16))
        self._bar = AskBar(panel)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(scrolled(inside), 1)
        box.addWidget(self._bar)
        self.setMinimumWidth(panel.px(360))
        panel.listen(panel.session.task_changed, self._show_task)
        self._show_task()

    def _task_pills(self) -> Segments:
        say = self._panel.say
        choices = [(task, say(words[0])) for task, words in TASK_WORDS.items()]
        session = self._panel.session
        pills = Segments(choices, session.task, session.choose_task, say("Task"), kind="pill")
        for one, words in zip(pills.findChildren(QToolButton), TASK_WORDS.values(), strict=True):
            one.setToolTip(say(words[1]))
            one.setAccessibleDescription(say(words[1]))
        return pills

    def _show_task(self) -> None:
        panel, session = self._panel, self._panel.session
        self._tasks.choose(session.task)
        emptied(self._knobs)
        self._knobs.setSpacing(panel.px(10))
        words = TASK_WORDS[session.task]
        self._knobs.addWidget(label(panel.say(words[1]), "muted", wraps=True))
        self._knobs.addLayout(knob_grid(panel, shown_knobs(session.task)))
        self._knobs.addLayout(self._below())
        if self._shows_more:
            self._knobs.addLayout(knob_grid(panel, folded_knobs(session.task)))
        self._bar.refresh()

    def _below(self) -> QVBoxLayout:
        panel, say = self._panel, self._panel.say
        sign = "down" if self._shows_more else "right"
        more = button(say("More controls"), self.toggle_more, "link")
        more.setIcon(panel.icon(sign, "accent", size=14))
        back = button(say("Put back"), panel.deeds.reset, "link", say("Put all controls back"))
        self._presets = PresetRow(panel)
        return column(row(more, 1, back), self._presets, gap=panel.px(6))

    def toggle_more(self) -> None:
        """Fold the other controls out, or in again."""
        self._shows_more = not self._shows_more
        self._show_task()

    def name_preset(self) -> None:
        """Put the cursor where a preset is named."""
        self._presets.begin()


class PresetRow(QWidget):
    """Presets to choose from, and a line to name a new one."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel
        say = panel.say
        self._list = QuietCombo()
        self._list.setAccessibleName(say("Presets"))
        self._list.addItem(say("Presets…"))
        for name in sorted(panel.session.settings.presets):
            self._list.addItem(name, name)
        self._list.activated.connect(self._use)
        self._name = QLineEdit()
        self._name.setPlaceholderText(say("Name of the preset"))
        self._name.setAccessibleName(say("Name of the preset"))
        self._name.returnPressed.connect(self._save)
        self._name.hide()
        save = tool(panel, "plus", say("Save these controls as a preset"), self._clicked)
        box = row(self._list, self._name, save, gap=panel.px(6))
        box.setStretch(0, 1)
        box.setStretch(1, 1)
        self.setLayout(box)

    def begin(self) -> None:
        """Show the line for a name."""
        self._list.hide()
        self._name.show()
        self._name.setFocus()

    def _clicked(self) -> None:
        self._save() if self._name.isVisible() else self.begin()

    def _save(self) -> None:
        name = self._name.text().strip()
        if name:
            self._panel.session.save_preset(name)
        else:
            self._name.hide()
            self._list.show()

    def _use(self, place: int) -> None:
        name = self._list.itemData(place)
        if name:
            self._panel.session.use_preset(name)


class AskBar(QFrame):
    """How many takes, which seed, and Ask."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("askbar")
        self._panel = panel
        say, session = panel.say, panel.session
        self._takes = QSpinBox()
        self._takes.setRange(1, 8)
        self._takes.setValue(session.settings.takes)
        self._takes.setPrefix(say("Takes: "))
        self._takes.setAccessibleName(say("How many takes"))
        self._takes.setToolTip(say("How many answers you get to choose from."))
        self._takes.valueChanged.connect(lambda count: session.change(takes=count))
        self._seed = tool(panel, "dice", "", panel.deeds.roll_seed)
        self._seed.setCheckable(True)
        self._number = QSpinBox()
        self._number.setRange(0, 999_999)
        self._number.setAccessibleName(say("Seed"))
        self._number.setToolTip(say("The same seed with the same music gives the same notes."))
        self._number.valueChanged.connect(lambda seed: session.change(seed=seed))
        self._ask = button(say("Ask"), panel.deeds.ask, "ask", say("Ask (Ctrl+Return)"))
        box = row(self._takes, self._seed, self._number, 1, self._ask, gap=panel.px(8),
                  margins=panel.px(12))  # fmt: skip
        self.setLayout(box)
        panel.listen(session.queue.changed, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what the settings say now."""
        settings, say = self._panel.session.settings, self._panel.say
        rolls = settings.rolls_seed
        self._seed.setChecked(rolls)
        text = say("A new seed each time: new notes with every ask") if rolls else say(
            "The seed stays: the same ask gives the same notes")  # fmt: skip
        self._seed.setToolTip(text)
        self._seed.setAccessibleName(text)
        self._number.setVisible(not rolls)
        self._number.blockSignals(True)
        self._number.setValue(settings.seed)
        self._number.blockSignals(False)
