"""Ardour's `ui_scripts`: the slots of actions and the hooks, as XML around Lua tables in base64.

Ardour keeps a copy of each script there, next to its factory, which may be plain Lua text as
well as compiled code. Slots and hooks of the user stay, byte by byte.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

EMPTY = '<?xml version="1.0" encoding="UTF-8"?>\n<UIScripts>\n</UIScripts>\n'
HOOK_ID = "8121990611"
SLOTS = 32
# Number of signals and place of LuaTimerDS, by major version: gtk2_ardour/luasignal_syms.h.
SIGNALS = {7: (49, 47), 8: (50, 47)}

_ACTIONS = re.compile(
    r"(?P<head><ActionScript\b[^>]*>)(?P<data>[^<]*)</ActionScript>|<ActionScript\b[^>]*/>"
)
_HOOK = re.compile(r"[ \t]*<LuaCallback\b[^>]*>[^<]*</LuaCallback>[ \t]*\r?\n?")
_HOOKS = re.compile(r"<ActionHooks\s*/>|<ActionHooks>|</ActionHooks>")
_ROOT_END = re.compile(r"</UIScripts>")
_SIGNALS = re.compile(r'signals="([01]+)"')
_VALUE = rb'(?:\{\s*\}|"(?:\\.|[^"\\])*"|\[==\[.*?\]==\]|[-+.\w]+)'
_KEYS = rb"scripts\[(\d+)\]((?:\[[^\]]*\])*)"
_STATEMENT = re.compile(_KEYS + rb"\s*=\s*(" + _VALUE + rb")\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Action:
    """An action: the script's whole text, its factory's body, and its name in Ardour."""

    name: str
    source: str
    factory: str


def is_scripts(text: str) -> bool:
    """Whether this is a list of scripts that can be merged."""
    if len(_ROOT_END.findall(text)) != 1 or len(_ACTIONS.findall(text)) > 1:
        return False
    try:
        _payload(text)
    except (ValueError, binascii.Error):
        return False
    return True


def used_slots(text: str) -> dict[int, str]:
    """Slots that hold an action, and its name, counted as Ardour's own actions: script-1 and up."""
    found: dict[int, str] = {}
    for slot, keys, value in _statements(text):
        found.setdefault(slot, "")
        if keys == b'["n"]':
            found[slot] = _plain(value)
    return found


def with_actions(text: str, actions: dict[int, Action]) -> str:
    """The list with actions in slots that are free."""
    data = _payload(text).strip() or b"scripts = {}"
    if not data.startswith(b"scripts"):
        data = b"scripts = {} " + data
    for slot, action in sorted(actions.items()):
        data += b" " + _slot_text(slot, action)
    encoded = base64.b64encode(data + b" ").decode()
    entry = f'<ActionScript lua="Lua 5.3">{encoded}</ActionScript>'
    if _ACTIONS.search(text):
        return _ACTIONS.sub(lambda _: entry, text)
    return _ROOT_END.sub(lambda end: f"  {entry}\n{end.group()}", text)


def with_hook(text: str, action: Action, signals: str) -> str:
    """The list with one hook more, called by Ardour whenever one of the `signals` is given."""
    table = f's = {{}} s["n"] = {quoted(action.name)} s["s"] = {quoted(action.source)} '
    table += f's["f"] = {quoted(action.factory)} s["a"] = {{}} '
    data = base64.b64encode(table.encode()).decode()
    entry = (
        f'    <LuaCallback lua="Lua 5.3" id="{HOOK_ID}" name="{action.name}" '
        f'signals="{signals}">{data}</LuaCallback>\n'
    )
    found = _HOOKS.search(text)
    if found is None:
        whole = f"  <ActionHooks>\n{entry}  </ActionHooks>\n"
        return _ROOT_END.sub(lambda end: whole + end.group(), text)
    if found.group().endswith("/>"):
        whole = f"<ActionHooks>\n{entry}  </ActionHooks>"
        return text[: found.start()] + whole + text[found.end() :]
    return text[: found.end()] + "\n" + entry.rstrip("\n") + text[found.end() :]


def without(text: str, names: Sequence[str]) -> str:
    """The list without the actions and hooks of these names, wherever they are."""
    ours = {slot for slot, name in used_slots(text).items() if name in names}
    if ours:
        data = _STATEMENT.sub(
            lambda found: b"" if int(found.group(1)) in ours else found.group(), _payload(text)
        )
        encoded = base64.b64encode(data).decode()
        text = _ACTIONS.sub(lambda found: f"{found['head']}{encoded}</ActionScript>", text)
    return _HOOK.sub(lambda found: "" if _is_named(found.group(), names) else found.group(), text)


def signals_for(version: int, text: str) -> str:
    """The bits that ask for the timer of a tenth of a second.

    A hook that is there already tells how many signals this Ardour has; else the table does.
    """
    known = _SIGNALS.search(text)
    count, place = SIGNALS.get(version, SIGNALS[max(SIGNALS)])
    if known and len(known.group(1)) > place:
        count = len(known.group(1))
    # The most significant bit is written first.
    return "0" * (count - 1 - place) + "1" + "0" * place


def quoted(text: str) -> str:
    """A Lua string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\r", "").replace("\n", "\\n").replace("\0", "") + '"'


def _slot_text(slot: int, action: Action) -> bytes:
    key = f"scripts[{slot}]"
    return (
        f'{key} = {{}} {key}["n"] = {quoted(action.name)} {key}["s"] = {quoted(action.source)} '
        f'{key}["f"] = {quoted(action.factory)} {key}["a"] = {{}}'
    ).encode()


def _payload(text: str) -> bytes:
    found = _ACTIONS.search(text)
    return base64.b64decode(found["data"], validate=False) if found and found["data"] else b""


def _statements(text: str) -> list[tuple[int, bytes, bytes]]:
    return [(int(slot), keys, value) for slot, keys, value in _STATEMENT.findall(_payload(text))]


def _plain(value: bytes) -> str:
    inside = value.decode("utf-8", "replace")[1:-1]
    return inside.replace('\\"', '"').replace("\\\\", "\\")


def _is_named(hook: str, names: Sequence[str]) -> bool:
    return any(f'name="{name}"' in hook for name in names)
