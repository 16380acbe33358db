"""Standard MIDI Files to Phrase (RP-001); ticks are known here and in the two files beside it."""

import io
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

import mido
from mido.midifiles.meta import KeySignatureError

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_FILE_BYTES, MAX_MEASURES, MAX_QUARTERS
from antiphon.bridge.formats.smf_guard import guarded
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter

DRUM_CHANNEL = 9
# mido raises all of these on damaged files.
_DAMAGE = (OSError, EOFError, ValueError, IndexError, KeyError, TypeError, KeySignatureError)
_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR = ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m",
          "D#m", "A#m")  # fmt: skip


@dataclass(slots=True)
class Line:
    """The notes of one channel in one track: a part in the making; times in ticks."""

    track: int
    channel: int
    name: str = ""
    program: int = 0
    notes: list[tuple[int, int, int, int]] = field(default_factory=list)
    sounding: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def part_id(self) -> str:
        """The part's id: track and channel, both counted from 1."""
        return f"T{self.track + 1}C{self.channel + 1}"


@dataclass(slots=True)
class _Map:
    keys: dict[int, tuple[int, str]] = field(default_factory=dict)
    meters: dict[int, tuple[int, int]] = field(default_factory=dict)
    tempos: dict[int, float] = field(default_factory=dict)
    end: int = 0


def open_smf(data: bytes, what: str) -> mido.MidiFile:
    """The file as mido reads it.

    Raises AntiphonError("broken-midi" or "too-large"); no other error escapes.
    """
    if len(data) > MAX_FILE_BYTES:
        raise AntiphonError("too-large", what=what, why=f"over {MAX_FILE_BYTES >> 20} MB")
    try:
        midi = mido.MidiFile(file=io.BytesIO(guarded(data, what)), clip=True)
    except _DAMAGE as error:
        why = str(error) or "it ends too early"
        raise AntiphonError("broken-midi", what=what, why=why[:200]) from None
    if midi.ticks_per_beat <= 0 or midi.ticks_per_beat > 0x7FFF:
        raise AntiphonError("broken-midi", what=what, why="it counts film frames, not beats")
    return midi


def phrase_from_smf(data: bytes, what: str = "The file") -> Phrase:
    """The phrase of a Standard MIDI File, type 0, 1 or 2 (its first track).

    Every channel of a track that holds notes is a part. Onsets are exact fractions of quarters.
    Raises AntiphonError("broken-midi" or "too-large").
    """
    midi = open_smf(data, what)
    lines, score_map, title = _lines(midi)
    try:
        return _phrase(lines, score_map, midi.ticks_per_beat, title)
    except (ValueError, OverflowError) as error:
        raise AntiphonError("broken-midi", what=what, why=str(error)[:200]) from None


def _lines(midi: mido.MidiFile) -> tuple[list[Line], _Map, str]:
    found: dict[tuple[int, int], Line] = {}
    score_map, title = _Map(), ""
    # The tracks of a type 2 file are pieces of their own; the first one is read.
    for number, track in enumerate(midi.tracks[:1] if midi.type == 2 else midi.tracks):
        tick, name = 0, ""
        programs: dict[int, int] = {}
        for message in track:
            tick += message.time
            if message.type == "track_name":
                name = name or _text(message.name)
            elif message.is_meta:
                _note_meta(score_map, message, tick)
            elif message.type == "program_change":
                programs.setdefault(message.channel, message.program)
            elif message.type in ("note_on", "note_off"):
                key = (number, message.channel)
                line = found.setdefault(key, Line(number, message.channel))
                _note_event(line, message, tick)
        score_map.end = max(score_map.end, tick)
        own = [line for (where, _), line in found.items() if where == number]
        for line in own:
            line.name, line.program = name, programs.get(line.channel, 0)
            for pitch, starts in line.sounding.items():
                # A note that is never released lasts to the end of its track.
                line.notes += [(at, tick, pitch, velocity) for at, velocity in starts]
        if number == 0 and not own:
            title = name
    return [line for line in found.values() if line.notes], score_map, title


