"""Features of all music whose style is known: `python -m … listening_data DATA -o FILE`.

DATA is the root of the data sets. Only sets that may train what ships are read. Each piece is
measured whole, as its melody alone and in two windows of eight to sixteen measures, so that a
region is recognised too. Pieces of one group (a work, or a composer where he is known) stay on one
side of the split.
"""

import argparse
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np
from safetensors.numpy import save_file

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrases_from_abc
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.models.encoding.reading import in_beats, melody_part
from antiphon.models.listening.features import features, vector
from antiphon.models.training.corpus import plain_title

VIEWS = ("whole", "melody", "window")
CLASSIC = {"HaydnFJ", "MozartWA", "BeethovenLv"}
_QUARTETS_CLASSICAL = ("Haydn", "Mozart", "Beethoven", "Boccherini", "Arriaga")
_OF_MUTOPIA = {
    "Baroque": "baroque", "Classical": "classical", "Romantic": "romantic",
    "Romantique": "romantic", "Romanticism": "romantic", "Folk": "folk", "Hymn": "hymn",
    "Jazz": "ragtime",
}  # fmt: skip
_SALT = "listening/30/"
_BY_COMPOSER = ("baroque", "classical", "romantic", "ragtime")


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of known style: its file, the set it is from, its style and its group."""

    path: Path
    source: str
    style: str
    group: str


def side_of(group: str) -> str:
    """The side of the split of a group of pieces: one in five is kept for tests.

    The salt is the one of few that leaves enough of every style on both sides, as some styles
    have few composers; it was chosen before anything was trained.
    """
    draw = int.from_bytes(sha256(f"{_SALT}{group}".encode()).digest()[:4], "big") % 5
    return "test" if draw == 0 else "train"


def sources(data: Path) -> Iterator[Source]:
    """All pieces below the data sets' root whose style is known."""
    for source, folder, pattern, most in (
        ("nottingham", data / "nottingham" / "abc", "*/*", 450),
        ("ryansMammoth", _music21(), "ryansMammoth/*.abc", 220),
        ("oneills1850", _music21(), "oneills1850/*.abc", 60),
        ("airdsAirs", _music21(), "airdsAirs/*.abc", 20),
    ):
        for path in _drawn(folder.glob(pattern), most):
            yield Source(path, source, "folk", f"folk/{path.stem}")
    for path in _drawn((data / "openhymnal" / "midi").glob("*"), 300):
        yield Source(path, "openhymnal", "hymn", f"hymn/{path.stem}")
    for path in _drawn(_music21().glob("bach/bwv*.mxl"), 330):
        yield Source(path, "bach", "chorale", f"chorale/{path.stem.split('.')[0]}")
    for path in _drawn((data / "pop909" / "POP909").glob("*/[0-9]*.mid"), 320):
        yield Source(path, "pop909", "pop", f"pop/{path.stem}")
    for path in _drawn((data / "game_multitrack" / "freedoom").glob("*.mid"), 120):
        yield Source(path, "freedoom", "rock", f"rock/{path.stem}")
    yield from _openewld(data / "openewld")
    yield from _mutopia(data / "mutopia")
    yield from _openscore(data)


def _drawn(paths: Iterator[Path], most: int) -> list[Path]:
    found = sorted(path for path in paths if path.is_file())
    Random(0).shuffle(found)
    return sorted(found[:most])


def _music21() -> Path:
    found = find_spec("music21")
    return Path(found.origin).parent / "corpus" if found and found.origin else Path("/nowhere")


def _openewld(folder: Path) -> Iterator[Source]:
    """Lead sheets whose tags name one genre clearly most often."""
    tags: dict[str, Counter[str]] = {}
    with sqlite3.connect(f"file:{folder / 'OpenEWLD.db'}?mode=ro", uri=True) as base:
        rows = base.execute(
            "select path_leadsheet, genre, occurrences from works join work_genres using (id)"
        ).fetchall()
    for path, genre, count in rows:
        tags.setdefault(Path(path).stem, Counter())[genre] += int(count or 1)
    for path in sorted(folder.rglob("*.mxl")):
        ranked = tags.get(path.stem, Counter()).most_common(2)
        if not ranked or (len(ranked) > 1 and ranked[0][1] < 1.5 * ranked[1][1]):
            continue
        style = {"Jazz": "jazz", "Pop": "pop", "Folk, World, & Country": "folk"}.get(ranked[0][0])
        if style is not None:
            yield Source(path, "openewld", style, f"openewld/{path.parent.parent.name}")


