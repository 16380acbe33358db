"""Takes to look at and to sing: `python -m antiphon.models.evaluation.listening FILE… --out DIR`.

Each tune is continued for four measures after its first eight, with fixed seeds, and engraved
with the new notes in blue; a Markdown table tells what each take does.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from antiphon.bridge.formats.engraving import engrave
from antiphon.bridge.formats.files import read_phrase, write_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.slice import join, slice_phrase
from antiphon.bridge.protocol.messages import Controls, Region, Request, Take, Task
from antiphon.models.encoding.reading import melody_part
from antiphon.models.tasks.engines import Engine, engine_for

MEASURES = 4


def request_for(phrase: Phrase, heard: int = 8, count: int = 2, seed: int = 1) -> Request:
    """A request to continue the melody of a phrase after its first `heard` full measures.

    Raises ValueError for a phrase without a melody.
    """
    part = melody_part(phrase)
    if part is None:
        raise ValueError("the music holds no melody")
    measures = phrase.measures
    has_pickup = len(measures) > 1 and measures[0].duration < measures[1].duration
    end = measures[min(heard + has_pickup, len(measures)) - 1].end
    region = Region("file", "", (part.id,), Fraction(0), end)
    return Request(
        "listening", Task.CONTINUE, region, replace(phrase, parts=(part,)),
        controls=Controls(measures=MEASURES), seed=seed, count=count,
    )  # fmt: skip


def picture(request: Request, take: Take) -> bytes:
    """The heard measures and a take, engraved as SVG; words, chords and tempo are left out."""
    before = slice_phrase(request.phrase, Fraction(0), request.region.end)
    part = before.parts[0]
    bare = tuple(replace(note, lyrics=()) for note in part.notes if not note.is_grace)
    before = replace(before, parts=(replace(part, notes=bare, name=""),), chords=(), tempos=())
    answer = replace(take.phrase, parts=(replace(take.phrase.parts[0], name=""),))
    whole = replace(join(before, answer), title="")
    data = write_phrase(whole, ".musicxml")
    return engrave(data, first_new=len(before.measures), new=MEASURES)


def gallery(files: list[Path], out: Path, engine: Engine) -> Iterator[str]:
    """Write the pictures of some tunes into `out`; yields the rows of the table."""
    yield "| tune | take | what it does | longest run shared with a training tune |"
    yield "|---|---|---|---|"
    for path in files:
        phrase = read_phrase(path.read_bytes(), path.name)
        request = request_for(phrase)
        for take in engine.takes(request, lambda: False):
            name = f"{path.stem}-{take.number + 1}.svg".replace("'", "")
            (out / name).write_bytes(picture(request, take))
            words = " ".join(remark.sentence for remark in take.remarks)
            run = take.receipt.longest_run
            shared = f"{run} notes, “{take.receipt.longest_run_in}”" if run else "under 8 notes"
            title = phrase.title or path.stem
            yield f"| {title} | [{take.number + 1}]({name}) | {words} | {shared} |"


def main(arguments: list[str] | None = None) -> int:
    """Write the gallery and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for line in gallery(options.files, options.out, engine_for("torch")):
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
