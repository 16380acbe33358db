"""Putting measures, voices and chord symbols into an ABC tune and leaving all other text alone."""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from antiphon.bridge.formats.abc_edit import first_tune, last_music_line, unit_of
from antiphon.bridge.formats.abc_fields import parse_chord
from antiphon.bridge.formats.abc_reader import Sign, signs_of_abc, text_of_abc
from antiphon.bridge.formats.abc_writer import measures_as_abc, quoted_chord, voice_lines
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Part, Phrase

_SOUNDING = ("note", "chord", "rest", "grace")
_KEPT = ("bar", "ending", "field")
_ORNAMENTS = "~.HLMOPSTuv"
_UNITS = re.compile(r"^L:|\[L:", re.MULTILINE)
_EIGHTH = Fraction(1, 8)
_MIDDLE_LINE = 57  # a voice with a lower middle takes the bass clef

Edit = tuple[int, int, int, str]


def replace_measures(original: bytes, merged: Phrase, places: range) -> bytes | None:
    """A copy of an ABC file whose first tune has some measures anew.

    `merged` is the tune with its answer, `places` the measures that were answered. None where
    that cannot be done as text: several voices, or measures that share no bars with the tune.
    """
    signs = signs_of_abc(original)
    texts = measures_as_abc(merged, merged.parts[0], places) if merged.parts else None
    if signs is None or texts is None:
        return None
    lines = text_of_abc(original).splitlines(keepends=True)
    tune = lines[slice(*first_tune(lines))]
    unit = unit_of(tune)
    edits: list[Edit] = []
    # One unit holds for the whole tune, and no words below count its notes.
    if len(_UNITS.findall("".join(tune))) > 1 or any(line.startswith("w:") for line in tune):
        return None
    for place, text in zip(places, texts, strict=True):
        own = [sign for sign in signs if sign.measure == place and sign.kind not in _KEPT]
        music = [sign for sign in own if sign.kind in _SOUNDING]
        if not music or any(sign.kind == "overlay" for sign in own):
            return None
        edits += _without(own, lines)
        new = text if unit == _EIGHTH else f"[L:1/8]{text} [L:{unit}]"
        edits.append((music[0].line, music[0].start, music[0].start, f"{new} "))
    edits += _without(_ties_over(signs, places.start), lines)
    return _edited(lines, edits)


def write_chords(
    original: bytes, chords: Sequence[ChordSymbol], start: Fraction, end: Fraction
) -> bytes | None:
    """A copy of an ABC file whose first tune has these chord symbols from `start` to `end`.

    Those that stood there (quarters) go. None where the tune has several voices, or where one
    of the chords begins in the middle of a note.
    """
    signs = signs_of_abc(original)
    if signs is None:
        return None
    lines = text_of_abc(original).splitlines(keepends=True)
    places = _places(signs, lines)
    edits: list[Edit] = []
    for sign in signs:
        is_inside = sign.kind == "quoted" and start <= sign.onset < end
        if is_inside and _is_chord(sign, lines):
            edits.append((sign.line, sign.start, sign.end, ""))
    for chord in chords:
        if chord.onset not in places:
            return None
        line, column = places[chord.onset]
        edits.append((line, column, column, quoted_chord(chord)))
    return _edited(lines, edits)