def _mutopia(folder: Path) -> Iterator[Source]:
    for line in (folder / "metadata.jsonl").read_text().splitlines():
        row = json.loads(line)
        style = _OF_MUTOPIA.get(row.get("style") or "")
        composer = row.get("mutopiacomposer") or "Anonymous"
        if style is None or row.get("drums"):
            continue
        if composer == "BachJS" and style in ("classical", "romantic"):
            style = "baroque"
        title = plain_title(row.get("title") or "")
        name = composer if style in _BY_COMPOSER and composer != "Anonymous" else title
        yield Source(folder / row["file"], "mutopia", style, f"{style}/{name}")


def _openscore(data: Path) -> Iterator[Source]:
    quartets = sorted((data / "openscore_quartets" / "scores").rglob("*.mxl"))
    for path in quartets[::2]:
        composer = path.relative_to(data / "openscore_quartets" / "scores").parts[0]
        is_classical = any(name in composer for name in _QUARTETS_CLASSICAL)
        style = "classical" if is_classical else "romantic"
        yield Source(path, "quartets", style, f"{style}/{composer.split(',')[0]}")
    lieder = data / "openscore_lieder" / "scores"
    for path in _drawn(lieder.rglob("*.mxl"), 260):
        composer = path.relative_to(lieder).parts[0]
        style = "ragtime" if "Joplin" in composer else "romantic"
        if "Mozart" in composer or "Haydn" in composer or "Arne" in composer:
            style = "classical"
        yield Source(path, "lieder", style, f"{style}/{composer.split(',')[0]}")


def phrase_of(path: Path) -> Phrase:
    """The music of a file of a data set; POP909 on its beats. Raises AntiphonError, OSError."""
    data = path.read_bytes()
    if path.suffix.lower() == ".abc":
        return phrases_from_abc(data, path.name)[0]
    phrase = read_phrase(data, path.name)
    beats = path.with_name("beat_midi.txt")
    return in_beats(phrase, beats.read_text()) if beats.is_file() else phrase


def views_of(phrase: Phrase, seed: int) -> Iterator[tuple[str, Phrase]]:
    """A piece whole, its melody alone, and two windows of it."""
    yield "whole", phrase
    part = melody_part(phrase)
    if part is not None and len([p for p in phrase.parts if p.notes]) > 1:
        yield "melody", replace(phrase, parts=(part,), chords=())
    elif phrase.chords:
        yield "melody", replace(phrase, chords=())
    rng = Random(seed)
    count = len(phrase.measures)
    for _ in range(2):
        size = rng.choice((8, 12, 16))
        if count > size + 2:
            first = rng.randrange(count - size)
            start, end = phrase.measures[first].onset, phrase.measures[first + size - 1].end
            if end > start:
                yield "window", slice_phrase(phrase, start, end)


def measured(pieces: Sequence[Source]) -> Iterator[tuple[int, str, dict[str, float]]]:
    """(number of the piece, view, features) of every view that holds enough notes."""
    for number, piece in enumerate(pieces):
        try:
            for view, phrase in views_of(phrase_of(piece.path), number):
                if sum(len(part.notes) for part in phrase.parts) >= 12:
                    yield number, view, features(phrase)
        except (AntiphonError, OSError, ValueError, IndexError) as error:
            sys.stderr.write(f"{piece.path.name}: {error}\n")


def main() -> None:
    """Measure everything and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    pieces = list(sources(options.data))
    rows = [row for row in measured(pieces) if row[2]]
    names = tuple(sorted(rows[0][2]))
    told = {
        "names": json.dumps(names),
        "pieces": json.dumps([[p.path.name, p.source, p.style, p.group] for p in pieces]),
    }
    save_file(
        {
            "values": np.array([vector(row, names) for _, _, row in rows], dtype=np.float32),
            "piece": np.array([number for number, _, _ in rows], dtype=np.int64),
            "view": np.array([VIEWS.index(view) for _, view, _ in rows], dtype=np.int64),
        },
        options.output,
        metadata=told,
    )
    sys.stdout.write(f"{len(pieces)} pieces, {len(rows)} views, {len(names)} features\n")


if __name__ == "__main__":
    main()
