"""How well measures that were generated can be told from real ones, model by model.

For each task, held-out pieces are asked of each model and of the rules; a small classifier is
trained to tell their measures from the real ones of the same pieces and judged on pieces it
did not see (five folds). Its area under the curve is 0.5 where it cannot tell. The classifier
also judges whether ranking by the GAN's critic helps: how often the critic's choice among
sixteen measures looks more real to it than one taken at random.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.protocol.asked import FOLLOWING, answer_start
from antiphon.bridge.protocol.messages import Controls, Request, Task
from antiphon.models.catalog import ZOO, Card, catalog
from antiphon.models.encoding.reading import melody_part
from antiphon.models.evaluation.asking import request_over
from antiphon.models.evaluation.held_out import Piece, held_out_pieces
from antiphon.models.evaluation.measure_features import features
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.tasks.identity import input_hash
from antiphon.models.tasks.writers import KINDS, Writer, load_writer
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.theory.frame import stated_key
from antiphon.models.weights import one_thread

RULES = "theory"
MEASURES = 4
_PIECES = 20
_WINDOWS = 2
_FOLDS = 5
_STEPS = 300
Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trial:
    """What is judged of a task: which part is the real one, out of which sources."""

    task: Task
    sources: tuple[str, ...]
    real: Callable[[Phrase], Part | None]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows of real measures and of generated ones, each with the number of its piece."""

    real: Rows
    made: Rows
    real_piece: NDArray[np.int64]
    made_piece: NDArray[np.int64]


def _drums(phrase: Phrase) -> Part | None:
    return next((p for p in phrase.parts if p.is_drums and p.notes), None)


def _piano(phrase: Phrase) -> Part | None:
    named = [p for p in phrase.parts if "piano" in p.name.lower() and p.notes and not p.is_drums]
    return named[0] if named and named[0] is not melody_part(phrase) else None


def _bass(phrase: Phrase) -> Part | None:
    return next((p for p in phrase.parts if 32 <= p.program < 40 and p.notes), None)


TRIALS = (
    Trial(Task.CONTINUE, ("nottingham-midi", "openewld", "pop909"), melody_part),
    Trial(Task.FILL, ("nottingham-midi", "openewld", "pop909"), melody_part),
    Trial(Task.DRUMS, ("game-drums",), _drums),
    Trial(Task.BASS, ("game",), _bass),
    Trial(Task.ACCOMPANY, ("pop909",), _piano),
)


def evaluate(folder: Path) -> Report:
    """The table of every model and task over a folder. Raises AntiphonError("unreadable-file")."""
    one_thread()
    rows: list[tuple[Cell, ...]] = []
    for trial in TRIALS:
        pieces = [
            p for p in held_out_pieces(folder, trial.sources, _PIECES) if trial.real(p.phrase)
        ]
        asked = [
            (index, request, part)
            for index, piece in enumerate(pieces)
            for request, part in _asked(trial, piece)
        ]
        if len({index for index, _, _ in asked}) >= _FOLDS:
            rows += _judged(trial, asked)
    if not rows:
        raise AntiphonError("unreadable-file", what=folder.name, why="too little music in it")
    columns = ("model", "task", "measures", "AUC", "real looks", "made looks")
    table = Table("Telling generated measures from real ones (0.5 is the dream)", columns,
                  tuple(rows))  # fmt: skip
    where = f"{MEASURES} measures asked up to {_WINDOWS} times a piece; five folds by piece."
    return Report("critic", (table,), where)


def _asked(trial: Trial, piece: Piece) -> list[tuple[Request, Part]]:
    """Requests over some windows of a piece with the real part, which is not sent along."""
    real = trial.real(piece.phrase)
    assert real is not None
    phrase, own = piece.phrase, real
    if trial.task not in (Task.CONTINUE, Task.FILL):
        heard = tuple(part for part in phrase.parts if part is not real)
        found = melody_part(replace(phrase, parts=heard))
        if found is None:
            return []
        phrase, own = replace(phrase, parts=heard), found
    requests = []
    for number in range(_WINDOWS):
        first = 8 + number * (len(phrase.measures) - 16) // _WINDOWS
        span = (first, first + MEASURES - 1)
        if first < 8 or span[1] + 1 >= len(phrase.measures):
            continue
        asked = (max(0, first - 8), first - 1) if trial.task in FOLLOWING else span
        source = phrase
        if trial.task is Task.FILL:
            source = _without(phrase, own, span)
        own_now = next(part for part in source.parts if part.id == own.id)
        controls = Controls(measures=MEASURES)
        requests.append((request_over(source, own_now, asked, trial.task, controls), real))
    return requests


def _without(phrase: Phrase, part: Part, span: tuple[int, int]) -> Phrase:
    start, end = phrase.measures[span[0]].onset, phrase.measures[span[1]].end
    kept = replace(part, notes=tuple(n for n in part.notes if n.end <= start or n.onset >= end))
    return replace(phrase, parts=tuple(kept if p is part else p for p in phrase.parts))


