"""Originality: the longest run of notes that a melody shares with one training tune.

The index holds no music, only 32-bit hashes of runs of `GRAM` notes and the tunes they occur
in. File `models/zoo/originality/index.safetensors`: the tensor `offsets` (65,537 × U32) says
where each value of a hash's upper 16 bits begins in `lower` and `tunes` (U16 each: the hash's
lower 16 bits, and a tune's number); the header's metadata holds the tunes' names and the
human baseline.
"""

import json
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Remark

GRAM = 8
INDEX_PATH = Path(__file__).parent.parent / "zoo" / "originality" / "index.safetensors"
_TICKS = 24
_WIDEST = 60
SENTENCE = (
    "{run} notes in a row are those of “{name}”; of human tunes only one in twenty shares "
    "so long a run with another."
)


@dataclass(frozen=True, slots=True)
class Index:
    """Where runs of `GRAM` notes occur: see the module for the three arrays.

    `baseline` are pairs (notes, run): of human excerpts of so many notes, 95 in a hundred share
    no longer run with a training tune.
    """

    offsets: "array[int]"
    lower: "array[int]"
    tunes: "array[int]"
    names: tuple[str, ...]
    baseline: tuple[tuple[int, int], ...]

    def tunes_with(self, gram: int) -> frozenset[int]:
        """Numbers of the tunes in which a hashed run occurs."""
        upper, low = gram >> 16, gram & 0xFFFF
        places = range(self.offsets[upper], self.offsets[upper + 1])
        return frozenset(self.tunes[i] for i in places if self.lower[i] == low)


def longest_shared_run(phrase: Phrase) -> tuple[int, str]:
    """Length in notes of the longest run that a melody shares with one training tune, and its name.

    Transposition and tempo make no difference: intervals and ratios of the times between onsets
    are compared. Runs under `GRAM` notes count as (0, ""), and so does everything where no
    index is installed. After Yin, Reuben, Stepney and Collins, "Deep learning's shallow gains"
    (2022), for the measure against a human baseline.
    """
    index = installed_index()
    return longest_run_in(index, grams_of_phrase(phrase)) if index else (0, "")


def originality_remark(phrase: Phrase) -> Remark | None:
    """A remark if an answer shares a longer run than 95 of 100 human excerpts of its length do."""
    index = installed_index()
    if index is None:
        return None
    grams = grams_of_phrase(phrase)
    run, name = longest_run_in(index, grams)
    if run <= expected_run(index, len(grams) + GRAM - 1):
        return None
    return Remark("shared-run", SENTENCE.format(run=run, name=name))


def expected_run(index: Index, notes: int) -> int:
    """The longest run that 95 of 100 human excerpts of so many notes stay within."""
    for size, run in index.baseline:
        if notes <= size:
            return run
    return index.baseline[-1][1] if index.baseline else GRAM


def longest_run_in(index: Index, grams: Sequence[int]) -> tuple[int, str]:
    """The longest chain of neighbouring grams in one tune: its notes, and the tune's name.

    Neighbouring grams overlap in all but one note, so that a chain is a run in all but freak
    cases.
    """
    best, best_tune = 0, -1
    chains: dict[int, int] = {}
    for gram in grams:
        chains = {tune: chains.get(tune, 0) + 1 for tune in index.tunes_with(gram)}
        for tune, length in chains.items():
            if length > best:
                best, best_tune = length, tune
    return (best + GRAM - 1, index.names[best_tune]) if best else (0, "")


def grams_of_phrase(phrase: Phrase) -> list[int]:
    """The hashed runs of the melody of a phrase's first part that is no drum part."""
    for part in phrase.parts:
        if part.notes and not part.is_drums:
            line = top_line(part, Fraction(0), phrase.length)
            return grams([(round(n.onset * _TICKS), n.pitch.midi_number) for n in line])
    return []


def grams(notes: Sequence[tuple[int, int]]) -> list[int]:
    """A 32-bit hash of each run of `GRAM` notes, given as (onset in ticks, MIDI number)."""
    moves = [max(-_WIDEST, min(_WIDEST, b[1] - a[1])) for a, b in pairwise(notes)]
    waits = [b[0] - a[0] for a, b in pairwise(notes)]
    ratios = [Fraction(b, a) if a > 0 else Fraction(0) for a, b in pairwise(waits)]
    found = []
    for start in range(len(notes) - GRAM + 1):
        told = (*moves[start : start + GRAM - 1], *ratios[start : start + GRAM - 2])
        found.append(crc32(",".join(map(str, told)).encode()))
    return found


@lru_cache(maxsize=1)
def installed_index() -> Index | None:
    """The index that is shipped, loaded once; None where it is missing or damaged."""
    try:
        return index_from_bytes(INDEX_PATH.read_bytes())
    except (OSError, AntiphonError):
        return None


def index_from_bytes(data: bytes) -> Index:
    """The index in a safetensors file. Raises AntiphonError("no-weights") for a damaged one."""
    try:
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + size])
        meta = header["__metadata__"]
        body = memoryview(data)[8 + size :]
        arrays = {}
        for name, code in (("offsets", "I"), ("lower", "H"), ("tunes", "H")):
            begin, end = header[name]["data_offsets"]
            arrays[name] = array(code, bytes(body[begin:end]))
            if sys.byteorder == "big":
                arrays[name].byteswap()
        baseline = tuple((int(n), int(run)) for n, run in json.loads(meta["baseline"]))
        index = Index(**arrays, names=tuple(json.loads(meta["names"])), baseline=baseline)
        _verify(index, int(meta["gram"]))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise AntiphonError("no-weights", model="the originality index") from error
    return index


def _verify(index: Index, gram: int) -> None:
    count = len(index.lower)
    if gram != GRAM or len(index.offsets) != 65_537 or len(index.tunes) != count:
        raise ValueError("the index was built for another version")
    if index.offsets[-1] != count or max(index.tunes, default=0) >= max(1, len(index.names)):
        raise ValueError("the index is damaged")


def bytes_of_index(index: Index) -> bytes:
    """The safetensors file of an index; equal indexes give equal bytes."""
    header: dict[str, object] = {
        "__metadata__": {
            "baseline": json.dumps(index.baseline),
            "gram": str(GRAM),
            "names": json.dumps(index.names, ensure_ascii=False),
        }
    }
    body = bytearray()
    for name, kind, values in (
        ("offsets", "U32", index.offsets),
        ("lower", "U16", index.lower),
        ("tunes", "U16", index.tunes),
    ):
        little = array(values.typecode, values)
        if sys.byteorder == "big":
            little.byteswap()
        begin = len(body)
        body += little.tobytes()
        header[name] = {"dtype": kind, "shape": [len(values)], "data_offsets": [begin, len(body)]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + bytes(body)
