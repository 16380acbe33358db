"""The chords model beside a hidden Markov model, templates and the human hand, on held-out tunes.

`python -m antiphon.models.evaluation chords --on FOLDER` prints it; FOLDER holds the data sets,
or any lead sheets with chord symbols.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812

from antiphon.bridge.errors import AntiphonError
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding import halves as grid
from antiphon.models.evaluation.harmony_baselines import HiddenMarkov, Pair, Template
from antiphon.models.evaluation.harmony_metrics import HarmonyFigures, figures_of, mean_of
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.tasks.chords_reading import (
    LoadedChords,
    Sight,
    likeliest,
    load_chords,
    logits_of,
    sampled,
)
from antiphon.models.training.chords_data import Origin, Sheet, read_sheets, sheets_in

_SUFFIXES = (".mxl", ".musicxml", ".xml", ".abc")
_HUMAN, _SAFE, _DRAWN, _HMM, _TEMPLATE = "human", "safe", "sampled", "HMM", "template"
_NAMES = {
    _HUMAN: "as written", _SAFE: "chords, safe reading", _DRAWN: "chords, sampled",
    _HMM: "hidden Markov model", _TEMPLATE: "templates",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One tune as read by everyone: chords and log-chances by reader, and nats of what is written.

    `chances` holds (halves, symbols) with every chord hidden.
    """

    sheet: Sheet
    readings: dict[str, NDArray[np.int64]]
    chances: dict[str, NDArray[np.float64]]
    nats: dict[str, float]


def evaluate(folder: Path | None) -> Report:
    """The report on the test side of the data sets below `folder`, or on any lead sheets there.

    Raises AntiphonError("no-weights") without the model, "unreadable-file" without a tune.
    """
    card = next((c for c in catalog() if c.about.kind == "chords"), None)
    if card is None:
        raise AntiphonError("no-weights", model="chords")
    return report_on(card, folder or Path())


def report_on(card: Card, folder: Path) -> Report:
    """The report of one card's model."""
    model = load_chords(card)
    unread: list[str] = []
    sheets = read_sheets(folder, unread.append)
    seen = "none of them seen in training" if sheets else "which training may have seen"
    sheets = sheets or _anyones(folder, unread)
    sides = {side: [s for s in sheets if s.split == side] for side in ("train", "valid", "test")}
    test = sides["test"] or sheets
    if not test:
        why = "no lead sheet with chord symbols was found"
        raise AntiphonError("unreadable-file", what=str(folder), why=why)
    baselines: dict[str, Template | HiddenMarkov] = {}
    if sides["train"] and sides["valid"]:
        train, valid = _pairs(sides["train"]), _pairs(sides["valid"])
        baselines[_HMM] = HiddenMarkov.fitted(train, valid)
        baselines[_TEMPLATE] = Template.fitted(train, valid)
    judged = [judge(sheet, model, baselines) for sheet in test]
    return Report(
        "chords", tuple(_tables(judged)),
        f"{len(test)} tunes, {sum(len(s.chords) for s in test)} half measures, {seen}; "
        "one chord a half measure.",
        notes=(
            "The style is not told to the model except in the row that says so. Nats a half: the "
            "chance of all written chords together, read from first to last.",
        ),
        unread=tuple(unread),
    )  # fmt: skip


def judge(
    sheet: Sheet, model: LoadedChords, baselines: dict[str, Template | HiddenMarkov]
) -> Judged:
    """One tune read by the model and by the baselines."""
    network = model.network
    rows = grid.features_of(replace(sheet.tune, style=None))
    hidden = np.full(len(rows), grid.UNKNOWN)
    bias = np.zeros((len(rows), grid.SYMBOLS))
    sight = Sight(rows, hidden, bias)
    random = np.random.default_rng(0)
    readings = {
        _HUMAN: sheet.chords,
        _SAFE: likeliest(network, sight),
        _DRAWN: sampled(network, sight, 1.0, random),
    }
    chances = {_SAFE: logits_of(network, rows, hidden)}
    nats = {
        _SAFE: chain_nats(model, rows, sheet.chords),
        "told": chain_nats(model, grid.features_of(sheet.tune), sheet.chords),
    }
    for name, baseline in baselines.items():
        readings[name] = baseline.reading(rows)
        chances[name] = baseline.marginals(rows)
        nats[name] = baseline.nats(rows, sheet.chords)[0]
    return Judged(sheet, readings, chances, nats)


def chain_nats(model: LoadedChords, rows: NDArray[np.float32], chords: NDArray[np.int64]) -> float:
    """Nats of the known chords of a tune together: each given the melody and those before it."""
    known = np.flatnonzero(chords < grid.SYMBOLS)
    total = 0.0
    with torch.inference_mode():
        for first in range(0, len(known), 32):
            at = known[first : first + 32]
            given = np.tile(chords, (len(at), 1))
            given[np.arange(len(chords))[None] >= at[:, None]] = grid.UNKNOWN
            batch = torch.from_numpy(rows)[None].expand(len(at), -1, -1)
            logits = model.network(batch, torch.from_numpy(given))[torch.arange(len(at)), at]
            wanted = torch.from_numpy(chords[at])
            total += float(F.cross_entropy(logits.double(), wanted, reduction="sum"))
    return total


