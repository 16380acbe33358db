"""Ableton Live's session view: the selected clip and its neighbours as a phrase, takes as clips.

Live has no regions on a timeline here: a clip is the region. A continuation and a variation go
into the next empty slot of the clip's own track, new parts into new tracks of the same scene.
No clip that is there is ever written to.
"""

import time
from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.editors.live_line import LiveLine, LiveNote
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_writer import played
from antiphon.bridge.music.merge import block_chords
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Take

MAX_TRACKS = 64
MAX_BEATS = 4_096.0
# A new clip may be written to a moment after it was asked for (AbletonOSC issue 60).
_PATIENCE = 3.0
_GRID = 960
_DRUMS = ("drum", "kit", "perc", "beat")
# Live's positions are floats of 32 bits.
_NEAR = 1 / 1024


@dataclass(frozen=True, slots=True)
class Clip:
    """The selected clip: where it is, and the music of its scene, its own part first."""

    track: int
    scene: int
    name: str
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class WrittenClip:
    """A clip that was written and read back: where, and how many notes it has."""

    track: str
    scene: int
    notes: int


def selected_clip(line: LiveLine) -> Clip:
    """The selected MIDI clip, with the MIDI clips beside it in its scene.

    Raises AntiphonError: "live-silent", "live-no-clip", "too-large".
    """
    track, scene = (int(word) for word in line.ask("/live/view/get/selected_clip"))
    if not _has_midi(line, track, scene):
        raise AntiphonError("live-no-clip")
    length = float(line.ask("/live/clip/get/length", track, scene)[0])
    if not 0 < length <= MAX_BEATS:
        raise AntiphonError("too-large", what="The clip", why=f"{length:.0f} beats")
    count = min(MAX_TRACKS, int(line.ask("/live/song/get/num_tracks")[0]))
    others = [n for n in range(count) if n != track and _has_midi(line, n, scene)]
    parts = tuple(_part(line, number, scene, length) for number in (track, *others))
    beats = int(line.ask("/live/song/get/signature_numerator")[0])
    beat_type = int(line.ask("/live/song/get/signature_denominator")[0])
    meter = TimeSignature(Fraction(0), beats, beat_type)
    tempo = Tempo(Fraction(0), float(line.ask("/live/song/get/tempo")[0]))
    measures = measures_from_meter((meter,), _on_grid(length))
    phrase = Phrase(parts, measures, measures[-1].end, (), (meter,), (tempo,))
    name = str(line.ask("/live/clip/get/name", track, scene)[0])
    return Clip(track, scene, name or parts[0].name, phrase)


def write_take(line: LiveLine, clip: Clip, take: Take, title: str) -> list[WrittenClip]:
    """Write a take as new clips and read them back.

    Raises AntiphonError: "live-silent"; "live-unwritten" where Live holds other notes, after
    the clips of this take were taken away again.
    """
    phrase = take.phrase
    parts = phrase.parts or ((block_chords(phrase),) if phrase.chords else ())
    length = max(1.0, float(phrase.length))
    made: list[tuple[str, int, int]] = []
    found: list[WrittenClip] = []
    try:
        for part in parts:
            is_own = part.id == clip.phrase.parts[0].id
            if is_own:
                track, scene = _own_slot(line, clip)
            else:
                track, scene = _new_slot(line, clip, part)
                made.append(("/live/song/delete_track", track, -1))
            _create(line, track, scene, length)
            made.append(("/live/clip_slot/delete_clip", track, scene))
            line.tell("/live/clip/set/name", track, scene, f"{title}, take {take.number + 1}")
            notes = _live_notes(part)
            _write(line, track, scene, notes, length)
            name = str(line.ask("/live/track/get/name", track)[0])
            found.append(WrittenClip(name, scene, len(notes)))
    except AntiphonError:
        for address, track, scene in reversed(made):
            line.tell(address, track, *([scene] if scene >= 0 else []))
        raise
    return found


def _has_midi(line: LiveLine, track: int, scene: int) -> bool:
    if not line.ask("/live/clip_slot/get/has_clip", track, scene)[0]:
        return False
    return bool(line.ask("/live/clip/get/is_midi_clip", track, scene)[0])


