"""What an editor's script asks: one staff of a score around the selection, as JSON describes it."""

import re
from dataclasses import dataclass, field, fields

from antiphon.bridge.editors.writing import Ability
from antiphon.bridge.formats.region_json import MAX_DIVISION, MeasureRow, StaffRow
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.protocol.messages import (
    Controls,
    Keep,
    Mood,
    RhythmSlot,
    Setting,
    Task,
    Texture,
)

MAX_OTHERS = 64
MAX_CHORDS = 4_096
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected, over `staves` staves: from `start` to before `end`, in ticks."""

    start: int
    end: int
    staves: int = 1


@dataclass(frozen=True, slots=True)
class Wishes:
    """The controls that a script may set, named as in `Controls`; None leaves the default.

    `first_take` numbers the answer to a task over the selected measures, which are not
    remembered; an answer behind them is the next one by itself.
    """

    measures: int | None = None
    temperature: float | None = None
    strict_key: bool | None = None
    lowest: int | None = None
    highest: int | None = None
    model: str | None = None
    density: float | None = None
    polyphony: int | None = None
    rhythm: tuple[RhythmSlot, ...] | None = None
    chords: tuple[ChordSymbol, ...] | None = None
    key: KeySignature | None = None
    style: str | None = None
    mood: Mood | None = None
    keep: Keep | None = None
    degree: float | None = None
    setting: Setting | None = None
    texture: Texture | None = None
    locked_measures: tuple[int, ...] | None = None
    first_take: int = 0

    def controls(self, ability: Ability) -> Controls:
        """The controls for an editor that can write so much. Raises ValueError."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "first_take"}
        wished = {name: value for name, value in said.items() if value is not None}
        return Controls(tuplets=ability.tuplets, **wished)


@dataclass(frozen=True, slots=True)
class OtherStaff:
    """Another staff of the score in the selected measures: what a task may hear or write into.

    `is_ours` says that it holds our last answer, unchanged, which may be written over.
    """

    staff: int
    part: StaffRow = field(default_factory=StaffRow)
    measures: tuple[MeasureRow, ...] = ()
    is_ours: bool = False

    @property
    def is_free(self) -> bool:
        """Whether an answer may be written here."""
        return self.is_ours or not any(row.notes for row in self.measures)


@dataclass(frozen=True, slots=True)
class Ask:
    """The body of `ask`: one staff of a score around the selection.

    `measures` are the selected ones and those before them, in a row; `destination` those that
    follow, as far as the score goes. Without a selection both are empty. `others` are the other
    staves in the selected measures, `staves` counts all of the score, `chords` are the chord
    symbols over those measures as (tick, text). `words` are controls as a person says them
    (`antiphon.bridge.protocol.wishes`), each as (name, text); they come before `wishes`.
    """

    id: str
    document: str
    staff: int
    division: int
    selection: Selection | None
    measures: tuple[MeasureRow, ...] = ()
    destination: tuple[MeasureRow, ...] = ()
    part: StaffRow = field(default_factory=StaffRow)
    ability: Ability = field(default_factory=Ability)
    wishes: Wishes = field(default_factory=Wishes)
    task: Task = Task.CONTINUE
    editor: str = ""
    plugin: str = ""
    others: tuple[OtherStaff, ...] = ()
    staves: int = 1
    chords: tuple[tuple[int, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    title: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError("the id must be 8 to 64 letters, digits or hyphens")
        if not 0 <= self.staff <= 1_000:
            raise ValueError(f"staff {self.staff}")
        if len(self.others) > MAX_OTHERS or len(self.chords) > MAX_CHORDS:
            raise ValueError(f"over {MAX_OTHERS} staves or {MAX_CHORDS} chord symbols")
        if not 1 <= self.division <= MAX_DIVISION:
            raise ValueError(f"{self.division} ticks in a quarter")
