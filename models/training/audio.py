"""Notes out of recordings, with the network that Spotify's Basic Pitch ships in its package.

The network (Bittner, Bosch, Rubinstein, Meseguer-Brocal and Ewert 2022, "A lightweight
instrument-agnostic model for polyphonic note transcription and multipitch estimation"; Apache
2.0) is run from its ONNX file by onnxruntime: the package itself would pull TensorFlow. Windows
and the step from its posteriors to notes are ours, after the method of that paper.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter
from antiphon.models.training.audio_beats import beat_times, places

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".oga", ".aif", ".aiff")
REMEDY = 'pip install "antiphon[audio]" && pip install --no-deps basic-pitch==0.4.0'
_LONGEST = 20 * 60
_RATE = 22050
# The network's window: 43844 samples give 172 frames of posteriors for 88 keys from A0 up.
_WINDOW, _FRAMES, _LOWEST_KEY = 43844, 172, 21
# Frames at both ends of a window that see too little around them; the next window has them.
_EDGE = 15
_HOP = (_FRAMES - 2 * _EDGE) * _WINDOW // _FRAMES
_SECONDS_A_FRAME = _WINDOW / _FRAMES / _RATE
_BATCH = 8
_ONSET, _SOUNDING, _STRONG = 0.5, 0.3, 0.6
# A voice trembles: while a key goes on sounding, only a clear attack strikes it again.
_AGAIN, _STEADY, _NEAR, _HEARD_AFTER = 0.7, 0.4, 8, 0.4
# A gap shorter than this does not end a note, and what is shorter than a note is none (frames).
_GAP, _SHORTEST = 11, 8
_GRID = 480
# Overtones 2 to 8 in semitones; a weak note so far above one that sounds is none.
_OVERTONES, _WEAK, _TOGETHER = (12, 19, 24, 28, 31, 34, 36), 0.6, 0.06


@dataclass(frozen=True, slots=True)
class Heard:
    """One note of a recording: seconds from its beginning, MIDI number, strength (0 to 1)."""

    onset: float
    end: float
    midi_number: int
    strength: float


def phrase_in(path: Path) -> Phrase:
    """The notes of a recording on the beats that were heard in it, in 4/4 from the first note.

    Raises AntiphonError: "missing-library" without the optional libraries, "unreadable-file",
    "too-large" for more than twenty minutes.
    """
    return phrase_of(transcribe(path), path.stem)


def phrase_of(notes: list[Heard], title: str = "") -> Phrase:
    """Heard notes as a phrase of one part; without a note it is one empty measure."""
    meter = (TimeSignature(Fraction(0), 4, 4),)
    if not notes:
        return Phrase((), measures_from_meter(meter, Fraction(4)), Fraction(4), title=title)
    beats = beat_times([note.onset for note in notes], [note.strength for note in notes])
    onsets = places(beats, [note.onset for note in notes])
    ends = places(beats, [note.end for note in notes])
    first = float(np.floor(onsets.min() + 0.25))
    written = []
    for note, onset, end in zip(notes, onsets - first, ends - first, strict=True):
        start = max(Fraction(0), Fraction(round(float(onset) * _GRID), _GRID))
        stop = Fraction(round(float(end) * _GRID), _GRID)
        velocity = max(1, min(127, round(127 * note.strength)))
        length = max(stop - start, Fraction(1, 24))
        written.append(Note(start, length, spell(note.midi_number, 0), velocity))
    part = normalised(Part("P1", "Recording", tuple(written)))
    measures = measures_from_meter(meter, max(note.end for note in written))
    tempo = 60 / float(np.median(np.diff(beats)))
    return Phrase(
        (part,), measures, measures[-1].end, (), meter,
        (Tempo(Fraction(0), round(tempo, 2)),), title=title,
    )  # fmt: skip


def transcribe(path: Path) -> list[Heard]:
    """The notes that sound in a recording, by onset. Raises what `phrase_in` raises."""
    session = _network()
    sound = _read(path)
    padded = np.concatenate([np.zeros(round(_EDGE * _WINDOW / _FRAMES), np.float32), sound])
    starts = range(0, max(1, len(sound)), _HOP)
    sounding: list[NDArray[np.float32]] = []
    attacks: list[NDArray[np.float32]] = []
    for index in range(0, len(starts), _BATCH):
        windows = [_window(padded, start) for start in starts[index : index + _BATCH]]
        note, onset = session.run(
            ["StatefulPartitionedCall:1", "StatefulPartitionedCall:2"],
            {"serving_default_input_2:0": np.stack(windows)[..., None]},
        )
        sounding += list(note[:, _EDGE:-_EDGE])
        attacks += list(onset[:, _EDGE:-_EDGE])
    return notes_of(np.concatenate(sounding), np.concatenate(attacks))


def notes_of(sounding: NDArray[np.float32], attacks: NDArray[np.float32]) -> list[Heard]:
    """Notes of posteriors (frames, 88 keys) that a key sounds and that it is struck.

    Every peak of an attack begins a note, which lasts while its key goes on sounding; what
    sounds strongly without an attack becomes a note as well. Each frame is used once.
    """
    left = sounding.copy()
    found: list[Heard] = []
    # Later attacks first, so that a repeated note is not swallowed by the one before it.
    for frame, key in sorted(_struck(attacks, sounding), reverse=True):
        end = _end(left[:, key], frame)
        if end - frame >= _SHORTEST:
            found.append(_heard(left, frame, end, key))
    for key in range(left.shape[1]):
        frame = 0
        while frame < len(left):
            if left[frame, key] < _STRONG:
                frame += 1
                continue
            start = frame
            while start > 0 and left[start - 1, key] >= _SOUNDING:
                start -= 1
            end = _end(left[:, key], frame)
            if end - start >= 2 * _SHORTEST:
                found.append(_heard(left, start, end, key))
            frame = max(end, frame + 1)
    return _without_overtones(sorted(found, key=lambda note: (note.onset, note.midi_number)))


def _without_overtones(notes: list[Heard]) -> list[Heard]:
    kept = []
    for index, note in enumerate(notes):
        near = notes[max(0, index - 24) : index + 12]
        if not any(
            note.midi_number - other.midi_number in _OVERTONES
            and other.onset - _TOGETHER < note.onset < other.end
            and note.strength < _WEAK * other.strength
            for other in near
        ):
            kept.append(note)
    return kept


def _struck(attacks: NDArray[np.float32], sounding: NDArray[np.float32]) -> list[tuple[int, int]]:
    """(frame, key) of the attacks that begin a note, in order."""
    around = np.pad(attacks, ((1, 1), (0, 0)))
    is_peak = (attacks >= _ONSET) & (attacks > around[:-2]) & (attacks >= around[2:])
    latest: dict[int, int] = {}
    found: set[tuple[int, int]] = set()
    for frame, key in ((int(frame), int(key)) for frame, key in np.argwhere(is_peak)):
        before = sounding[max(0, frame - _NEAR) : frame, key]
        goes_on = len(before) == _NEAR and before.min() > _STEADY
        if goes_on and attacks[frame, key] < _AGAIN:
            continue
        if sounding[frame : frame + _NEAR, key].max() < _HEARD_AFTER:
            continue
        rival = latest.get(key, -_NEAR)
        if frame - rival < _NEAR:
            # Of two attacks so close one is the other's echo.
            if attacks[frame, key] <= attacks[rival, key]:
                continue
            found.discard((rival, key))
        found.add((frame, key))
        latest[key] = frame
    return sorted(found)


def _end(key: NDArray[np.float32], frame: int) -> int:
    """The frame after the last one of a note before a gap of silence."""
    last, now = frame, frame
    while now < len(key) and now - last <= _GAP:
        if key[now] >= _SOUNDING:
            last = now
        now += 1
    return last + 1


def _heard(left: NDArray[np.float32], start: int, end: int, key: int) -> Heard:
    strength = float(left[start:end, key].mean())
    # The neighbouring keys ring along with a note; their frames are its own.
    left[start:end, max(0, key - 1) : key + 2] = 0
    frames = (start * _SECONDS_A_FRAME, end * _SECONDS_A_FRAME)
    return Heard(*frames, key + _LOWEST_KEY, min(1.0, strength))


def _window(padded: NDArray[np.float32], start: int) -> NDArray[np.float32]:
    window = padded[start : start + _WINDOW]
    return np.pad(window, (0, _WINDOW - len(window)))


@cache
def _network() -> Any:
    """The network in a session of one thread. Raises AntiphonError("missing-library")."""
    try:
        import onnxruntime  # noqa: PLC0415 - optional, and slow to load
    except ImportError:
        raise _missing("onnxruntime") from None
    # Found, not imported: its modules load far more than the file that is wanted.
    package = find_spec("basic_pitch")
    folders = list(package.submodule_search_locations or ()) if package else []
    for folder in folders:
        path = Path(folder) / "saved_models" / "icassp_2022" / "nmp.onnx"
        if path.is_file():
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            return onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
    raise _missing("basic-pitch")


def _read(path: Path) -> NDArray[np.float32]:
    """The sound of a file at the network's rate, one channel."""
    try:
        import soundfile  # noqa: PLC0415 - optional
        import soxr  # noqa: PLC0415
    except ImportError as error:
        raise _missing(error.name or "soundfile") from None
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > _LONGEST * file.samplerate:
                raise AntiphonError("too-large", what=path.name, why="over 20 minutes")
            rate = int(file.samplerate)
            parts = file.blocks(1 << 18, dtype="float32", always_2d=True)
            blocks = [part.mean(1) for part in parts]
    except (OSError, RuntimeError, ValueError) as error:
        # libsndfile says the whole path first.
        why = str(error).rpartition(": ")[2].strip().rstrip(".") or "it is damaged"
        raise AntiphonError("unreadable-file", what=path.name, why=why) from None
    sound = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    sound = np.nan_to_num(sound.astype(np.float32))
    found: NDArray[np.float32] = soxr.resample(sound, rate, _RATE) if len(sound) else sound
    return found


def _missing(library: str) -> AntiphonError:
    return AntiphonError("missing-library", what="Reading audio", library=library, command=REMEDY)