def _part(line: LiveLine, track: int, scene: int, length: float) -> Part:
    name = str(line.ask("/live/track/get/name", track)[0])
    is_drums = any(word in name.lower() for word in _DRUMS)
    notes = tuple(
        Note(
            _on_grid(start),
            max(Fraction(1, _GRID), _on_grid(duration)),
            spell(pitch),
            max(1, min(127, velocity)),
        )
        for pitch, start, duration, velocity in line.notes(track, scene, length)
    )
    return normalised(Part(f"track-{track}", name, notes, 0, is_drums))


def _on_grid(beats: float) -> Fraction:
    return Fraction(round(beats * _GRID), _GRID)


def _live_notes(part: Part) -> list[LiveNote]:
    """The notes as Live can hold them: one at a time of each pitch, a later one ends the former."""
    found: dict[int, list[LiveNote]] = {}
    rows = [
        (note.pitch.midi_number, float(onset), float(end - onset), note.velocity)
        for onset, end, note in played(part)
    ]
    for row in sorted(rows, key=lambda row: (row[1], -row[2])):
        line = found.setdefault(row[0], [])
        if line and line[-1][1] == row[1]:
            continue
        if line and line[-1][1] + line[-1][2] > row[1]:
            pitch, start, _, velocity = line[-1]
            line[-1] = (pitch, start, row[1] - start, velocity)
        line.append(row)
    every = [row for line in found.values() for row in line]
    return sorted(every, key=lambda row: (row[1], row[0]))


def _own_slot(line: LiveLine, clip: Clip) -> tuple[int, int]:
    """The next empty slot below the clip; a new scene where there is none."""
    scenes = int(line.ask("/live/song/get/num_scenes")[0])
    for scene in range(clip.scene + 1, scenes):
        if not line.ask("/live/clip_slot/get/has_clip", clip.track, scene)[0]:
            return clip.track, scene
    line.tell("/live/song/create_scene", -1)
    _until(line, "/live/song/get/num_scenes", scenes + 1)
    return clip.track, scenes


def _new_slot(line: LiveLine, clip: Clip, part: Part) -> tuple[int, int]:
    tracks = int(line.ask("/live/song/get/num_tracks")[0])
    line.tell("/live/song/create_midi_track", -1)
    _until(line, "/live/song/get/num_tracks", tracks + 1)
    line.tell("/live/track/set/name", tracks, part.name or "Antiphon")
    return tracks, clip.scene


def _create(line: LiveLine, track: int, scene: int, length: float) -> None:
    line.tell("/live/clip_slot/create_clip", track, scene, length)
    until = time.monotonic() + _PATIENCE
    while not line.ask("/live/clip_slot/get/has_clip", track, scene)[0]:
        if time.monotonic() >= until:
            raise AntiphonError("live-silent", why="it made no clip")
        time.sleep(0.02)


def _until(line: LiveLine, address: str, count: int) -> None:
    until = time.monotonic() + _PATIENCE
    while int(line.ask(address)[0]) < count:
        if time.monotonic() >= until:
            raise AntiphonError("live-silent", why="it made no room")
        time.sleep(0.02)


def _write(line: LiveLine, track: int, scene: int, notes: list[LiveNote], length: float) -> None:
    """Write notes and read them back; what did not arrive is written once more."""
    line.add_notes(track, scene, notes)
    missing = _missing(notes, line.notes(track, scene, length))
    if missing:
        line.add_notes(track, scene, missing)
        missing = _missing(notes, line.notes(track, scene, length))
    held = line.notes(track, scene, length)
    if missing or len(held) != len(notes):
        found = len(notes) - len(missing) if missing else len(held)
        raise AntiphonError("live-unwritten", found=found, wanted=len(notes))


def _missing(wanted: list[LiveNote], held: list[LiveNote]) -> list[LiveNote]:
    """The notes that are not among those held, positions being near enough."""
    left = list(held)
    found = []
    for note in wanted:
        same = next((other for other in left if _is_same(note, other)), None)
        if same is None:
            found.append(note)
        else:
            left.remove(same)
    return found


def _is_same(note: LiveNote, other: LiveNote) -> bool:
    near = abs(note[1] - other[1]) < _NEAR and abs(note[2] - other[2]) < _NEAR
    return near and note[0] == other[0] and note[3] == other[3]
