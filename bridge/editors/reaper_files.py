"""REAPER's own lists as texts: actions and keys, menus, and what runs at its start.

Sources: the lists of user-made key maps and menu sets that are published with ReaPack's packages,
and ReaPack's source for the numbers of the sections. REAPER writes these files when it closes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1

MAIN, MIDI_EDITOR = 0, 32060
# Alt, Ctrl and Shift (16, 8, 4) with a key of the keyboard (1).
ALL_MODIFIERS = 29
MENUS = ("Media item context", "MIDI piano roll context")
MARK = "-- Antiphon: this line only"
_TITLE = "Antiphon"
_ITEM = re.compile(r"item_(\d+)=(.*)")


@dataclass(frozen=True, slots=True)
class Action:
    """One action: its file, its name in REAPER's list, and the letter that is offered for it."""

    file: str
    name: str
    letter: str

    def command(self, section: int) -> str:
        """The name that REAPER's files know it by, the same at every installation."""
        digest = sha1(f"antiphon/{self.file}".encode(), usedforsecurity=False).hexdigest()
        # Ids of the MIDI editor's section carry its number, in hexadecimal digits.
        return f"RS{f'{section:x}_' if section else ''}{digest}"


def actions_in(text: str) -> tuple[Action, ...]:
    """The actions of `lib/actions.lua`, the one list of them."""
    rows = re.findall(r'^\s*\{ "([^"]+)", "([^"]+)", "([A-Z]?)" \},$', text, re.MULTILINE)
    return tuple(Action(*row) for row in rows)


def is_key_list(text: str) -> bool:
    """Whether a text may be `reaper-kb.ini`: it is empty, or names a key, script or action."""
    return not text.strip() or bool(re.search(r"^(KEY|SCR|ACT) ", text, re.MULTILINE))


def with_actions(text: str, actions: Sequence[Action], folder: str) -> tuple[str, dict[str, str]]:
    """The key list with our actions and the free ones of our keys; and those keys by file.

    A key that any line of a section names is not free there, even where it names it to leave
    it without an action.
    """
    end = _line_end(text)
    rows: list[str] = []
    keys: dict[str, str] = {}
    taken = _taken_keys(text)
    for section in (MAIN, MIDI_EDITOR):
        for action in actions:
            place = f"{folder}{action.file}"
            path = f'"{place}"' if " " in place else place
            rows.append(f'SCR 4 {section} {action.command(section)} "{action.name}" {path}')
        for action in actions:
            key = (ALL_MODIFIERS, ord(action.letter), section) if action.letter else None
            if key is not None and key not in taken:
                rows.append(f"KEY {key[0]} {key[1]} _{action.command(section)} {section}")
                if section == MAIN:
                    keys[action.file] = f"Ctrl+Alt+Shift+{action.letter}"
    return _ended(text, end) + "".join(f"{row}{end}" for row in rows), keys


def without_actions(text: str, actions: Iterable[Action]) -> str:
    """The key list without every line that names one of our actions."""
    names = _commands(actions)
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not _names_one(line, names))


def actions_of(text: str, actions: Iterable[Action]) -> int:
    """How many of our actions a key list holds in the main section."""
    return sum(
        bool(re.search(rf"^SCR \d+ 0 {action.command(MAIN)} ", text, re.MULTILINE))
        for action in actions
    )


def with_menu(text: str, actions: Sequence[Action]) -> str:
    """The menus with a submenu of ours at the end of those that have a section already.

    A section that is not there stands for REAPER's own menu; to add one would take that away.
    """
    sections = {MENUS[0]: MAIN, MENUS[1]: MIDI_EDITOR}
    parts = _sections(text)
    end = _line_end(text)
    for place, (name, body) in enumerate(parts):
        if name in sections:
            rows = [f"_{action.command(sections[name])} {action.name}" for action in actions]
            parts[place] = (name, _appended(body, [f"-2 {_TITLE}", *rows, "-3"], end))
    return "".join(body for _, body in parts)


