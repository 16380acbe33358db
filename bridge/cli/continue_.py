"""`antiphon continue FILE -o OUT`: the next measures of a melody, with no editor at all."""

import argparse
import json
import sys
from pathlib import Path
from typing import TextIO

from antiphon.bridge.client import Client
from antiphon.bridge.documents import (
    Document,
    Selection,
    answered,
    open_document,
    request_for,
    select,
)
from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.formats.files import suffix_of
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.music.words import measures_in_words, region_in_words
from antiphon.bridge.protocol.codec import to_json
from antiphon.bridge.protocol.messages import Controls, Progress, Request, Take

_STAGES = {
    "queued": "waiting",
    "loading": "waking the model",
    "writing": "writing",
    "checking": "checking",
}


def run(options: argparse.Namespace) -> int:
    """Read, ask, write, and say in musical words what was done."""
    _check_outputs(options)
    document = _read(options.file)
    selection = select(document, options.part, options.first, options.last)
    request = _request(document, selection, options)
    takes = _ask(request)
    written = _write(document, selection, takes, options)
    to_stdout = any(name == "-" for name in options.output)
    if options.json:
        print(json.dumps(_report(request, takes, written), ensure_ascii=False, indent=2))
    else:
        _tell(document, selection, takes, written, sys.stderr if to_stdout else sys.stdout)
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
        if options.file != "-" and path.exists() and path.samefile(options.file):
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


def _request(document: Document, selection: Selection, options: argparse.Namespace) -> Request:
    try:
        controls = Controls(
            measures=options.measures,
            temperature=options.temperature,
            strict_key=options.strict_key,
        )
        return request_for(document, selection, controls, seed=options.seed, count=options.takes)
    except ValueError as error:
        name, _, why = str(error).partition(": ")
        value = getattr(options, name, "that")
        raise AntiphonError("bad-control", name=f"--{name}", value=value, why=why) from None


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
    document: Document, selection: Selection, takes: list[Take], options: argparse.Namespace
) -> list[str]:
    written = []
    for name in options.output:
        for take in takes:
            if name == "-":
                suffix = suffix_of(document.name, document.data)
                sys.stdout.buffer.write(answered(document, selection, take, suffix))
                sys.stdout.buffer.flush()
                continue
            path = Path(name)
            if len(takes) > 1:
                path = path.with_stem(f"{path.stem}-{take.number + 1}")
            data = answered(document, selection, take, suffix_of(name))
            _replace_file(path, data)
            written.append(str(path))
    return written


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


def _report(request: Request, takes: list[Take], written: list[str]) -> dict[str, object]:
    return {
        "task": request.task.value,
        "region": to_json(request.region),
        "takes": [to_json(take) for take in takes],
        "written": written,
    }


def _tell(
    document: Document,
    selection: Selection,
    takes: list[Take],
    written: list[str],
    stream: TextIO,
) -> None:
    title = document.phrase.title or document.name
    measures = document.phrase.measures
    start, end = measures[selection.first].onset, measures[selection.last].end
    where = region_in_words(document.phrase, selection.part.id, start, end)
    print(f"Listened to “{title}”: {where}.", file=stream)
    for take in takes:
        print(f"Take {take.number + 1}, {measures_in_words(take.phrase.measures)}:", file=stream)
        for remark in take.remarks:
            print(f"  {remark.sentence}", file=stream)
        receipt = take.receipt
        weights = f", weights {receipt.model_hash[:12]}" if receipt.model_hash else ""
        print(f"  By {receipt.model}{weights}, seed {receipt.seed}.", file=stream)
    for name in written:
        print(f"Wrote {name}", file=stream)
    if not written:
        print("Nothing was written; name a file with -o.", file=stream)
