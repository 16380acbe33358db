"""Tunes as the characters of ABC 2.1: one voice, notes counted in eighths, header first.

The text of a tune is what `antiphon.bridge.formats.abc_writer` prints, reduced to what a single
line needs: `M:`, `L:1/8` and `K:`, then the music on one line, then a line end that closes it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_fields import parse_fraction, parse_key, parse_meter
from antiphon.bridge.formats.abc_reader import phrases_from_abc
from antiphon.bridge.formats.abc_writer import abc_from_phrase
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.models.encoding.reading import melody_part

END = "\n"
UNIT = Fraction(1, 8)
_LENGTH = re.compile(r"(?P<pitch>(?:[\^_=]*[A-Ga-g][,']*|z))(?P<length>\d*/?\d*)")
_MEASURES_IN_LINE = 4
_MOST_HEADER = 8_192


@dataclass(frozen=True, slots=True)
class Header:
    """What an ABC header fixes: meter, key, unit note length, and the lines as they were given."""

    meter: TimeSignature
    key: KeySignature
    unit: Fraction
    lines: tuple[str, ...]


def header_text(meter: TimeSignature, key: KeySignature) -> str:
    """The characters that stand before the music of every tune in a meter and a key."""
    empty = Phrase(
        (Part("P1", "", ()),), (Measure(Fraction(0), meter.measure_duration, "1"),),
        meter.measure_duration, (replace(key, onset=Fraction(0)),),
        (replace(meter, onset=Fraction(0)),),
    )  # fmt: skip
    lines = abc_from_phrase(empty).decode().splitlines()
    return "".join(f"{line}\n" for line in lines if line[:2] in ("M:", "L:", "K:"))


def tune_text(phrase: Phrase) -> str | None:
    """The characters of a phrase's melody, its header and the closing line end included.

    None where there is no melody, or where meter or key change on the way.
    """
    part = melody_part(phrase)
    if part is None or len(phrase.time_signatures) != 1 or len(phrase.key_signatures) > 1:
        return None
    line = top_line(part, Fraction(0), phrase.length)
    if not line:
        return None
    music = music_of(phrase, line)
    if "V:" in music or "]" in music:  # voices that overlap, or a change on the way
        return None
    head = header_text(phrase.time_signatures[0], _key_of(phrase))
    return f"{head}{music}{END}"


def music_of(phrase: Phrase, line: Sequence[Note]) -> str:
    """The characters of a line of sounding notes in the measures of a phrase, without header."""
    notes = tuple(replace(note, voice=1, staff=1, lyrics=()) for note in line)
    plain = replace(
        phrase, parts=(Part("P1", "", notes),), chords=(), tempos=(), title=""
    )  # fmt: skip
    lines = abc_from_phrase(plain).decode().splitlines()
    start = next(index for index, text in enumerate(lines) if text.startswith("K:")) + 1
    return " ".join(" ".join(lines[start:]).split()).replace("(3:2:3", "(3")


def texts_of_book(data: bytes, what: str) -> Iterator[tuple[int, str]]:
    """The number (from 0) and the characters of each tune of an ABC book that has some.

    Raises AntiphonError("broken-abc" or "too-large").
    """
    for index, phrase in enumerate(phrases_from_abc(data, what)):
        text = tune_text(phrase)
        if text is not None:
            yield index, text


def split_header(text: str) -> tuple[str, str]:
    """The header of a tune's characters and its music, the closing line end with the music."""
    stop = text.index("\n", text.index("K:")) + 1
    return text[:stop], text[stop:]


def notes_in(music: str) -> int:
    """How many notes begin in the music of a tune's characters; tied ones count once."""
    found, tied = 0, False
    for match in re.finditer(r"[A-Ga-g][,']*\d*/?\d*(-?)|z", music):
        if match.group().startswith("z"):
            continue
        found += not tied
        tied = bool(match.group(1))
    return found


def read_header(text: str) -> Header:
    """The meaning of an ABC header, `X:` to `K:`; what it leaves out is 4/4, C major and `L:1/8`.

    Raises AntiphonError("broken-abc") for a header that cannot be read.
    """
    lines = [line.strip() for line in text[:_MOST_HEADER].splitlines() if line.strip()]
    values: dict[str, str] = {}
    for line in lines:
        if re.match(r"[A-Za-z]:", line):
            values.setdefault(line[0], line[2:].split("%")[0].strip())
        elif not line.startswith("%"):
            why = f"{line[:20]!r} is no line of a header"
            raise AntiphonError("broken-abc", what="The header", why=why)
    try:
        meter = parse_meter(values.get("M", "4/4")) or (4, 4)
        fifths, mode, _ = parse_key(values.get("K", "C"))
        default = "1/16" if Fraction(*meter) < Fraction(3, 4) else "1/8"
        unit = parse_fraction(values.get("L", default))
        if not Fraction(1, 64) <= unit <= 1:
            raise ValueError(f"L:{unit} is no usual length")
        time = TimeSignature(Fraction(0), *meter)
        key = KeySignature(Fraction(0), fifths, mode)
    except (ValueError, ZeroDivisionError) as error:
        raise AntiphonError("broken-abc", what="The header", why=str(error)) from None
    if "X" not in values:
        lines.insert(0, "X:1")
    kept = [line for line in lines if line[:2] not in ("K:", "w:", "W:")]
    key_line = next((line for line in lines if line.startswith("K:")), "K:C")
    return Header(time, key, unit, (*kept, key_line))


def complete_tune(header: Header, music: str) -> str:
    """An ABC tune: the header as given, the music in its unit, four measures a line."""
    measures = re.findall(r".*?:?\|(?=\s|$)", rescaled(music.strip(), UNIT / header.unit))
    words = [measure.strip() for measure in measures if measure.strip()]
    rows = [
        " ".join(words[start : start + _MEASURES_IN_LINE])
        for start in range(0, len(words), _MEASURES_IN_LINE)
    ]
    return "\n".join((*header.lines, *rows)) + "\n"


def rescaled(music: str, factor: Fraction) -> str:
    """Music with every length multiplied by a factor, so that it fits another `L:`."""
    if factor == 1:
        return music

    def scaled(match: re.Match[str]) -> str:
        length = length_of(match.group("length")) * factor
        upper = "" if length.numerator == 1 else str(length.numerator)
        lower = "" if length.denominator == 1 else f"/{length.denominator}"
        return match.group("pitch") + upper + lower

    return _LENGTH.sub(scaled, music)


def length_of(text: str) -> Fraction:
    """The length in units that the characters behind a note mean: "", "3", "/2", "3/2", "/"."""
    upper, slash, lower = text.partition("/")
    return Fraction(int(upper or 1), int(lower or 2) if slash else 1)


def _key_of(phrase: Phrase) -> KeySignature:
    return phrase.key_signatures[0] if phrase.key_signatures else KeySignature(Fraction(0), 0)
