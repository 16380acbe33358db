"""Builds the originality index from the training tunes, and measures how much people borrow.

    python -m antiphon.models.training.originality_index DATA [-o FILE]

DATA is the folder that the melody model was trained from. The index is built from the training
side of the same split; the baseline is what excerpts of the held-out tunes share with it.
"""

import argparse
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

from antiphon.models.listening.originality import (
    GRAM,
    INDEX_PATH,
    Index,
    bytes_of_index,
    grams,
    longest_run_in,
)

EXCERPTS = (16, 32, 64, 128)
_SHARE = 0.95
_MOST_TUNES = 65_535

Notes = Sequence[tuple[int, int]]


def build_index(tunes: Iterable[tuple[str, Notes]]) -> Index:
    """The index of named tunes, each a sequence of (onset in ticks, MIDI number); no baseline yet.

    Tunes of one name count as one. Raises ValueError for more than 65,535 names.
    """
    numbers: dict[str, int] = {}
    entries: set[tuple[int, int]] = set()
    for name, notes in tunes:
        number = numbers.setdefault(name, len(numbers))
        entries.update((gram, number) for gram in grams(notes))
    if len(numbers) > _MOST_TUNES:
        raise ValueError("too many tunes for the index")
    ordered = sorted(entries)
    offsets, place = array("I"), 0
    for upper in range(65_537):
        while place < len(ordered) and ordered[place][0] >> 16 < upper:
            place += 1
        offsets.append(place)
    lower = array("H", (gram & 0xFFFF for gram, _ in ordered))
    return Index(offsets, lower, array("H", (n for _, n in ordered)), tuple(numbers), ())


def with_baseline(index: Index, held_out: Iterable[Notes]) -> Index:
    """The index with the 95th percentile of the runs that held-out human excerpts share with it."""
    runs: dict[int, list[int]] = {size: [] for size in EXCERPTS}
    for notes in held_out:
        hashed = grams(notes)
        for size in EXCERPTS:
            for start in range(0, len(notes) - size + 1, size):
                excerpt = hashed[start : start + size - GRAM + 1]
                runs[size].append(longest_run_in(index, excerpt)[0])
    baseline = tuple((size, _percentile(found)) for size, found in runs.items() if found)
    return Index(index.offsets, index.lower, index.tunes, index.names, baseline)


def _percentile(values: list[int]) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(_SHARE * len(ordered)))]


def main() -> None:
    """Read the corpus, build the index, print its size and the baseline, write the file."""
    from antiphon.models.training.corpus import read_corpus  # noqa: PLC0415 - slow to read

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=INDEX_PATH)
    options = parser.parse_args()
    entries, _ = read_corpus(options.data)
    train: list[tuple[str, Notes]] = []
    held_out: list[Notes] = []
    for entry in entries:
        melody = entry.tune.melody
        notes = [(tone.onset, tone.midi_number) for tone in melody.tones]
        if entry.split == "train":
            train.append((melody.title or entry.tune.path.stem, notes))
        else:
            held_out.append(notes)
    index = with_baseline(build_index(train), held_out)
    data = bytes_of_index(index)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(data)
    print(f"{len(index.names)} tunes, {len(index.lower)} runs, {len(data)} bytes")  # noqa: T201
    for size, run in index.baseline:
        print(f"95 of 100 human excerpts of {size} notes share at most {run} notes")  # noqa: T201


if __name__ == "__main__":
    main()
