"""Putting an answer into a copy of a MIDI file; every other event stays where and as it was."""

import io
import re
from collections.abc import Sequence
from fractions import Fraction

import mido

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_reader import DRUM_CHANNEL, open_smf
from antiphon.bridge.formats.smf_writer import note_events, part_track
from antiphon.bridge.music.phrase import Part, Phrase

_Timed = list[tuple[int, mido.Message | mido.MetaMessage]]


def write_notes(
    original: bytes, part_id: str, onset: Fraction, answer: Phrase, what: str = "The file"
) -> bytes:
    """A copy of a MIDI file with the answer in the part's track from `onset` (quarters) on.

    Notes of that part which begin in the answer's span are replaced, one that sounds into it
    is released at its start. Part ids are those of `phrase_from_smf`; all other tracks stay
    byte for byte. Times that the file's resolution cannot hold are rounded to its nearest
    tick. Raises AntiphonError("no-such-part", "broken-midi" or "too-large").
    """
    midi = open_smf(original, what)
    track_number, channel = _place(part_id)
    if track_number >= len(midi.tracks):
        raise AntiphonError("no-such-part", name=part_id, parts=f"{len(midi.tracks)} tracks")
    ppq = midi.ticks_per_beat
    start, end = round(onset * ppq), round((onset + answer.length) * ppq)
    kept = _without_notes(_absolute(midi.tracks[track_number]), channel, start, end)
    added = note_events(answer.parts[0], channel, ppq, onset)
    track = _merged(kept, [(tick, message) for tick, _, message in added], end)
    chunk_start, chunk_end = _chunk(original, track_number)
    try:
        chunk = _chunk_bytes(track)
    except ValueError as error:  # messages that only live MIDI carries
        raise AntiphonError("broken-midi", what=what, why=str(error)) from None
    return original[:chunk_start] + chunk + original[chunk_end:]


def add_tracks(
    original: bytes, parts: Sequence[Part], length: Fraction, what: str = "The file"
) -> bytes:
    """A copy of a MIDI file with parts as its last tracks, in the file's own resolution.

    Onsets are those of the file. Drums go to channel 10, other parts to channels that nothing
    else uses, as far as there are any. Every other byte stays, but for the number of tracks and
    a type of 0, which becomes 1. Raises AntiphonError("broken-midi" or "too-large").
    """
    midi = open_smf(original, what)
    if midi.type == 2:
        raise AntiphonError("broken-midi", what=what, why="its tracks are pieces of their own")
    used = {m.channel for track in midi.tracks for m in track if hasattr(m, "channel")}
    free = [channel for channel in range(16) if channel != DRUM_CHANNEL and channel not in used]
    chunks = []
    for part in parts:
        channel = DRUM_CHANNEL if part.is_drums else (free.pop(0) if free else 15)
        # A kit that plays already is left as it is set.
        is_set = part.is_drums and DRUM_CHANNEL in used
        chunks.append(_chunk_bytes(part_track(part, channel, midi.ticks_per_beat, length, is_set)))
    behind = _chunk(original, len(midi.tracks) - 1)[1] if midi.tracks else 14
    count = (len(midi.tracks) + len(chunks)).to_bytes(2)
    head = original[:8] + (1).to_bytes(2) + count
    return b"".join([head, original[12:behind], *chunks, original[behind:]])


def _place(part_id: str) -> tuple[int, int]:
    found = re.fullmatch(r"T([1-9]\d{0,4})C([1-9]|1[0-6])", part_id)
    if not found:
        raise AntiphonError("no-such-part", name=part_id, parts="T1C1 and so on")
    return int(found.group(1)) - 1, int(found.group(2)) - 1


def _chunk(data: bytes, track: int) -> tuple[int, int]:
    """Where the chunk of a track begins and ends; `open_smf` has read the file before."""
    place = 8 + int.from_bytes(data[4:8])
    for _ in range(track):
        place += 8 + int.from_bytes(data[place + 4 : place + 8])
    return place, place + 8 + int.from_bytes(data[place + 4 : place + 8])


def _chunk_bytes(track: mido.MidiTrack) -> bytes:
    out = io.BytesIO()
    mido.MidiFile(type=1, tracks=[track]).save(file=out)
    return out.getvalue()[14:]


def _absolute(track: mido.MidiTrack) -> _Timed:
    timed, now = [], 0
    for message in track:
        now += message.time
        timed.append((now, message))
    return timed


def _without_notes(timed: _Timed, channel: int, start: int, end: int) -> _Timed:
    """The events without the channel's notes that begin in the span.

    Notes from before it are released at its start; a release of nothing would cut the answer.
    """
    kept: _Timed = []
    sounding: dict[int, list[int]] = {}
    for tick, message in timed:
        if message.type not in ("note_on", "note_off") or message.channel != channel:
            kept.append((tick, message))
            continue
        waiting = sounding.setdefault(message.note, [])
        if message.type == "note_on" and message.velocity:
            waiting.append(tick)
            if not start <= tick < end:
                kept.append((tick, message))
            continue
        began = waiting.pop(0) if waiting else tick
        if not start <= began < end:
            kept.append((min(tick, start) if began < start else tick, message))
    last = timed[-1][0] if timed else 0
    for pitch, waiting in sounding.items():
        release = mido.Message("note_off", channel=channel, note=pitch)
        kept += [(min(start, last), release) for began in waiting if began < start]
    return sorted(kept, key=lambda event: event[0])


def _merged(kept: _Timed, added: _Timed, end: int) -> mido.MidiTrack:
    closing = [tick for tick, message in kept if message.type == "end_of_track"]
    kept = [event for event in kept if event[1].type != "end_of_track"]
    # What was there keeps its order. The answer's releases come before it and its notes after
    # it, so that a note which ends where another of its pitch begins does not cut that one.
    ordered = [(tick, 1, message) for tick, message in kept]
    ordered += [(tick, 2 if m.type == "note_on" else 0, m) for tick, m in added]
    ordered.sort(key=lambda event: event[:2])
    track, now = mido.MidiTrack(), 0
    for tick, _, message in ordered:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max([end, now, *closing]) - now))
    return track
