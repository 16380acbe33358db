"""How well the ABC character network writes: tunes that parse, and bits a note beside others.

A tune counts as parsed where music21's ABC parser reads it without a fault, finds eight notes
at least, and nine measures in ten are full, alone or with a neighbour (a pickup). abc2midi is
asked as well where it is installed.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from json import loads
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding.abc_text import read_header, split_header, texts_of_book
from antiphon.models.encoding.reading import tunes_in_file
from antiphon.models.evaluation.melody_models import event_models, measured, quarters
from antiphon.models.evaluation.report import Cell, Report, Table
from antiphon.models.tasks.founding_abc import NAME, AbcLSTM
from antiphon.models.training import dataset as data
from antiphon.models.training.abc_lstm import TEXTS, kept_texts, text_bits
from antiphon.models.training.melody_data import DATASET, SIDES, shipped_durations

SAMPLES = 1_000
_NOTES = 8
_FULL = 0.9


@dataclass(frozen=True, slots=True)
class AbcTune:
    """A tune as characters and as events."""

    text: str
    encoded: data.Encoded


def evaluate(folder: Path, samples: int = SAMPLES) -> Report:
    """The figures over the ABC tunes below a folder, or over the held-out side of a kept corpus.

    Raises AntiphonError("no-weights") without the shipped weights and "unreadable-file" where
    there is no ABC tune.
    """
    model = AbcLSTM()
    tunes, unread = _held_out(folder) or _read(folder)
    if not tunes:
        raise AntiphonError("unreadable-file", what=folder.name, why="no ABC tune was found in it")
    notes = sum(tune.encoded.notes for tune in tunes)
    return Report(
        topic="abc",
        tables=(_parsing(model, tunes, samples), _bits(model, tunes)),
        measured_on=f"{len(tunes)} ABC tunes, {notes} notes, their headers for what is written.",
        notes=(" ".join(__doc__.split("\n\n")[1].split()), _COMPARED),
        unread=tuple(unread),
    )


_COMPARED = (
    "The bits of abc-lstm are those of all characters of the music (bars, repeats, beams and "
    "accidentals among them) with the header given, over the notes of the tune; the other models "
    "foretell the same tunes as events. It says more, so it pays more."
)


def _held_out(folder: Path, side: str = "test") -> tuple[list[AbcTune], list[str]] | None:
    """The held-out ABC tunes of a corpus that `training.melody_data` kept; None for another."""
    if not (folder / DATASET).is_file() or not (folder / TEXTS).is_file():
        return None
    found = data.load(folder / DATASET)
    names = list(loads((folder / SIDES).read_text()))
    places = {name: index for index, name in enumerate(names)}
    return [
        AbcTune(text, found.tunes[places[name]])
        for name, split, text in kept_texts(None, folder)
        if split == side and name in places
    ], []


def _read(folder: Path) -> tuple[list[AbcTune], list[str]]:
    durations = shipped_durations()
    tunes, unread = [], []
    for path in sorted(folder.rglob("*.abc")):
        try:
            texts = dict(texts_of_book(path.read_bytes(), path.name))
            events = {tune.index: tune for tune in tunes_in_file(path)}
        except AntiphonError as error:
            unread.append(f"{path.relative_to(folder)}: {error.sentence}")
            continue
        for index in sorted(texts.keys() & events.keys()):
            tunes.append(AbcTune(texts[index], data.encode(events[index].melody, durations)))
    return tunes, unread


def _parsing(model: AbcLSTM, tunes: Sequence[AbcTune], samples: int) -> Table:
    headers = [f"X:1\nT:\n{split_header(tune.text)[0]}" for tune in tunes]
    kinds: tuple[tuple[str, Callable[[int], str]], ...] = (
        (f"{NAME}, grammar mask", lambda i: model.generate(headers[i % len(headers)], seed=i)),
        (
            f"{NAME}, no mask",
            lambda i: model.generate(headers[i % len(headers)], seed=i, masked=False),
        ),
        ("the held-out tunes", lambda i: f"X:1\nT:\n{tunes[i % len(tunes)].text}"),
    )
    rows: list[tuple[Cell, ...]] = []
    for label, tune_of in kinds:
        count = min(samples, len(tunes)) if label == "the held-out tunes" else samples
        written = [tune_of(index) for index in range(count)]
        rows.append((label, count, *(100 * share for share in _shares(written))))
    return Table(
        "Tunes that parse, in a hundred",
        ("what", "tunes", "music21", "music21, with notes and full bars", "abc2midi"),
        tuple(rows),
        digits=1,
    )


def _shares(written: Sequence[str]) -> Iterator[float]:
    checked = [parsed_by_music21(tune) for tune in written]
    yield sum(found is not None for found in checked) / len(written)
    yield sum(bool(found) for found in checked) / len(written)
    if shutil.which("abc2midi"):
        yield sum(parsed_by_abc2midi(tune) for tune in written) / len(written)
    else:
        yield float("nan")


def parsed_by_music21(tune: str) -> bool | None:
    """Whether a tune has notes enough and its bars add up; None where music21 cannot read it.

    Raises AntiphonError("unreadable-file") where music21 is not installed.
    """
    try:
        from music21 import converter
    except ImportError:
        why = "music21 is not installed"
        raise AntiphonError("unreadable-file", what="ABC", why=why) from None
    try:
        score: Any = converter.parse(tune, format="abc")
        notes = len(score.flatten().notes)
        measures = [
            Fraction(measure.duration.quarterLength).limit_denominator(960)
            for part in score.parts
            for measure in part.getElementsByClass("Measure")
        ]
    except Exception:  # whatever a foreign parser raises says that it cannot read
        return None
    return notes >= _NOTES and _adds_up(measures, tune)


def _adds_up(measures: Sequence[Fraction], tune: str) -> bool:
    """Whether most measures are full, alone or with the one before or behind."""
    meter = read_header(tune[: tune.index("\n", tune.index("K:"))]).meter
    full = meter.measure_duration
    held = [length for length in measures if length > 0]
    good = [length == full for length in held]
    for index, (one, other) in enumerate(pairwise(held)):
        if one + other == full:
            good[index] = good[index + 1] = True
    if held:  # a pickup of the whole tune, and the short measure that gives it back
        good[0] = good[0] or held[0] < full
        good[-1] = good[-1] or held[-1] < full
    return bool(good) and sum(good) >= _FULL * len(good)


def parsed_by_abc2midi(tune: str) -> bool:
    """Whether abc2midi turns a tune into MIDI without calling anything in it an error."""
    with TemporaryDirectory() as name:
        source, target = Path(name) / "tune.abc", Path(name) / "tune.mid"
        source.write_text(tune)
        done = subprocess.run(
            ["abc2midi", str(source), "-o", str(target)],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        said = done.stdout + done.stderr
        return target.is_file() and re.search(r"^Error", said, re.MULTILINE) is None


def _bits(model: AbcLSTM, tunes: Sequence[AbcTune]) -> Table:
    durations = shipped_durations()
    encoded = [tune.encoded for tune in tunes]
    found = measured(encoded, durations, event_models(durations))
    notes = max(1, sum(tune.notes for tune in encoded))
    length = max(1.0, sum(quarters(tune, durations) for tune in encoded))
    bits = sum(text_bits(model.network, tune.text) for tune in tunes)
    characters = sum(len(split_header(tune.text)[1]) for tune in tunes)
    rows: list[tuple[Cell, ...]] = [(NAME, bits / notes, bits / length, bits / characters)]
    rows += [(row.model, row.bits_per_note, row.bits_per_quarter, None) for row in found.rows()]
    rows.sort(key=lambda row: float(row[1] or 0))
    return Table(
        "Bits on the same tunes",
        ("model", "bits a note", "bits a quarter", "bits a character"),
        tuple(rows),
    )
