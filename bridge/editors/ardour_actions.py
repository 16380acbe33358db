"""The actions that Ardour gets, as scripts: each loads the shared files and presses its word.

Ardour stores an action's own text alone, so these few lines are all that stands in a slot; what
they load lies in a folder beside Ardour's settings, where an update replaces it.
"""

import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from antiphon.bridge.editors.ardour_scripts import Action, quoted

HOOK = "Antiphon: listen"
_PLACE = "antiphon/place.lua"


@dataclass(frozen=True, slots=True)
class Command:
    """A word of `commands.lua`, its name in Ardour, what it does, and the keys it would like."""

    word: str
    name: str
    about: str
    letters: str

    @property
    def keys(self) -> list[str]:
        """Keys to bind, best first."""
        with_shift = ("Primary-Secondary-", "Primary-Secondary-Tertiary-")
        return [modifiers + letter for modifiers in with_shift for letter in self.letters]


COMMANDS = (
    Command("continue", "Antiphon: Continue", "Goes on with the selected melody behind it.", "cj"),
    Command("fill", "Antiphon: Fill", "Writes the selected measures anew, from both sides.", "il"),
    Command("vary", "Antiphon: Vary", "Replaces the selection by a variation of it.", "v"),
    Command("harmonize", "Antiphon: Harmonize", "Writes chords under the selected melody.", "h"),
    Command("bass", "Antiphon: Add bass track", "Writes a bass line on a track below.", "b"),
    Command("drums", "Antiphon: Add drum track", "Writes drums on a track below.", "ud"),
    Command("accompany", "Antiphon: Accompany", "Writes a piano part on a track below.", "pa"),
    Command("restyle", "Antiphon: Restyle", "Writes the selection in another style.", "r"),
    Command("next", "Antiphon: Next take", "Replaces the last answer by another one.", "n"),
    Command("previous", "Antiphon: Previous take", "Brings the take before back.", "z"),
    Command("keep", "Antiphon: Keep", "Settles the last answer.", "k"),
    Command("cancel", "Antiphon: Cancel", "Stops what is being written.", "x"),
    Command("open", "Antiphon: Open panel", "Opens Antiphon's panel.", "o"),
)
_HEADER = """ardour {{ ["type"] = "{kind}", name = {name}, license = "GPL",
  author = "Antiphon", description = {about} }}
"""
_ACTION = """return function ()
  local fine, why = pcall (function ()
    local folder = {folder}
    local file = assert (io.open (folder .. "/antiphon.lua", "rb"))
    local text = file:read ("a")
    file:close ()
    assert (load (text)) () (folder).commands.press ({word})
  end)
  if not fine then
    LuaDialog.Message ("Antiphon", "Antiphon's scripts could not be read (" .. tostring (why)
      .. "). Nothing was written.\\n\\nRun: antiphon install ardour",
      LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run ()
  end
end
"""
_LISTEN = """return function ()
  if antiphon == nil then
    antiphon = false
    pcall (function ()
      local folder = {folder}
      local file = assert (io.open (folder .. "/antiphon.lua", "rb"))
      local text = file:read ("a")
      file:close ()
      antiphon = assert (load (text)) () (folder)
    end)
  end
  if antiphon then pcall (antiphon.hook.tick) end
end
"""
_SIGNALS = """function signals ()
  return LuaSignal.Set ():add ({ [LuaSignal.LuaTimerDS] = true })
end
"""


def action(command: Command, folder: str) -> Action:
    """The script of a command; the shared files lie in `folder` (with forward slashes)."""
    body = _ACTION.format(folder=quoted(folder), word=quoted(command.word))
    return Action(command.name, _script("EditorAction", command.name, command.about, body), body)


def hook(folder: str) -> Action:
    """The script that Ardour's timer calls."""
    body = _LISTEN.format(folder=quoted(folder))
    about = "Brings Antiphon's answers into the session."
    return Action(HOOK, _script("EditorHook", HOOK, about, body, _SIGNALS), body)


def packaged(folder: str, run_folder: Path, version: str) -> dict[str, bytes]:
    """The files that Ardour's folder of settings gets, by their path in it.

    The scripts are told where the service keeps its files and what starts it.
    """
    found = {
        f"antiphon/{entry.name}": entry.read_bytes()
        for entry in (files("antiphon.plugins.ardour") / "lib").iterdir()
        if entry.name.endswith(".lua")
    }
    launcher = run_folder / ("antiphon.cmd" if os.name == "nt" else "antiphon")
    values = {
        "run_folder": run_folder.as_posix(),
        "launcher": launcher.as_posix(),
        "version": version,
    }
    place = found[_PLACE].decode()
    for name, value in values.items():
        before, _, after = place.partition(f'{name} = "')
        rest = after.partition('"')[2]
        place = f"{before}{name} = {quoted(value)}{rest}"
    found[_PLACE] = place.encode()
    # Listed in Ardour's Script Manager, so that a slot can be given anew by hand.
    for command in COMMANDS:
        found[f"scripts/antiphon_{command.word}.lua"] = action(command, folder).source.encode()
    found["scripts/antiphon_listen.lua"] = hook(folder).source.encode()
    return found


def _script(kind: str, name: str, about: str, body: str, signals: str = "") -> str:
    header = _HEADER.format(kind=kind, name=quoted(name), about=quoted(about))
    return f"{header}\n{signals}function factory () {body}end\n"
