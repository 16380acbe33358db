"""Phrase to Standard MIDI File, type 1 (RP-001)."""

import io
from fractions import Fraction

import mido

from antiphon.bridge.formats.smf_reader import DRUM_CHANNEL
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase

# Holds 128th notes, and tuplets of 3, 5, 7 and 9 exactly; at most 32767 fit the header.
PPQ = 10_080
_GRACE = Fraction(1, 12)
_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR = ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m",
          "D#m", "A#m")  # fmt: skip

# What ends comes before what begins at the same tick, and signatures before all notes.
_META, _OFF, _ON = 0, 1, 2
_Timed = tuple[int, int, mido.Message | mido.MetaMessage]


def smf_from_phrase(phrase: Phrase) -> bytes:
    """The bytes of a type 1 file: a track with the maps, then one track a part.

    Tied notes sound as one; grace notes are played just before the beat. Drum parts share
    channel 10, the others take the remaining channels in turn.
    """
    midi = mido.MidiFile(type=1, ticks_per_beat=PPQ, charset="utf-8")
    end = ticks(phrase.length)
    midi.tracks.append(_track(phrase.title, map_events(phrase, Fraction(0)), end))
    free = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    melodic = 0
    for part in phrase.parts:
        channel = DRUM_CHANNEL if part.is_drums else free[melodic % len(free)]
        melodic += not part.is_drums
        midi.tracks.append(part_track(part, channel, PPQ, phrase.length))
    out = io.BytesIO()
    midi.save(file=out)
    return out.getvalue()


def part_track(
    part: Part, channel: int, ppq: int, length: Fraction, is_set: bool = False
) -> mido.MidiTrack:
    """The track of a part that lasts `length` quarters; `is_set` leaves the program out."""
    program = mido.Message("program_change", channel=channel, program=part.program)
    events = [] if is_set else [(0, _META, program)]
    return _track(part.name, [*events, *note_events(part, channel, ppq)], ticks(length, ppq))


def ticks(quarters: Fraction, ppq: int = PPQ) -> int:
    """The tick nearest to a time in quarters."""
    return round(quarters * ppq)


def map_events(phrase: Phrase, offset: Fraction, ppq: int = PPQ) -> list[_Timed]:
    """Tempo, meter and key events of a phrase that begins at `offset` quarters."""
    events: list[_Timed] = []
    for meter in phrase.time_signatures:
        event = mido.MetaMessage(
            "time_signature", numerator=meter.beats, denominator=meter.beat_type
        )
        events.append((ticks(offset + meter.onset, ppq), _META, event))
    for key in phrase.key_signatures:
        if -7 <= key.fifths <= 7:
            name = (_MINOR if key.mode == "minor" else _MAJOR)[key.fifths + 7]
            event = mido.MetaMessage("key_signature", key=name)
            events.append((ticks(offset + key.onset, ppq), _META, event))
    for tempo in phrase.tempos:
        micros = min(0xFFFFFF, round(60_000_000 / tempo.quarters_per_minute))
        event = mido.MetaMessage("set_tempo", tempo=micros)
        events.append((ticks(offset + tempo.onset, ppq), _META, event))
    return events


def note_events(part: Part, channel: int, ppq: int, offset: Fraction = Fraction(0)) -> list[_Timed]:
    """Note-on and note-off events of a part that begins at `offset` quarters, unsorted."""
    events: list[_Timed] = []
    for onset, end, note in played(part):
        pitch = note.pitch.midi_number
        if not 0 <= pitch <= 127:
            continue
        start = ticks(offset + onset, ppq)
        stop = max(start + 1, ticks(offset + end, ppq))
        on = mido.Message("note_on", channel=channel, note=pitch, velocity=note.velocity)
        off = mido.Message("note_off", channel=channel, note=pitch, velocity=64)
        events += [(start, _ON, on), (stop, _OFF, off)]
    return events


def played(part: Part) -> list[tuple[Fraction, Fraction, Note]]:
    """Onset, end and note of all that sounds: ties joined, grace notes before their beat."""
    found = [(note.onset, note.end, note) for note in sounding(part.notes)]
    for note in part.notes:
        if note.is_grace:
            start = max(Fraction(0), note.onset - _GRACE)
            if start < note.onset:
                found.append((start, note.onset, note))
    return found


def _track(name: str, events: list[_Timed], end: int) -> mido.MidiTrack:
    track = mido.MidiTrack()
    if name:
        track.append(mido.MetaMessage("track_name", name=name, time=0))
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track
