"""Difficulty against Mikrokosmos, Henle's grades and the Open Hymnal's complexity."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Phrase, key_at
from antiphon.models.evaluation.report import Cell, Table
from antiphon.models.listening.difficulty import cues_of, grade
from antiphon.models.listening.sound import sound_of

_CATALOGUE = re.compile(r"\b(op|bwv|kv?|d|hob|woo|o)\.?\s*(\d+)(?:\D{1,6}(\d+))?", re.IGNORECASE)
_COMPLEXITY = re.compile(r"%OHCOMPLEXITY\s+(\d)")


def of_piece(phrase: Phrase) -> tuple[float, float]:
    """Difficulty of all pitched parts played by one person, and notes a second (the baseline)."""
    notes = sorted(
        (n for part in phrase.parts if not part.is_drums for n in sounding(part.notes)),
        key=lambda n: n.onset,
    )
    sound = sound_of(phrase)
    rate = sound.seconds / max(1e-6, float(phrase.length))
    cues = cues_of(notes, rate, key_at(phrase, phrase.length / 2))
    return grade(cues), len(notes) / max(1.0, sound.seconds)


Graded = tuple[float, float, float]


def mikrokosmos(data: Path) -> Iterator[Graded]:
    """(level 0 … 2, ours, baseline) of the pieces of Bartók's Mikrokosmos."""
    folder = data / "mikrokosmos"
    levels = json.loads((folder / "metadata" / "books_mikrokosmos.json").read_text())
    for name, level in levels.items():
        yield from _graded(folder / "musicxml" / Path(name).name, float(level))


def henle(data: Path) -> Iterator[Graded]:
    """(grade 1 … 9, ours, baseline) of Mutopia's keyboard pieces that Henle graded as well."""
    grades: dict[tuple[str, str, str], set[int]] = {}
    index = json.loads((data / "cipi_labels" / "rubricnet" / "index.json").read_text())
    for row in index.values():
        for key in _keys(row["composer"], row["work_name"]):
            grades.setdefault(key, set()).add(int(row["henle"]))
    for line in (data / "mutopia" / "metadata.jsonl").read_text().splitlines():
        row = json.loads(line)
        if not re.search("piano|harpsi|clavi", row.get("mutopiainstrument") or "", re.IGNORECASE):
            continue
        for key in _keys(row.get("composer") or row["mutopiacomposer"], row["mutopiaopus"] or ""):
            if len(grades.get(key, ())) == 1:
                yield from _graded(data / "mutopia" / row["file"], float(min(grades[key])))
                break


def _keys(composer: str, work: str) -> list[tuple[str, str, str]]:
    """Surname, catalogue with its number, and the number within it, most exact first."""
    plain = re.sub(r"\(.*?\)|[^A-Za-z ]", " ", composer).split()
    found = _CATALOGUE.search(work)
    if not plain or found is None:
        return []
    kind = found.group(1).lower().replace("kv", "k")
    kind = "op" if kind == "o" else kind
    name, number = plain[-1].lower(), f"{kind}{found.group(2)}"
    return [(name, number, found.group(3) or ""), (name, number, "")][: 1 + bool(found.group(3))]


def hymns(data: Path) -> Iterator[Graded]:
    """(complexity 1 … 5, ours, baseline) of the Open Hymnal."""
    for path in sorted((data / "openhymnal" / "abc").glob("*.abc")):
        found = _COMPLEXITY.search(path.read_text(errors="replace"))
        if found:
            midi = data / "openhymnal" / "midi" / f"{path.stem}.mid"
            yield from _graded(midi, float(found.group(1)))


def _graded(path: Path, level: float) -> Iterator[Graded]:
    try:
        phrase = read_phrase(path.read_bytes(), path.name)
        if len(phrase.measures) > 250:
            return
        if not phrase.parts or not any(part.notes for part in phrase.parts):
            return
        yield (level, *of_piece(replace(phrase, chords=())))
    except (AntiphonError, OSError, ValueError):
        return


def spearman(first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray) -> float:
    """Rank correlation; ties share their mean rank."""

    def ranks(values: Sequence[float] | np.ndarray) -> np.ndarray:
        order = np.unique(np.asarray(values), return_inverse=True)[1]
        counts = np.bincount(order)
        before = np.cumsum(counts) - counts
        found: np.ndarray = (before + (counts - 1) / 2)[order]
        return found

    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def _thirds(values: np.ndarray) -> np.ndarray:
    """Grades 1 … 9 as easy, middling and hard."""
    found: np.ndarray = np.digitize(values, (3.67, 6.34))
    return found


def balanced(truth: np.ndarray, told: np.ndarray) -> float:
    """The mean over the classes of the share that was told right."""
    return float(np.mean([np.mean(told[truth == level] == level) for level in np.unique(truth)]))


def _rows(
    name: str, rows: Sequence[Graded], scale: tuple[float, float]
) -> Iterator[tuple[Cell, ...]]:
    level, own, plain = (np.array(column) for column in zip(*rows, strict=True))
    low, high = scale
    as_grade = 1 + 8 * (level - low) / (high - low)
    density = np.clip(1 + plain, 1, 9)
    for who, told in (
        ("antiphon", own), ("notes a second", density),
        ("always the median", np.full(len(level), float(np.median(as_grade)))),
    ):  # fmt: skip
        rank = spearman(level, told) if len(np.unique(told)) > 1 else 0.0
        truth = _thirds(as_grade)
        yield (name, who, len(level), rank, balanced(truth, _thirds(told)),
               float(np.abs(told - as_grade).mean()))  # fmt: skip


def tables(data: Path) -> Iterator[Table]:
    """Rank correlation, balanced accuracy of three levels, and mean error in grades of nine."""
    rows: list[tuple[Cell, ...]] = []
    for name, folder, read, scale in (
        ("Mikrokosmos, levels 0-2", "mikrokosmos", mikrokosmos, (0.0, 2.0)),
        ("Mutopia with Henle's grades 1-9", "cipi_labels", henle, (1.0, 9.0)),
        ("Open Hymnal, complexity 1-5", "openhymnal", hymns, (1.0, 5.0)),
    ):
        if (data / folder).is_dir():
            graded = list(read(data))
            if len(graded) > 10:
                rows += _rows(name, graded, scale)
    yield Table(
        "Difficulty by rules, never fitted to these grades",
        ("pieces", "who", "number", "rank correlation", "balanced accuracy", "mean error of 9"),
        tuple(rows),
    )
