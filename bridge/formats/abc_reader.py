"""ABC to Phrase: the part of ABC 2.1 that tune collections use (abcnotation.com, version 2.1)."""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_fields import (
    accidental,
    parse_chord,
    parse_fraction,
    parse_key,
    parse_meter,
    parse_tempo,
)
from antiphon.bridge.formats.limits import MAX_MEASURES, MAX_NOTES, MAX_QUARTERS
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Lyric, Note, Part, Phrase, Tie, normalised
from antiphon.bridge.music.pitch import Pitch
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
  | (?P<tie>-)
  | (?P<broken>>+|<+)
  | (?P<overlay>&)
  | (?P<other>.)
    """,
    re.VERBOSE,
)
_NOTE = re.compile(r"(\^\^|\^|__|_|=)?([A-Ga-g])([,']*)([\d/]*)")
_FIELD = re.compile(r"([A-Za-z]):(.*)")
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
# Finer times than these are damage, and would make the arithmetic slow without end.
_FINEST = 2**40
_MOST_SLASHES = 8
# How many notes' time a tuplet of p notes takes (ABC 2.1, section 4.13); 0 depends on the meter.
_TUPLETS = {2: 3, 3: 2, 4: 3, 5: 0, 6: 2, 7: 0, 8: 3, 9: 0}


def phrase_from_abc(data: bytes, what: str = "The file") -> Phrase:
    """The first tune of an ABC file. Raises AntiphonError("broken-abc" or "too-large")."""
    return _read_tune(_tunes(text_of_abc(data))[0], what)


def phrases_from_abc(data: bytes, what: str = "The file") -> list[Phrase]:
    """All tunes of an ABC book, in order. Raises AntiphonError("broken-abc" or "too-large")."""
    return [_read_tune(tune, what) for tune in _tunes(text_of_abc(data))]


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


@dataclass(slots=True)
class _Voice:
    """What is known of one voice while it is read; times are in quarters."""

    name: str
    unit: Fraction
    meter: tuple[int, int] | None
    key: dict[str, int]
    onset: Fraction = Fraction(0)
    bar_onset: Fraction = Fraction(0)
    altered: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    chords: list[ChordSymbol] = field(default_factory=list)
    keys: list[KeySignature] = field(default_factory=list)
    meters: list[TimeSignature] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    tuplet: tuple[Fraction, int] | None = None
    broken: Fraction = Fraction(1)
    last: tuple[int, int] = (0, 0)  # the notes that a broken rhythm to their right would change
    tied: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    forward: bool = False
    ending: str = ""
    voice: int = 1


class _Tune:
    """A tune while it is read: the header's values and the voices in order."""

    def __init__(self) -> None:
        self.title, self.key_text = "", ""
        self.unit: Fraction | None = None
        self.meter: tuple[int, int] | None = (4, 4)
        self.tempo_text = ""
        self.voices: dict[str, _Voice] = {}
        self.names: dict[str, str] = {}
        self.current = ""
        self.in_body = False

    def voice(self) -> _Voice:
        if self.current not in self.voices:
            self.voices[self.current] = self._new_voice()
        return self.voices[self.current]

    def _new_voice(self) -> _Voice:
        beats = Fraction(*self.meter) if self.meter else Fraction(1)
        unit = self.unit or Fraction(1, 16 if beats < Fraction(3, 4) else 8)
        voice = _Voice(self.names.get(self.current, self.current), unit * 4, self.meter, {})
        _set_key(voice, self.key_text)
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
    return _phrase(tune, what)


def _read_line(tune: _Tune, line: str) -> None:
    found = _FIELD.match(line)
    if found and not (tune.in_body and line[1:2] == ":" and line[:2] in ("|:",)):
        letter, value = found.groups()
        if not tune.in_body:
            _header_field(tune, letter, value.strip())
        elif letter == "w":
            _add_lyrics(tune.voice(), value)
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
        _set_key(voice, value)
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


def _set_key(voice: _Voice, text: str) -> None:
    fifths, mode, extra = parse_key(text)
    steps = _SHARPS[: max(fifths, 0)] if fifths > 0 else _FLATS[: max(-fifths, 0)]
    voice.key = dict.fromkeys(steps, 1 if fifths > 0 else -1) | extra
    voice.keys.append(KeySignature(voice.onset, fifths, mode))


def _read_music(tune: _Tune, line: str) -> None:
    for match in _TOKEN.finditer(line):
        if match.group("field"):
            letter, value = match.group("field")[1:].removesuffix("]").split(":", 1)
            _body_field(tune, letter, value.strip())
        else:
            _read_token(tune.voice(), match)
        _within_bounds(tune.voice())


