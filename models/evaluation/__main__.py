"""`python -m antiphon.models.evaluation [TOPIC …] --on FOLDER [--json FILE] [--keep DIR]`.

FOLDER is a folder of MIDI, MusicXML or ABC files; the data sets' own root gives the figures of
the held-out sides. Without a topic all of them are measured, one after the other.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.models.evaluation.report import Report, markdown, write_json

# Each module offers `evaluate(folder: Path) -> Report`; torch loads with them, not before.
TOPICS: dict[str, str] = {
    "melody": "antiphon.models.evaluation.melody",
    "abc": "antiphon.models.evaluation.abc",
    "chorales": "antiphon.models.evaluation.chorales",
    "chords": "antiphon.models.evaluation.chords",
    "fill": "antiphon.models.evaluation.fill",
    "accompaniment": "antiphon.models.evaluation.accompaniment",
    "drums": "antiphon.models.evaluation.drums",
    "critic": "antiphon.models.evaluation.critic",
    "originality": "antiphon.models.evaluation.originality",
    "listening": "antiphon.models.evaluation.listening_figures",
    "speed": "antiphon.models.evaluation.speed",
}
# The name under which a topic is kept, where another table has its own name already.
KEPT_AS = {"speed": "models_speed"}
# What is measured of a task.
OF_TASK: dict[str, tuple[str, ...]] = {
    "continue": ("melody",), "generate": ("abc",), "fill": ("fill",), "vary": ("fill",),
    "harmonize": ("chords", "chorales"), "bass": ("accompaniment",), "drums": ("drums",),
    "accompany": ("accompaniment",), "arrange": ("accompaniment", "drums"),
}  # fmt: skip


def measure(topic: str, folder: Path) -> Report:
    """The report of one topic over a folder. Raises AntiphonError."""
    if topic not in TOPICS:
        why = f"the topics are {', '.join(TOPICS)}"
        raise AntiphonError("bad-control", name="the topic", value=topic, why=why)
    if not folder.is_dir():
        raise AntiphonError("unreadable-file", what=str(folder), why="it is not a folder")
    report: Report = import_module(TOPICS[topic]).evaluate(folder)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of the asked topics; the exit code is that of the last fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "topics", nargs="*", metavar="TOPIC", help=f"{', '.join(TOPICS)}, or a task"
    )
    parser.add_argument("--on", type=Path, required=True, help="folder of music")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument("--keep", type=Path, help="folder for TOPIC.md and TOPIC.json")
    options = parser.parse_args(arguments)
    code = ExitCode.OK
    asked = [topic for word in options.topics for topic in OF_TASK.get(word, (word,))]
    for topic in dict.fromkeys(asked) or TOPICS:
        try:
            report = measure(topic, options.on)
            lines = list(markdown(report))
            sys.stdout.write("\n".join(lines) + "\n\n")
            sys.stdout.flush()
            if options.json is not None:
                write_json(report, options.json)
            if options.keep is not None:
                name = KEPT_AS.get(topic, topic)
                (options.keep / f"{name}.md").write_text("\n".join(lines) + "\n")
                write_json(report, options.keep / f"{name}.json")
        except AntiphonError as error:
            sys.stderr.write(f"{error.sentence}\n{error.remedy}\n")
            code = error.exit_code
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
