"""The library: an index of a person's music in SQLite, added to in steps that may be stopped.

File `library.sqlite` in the data folder: `files` says what was read and when it had changed,
`pieces` one row a tune with its melody and vectors, `grams` which piece holds which run. One
file is one transaction, so a stop at any moment leaves a whole index.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrases_from_abc
from antiphon.bridge.formats.files import FORMATS
from antiphon.bridge.music.phrase import Phrase
from antiphon.models.listening.features import features_of, is_line, vector
from antiphon.models.listening.fingerprints import Print, fingerprint
from antiphon.models.listening.harmony import beats_heard
from antiphon.models.listening.mood import cues, heard_as, valence_arousal
from antiphon.models.listening.reading import RECORDINGS, phrase_in_file
from antiphon.models.listening.sound import Floats, sound_of
from antiphon.models.listening.style import style_model

VERSION = 1
_SCHEMA = """
create table if not exists files (
    path text primary key, size integer not null, changed integer not null,
    fault text not null default '');
create table if not exists pieces (
    id integer primary key, path text not null, number integer not null, title text not null,
    melody blob not null, onsets blob not null, measures blob not null, chords text not null,
    valence real not null, arousal real not null, style text not null, styles text not null,
    harmony blob not null, rhythm blob not null, manner blob not null,
    stars integer not null default 0, plays integer not null default 0,
    unique (path, number));
create table if not exists grams (
    kind integer not null, gram integer not null, piece integer not null, count integer not null,
    primary key (kind, gram, piece)) without rowid;
create index if not exists gram_pieces on grams (piece);
"""
_SUFFIXES = tuple(s for s, found in FORMATS.items() if found.read is not None) + RECORDINGS
_HARMONY = ("degree ", "kind ", "root moves ", "minor", "chord changes", "root in bass")
_RHYTHM = ("wait ", "on ", "syncopation", "onsets a quarter", "meter ", "pulse", "beats struck",
           "melody value ", "off grid")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece measured for the library: its fingerprint, mood, styles and three vectors."""

    title: str
    print: Print
    valence: float
    arousal: float
    styles: tuple[tuple[str, float], ...]
    harmony: Floats
    rhythm: Floats
    manner: Floats


def library_path() -> Path:
    """Where the library lies unless another place is named; its folder need not exist yet."""
    return paths.data_folder() / "library.sqlite"


def opened(path: Path) -> sqlite3.Connection:
    """The library in a file, made where there is none. Raises AntiphonError("unreadable-file")."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(path, timeout=30)
        base.execute("pragma journal_mode=wal")
        base.execute("pragma synchronous=normal")
        version = int(base.execute("pragma user_version").fetchone()[0])
        if version not in (0, VERSION):
            raise ValueError("it is from another version; name another with --library")
        base.executescript(_SCHEMA)
        base.execute(f"pragma user_version={VERSION}")
    except (sqlite3.Error, OSError, ValueError) as error:
        what = f"The library {path.name}"
        raise AntiphonError("unreadable-file", what=what, why=str(error)) from None
    return base


def entry_of(phrase: Phrase) -> Entry | None:
    """A phrase measured for the library; None where it holds no pitched note."""
    sound = sound_of(phrase)
    if sound.is_silent or len(sound.notes) < 4:
        return None
    beats = beats_heard(phrase, sound, is_line=is_line(sound))
    found = features_of(phrase, sound, beats)
    model = style_model()
    scaled = (vector(found, model.names) - model.mean) / model.spread
    valence, arousal = valence_arousal(
        cues(heard_as(phrase, sound, beats), 0.0, float(phrase.length))
    )
    return Entry(
        phrase.title, fingerprint(phrase, sound, beats), valence, arousal,
        tuple((s.style, s.probability) for s in model.probabilities(found)),
        _some(scaled, model.names, _HARMONY), _some(scaled, model.names, _RHYTHM),
        _unit(model.embed(found)),
    )  # fmt: skip


def _some(values: Floats, names: tuple[str, ...], beginnings: tuple[str, ...]) -> Floats:
    own = [i for i, name in enumerate(names) if name.startswith(beginnings)]
    return _unit(np.clip(values[own], -3, 3))


def _unit(values: Floats) -> Floats:
    found: Floats = values / max(1e-9, float(np.linalg.norm(values)))
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of adding: files done, of how many, the name of the last, its fault or ""."""

    done: int
    of: int
    name: str
    fault: str = ""
    was_known: bool = False


