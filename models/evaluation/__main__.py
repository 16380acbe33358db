"""`python -m antiphon.models.evaluation TASK --on FOLDER [--json FILE]`."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from antiphon.bridge.errors import AntiphonError, ExitCode

TASKS = ("melody",)


def main_evaluate(task: str, folder: Path, json_file: Path | None) -> int:
    """Print the table of a task's models and baselines over a folder; returns the exit code."""
    try:
        if task not in TASKS:
            raise AntiphonError("bad-control", name="task", value=task, why="it is not known")
        if not folder.is_dir():
            raise AntiphonError("unreadable-file", what=str(folder), why="it is not a folder")
        return _melody(folder, json_file)
    except AntiphonError as error:
        sys.stderr.write(f"{error.sentence}\n{error.remedy}\n")
        return int(error.exit_code)


def _melody(folder: Path, json_file: Path | None) -> int:
    # torch loads for seconds: an unknown task or folder is refused before.
    from antiphon.models.evaluation.melody import evaluate_melody, table  # noqa: PLC0415

    report = evaluate_melody(folder)
    sys.stdout.write("\n".join(table(report)) + "\n")
    if json_file is not None:
        found = {
            "task": "melody",
            "rows": [asdict(row) for row in report.rows],
            "tunes": report.tunes,
            "notes": report.notes,
            "unread": list(report.unread),
        }
        try:
            json_file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise AntiphonError(
                "unwritable-file", what=str(json_file), why=str(error.strerror)
            ) from None
    return int(ExitCode.OK)


def main(arguments: list[str] | None = None) -> int:
    """The command of this package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--on", type=Path, required=True, help="folder of tunes")
    parser.add_argument("--json", type=Path, help="write the table to this file as well")
    options = parser.parse_args(arguments)
    return main_evaluate(options.task, options.on, options.json)


if __name__ == "__main__":
    sys.exit(main())
