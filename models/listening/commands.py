"""The commands `library`, `similar` and `recommend` of the listening child."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.models.listening.library import Entry, Step, add, entry_of, open_library
from antiphon.models.listening.reading import measures_of, phrase_in_file
from antiphon.models.listening.recommend import rate, recommend
from antiphon.models.listening.similar import WAYS, Found, similar

_TOLD_EVERY = 50


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of the commands about the library."""
    command = commands.add_parser("library")
    command.add_argument("action", choices=("add", "list", "star", "played"))
    command.add_argument("file", nargs="?")
    command.add_argument("value", nargs="?")
    command.add_argument("--library", type=Path)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_library)
    command = commands.add_parser("similar")
    command.add_argument("file")
    command.add_argument("--by", choices=WAYS, default="melody")
    command.add_argument("--measures")
    command.add_argument("--most", type=int, default=10)
    command.add_argument("--library", type=Path)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_similar)
    command = commands.add_parser("recommend")
    command.add_argument("--most", type=int, default=10)
    command.add_argument("--library", type=Path)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_recommend)


def _library(options: argparse.Namespace) -> None:
    if options.action == "list":
        _list(options)
        return
    if not options.file:
        why = "name a folder or a file"
        raise AntiphonError("unreadable-file", what="Nothing", why=why)
    file = Path(options.file)
    if options.action == "add":
        with open_library(options.library, must_exist=False) as base:
            teller = _Teller(options.json)
            count = add(base, file, teller)
            teller.close(count)
        return
    with open_library(options.library) as base:
        if options.action == "star":
            stars = options.value or "5"
            if not stars.isdigit():
                why = "they go from 0 to 5"
                raise AntiphonError("bad-control", name="the stars", value=stars, why=why)
            rate(base, file, stars=int(stars))
            sys.stdout.write(f"{file.name} has {stars} stars.\n")
        else:
            rate(base, file, plays=1)
            sys.stdout.write(f"{file.name} was played once more.\n")


class _Teller:
    """Tells the progress of adding: a line of JSON a file, or a counter for people."""

    def __init__(self, as_json: bool) -> None:
        self._json, self._faults, self._new = as_json, 0, 0

    def __call__(self, step: Step) -> None:
        self._faults += bool(step.fault)
        self._new += not step.was_known
        if self._json:
            sys.stdout.write(json.dumps(asdict(step), ensure_ascii=False) + "\n")
            sys.stdout.flush()
            return
        if step.fault:
            sys.stderr.write(f"{step.name}: {step.fault}\n")
        if step.done % _TOLD_EVERY == 0 or step.done == step.of:
            sys.stderr.write(f"{step.done} of {step.of} files\n")
            sys.stderr.flush()

    def close(self, count: int) -> None:
        if not self._json:
            sys.stdout.write(
                f"Pieces of this folder in the library: {count}. Files that were new or changed: "
                f"{self._new}; that could not be used: {self._faults}.\n"
            )


def _list(options: argparse.Namespace) -> None:
    with open_library(options.library) as base:
        rows = base.execute(
            "select title, path, style, valence, arousal, stars, plays from pieces "
            "order by title collate nocase"
        ).fetchall()
    names = ("title", "path", "style", "valence", "arousal", "stars", "plays")
    if options.json:
        json.dump([dict(zip(names, r, strict=True)) for r in rows], sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    for title, path, style, _, _, stars, plays in rows:
        marks = " " + "★" * stars if stars else ""
        told = f", played {plays} times" if plays else ""
        sys.stdout.write(f"{title}{marks} ({style}{told}): {path}\n")


def _measured(options: argparse.Namespace) -> Entry:
    phrase = phrase_in_file(options.file)
    if options.measures:
        phrase = measures_of(phrase, options.measures)
    entry = entry_of(phrase)
    if entry is None:
        raise AntiphonError("no-melody", what="look for")
    return entry


def _similar(options: argparse.Namespace) -> None:
    with open_library(options.library) as base:
        entry = _measured(options)
        path = str(Path(options.file).resolve())
        own = [r[0] for r in base.execute("select id from pieces where path = ?", (path,))]
        _print(similar(base, entry, options.by, max(1, options.most), own), options.json)


def _recommend(options: argparse.Namespace) -> None:
    with open_library(options.library) as base:
        _print(recommend(base, max(1, options.most)), options.json)


def _print(found: list[Found], as_json: bool) -> None:
    if as_json:
        json.dump([asdict(row) for row in found], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    for row in found:
        where = row.path if not row.number else f"{row.path}, tune {row.number + 1}"
        sys.stdout.write(f"{row.score:.2f}  {row.title}: {row.reason}\n      {where}\n")
    if not found:
        sys.stdout.write("Nothing in the library is like it.\n")
