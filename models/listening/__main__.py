"""`python -m antiphon.models.listening COMMAND …`: what the command line asks of listening.

`phrase` reads a phrase as JSON from standard input and writes its analysis as JSON; the others are
the commands of `antiphon` of the same names.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.bridge.music.analysis_words import in_words
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.codec import dumps, loads, to_json
from antiphon.models.listening.analyze import analyze
from antiphon.models.listening.commands import add_commands
from antiphon.models.listening.reading import measures_of, phrase_in_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a fault is printed as a sentence and a remedy."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except AntiphonError as fault:
        sys.stderr.write(f"antiphon: {fault.sentence}\n  {fault.remedy}\n")
        return fault.exit_code
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.stderr.write("antiphon: stopped. What was done is kept.\n")
        return ExitCode.CANCELLED
    return ExitCode.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="antiphon", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("analyze")
    command.add_argument("file")
    command.add_argument("--measures")
    command.add_argument("--picture")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_analyze)
    add_commands(commands)
    command = commands.add_parser("phrase")
    command.set_defaults(run=_phrase)
    return parser


def _analyze(options: argparse.Namespace) -> None:
    phrase = phrase_in_file(options.file)
    if options.measures:
        phrase = measures_of(phrase, options.measures)
    found = analyze(phrase)
    if options.picture:
        from antiphon.models.listening.picture import picture  # noqa: PLC0415 - loads verovio

        _write(Path(options.picture), options.file, picture(phrase, found))
    if options.json:
        json.dump(to_json(found), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        sys.stdout.write("\n".join(in_words(found)) + "\n")


def _write(path: Path, source: str, data: bytes) -> None:
    if path.suffix.lower() != ".svg":
        why = "the picture is written as .svg"
        raise AntiphonError("bad-control", name="--picture", value=path.name, why=why)
    if path.exists() and source != "-" and path.samefile(source):
        raise AntiphonError("would-overwrite", what=path.name)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise AntiphonError("unwritable-file", what=str(path), why=str(error.strerror)) from None


def _phrase(_options: argparse.Namespace) -> None:
    phrase = loads(Phrase, sys.stdin.buffer.read())
    sys.stdout.buffer.write(dumps(analyze(phrase)))


if __name__ == "__main__":
    sys.exit(main())
