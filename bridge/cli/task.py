"""`antiphon TASK FILE -o OUT`: every task of the table, with no editor at all."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from antiphon.bridge.answers import answered, written
from antiphon.bridge.asking import Asked, ask_about
from antiphon.bridge.client import Client
from antiphon.bridge.documents import Document, open_document
from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.formats.files import suffix_of
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.words import key_name, measures_in_words, meter_name, region_in_words
from antiphon.bridge.protocol.codec import to_json
from antiphon.bridge.protocol.messages import Progress, Request, Take, Task
from antiphon.bridge.protocol.wishes import BY_NAME, Word, wishes_of

_STAGES = {
    "queued": "waiting",
    "loading": "waking the model",
    "writing": "writing",
    "checking": "checking",
}
# What `Controls` calls a wish where it is not the word itself.
_WORDS = {
    "mood": "valence",
    "locked measures": "lock_measures",
    "locked notes": "lock_notes",
    "rhythm and chords": "chords",
}

# Who waits at a terminal can stop it; a model that has to be loaded first shall have its time.
_PATIENCE_SECONDS = 300.0


def run(options: argparse.Namespace) -> int:
    """Read, ask, write, and say in musical words what was done."""
    _check_outputs(options)
    document = _read(options.file) if options.file is not None else None
    asked = _asked(document, options)
    takes = _ask(replace(asked.request, deadline_seconds=_PATIENCE_SECONDS))
    names = _write(document, asked, takes, options)
    to_stdout = any(name == "-" for name in options.output)
    if options.json:
        print(json.dumps(_report(asked.request, takes, names), ensure_ascii=False, indent=2))
    else:
        _tell(document, asked, takes, names, sys.stderr if to_stdout else sys.stdout)
    return ExitCode.OK


def _check_outputs(options: argparse.Namespace) -> None:
    if "-" in options.output and (options.takes > 1 or options.json):
        raise AntiphonError(
            "bad-control", name="-o", value="-", why="standard output holds one take and no JSON"
        )
    for name in options.output:
        if name == "-":
            continue
        suffix_of(name)  # an unknown suffix is told before the model is asked
        path = Path(name)
        is_file = options.file not in (None, "-")
        if is_file and path.exists() and path.samefile(options.file):
            raise AntiphonError("would-overwrite", what=name)
        if not path.absolute().parent.is_dir():
            raise AntiphonError("unwritable-file", what=name, why="its folder does not exist")


def _read(name: str) -> Document:
    if name == "-":
        return open_document(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), "-")
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise AntiphonError("unreadable-file", what=name, why=why) from None
    return open_document(data, Path(name).name)


def _asked(document: Document | None, options: argparse.Namespace) -> Asked:
    task = Task(options.task)
    words: dict[str, Word] = {
        wish.name: getattr(options, wish.name)
        for wish in wishes_of(task)
        if getattr(options, wish.name) is not None
    }
    if "rhythm" in words:
        words["rhythm"] = _rhythm(str(words["rhythm"]))
    try:
        return ask_about(task, words, document)
    except ValueError as error:
        name, _, why = str(error).partition(": ")
        name = _WORDS.get(name, name)
        option = BY_NAME[name].option if name in BY_NAME else name
        value = f"“{str(words.get(name, 'that'))[:60]}”"
        raise AntiphonError("bad-control", name=option, value=value, why=why) from None


def _rhythm(value: str) -> str:
    """The rhythm as it is typed; that of a file's first line of notes where one is named."""
    try:
        if not Path(value).is_file():
            return value
    except (OSError, ValueError):
        return value
    phrase = _read(value).phrase
    part = next((part for part in phrase.parts if part.notes), None)
    words, now = [], phrase.length * 0
    for note in top_line(part, now, phrase.length) if part else ():
        words += [f"r{note.onset - now}"] if note.onset > now else []
        words.append(str(note.duration))
        now = note.end
    words += [f"r{phrase.length - now}"] if phrase.length > now else []
    return " ".join(words)


