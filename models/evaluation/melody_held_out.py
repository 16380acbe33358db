"""The melody figures of the held-out side: all models, an n-gram, and what chords are worth."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from json import loads
from pathlib import Path
from tempfile import TemporaryDirectory

from antiphon.models.evaluation.melody_models import (
    ADAPTIVE,
    LSTM,
    PPM,
    Measured,
    event_models,
    measured,
    on_steps,
    step_networks,
)
from antiphon.models.evaluation.melody_tables import event_table, source_table, step_table
from antiphon.models.evaluation.ngram import NGram
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.training import dataset as data
from antiphon.models.training import melody_data
from antiphon.models.training.improv_lstm import SHEETS, kept_sheets, silenced
from antiphon.models.training.melody_rnn import step_bits

NGRAM = "n-gram"
_ORDER = 5


@dataclass(frozen=True, slots=True)
class Corpus:
    """A kept corpus: where, its tunes, and the name of each."""

    folder: Path
    found: data.Dataset
    names: tuple[str, ...]


@contextmanager
def kept_corpus(folder: Path) -> Iterator[Corpus | None]:
    """The corpus that was kept in a folder, or that is read from the data sets' root.

    None for any other folder. Reading the root takes some ten minutes.
    """
    if (folder / melody_data.DATASET).is_file():
        yield _corpus(folder)
    elif (folder / "nottingham" / "abc").is_dir() and (folder / "pop909").is_dir():
        with TemporaryDirectory() as kept:
            # What reading says of itself is not a figure.
            with redirect_stdout(sys.stderr):
                melody_data.main(["--data", str(folder), "--out", kept])
                kept_sheets(folder, Path(kept))
            yield _corpus(Path(kept))
    else:
        yield None


def _corpus(folder: Path) -> Corpus:
    names = tuple(loads((folder / melody_data.SIDES).read_text()))
    return Corpus(folder, data.load(folder / melody_data.DATASET), names)


def held_out_report(corpus: Corpus, side: str = "test") -> Report:
    """The figures of one side of the split. Raises AntiphonError("no-weights")."""
    found = corpus.found
    which = [index for index, split in enumerate(found.splits) if split == side]
    tunes = [found.tunes[index] for index in which]
    sources = [found.sources[index] for index in which]
    models = event_models(found.durations)
    ngram = fitted_ngram(found)
    models[NGRAM] = lambda tune: ngram.bits(tune.columns())
    result = measured(tunes, found.durations, models)
    exact, bits = on_steps(tunes, found.durations, step_networks())
    tables = [
        event_table(f"Events, all {len(tunes)} held-out tunes", result),
        source_table("Bits a note by source", result, sources),
        step_table("Held-out tunes on 16th steps", result, exact, bits),
    ]
    if (corpus.folder / SHEETS).is_file():
        names = [corpus.names[index] for index in which]
        tables.append(chord_table(corpus, side, result, names))
    notes = sum(tune.notes for tune in tunes)
    return Report(
        topic="melody",
        tables=tuple(tables),
        measured_on=(
            f"{len(tunes)} tunes, {notes} notes: the {side} side of the split by tune, data "
            f"{data.digest(found)}. Bits of all events, rests included, over the number of "
            "notes or of quarters. Lower is better."
        ),
        notes=(_gain(result), *_NOTES),
    )


def fitted_ngram(found: data.Dataset) -> NGram:
    """The n-gram of the training side, chosen on a quarter of the validation side."""
    train = [tune.columns() for tune in found.side("train")]
    valid = [tune.columns() for tune in found.side("valid")[::4]]
    return NGram.fit(train, valid, len(found.durations.values), _ORDER)


def chord_table(corpus: Corpus, side: str, result: Measured, names: Sequence[str]) -> Table:
    """What hearing the chords is worth, on tunes with chords that lie on 16th steps."""
    networks = step_networks()
    places = {name: index for index, name in enumerate(names)}
    total: dict[str, float] = {}
    notes, length, kept = 0, 0.0, [False] * len(names)
    for name, split, tune in kept_sheets(None, corpus.folder):
        index = places.get(name)
        if split != side or index is None or not tune.is_exact:
            continue
        if tune.notes != result.tunes[index].notes:
            continue
        kept[index] = True
        notes, length = notes + tune.notes, length + tune.ticks / 24
        for model, network in networks.items():
            cells = {f"{model}, no chords": silenced(tune)}
            if network.config.chords:
                cells[f"{model}, chords heard"] = tune
            for label, heard in cells.items():
                total[label] = total.get(label, 0.0) + step_bits(network, heard)
    rows: list[tuple[Cell, ...]] = [
        (f"{row.model}, no chords", row.bits_per_note, row.bits_per_quarter)
        for row in result.rows(kept)
    ]
    rows += [(label, b / max(1, notes), b / max(1.0, length)) for label, b in total.items()]
    rows.sort(key=lambda row: float(row[1] or 0))
    title = f"Tunes with chords, on 16th steps ({sum(kept)} tunes, {notes} notes)"
    return Table(title, ("model", "bits a note", "bits a quarter"), tuple(rows))


def _gain(result: Measured) -> str:
    values = {row.model: row.bits_per_note for row in result.rows()}
    gains = {name: 100 * (1 - values[LSTM] / values[name]) for name in (PPM, ADAPTIVE, NGRAM)}
    told = ", ".join(f"{gain:.0f} % fewer bits a note than {name}" for name, gain in gains.items())
    return f"{LSTM} needs {told}."


_NOTES = (
    "The n-gram is one of absolute discounting, at most five events long; its orders and "
    "discounts are the best on validation tunes. PPM is the shipped variable-order Markov "
    "model, fitted on the same training tunes, ppm-adaptive the same with a short-term model "
    "that learns each tune as it goes by.",
    "Models of 16th steps foretell a step at a time and hear no key beyond the signature; the "
    "tables with them hold tunes only that lie on the steps wholly, so that the same notes and "
    "lengths are foretold by all. A step model also foretells where the last note ends.",
)
