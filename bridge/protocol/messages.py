"""The messages of Antiphon's protocol: frozen values without any way to travel.

An editor asks with a `Request`; the model side answers with `Progress`, `Take` and `Fault`.
The request's id is chosen by the asker: the same id always has the same answer, so that
repeating a message changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.music.time import TimeSignature

PROTOCOL_VERSION = 1
STYLES = ("folk", "hymn", "chorale", "classical", "romantic", "jazz", "pop", "rock", "ragtime")
MAX_LOCKED = 4_096
MAX_GIVEN = 4_096


class Task(StrEnum):
    """What can be asked; the same word in panel, command line, OSC and docs."""

    GENERATE = "generate"
    CONTINUE = "continue"
    FILL = "fill"
    VARY = "vary"
    HARMONIZE = "harmonize"
    BASS = "bass"
    DRUMS = "drums"
    ACCOMPANY = "accompany"
    ARRANGE = "arrange"
    RESTYLE = "restyle"


class Keep(StrEnum):
    """What a variation keeps of its model."""

    RHYTHM = "rhythm"
    CONTOUR = "contour"
    NEITHER = "neither"


class Setting(StrEnum):
    """How a melody is harmonized: chord symbols, three lower voices, or a piano."""

    CHORDS = "chords"
    SATB = "satb"
    PIANO = "piano"


class Texture(StrEnum):
    """The instrument of an accompaniment."""

    PIANO = "piano"
    GUITAR = "guitar"


class Stage(StrEnum):
    """Where a request stands, in the order in which a person sees it."""

    QUEUED = "queued"
    LOADING = "loading"
    WRITING = "writing"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Mood:
    """A mood: valence from -1 (sad) to 1 (glad), arousal from -1 (calm) to 1 (excited)."""

    valence: float
    arousal: float

    def __post_init__(self) -> None:
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            raise ValueError("mood: valence and arousal lie between -1 and 1")


@dataclass(frozen=True, slots=True)
class RhythmSlot:
    """One place of a given rhythm: onset and duration in quarters, onset 0 the answer's start."""

    onset: Fraction
    duration: Fraction

    def __post_init__(self) -> None:
        if self.onset < 0 or self.duration <= 0:
            raise ValueError("rhythm: a note begins in the answer and lasts")


@dataclass(frozen=True, slots=True)
class LockedNote:
    """A note that must stand in the answer; its onset 0 is the answer's start.

    `part_id` names a part of the answer (`antiphon.bridge.protocol.asked.asked_parts`); empty
    means its first one.
    """

    note: Note
    part_id: str = ""


