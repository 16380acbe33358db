"""ABC to Phrase: the part of ABC 2.1 that tune collections use (abcnotation.com, version 2.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_fields import (
    parse_chord,
    parse_fraction,
    parse_key,
    parse_meter,
    parse_tempo,
)
from antiphon.bridge.formats.abc_voice import (
    Voice,
    add_lyrics,
    begin_tuplet,
    break_rhythm,
    check_bounds,
    draw_bar,
    grace,
    rest,
    set_key,
    sound,
    sound_chord,
)
from antiphon.bridge.formats.limits import MAX_MEASURES
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Part, Phrase, normalised
from antiphon.bridge.music.time import Measure, Tempo, TimeSignature

_TOKEN = re.compile(
    r"""
    (?P<quoted>"[^"]*"?)
  | (?P<decoration>![^!\s]*!|\+[a-z]+\+)
  | (?P<grace>\{[^}]*\}?)
  | (?P<field>\[[A-Za-z]:[^\]]*\]?)
  | (?P<bar>\[\||(?:\||:)*\|[|:\]]*|::+)\s*(?P<volta>\[?\d[\d,.-]*)?
  | (?P<ending>\[\d[\d,.-]*)
  | (?P<chord>\[[^\]]*\])(?P<chord_length>[\d/]*)
  | (?P<tuplet>\(\d(?::\d*){0,2})
  | (?P<note>(?:\^\^|\^|__|_|=)?[A-Ga-g][,']*)(?P<length>[\d/]*)
  | (?P<rest>[zxZX])(?P<rest_length>[\d/]*)
  | (?P<tie>(?<!\s)-)
  | (?P<broken>>+|<+)
  | (?P<overlay>&)
  | (?P<other>.)
    """,
    re.VERBOSE,
)
_KINDS = (
    "quoted", "decoration", "grace", "field", "bar", "ending", "chord", "tuplet", "note", "rest",
    "tie", "broken", "overlay", "other",
)  # fmt: skip
_FIELD = re.compile(r"([A-Za-z]):(.*)")

_Dated = TypeVar("_Dated", KeySignature, TimeSignature)


def phrase_from_abc(data: bytes, what: str = "The file") -> Phrase:
    """The first tune of an ABC file. Raises AntiphonError("broken-abc" or "too-large")."""
    return _read_tune(_tunes(text_of_abc(data))[0], what)


def phrases_from_abc(data: bytes, what: str = "The file") -> list[Phrase]:
    """All tunes of an ABC book, in order. Raises AntiphonError("broken-abc" or "too-large")."""
    return [_read_tune(tune, what) for tune in _tunes(text_of_abc(data))]


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a tune's music: the line and columns (from 0) of a file where it stands.

    `kind` is the sign's name ("note", "bar", "quoted", …), `onset` where the music stood before
    it (quarters), `measure` the index of its measure.
    """

    line: int
    start: int
    end: int
    kind: str
    onset: Fraction
    measure: int


def signs_of_abc(data: bytes, what: str = "The file") -> list[Sign] | None:
    """The signs of a file's first tune in order; None for a tune of several voices.

    Raises AntiphonError("broken-abc" or "too-large").
    """
    tune, found = _Tune(), list[Sign]()
    for number, raw in _tunes(text_of_abc(data))[0]:
        line = re.sub(r"(?<!\\)%.*", "", raw)
        text = line.strip()
        if not text or raw.lstrip().startswith("%"):
            continue
        try:
            if not tune.in_body or (_FIELD.match(text) and not text.startswith("|:")):
                _read_line(tune, text)
            else:
                offset = len(line) - len(line.lstrip())
                found += _signs(tune, text, number - 1, offset)
        except (ValueError, KeyError, ZeroDivisionError, IndexError, OverflowError) as error:
            raise AntiphonError("broken-abc", what=what, why=f"line {number}: {error}") from None
    return None if len(tune.voices) > 1 or tune.current else found


def _signs(tune: "_Tune", text: str, line: int, offset: int) -> Iterator[Sign]:
    voice = tune.voice()
    voice.line = []
    for match in _TOKEN.finditer(text):
        kind = next(name for name in _KINDS if match.group(name) is not None)
        before, measure = voice.onset, len(voice.measures)
        if kind == "field":
            letter, value = match.group("field")[1:].removesuffix("]").split(":", 1)
            _body_field(tune, letter, value.strip())
        else:
            _read_token(voice, match)
        check_bounds(voice)
        yield Sign(line, offset + match.start(), offset + match.end(), kind, before, measure)


def text_of_abc(data: bytes) -> str:
    """The text of an ABC file: UTF-8, else Latin-1, which the older collections use."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _tunes(text: str) -> list[list[tuple[int, str]]]:
    """The numbered lines of each tune; a tune begins at X:, or at the start if there is none."""
    lines = list(enumerate(text.lstrip("\ufeff").splitlines(), 1))
    starts = [place for place, (_, line) in enumerate(lines) if re.match(r"\s*X\s*:", line)]
    if not starts:
        return [lines]
    return [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]


class _Tune:
    """A tune while it is read: the header's values and the voices in order."""

    def __init__(self) -> None:
        self.title, self.key_text = "", ""
        self.unit: Fraction | None = None
        self.meter: tuple[int, int] | None = (4, 4)
        self.tempo_text = ""
        self.voices: dict[str, Voice] = {}
        self.names: dict[str, str] = {}
        self.current = ""
        self.in_body = False

    def voice(self) -> Voice:
        if self.current not in self.voices:
            self.voices[self.current] = self._new_voice()
        return self.voices[self.current]

    def _new_voice(self) -> Voice:
        beats = Fraction(*self.meter) if self.meter else Fraction(1)
        unit = self.unit or Fraction(1, 16 if beats < Fraction(3, 4) else 8)
        voice = Voice(self.names.get(self.current, self.current), unit * 4, self.meter, {})
        set_key(voice, self.key_text)
        if self.meter:
            voice.meters.append(TimeSignature(Fraction(0), *self.meter))
        tempo = parse_tempo(self.tempo_text, unit)
        if tempo:
            voice.tempos.append(Tempo(Fraction(0), tempo))
        return voice


def _read_tune(lines: list[tuple[int, str]], what: str) -> Phrase:
    tune = _Tune()
    for number, raw in lines:
        line = raw if raw.lstrip().startswith("%") else re.sub(r"(?<!\\)%.*", "", raw)
        line = line.strip()
        if not line or line.startswith("%"):
            continue
        try:
            _read_line(tune, line)
        except (ValueError, KeyError, ZeroDivisionError, IndexError, OverflowError) as error:
            raise AntiphonError("broken-abc", what=what, why=f"line {number}: {error}") from None
    if not tune.in_body:
        raise AntiphonError("broken-abc", what=what, why="it has no K: field, so no tune begins")
    try:
        return _phrase(tune, what)
    except ValueError as error:  # the header of a tune without music
        raise AntiphonError("broken-abc", what=what, why=str(error)) from None


def _read_line(tune: _Tune, line: str) -> None:
    found = _FIELD.match(line)
    if found and not (tune.in_body and line[1:2] == ":" and line[:2] in ("|:",)):
        letter, value = found.groups()
        if not tune.in_body:
            _header_field(tune, letter, value.strip())
        elif letter == "w":
            add_lyrics(tune.voice(), value)
        else:
            _body_field(tune, letter, value.strip())
        return
    if tune.in_body:
        tune.voice().line = []
        _read_music(tune, line)


def _header_field(tune: _Tune, letter: str, value: str) -> None:
    if letter == "T":
        tune.title = tune.title or value[:200]
    elif letter == "M":
        tune.meter = parse_meter(value)
    elif letter == "L":
        tune.unit = parse_fraction(value)
    elif letter == "Q":
        tune.tempo_text = value
    elif letter == "V":
        _name_voice(tune, value)
    elif letter == "K":
        parse_key(value)
        tune.key_text, tune.in_body = value, True


def _body_field(tune: _Tune, letter: str, value: str) -> None:
    if letter == "V":
        tune.current = _name_voice(tune, value)
        return
    voice = tune.voice()
    if letter == "K":
        set_key(voice, value)
    elif letter == "M":
        voice.meter = parse_meter(value)
        if voice.meter:
            voice.meters.append(TimeSignature(voice.onset, *voice.meter))
    elif letter == "L":
        voice.unit = parse_fraction(value) * 4
    elif letter == "Q":
        tempo = parse_tempo(value, voice.unit / 4)
        if tempo:
            voice.tempos.append(Tempo(voice.onset, tempo))


def _name_voice(tune: _Tune, value: str) -> str:
    name = (value.split(maxsplit=1) or [""])[0]
    label = re.search(r"(?:name|nm)\s*=\s*\"([^\"]*)\"", value)
    if label:
        tune.names[name] = label.group(1)
    return name


def _read_music(tune: _Tune, line: str) -> None:
    for match in _TOKEN.finditer(line):
        if match.group("field"):
            letter, value = match.group("field")[1:].removesuffix("]").split(":", 1)
            _body_field(tune, letter, value.strip())
        else:
            _read_token(tune.voice(), match)
        check_bounds(tune.voice())


def _read_token(voice: Voice, match: re.Match[str]) -> None:
    """Take in one sign of music; decorations, slurs and spaces say nothing of pitch or time."""
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    if "note" in found:
        sound(voice, [found["note"]], found["length"])
    elif "bar" in found:
        draw_bar(voice, found["bar"], found.get("volta", ""))
    elif "rest" in found:
        rest(voice, found["rest"], found["rest_length"])
    elif "chord" in found:
        sound_chord(voice, found["chord"][1:-1], found["chord_length"])
    elif "quoted" in found:
        chord = parse_chord(found["quoted"].strip('"'), voice.onset)
        voice.chords += [chord] if chord else []
    elif "broken" in found:
        break_rhythm(voice, found["broken"])
    else:
        _read_rare(voice, found)


def _read_rare(voice: Voice, found: dict[str, str]) -> None:
    if "tie" in found:
        voice.tied = list(range(*voice.last))
    elif "grace" in found:
        grace(voice, found["grace"])
    elif "tuplet" in found:
        begin_tuplet(voice, found["tuplet"][1:])
    elif "ending" in found:
        voice.ending = found["ending"].strip("[")
    elif "overlay" in found:
        voice.onset, voice.voice = voice.bar_onset, voice.voice + 1


def _phrase(tune: _Tune, what: str) -> Phrase:
    voices = [voice for voice in tune.voices.values() if voice.notes or voice.onset]
    if not voices:
        tune.voice()
        voices = list(tune.voices.values())[:1]
    for voice in voices:
        draw_bar(voice, "|", "")
    longest = max(voices, key=lambda voice: voice.onset)
    lead = voices[0]
    if len(longest.measures) > MAX_MEASURES:
        raise AntiphonError("too-large", what=what, why=f"more than {MAX_MEASURES} measures")
    parts = tuple(
        normalised(
            Part(f"P{place}", voice.name or ("" if place > 1 else "Melody"), tuple(voice.notes))
        )
        for place, voice in enumerate(voices, 1)
    )
    chords = sorted((c for voice in voices for c in voice.chords), key=lambda c: c.onset)
    return Phrase(
        parts=parts,
        measures=_numbered(longest.measures, lead.meters),
        length=longest.onset,
        key_signatures=_last_at_each(lead.keys),
        time_signatures=_last_at_each(lead.meters),
        tempos=tuple(lead.tempos),
        chords=tuple(chords),
        title=tune.title,
    )


def _numbered(measures: list[Measure], meters: list[TimeSignature]) -> tuple[Measure, ...]:
    """Numbers from 1; a first measure shorter than its meter is a pickup, number 0."""
    if not measures:
        return (Measure(Fraction(0), Fraction(4), "1"),)
    full = meters[0].measure_duration if meters else measures[0].duration
    first = 0 if measures[0].duration < full and len(measures) > 1 else 1
    return tuple(replace(m, number=str(n)) for n, m in enumerate(measures, first))


def _last_at_each(values: list[_Dated]) -> tuple[_Dated, ...]:
    """One value for each onset, the last one said, without repetitions of what holds."""
    latest = {value.onset: value for value in values}
    kept: list[_Dated] = []
    for onset in sorted(latest):
        value = latest[onset]
        if not kept or replace(kept[-1], onset=onset) != value:
            kept.append(value)
    return tuple(kept)