def figures(judged: Judged, reader: str) -> HarmonyFigures:
    """The six figures of one reading, on the halves whose chord is known."""
    symbols = judged.readings[reader]
    spans, names = [], []
    for half, symbol, human in zip(
        judged.sheet.tune.halves, symbols, judged.readings[_HUMAN], strict=True
    ):
        if human < grid.SYMBOLS:
            spans.append((half.onset, half.end, grid.tones_of(int(symbol))))
            names.append(int(symbol))
    return figures_of(judged.sheet.tune.notes, spans, names)


def accuracy(judged: Sequence[Judged], reader: str) -> tuple[float, float, float, float]:
    """Shares of halves with the written root, triad, chord, and chord among the three likeliest."""
    hits = np.zeros(4)
    total = 0
    for one in judged:
        known = np.flatnonzero(one.sheet.chords < grid.NO_CHORD)
        wanted, found = one.sheet.chords[known], one.readings[reader][known]
        best = np.argsort(-one.chances[reader][known], 1)[:, :3]
        is_chord = found < grid.NO_CHORD
        triads = [_triad(int(a)) == _triad(int(b)) for a, b in zip(wanted, found, strict=True)]
        hits += [
            (is_chord & (wanted % 12 == found % 12)).sum(), sum(triads), (wanted == found).sum(),
            (best == wanted[:, None]).any(1).sum(),
        ]  # fmt: skip
        total += len(known)
    root, triad, exact, three = hits / max(1, total)
    return float(root), float(triad), float(exact), float(three)


def _triad(symbol: int) -> tuple[int, frozenset[int]] | None:
    """Root and the lower three tones, so that a seventh does not make another chord."""
    if symbol >= grid.NO_CHORD:
        return None
    tones = frozenset(
        t for t in grid.tones_of(symbol) if (t - symbol) % 12 in (0, 3, 4, 5, 6, 7, 8)
    )
    return symbol % 12, tones


def _tables(judged: Sequence[Judged]) -> list[Table]:
    groups = {"all": list(judged)}
    for source in sorted({one.sheet.source for one in judged}):
        groups[source] = [one for one in judged if one.sheet.source == source]
    readers = [name for name in _NAMES if name in judged[0].readings]
    tables = []
    if len(groups) == 2:
        del groups["all"]
    for name, group in groups.items():
        title = f"{name}: {len(group)} tunes"
        tables.append(_accuracy_table(title, group, [r for r in readers if r in group[0].chances]))
        tables.append(_figures_table(title, group, readers))
    return tables


def _accuracy_table(title: str, group: Sequence[Judged], readers: Sequence[str]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for reader in readers:
        rows.append((_NAMES[reader], *accuracy(group, reader), _mean_nats(group, reader)))
    blank: tuple[Cell, ...] = (None,) * 4
    rows.insert(1, ("chords, told the style", *blank, _mean_nats(group, "told")))
    columns = ("", "root", "triad", "exact", "top 3", "nats a half")
    return Table(f"Chords as written, {title}", columns, tuple(rows))


def _mean_nats(group: Sequence[Judged], reader: str) -> float:
    count = sum(int((one.sheet.chords < grid.SYMBOLS).sum()) for one in group)
    return sum(one.nats[reader] for one in group) / max(1, count)


def _figures_table(title: str, group: Sequence[Judged], readers: Sequence[str]) -> Table:
    human = mean_of([figures(one, _HUMAN) for one in group])
    rows: list[tuple[Cell, ...]] = []
    for reader in readers:
        found = mean_of([figures(one, reader) for one in group])
        pairs = list(zip(_values(found), _values(human), strict=True))
        off = max(abs(a - b) / max(1e-9, abs(b)) for a, b in pairs)
        rows.append((_NAMES[reader], *_values(found), f"{100 * off:.0f} %"))
    columns = ("", "CHE", "CC", "CTD", "CTnCTR", "PCS", "MCTD", "furthest from written")
    return Table(f"Figures of Yeh et al., {title}", columns, tuple(rows))


def _values(found: HarmonyFigures) -> tuple[float, ...]:
    return (
        found.entropy, found.distinct, found.moves, found.chord_tones, found.consonance,
        found.distance,
    )  # fmt: skip


def _pairs(sheets: Sequence[Sheet]) -> list[Pair]:
    return [(grid.features_of(replace(s.tune, style=None)), s.chords) for s in sheets]


def _anyones(folder: Path, unread: list[str]) -> list[Sheet]:
    """Lead sheets of a folder that is no data set of ours; those with chord symbols count."""
    origin = Origin("lead sheets", "**/*", "", "", "")
    found: list[Sheet] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file():
            try:
                found += [replace(s, split="test") for _, s in sheets_in(path, origin, {})]
            except (AntiphonError, ValueError) as error:
                unread.append(f"{path.name}: {error}")
    return found
