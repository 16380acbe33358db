"""The models on this computer, and making one of one's own."""

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from antiphon.bridge.models_list import Model, installed_models, serving
from antiphon.bridge.protocol.messages import Task
from antiphon.ui.model.knobs import TASK_WORDS
from antiphon.ui.model.training import (
    DONE,
    FAILED,
    NO_BETTER,
    READING,
    STOPPED,
    TRAINING,
)
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import (
    button,
    column,
    emptied,
    framed,
    label,
    row,
    scrolled,
)
from antiphon.ui.widgets.curve import Curve

_BASE = "melody-lstm"
_FIGURES = 2


class ModelsPage(QWidget):
    """What serves each task, a card a model, and the bench for one's own."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel = panel
        say = panel.say
        self._cards = QVBoxLayout()
        self._cards.setSpacing(panel.px(8))
        intro = label(
            say(
                "Small models that run on this computer; nothing leaves it. Where none "
                "can answer, rules do, and the take says so."
            ),
            "muted",
            wraps=True,
        )
        inside = column(
            label(say("Models"), "title"),
            intro,
            OwnModelBench(panel, self.refresh),
            self._cards,
            1,
            gap=panel.px(14),
            margins=panel.px(20),
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(inside))
        self.refresh()

    def refresh(self) -> None:
        """Read what is installed now."""
        emptied(self._cards)
        models = installed_models()
        served = serving(models)
        order = sorted(models, key=lambda m: (m.name not in served.values(), m.name))
        for model in order:
            tasks = [task for task, name in served.items() if name == model.name]
            self._cards.addWidget(self._card(model, tasks))

    def _card(self, model: Model, answers: list[Task]) -> QFrame:
        panel, say = self._panel, self._panel.say
        size = say("{size} MB", size=f"{model.size / 1e6:.1f}") if model.size else ""
        state = label(say("Its weights are missing"), "danger") if not model.size else None
        facts = [size, model.licence]
        if model.parameters:
            facts.insert(0, say("{count} parameters", count=f"{model.parameters:,}"))
        top = row(
            label(model.name, "heading"),
            1,
            label("  ·  ".join(f for f in facts if f), "small"),
            gap=panel.px(8),
        )
        names = [say(TASK_WORDS[Task(task)][0]) for task in model.tasks if task in set(Task)]
        if answers:
            own = say(", ").join(say(TASK_WORDS[task][0]) for task in answers)
            line = label(say("Answers: {tasks}", tasks=own), "good", wraps=True)
        else:
            text = (
                say("By name, for: {tasks}", tasks=say(", ").join(names))
                if names
                else say("A measure for the others; it answers nothing.")
            )
            line = label(text, "muted", wraps=True)
        parts: list[QWidget | QVBoxLayout] = [line]
        if state is not None:
            parts.append(state)
        for name, value in list(model.figures.items())[:_FIGURES]:
            parts.append(label(f"{name}: {value}", "small", wraps=True))
        return framed(column(top, *parts, gap=panel.px(4), margins=panel.px(12)), "card")


class OwnModelBench(QFrame):
    """A folder of pieces, a name, and a model that learns them."""

    def __init__(self, panel: Panel, done: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._panel, self._done = panel, done
        say = panel.say
        self._folder, self._name = QLineEdit(), QLineEdit()
        self._folder.setPlaceholderText(say("A folder of MIDI, MusicXML, ABC or recordings"))
        self._folder.setAccessibleName(say("Folder of your pieces"))
        self._name.setPlaceholderText(say("my tunes"))
        self._name.setAccessibleName(say("Name of your model"))
        self._first = QCheckBox(say("Ask it before the shipped models"))
        self._begin = button(say("Learn my pieces"), self._start, "primary")
        self._stop = button(say("Stop"), panel.training.cancel)
        self._state = label("", "muted", wraps=True)
        self._bar, self._curve = QProgressBar(), Curve(panel)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(say("Progress of the training"))
        intro = label(
            say(
                "Put about twenty pieces of one style into a folder. At most three "
                "minutes later, Continue writes more like them."
            ),
            "muted",
            wraps=True,
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(panel.px(8))
        grid.setColumnStretch(1, 1)
        grid.addWidget(label(say("Pieces")), 0, 0)
        grid.addWidget(self._folder, 0, 1)
        grid.addWidget(button(say("Choose…"), self._choose), 0, 2)
        grid.addWidget(label(say("Name")), 1, 0)
        grid.addWidget(self._name, 1, 1)
        self.setLayout(
            column(
                label(say("A model of your own"), "heading"),
                intro,
                grid,
                self._first,
                row(self._begin, self._stop, 1, gap=panel.px(8)),
                self._state,
                self._bar,
                self._curve,
                gap=panel.px(8),
                margins=panel.px(14),
            )
        )
        for line in (self._folder, self._name):
            line.textChanged.connect(lambda _text: self.refresh())
        panel.listen(panel.training.changed, self.refresh)
        self._was = panel.training.state
        self.refresh()

    def _choose(self) -> None:
        say = self._panel.say
        folder = QFileDialog.getExistingDirectory(self, say("Folder of your pieces"))
        if folder:
            self._folder.setText(folder)
            if not self._name.text():
                self._name.setText(Path(folder).name)

    def _start(self) -> None:
        folder = Path(self._folder.text().strip()).expanduser()
        name = self._name.text().strip() or folder.name
        self._panel.training.begin(folder, _BASE, name, is_first=self._first.isChecked())

    def refresh(self) -> None:
        """Show how the training stands."""
        training = self._panel.training
        has_folder = Path(self._folder.text().strip()).expanduser().is_dir()
        is_there = bool(self._folder.text().strip()) and has_folder
        self._begin.setEnabled(is_there and not training.is_running)
        self._stop.setVisible(training.is_running)
        self._bar.setVisible(training.is_running)
        self._bar.setRange(0, 0 if training.state == READING else 100)
        self._bar.setValue(round(100 * training.fraction))
        self._curve.setVisible(bool(training.train or training.valid))
        self._curve.present(training.train, training.valid)
        self._state.setText(self._words())
        self._state.setVisible(bool(self._state.text()))
        if training.state == DONE and self._was != DONE:
            self._done()
        self._was = training.state

    def _words(self) -> str:
        training, say, result = self._panel.training, self._panel.say, self._panel.training.result
        return {
            READING: say("Reading your pieces…"),
            TRAINING: say("Learning. You may go on working meanwhile."),
            DONE: say(
                "{name} is ready: choose it under More controls, Written by. Bits a note on "
                "your held-out pieces: {before} before, {after} after.",
                name=result.get("name", ""),
                before=f"{result.get('before', 0):.2f}",
                after=f"{result.get('after', 0):.2f}",
            ),
            NO_BETTER: say(
                "It got no better on your pieces, so nothing was added. More pieces, "
                "or pieces of one style, help."
            ),
            FAILED: say("It could not learn: {why}", why=training.sentence),
            STOPPED: say("Stopped; nothing was added. The same folder goes on where it stood."),
        }.get(training.state, "")
