"""How well melody models foretell tunes: bits a note and a quarter over any folder of tunes.

The bits of every event (rests and held-over parts included) are added up and divided by the
number of notes, for each model on the same quantised events in the same key and register. Over
the data sets' root, or what `antiphon.models.training.melody_data` kept of it, the held-out
tunes are measured, with an n-gram beside them.
"""

from collections.abc import Sequence
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding.reading import Tune, tune_files, tunes_in_file
from antiphon.models.encoding.vocabulary import Durations
from antiphon.models.evaluation.melody_held_out import held_out_report, kept_corpus
from antiphon.models.evaluation.melody_models import (
    Measured,
    Row,
    event_models,
    measured,
    on_steps,
    step_networks,
)
from antiphon.models.evaluation.melody_tables import event_table, step_table
from antiphon.models.evaluation.report import Report
from antiphon.models.training.dataset import encode
from antiphon.models.training.melody_data import shipped_durations


def evaluate(folder: Path) -> Report:
    """Figures of the shipped models on every tune below a folder, or on the held-out side.

    A file that cannot be read or holds no melody is named in the report. Raises
    AntiphonError("no-weights") without the shipped weights, and "unreadable-file" if no tune
    is found.
    """
    with kept_corpus(folder) as kept:
        if kept is not None:
            return held_out_report(kept)
    tunes, unread = read_folder(folder)
    if not tunes:
        raise AntiphonError("unreadable-file", what=folder.name, why="no tune was found in it")
    durations = shipped_durations()
    found = measure_tunes(tunes, durations)
    exact, bits = on_steps(found.tunes, durations, step_networks())
    notes = sum(tune.notes for tune in found.tunes)
    tables = [event_table("Events, all tunes", found)]
    if bits and any(exact):
        tables.append(step_table("Tunes on 16th steps", found, exact, bits))
    return Report(
        topic="melody",
        tables=tuple(tables),
        measured_on=f"{len(found.tunes)} tunes, {notes} notes of {folder.name}. Lower is better.",
        unread=tuple(unread),
    )


def measure_tunes(tunes: Sequence[Tune], durations: Durations) -> Measured:
    """What the shipped models of events say of some tunes. Raises AntiphonError("no-weights")."""
    models = event_models(durations)
    return measured([encode(tune.melody, durations) for tune in tunes], durations, models)


def rows_of(folder: Path) -> tuple[Row, ...]:
    """The rows of the models of events over all tunes below a folder."""
    tunes, _ = read_folder(folder)
    return measure_tunes(tunes, shipped_durations()).rows()


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
