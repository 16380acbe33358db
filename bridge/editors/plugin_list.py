"""MuseScore 3's `plugins.xml`: which plugins are loaded, and the keys that start them.

MuseScore rewrites the file only when its Plugin Manager is used, and a person may have edited
it. So entries are cut out and put in as text, and every other byte stays.
"""

import re
from pathlib import PurePath
from xml.sax.saxutils import escape, unescape

EMPTY = '<?xml version="1.0" encoding="UTF-8"?>\n<museScore version="3.01">\n</museScore>\n'

_ENTRY = re.compile(r"[ \t]*<Plugin>.*?</Plugin>[ \t]*\r?\n?", re.DOTALL)
_PATH = re.compile(r"<path>(.*?)</path>", re.DOTALL)
_KEY = re.compile(r"<seq>(.*?)</seq>", re.DOTALL)
_END = re.compile(r"[ \t]*</museScore>")


def is_list(text: str) -> bool:
    """Whether this is a plugin list that can be merged: it has one place to put an entry."""
    return len(_END.findall(text)) == 1


def without(text: str, file_names: frozenset[str]) -> str:
    """The list without the entries for these QML files, wherever they lie."""
    return _ENTRY.sub(
        lambda entry: "" if _file_name(entry.group()) in file_names else entry.group(), text
    )


def with_plugin(text: str, path: str, key: str) -> str:
    """The list with one more entry: the QML file at `path`, loaded and, with a key, bound to it."""
    bound = (
        f"    <SC>\n      <key></key>\n      <seq>{escape(key)}</seq>\n      </SC>\n" if key else ""
    )
    entry = (
        f"  <Plugin>\n    <path>{escape(path)}</path>\n    <load>1</load>\n{bound}    </Plugin>\n"
    )
    newline = "\r\n" if "\r\n" in text else "\n"
    end = _END.search(text)
    assert end is not None
    return text[: end.start()] + entry.replace("\n", newline) + text[end.start() :]


def key_of(text: str, file_name: str) -> str | None:
    """The key bound to a QML file that is listed and loaded, or None."""
    for entry in _ENTRY.findall(text):
        if _file_name(entry) == file_name and "<load>1</load>" in entry:
            found = _KEY.search(entry)
            return unescape(found.group(1)).strip() if found else ""
    return None


def taken_keys(*texts: str) -> frozenset[str]:
    """The keys that some `<seq>` of these files uses, in one spelling."""
    return frozenset(plain_key(unescape(key)) for text in texts for key in _KEY.findall(text))


def plain_key(key: str) -> str:
    """A key in one spelling: "alt+ctrl+m" for "Ctrl+Alt+M"."""
    return "+".join(sorted(key.lower().replace(" ", "").split("+")))


def _file_name(entry: str) -> str:
    found = _PATH.search(entry)
    path = unescape(found.group(1)).strip() if found else ""
    return PurePath(path.replace("\\", "/")).name