def add_voices(original: bytes, merged: Phrase, parts: Iterable[Part]) -> bytes | None:
    """A copy of an ABC file whose first tune has parts as further voices, at its end.

    `merged` holds the measures, keys and meters of the tune, which keeps its own text. None
    for a tune without music.
    """
    lines = text_of_abc(original).splitlines(keepends=True)
    start, end = first_tune(lines)
    last, voices = last_music_line(lines, start, end), signs_of_abc(original)
    if last is None:
        return None
    while last + 1 < end and lines[last + 1].strip():
        last += 1
    ids = set(re.findall(r"^V:\s*(\S+)|\[V:\s*(\S+?)[\s\]]", "".join(lines[start:end]), re.M))
    taken = {name for found in ids for name in found if name}
    new = [] if lines[last].endswith("\n") else ["\n"]
    number = 1
    for part in parts:
        for place, voice in enumerate(voice_lines(merged, part)):
            number = next(n for n in range(number + 1, number + 999) if str(n) not in taken)
            name = part.name if not place else ""
            new += [f"{line}\n" for line in _voice(number, name, part, voice)]
    key = next(place for place in range(start, end) if lines[place].startswith("K:"))
    name = merged.parts[0].name if merged.parts else ""
    first = [f'V:1 name="{_plain(name)}"\n'] if voices is not None else []
    body = [*lines[: key + 1], *first, *lines[key + 1 : last + 1], *new, *lines[last + 1 :]]
    return "".join(body).encode()


def _voice(number: int, name: str, part: Part, lines: Sequence[str]) -> list[str]:
    heights = sorted(note.pitch.midi_number for note in part.notes)
    clef = "bass" if heights and heights[len(heights) // 2] < _MIDDLE_LINE else "treble"
    clef = "perc" if part.is_drums else clef
    called = f' name="{_plain(name)}"' if name else ""
    player = "%%MIDI channel 10" if part.is_drums else f"%%MIDI program {part.program}"
    first, *rest = lines
    return [f"V:{number}{called} clef={clef}", player, f"[L:1/8] {first}", *rest]


def _plain(text: str) -> str:
    return " ".join(text.replace('"', "'").replace("%", " ").replace("\\", "/").split())


def _places(signs: Sequence[Sign], lines: Sequence[str]) -> dict[Fraction, tuple[int, int]]:
    """Where a chord symbol goes, by onset: before a note with its grace notes and ornaments."""
    found: dict[Fraction, tuple[int, int]] = {}
    waiting: tuple[int, int] | None = None
    for sign in signs:
        is_ornament = sign.kind == "decoration" or (
            sign.kind == "other" and _text(sign, lines) in _ORNAMENTS
        )
        if sign.kind in _SOUNDING:
            found.setdefault(sign.onset, waiting or (sign.line, sign.start))
            waiting = None
        elif is_ornament:
            waiting = waiting or (sign.line, sign.start)
        else:
            waiting = None
    return found


def _ties_over(signs: Sequence[Sign], first: int) -> list[Sign]:
    """The tie at the end of the measure before `first`, which would hold into the answer."""
    before = [sign for sign in signs if sign.measure == first - 1 and sign.kind not in _KEPT]
    last = [sign for sign in before if sign.kind in (*_SOUNDING, "tie")][-1:]
    return [sign for sign in last if sign.kind == "tie"]


def _without(signs: Iterable[Sign], lines: Sequence[str]) -> list[Edit]:
    """Edits that take signs out; remarks in quotation marks stay."""
    return [
        (sign.line, sign.start, sign.end, "")
        for sign in signs
        if _text(sign, lines) != "\\" and (sign.kind != "quoted" or _is_chord(sign, lines))
    ]


def _is_chord(sign: Sign, lines: Sequence[str]) -> bool:
    return parse_chord(_text(sign, lines).strip('"'), sign.onset) is not None


def _text(sign: Sign, lines: Sequence[str]) -> str:
    return lines[sign.line][sign.start : sign.end]


def _edited(lines: list[str], edits: Iterable[Edit]) -> bytes:
    """The lines with pieces of them replaced; what is put in at one place keeps its order."""
    by_line: dict[int, list[tuple[int, int, int, str]]] = {}
    for place, (line, start, end, text) in enumerate(edits):
        by_line.setdefault(line, []).append((start, end, place, text))
    for line, own in by_line.items():
        pieces, at = [], 0
        for start, end, _, text in sorted(own):
            pieces += [lines[line][at : max(start, at)], text]
            at = max(at, end)
        lines[line] = "".join([*pieces, lines[line][at:]])
    return "".join(lines).encode()
