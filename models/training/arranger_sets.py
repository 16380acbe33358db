"""The phrases of the default data sets for the arranger, with the roles of their parts."""

import json
import re
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.chords import pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.models.encoding.grid import ticks
from antiphon.models.encoding.reading import in_beats
from antiphon.models.training.arranger_read import Found

Wanted = Callable[[str, str], bool]
_HARTE = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus4": (0, 5, 7),
    "sus2": (0, 2, 7), "dim7": (0, 3, 6, 9), "hdim7": (0, 3, 6, 10), "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9), "minmaj7": (0, 3, 7, 11),
}  # fmt: skip
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def _any(source: str, name: str) -> bool:
    del source, name
    return True


def read_all(data: Path, limit: int = 0, wanted: Wanted = _any) -> Iterator[Found]:
    """The phrases of the default sets below a folder, at most `limit` a set (0: all).

    Of the large sets of scores every third song and every second quartet is read. `wanted`
    tells by source and name which pieces are read at all.
    """
    for reader in (_pop909, _game, _lieder, _quartets, _hymns, _nottingham, _openewld, _mutopia):
        yield from islice(reader(data, wanted), limit or None)


def _phrase(path: Path) -> Phrase | None:
    try:
        return read_phrase(path.read_bytes(), path.name)
    except (AntiphonError, OSError, ValueError):
        return None


def _pop909(data: Path, wanted: Wanted) -> Iterator[Found]:
    for path in sorted(data.glob("pop909/POP909/*/*.mid")):
        phrase = _phrase(path) if wanted("pop909", path.name) else None
        beats = path.with_name("beat_midi.txt")
        if phrase is None or not beats.is_file():
            continue
        roles = tuple({"MELODY": 0, "BRIDGE": 4, "PIANO": 2}.get(p.name) for p in phrase.parts)
        chords = _harte(path.with_name("chord_midi.txt"), beats)
        moved = in_beats(phrase, beats.read_text())
        yield Found("pop909", path.name, moved, 6, roles, chords)


def _harte(path: Path, beats: Path) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    """The chords of a POP909 file as (tick, root, intervals)."""
    if not path.is_file():
        return ()
    rows = [line.split() for line in beats.read_text().splitlines() if line.strip()]
    times = [float(row[0]) for row in rows]
    downs = [i for i, row in enumerate(rows) if float(row[2]) == 1.0]
    gaps = [b - a for a, b in pairwise(downs)]
    count = max(set(gaps), key=gaps.count) if gaps else 4
    offset = (count - (downs[0] % count if downs else 0)) % count
    found: list[tuple[int, int, tuple[int, ...]]] = []
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) != 3 or len(times) < 2:
            continue
        index = min(max(bisect_right(times, float(words[0]) + 0.02) - 1, 0), len(times) - 2)
        share = (float(words[0]) - times[index]) / (times[index + 1] - times[index])
        tick = max(0, round((index + share) * 4) * 6 + offset * 24)
        label = re.fullmatch(r"([A-G])(#|b|):([a-z0-9]+)(?:\(.*\))?(?:/.*)?", words[2])
        if label is None or label.group(3) not in _HARTE:
            found.append((tick, 12, ()))
        else:
            root = _LETTERS[label.group(1)] + {"#": 1, "b": -1, "": 0}[label.group(2)]
            found.append((tick, root % 12, _HARTE[label.group(3)]))
    return tuple(found)


def _thickness(part: Part) -> float:
    return len(part.notes) / max(1, len({note.onset for note in part.notes}))


def _mean(part: Part) -> float:
    return sum(n.pitch.midi_number for n in part.notes) / max(1, len(part.notes))


def roles_of(parts: Sequence[Part]) -> tuple[int | None, ...]:
    """A role for each part, by program, thickness and register."""
    found: list[int | None] = []
    lines = [p for p in parts if p.notes and not p.is_drums and _thickness(p) < 1.25]
    top = max(lines, key=_mean, default=None)
    low = min(lines, key=_mean, default=None)
    for part in parts:
        if part.is_drums:
            found.append(6)
        elif 32 <= part.program < 40 or (part is low and part is not top and _mean(part) < 55):
            found.append(1)
        elif part is top:
            found.append(0)
        elif 24 <= part.program < 32:
            found.append(3)
        elif _thickness(part) >= 1.25:
            found.append(2 if part.program < 24 else 5)
        else:
            found.append(4)
    return tuple(found)


def _game(data: Path, wanted: Wanted) -> Iterator[Found]:
    styles = {"freedoom": 7, "openmsx": 8, "simutrans": 5}
    for path in sorted(data.glob("game_multitrack/**/*.mid")):
        name = f"{path.parent.name}-{path.name}"
        phrase = _phrase(path) if wanted("game", name) else None
        if phrase is not None:
            style = styles.get(path.parent.name, 9)
            yield Found("game", name, phrase, style, roles_of(phrase.parts))


