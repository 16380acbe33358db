"""Harmonized tunes to see: `python -m antiphon.models.evaluation.chords_gallery FILE… --out DIR`.

Each melody is stripped of its chord symbols and harmonized with fixed seeds; the takes are
printed as a Markdown list beside the written chords, the first one also engraved.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.engraving import engrave
from antiphon.bridge.formats.files import read_phrase, write_phrase
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding.reading import melody_part
from antiphon.models.tasks.chords import load_writer
from antiphon.models.tasks.identity import input_hash

MEASURES = 16


def bare_melody(phrase: Phrase, measures: int = MEASURES) -> Phrase:
    """The melody of the first measures, without words, chords, tempo and other parts.

    Raises ValueError for a phrase without a melody.
    """
    part = melody_part(phrase)
    if part is None:
        raise ValueError("the music holds no melody")
    end = phrase.measures[min(measures, len(phrase.measures)) - 1].end
    notes = tuple(replace(note, lyrics=()) for note in part.notes if not note.is_grace)
    alone = replace(phrase, parts=(replace(part, notes=notes, name=""),), tempos=())
    return slice_phrase(alone, Fraction(0), end)


def request_for(phrase: Phrase, style: str | None, count: int) -> Request:
    """A request to harmonize all of a melody in chord symbols; its own symbols are not sent."""
    region = Region("file", "", (phrase.parts[0].id,), Fraction(0), phrase.length)
    return Request(
        "gallery", Task.HARMONIZE, region, replace(phrase, chords=()),
        controls=Controls(style=style), seed=1, count=count,
    )  # fmt: skip


def lead_sheet(measures: Sequence[Measure], chords: Sequence[ChordSymbol]) -> str:
    """Chord symbols measure by measure: "C | F G7 | – |"."""
    cells = []
    for measure in measures:
        inside = [chord_text(c) for c in chords if measure.onset <= c.onset < measure.end]
        cells.append(" ".join(inside) or "–")
    return " | ".join(cells)


def gallery(files: Sequence[Path], out: Path, card: Card, style: str | None) -> Iterator[str]:
    """Write a picture of each first take into `out`; yields the lines of a Markdown page."""
    writer = load_writer(card)
    for path in files:
        melody = bare_melody(read_phrase(path.read_bytes(), path.name))
        request = request_for(melody, style, 3)
        yield f"## {melody.title or path.stem}"
        yield ""
        if melody.chords:
            yield f"- as written: {lead_sheet(melody.measures, melody.chords)}"
        for number, answer in writer.takes(request, lambda: False, input_hash(request)):
            if answer is None:
                continue
            label = f"take {number + 1}"
            if number == 0:
                name = f"chords-{path.stem}-1.svg".replace("'", "")
                whole = replace(melody, chords=answer.chords, title="")
                (out / name).write_bytes(engrave(write_phrase(whole, ".musicxml")))
                label = f"[{label}]({name})"
            yield f"- {label}: {lead_sheet(melody.measures, answer.chords)}"
        yield ""


def main(arguments: list[str] | None = None) -> int:
    """Write the gallery and print its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--style")
    options = parser.parse_args(arguments)
    card = next((c for c in catalog() if c.about.kind == "chords"), None)
    if card is None:
        raise AntiphonError("no-weights", model="chords")
    options.out.mkdir(parents=True, exist_ok=True)
    for line in gallery(options.files, options.out, card, options.style):
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
