"""Words as they are typed after a command: measures=8, lock-measures=3-4."""

from collections.abc import Callable, Mapping, Sequence

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.messages import Task
from antiphon.bridge.protocol.table import Value
from antiphon.bridge.protocol.wishes import BY_NAME, wishes_of

_SWITCHES = {"1": True, "on": True, "yes": True, "0": False, "off": False, "no": False}
_KINDS: Mapping[str, Callable[[str], Value]] = {
    "text": str,
    "integer": int,
    "number": float,
    "switch": lambda text: _SWITCHES[text.lower()],
}


def typed_task(typed: Sequence[str]) -> tuple[Task, dict[str, Value]]:
    """A task and its words, as --task takes them. Raises AntiphonError("bad-control")."""
    if typed[0] not in set(Task):
        why = f"it is one of {', '.join(Task)}"
        raise AntiphonError("bad-control", name="--task", value=f"“{typed[0]}”", why=why)
    return Task(typed[0]), typed_words(typed[0], typed[1:])


def typed_words(what: str, typed: Sequence[str], others: Sequence[str] = ()) -> dict[str, Value]:
    """The words of a task (or of another deed, which takes them all) by name.

    `others` are names beside those of the table. Raises AntiphonError("bad-control").
    """
    known = {wish.name for wish in wishes_of(Task(what))} if what in set(Task) else set(BY_NAME)
    found: dict[str, Value] = {}
    for text in typed:
        name, sign, value = text.partition("=")
        name = name.lstrip("-").replace("-", "_")
        if not sign:
            why = "a word is typed NAME=VALUE"
            raise AntiphonError("bad-control", name="The word", value=f"“{text}”", why=why)
        if name not in known | set(others):
            why = f"{what} takes no such word"
            raise AntiphonError("bad-control", name=name, value=f"“{value}”", why=why)
        kind = BY_NAME[name].kind if name in BY_NAME else "text"
        try:
            found[name] = _KINDS[kind](value)
        except (ValueError, KeyError):
            why = f"it must be of kind {kind}"
            raise AntiphonError("bad-control", name=name, value=f"“{value}”", why=why) from None
    return found
