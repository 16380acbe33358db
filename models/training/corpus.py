"""The melodies that the shipped model is trained on: sources, licences, the split by tune."""

import hashlib
import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding.reading import SUFFIXES, Tune, tunes_in_file


@dataclass(frozen=True, slots=True)
class Source:
    """One data set: its name, the glob of its tunes below the data folder, licence and credit."""

    name: str
    pattern: str
    licence: str
    credit: str


# Sets in the folder given with --data; music21's corpus is found where music21 is installed.
SOURCES = (
    Source("nottingham", "nottingham/abc/**/*", "GPL-3.0 (cleaned ABC)",
           "Nottingham Music Database, E. Foxley, J. Allwright; cleaned by Jukedeck"),
    Source("nottingham-midi", "nottingham/midi/**/*", "GPL-3.0 (cleaned ABC)",
           "Nottingham Music Database, the same tunes with repeats played"),
    Source("openewld", "openewld/**/*", "MIT (scores in the public domain)",
           "OpenEWLD, F. Simonetta"),
    Source("pop909", "pop909/**/*.mid", "MIT",
           "POP909, Z. Wang, K. Chen, J. Jiang et al., Music X Lab"),
    Source("openhymnal", "openhymnal/midi/**/*", "public domain",
           "Open Hymnal Project, B. J. Dumont"),
    Source("openscore-lieder", "openscore_lieder/scores/**/*", "CC0 1.0",
           "OpenScore Lieder Corpus, M. Gotham et al."),
    Source("ryansMammoth", "ryansMammoth/*", "free to use (music21 corpus)",
           "Ryan's Mammoth Collection (1883), ABC project of J. Chambers et al., in music21"),
    Source("oneills1850", "oneills1850/*", "free to use (music21 corpus)",
           "O'Neill's Music of Ireland (1903), transcribed by many, in music21"),
    Source("airdsAirs", "airdsAirs/*", "free to use (music21 corpus)",
           "Aird's Airs (1778), transcribed by J. Campin, in music21"),
)  # fmt: skip
FOLK_BOOKS = ("ryansMammoth", "oneills1850", "airdsAirs")
SPLITS = ("train", "valid", "test")
_GRAM = 10
# Tunes that share this part of the shorter one's interval 10-grams count as one tune.
_SAME_TUNE = 0.25
_COMMON_GRAM = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A tune of the corpus with its source and the side of the split that it fell on."""

    source: str
    tune: Tune
    split: str


def read_corpus(data: Path, sources: Sequence[str] = ()) -> tuple[list[Entry], list[str]]:
    """All tunes of the sources below `data`, split by tune, and a line for each unreadable file."""
    found: list[tuple[str, Tune]] = []
    faults: list[str] = []
    for source in SOURCES:
        if sources and source.name not in sources:
            continue
        base = _music21_corpus() if source.name in FOLK_BOOKS else data
        for path in sorted(base.glob(source.pattern)):
            if path.suffix.lower() not in SUFFIXES or not path.is_file():
                continue
            try:
                found += [(source.name, tune) for tune in tunes_in_file(path)]
            except AntiphonError as error:
                faults.append(f"{path.name}: {error.sentence}")
    kept = [(name, tune) for name, tune in found if len(tune.melody.tones) >= 12]
    splits = split_by_tune([(name, tune) for name, tune in kept])
    return [Entry(n, t, s) for (n, t), s in zip(kept, splits, strict=True)], faults


def split_by_tune(tunes: Sequence[tuple[str, Tune]]) -> list[str]:
    """The side of each tune: about 90, 5 and 5 in a hundred, settings of a tune together.

    Tunes belong together that share a file name stem within a family of sources, a title, or
    a quarter of the shorter one's runs of ten intervals.
    """
    keys = [identity_keys(source, tune) for source, tune in tunes]
    return [_side(work) for work in works_of([tune for _, tune in tunes], keys)]


def works_of(tunes: Sequence[Tune], keys: Sequence[Sequence[str]]) -> list[str]:
    """The name of each tune's work, the least key of it: settings of a tune share one.

    Tunes are of one work that share a key, or a quarter of the shorter one's interval 10-grams.
    """
    parent = list(range(len(tunes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    holders: dict[str, list[int]] = defaultdict(list)
    for index, own in enumerate(keys):
        for key in own:
            holders[key].append(index)
    for same in holders.values():
        for other in same[1:]:
            parent[root(other)] = root(same[0])
    for first, second in _near_duplicates(tunes):
        parent[root(second)] = root(first)
    names: dict[int, str] = {}
    for index, own in enumerate(keys):
        names[root(index)] = min(names.get(root(index), min(own)), *own)
    return [names[root(index)] for index in range(len(tunes))]


def identity_keys(source: str, tune: Tune) -> list[str]:
    """Keys that two settings of one tune share: the file's stem and the plain title."""
    family = source.removesuffix("-midi")
    stem = tune.path.stem if tune.index == 0 else f"{tune.path.stem}#{tune.index}"
    if source in FOLK_BOOKS:
        stem = f"{tune.path.stem}#{tune.index}"
    keys = [f"{family}/{stem}"]
    title = plain_title(tune.melody.title)
    if len(title) > 5:
        keys.append(f"title/{title}")
    return keys


def plain_title(title: str) -> str:
    """A title without accents, articles, numbers and signs, so that spellings of it agree."""
    text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"\(.*?\)|\b(the|a|an|le|la|les|der|die|das|no|nr)\b|[^a-z ]", " ", text)
    return "".join(text.split())


def _near_duplicates(tunes: Sequence[Tune]) -> Iterable[tuple[int, int]]:
    grams = [_intervals(tune) for tune in tunes]
    places: dict[int, list[int]] = defaultdict(list)
    for index, own in enumerate(grams):
        for gram in own:
            places[gram].append(index)
    shared: Counter[tuple[int, int]] = Counter()
    for same in places.values():
        # A run that very many tunes share (a scale, a trill) says nothing about identity.
        if len(same) <= _COMMON_GRAM:
            for i, first in enumerate(same):
                for second in same[i + 1 :]:
                    shared[(first, second)] += 1
    for (first, second), count in shared.items():
        if count >= _SAME_TUNE * max(1, min(len(grams[first]), len(grams[second]))):
            yield first, second


def _intervals(tune: Tune) -> set[int]:
    pitches = [tone.midi_number for tone in tune.melody.tones]
    moves = [b - a for a, b in itertools.pairwise(pitches)]
    return {hash(tuple(moves[i : i + _GRAM])) for i in range(len(moves) - _GRAM + 1)}


def _side(name: str) -> str:
    draw = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 20
    return {0: "test", 1: "valid"}.get(draw, "train")


def _music21_corpus() -> Path:
    from importlib.util import find_spec  # noqa: PLC0415 - only where music21 is installed

    found = find_spec("music21")
    if found is None or found.origin is None:
        raise AntiphonError(
            "unreadable-file", what="music21's corpus", why="music21 is not installed"
        )
    return Path(found.origin).parent / "corpus"
