"""Putting an answer into a copy of a MIDI file; every other event stays where and as it was."""

import io
from fractions import Fraction

import mido

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_reader import open_smf
from antiphon.bridge.formats.smf_writer import note_events
from antiphon.bridge.music.phrase import Phrase

_Timed = list[tuple[int, mido.Message | mido.MetaMessage]]


def write_notes(
    original: bytes, part_id: str, onset: Fraction, answer: Phrase, what: str = "The file"
) -> bytes:
    """A copy of a MIDI file with the answer in the part's track from `onset` (quarters) on.

    Notes of that part which begin in the answer's span are replaced, one that sounds into it
    is released at its start. Part ids are those of `phrase_from_smf`. Times that the file's
    resolution cannot hold are rounded to its nearest tick. Raises AntiphonError.
    """
    midi = open_smf(original, what)
    track_number, channel = _place(part_id)
    if track_number >= len(midi.tracks):
        raise AntiphonError("no-such-part", name=part_id, parts=f"{len(midi.tracks)} tracks")
    ppq = midi.ticks_per_beat
    start, end = round(onset * ppq), round((onset + answer.length) * ppq)
    track = midi.tracks[track_number]
    kept = _without_notes(_absolute(track), channel, start, end)
    added = sorted(note_events(answer.parts[0], channel, ppq, onset), key=lambda e: e[:2])
    midi.tracks[track_number] = _merged(kept, [(tick, message) for tick, _, message in added], end)
    out = io.BytesIO()
    midi.save(file=out)
    return out.getvalue()


def _place(part_id: str) -> tuple[int, int]:
    try:
        track, channel = part_id.removeprefix("T").split("C")
        return int(track) - 1, int(channel) - 1
    except ValueError:
        raise AntiphonError("no-such-part", name=part_id, parts="T1C1 and so on") from None


def _absolute(track: mido.MidiTrack) -> _Timed:
    timed, now = [], 0
    for message in track:
        now += message.time
        timed.append((now, message))
    return timed


def _without_notes(timed: _Timed, channel: int, start: int, end: int) -> _Timed:
    kept: _Timed = []
    sounding: dict[int, list[bool]] = {}
    for tick, message in timed:
        if message.type not in ("note_on", "note_off") or message.channel != channel:
            kept.append((tick, message))
            continue
        waiting = sounding.setdefault(message.note, [])
        if message.type == "note_on" and message.velocity:
            stays = not start <= tick < end
            waiting.append(stays)
            if stays:
                kept.append((tick, message))
        elif not waiting:
            kept.append((tick, message))
        elif waiting.pop(0):
            # A note from before the answer is released where the answer begins.
            began_before = tick > start and not any(
                t >= end and m.type == "note_on" and m.note == message.note for t, m in kept[-64:]
            )
            kept.append((min(tick, start) if began_before else tick, message))
    return sorted(kept, key=lambda event: event[0])


def _merged(kept: _Timed, added: _Timed, end: int) -> mido.MidiTrack:
    closing = [event for event in kept if event[1].type == "end_of_track"]
    kept = [event for event in kept if event[1].type != "end_of_track"]
    # Releases first, so that a note that ends where the answer begins does not cut it.
    both = sorted(kept + added, key=lambda event: (event[0], _order(event[1])))
    last = max([end, *(tick for tick, _ in closing), *(tick for tick, _ in both)])
    track, now = mido.MidiTrack(), 0
    for tick, message in both:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=last - now))
    return track


def _order(message: mido.Message | mido.MetaMessage) -> int:
    if message.type == "note_off" or (message.type == "note_on" and not message.velocity):
        return 1
    return 2 if message.type == "note_on" else 0
