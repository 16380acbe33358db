"""Listening: keys, chords, style, mood, difficulty, similar pieces, restyling, audio, speed.

Each table has its baselines beside it. Sets that may not train what ships (EMOPIA, VGMIDI,
Mikrokosmos, Henle's grades) are measured on only, where they lie below the data sets' root.
"""

import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding.reading import tune_files
from antiphon.models.evaluation import (
    listening_answers,
    listening_difficulty,
    listening_harmony,
    listening_keys,
    listening_mood,
    listening_similar,
    listening_style,
)
from antiphon.models.evaluation.held_out import is_data_root
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.listening.library import entry_of
from antiphon.models.listening.nearest import MANY, graph_of, nearest
from antiphon.models.listening.reading import phrase_in_file

_TIMED = 30
_TOPICS: tuple[Callable[[Path], Iterator[Table]], ...] = (
    listening_keys.tables,
    listening_harmony.tables,
    listening_style.tables,
    listening_mood.tables,
    listening_difficulty.tables,
    listening_similar.tables,
    listening_answers.restyling,
    listening_answers.moods,
    listening_answers.audio,
)


def evaluate(folder: Path) -> Report:
    """The tables of listening; on a folder of one's own only what needs no labels: the speed.

    Raises AntiphonError where nothing could be measured.
    """
    tables: list[Table] = []
    unread: list[str] = []
    for topic in _TOPICS if is_data_root(folder) else ():
        try:
            for table in topic(folder):
                tables.append(table)
                sys.stderr.write(f"{table.title}\n")
        except (AntiphonError, OSError, ImportError) as error:
            unread.append(f"{topic.__module__.rpartition('.')[2]}: {error}")
    tables += [*_speed(folder), *_nearest()]
    where = "the data sets" if is_data_root(folder) else folder.name
    told = f"Measured on {where}: works kept from training; flagged sets serve measuring only."
    return Report("listening", tuple(tables), told, (), tuple(unread))


def _speed(folder: Path) -> Iterator[Table]:
    """How long a file takes to be read and measured for the library."""
    own = folder / "openewld" if is_data_root(folder) else folder
    seconds, count = 0.0, 0
    for path in tune_files(own):
        start = time.process_time()
        try:
            entry_of(phrase_in_file(str(path)))
        except (AntiphonError, ValueError, IndexError):
            continue
        seconds += time.process_time() - start
        count += 1
        if count == _TIMED:
            break
    if count:
        yield Table(
            "Speed of indexing, seconds of one core",
            ("what", "value"),
            (("files", count), ("seconds a file", seconds / count),
             ("files a second", count / max(seconds, 1e-9))),
            digits=2,
        )  # fmt: skip


def _nearest() -> Iterator[Table]:
    """How long the ten nearest of many vectors take, compared all or by faiss's graph."""
    rows: list[tuple[Cell, ...]] = []
    rng = np.random.default_rng(0)
    for count in (5_000, MANY):
        matrix = rng.normal(size=(count, 48)).astype(np.float32)
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        exact = [{row for row, _ in nearest(matrix[: MANY - 1], q, 10)} for q in matrix[:20]]
        start = time.process_time()
        for query in matrix[:20]:
            nearest(matrix[: MANY - 1], query, 10)
        compared = 50 * (time.process_time() - start)
        graph, recall = None, None
        if find_spec("faiss") is not None:
            import faiss  # noqa: PLC0415 - optional

            index = graph_of(matrix[: MANY - 1], faiss)
            start = time.process_time()
            _, found = index.search(matrix[:20], 10)
            graph = 50 * (time.process_time() - start)
            recall = float(
                np.mean([len(set(f) & e) / 10 for f, e in zip(found, exact, strict=True)])
            )
        rows.append((count, compared, graph, recall))
    yield Table(
        "The ten nearest of random vectors of 48 numbers, milliseconds of one core",
        ("vectors", "all compared", "faiss's graph", "recall of the graph"),
        tuple(rows),
    )