@dataclass(frozen=True, slots=True)
class Controls:
    """What the musician asked for; None or empty leaves the choice to the model.

    Hard, kept in every answer: `lowest` and `highest` (MIDI numbers, inclusive) bound the pitch;
    `strict_key` keeps every note in the key; `tuplets` is False where the editor cannot write
    them; `polyphony` is the most notes that sound at once in one part; `rhythm` fixes the onsets
    and durations of the answer's first part (of its melody); `chords` are given chord symbols,
    onset 0 the answer's start: the answer's own chords hold them, and a pitched note that begins
    where one begins belongs to it; `locked_notes` stand in the answer as they are;
    `locked_measures` are measures of the answer, from 0, in which every part stays as it stands.

    Soft, steering: `measures` is the length of an answer that follows or stands alone (a task
    over a region fills the region); `temperature` is how adventurous (1 is the model's own
    taste); `density` wanted onsets a quarter; `key` and `meter` of music made from nothing (and
    `key` in place of the one in force); `style` one of `STYLES`; `mood`; `keep` and `degree` say
    what a variation keeps and how much of it changes (0 nothing, 1 all), `degree` also how far
    a restyling goes; `setting` and `texture` what is written; `into` the part to write in
    instead of a new one; `model` a model other than the task's own.
    Raises ValueError for values out of range.
    """

    measures: int = 4
    temperature: float = 1.0
    strict_key: bool = False
    lowest: int | None = None
    highest: int | None = None
    tuplets: bool = True
    model: str | None = None
    density: float | None = None
    polyphony: int | None = None
    rhythm: tuple[RhythmSlot, ...] = ()
    chords: tuple[ChordSymbol, ...] = ()
    key: KeySignature | None = None
    meter: TimeSignature | None = None
    style: str | None = None
    mood: Mood | None = None
    keep: Keep = Keep.RHYTHM
    degree: float = 0.5
    setting: Setting = Setting.CHORDS
    texture: Texture = Texture.PIANO
    into: str | None = None
    locked_notes: tuple[LockedNote, ...] = ()
    locked_measures: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("measures", self.measures, 1, 64),
            ("temperature", self.temperature, 0.05, 4),
            ("density", self.density, 0.05, 8),
            ("polyphony", self.polyphony, 1, 16),
            ("degree", self.degree, 0, 1),
        ):
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name}: {value} is outside {low} to {high}")
        for bound in (self.lowest, self.highest):
            if bound is not None and not 0 <= bound <= 127:
                raise ValueError(f"range: {bound} is outside 0 to 127")
        if self.lowest is not None and self.highest is not None and self.highest - self.lowest < 4:
            raise ValueError("range: it must span at least a major third")
        if self.style is not None and self.style not in STYLES:
            raise ValueError(f"style: {self.style[:40]} is not one of {', '.join(STYLES)}")
        if any(not 0 <= measure < 512 for measure in self.locked_measures):
            raise ValueError("locked measures: they are counted from 0")
        if len(self.locked_notes) > MAX_LOCKED:
            raise ValueError(f"locked notes: more than {MAX_LOCKED}")
        if max(len(self.rhythm), len(self.chords)) > MAX_GIVEN:
            raise ValueError(f"rhythm and chords: more than {MAX_GIVEN}")


@dataclass(frozen=True, slots=True)
class Region:
    """Where a request came from: a span of some parts of a document, in quarters.

    `revision` is the editor's own hash of that span; the editor compares it again before
    it writes.
    """

    document_id: str
    revision: str
    part_ids: tuple[str, ...]
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class Request:
    """One question: a task, the region, and the phrase around it.

    `phrase` begins at `phrase_start` quarters of the document and holds the selection with
    its context on both sides, in every part that the task may hear. Which measures and parts
    the answer holds is told by `antiphon.bridge.protocol.asked`. Takes are numbered from
    `first_take`, and take n depends on the seed, on n and on the music alone.
    """

    id: str
    task: Task
    region: Region
    phrase: Phrase
    phrase_start: Fraction = Fraction(0)
    controls: Controls = Controls()
    seed: int = 0
    first_take: int = 0
    count: int = 1
    deadline_seconds: float = 20.0

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 16:
            raise ValueError(f"takes: {self.count} is outside 1 to 16")
        if self.first_take < 0:
            raise ValueError("takes are numbered from 0")
        if not 0 < self.deadline_seconds <= 600:
            raise ValueError(f"deadline: {self.deadline_seconds} s is outside 0 to 600")


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a take came about; the same receipt gives the same notes.

    `model_hash` is the SHA-256 of the weights ("" for rules), `input_hash` that of the
    request's music and controls, `sources` names the training data, `longest_run` the
    longest run of notes shared with one training piece and `longest_run_in` that piece.
    """

    model: str
    model_hash: str
    seed: int
    take: int
    input_hash: str
    controls: Controls
    sources: tuple[str, ...] = ()
    longest_run: int = 0
    longest_run_in: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing worth saying about a take, as a code for translation and as a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Take:
    """One answer: the asked measures and parts only; onset 0 is where the answer begins."""

    request_id: str
    number: int
    phrase: Phrase
    receipt: Receipt
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a request is: its stage and the fraction done, 0 … 1."""

    request_id: str
    stage: Stage
    fraction: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A request's end without an answer: code, sentence and remedy of `antiphon.bridge.errors`."""

    request_id: str
    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop working on a request; harmless if it is done or unknown."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Done:
    """All takes of a request have been sent."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The model host can answer: its engine ("torch" or "theory") and the models it serves."""

    engine: str
    models: tuple[str, ...]


Message = Request | Take | Progress | Fault | Cancel | Done | Ready
