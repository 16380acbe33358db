"""Ardour's `ardour.menus` and `ardour.keys`: a user's file stands in for the stock one.

Both are edited as text, so that all else stays byte by byte. Menu lines of ours stand between
two comments; bindings are known by the action that they start.
"""

import re
from collections.abc import Mapping, Sequence

_BEGIN, _END = "<!-- Antiphon begins -->", "<!-- Antiphon ends -->"
_BLOCK = re.compile(rf"[ \t]*{_BEGIN}.*?{_END}[ \t]*\r?\n?", re.DOTALL)
# The region's own context menu; the Region menu of the menu bar; Edit > Lua Scripts.
_POPUP = re.compile(r"<popup name='PopupRegionMenu'[^>]*>[ \t]*\r?\n")
_REGION = re.compile(r"<menu name='RegionMenu'[^>]*>[ \t]*\r?\n")
_SCRIPTS = re.compile(r"<menu action=[\"']LuaScripts[\"']>[ \t]*\r?\n")
_EDITOR_KEYS = re.compile(r"<Bindings name=\"Editor\">\s*<Press>[ \t]*\r?\n")
_BINDING = re.compile(r"<Binding\b[^>]*\bkey=\"([^\"]+)\"[^>]*/>")
_MODIFIERS = {"Primary", "Secondary", "Tertiary", "Level4"}


def is_menus(text: str) -> bool:
    """Whether this is a file of menus in which ours have a place."""
    return bool(_POPUP.search(text)) and bool(_REGION.search(text))


def with_items(text: str, slots: Sequence[int]) -> str:
    """The menus with the actions in these slots on top of the region's menus."""
    text = without_items(text)
    for place in (_POPUP, _REGION, _SCRIPTS):
        found = place.search(text)
        if found is not None:
            text = text[: found.end()] + _items(slots) + text[found.end() :]
    return text


def without_items(text: str) -> str:
    """The menus without our lines."""
    return _BLOCK.sub("", text)


def is_keys(text: str) -> bool:
    """Whether this is a file of key bindings in which ours have a place."""
    return bool(_EDITOR_KEYS.search(text))


def free_key(text: str, wanted: Sequence[str]) -> str | None:
    """The first of these keys that nothing is bound to, in any window, or None."""
    taken = {_spelled(key) for key in _BINDING.findall(text)}
    return next((key for key in wanted if _spelled(key) not in taken), None)


def with_keys(text: str, keys: Mapping[int, str]) -> str:
    """The bindings with a key for each of these slots."""
    found = _EDITOR_KEYS.search(text)
    assert found is not None
    lines = "".join(
        f'   <Binding key="{key}" action="LuaAction/script-{slot}" group="Antiphon"/>\n'
        for slot, key in sorted(keys.items())
    )
    return text[: found.end()] + lines + text[found.end() :]


def without_keys(text: str, slots: Sequence[int]) -> str:
    """The bindings without those of these slots."""
    names = "|".join(str(slot) for slot in slots)
    line = rf"[ \t]*<Binding\b[^>]*action=\"LuaAction/script-(?:{names})\"[^>]*/>[ \t]*\r?\n?"
    return re.sub(line, "", text) if slots else text


def in_words(key: str) -> str:
    """A key as a person reads it: Ctrl+Alt+B."""
    words = {"Primary": "Ctrl", "Secondary": "Alt", "Tertiary": "Shift", "Level4": "Super"}
    *modifiers, last = key.split("-")
    return "+".join([*(words[name] for name in modifiers), last.upper()])


def _spelled(key: str) -> tuple[frozenset[str], str]:
    parts = key.split("-")
    return frozenset(parts) & _MODIFIERS, parts[-1].lower()


def _items(slots: Sequence[int]) -> str:
    lines = "".join(f"    <menuitem action='script-{slot}'/>\n" for slot in slots)
    return f"    {_BEGIN}\n{lines}    <separator/>\n    {_END}\n"
