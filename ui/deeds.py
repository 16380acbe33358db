"""What the actions do: each method is named by an action of the registry."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Task
from antiphon.ui.model.settings import ZOOMS
from antiphon.ui.model.source import nothing
from antiphon.ui.panel import Panel

if TYPE_CHECKING:
    from antiphon.ui.window import Window


class Deeds:
    """The panel's deeds; they act on the session and ask the window for what needs a face."""

    def __init__(self, panel: Panel, window: "Window") -> None:
        self._panel, self._window = panel, window
        self._session = panel.session

    def does(self, name: str, argument: str | None = None) -> None:
        """Do the action of that name."""
        deed: Any = getattr(self, name)
        deed() if argument is None else deed(argument)

    def is_possible(self, needs: str) -> bool:
        """Whether what an action needs is there."""
        session = self._session
        return {
            "": True,
            "editor": bool(self.editors()),
            "take": session.card is not None,
            "two takes": len(session.cards) > 1,
            "working": session.queue.working is not None,
        }[needs]

    def editors(self) -> tuple[Any, ...]:
        """The editors that listen now."""
        watched = self._session.line.watched
        return tuple(e for e in watched.editors if e.kind != "file") if watched else ()

    # --- the music ------------------------------------------------------------------------

    def open_file(self) -> None:
        """Let the person choose a file, and turn to it."""
        path = self._window.chosen_file()
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> None:
        """Turn to a file's music; a file that Antiphon wrote brings its settings back."""
        from antiphon.ui.model import reading, receipts  # noqa: PLC0415  # heavy

        try:
            self._session.ask_about(reading.opened(path))
        except AntiphonError as fault:
            self._session.tell(fault)
            return
        self._window.show_page("write")
        found = receipts.read(path)
        self._session.tell(None)
        if found is not None:
            self._session.restore_receipt(found)

    def demo(self) -> None:
        """Turn to the phrase that works with no editor."""
        from antiphon.ui.model.reading import demo  # noqa: PLC0415  # heavy

        self._session.ask_about(demo())
        self._window.show_page("write")

    def nothing(self) -> None:
        """Turn to no music at all."""
        self._session.ask_about(nothing())
        self._window.show_page("write")

    def region(self) -> None:
        """Have the editor send what it has selected; the watch brings it."""
        self._session.line.command("region", "", {}, self._session.tell)

    # --- asking ---------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask."""
        self._window.show_page("write")
        self._session.ask()

    def cancel(self) -> None:
        """Stop what is worked on; without that, put away what the panel said."""
        job = self._session.queue.working
        if self._window.close_overlay():
            return
        if job is not None:
            self._session.queue.cancel(job.id)
        self._session.tell(None)

    def task(self, word: str) -> None:
        """Turn to a task."""
        self._window.show_page("write")
        self._session.choose_task(Task(word))

    def reset(self) -> None:
        """Put the task's controls back."""
        self._session.reset()

    def save_preset(self) -> None:
        """Let the person name a preset."""
        self._window.show_page("write")
        self._window.write.ask.name_preset()

    def roll_seed(self) -> None:
        """Change between a seed that is rolled and one that stays."""
        self._session.change(rolls_seed=not self._session.settings.rolls_seed)
        self._session.task_changed.tell()

    def more_controls(self) -> None:
        """Fold the other controls out or in."""
        self._window.write.ask.toggle_more()

    # --- takes ----------------------------------------------------------------------------

    def next_take(self) -> None:
        """Choose the next take."""
        self._session.step(1)

    def previous_take(self) -> None:
        """Choose the take before."""
        self._session.step(-1)

    def compare(self) -> None:
        """Change between this take and the one before; while it sounds, on the beat."""
        self._session.swap()

    def put(self) -> None:
        """Put the chosen take into the editor that asked; save a copy where none did."""
        session = self._session
        card, job = session.card, session.queue.job(session.shown_id)
        if card is None or job is None:
            return
        if card.is_combined:
            session.tell(session.say("A combination can be saved or dragged into your editor."))
            return
        if not self.editors():
            self.save_take()
            return
        words = {"id": card.request.id, "number": card.take.number}
        done = session.say("{name} is on its way into your editor.", name=session.name_of(card))
        session.line.command("put", "", words, session.tell, lambda: session.tell(done))

    def save_take(self) -> None:
        """Let the person choose where a copy with the take is saved."""
        self._window.save_card(self._session.card)

    def save_as(self, key: tuple[str, int], suffix: str) -> None:
        """Let the person choose where a take is saved in that format."""
        self._session.choose(key)
        self._window.save_card(self._session.card, suffix)

    def file_to_drag(self, key: tuple[str, int], suffix: str) -> Path:
        """The take as a file of its own to be dragged out. Raises AntiphonError."""
        from antiphon.ui.model.exports import file_to_drag  # noqa: PLC0415  # heavy

        card = next(card for card in self._session.cards if card.key == key)
        return file_to_drag(self._session, card, suffix)

    def star(self) -> None:
        """Star the chosen take."""
        if self._session.chosen_key:
            self._session.star(self._session.chosen_key)

    def rename(self) -> None:
        """Put the cursor into the chosen take's name."""
        self._window.write.takes.rename()

    def more_like(self) -> None:
        """Ask for more takes of the same question."""
        if self._session.chosen_key:
            self._session.more_like(self._session.chosen_key)

    def ask_again(self) -> None:
        """Ask the chosen measures of the chosen take again."""
        session = self._session
        if not session.chosen_key:
            return
        if session.opened or session.locked:
            session.ask_again(session.chosen_key)
        else:
            session.tell(
                session.say("Click the measures of the take that you want anew, then ask.")
            )

    def combine(self) -> None:
        """Show which measures come from which of two takes."""
        self._window.write.takes.combine()

    # --- hearing --------------------------------------------------------------------------

    def play(self) -> None:
        """Hear the chosen take, or stop."""
        self._window.footer.play()

    def hear_note(self, note: Any, phrase: Any) -> None:
        """Hear one note of what is shown."""
        self._window.footer.hear_note(note, phrase)

    def show_playhead(self, quarters: float | None) -> None:
        """Put the playhead of the chosen take there."""
        self._window.write.takes.show_playhead(quarters)

    def loop(self) -> None:
        """Play in a loop, or once."""
        self._session.change(loops=not self._session.settings.loops)
        self._window.footer.refresh()

    def metronome(self) -> None:
        """Sound a metronome, or not."""
        self._session.change(clicks=not self._session.settings.clicks)
        self._window.footer.refresh()

    # --- the window -----------------------------------------------------------------------

    def page(self, name: str) -> None:
        """Turn to a page."""
        self._window.show_page(name)

    def view(self, name: str) -> None:
        """Show takes as score, roll, or both."""
        self._session.change(view=name)

    def zoom_in(self) -> None:
        """Draw everything larger."""
        self._zoom(1)

    def zoom_out(self) -> None:
        """Draw everything smaller."""
        self._zoom(-1)

    def _zoom(self, by: int) -> None:
        now = min(range(len(ZOOMS)), key=lambda i: abs(ZOOMS[i] - self._session.settings.zoom))
        self._session.change(zoom=ZOOMS[max(0, min(len(ZOOMS) - 1, now + by))])

    def on_top(self) -> None:
        """Stay on top of other windows, or not."""
        self._session.change(on_top=not self._session.settings.on_top)

    def commands(self) -> None:
        """Show all commands to choose from."""
        self._window.show_commands()

    def keys(self) -> None:
        """Show the keys."""
        self._window.show_keys()

    def welcome(self) -> None:
        """Show the first steps."""
        self._window.show_page("welcome")

    def about(self) -> None:
        """Say what this is."""
        self._window.show_page("about")

    def quit(self) -> None:
        """Close the panel."""
        self._window.leave()

    # --- what mends a fault ---------------------------------------------------------------

    def remedy(self, code: str) -> tuple[str, str]:
        """The button that mends a fault: its words and the action it does."""
        say = self._session.say
        return {
            "unreadable-file": (say("Open another file"), "open_file"),
            "unknown-format": (say("Open another file"), "open_file"),
            "broken-midi": (say("Open another file"), "open_file"),
            "broken-musicxml": (say("Open another file"), "open_file"),
            "broken-abc": (say("Open another file"), "open_file"),
            "too-large": (say("Open another file"), "open_file"),
            "bad-control": (say("Put all controls back"), "reset"),
            "empty-selection": (say("Try the demo phrase"), "demo"),
            "no-melody": (say("Try the demo phrase"), "demo"),
            "no-such-part": (say("Open the file again"), "open_file"),
            "no-such-model": (say("See the models"), "page models"),
            "no-weights": (say("See the models"), "page models"),
            "no-sound": (say("Sound settings"), "page settings"),
            "no-synth": (say("Sound settings"), "page settings"),
            "no-editor": (say("Save the take…"), "save_take"),
            "unwritable-file": (say("Save elsewhere"), "save_take"),
            "region-changed": (say("Take the selection again"), "region"),
            "destination-occupied": (say("Save the take…"), "save_take"),
        }.get(code, (say("Ask again"), "ask"))