def without_menu(text: str, actions: Iterable[Action]) -> str:
    """The menus without our submenu, the items after it numbered on."""
    names = _commands(actions)
    return "".join(
        _removed(body, names) if name in MENUS else body for name, body in _sections(text)
    )


def with_start(text: str, loop: Action) -> str:
    """What runs at REAPER's start, with the one line that starts our loop."""
    end = _line_end(text)
    line = (
        f'do local id = reaper.NamedCommandLookup("_{loop.command(MAIN)}") '
        f"if id ~= 0 then reaper.Main_OnCommand(id, 0) end end {MARK}"
    )
    return f"{_ended(without_start(text), end)}{line}{end}"


def without_start(text: str) -> str:
    """What runs at REAPER's start, without our line."""
    return "".join(line for line in text.splitlines(keepends=True) if MARK not in line)


def place_file(values: Mapping[str, str]) -> str:
    """The script that tells the others where the service is; plain ASCII, whatever the paths."""
    rows = ", ".join(f"{name} = {_quoted(value)}" for name, value in values.items())
    return f"-- @noindex\n-- Written by `antiphon install reaper`.\nreturn {{ {rows} }}\n"


def _quoted(text: str) -> str:
    plain = (
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\{byte:03d}"
        for byte in text.encode()
    )
    return f'"{"".join(plain)}"'


def _commands(actions: Iterable[Action]) -> frozenset[str]:
    return frozenset(
        action.command(section) for action in actions for section in (MAIN, MIDI_EDITOR)
    )


def _names_one(line: str, names: frozenset[str]) -> bool:
    return any(word.lstrip("_") in names for word in line.split())


def _taken_keys(text: str) -> frozenset[tuple[int, int, int]]:
    found = re.findall(r"^KEY (\d+) (\d+) \S+ (\d+)", text, re.MULTILINE)
    return frozenset((int(flags), int(key), int(section)) for flags, key, section in found)


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _ended(text: str, end: str) -> str:
    return text if not text or text.endswith("\n") else text + end


def _sections(text: str) -> list[tuple[str, str]]:
    """The sections of an ini file in order, each with its whole text; "" is what is before."""
    found: list[tuple[str, str]] = [("", "")]
    for line in text.splitlines(keepends=True):
        head = re.match(r"\[(.+)\]\s*$", line)
        if head:
            found.append((head.group(1), line))
        else:
            found[-1] = (found[-1][0], found[-1][1] + line)
    return found


def _appended(body: str, rows: Sequence[str], end: str) -> str:
    """A section with items after its last one."""
    lines = body.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if _ITEM.match(line)]
    last = places[-1] if places else 0
    taken = [int(found.group(1)) for line in lines if (found := _ITEM.match(line))]
    first = max(taken, default=-1) + 1
    new = [f"item_{first + place}={row}{end}" for place, row in enumerate(rows)]
    lines[last] = _ended(lines[last], end)
    return "".join([*lines[: last + 1], *new, *lines[last + 1 :]])


def _removed(body: str, names: frozenset[str]) -> str:
    """A section without our items and the submenu that held them; what is left is numbered on."""
    kept: list[str] = []
    depth = dropped = 0
    for line in body.splitlines(keepends=True):
        found = _ITEM.match(line)
        value = found.group(2).strip() if found else ""
        is_ours = _names_one(value, names)
        if depth == 0 and value == f"-2 {_TITLE}":
            depth, is_ours = 1, True
        elif depth:
            depth += value.startswith("-2 ") - (value.split()[:1] == ["-3"])
            is_ours = is_ours or depth == 0
        if is_ours:
            dropped += 1
        elif found and dropped:
            kept.append(f"item_{int(found.group(1)) - dropped}{line[line.index('=') :]}")
        else:
            kept.append(line)
    return "".join(kept)
