"""Controls drawn from the table of knobs."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.typed import chord_measures, parse_key, parse_numbers, parse_rhythm
from antiphon.bridge.music.words import note_name
from antiphon.ui.model.knobs import Knob, Look
from antiphon.ui.model.words import key_words
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import Segments, label

_LOWEST, _HIGHEST = 24, 96
_FEW = 4  # so many choices stand side by side; more fold into a list

Turned = Callable[[Any], None]


def knob_grid(panel: Panel, knobs: tuple[Knob, ...]) -> QGridLayout:
    """The knobs below one another: word to the left, control to the right."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(panel.px(12))
    grid.setVerticalSpacing(panel.px(10))
    grid.setColumnStretch(1, 1)
    for place, knob in enumerate(knobs):
        control = drawn(panel, knob)
        if knob.look is Look.SWITCH:
            grid.addWidget(control, place, 1)
            continue
        words = label(panel.say(knob.label))
        words.setToolTip(panel.say(knob.hint))
        words.setBuddy(control)
        words.setMinimumHeight(panel.px(28))
        grid.addWidget(words, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(control, place, 1)
    return grid


def drawn(panel: Panel, knob: Knob) -> QWidget:
    """The control of a knob, at the value it has now."""
    session = panel.session
    value = session.value(knob.name)

    def turned(new: Any) -> None:
        session.turn(knob.name, new)

    draw = {
        Look.SLIDER: _slider, Look.NUMBER: _number, Look.CHOICE: _choice, Look.TEXT: _text,
        Look.RANGE: _range, Look.SWITCH: _switch,
    }[knob.look]  # fmt: skip
    found = draw(panel, knob, value, turned)
    found.setToolTip(panel.say(knob.hint))
    if not found.accessibleName():
        found.setAccessibleName(panel.say(knob.label))
    found.setAccessibleDescription(panel.say(knob.hint))
    return found


def _slider(panel: Panel, knob: Knob, value: Any, turned: Turned) -> QWidget:
    steps = round((knob.high - knob.low) / knob.step)
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, steps)
    slider.setSingleStep(1)
    slider.setPageStep(max(1, steps // 7))
    slider.setValue(round((value - knob.low) / knob.step))
    slider.setAccessibleName(panel.say(knob.label))
    slider.valueChanged.connect(lambda at: turned(round(knob.low + at * knob.step, 3)))
    holder = QWidget()
    box = QVBoxLayout(holder)
    box.setContentsMargins(0, panel.px(3), 0, 0)
    box.setSpacing(0)
    ends = QHBoxLayout()
    ends.addWidget(label(panel.say(knob.ends[0]), "small"))
    ends.addStretch(1)
    ends.addWidget(label(panel.say(knob.ends[1]), "small"))
    box.addWidget(slider)
    box.addLayout(ends)
    holder.setFocusProxy(slider)
    return holder


def _number(panel: Panel, knob: Knob, value: Any, turned: Turned) -> QWidget:
    box = QSpinBox()
    box.setRange(int(knob.low), int(knob.high))
    box.setValue(int(value))
    if knob.name == "measures":
        box.setSuffix(panel.say(" measures"))
    box.valueChanged.connect(turned)
    return box


def _choice(panel: Panel, knob: Knob, value: Any, turned: Turned) -> QWidget:
    choices = [(own, _choice_words(panel, knob, own, text)) for own, text in knob.choices]
    choices += _own_choices(panel, knob)
    if len(choices) <= _FEW:
        return Segments(choices, value, turned, panel.say(knob.label))
    box = QuietCombo()
    for own, text in choices:
        box.addItem(text, own)
    values = [own for own, _text in choices]
    box.setCurrentIndex(values.index(value) if value in values else 0)
    box.currentIndexChanged.connect(lambda place: turned(box.itemData(place)))
    return box


def _choice_words(panel: Panel, knob: Knob, own: Any, text: str) -> str:
    if knob.name == "key" and own:
        return key_words(panel.say, parse_key(own))
    return panel.say(text)


def _own_choices(panel: Panel, knob: Knob) -> list[tuple[Any, str]]:
    """Choices that depend on the music or on what is installed."""
    if knob.name == "into":
        return [(part.id, part.name or part.id) for part in panel.session.source.phrase.parts]
    if knob.name == "model":
        from antiphon.bridge.models_list import installed_models  # noqa: PLC0415  # reads files

        task = panel.session.task.value
        return [(m.name, m.name) for m in installed_models() if task in m.tasks]
    return []


def _text(panel: Panel, knob: Knob, value: Any, turned: Turned) -> QWidget:
    line = QLineEdit(str(value))
    line.setPlaceholderText(knob.example)
    line.setClearButtonEnabled(True)

    def edited(text: str) -> None:
        line.setProperty("wrong", _is_wrong(knob.name, text))
        line.style().unpolish(line)
        line.style().polish(line)
        turned(text.strip())

    line.textChanged.connect(edited)
    return line


def _is_wrong(name: str, text: str) -> bool:
    """Whether the text cannot be read, as far as can be told without the music."""
    if not text.strip():
        return False
    try:
        if name == "chords":
            from antiphon.bridge.music.chords import parse_chord_symbol  # noqa: PLC0415

            for cell in chord_measures(text):
                for word in cell:
                    if word not in (".", "/"):
                        parse_chord_symbol(word, Fraction(0))
        elif name == "rhythm":
            parse_rhythm(text)
        elif name == "lock_measures":
            parse_numbers(text)
    except (ValueError, TypeError):
        return True
    return False


def _range(panel: Panel, knob: Knob, value: Any, turned: Turned) -> QWidget:
    bounds = list(value)
    holder = QWidget()
    box = QHBoxLayout(holder)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(panel.px(6))
    for place, (open_value, text, name) in enumerate(
        (
            (0, panel.say("any"), panel.say("Lowest note")),
            (127, panel.say("any"), panel.say("Highest note")),
        )
    ):
        combo = QuietCombo()
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        combo.addItem(text, open_value)
        for number in range(_LOWEST, _HIGHEST + 1):
            combo.addItem(note_name(spell(number)), number)
        found = combo.findData(bounds[place])
        combo.setCurrentIndex(max(0, found))
        combo.setMaxVisibleItems(18)

        def chosen(at: int, place: int = place, combo: QComboBox = combo) -> None:
            bounds[place] = combo.itemData(at)
            turned(tuple(bounds))

        combo.currentIndexChanged.connect(chosen)
        box.addWidget(combo, 1)
        if place == 0:
            box.addWidget(label("–"))
            holder.setFocusProxy(combo)
    return holder


def _switch(panel: Panel, knob: Knob, value: Any, turned: Turned) -> QWidget:
    box = QCheckBox(panel.say(knob.label))
    box.setChecked(bool(value))
    box.toggled.connect(turned)
    return box


class QuietCombo(QComboBox):
    """A list that the wheel does not change while a person scrolls past it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(2)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: Any) -> None:  # noqa: N802, D102
        event.ignore()


def is_typing(widget: QObject | None) -> bool:
    """Whether keys without Ctrl belong to this widget, as letters or as its own steps."""
    return isinstance(widget, QLineEdit | QSpinBox) or (
        isinstance(widget, QComboBox) and widget.view().isVisible()
    )