def _read_token(voice: _Voice, match: re.Match[str]) -> None:
    """Take in one sign of music; decorations, slurs and spaces say nothing of pitch or time."""
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    if "note" in found:
        _sound(voice, [found["note"]], found["length"])
    elif "bar" in found:
        _bar(voice, found["bar"], found.get("volta", ""))
    elif "rest" in found:
        _rest(voice, found["rest"], found["rest_length"])
    elif "chord" in found:
        _chord(voice, found["chord"][1:-1], found["chord_length"])
    elif "quoted" in found:
        chord = parse_chord(found["quoted"].strip('"'), voice.onset)
        voice.chords += [chord] if chord else []
    elif "broken" in found:
        _broken(voice, found["broken"])
    else:
        _read_rare(voice, found)


def _read_rare(voice: _Voice, found: dict[str, str]) -> None:
    if "tie" in found:
        voice.tied = list(range(*voice.last))
    elif "grace" in found:
        _grace(voice, found["grace"])
    elif "tuplet" in found:
        _tuplet(voice, found["tuplet"][1:])
    elif "ending" in found:
        voice.ending = found["ending"].strip("[")
    elif "overlay" in found:
        voice.onset, voice.voice = voice.bar_onset, voice.voice + 1


def _within_bounds(voice: _Voice) -> None:
    if len(voice.notes) > MAX_NOTES or voice.onset > MAX_QUARTERS:
        raise ValueError("the tune is too long")
    if len(voice.measures) > MAX_MEASURES:
        raise ValueError(f"more than {MAX_MEASURES} measures")
    if voice.onset.denominator > _FINEST:
        raise ValueError("the note lengths share no beat")


def _length(text: str) -> Fraction:
    """A note's length in units: 3, 3/2, /, //, /4."""
    if not text:
        return Fraction(1)
    whole, slash, below = text.partition("/")
    upper = Fraction(int(whole[:6])) if whole else Fraction(1)
    if not slash:
        return upper
    digits = below.strip("/")
    if digits:
        return upper / int(digits.split("/", maxsplit=1)[0][:6])
    if len(below) > _MOST_SLASHES:
        raise ValueError(f"a note length of {1 + len(below)} slashes")
    return upper / (2 << len(below))


def _time(voice: _Voice, units: Fraction) -> Fraction:
    """Quarters of the next note or rest, under a tuplet and a broken rhythm."""
    duration = units * voice.unit * voice.broken
    voice.broken = Fraction(1)
    if voice.tuplet:
        ratio, left = voice.tuplet
        duration *= ratio
        voice.tuplet = (ratio, left - 1) if left > 1 else None
    return duration


def _pitch(voice: _Voice, text: str) -> Pitch:
    found = _NOTE.match(text)
    if not found:
        raise ValueError(f"{text!r} is not a note")
    mark, letter, marks, _ = found.groups()
    step = letter.upper()
    alter = accidental(mark or "")
    if alter is None:
        alter = voice.altered.get(step, voice.key.get(step, 0))
    else:
        voice.altered[step] = alter
    octave = (5 if letter.islower() else 4) + marks.count("'") - marks.count(",")
    return Pitch(step, alter, octave)


def _sound(voice: _Voice, names: list[str], length: str, first: Fraction | None = None) -> None:
    duration = _time(voice, (first or Fraction(1)) * _length(length))
    start = len(voice.notes)
    pitches = [_pitch(voice, name) for name in names]
    for written in pitches:
        pitch, tie = written, Tie.NONE
        tied = [
            place
            for place in voice.tied
            if voice.notes[place].end == voice.onset
            and voice.notes[place].pitch.step == written.step
            and voice.notes[place].pitch.octave == written.octave
        ]
        for place in tied[:1]:
            before = voice.notes[place]
            pitch, tie = before.pitch, Tie.STOP  # a tie carries the accidental over the bar
            opened = Tie.BOTH if before.tie is Tie.STOP else Tie.START
            voice.notes[place] = replace(before, tie=opened)
        voice.notes.append(Note(voice.onset, duration, pitch, voice=voice.voice, tie=tie))
    voice.tied = []
    voice.last = (start, len(voice.notes))
    voice.line.append(start)
    voice.onset += duration


def _chord(voice: _Voice, inside: str, length: str) -> None:
    names = _NOTE.findall(inside)
    if not names:
        return
    first = _length(names[0][3])
    _sound(voice, ["".join(name[:3]) for name in names], length, first)