def _judged(trial: Trial, asked: Sequence[tuple[int, Request, Part]]) -> list[tuple[Cell, ...]]:
    makers: dict[str, Callable[[Request], Phrase | None]] = {
        RULES: lambda request: answer_by_rules(request, 0)
    }
    for card in catalog(ZOO):
        is_apt = card.about.kind != "drums" or trial.task is Task.DRUMS
        if card.serves(trial.task) and card.about.kind in KINDS and is_apt:
            makers[card.name] = _maker(load_writer(card), card)
    rows: list[tuple[Cell, ...]] = []
    for name, make in makers.items():
        pairs = pairs_of(asked, make)
        if len(pairs.made) < 2 * _FOLDS:
            continue
        real, made = looks(pairs)
        rows.append((
            name, trial.task.value, len(made), area(real, made), float(real.mean()),
            float(made.mean()),
        ))  # fmt: skip
    return rows


def _maker(writer: Writer, card: Card) -> Callable[[Request], Phrase | None]:
    def make(request: Request) -> Phrase | None:
        named = replace(request, controls=replace(request.controls, model=card.name))
        return next(iter(writer.takes(named, lambda: False, input_hash(named))))[1]

    return make


def pairs_of(
    asked: Sequence[tuple[int, Request, Part]], make: Callable[[Request], Phrase | None]
) -> Pairs:
    """The measures of the answers and the real ones at the same places."""
    real: list[tuple[Rows, int]] = []
    made: list[tuple[Rows, int]] = []
    for index, request, part in asked:
        try:
            answer = make(request)
        except AntiphonError:
            continue  # silence cannot be gone on from, and is not measured
        if answer is None or not answer.parts:
            continue
        start = request.phrase_start + answer_start(request)
        key = stated_key(request)
        for measure in answer.measures:
            own = features(answer.parts[0], measure, key)
            true = features(part, replace(measure, onset=measure.onset + start), key)
            made += [(own, index)] if own is not None else []
            real += [(true, index)] if true is not None else []
    if not real or not made:
        return _nothing()
    (real_rows, real_piece), (made_rows, made_piece) = _stacked(real), _stacked(made)
    return Pairs(real_rows, made_rows, real_piece, made_piece)


def _nothing() -> Pairs:
    empty, none = np.zeros((0, 1), np.float32), np.zeros(0, np.int64)
    return Pairs(empty, empty, none, none)


def _stacked(rows: Sequence[tuple[Rows, int]]) -> tuple[Rows, NDArray[np.int64]]:
    return np.stack([row for row, _ in rows]), np.array([n for _, n in rows])


def looks(pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How real (0 … 1) each real and each generated measure looks to a classifier.

    Each measure is judged by one that was trained on other pieces.
    """
    real, made = np.zeros(len(pairs.real)), np.zeros(len(pairs.made))
    for fold in range(_FOLDS):
        outside = (pairs.real_piece % _FOLDS != fold, pairs.made_piece % _FOLDS != fold)
        judge = classifier(pairs.real[outside[0]], pairs.made[outside[1]])
        real[~outside[0]] = judge(pairs.real[~outside[0]])
        made[~outside[1]] = judge(pairs.made[~outside[1]])
    return real, made


def classifier(real: Rows, made: Rows, seed: int = 1) -> Callable[[Rows], NDArray[np.float64]]:
    """A small network that tells two kinds of rows apart; gives the chance of the first kind."""
    torch.manual_seed(seed)
    rows = torch.from_numpy(np.concatenate([real, made]))
    truth = torch.cat([torch.ones(len(real)), torch.zeros(len(made))])
    weight = torch.where(truth > 0, 0.5 / max(1, len(real)), 0.5 / max(1, len(made)))
    mean, spread = rows.mean(0), rows.std(0) + 0.1
    network = nn.Sequential(
        nn.Linear(rows.shape[1], 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1)
    )
    rate = torch.optim.Adam(network.parameters(), 3e-3, weight_decay=1e-3)
    for _ in range(_STEPS):
        found = network((rows - mean) / spread).squeeze(-1)
        losses = nn.functional.binary_cross_entropy_with_logits(found, truth, reduction="none")
        rate.zero_grad()
        torch.autograd.backward((losses * weight).sum())
        rate.step()
    network.eval()

    def judge(these: Rows) -> NDArray[np.float64]:
        if not len(these):
            return np.zeros(0)
        with torch.inference_mode():
            logits: Tensor = network((torch.from_numpy(these) - mean) / spread)
        chances: NDArray[np.float64] = logits.squeeze(-1).sigmoid().double().numpy()
        return chances

    return judge


def area(real: NDArray[np.float64], made: NDArray[np.float64]) -> float:
    """The area under the curve: how often a real measure looks more real than a generated one."""
    wins = (real[:, None] > made[None, :]).mean() + 0.5 * (real[:, None] == made[None, :]).mean()
    return float(wins)
