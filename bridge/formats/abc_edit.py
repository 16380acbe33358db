"""Putting an answer into a copy of an ABC tune: text behind its last bar, all else untouched."""

import re
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.formats.abc_fields import parse_fraction
from antiphon.bridge.formats.abc_reader import phrase_from_abc, text_of_abc
from antiphon.bridge.formats.abc_writer import abc_from_phrase
from antiphon.bridge.music.phrase import Phrase, Transposition

_MUSIC = re.compile(r"(?!\s*%)(?![A-Za-z]:)(?!\s*$)")
_FINAL_BAR = re.compile(r"(\|\||\|\]|\[?\|)\s*$")


def append_measures(original: bytes, answer: Phrase) -> bytes | None:
    """A copy of an ABC file whose first tune goes on with the answer's measures.

    Everything in the file stays as it is but for a plain final bar, which moves to the new
    end. None where a tune of this kind cannot be continued as text: several voices, or no
    music.
    """
    text = text_of_abc(original)
    lines = text.splitlines(keepends=True)
    start, end = first_tune(lines)
    tune = phrase_from_abc(original)
    last = last_music_line(lines, start, end)
    if last is None or len(tune.parts) != 1:
        return None
    line, ending = _split_line_end(lines[last])
    unit = unit_of(lines[start:end])
    new = _body(tune, answer)
    if unit != Fraction(1, 8):
        # The writer counts in eighths; the tune's own unit holds again afterwards.
        new = f"[L:1/8] {new} [L:{unit.numerator}/{unit.denominator}]"
    bar = _FINAL_BAR.search(line)
    if bar and bar.group(1) == "|]":
        line, new = line[: bar.start()] + "|", re.sub(r"\|(?=[^|]*$)", "|]", new)
    elif not line.rstrip().endswith(("|", "]", ":")):
        line += " |"
    follow = last + 1
    while follow < end and lines[follow].startswith("w:"):
        follow += 1
    lines[last] = line + (ending or "\n")
    newline = ending or "\n"
    lines.insert(follow, new + newline)
    return "".join(lines).encode()


def first_tune(lines: list[str]) -> tuple[int, int]:
    """The first line of an ABC file's first tune, and the one behind its last."""
    starts = [place for place, line in enumerate(lines) if re.match(r"\s*X\s*:", line)]
    if not starts:
        return 0, len(lines)
    return starts[0], starts[1] if len(starts) > 1 else len(lines)


def last_music_line(lines: list[str], start: int, end: int) -> int | None:
    """The last line of a tune that holds music, None without any or where it ends in a remark."""
    key = next((p for p in range(start, end) if lines[p].startswith("K:")), None)
    if key is None:
        return None
    music = [p for p in range(key + 1, end) if _MUSIC.match(lines[p])]
    return music[-1] if music and "%" not in lines[music[-1]] else None


def _split_line_end(line: str) -> tuple[str, str]:
    body = line.rstrip("\r\n")
    return body.rstrip().rstrip("\\").rstrip(), line[len(body) :]


def unit_of(lines: list[str]) -> Fraction:
    """The unit note length that holds at a tune's end, as a fraction of a whole note."""
    found = re.findall(r"^L:\s*([\d/]+)|\[L:\s*([\d/]+)\]", "".join(lines), re.MULTILINE)
    if found:
        return parse_fraction(found[-1][0] or found[-1][1])
    meter = next((line for line in lines if line.startswith("M:")), "M:4/4")
    beats = re.match(r"M:\s*(\d+)/(\d+)", meter)
    short = (
        bool(beats) and Fraction(int(beats[1]), int(beats[2])) < Fraction(3, 4) if beats else False
    )
    return Fraction(1, 16) if short else Fraction(1, 8)


def _body(tune: Phrase, answer: Phrase) -> str:
    """The answer's measures as one line of ABC, under the signatures in force at the tune's end."""
    keys = tuple(replace(key, onset=Fraction(0)) for key in tune.key_signatures[-1:])
    meters = tuple(replace(meter, onset=Fraction(0)) for meter in tune.time_signatures[-1:])
    part = replace(answer.parts[0], transposition=Transposition())
    plain = replace(
        answer, parts=(part,), key_signatures=keys, time_signatures=meters, tempos=(), chords=()
    )
    written = abc_from_phrase(plain).decode().splitlines()
    first = next(place for place, line in enumerate(written) if line.startswith("K:"))
    return " ".join(line for line in written[first + 1 :] if not line.startswith("w:"))
