"""The arranger's data, read once: `python -m antiphon.models.training.arranger_data`.

Pieces are kept as flat arrays of whole numbers in one safetensors file.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from antiphon.models.encoding.cells import Bar, Cell
from antiphon.models.training.arranger_read import (
    MEASURES,
    Found,
    PartCells,
    Piece,
    bars_of,
    piece_of,
)
from antiphon.models.training.arranger_sets import read_all
from antiphon.models.training.corpus import SPLITS

SOURCES = (
    "pop909", "game", "openscore-lieder", "openscore-quartets", "openhymnal", "nottingham",
    "openewld", "mutopia",
)  # fmt: skip
_LIMITS = {"pop909": 72, "mutopia": 96, "nottingham": 64}


def side_of(found: Found, sides: dict[str, str]) -> str:
    """The side of a piece: the melody corpus's where it has one, else by its own name."""
    for source in (found.source, f"{found.source}-midi"):
        known = sides.get(f"{source}/{found.name}#0")
        if known is not None:
            return known
    name = f"{found.source}/{Path(found.name).stem}"
    draw = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 20
    return {0: "test", 1: "valid"}.get(draw, "train")


def windows_of(found: Found) -> list[tuple[int, int]]:
    """Which measures of a phrase are used: its beginning, of a quartet a later passage too."""
    count = len(bars_of(found.phrase))
    limit = _LIMITS.get(found.source, MEASURES)
    windows = [(0, min(count, limit))]
    if found.source == "openscore-quartets" and count > 3 * limit:
        windows.append((count // 2, count // 2 + limit))
    return windows


def save(pieces: Sequence[Piece], path: Path) -> None:
    """Keep pieces in one file."""
    heads, bars, parts, notes, chords = [], [], [], [], []
    for piece in pieces:
        heads.append((
            SOURCES.index(piece.source), SPLITS.index(piece.side), piece.style,
            int(piece.is_minor), int(piece.ends), len(piece.bars), len(piece.parts),
            len(piece.chords),
        ))  # fmt: skip
        bars += [(bar.start, bar.length, bar.meter) for bar in piece.bars]
        chords += list(piece.chords)
        for part in piece.parts:
            events = [(m, *e) for m, cell in enumerate(part.cells) for e in cell.events()]
            parts.append((part.role, int(part.is_drums), int(part.is_proxy), len(events)))
            notes += events
    arrays: dict[str, NDArray[np.integer]] = {
        "heads": np.array(heads, np.int32), "bars": np.array(bars, np.int32),
        "parts": np.array(parts, np.int32), "notes": np.array(notes, np.int16),
        "chords": np.array(chords, np.int32),
    }  # fmt: skip
    save_file(arrays, path, {"names": json.dumps([piece.name for piece in pieces])})


def load(path: Path) -> list[Piece]:
    """The pieces kept in a file."""
    arrays = load_file(path)
    names = _names(path)
    bar_at = part_at = note_at = chord_at = 0
    found = []
    for name, head in zip(names, arrays["heads"].tolist(), strict=True):
        source, side, style, minor, ends, bar_count, part_count, chord_count = head
        rows = arrays["bars"][bar_at : bar_at + bar_count].tolist()
        bars = tuple(Bar(*row) for row in rows)
        bar_at += bar_count
        parts = []
        for role, drums, proxy, count in arrays["parts"][part_at : part_at + part_count].tolist():
            events: list[list[tuple[int, int, int]]] = [[] for _ in bars]
            for measure, *event in arrays["notes"][note_at : note_at + count].tolist():
                events[measure].append((event[0], event[1], event[2]))
            note_at += count
            cells = tuple(Cell.of(each) for each in events)
            parts.append(PartCells(role, bool(drums), bool(proxy), cells))
        part_at += part_count
        rows = arrays["chords"][chord_at : chord_at + chord_count].tolist()
        chord_at += chord_count
        chords = tuple((tick, root, bits) for tick, root, bits in rows)
        found.append(Piece(
            SOURCES[source], name, SPLITS[side], style, bool(minor), bars, tuple(parts), chords,
            bool(ends),
        ))  # fmt: skip
    return found


def listed(path: Path) -> list[tuple[str, str, str]]:
    """Source, side and name of every piece in a file, without its notes."""
    heads = load_file(path)["heads"].tolist()
    return [
        (SOURCES[head[0]], SPLITS[head[1]], name)
        for name, head in zip(_names(path), heads, strict=True)
    ]


def _names(path: Path) -> list[str]:
    with path.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(size))
    names: list[str] = json.loads(header["__metadata__"]["names"])
    return names


def main(arguments: list[str] | None = None) -> int:
    """Read the sets and keep their pieces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder to keep the pieces in")
    parser.add_argument("--sides", type=Path, help="sides of the melody corpus, as JSON")
    parser.add_argument("--limit", type=int, default=0, help="pieces a set, for a trial")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    sides = json.loads(options.sides.read_text()) if options.sides else {}
    pieces: list[Piece] = []
    for found in read_all(options.data, options.limit):
        for window in windows_of(found):
            piece = piece_of(found, side_of(found, sides), window)
            if piece is not None:
                pieces.append(piece)
        if len(pieces) % 200 == 0:
            sys.stderr.write(f"{len(pieces)} pieces\n")
    save(pieces, options.out / "pieces.safetensors")
    for source in SOURCES:
        own = [piece for piece in pieces if piece.source == source]
        notes = sum(len(c.events()) for p in own for part in p.parts for c in part.cells)
        counts = [sum(p.side == side for p in own) for side in SPLITS]
        sys.stderr.write(f"{source:20} {counts} pieces {notes} notes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
