"""What the panel says, in the language of the person: English, 简体中文, and a long one for tests.

A sentence in the code is English and is its own key; gaps are named in braces.
"""

import locale
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ENGLISH, CHINESE, LONG = "en", "zh_CN", "long"
SYSTEM = "system"
# The names by which their own readers know them.
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", CHINESE: "简体中文"}

_WORD = re.compile(r"\{[^}]*\}|[^{}]+")


def marked(text: str) -> str:
    """The text itself; says that it will be translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Say:
    """Says an English sentence in one language: `say("Take {number}", number=2)`.

    A sentence without a translation is said in English. Raises KeyError for a gap that is
    not filled.
    """

    code: str
    table: Mapping[str, str]
    change: Callable[[str], str] = str

    def __call__(self, text: str, **gaps: object) -> str:
        """The sentence in this language, its gaps filled."""
        return self.change(self.table.get(text, text)).format(**gaps)


def speaking(code: str) -> Say:
    """What says things in the language of that code; the system's own for `SYSTEM`."""
    if code == SYSTEM:
        code = system_language()
    if code == CHINESE:
        from antiphon.ui.language.chinese import WORDS  # noqa: PLC0415

        return Say(CHINESE, WORDS)
    if code == LONG:
        return Say(LONG, {}, lengthened)
    return Say(ENGLISH, {})


def system_language() -> str:
    """The code of the language this computer speaks, English where it is another one."""
    try:
        name = locale.getlocale()[0] or ""
    except ValueError:
        name = ""
    return CHINESE if name.lower().startswith(("zh", "chinese")) else ENGLISH


def lengthened(text: str) -> str:
    """The text about 40 % longer, its gaps as they are: what clips here clips in German."""
    return "".join(_longer(piece) for piece in _WORD.findall(text))


def _longer(piece: str) -> str:
    if piece.startswith("{"):
        return piece
    letters = sum(letter.isalpha() for letter in piece)
    due, out = 0.0, []
    for letter in piece:
        out.append(letter)
        if letter.isalpha():
            due += 0.4 if letters > 2 else 0
            if due >= 1:
                out.append("ö" if letter in "aeiou" else letter.lower())
                due -= 1
    return "".join(out)
