"""Every action of the panel, once: the menu, the keys, the command palette and `?` read it."""

from dataclasses import dataclass

from antiphon.bridge.protocol.messages import Task
from antiphon.ui.language import marked as _
from antiphon.ui.model.knobs import TASK_WORDS


@dataclass(frozen=True, slots=True)
class Action:
    """One action: its name (that of a method of `Deeds`), words, keys and menu.

    `argument` is given to the method where there is one; `needs` names what has to be there:
    "music", "take", "two takes", "editor" or "working".
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    argument: str | None = None
    needs: str = ""

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return f"{self.name} {self.argument}" if self.argument is not None else self.name


MENUS = {
    "music": _("Music"), "ask": _("Ask"), "takes": _("Takes"), "hear": _("Listen"),
    "view": _("View"), "help": _("Help"),
}  # fmt: skip

_TASKS = tuple(
    Action("task", words[0], (f"Alt+{place % 10}",), "ask", task.value)
    for place, (task, words) in enumerate(TASK_WORDS.items(), 1)
    if task in Task
)

ACTIONS: tuple[Action, ...] = (
    Action("open_file", _("Open a file…"), ("Ctrl+O",), "music"),
    Action("demo", _("Try the demo phrase"), ("Ctrl+D",), "music"),
    Action("nothing", _("Begin with nothing"), ("Ctrl+N",), "music"),
    Action("region", _("Take what the editor has selected"), ("Ctrl+E",), "music", needs="editor"),
    Action("ask", _("Ask"), ("Ctrl+Return", "Ctrl+Enter"), "ask"),
    Action("cancel", _("Stop"), ("Escape",), "ask", needs="working"),
    *_TASKS,
    Action("reset", _("Put all controls back"), ("Ctrl+Backspace",), "ask"),
    Action("save_preset", _("Save these controls as a preset"), ("Ctrl+Shift+S",), "ask"),
    Action("roll_seed", _("Roll or hold the seed"), ("Ctrl+R",), "ask"),
    Action("more_controls", _("More controls"), ("Ctrl+M",), "ask"),
    Action("next_take", _("Next take"), ("Ctrl+Right",), "takes", needs="take"),
    Action("previous_take", _("Take before"), ("Ctrl+Left",), "takes", needs="take"),
    Action("compare", _("Compare with the take before"), ("C",), "takes", needs="two takes"),
    Action("put", _("Put in the editor"), ("Ctrl+I",), "takes", needs="take"),
    Action("save_take", _("Save the take…"), ("Ctrl+S",), "takes", needs="take"),
    Action("star", _("Star the take"), ("S",), "takes", needs="take"),
    Action("rename", _("Rename the take"), ("F2",), "takes", needs="take"),
    Action("more_like", _("More like this"), ("Ctrl+L",), "takes", needs="take"),
    Action("ask_again", _("Ask the chosen measures again"), ("Ctrl+G",), "takes", needs="take"),
    Action("combine", _("Combine two takes…"), ("Ctrl+K",), "takes", needs="two takes"),
    Action("play", _("Play or stop"), ("Space",), "hear", needs="take"),
    Action("loop", _("Play in a loop"), ("L",), "hear"),
    Action("metronome", _("Metronome"), ("M",), "hear"),
    Action("page", _("Write"), ("Ctrl+1",), "view", "write"),
    Action("page", _("Queue and history"), ("Ctrl+2",), "view", "history"),
    Action("page", _("Analysis of the music at hand"), ("Ctrl+5",), "view", "analysis"),
    Action("page", _("Models"), ("Ctrl+3",), "view", "models"),
    Action("page", _("Settings"), ("Ctrl+,", "Ctrl+4"), "view", "settings"),
    Action("view", _("Score and piano roll"), ("Ctrl+Shift+1",), "view", "both"),
    Action("view", _("Score only"), ("Ctrl+Shift+2",), "view", "score"),
    Action("view", _("Piano roll only"), ("Ctrl+Shift+3",), "view", "roll"),
    Action("zoom_in", _("Larger"), ("Ctrl+Shift++", "Ctrl+Shift+="), "view"),
    Action("zoom_out", _("Smaller"), ("Ctrl+Shift+-", "Ctrl+_"), "view"),
    Action("on_top", _("Stay on top of other windows"), ("Ctrl+T",), "view"),
    Action("commands", _("All commands…"), ("Ctrl+Shift+P",), "help"),
    Action("keys", _("Keys"), ("?", "F1"), "help"),
    Action("welcome", _("First steps"), (), "help"),
    Action("about", _("About Antiphon"), (), "help"),
    Action("quit", _("Quit"), ("Ctrl+Q",), "music"),
)
BY_ID = {action.id: action for action in ACTIONS}