def _note_meta(score_map: _Map, message: mido.MetaMessage, tick: int) -> None:
    if message.type == "key_signature":
        if message.key in _MAJOR:
            score_map.keys.setdefault(tick, (_MAJOR.index(message.key) - 7, "major"))
        elif message.key in _MINOR:
            score_map.keys.setdefault(tick, (_MINOR.index(message.key) - 7, "minor"))
    elif message.type == "time_signature":
        if message.numerator and message.denominator <= 64:
            score_map.meters.setdefault(tick, (message.numerator, message.denominator))
    elif message.type == "set_tempo" and message.tempo:
        score_map.tempos[tick] = 60_000_000 / message.tempo


def _note_event(line: Line, message: mido.Message, tick: int) -> None:
    waiting = line.sounding[message.note]
    if message.type == "note_on" and message.velocity:
        waiting.append((tick, message.velocity))
    elif waiting:
        onset, velocity = waiting.pop(0)
        if tick > onset:
            line.notes.append((onset, tick, message.note, velocity))


def _phrase(lines: list[Line], score_map: _Map, ppq: int, title: str) -> Phrase:
    ends = [stop for line in lines for _, stop, _, _ in line.notes]
    length = Fraction(max(ends, default=0), ppq)
    if length > MAX_QUARTERS:
        raise ValueError(f"it lasts {int(length)} quarters")
    keys = tuple(
        KeySignature(Fraction(tick, ppq), fifths, "minor" if mode == "minor" else "major")
        for tick, (fifths, mode) in sorted(score_map.keys.items())
    )
    meters = tuple(
        TimeSignature(Fraction(tick, ppq), *meter)
        for tick, meter in sorted(score_map.meters.items())
    )
    tempos = tuple(
        Tempo(Fraction(tick, ppq), bpm)
        for tick, bpm in sorted(score_map.tempos.items())
        if bpm >= 1
    )
    meters = _from_measure_starts(meters)
    shortest = min((meter.measure_duration for meter in meters), default=Fraction(4))
    if length / shortest > MAX_MEASURES:
        raise ValueError(f"it may have over {MAX_MEASURES} measures")
    measures = measures_from_meter(meters, length)
    parts = tuple(_part(line, keys, ppq) for line in lines)
    return Phrase(
        parts=parts,
        measures=measures,
        length=measures[-1].end,
        key_signatures=keys,
        time_signatures=meters,
        tempos=tempos,
        title=title,
    )


def _from_measure_starts(meters: tuple[TimeSignature, ...]) -> tuple[TimeSignature, ...]:
    """The meters without repetitions of what holds already."""
    kept: list[TimeSignature] = []
    for meter in meters:
        if not kept or (kept[-1].beats, kept[-1].beat_type) != (meter.beats, meter.beat_type):
            kept.append(meter)
    return tuple(kept)


def _part(line: Line, keys: tuple[KeySignature, ...], ppq: int) -> Part:
    notes, place = [], -1
    for onset, stop, pitch, velocity in sorted(line.notes):
        at = Fraction(onset, ppq)
        while place + 1 < len(keys) and keys[place + 1].onset <= at:
            place += 1
        key = keys[place] if place >= 0 else KeySignature(at, 0)
        spelled = spell(pitch, key.fifths, key.is_minor)
        notes.append(Note(at, Fraction(stop - onset, ppq), spelled, max(1, velocity)))
    is_drums = line.channel == DRUM_CHANNEL
    part = Part(line.part_id, line.name, tuple(notes), line.program, is_drums)
    return normalised(part)


def _text(raw: str) -> str:
    """A name in a MIDI file: UTF-8 if it can be, else as mido read it, Latin-1."""
    try:
        return raw.encode("latin-1").decode("utf-8").strip("\0 ")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return raw.strip("\0 ")
