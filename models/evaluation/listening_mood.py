"""Mood against people's labels: EMOPIA's quadrants and VGMIDI's valence, neither trained on."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.models.evaluation.report import Table
from antiphon.models.listening.features import is_line
from antiphon.models.listening.harmony import beats_heard
from antiphon.models.listening.mood import cues, heard_as, valence_arousal
from antiphon.models.listening.sound import sound_of

_QUADRANTS = {(True, True): 1, (False, True): 2, (False, False): 3, (True, False): 4}
Cues = dict[str, float]


@dataclass(frozen=True, slots=True)
class Clip:
    """A labelled clip: the cues of its mood, and whether people heard it bright and awake."""

    cues: Cues
    is_bright: bool
    is_awake: bool


def cues_in(path: Path) -> Cues:
    """The cues of a file, empty where it cannot be read or is silent."""
    try:
        phrase = read_phrase(path.read_bytes(), path.name)
    except (AntiphonError, OSError, ValueError):
        return {}
    sound = sound_of(phrase)
    if sound.is_silent:
        return {}
    beats = beats_heard(phrase, sound, is_line=is_line(sound))
    return cues(heard_as(phrase, sound, beats), 0.0, float(phrase.length))


def emopia(data: Path, every: int = 1) -> Iterator[Clip]:
    """The clips of EMOPIA, whose names tell the quadrant."""
    for path in sorted((data / "emopia" / "midis").glob("Q*.mid"))[::every]:
        found = cues_in(path)
        if found:
            quadrant = int(path.name[1])
            yield Clip(found, quadrant in (1, 4), quadrant in (1, 2))


def vgmidi(data: Path, every: int = 1) -> Iterator[Clip]:
    """The labelled phrases of VGMIDI."""
    folder = data / "vgmidi"
    with (folder / "vgmidi_labelled.csv").open() as file:
        rows = list(csv.DictReader(file))
    for row in rows[::every]:
        found = cues_in(folder / row["midi"])
        if found:
            yield Clip(found, float(row["valence"]) > 0, float(row["arousal"]) > 0)


Reader = Callable[[Cues], tuple[bool, bool]]


def ours(found: Cues) -> tuple[bool, bool]:
    """What `antiphon analyze` tells."""
    valence, arousal = valence_arousal(found)
    return valence > 0, arousal > 0


def plain(found: Cues) -> tuple[bool, bool]:
    """The plain baseline: bright where the best key is major, awake over four onsets a second."""
    return found["majorness"] > 0, found["pace"] > np.log2(5)


def figures(clips: Sequence[Clip], reader: Reader) -> tuple[float, float, float]:
    """Accuracy of the quadrant, of valence and of arousal."""
    told = [reader(clip.cues) for clip in clips]
    bright = [t[0] == c.is_bright for t, c in zip(told, clips, strict=True)]
    awake = [t[1] == c.is_awake for t, c in zip(told, clips, strict=True)]
    both = [a and b for a, b in zip(bright, awake, strict=True)]
    return float(np.mean(both)), float(np.mean(bright)), float(np.mean(awake))


def majority(clips: Sequence[Clip]) -> tuple[float, float, float]:
    """What always naming the commonest class would reach."""
    quadrants = Counter(_QUADRANTS[c.is_bright, c.is_awake] for c in clips)
    bright = sum(c.is_bright for c in clips) / len(clips)
    awake = sum(c.is_awake for c in clips) / len(clips)
    most = quadrants.most_common(1)[0][1] / len(clips)
    return most, max(bright, 1 - bright), max(awake, 1 - awake)


def tables(data: Path) -> Iterator[Table]:
    """Accuracy of quadrant, valence and arousal on the flagged sets, for evaluation only."""
    columns = ("who", "quadrant", "valence", "arousal")
    for name, folder, read, every in (
        ("EMOPIA, pop piano", "emopia", emopia, 3), ("VGMIDI, game music", "vgmidi", vgmidi, 1),
    ):  # fmt: skip
        if not (data / folder).is_dir():
            continue
        clips = list(read(data, every))
        yield Table(
            f"Mood: {name} ({len(clips)} clips, never trained on)", columns,
            (
                ("antiphon", *figures(clips, ours)),
                ("mode and density", *figures(clips, plain)),
                ("majority class", *majority(clips)),
            ),
        )  # fmt: skip
