"""Music that no shipped model was trained on, found below a folder.

Below the data sets' root only files of the test side are given: those that `held_out.json` names
for the sets of the melody corpus, for the others those whose name's hash says so. Any other
folder is taken as it is.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrases_from_abc
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.models.encoding.reading import in_beats, tune_files

_LIST = Path(__file__).with_name("held_out.json")
# Where the sources lie: those whose side the list tells, and those that are drawn by hash.
_LISTED = {
    "nottingham-midi": "nottingham/midi", "openewld": "openewld", "pop909": "pop909",
    "openhymnal": "openhymnal/midi", "openscore-lieder": "openscore_lieder",
}  # fmt: skip
_SIDES = 20
_HASHED = {"game": "game_multitrack", "game-drums": "game_multitrack", "groove": "groove",
           "mutopia": "mutopia"}  # fmt: skip
_BY_STEM = ("game-drums", "groove")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece that was read: the name of its source or folder, its file's name, its music."""

    source: str
    name: str
    phrase: Phrase


def is_data_root(folder: Path) -> bool:
    """Whether a folder holds the data sets themselves."""
    return (folder / "pop909").is_dir() and (folder / "nottingham").is_dir()


def held_out_pieces(folder: Path, sources: tuple[str, ...], most: int) -> Iterator[Piece]:
    """At most `most` pieces of each source, unreadable ones left out.

    In a folder that is not the data sets' root, `sources` do not count.
    """
    if not is_data_root(folder):
        yield from _read(folder.name, tune_files(folder), most)
        return
    for source, below in (_LISTED | _HASHED).items():
        if source in sources:
            files = (path for path in tune_files(folder / below) if is_held_out(source, path))
            yield from _read(source, files, most)


def is_held_out(source: str, path: Path) -> bool:
    """Whether a file of a data set is on the test side."""
    if source in _LISTED:
        return path.name in _listed()[source]
    # The drums models drew by the stem alone, the arranger by source and stem.
    name = path.stem if source in _BY_STEM else f"{source}/{path.stem}"
    draw = hashlib.sha256(name.encode()).digest()[:4]
    return int.from_bytes(draw, "big") % _SIDES == 0


@lru_cache(maxsize=1)
def _listed() -> dict[str, frozenset[str]]:
    told = json.loads(_LIST.read_text())["test"]
    return {source: frozenset(names) for source, names in told.items()}


def _read(source: str, files: Iterator[Path], most: int) -> Iterator[Piece]:
    count = 0
    for path in files:
        if count == most:
            return
        try:
            data = path.read_bytes()
            if path.suffix.lower() == ".abc":
                phrase = phrases_from_abc(data, path.name)[0]
            else:
                phrase = read_phrase(data, path.name)
            beats = path.with_name("beat_midi.txt")
            if beats.is_file():
                phrase = in_beats(phrase, beats.read_text())
        except (AntiphonError, OSError, ValueError, IndexError):
            continue
        if phrase.measures:
            count += 1
            yield Piece(source, path.name, phrase)