def _rest(voice: _Voice, letter: str, length: str) -> None:
    voice.tied = []
    if letter in "ZX":
        count = int(length) if length.isdigit() else 1
        if count > MAX_MEASURES:
            raise ValueError(f"a rest of {count} measures")
        full = TimeSignature(Fraction(0), *(voice.meter or (4, 4))).measure_duration
        for _ in range(count - 1):
            voice.onset += full
            _bar(voice, "|", "")
        voice.onset += full
        return
    voice.onset += _time(voice, _length(length))
    voice.last = (len(voice.notes), len(voice.notes))


def _grace(voice: _Voice, text: str) -> None:
    for mark, letter, octave, _ in _NOTE.findall(text):
        pitch = _pitch(voice, mark + letter + octave)
        voice.notes.append(Note(voice.onset, Fraction(0), pitch, voice=voice.voice))


def _tuplet(voice: _Voice, text: str) -> None:
    numbers = [int(part) if part else 0 for part in text.split(":")]
    actual, normal, count = [*numbers, 0, 0][:3]
    if actual not in _TUPLETS and not normal:
        raise ValueError(f"a tuplet of {actual}")
    compound = bool(voice.meter) and voice.meter is not None and voice.meter[0] % 3 == 0
    normal = normal or _TUPLETS[actual] or (3 if compound else 2)
    voice.tuplet = (Fraction(normal, actual), count or actual)


def _broken(voice: _Voice, marks: str) -> None:
    if len(marks) > _MOST_SLASHES:
        raise ValueError(f"a broken rhythm of {len(marks)} signs")
    share = Fraction(1, 2 ** len(marks))
    longer, shorter = 2 - share, share
    before, voice.broken = (longer, shorter) if marks[0] == ">" else (shorter, longer)
    start, end = voice.last
    if start == end:
        return
    old = voice.notes[start].duration
    for place in range(start, end):
        voice.notes[place] = replace(voice.notes[place], duration=old * before)
    voice.onset += old * before - old


def _bar(voice: _Voice, bar: str, volta: str) -> None:
    end = max(voice.onset, max((n.end for n in voice.notes[-8:]), default=voice.onset))
    voice.onset, voice.voice, voice.altered = end, 1, {}
    backward = 2 if bar.startswith(":") else 0
    if end > voice.bar_onset:
        voice.measures.append(
            Measure(
                voice.bar_onset,
                end - voice.bar_onset,
                "",
                forward_repeat=voice.forward,
                backward_repeat=backward,
                ending=voice.ending,
            )
        )
        voice.forward, voice.bar_onset = False, end
    elif backward and voice.measures:
        voice.measures[-1] = replace(voice.measures[-1], backward_repeat=2)
    if bar.endswith(":"):
        voice.forward = True
    if volta:
        voice.ending = volta.strip("[")
    elif backward or bar not in ("|",):
        voice.ending = ""


def _add_lyrics(voice: _Voice, text: str) -> None:
    """Syllables under the notes of the line before (ABC 2.1, section 5.1)."""
    places = [place for place in voice.line if voice.notes[place].tie not in (Tie.STOP, Tie.BOTH)]
    taken = {len(voice.notes[p].lyrics) for p in places} or {0}
    verse = str(max(taken) + 1)
    tokens = re.findall(r"[^\s\-_*|]+-?|_|\*|-", text.replace("\\-", "\u2011"))
    continues = False
    for place, token in zip(places, tokens, strict=False):
        if token in ("_", "*", "-"):
            continue
        word = token.rstrip("-").replace("~", " ").replace("\u2011", "-")
        begins = token.endswith("-")
        syllabic = {
            (False, False): "single",
            (False, True): "begin",
            (True, True): "middle",
            (True, False): "end",
        }[continues, begins]
        continues = begins
        note = voice.notes[place]
        voice.notes[place] = replace(note, lyrics=(*note.lyrics, Lyric(verse, word, syllabic)))


def _phrase(tune: _Tune, what: str) -> Phrase:
    voices = [voice for voice in tune.voices.values() if voice.notes or voice.onset]
    if not voices:
        tune.voice()
        voices = list(tune.voices.values())[:1]
    for voice in voices:
        _bar(voice, "|", "")
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


def _last_at_each(values: list[KeySignature] | list[TimeSignature]):  # type: ignore[no-untyped-def]
    """One value for each onset, the last one said, without repetitions of what holds."""
    latest = {value.onset: value for value in values}
    kept: list[KeySignature | TimeSignature] = []
    for onset in sorted(latest):
        value = latest[onset]
        if not kept or replace(kept[-1], onset=onset) != value:
            kept.append(value)
    return tuple(kept)
