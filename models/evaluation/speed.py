"""How fast each model answers: first take and eight takes, 4 and 16 measures, beside its floor.

The floor of an answer is the time in which the weights that its operations read could be
moved: the bytes are counted operation by operation while the model answers, in torch and in
numpy (`floor.py`), the bandwidth is
that of a matrix-vector product as large as the model, measured in the same run. Networks of the
rivals' shapes are timed in the same run too, for as many notes as ours wrote.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Controls, Request, Setting, Task
from antiphon.models.catalog import ZOO, Card, catalog
from antiphon.models.encoding.reading import melody_part, tune_files
from antiphon.models.evaluation.asking import request_over
from antiphon.models.evaluation.floor import reading
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.evaluation.rivals import RIVALS, Decoder
from antiphon.models.tasks.identity import input_hash
from antiphon.models.tasks.writers import KINDS, Writer, load_writer
from antiphon.models.weights import one_thread

_PIECES = 6
_LENGTHS = (4, 16)
_TAKES = 8
_REPEATS = 4
_RIVAL_STEPS = 12
_CACHED = 256


def evaluate(folder: Path) -> Report:
    """Speed of every model that answers a task, on pieces of a folder, one thread.

    Raises AntiphonError("unreadable-file") if the folder holds no piece of sixteen measures.
    """
    one_thread()
    phrases, unread = _pieces(folder)
    if not phrases:
        raise AntiphonError("unreadable-file", what=folder.name, why="no long enough piece in it")
    rows: list[tuple[Cell, ...]] = []
    for card in catalog(ZOO):
        if card.about.tasks and card.about.kind in KINDS:
            rows += _model_rows(card, phrases)
    memory = _resident_megabytes()
    columns = ("model", "task", "measures", "first take ms", "8 takes ms", "8 takes / first",
               "floor ms", "first / floor")  # fmt: skip
    ours = Table("Our models, median", columns, tuple(rows), digits=1)
    measured = f"{len(phrases)} pieces, {_REPEATS} answers each figure, one thread."
    notes = (f"Memory of the process with every model loaded: {memory:.0f} MB.",)
    return Report("speed of the models", (ours, _rival_table()), measured, notes, tuple(unread))


def _pieces(folder: Path) -> tuple[list[Phrase], list[str]]:
    phrases: list[Phrase] = []
    unread: list[str] = []
    for path in tune_files(folder):
        if len(phrases) == _PIECES:
            break
        try:
            phrase = read_phrase(path.read_bytes(), path.name)
        except AntiphonError as error:
            unread.append(f"{path.name}: {error.sentence}")
            continue
        if len(phrase.measures) >= 2 * max(_LENGTHS) and melody_part(phrase) is not None:
            phrases.append(phrase)
    return phrases, unread


def _model_rows(card: Card, phrases: list[Phrase]) -> Iterator[tuple[Cell, ...]]:
    writer = load_writer(card)
    for task in _measured_tasks(card):
        for length in _LENGTHS:
            requests = list(_requests(card, task, length, phrases))
            if not requests:
                continue
            for request in requests[:2]:
                _timed(writer, request)
            first = median(_timed(writer, request)[0] for request in requests)
            whole = median(_timed(writer, replace(r, count=_TAKES))[1] for r in requests)
            floor = median(_floor(writer, request, card) for request in requests[:4])
            ratio = first / floor if floor else None
            yield (card.name, task.value, length, first, whole, whole / first, floor, ratio)


def _measured_tasks(card: Card) -> list[Task]:
    """The tasks of a model that are asked about a melody: of the drums model only `drums`."""
    tasks = [Task(name) for name in card.about.tasks]
    return [Task.DRUMS] if card.about.kind == "drums" else tasks


def _requests(card: Card, task: Task, length: int, phrases: list[Phrase]) -> Iterator[Request]:
    setting = Setting.SATB if card.about.kind == "chorale" else Setting.CHORDS
    controls = Controls(measures=length, setting=setting, model=card.name)
    for index in range(_REPEATS):
        phrase = phrases[index % len(phrases)]
        part = melody_part(phrase)
        first = 4 + index % 8
        span = (first, first + length - 1)
        if part is None or span[1] >= len(phrase.measures):
            continue
        if task in (Task.CONTINUE, Task.GENERATE):
            span = (max(0, first - 4), first - 1)
        yield replace(request_over(phrase, part, span, task, controls), seed=index)


def _timed(writer: Writer, request: Request) -> tuple[float, float]:
    """Milliseconds to the first take and to the last one."""
    begun = time.perf_counter()
    first = None
    for _ in writer.takes(request, lambda: False, input_hash(request)):
        first = first or time.perf_counter()
    ended = time.perf_counter()
    return 1e3 * ((first or ended) - begun), 1e3 * (ended - begun)


def _floor(writer: Writer, request: Request, card: Card) -> float:
    """Milliseconds that reading the weights of the first take must cost, 0 where none are read."""
    with reading() as count:
        next(iter(writer.takes(request, lambda: False, input_hash(request))))
    size = 4 * max(card.about.parameters, 250_000)
    return 1e3 * count[0] / _bandwidth(size)


def _bandwidth(size: int) -> float:
    """Bytes a second of a matrix-vector product over `size` bytes of weights, the best of many."""
    matrix, vector = torch.zeros(size // 4 // 512, 512), torch.zeros(512)
    return size / min(_seconds(lambda: matrix @ vector) for _ in range(30))


def _resident_megabytes() -> float:
    import resource  # noqa: PLC0415 - not there on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _seconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _rival_table() -> Table:
    rows: list[tuple[Cell, ...]] = []
    for shape in RIVALS:
        network = Decoder(shape).eval()
        with torch.inference_mode():
            one, many = (_step_ms(network, batch) for batch in (1, _TAKES))
        tokens = 24 * shape.tokens_per_note
        rows.append(
            (shape.name, network.count() / 1e6, one, many, one * tokens, many * tokens, many / one)
        )
        del network
    columns = ("network, random weights", "M weights", "step ms", "step of 8 ms",
               "24 notes ms", "24 notes × 8 ms", "8 takes / first")  # fmt: skip
    return Table("Rivals' shapes, the same thread, 256 tokens cached", columns, tuple(rows), 1)


def _step_ms(network: Decoder, batch: int) -> float:
    tokens, past = torch.zeros(batch, dtype=torch.long), network.past(batch, _CACHED)
    network.step(tokens, past)
    return 1e3 * median(_seconds(lambda: network.step(tokens, past)) for _ in range(_RIVAL_STEPS))
