"""The controls of each task in musical words: one table for page, presets and tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from antiphon.bridge.protocol.messages import STYLES, Task
from antiphon.bridge.protocol.wishes import BY_NAME, Word, wishes_of
from antiphon.ui.language import marked as _


class Look(StrEnum):
    """How a control is drawn and what its value is."""

    SLIDER = "slider"  # a number
    NUMBER = "number"  # a whole number
    CHOICE = "choice"  # the value of one of its choices
    TEXT = "text"  # what was typed
    RANGE = "range"  # (lowest, highest) MIDI numbers, 0 and 127 where it is open
    SWITCH = "switch"  # on or off


@dataclass(frozen=True, slots=True)
class Knob:
    """One control: its words, and the values it may take."""

    name: str
    look: Look
    label: str
    hint: str
    plain: Any
    choices: tuple[tuple[Any, str], ...] = ()
    low: float = 0
    high: float = 1
    step: float = 1
    ends: tuple[str, str] = ("", "")
    example: str = ""


_STYLES: dict[str, str] = {
    "folk": _("Folk"), "hymn": _("Hymn"), "chorale": _("Chorale"), "classical": _("Classical"),
    "romantic": _("Romantic"), "jazz": _("Jazz"), "pop": _("Pop"), "rock": _("Rock"),
    "ragtime": _("Ragtime"),
}  # fmt: skip
_OPEN = (("", _("As it comes")),)
_STYLE_CHOICES = tuple((style, _STYLES[style]) for style in STYLES)
_MOODS: tuple[tuple[str, str], ...] = (
    ("", _("As it comes")),
    ("0.7 0.6", _("Joyful")),
    ("0.6 -0.3", _("Serene")),
    ("0.3 -0.7", _("Calm")),
    ("-0.6 -0.5", _("Sad")),
    ("-0.4 0.6", _("Tense")),
    ("0.1 0.9", _("Excited")),
)
_KEYS = (
    "C", "G", "D", "A", "E", "B", "F#", "Db", "Ab", "Eb", "Bb", "F",
    "A minor", "E minor", "B minor", "F# minor", "C# minor", "G# minor", "Eb minor", "Bb minor",
    "F minor", "C minor", "G minor", "D minor",
    "D dorian", "G mixolydian", "F lydian", "E phrygian",
)  # fmt: skip

KNOBS: Mapping[str, Knob] = {
    knob.name: knob
    for knob in (
        Knob(
            "measures", Look.NUMBER, _("Length"),
            _("How many measures are written."), 4, low=1, high=64,
        ),
        Knob(
            "temperature", Look.SLIDER, _("How adventurous"),
            _("To the left you hear what anyone would expect; to the right, surprises."),
            1.0, low=0.4, high=1.8, step=0.1, ends=(_("Safe"), _("Bold")),
        ),
        Knob(
            "density", Look.CHOICE, _("Density"),
            _("How many notes you hear: long and few, or short and many."), 0.0,
            choices=((0.0, _("As it comes")), (0.5, _("Sparse")), (1.0, _("Moderate")),
                     (2.0, _("Busy")), (3.5, _("Very busy"))),
        ),
        Knob(
            "range", Look.RANGE, _("Range"),
            _("The lowest and the highest note you hear."), (0, 127),
        ),
        Knob(
            "key", Look.CHOICE, _("Key"),
            _("The key in which the answer sounds."), "",
            choices=(("", _("As it stands")), *((key, key) for key in _KEYS)),
        ),
        Knob(
            "strict_key", Look.SWITCH, _("Only notes of the key"),
            _("No accidentals: you hear the key's own notes only."), False,
        ),
        Knob(
            "chords", Look.TEXT, _("Chords"),
            _("The answer follows these chords, measure by measure; % repeats a measure."), "",
            example="C | Am F | G7 | C",
        ),
        Knob(
            "style", Look.CHOICE, _("Style"),
            _("The manner in which it is written."), "", choices=_OPEN + _STYLE_CHOICES,
        ),
        Knob(
            "mood", Look.CHOICE, _("Mood"),
            _("Glad or sad, calm or excited: it moves pace, register and mode."), "",
            choices=_MOODS,
        ),
        Knob(
            "keep", Look.CHOICE, _("What stays"),
            _("The variation keeps this of your music."), "rhythm",
            choices=(("rhythm", _("Rhythm")), ("contour", _("Contour")), ("neither", _("Neither"))),
        ),
        Knob(
            "degree", Look.SLIDER, _("How much changes"),
            _("To the left it is nearly your music; to the right hardly any of it is left."),
            0.5, low=0, high=1, step=0.05, ends=(_("A little"), _("A lot")),
        ),
        Knob(
            "as", Look.CHOICE, _("Written as"),
            _("Chord symbols, three lower voices for a choir, or a piano part."), "chords",
            choices=(("chords", _("Chord symbols")), ("satb", _("Choir")), ("piano", _("Piano"))),
        ),
        Knob(
            "texture", Look.CHOICE, _("Instrument"),
            _("Who accompanies."), "piano",
            choices=(("piano", _("Piano")), ("guitar", _("Guitar"))),
        ),
        Knob(
            "meter", Look.CHOICE, _("Meter"),
            _("How the beats are grouped."), "",
            choices=(("", _("As it stands")), *((m, m) for m in
                     ("4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "5/4", "7/8", "2/2"))),
        ),
        Knob(
            "rhythm", Look.TEXT, _("Rhythm"),
            _("Note lengths in quarters, repeated to the end; r is a rest."), "",
            example="1 1/2 1/2 r1 1",
        ),
        Knob(
            "polyphony", Look.CHOICE, _("Notes at once"),
            _("The most notes you hear at the same time in one part."), 0,
            choices=((0, _("As it comes")), (1, "1"), (2, "2"), (3, "3"), (4, "4"), (6, "6")),
        ),
        Knob(
            "into", Look.CHOICE, _("Written into"),
            _("The part that receives the notes."), "", choices=(("", _("A new part")),),
        ),
        Knob(
            "lock_measures", Look.TEXT, _("Measures that stay"),
            _("Printed numbers; click a measure of your music to lock it."), "", example="3,5-6",
        ),
        Knob(
            "model", Look.CHOICE, _("Written by"),
            _("Which model writes; each has its own manner."), "",
            choices=(("", _("The task's own")), ("theory", _("Rules, no model"))),
        ),
    )
}  # fmt: skip

# At most six that everyone sees; the others of the task are folded.
SHOWN: Mapping[Task, tuple[str, ...]] = {
    Task.CONTINUE: ("measures", "temperature", "density", "range", "strict_key", "chords"),
    Task.FILL: ("temperature", "density", "range", "key", "chords", "mood"),
    Task.VARY: ("keep", "degree", "temperature", "density", "range", "style"),
    Task.HARMONIZE: ("as", "temperature", "style", "key", "chords", "mood"),
    Task.BASS: ("style", "density", "temperature", "range", "chords", "mood"),
    Task.DRUMS: ("style", "density", "temperature", "mood"),
    Task.ACCOMPANY: ("texture", "style", "density", "temperature", "chords", "mood"),
    Task.ARRANGE: ("style", "density", "temperature", "key", "chords", "mood"),
    Task.RESTYLE: ("style", "degree", "temperature", "density", "key", "mood"),
    Task.GENERATE: ("measures", "key", "meter", "style", "chords", "temperature"),
}
_FOLDED = ("key", "strict_key", "chords", "style", "mood", "density", "range", "rhythm",
           "polyphony", "into", "lock_measures", "model")  # fmt: skip

TASK_WORDS: Mapping[Task, tuple[str, str]] = {
    Task.CONTINUE: (_("Continue"), _("Goes on where your selection ends.")),
    Task.FILL: (_("Fill"), _("Writes the measures between what stands before and after.")),
    Task.VARY: (_("Vary"), _("Your music again, changed as much as you like.")),
    Task.HARMONIZE: (_("Harmonize"), _("Chords or voices under your melody.")),
    Task.BASS: (_("Bass"), _("A bass line that follows your chords.")),
    Task.DRUMS: (_("Drums"), _("A drum part that fits your rhythm.")),
    Task.ACCOMPANY: (_("Accompany"), _("A piano or a guitar under your melody.")),
    Task.ARRANGE: (_("Arrange"), _("A small band around your melody.")),
    Task.RESTYLE: (_("Restyle"), _("Your tune in another style.")),
    Task.GENERATE: (_("Generate"), _("New music from nothing.")),
}


def _is_taken(task: Task, name: str) -> bool:
    wish = {"mood": "valence"}.get(name, name)
    return task in BY_NAME[wish].tasks


def shown_knobs(task: Task) -> tuple[Knob, ...]:
    """The controls of a task that everyone sees."""
    return tuple(KNOBS[name] for name in SHOWN[task])


def folded_knobs(task: Task) -> tuple[Knob, ...]:
    """The other controls of a task, folded under More."""
    left = [name for name in _FOLDED if name not in SHOWN[task] and _is_taken(task, name)]
    return tuple(KNOBS[name] for name in left)


def plain_values(task: Task) -> dict[str, Any]:
    """The values of a task's controls before anyone touched them."""
    values = {knob.name: knob.plain for knob in (*shown_knobs(task), *folded_knobs(task))}
    if task is Task.RESTYLE:
        values["style"] = "jazz"  # a style has to be said
    return values


def words_of(task: Task, values: Mapping[str, Any]) -> dict[str, Word]:
    """The controls' values in the words of the one table, those left as they were left out."""
    words: dict[str, Word] = {}
    taken = {wish.name for wish in wishes_of(task)}
    for name, value in {**plain_values(task), **values}.items():
        if name not in KNOBS:
            continue
        if name == "mood":
            if value:
                valence, arousal = str(value).split()
                words |= {"valence": float(valence), "arousal": float(arousal)}
        elif name == "range":
            low, high = value
            if (low, high) != (0, 127):
                words["range"] = f"{int(low)}-{int(high)}"
        elif value != KNOBS[name].plain or name in ("style", "measures"):
            words[name] = value
    return {name: value for name, value in words.items() if name in taken}
