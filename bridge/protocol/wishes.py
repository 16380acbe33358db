"""The words of a request, in one table: what each is called, what it says, which tasks take it.

Command line, OSC and files use these names as they are (the command line writes --strict-key
for strict_key); `controls_of` and `given_over` make `Controls` of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.music.typed import (
    chord_measures,
    parse_chords,
    parse_key,
    parse_meter,
    parse_numbers,
    parse_range,
    parse_rhythm,
    repeated,
)
from antiphon.bridge.protocol.asked import FOLLOWING
from antiphon.bridge.protocol.messages import (
    STYLES,
    Controls,
    Keep,
    Mood,
    RhythmSlot,
    Setting,
    Task,
    Texture,
)

Kind = Literal["text", "integer", "number", "switch"]
Word = str | int | float | bool
Words = Mapping[str, Word]
_Value = TypeVar("_Value")
_Choice = TypeVar("_Choice", Keep, Setting, Texture)

_ALL = frozenset(Task)
_FILLING = _ALL - FOLLOWING
_PITCHED = _ALL - {Task.DRUMS}


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish: its word, kind, default (which means "not said"), help, tasks and placeholder."""

    name: str
    kind: Kind
    default: Word
    doc: str
    tasks: frozenset[Task] = _ALL
    sign: str = ""

    @property
    def option(self) -> str:
        """The word as the command line writes it."""
        return f"--{self.name.replace('_', '-')}"


# What a request could always say; these come first in every list of arguments.
FIRST: tuple[Wish, ...] = (
    Wish("measures", "integer", 4, "length of the answer in measures, 1 to 64", FOLLOWING, "N"),
    Wish("takes", "integer", 1, "how many answers, 1 to 16", sign="N"),
    Wish("seed", "integer", 0, "same seed, same notes", sign="S"),
    Wish("first_take", "integer", 0, "number of the first answer, from 0", sign="N"),
    Wish("temperature", "number", 1.0, "how adventurous, 0.05 to 4", sign="T"),
    Wish("strict_key", "switch", False, "use the key's own notes only"),
    Wish("from", "text", "", "printed number of the first measure", sign="M"),
    Wish("to", "text", "", "printed number of the last measure", sign="M"),
    Wish("part", "text", "", "name, id or number of the part", sign="PART"),
)
LATER: tuple[Wish, ...] = (
    Wish("range", "text", "", "lowest and highest note: C3-G5 or 48-79", _PITCHED, "LOW-HIGH"),
    Wish("density", "number", 0.0, "notes a quarter, 0.05 to 8; 0 leaves it open", sign="D"),
    Wish("polyphony", "integer", 0, "most notes at once, 1 to 16; 0 leaves it open", sign="N"),
    Wish(
        "rhythm",
        "text",
        "",
        "the rhythm in quarters, “1 1/2 1/2 r1 2” (r is a rest), repeated to the end",
        _ALL - {Task.HARMONIZE},
        "RHYTHM",
    ),
    Wish("chords", "text", "", "the chords, measure by measure: “C | Am F | G7”", sign="CHORDS"),
    Wish("key", "text", "", "the key: “G”, “F# minor”, “D dorian”", sign="KEY"),
    Wish("meter", "text", "", "the meter: 6/8", frozenset({Task.GENERATE}), "METER"),
    Wish("style", "text", "", f"one of: {', '.join(STYLES)}", sign="STYLE"),
    Wish("valence", "number", 0.0, "the mood from -1 (sad) to 1 (glad)", sign="V"),
    Wish("arousal", "number", 0.0, "the mood from -1 (calm) to 1 (excited)", sign="A"),
    Wish("keep", "text", Keep.RHYTHM.value, f"what stays: {', '.join(Keep)}",
         frozenset({Task.VARY}), "WHAT"),
    Wish("degree", "number", 0.5, "how much changes, 0 to 1",
         frozenset({Task.VARY, Task.RESTYLE}), "D"),
    Wish("as", "text", Setting.CHORDS.value, f"harmony as one of: {', '.join(Setting)}",
         frozenset({Task.HARMONIZE}), "HOW"),
    Wish("texture", "text", Texture.PIANO.value, f"one of: {', '.join(Texture)}",
         frozenset({Task.ACCOMPANY}), "WHAT"),
    Wish("into", "text", "", "name, id or number of the part to write in, instead of a new one",
         frozenset({Task.HARMONIZE, Task.BASS, Task.DRUMS, Task.ACCOMPANY}), "PART"),
    Wish("lock_measures", "text", "", "measures that stay as they are: 3,5-6", _FILLING,
         "MEASURES"),
    Wish("lock_notes", "text", "", "measures whose notes stay, of a part: 3,5-6 or Alto:3-4",
         _FILLING, "MEASURES"),
    Wish("model", "text", "", "a model other than the task's own", sign="NAME"),
)  # fmt: skip
WISHES: tuple[Wish, ...] = (*FIRST, *LATER)
BY_NAME: Mapping[str, Wish] = {wish.name: wish for wish in WISHES}