def music_files(folder: Path) -> list[Path]:
    """Files of music and recordings below a folder, or the file itself.

    Raises AntiphonError("unreadable-file") where there is none of that name.
    """
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise AntiphonError("unreadable-file", what=str(folder), why="there is no such folder")
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not path.name.startswith(".")
    )


def add(base: sqlite3.Connection, folder: Path, tell: Callable[[Step], None]) -> int:
    """Index what is new or changed below a folder; returns how many pieces it then holds."""
    files = [path.resolve() for path in music_files(folder)]
    known = {row[0]: row[1:] for row in base.execute("select path, size, changed from files")}
    for done, path in enumerate(files, 1):
        try:
            stat = path.stat()
        except OSError as error:
            tell(Step(done, len(files), path.name, str(error.strerror)))
            continue
        state = (stat.st_size, stat.st_mtime_ns)
        if known.get(str(path)) == state:
            tell(Step(done, len(files), path.name, was_known=True))
            continue
        tell(Step(done, len(files), path.name, _add_file(base, path, state)))
    under = f"{folder.resolve()}%"
    count = base.execute("select count(*) from pieces where path like ?", (under,)).fetchone()
    return int(count[0])


def _add_file(base: sqlite3.Connection, path: Path, state: tuple[int, int]) -> str:
    """Read and keep a file; what could not be read is remembered with the sentence."""
    fault = ""
    found: list[Entry | None] = []
    try:
        found = [entry_of(phrase) for phrase in phrases_in(path)]
        if not any(found):
            fault = "It holds no melody."
    except AntiphonError as error:
        if error.code == "no-weights":
            raise
        fault = error.sentence
    except (ValueError, IndexError, ArithmeticError) as error:
        fault = f"It could not be measured: {error}."
    with base:
        _forget(base, str(path))
        for number, entry in enumerate(found):
            if entry is not None:
                keep(base, str(path), number, entry)
        base.execute("insert into files values (?, ?, ?, ?)", (str(path), *state, fault))
    return fault


def phrases_in(path: Path) -> Iterator[Phrase]:
    """The music of a file, every tune of an ABC file. Raises AntiphonError as its reader does."""
    if path.suffix.lower() == ".abc":
        for phrase in phrases_from_abc(path.read_bytes(), path.name):
            yield phrase if phrase.title else replace(phrase, title=path.stem)
    else:
        yield phrase_in_file(str(path))


def _forget(base: sqlite3.Connection, path: str) -> None:
    rows = base.execute("select id from pieces where path = ?", (path,)).fetchall()
    base.executemany("delete from grams where piece = ?", rows)
    base.execute("delete from pieces where path = ?", (path,))
    base.execute("delete from files where path = ?", (path,))


def keep(base: sqlite3.Connection, path: str, number: int, entry: Entry) -> None:
    """Put a measured piece into the library: the `number`th (from 0) of the file at `path`."""
    told = entry.print
    piece = base.execute(
        "insert into pieces (path, number, title, melody, onsets, measures, chords, valence, "
        "arousal, style, styles, harmony, rhythm, manner) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            path, number, entry.title[:200], told.pitch.astype(np.int16).tobytes(),
            told.onset.astype(np.int32).tobytes(), told.measure.astype(np.int16).tobytes(),
            json.dumps(told.chords[:400]), entry.valence, entry.arousal,
            entry.styles[0][0] if entry.styles else "", json.dumps(entry.styles),
            *(v.astype(np.float32).tobytes() for v in (entry.harmony, entry.rhythm, entry.manner)),
        ),
    ).lastrowid  # fmt: skip
    base.executemany(
        "insert into grams values (?, ?, ?, ?)",
        [
            (kind, gram, piece, count)
            for kind, grams in told.grams.items()
            for gram, count in grams.items()
        ],
    )


def open_library(path: Path | None, *, must_exist: bool = True) -> "closing[sqlite3.Connection]":
    """The library as a context. Raises AntiphonError("empty-library") where there is none."""
    place = path or library_path()
    if must_exist and not place.is_file():
        raise AntiphonError("empty-library")
    return closing(opened(place))
