"""How well melody models foretell tunes: bits a note over any folder of tunes.

The bits of every event (rests and held-over parts included) are added up and divided by the
number of notes, for each model on the same quantised events in the same key and register.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json import loads
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.bridge.errors import AntiphonError
from antiphon.models.catalog import Card, model_for
from antiphon.models.encoding.reading import Tune, tune_files, tunes_in_file
from antiphon.models.evaluation.ppm import MarkovMelody, PPMConfig
from antiphon.models.networks.melody_lstm import MelodyLSTM
from antiphon.models.training.dataset import Encoded, encode
from antiphon.models.weights import checked_bytes, load_melody

LSTM = "melody-lstm"
PPM = "ppm"
ADAPTIVE = "ppm-adaptive"
Bits = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Row:
    """One model's figures in bits a note: all, the share of pitches and that of durations."""

    model: str
    bits_per_note: float
    pitch_bits: float
    duration_bits: float


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The rows of a table, what they were measured on, and what could not be read and why."""

    rows: tuple[Row, ...]
    tunes: int
    notes: int
    unread: tuple[str, ...]


class _Model(Protocol):
    def __call__(self, tune: Encoded) -> Bits:
        """Bits of each event's pitch and of its duration."""


def evaluate_melody(folder: Path) -> EvaluationReport:
    """Figures of the shipped models on every tune below a folder.

    A file that cannot be read or holds no melody is named in the report. Raises
    AntiphonError("no-weights") without the shipped weights, and "unreadable-file" if no tune
    is found.
    """
    tunes, unread = read_folder(folder)
    if not tunes:
        raise AntiphonError("unreadable-file", what=folder.name, why="no tune was found in it")
    network = load_melody(_card(LSTM))
    baseline = load_baseline()
    if baseline.config.durations != network.durations.values:
        raise AntiphonError("no-weights", model=PPM)
    encoded = [encode(tune.melody, network.durations) for tune in tunes]
    return EvaluationReport(
        rows=figures(
            encoded,
            {
                LSTM: lstm_bits(network.network),
                PPM: lambda tune: baseline.bits(tune.columns()),
                ADAPTIVE: lambda tune: baseline.adaptive_bits(tune.columns()),
            },
        ),
        tunes=len(encoded),
        notes=sum(tune.notes for tune in encoded),
        unread=tuple(unread),
    )


def read_folder(folder: Path) -> tuple[list[Tune], list[str]]:
    """The tunes below a folder, and a line for each file that gave none."""
    tunes: list[Tune] = []
    unread: list[str] = []
    for path in tune_files(folder):
        name = str(path.relative_to(folder))
        try:
            found = tunes_in_file(path)
        except AntiphonError as error:
            unread.append(f"{name}: {error.sentence}")
            continue
        tunes += found
        if not found:
            unread.append(f"{name}: there is no melody in it.")
    return tunes, unread


def figures(tunes: Sequence[Encoded], models: dict[str, _Model]) -> tuple[Row, ...]:
    """The row of each model over some tunes."""
    notes = max(1, sum(tune.notes for tune in tunes))
    rows = []
    for name, bits_of in models.items():
        pitch = duration = 0.0
        for tune in tunes:
            pitches, durations = bits_of(tune)
            pitch += float(pitches.sum())
            duration += float(durations.sum())
        rows.append(Row(name, (pitch + duration) / notes, pitch / notes, duration / notes))
    return tuple(rows)


def lstm_bits(network: MelodyLSTM) -> _Model:
    """The bits function of a melody network."""

    def bits_of(tune: Encoded) -> Bits:
        arrays = (tune.rows, tune.pitches, tune.durations)
        with torch.inference_mode():
            pitch, duration = network(*(torch.from_numpy(a).unsqueeze(0) for a in arrays))
        to_bits = 1 / np.log(2)
        return (pitch[0].double().numpy() * to_bits, duration[0].double().numpy() * to_bits)

    return bits_of


def load_baseline() -> MarkovMelody:
    """The shipped Markov baseline. Raises AntiphonError("no-weights")."""
    card = _card(PPM)
    data = checked_bytes(card)
    try:
        config = PPMConfig.from_json(loads(card.config_path.read_text()))
        return MarkovMelody.kept(data, config)
    except (OSError, ValueError, KeyError, TypeError):
        raise AntiphonError("no-weights", model=PPM) from None


def table(report: EvaluationReport) -> Iterable[str]:
    """The lines of a report for people."""
    yield f"{report.tunes} tunes, {report.notes} notes"
    yield f"{'model':<14}{'bits/note':>10}{'pitch':>9}{'duration':>10}"
    for row in report.rows:
        yield (
            f"{row.model:<14}{row.bits_per_note:>10.3f}"
            f"{row.pitch_bits:>9.3f}{row.duration_bits:>10.3f}"
        )
    if report.unread:
        yield f"{len(report.unread)} files could not be used:"
        yield from (f"  {line}" for line in report.unread)


def _card(name: str) -> Card:
    task = "continue" if name == LSTM else "evaluate"
    card = model_for(task, name)
    if card is None:
        raise AntiphonError("no-weights", model=name)
    return card