def wishes_of(task: Task) -> tuple[Wish, ...]:
    """The wishes that a task takes, in the order of the table."""
    return tuple(wish for wish in WISHES if task in wish.tasks)


class Said:
    """What was said to a task: the words it takes, and the default for all others."""

    def __init__(self, task: Task, words: Words) -> None:
        self.task = task
        self._words = {w.name: words[w.name] for w in wishes_of(task) if w.name in words}

    def value(self, name: str) -> Word:
        """The value of a word, its default where it was not said."""
        return self._words.get(name, BY_NAME[name].default)

    def text(self, name: str) -> str:
        """A word of kind text, without surrounding space; "" where it was not said."""
        return str(self.value(name)).strip()

    def number(self, name: str) -> float:
        """A word that is a number."""
        return float(self.value(name))

    def integer(self, name: str) -> int:
        """A word that is a whole number."""
        return int(self.value(name))


def controls_of(said: Said) -> Controls:
    """The controls that need no music to be understood.

    Chords longer than the answer lengthen it where its length is free. Raises
    ValueError("word: why").
    """
    lowest, highest = _read(said, "range", parse_range) or (None, None)
    valence, arousal = said.number("valence"), said.number("arousal")
    controls = Controls(
        measures=_measures(said),
        temperature=said.number("temperature"),
        strict_key=bool(said.value("strict_key")),
        lowest=lowest,
        highest=highest,
        model=said.text("model") or None,
        density=said.number("density") or None,
        polyphony=said.integer("polyphony") or None,
        key=_read(said, "key", parse_key),
        meter=_read(said, "meter", parse_meter),
        style=said.text("style") or None,
        mood=Mood(valence, arousal) if valence or arousal else None,
        keep=_one_of(said, "keep", Keep),
        degree=said.number("degree"),
        setting=_one_of(said, "as", Setting),
        texture=_one_of(said, "texture", Texture),
    )
    if said.task is Task.RESTYLE and controls.style is None:
        raise ValueError(f"style: say one of {', '.join(STYLES)}")
    return controls


def given_over(
    controls: Controls,
    said: Said,
    measures: tuple[Measure, ...],
    meters: tuple[TimeSignature, ...],
) -> Controls:
    """The controls with the chords and the rhythm that were said for the answer's measures.

    Raises ValueError("word: why").
    """
    chords = _read(said, "chords", lambda text: parse_chords(text, measures, meters)) or ()
    rhythm = _read(said, "rhythm", parse_rhythm)
    slots: tuple[RhythmSlot, ...] = ()
    if rhythm:
        slots = tuple(RhythmSlot(*slot) for slot in repeated(rhythm, measures[-1].end))
    return replace(controls, chords=chords, rhythm=slots)


def locked_indices(text: str, measures: tuple[Measure, ...]) -> tuple[int, ...]:
    """The answer's measures (from 0) that a list of printed numbers names.

    Raises ValueError for a number that the answer does not hold.
    """
    numbers = [measure.number for measure in measures]
    found: set[int] = set()
    for first, last in parse_numbers(text):
        for number in (first, last):
            if number not in numbers:
                inside = f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else numbers[0]
                raise ValueError(f"measure {number[:20]} is not in the answer, which has {inside}")
        found.update(range(numbers.index(first), numbers.index(last) + 1))
    return tuple(sorted(found))


def _measures(said: Said) -> int:
    count = said.integer("measures")
    if said.task in FOLLOWING and said.text("chords"):
        count = max(count, len(_read(said, "chords", chord_measures) or ()))
    return count


def _one_of(said: Said, name: str, words: type[_Choice]) -> _Choice:
    try:
        return words(said.text(name))
    except ValueError:
        raise ValueError(f"{name}: it is one of {', '.join(words)}") from None


def _read(said: Said, name: str, parse: Callable[[str], _Value]) -> _Value | None:
    """What the word's text says, None where it was not said. Raises ValueError("word: why")."""
    text = said.text(name)
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
