"""What every widget of the panel is built from: the session, the look, the words, the deeds."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QIcon

from antiphon.ui.icons import icon
from antiphon.ui.language import Say
from antiphon.ui.model.session import Session
from antiphon.ui.model.training import Training
from antiphon.ui.theme import look_for

if TYPE_CHECKING:
    from antiphon.ui.deeds import Deeds


class Poster(QObject):
    """Runs functions on the panel's own thread, in the order in which threads posted them."""

    _posted = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, function: Callable[[], None]) -> None:
        """Have a function run soon; may be called from any thread."""
        try:
            self._posted.emit(function)
        except RuntimeError:  # the panel is gone, and nobody is left to be told
            return

    @staticmethod
    def _run(function: Callable[[], None]) -> None:
        function()


class Panel:
    """Session, look and deeds; it outlives the widgets, which are built anew for a new look."""

    def __init__(self, session: Session, poster: Poster) -> None:
        self.session, self.poster = session, poster
        self.look = look_for(session.settings.theme, session.settings.zoom)
        self.deeds: Deeds
        self.actions: dict[str, QAction] = {}
        self.watching: Any = None
        self.pointer: Any = None
        self.training = Training(poster.post)
        self.sound: Any = None
        self._forgets: list[Callable[[], None]] = []

    @property
    def say(self) -> Say:
        """What says things in the person's language."""
        return self.session.say

    def px(self, size: float) -> int:
        """A length at the zoom in force."""
        return self.look.px(size)

    def icon(self, name: str, role: str = "text", on: str = "", size: int = 18) -> QIcon:
        """An icon in the colour of a role."""
        colours = self.look.colours
        on_colour = getattr(colours, on) if on else ""
        return icon(name, getattr(colours, role), self.px(size), on_colour)

    def listen(self, topic: Any, listener: Callable[[], None]) -> None:
        """Listen to a topic until the widgets are built anew."""
        self._forgets.append(topic.listen(listener))

    def forget(self) -> None:
        """End all listening: the widgets go."""
        for forget in self._forgets:
            forget()
        self._forgets = []

    def renew(self) -> None:
        """Forget the listeners of the widgets that go, and look again at the settings."""
        self.forget()
        settings = self.session.settings
        self.look = look_for(settings.theme, settings.zoom)
