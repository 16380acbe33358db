"""The melodies of anyone's files, and what was left out and why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.models.encoding import reading
from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.reading import Tune, melody_part, tunes_in_file
from antiphon.models.training import audio

UNREADABLE, SILENT, SHORT, LONG, DUPLICATE = (
    "unreadable", "no melody", "too short", "too long", "duplicate",
)  # fmt: skip
REASONS = {
    UNREADABLE: "the file could not be read",
    SILENT: "no part of it that is not drums holds a note",
    SHORT: "its melody has too few notes to learn from",
    LONG: "its melody is longer than any piece",
    DUPLICATE: "the same notes, in any key, were there before",
}
MUSIC = (*reading.SUFFIXES, *audio.SUFFIXES)
SHORTEST = 12
_LONGEST = 20_000
_MAX_DEPTH_NAME = 200
# Told after each file: how many of how many were read, and the file's name.
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """A melody that was kept: its tune and the file's path within the given folders."""

    name: str
    tune: Tune


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file or a tune of it that was left out: a key of `REASONS`, and a sentence."""

    name: str
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What folders held, in order of the paths."""

    found: tuple[Found, ...]
    dropped: tuple[Dropped, ...]
    files: int


def music_files(places: Sequence[Path]) -> list[tuple[str, Path]]:
    """The files that end like music in folders and among files: (name within its folder, path).

    Names are unique: where several places are given, each begins with the place's own name.
    Raises AntiphonError("unreadable-file") for a place that is not there.
    """
    found: dict[Path, tuple[str, Path]] = {}
    for place in places:
        if not place.exists():
            raise AntiphonError("unreadable-file", what=str(place), why="it is not there")
        paths = sorted(place.rglob("*")) if place.is_dir() else [place]
        base = place if place.is_dir() else place.parent
        for path in paths:
            if path.suffix.lower() in MUSIC and path.is_file() and not path.name.startswith("."):
                name = path.relative_to(base).as_posix()
                if len(places) > 1:
                    name = f"{base.resolve().name}/{name}"
                found.setdefault(path.resolve(), (name, path))
    return sorted(found.values())


def gather(
    places: Sequence[Path],
    shortest: int = SHORTEST,
    progress: Progress = lambda done, files, name: None,
    scores: Path | None = None,
) -> Gathered:
    """The melodies of all files below the places; what was heard in recordings goes to `scores`.

    Of tunes with the same notes the first is kept. Raises AntiphonError: "unreadable-file" for
    a place that is not there, "missing-library" for recordings without the libraries.
    """
    files = music_files(places)
    found: list[Found] = []
    dropped: list[Dropped] = []
    seen: dict[tuple[tuple[int, int, int], ...], str] = {}
    for done, (name, path) in enumerate(files, 1):
        try:
            tunes = list(_tunes(path, name, scores))
        except AntiphonError as error:
            if error.code == "missing-library":
                raise
            tunes = []
            dropped.append(Dropped(name, UNREADABLE, error.sentence))
        except (ArithmeticError, LookupError, ValueError) as error:
            # One strange file of thousands must not cost the others.
            tunes = []
            why = f"Its music could not be followed ({type(error).__name__})."
            dropped.append(Dropped(name, UNREADABLE, why))
        else:
            if not tunes:
                dropped.append(Dropped(name, SILENT, "No part of it holds a melody."))
        for tune in tunes:
            left_out = _judged(tune, _label(name, tune), shortest, seen)
            if left_out is None:
                found.append(Found(name, tune))
            else:
                dropped.append(left_out)
        progress(done, len(files), name)
    return Gathered(tuple(found), tuple(dropped), len(files))


def _tunes(path: Path, name: str, scores: Path | None) -> Iterator[Tune]:
    if path.suffix.lower() not in audio.SUFFIXES:
        yield from tunes_in_file(path)
        return
    phrase = audio.phrase_in(path)
    part = melody_part(phrase)
    if part is None:
        return
    if scores is not None:
        target = scores / f"{name.replace('/', '-')[-_MAX_DEPTH_NAME:]}.mid"
        scores.mkdir(parents=True, exist_ok=True)
        target.write_bytes(write_phrase(phrase, ".mid"))
    melody = melody_of(phrase, part)
    if melody.tones:
        yield Tune(path, 0, melody)


def _judged(
    tune: Tune, label: str, shortest: int, seen: dict[tuple[tuple[int, int, int], ...], str]
) -> Dropped | None:
    """Why a tune is left out, None where it is kept."""
    tones = tune.melody.tones
    if len(tones) < shortest:
        return Dropped(label, SHORT, f"Its melody has {len(tones)} notes, fewer than {shortest}.")
    if len(tones) > _LONGEST:
        return Dropped(label, LONG, f"Its melody has {len(tones)} notes, more than {_LONGEST}.")
    onset, pitch = tones[0].onset, tones[0].midi_number
    content = tuple((t.onset - onset, t.end - onset, t.midi_number - pitch) for t in tones)
    first = seen.setdefault(content, label)
    if first != label:
        return Dropped(label, DUPLICATE, f"It has the notes of {first}.")
    return None


def _label(name: str, tune: Tune) -> str:
    return f"{name}#{tune.index + 1}" if tune.index else name