def _lieder(data: Path, wanted: Wanted) -> Iterator[Found]:
    for index, path in enumerate(sorted(data.glob("openscore_lieder/scores/**/*.mxl"))):
        is_read = index % 3 == 0 and wanted("openscore-lieder", path.name)
        phrase = _phrase(path) if is_read else None
        if phrase is not None:
            roles = tuple(2 if part.staff_count > 1 else 0 for part in phrase.parts)
            style = 8 if "Joplin" in str(path) else 4
            yield Found("openscore-lieder", path.name, phrase, style, roles)


def _quartets(data: Path, wanted: Wanted) -> Iterator[Found]:
    for path in sorted(data.glob("openscore_quartets/scores/**/*.mxl"))[::2]:
        phrase = _phrase(path) if wanted("openscore-quartets", path.name) else None
        if phrase is None or len(phrase.parts) < 3:
            continue
        roles = [4] * len(phrase.parts)
        roles[0], roles[-1] = 0, 1
        style = 4 if re.search(r"Brahms|Wolf|Beach|Dvo|Schumann|Grieg|Smyth", str(path)) else 3
        yield Found("openscore-quartets", path.name, phrase, style, tuple(roles))


def _hymns(data: Path, wanted: Wanted) -> Iterator[Found]:
    for path in sorted(data.glob("openhymnal/midi/*.mid")):
        phrase = _phrase(path) if wanted("openhymnal", path.name) else None
        if phrase is not None:
            roles = (0, 4, 4, 1) if len(phrase.parts) == 4 else roles_of(phrase.parts)
            yield Found("openhymnal", path.name, phrase, 1, roles)


def _nottingham(data: Path, wanted: Wanted) -> Iterator[Found]:
    for path in sorted(data.glob("nottingham/midi/*.mid")):
        phrase = _phrase(path) if wanted("nottingham", path.name) else None
        if phrase is not None:
            roles = (0, 5, *(6 for _ in phrase.parts[2:]))[: len(phrase.parts)]
            yield Found("nottingham", path.name, phrase, 0, roles)


def _openewld(data: Path, wanted: Wanted) -> Iterator[Found]:
    styles = _ewld_styles(data / "openewld" / "OpenEWLD.db")
    for path in sorted(data.glob("openewld/dataset/**/*.mxl")):
        phrase = _phrase(path) if wanted("openewld", path.name) else None
        if phrase is None:
            continue
        chords = tuple(
            (ticks(c.onset), 12 if root is None else root, _intervals(c, root))
            for c in phrase.chords
            for root in (root_pitch_class(c),)
        )
        style = styles.get(path.name, 6)
        roles = roles_of(phrase.parts)
        yield Found("openewld", path.name, phrase, style, (0, *roles[1:]), chords)


def _intervals(chord: ChordSymbol, root: int | None) -> tuple[int, ...]:
    return () if root is None else tuple((pc - root) % 12 for pc in pitch_classes(chord))


def _ewld_styles(path: Path) -> dict[str, int]:
    if not path.is_file():
        return {}
    names = {"Jazz": 5, "Pop": 6, "Rock": 7, "Folk, World, & Country": 0, "Classical": 3}
    query = (
        "select w.path_leadsheet, g.genre from works w join work_genres g on w.id = g.id"
        " order by g.occurrences"
    )
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
        rows = base.execute(query).fetchall()
    return {Path(name).name: names[genre] for name, genre in rows if genre in names}


def _mutopia(data: Path, wanted: Wanted) -> Iterator[Found]:
    styles = {"Baroque": 3, "Classical": 3, "Romantic": 4, "Folk": 0, "Hymn": 1, "Jazz": 5,
              "Romantique": 4, "Renaissance": 2, "Song": 4, "Popular / Dance": 6}  # fmt: skip
    base = data / "mutopia"
    if not (base / "metadata.jsonl").is_file():
        return
    for line in (base / "metadata.jsonl").read_text().splitlines():
        row = json.loads(line)
        path = base / row["file"]
        name = f"{path.parent.parent.name}-{path.parent.name}"
        is_read = path.is_file() and wanted("mutopia", name)
        phrase = _phrase(path) if is_read else None
        if phrase is None:
            continue
        keys = re.search(r"piano|harpsichord", row["mutopiainstrument"] or "", re.IGNORECASE)
        phrase, roles = _joined_keys(phrase) if keys else (phrase, roles_of(phrase.parts))
        style = styles.get(row["style"] or "", 9)
        if style == 9 and "Joplin" in (row["composer"] or ""):
            style = 8
        yield Found("mutopia", name, phrase, style, roles)


def _joined_keys(phrase: Phrase) -> tuple[Phrase, tuple[int | None, ...]]:
    """The two staves of a keyboard, written as two parts, as one."""
    keys = [p for p in phrase.parts if not p.is_drums and p.program < 8]
    if not 2 <= len(keys) <= 3:
        return phrase, roles_of(phrase.parts)
    keys = keys[-2:]
    joined = replace(keys[0], notes=tuple(n for part in keys for n in part.notes))
    others = tuple(p for p in phrase.parts if p not in keys)
    roles: tuple[int | None, ...] = (2, *(0 if not o.is_drums else 6 for o in others))
    return replace(phrase, parts=(joined, *others)), roles
