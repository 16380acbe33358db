"""Make a data set of anyone's music: `python -m antiphon.models.training.prepare FOLDER… -o SET`.

A data set is a folder: `dataset.safetensors` with the melodies as every melody network reads
them (moved to the key without accidentals), `notes.safetensors` with their notes as written and
transposed, `manifest.json` with the work and side of each, `report.md` and `report.json`.
"""

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.models.catalog import ZOO
from antiphon.models.encoding.grid import TICKS_PER_QUARTER
from antiphon.models.encoding.vocabulary import Durations
from antiphon.models.evaluation.report import Report, Table, markdown, write_json
from antiphon.models.training import dataset as data
from antiphon.models.training.corpus import SPLITS, Entry
from antiphon.models.training.prepare_read import (
    REASONS,
    SHORTEST,
    Gathered,
    Progress,
    gather,
)
from antiphon.models.training.prepared_set import DATASET, MANIFEST, NOTES
from antiphon.models.training.split import sides_of, user_works

VERSION = 1
_LOWEST, _HIGHEST = 21, 108


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to prepare: shares of the held-out sides (0 to 1), fewest notes, semitones to add.

    `transpositions` go into the notes of training tunes alone. `own_durations` takes the
    duration symbols from the music instead of the shipped model's.
    """

    test: float = 0.05
    valid: float = 0.05
    shortest: int = SHORTEST
    transpositions: tuple[int, ...] = ()
    own_durations: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data set in memory: what was gathered, the work and side of each tune, the arrays."""

    gathered: Gathered
    works: tuple[str, ...]
    sides: tuple[str, ...]
    dataset: data.Dataset


def shipped_durations() -> Durations:
    """The duration symbols of the shipped melody network. Raises AntiphonError("no-weights")."""
    try:
        config = json.loads((ZOO / "melody-lstm" / "config.json").read_text())
        return Durations(tuple(config["durations"]))
    except (OSError, ValueError, KeyError):
        raise AntiphonError("no-weights", model="melody-lstm") from None


def prepared(
    gathered: Gathered, works: Sequence[str], sides: Sequence[str], durations: Durations | None
) -> Prepared:
    """Encode gathered tunes, whose works and sides are known, in duration symbols.

    Without `durations` the symbols are taken from the training side.
    """
    entries = [
        Entry(found.name, found.tune, side)
        for found, side in zip(gathered.found, sides, strict=True)
    ]
    return Prepared(gathered, tuple(works), tuple(sides), data.build(entries, durations))


def prepare(
    places: Sequence[Path],
    out: Path,
    wishes: Wishes = Wishes(),
    progress: Progress = lambda done, files, name: None,
) -> Prepared:
    """Write the data set of some folders and files to `out`, whole or not at all.

    The same files and wishes give the same bytes. Raises AntiphonError: "nothing-to-learn"
    where no tune is left, "strange-run" where `out` holds anything but a data set.
    """
    refuse_foreign(out, MANIFEST, "it holds files that are no data set")
    staged = out.with_name(f".{out.name}.part")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        staged.mkdir(parents=True)
        gathered = gather(places, wishes.shortest, progress, staged / "heard")
        works = user_works([f.tune for f in gathered.found], [f.name for f in gathered.found])
        sides = sides_of(works, wishes.test, wishes.valid)
        if not gathered.found:
            _write_report(Prepared(gathered, (), (), _no_data()), wishes, staged)
            text = (staged / "report.md").read_text()
            raise AntiphonError("nothing-to-learn", what=_named(places), why=_why_none(text))
        durations = None if wishes.own_durations else shipped_durations()
        found = prepared(gathered, works, sides, durations)
        write(found, wishes, staged)
        replace_folder(staged, out)
    except OSError as error:
        raise AntiphonError("unwritable-file", what=str(out), why=str(error.strerror)) from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return found


