"""One part as a file of its own (RP-001, type 0), and its notes as rows of ticks, for editors.

The file holds no tempo and no meter: time 0 is where the answer begins, in whatever tempo the
editor has there.
"""

import io
from collections.abc import Iterator
from fractions import Fraction

import mido

from antiphon.bridge.formats.smf_reader import DRUM_CHANNEL, open_smf
from antiphon.bridge.formats.smf_writer import part_track, played, ticks
from antiphon.bridge.music.phrase import Part

EDITOR_PPQ = 960
_SAID = ("marker", "cue_marker")


def part_file(part: Part, length: Fraction) -> bytes:
    """The bytes of a type 0 file: a named track with the program and notes of one part."""
    midi = mido.MidiFile(type=0, ticks_per_beat=EDITOR_PPQ, charset="utf-8")
    midi.tracks.append(part_track(part, channel_of(part), EDITOR_PPQ, length))
    out = io.BytesIO()
    midi.save(file=out)
    return out.getvalue()


def note_rows(part: Part) -> Iterator[tuple[int, int, int, int, int]]:
    """Onset, duration (960 a quarter), pitch, velocity and channel of each note as it sounds."""
    channel = channel_of(part)
    for onset, end, note in sorted(
        played(part), key=lambda row: (row[0], row[2].pitch.midi_number)
    ):
        start = ticks(onset, EDITOR_PPQ)
        stop = max(start + 1, ticks(end, EDITOR_PPQ))
        if 0 <= note.pitch.midi_number <= 127:
            yield start, stop - start, note.pitch.midi_number, note.velocity, channel


def channel_of(part: Part) -> int:
    """The channel of a part, from 0: 9 for drums, else 0."""
    return DRUM_CHANNEL if part.is_drums else 0


def markers_of(data: bytes, what: str = "The file") -> tuple[tuple[Fraction, str], ...]:
    """The markers of a file with their onsets in quarters, in order.

    Raises AntiphonError("broken-midi" or "too-large").
    """
    midi = open_smf(data, what)
    found: list[tuple[Fraction, str]] = []
    for track in midi.tracks[:1]:
        tick = 0
        for message in track:
            tick += message.time
            if message.type in _SAID:
                text = message.text.encode("latin-1", "replace").decode("utf-8", "replace")
                found.append((Fraction(tick, midi.ticks_per_beat), text.strip("\0 ")))
    return tuple(found)
