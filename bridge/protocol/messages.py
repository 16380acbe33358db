"""The messages of Antiphon's protocol: frozen values without any way to travel.

An editor asks with a `Request`; the model side answers with `Progress`, `Take` and `Fault`.
The request's id is chosen by the asker: the same id always has the same answer, so that
repeating a message changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from antiphon.bridge.music.phrase import Phrase

PROTOCOL_VERSION = 1


class Task(StrEnum):
    """What can be asked; the same word in panel, command line, OSC and docs."""

    CONTINUE = "continue"


class Stage(StrEnum):
    """Where a request stands, in the order in which a person sees it."""

    QUEUED = "queued"
    LOADING = "loading"
    WRITING = "writing"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Controls:
    """What the musician asked for; None leaves the choice to the model.

    `measures` is the length of the answer; `lowest` and `highest` bound the pitch (MIDI
    numbers, inclusive); `strict_key` keeps every note in the key; `temperature` is how
    adventurous the answer is (1 is the model's own taste); `tuplets` is False where the
    editor cannot write them; `model` names a model other than the task's own.
    Raises ValueError for values out of range.
    """

    measures: int = 4
    temperature: float = 1.0
    strict_key: bool = False
    lowest: int | None = None
    highest: int | None = None
    tuplets: bool = True
    model: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.measures <= 64:
            raise ValueError(f"measures: {self.measures} is outside 1 to 64")
        if not 0.05 <= self.temperature <= 4.0:
            raise ValueError(f"temperature: {self.temperature} is outside 0.05 to 4")
        for bound in (self.lowest, self.highest):
            if bound is not None and not 0 <= bound <= 127:
                raise ValueError(f"range: {bound} is outside 0 to 127")
        if self.lowest is not None and self.highest is not None and self.highest - self.lowest < 4:
            raise ValueError("range: it must span at least a major third")


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
    its context; for `continue` the answer begins at `region.end`. Takes are numbered from
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
    """One answer: the asked measures only; onset 0 is where the answer begins."""

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
