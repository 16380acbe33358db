"""Drumming that was read once, kept as one file of tensors."""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from antiphon.bridge.music.time import TimeSignature
from antiphon.models.encoding.drum_grid import Bar
from antiphon.models.training.drums_data import Piece, read_pieces

_SLOTS = ("hits", "velocities", "timing")
_WORDS = ("source", "name", "style", "tempo", "split", "is_human")


def pieces_of(data: Path, cache: Path) -> list[Piece]:
    """The drumming below `data`, from the cache if it was kept there before."""
    if cache.is_file():
        return kept(cache)
    pieces, _ = read_pieces(data)
    keep(pieces, cache)
    return pieces


def keep(pieces: Sequence[Piece], path: Path) -> None:
    """Write pieces to a file."""
    bars = [bar for piece in pieces for bar in piece.bars]
    arrays = {
        name: np.ascontiguousarray(np.concatenate([getattr(bar, name) for bar in bars]))
        for name in _SLOTS
    }
    arrays["heard"] = np.concatenate([rows for piece in pieces for rows in piece.heard])
    arrays["bars"] = np.array([_numbers(bar) for bar in bars], np.int64)
    arrays["fills"] = np.array([fill for piece in pieces for fill in piece.fills], np.int64)
    words = [[len(piece.bars), *(getattr(piece, name) for name in _WORDS)] for piece in pieces]
    part = path.with_suffix(".part")
    save_file(arrays, part, {"pieces": json.dumps(words)})
    part.replace(path)


def kept(path: Path) -> list[Piece]:
    """The pieces that `keep` wrote."""
    with safe_open(path, "np") as file:
        words = json.loads(file.metadata()["pieces"])
        arrays = {name: file.get_tensor(name) for name in (*_SLOTS, "heard", "bars", "fills")}
    pieces, bar, slot = [], 0, 0
    for count, *told in words:
        bars, heard = [], []
        for numbers in arrays["bars"][bar : bar + count]:
            stop = slot + int(numbers[0])
            bars.append(_bar(numbers, [arrays[name][slot:stop] for name in _SLOTS]))
            heard.append(arrays["heard"][slot:stop])
            slot = stop
        fills = tuple(arrays["fills"][bar : bar + count].tolist())
        named = dict(zip(_WORDS, told, strict=True))
        pieces.append(Piece(**named, bars=tuple(bars), heard=tuple(heard), fills=fills))
        bar += count
    return pieces


def _numbers(bar: Bar) -> tuple[int, ...]:
    return (
        bar.slots, bar.per_quarter, bar.meter.beats, bar.meter.beat_type,
        bar.duration.numerator, bar.duration.denominator,
        bar.offset.numerator, bar.offset.denominator,
    )  # fmt: skip


def _bar(numbers: NDArray[np.int64], slots: Sequence[NDArray[np.generic]]) -> Bar:
    _, parts, beats, beat_type, *times = (int(number) for number in numbers)
    hits, velocities, timing = slots
    return Bar(
        Fraction(times[0], times[1]), TimeSignature(Fraction(0), beats, beat_type), parts,
        hits.astype(np.bool_), velocities.astype(np.uint8), timing.astype(np.float32),
        Fraction(times[2], times[3]),
    )  # fmt: skip
