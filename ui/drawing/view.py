"""What score and roll share: the shown music, theme, choice, locks, keys and spoken form."""

from collections.abc import Iterable

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QPalette, QWheelEvent
from PyQt6.QtWidgets import QAbstractScrollArea, QWidget

from antiphon.ui.drawing.colours import Theme, theme_for
from antiphon.ui.drawing.shown import EMPTY, Shown, ShownNote
from antiphon.ui.drawing.spoken import (
    ENGLISH,
    Speech,
    spoken_measure,
    spoken_note,
    spoken_summary,
)
from antiphon.ui.drawing.walking import Choice, Step, stepped

_PLAIN: dict[Qt.Key, Step] = {
    Qt.Key.Key_Right: "next",
    Qt.Key.Key_Left: "previous",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Home: "first",
    Qt.Key.Key_End: "last",
}
_WITH_CONTROL: dict[Qt.Key, Step] = {
    Qt.Key.Key_Right: "next measure",
    Qt.Key.Key_Left: "previous measure",
}
LEAST_ZOOM, MOST_ZOOM, ZOOM_STEP = 0.25, 8.0, 1.15


class MusicView(QAbstractScrollArea):
    """A view of `Shown` music in which notes and measures are walked through, heard and chosen.

    Arrow keys walk (with Ctrl by measures), Space hears the note, Return chooses it, Ctrl+Return
    its measure; Ctrl+wheel, Ctrl++ and Ctrl+- zoom, Ctrl+0 goes back. `spoken` tells what the
    cursor is on, which is the accessible description as well.
    """

    note_clicked = pyqtSignal(object)  # ShownNote: choose and hear it
    measure_clicked = pyqtSignal(int)  # place in phrase.measures
    note_heard = pyqtSignal(object)  # ShownNote: play it now
    choice_changed = pyqtSignal()
    zoom_changed = pyqtSignal(float)
    spoken = pyqtSignal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown = EMPTY
        self._choice = Choice()
        self._locked_notes: frozenset[str] = frozenset()
        self._locked_measures: frozenset[int] = frozenset()
        self._playhead: float | None = None
        self._speech = ENGLISH
        self._zoom = 1.0
        self.follows = True  # whether the playhead is kept in view
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName(name)
        self.setAccessibleDescription(spoken_summary(self._shown, self._speech))

    # --- what is shown ----------------------------------------------------------------------

    @property
    def shown(self) -> Shown:
        """What is shown now."""
        return self._shown

    def present(self, shown: Shown) -> None:
        """Shows music; locks stay, and so does the cursor where its note still stands."""
        names = {note.name for note in shown.notes}
        self._shown = shown
        kept = self._choice.cursor if self._choice.cursor in names else ""
        self._choice = Choice(cursor=kept)
        self._say(spoken_summary(shown, self._speech))
        self._shown_changed()

    def set_speech(self, speech: Speech) -> None:
        """Chooses the language of the spoken form."""
        self._speech = speech
        self._say(spoken_summary(self._shown, speech))

    @property
    def theme(self) -> Theme:
        """The colours that suit the palette."""
        return theme_for(self.palette().color(QPalette.ColorRole.Base).name())

    def set_playhead(self, quarters: float | None) -> None:
        """Puts the playhead at a place in quarters of the phrase; None takes it away."""
        if quarters != self._playhead:
            before, self._playhead = self._playhead, quarters
            if self.follows and quarters is not None:
                self._follow()
            self._playhead_moved(before)

    # --- choice and locks -------------------------------------------------------------------

    @property
    def choice(self) -> Choice:
        """What is chosen."""
        return self._choice

    def chosen_notes(self) -> tuple[ShownNote, ...]:
        """The chosen notes in their order."""
        return tuple(n for n in self._shown.notes if n.name in self._choice.notes)

    def set_choice(self, choice: Choice) -> None:
        """Chooses notes and measures, without a signal; to keep score and roll alike."""
        self._choice = choice
        self._update_all()

    def set_locks(self, notes: Iterable[str] = (), measures: Iterable[int] = ()) -> None:
        """Marks notes (by name) and measures (by place) as locked."""
        self._locked_notes, self._locked_measures = frozenset(notes), frozenset(measures)
        self._update_all()

    def choose_note(self, note: ShownNote, *, adds: bool = False) -> None:
        """Chooses a note as a click does, and says so."""
        self._choice = self._choice.with_note(note.name, adds=adds)
        self._said_note(note)
        self.note_clicked.emit(note)
        self.choice_changed.emit()
        self._update_all()

    def choose_notes(self, names: Iterable[str]) -> None:
        """Chooses several notes at once."""
        self._choice = Choice(frozenset(names), frozenset(), self._choice.cursor)
        self.choice_changed.emit()
        self._update_all()

    def choose_measure(self, place: int, *, adds: bool = False, spans: bool = False) -> None:
        """Chooses a measure as a click does, and says so."""
        self._choice = self._choice.with_measure(place, adds=adds, spans=spans)
        self._say(spoken_measure(self._shown, place, self._speech))
        self.measure_clicked.emit(place)
        self.choice_changed.emit()
        self._update_all()

    def clear_choice(self) -> None:
        """Chooses nothing."""
        self._choice = Choice(cursor=self._choice.cursor)
        self.choice_changed.emit()
        self._update_all()

    def step(self, step: Step) -> ShownNote | None:
        """Moves the cursor by a step and says the note; None where there is no note."""
        note = stepped(self._shown, self._choice.cursor, step)
        if note is not None:
            self._choice = Choice(self._choice.notes, self._choice.measures, note.name)
            self._said_note(note)
            self._reveal(note)
            self._update_all()
        return note

    def _said_note(self, note: ShownNote) -> None:
        said = spoken_note(self._shown, note, self._speech)
        place = self._shown.measure_index(note.note.onset)
        if note.name in self._locked_notes or place in self._locked_measures:
            said = f"{said}, {self._speech.locked}"
        self._say(said)

    def _say(self, text: str) -> None:
        self.setAccessibleDescription(text)
        self.viewport().setAccessibleDescription(text)
        self.spoken.emit(text)

    # --- zoom -------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """How much larger than at first, 0.25 to 8."""
        return self._zoom

    def set_zoom(self, zoom: float) -> None:
        """Zooms; values outside 0.25 to 8 are brought inside."""
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, zoom))
        if zoom != self._zoom:
            before, self._zoom = self._zoom, zoom
            self._zoomed(before)
            self.zoom_changed.emit(zoom)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Ctrl+wheel zooms, Shift+wheel scrolls along the time, the wheel alone up and down."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self._zoom * ZOOM_STEP ** (turned / 120))
            event.accept()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - turned)
            event.accept()
        else:
            super().wheelEvent(event)

    # --- keys -------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Walks, hears, chooses and zooms; other keys go on to the window."""
        key = Qt.Key(event.key())
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        step = (_WITH_CONTROL if control else _PLAIN).get(key)
        if step is not None:
            self.step(step)
        elif control and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_zoom(self._zoom * ZOOM_STEP)
        elif control and key == Qt.Key.Key_Minus:
            self.set_zoom(self._zoom / ZOOM_STEP)
        elif control and key == Qt.Key.Key_0:
            self.set_zoom(1.0)
        elif not self._acted(key, control, event):
            super().keyPressEvent(event)

    def _acted(self, key: Qt.Key, control: bool, event: QKeyEvent) -> bool:
        note = next((n for n in self._shown.notes if n.name == self._choice.cursor), None)
        if note is None:
            return False
        if key == Qt.Key.Key_Space and not control:
            self.note_heard.emit(note)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            place = self._shown.measure_index(note.note.onset)
            if control and place is not None:
                self.choose_measure(place, adds=True)
            else:
                self.choose_note(note, adds=shift)
        else:
            return False
        return True

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follows palette and font."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._themed()
        super().changeEvent(event)

    # --- what a view does in its own way ----------------------------------------------------

    def _shown_changed(self) -> None:
        raise NotImplementedError

    def _zoomed(self, before: float) -> None:
        raise NotImplementedError

    def _reveal(self, note: ShownNote) -> None:
        raise NotImplementedError

    def _follow(self) -> None:
        """Scrolls where the playhead has left the view."""

    def _playhead_moved(self, before: float | None) -> None:
        self._update_all()

    def _update_all(self) -> None:
        self.viewport().update()

    def _themed(self) -> None:
        self._update_all()