def _ask(request: Request) -> list[Take]:
    takes: list[Take] = []
    told = ""
    with Client.open() as client:
        for message in client.ask(request):
            if isinstance(message, Take):
                takes.append(message)
            elif isinstance(message, Progress) and message.stage.value != told:
                told = message.stage.value
                print(f"{_STAGES.get(told, told)} …", file=sys.stderr, flush=True)
    return sorted(takes, key=lambda take: take.number)


def _write(
    document: Document | None, asked: Asked, takes: list[Take], options: argparse.Namespace
) -> list[str]:
    names = []
    for name in options.output:
        for take in takes:
            if name == "-":
                own = suffix_of(document.name, document.data) if document else ".musicxml"
                sys.stdout.buffer.write(_copy(document, asked, take, own))
                sys.stdout.buffer.flush()
                continue
            path = Path(name)
            if len(takes) > 1:
                path = path.with_stem(f"{path.stem}-{take.number + 1}")
            _replace_file(path, _copy(document, asked, take, suffix_of(name)))
            names.append(str(path))
    return names


def _copy(document: Document | None, asked: Asked, take: Take, suffix: str) -> bytes:
    if document is None or asked.selection is None:
        return written(take, suffix)
    return answered(document, asked.selection, take, suffix)


def _replace_file(path: Path, data: bytes) -> None:
    """Old file or new file, never half of one."""
    scratch = path.with_name(f".{path.name}.part")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        why = (error.strerror or str(error)).lower()
        raise AntiphonError("unwritable-file", what=str(path), why=why) from None


def _report(request: Request, takes: list[Take], names: list[str]) -> dict[str, object]:
    return {
        "task": request.task.value,
        "region": to_json(request.region),
        "takes": [to_json(take) for take in takes],
        "written": names,
    }


def _tell(
    document: Document | None, asked: Asked, takes: list[Take], names: list[str], stream: TextIO
) -> None:
    if document is not None and asked.selection is not None:
        region, title = asked.request.region, document.phrase.title or document.name
        own = asked.selection.part.id
        where = region_in_words(document.phrase, own, region.start, region.end)
        print(f"Listened to “{title}”: {where}.", file=stream)
    for take in takes:
        print(f"Take {take.number + 1}, {_in_words(asked.request.task, take.phrase)}:", file=stream)
        if take.phrase.chords and asked.request.task is not Task.CONTINUE:
            print(f"  {_chords_in_words(take.phrase)}", file=stream)
        for remark in take.remarks:
            print(f"  {remark.sentence}", file=stream)
        receipt = take.receipt
        weights = f", weights {receipt.model_hash[:12]}" if receipt.model_hash else ""
        print(f"  By {receipt.model}{weights}, seed {receipt.seed}.", file=stream)
    for name in names:
        print(f"Wrote {name}", file=stream)
    if not names:
        print("Nothing was written; name a file with -o.", file=stream)


def _in_words(task: Task, phrase: Phrase) -> str:
    """The answer's measures, and its parts where they are new."""
    said = [measures_in_words(phrase.measures)]
    if task is Task.GENERATE:
        said += [meter_name(meter) for meter in phrase.time_signatures[:1]]
        said += [key_name(key) for key in phrase.key_signatures[:1]]
    if task not in (Task.CONTINUE, Task.GENERATE):
        parts = ", ".join(part.name or part.id for part in phrase.parts)
        said.append(parts or "chord symbols")
    return ", ".join(said)


def _chords_in_words(phrase: Phrase) -> str:
    """The chord symbols with bars between the measures: "C | Am F | G7"."""
    cells = [
        " ".join(chord_text(c) for c in phrase.chords if m.onset <= c.onset < m.end)
        for m in phrase.measures
    ]
    return " ".join(" | ".join(cells).split())
