"""Takes of the drums model to read and hear: `python -m antiphon.models.evaluation.drums_gallery`.

Held-out passages continued, a band accompanied, grooves from nothing; a grid of text for each
and an engraved page, none of them picked.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.engraving import engrave
from antiphon.bridge.formats.musicxml_writer import musicxml_from_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.models.catalog import model_for
from antiphon.models.encoding.drum_grid import (
    STRAIGHT,
    TERNARY,
    Bar,
    ascii_grid,
    bars_of,
    meters_of,
    strokes_of,
)
from antiphon.models.evaluation.drum_passages import BARS, passages, phrase_of
from antiphon.models.tasks.drums import load_writer
from antiphon.models.training.drums_data import Piece, read_pieces

_NOTHING = (("rock", 4, 4), ("jazz", 4, 4), ("folk", 3, 4), ("pop", 6, 8), ("rock", 7, 8))


def asked(test: list[Piece], count: int) -> Iterator[tuple[str, tuple[Bar, ...], Request]]:
    """What is asked: a title, the measures heard, the request."""
    for passage in passages(test, count):
        phrase = phrase_of(passage.piece, passage.start, BARS, BARS)
        region = Region("gallery", "0", ("Drums",), Fraction(0), phrase.length)
        request = Request(passage.piece.name, Task.CONTINUE, region, phrase)
        yield f"{passage.piece.name}, continued", passage.bars, request
    band = [p for p in passages(test, 10**6) if (p.piece.heard[p.start][:, 0] == 1).any()]
    for passage in band[:: max(1, len(band) // 2)][:2]:
        phrase = phrase_of(passage.piece, passage.start, BARS, 0)
        phrase = replace(phrase, parts=tuple(p for p in phrase.parts if not p.is_drums))
        region = Region("gallery", "0", (phrase.parts[0].id,), Fraction(0), phrase.length)
        request = Request(passage.piece.name, Task.DRUMS, region, phrase)
        yield f"{passage.piece.name}, drums for its bass and melody", passage.bars, request
    for style, beats, beat_type in _NOTHING:
        meter = TimeSignature(Fraction(0), beats, beat_type)
        length = 4 * meter.measure_duration
        tempo = (Tempo(Fraction(0), 110.0),)
        phrase = Phrase((), measures_from_meter((meter,), length), length, (), (meter,), tempo)
        region = Region("gallery", "0", (), Fraction(0), length)
        title = f"{style} in {beats}/{beat_type}, from nothing"
        controls = Controls(style=style)
        yield title, (), Request(title, Task.DRUMS, region, phrase, controls=controls)


def grid_text(answer: Phrase) -> str:
    """The answer as a grid of text, without the drums that rest."""
    strokes = strokes_of(answer.parts[0].notes)
    is_ternary = any(stroke.onset.denominator % 3 == 0 for stroke in strokes)
    parts = TERNARY if is_ternary else STRAIGHT
    bars = bars_of(strokes, answer.measures, meters_of(answer), parts, is_strict=True)
    return _without_rests(ascii_grid(bars))


def _without_rests(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if set("xoX") & set(line.split("|", 1)[1]))


def main(arguments: list[str] | None = None) -> int:
    """Print the gallery as Markdown and write a page for each take into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the data sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=5)
    options = parser.parse_args(arguments)
    test = [piece for piece in read_pieces(options.data)[0] if piece.split == "test"]
    for line in gallery(test, options.out, options.count):
        sys.stdout.write(line + "\n")
    return 0


def gallery(test: list[Piece], out: Path, count: int) -> Iterator[str]:
    """The lines of the gallery; its pages are written into a folder.

    Raises AntiphonError("no-weights") without the shipped model.
    """
    card = model_for("drums", "drums")
    if card is None:
        raise AntiphonError("no-weights", model="drums")
    writer = load_writer(card)
    for index, (title, heard, request) in enumerate(asked(test, count), 1):
        (_, answer), *_ = writer.takes(request, lambda: False, request.id)
        if answer is None:
            continue
        name = f"drums-{index}.svg"
        (out / name).write_bytes(engrave(musicxml_from_phrase(answer)))
        yield from (f"## {title}", "", f"[as notes]({name})", "")
        if heard:
            yield from ("```", _without_rests(ascii_grid(heard)), "```", "answered by", "")
        yield from ("```", grid_text(answer), "```", "")


if __name__ == "__main__":
    sys.exit(main())
