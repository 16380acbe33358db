"""Melodies as arrays: one row of features an event, and what came next."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from antiphon.models.encoding.melody import Melody, events_of
from antiphon.models.encoding.tracker import COLUMNS, Tracker
from antiphon.models.encoding.vocabulary import HOLD, REST, Durations, durations_from
from antiphon.models.training.corpus import SPLITS, Entry

# Rows (pieces, time, columns), pitches, durations and mask (pieces, time).
Batch = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One melody in arrays: rows (events, columns), pitch and duration symbols (events)."""

    rows: NDArray[np.int64]
    pitches: NDArray[np.int64]
    durations: NDArray[np.int64]

    @property
    def notes(self) -> int:
        """How many events begin a note."""
        return int(((self.pitches != REST) & (self.pitches != HOLD)).sum())

    def columns(self) -> dict[str, NDArray[np.int64]]:
        """The columns that the Markov baseline reads; "place" joins position and meter."""
        position = self.rows[:, COLUMNS.index("position")]
        meter = self.rows[:, COLUMNS.index("meter")]
        return {"pitch": self.pitches, "duration": self.durations, "place": meter * 256 + position}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Encoded tunes with the source and the side of the split of each."""

    tunes: tuple[Encoded, ...]
    sources: tuple[str, ...]
    splits: tuple[str, ...]
    durations: Durations

    def side(self, split: str) -> list[Encoded]:
        """The tunes of one side of the split."""
        return [t for t, s in zip(self.tunes, self.splits, strict=True) if s == split]


def encode(melody: Melody, durations: Durations) -> Encoded:
    """The arrays of one melody, from the measure of its first note to its last note."""
    events = events_of(melody, durations)
    tracker = Tracker(
        melody.spans, durations, melody.is_minor, melody.first_number, events[0].onset
    )
    rows = []
    for event in events:
        rows.append(tracker.features())
        tracker.push(event.pitch, event.duration)
    return Encoded(
        np.array(rows, np.int64),
        np.array([event.pitch for event in events], np.int64),
        np.array([event.duration for event in events], np.int64),
    )


def build(entries: Sequence[Entry], durations: Durations | None = None) -> Dataset:
    """Encode a corpus; without `durations` the vocabulary is taken from the training side."""
    if durations is None:
        durations = durations_from(
            tone.end - tone.onset
            for entry in entries
            if entry.split == "train"
            for tone in entry.tune.melody.tones
        )
    return Dataset(
        tuple(encode(entry.tune.melody, durations) for entry in entries),
        tuple(entry.source for entry in entries),
        tuple(entry.split for entry in entries),
        durations,
    )


def save(dataset: Dataset, path: Path) -> None:
    """Keep a data set as one safetensors file and a JSON file beside it."""
    arrays: dict[str, NDArray[Any]] = {
        "rows": np.concatenate([t.rows for t in dataset.tunes]).astype(np.int16),
        "pitches": np.concatenate([t.pitches for t in dataset.tunes]).astype(np.uint8),
        "durations": np.concatenate([t.durations for t in dataset.tunes]).astype(np.uint8),
        "lengths": np.array([len(t.pitches) for t in dataset.tunes], np.int64),
        "splits": np.array([SPLITS.index(s) for s in dataset.splits], np.uint8),
    }
    save_file(arrays, path)
    about = {"durations": dataset.durations.values, "sources": dataset.sources}
    path.with_suffix(".json").write_text(json.dumps(about))


def load(path: Path) -> Dataset:
    """The data set kept by `save`."""
    arrays = load_file(path)
    about = json.loads(path.with_suffix(".json").read_text())
    cuts = np.cumsum(arrays["lengths"])[:-1]
    split = [
        np.split(arrays[name].astype(np.int64), cuts) for name in ("rows", "pitches", "durations")
    ]
    return Dataset(
        tuple(Encoded(*parts) for parts in zip(*split, strict=True)),
        tuple(about["sources"]),
        tuple(SPLITS[index] for index in arrays["splits"]),
        Durations(tuple(about["durations"])),
    )


def digest(dataset: Dataset) -> str:
    """A short hash of the notes of a data set, so that a card can name what it was made from."""
    state = hashlib.sha256()
    for tune, split in zip(dataset.tunes, dataset.splits, strict=True):
        state.update(split.encode() + tune.pitches.tobytes() + tune.durations.tobytes())
    return state.hexdigest()[:16]


def batches(
    tunes: Sequence[Encoded], seed: int, events: int = 4096, longest: int = 256
) -> Iterator[Batch]:
    """One epoch in random order: rows, pitches, durations and mask, padded to the longest piece.

    Tunes are cut into pieces of at most `longest` events at places that change with the seed;
    a batch holds about `events` events of pieces of like length.
    """
    draw = np.random.default_rng(seed)
    pieces: list[tuple[Encoded, int, int]] = []
    for tune in tunes:
        count = len(tune.pitches)
        start = 0
        stop = count if count <= longest else int(draw.integers(longest // 4, longest + 1))
        while start < count:
            pieces.append((tune, start, min(stop, count)))
            start, stop = stop, stop + longest
    order = sorted(
        range(len(pieces)), key=lambda i: (pieces[i][2] - pieces[i][1]) + draw.random() * 24
    )
    groups: list[list[int]] = [[]]
    for index in order:
        length = pieces[index][2] - pieces[index][1]
        if groups[-1] and (len(groups[-1]) + 1) * length > events:
            groups.append([])
        groups[-1].append(index)
    for group in draw.permutation(len(groups)):
        yield _padded([pieces[index] for index in groups[group]])


def _padded(pieces: Sequence[tuple[Encoded, int, int]]) -> Batch:
    longest = max(stop - start for _, start, stop in pieces)
    rows = np.zeros((len(pieces), longest, len(COLUMNS)), np.int64)
    pitches = np.zeros((len(pieces), longest), np.int64)
    durations = np.zeros((len(pieces), longest), np.int64)
    mask = np.zeros((len(pieces), longest), bool)
    for index, (tune, start, stop) in enumerate(pieces):
        size = stop - start
        rows[index, :size] = tune.rows[start:stop]
        pitches[index, :size] = tune.pitches[start:stop]
        durations[index, :size] = tune.durations[start:stop]
        mask[index, :size] = True
    return rows, pitches, durations, mask