def write(found: Prepared, wishes: Wishes, folder: Path) -> None:
    """Write all files of a data set into a folder that is there."""
    data.save(found.dataset, folder / DATASET)
    save_file(_notes(found, wishes.transpositions), folder / NOTES)
    tunes = [
        {
            "file": item.name, "number": item.tune.index, "title": item.tune.melody.title,
            "work": work, "side": side, "notes": len(item.tune.melody.tones),
            "fifths": item.tune.melody.fifths, "is_minor": item.tune.melody.is_minor,
            "first_number": item.tune.melody.first_number,
        }
        for item, work, side in zip(found.gathered.found, found.works, found.sides, strict=True)
    ]  # fmt: skip
    manifest = {
        "version": VERSION,
        "digest": data.digest(found.dataset),
        "ticks_per_quarter": TICKS_PER_QUARTER,
        "wishes": asdict(wishes),
        "sides": {side: found.sides.count(side) for side in SPLITS},
        "tunes": tunes,
        "dropped": [asdict(item) for item in found.gathered.dropped],
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    _write_report(found, wishes, folder)


def _notes(found: Prepared, transpositions: Sequence[int]) -> dict[str, np.ndarray]:
    """Notes (n, 3) of onset, end and MIDI number, and of each line its length, tune and shift.

    Measures (n, 3) are start, length and meter class, of each tune in turn.
    """
    rows, lengths, tunes, shifts = [], [], [], []
    for index, (item, side) in enumerate(zip(found.gathered.found, found.sides, strict=True)):
        for shift in (0, *(transpositions if side == "train" else ())):
            line = [(t.onset, t.end, t.midi_number + shift) for t in item.tune.melody.tones]
            pitches = [number for _, _, number in line]
            if shift and not _LOWEST <= min(pitches) <= max(pitches) <= _HIGHEST:
                continue
            rows += line
            lengths.append(len(line))
            tunes.append(index)
            shifts.append(shift)
    spans = [item.tune.melody.spans for item in found.gathered.found]
    measures = [(span.start, span.length, span.meter) for own in spans for span in own]
    return {
        "measures": np.array(measures, np.int32).reshape(-1, 3),
        "measure_counts": np.array([len(own) for own in spans], np.int32),
        "notes": np.array(rows, np.int32).reshape(-1, 3),
        "lengths": np.array(lengths, np.int32),
        "tunes": np.array(tunes, np.int32),
        "semitones": np.array(shifts, np.int32),
    }


def _write_report(found: Prepared, wishes: Wishes, folder: Path) -> None:
    report = report_of(found, wishes)
    (folder / "report.md").write_text("\n".join(markdown(report)) + "\n", encoding="utf-8")
    write_json(report, folder / "report.json")


def report_of(found: Prepared, wishes: Wishes) -> Report:
    """What came of each side, and what was left out and why."""
    gathered = found.gathered
    rows = []
    for side in SPLITS:
        own = [i for i, name in enumerate(found.sides) if name == side]
        notes = sum(len(gathered.found[i].tune.melody.tones) for i in own)
        rows.append((side, len({found.works[i] for i in own}), len(own), notes))
    reasons = Counter(item.reason for item in gathered.dropped)
    shared = sum(count - 1 for count in Counter(found.works).values())
    notes_on = [
        f"{shared} tunes are settings of a work that another tune has as well; they share a side.",
        "The melodies are moved to the key without accidentals, so no transposed copies of them "
        "are needed.",
    ]
    if wishes.transpositions:
        moves = ", ".join(f"{shift:+d}" for shift in wishes.transpositions)
        notes_on.append(f"{NOTES} holds the training tunes moved by {moves} semitones as well.")
    return Report(
        "data set",
        (
            Table("Sides", ("side", "works", "tunes", "notes"), tuple(rows)),
            Table(
                "Left out",
                ("reason", "count", "meaning"),
                tuple((name, reasons[name], words) for name, words in REASONS.items()),
            ),
        ),
        f"{gathered.files} files were read; {len(gathered.found)} melodies were kept.",
        tuple(notes_on),
        tuple(f"{item.name}: {item.why}" for item in gathered.dropped),
    )


def refuse_foreign(folder: Path, mark: str, why: str) -> None:
    """Raise AntiphonError("strange-run") if a folder is neither new, empty nor one with `mark`."""
    if folder.is_dir() and not (folder / mark).is_file() and any(folder.iterdir()):
        raise AntiphonError("strange-run", what=str(folder), why=why)
    if folder.exists() and not folder.is_dir():
        raise AntiphonError("strange-run", what=str(folder), why="it is a file")


def replace_folder(staged: Path, target: Path) -> None:
    """Put a finished folder in the place of another; each moment one whole folder is there."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    staged.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _no_data() -> data.Dataset:
    return data.Dataset((), (), (), Durations((1,)))


def _why_none(report: str) -> str:
    lines = [line[2:] for line in report.splitlines() if line.startswith("- ")]
    if not lines:
        return "no file in it ends like MIDI, MusicXML, ABC or a recording"
    return f"no tune is left of {len(lines)} files or tunes; the first: {lines[0].rstrip('.')}"


def _named(places: Sequence[Path]) -> str:
    return ", ".join(place.name or str(place) for place in places)


def tell_progress(done: int, files: int, name: str) -> None:
    """Say on standard error how far the reading is, now and then."""
    if done == files or done % 25 == 0 or files < 25:
        sys.stderr.write(f"read {done} of {files}: {name}\n")
        sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """Prepare a data set; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        wishes = _wishes(options)
        found = prepare(options.folder, options.output, wishes, tell_progress)
    except AntiphonError as error:
        sys.stderr.write(f"antiphon: {error.sentence}\n  {error.remedy}\n")
        return int(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("antiphon: stopped. Nothing was written.\n")
        return int(ExitCode.CANCELLED)
    sys.stdout.write("\n".join(markdown(report_of(found, wishes))) + "\n")
    return int(ExitCode.OK)


def _wishes(options: argparse.Namespace) -> Wishes:
    if min(options.test, options.valid) < 0 or options.test + options.valid >= 100:
        value = f"{options.test:g} and {options.valid:g}"
        why = "the sides of tests and validation must leave something to learn from"
        raise AntiphonError("bad-control", name="--test and --valid", value=value, why=why)
    return Wishes(
        options.test / 100, options.valid / 100, max(2, options.shortest),
        _transpositions(options.transpose), options.own_durations,
    )  # fmt: skip


def _transpositions(text: str) -> tuple[int, ...]:
    if not text:
        return ()
    try:
        low, high = (int(number) for number in text.split(":"))
    except ValueError:
        low, high = 1, 0
    if not -24 <= low <= high <= 24:
        why = "two numbers of semitones are wanted, such as -5:6"
        raise AntiphonError("bad-control", name="--transpose", value=text, why=why)
    return tuple(shift for shift in range(low, high + 1) if shift)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+", help="folders or files of music")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the data set")
    parser.add_argument("--test", type=float, default=5.0, help="per cent held out for tests")
    parser.add_argument("--valid", type=float, default=5.0, help="per cent to stop early by")
    parser.add_argument("--shortest", type=int, default=SHORTEST, help="fewest notes of a tune")
    parser.add_argument("--transpose", default="", help="LOW:HIGH semitones, into the notes")
    parser.add_argument("--own-durations", action="store_true", help="duration symbols of these")
    return parser


if __name__ == "__main__":
    sys.exit(main())
