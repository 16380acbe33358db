"""music21 as the oracle: what it reads in a MusicXML file, and what comes through a phrase."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

from antiphon.bridge.formats.musicxml_reader import phrase_from_musicxml
from antiphon.bridge.formats.musicxml_voice import written_pitch
from antiphon.bridge.formats.musicxml_writer import musicxml_from_phrase
from antiphon.bridge.formats.mxl import unpack_mxl
from antiphon.bridge.music.phrase import Phrase

SAMPLE = 300
LARGEST_PACKED = 9_000
# Where music21 and we read a file differently, and why.
KNOWN = {
    "Lindenbaum.xml": "notes of one chord last differently; music21 gives all the first one's",
    "PMFC_13_04-Credo Cursor.xml": "a sharp is printed but not played; music21 plays it",
}
OTHER_SUFFIXES = (".abc", ".krn")
SUFFIXES = (".xml", ".mxl", ".musicxml")


def corpus_files() -> list[Path]:
    from music21 import corpus

    return sorted(Path(path) for path in corpus.getCorePaths() if Path(path).suffix in SUFFIXES)


def other_files() -> list[Path]:
    """The corpus files of other formats that music21 can turn into MusicXML."""
    from music21 import corpus

    return sorted(Path(p) for p in corpus.getCorePaths() if Path(p).suffix in OTHER_SUFFIXES)


def document(path: Path) -> bytes:
    """A file's MusicXML; of other formats as music21 exports the first score in it."""
    data = path.read_bytes()
    if path.suffix in OTHER_SUFFIXES:
        return exported(path)
    return unpack_mxl(data, path.name) if path.suffix == ".mxl" else data


def exported(path: Path) -> bytes:
    from music21 import converter
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    score = converter.parse(path, forceSource=True)
    if "Opus" in score.classes:
        score = score.scores[0]
    return GeneralObjectExporter(score).parse()


def rounded(time: object) -> Fraction:
    return Fraction(time).limit_denominator(20_000)


def music21_notes(data: bytes, phrase: Phrase) -> Counter:
    """(part, onset, written MIDI number, quarters, grace) as music21 reads a document."""
    from music21 import converter

    text = data.decode("utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else None
    source = re.sub(r"<\?xml[^>]*\?>", "", text, count=1) if text else data
    score = converter.parseData(source, format="musicxml", forceSource=True)
    found: Counter = Counter()
    names: list[str] = []
    for part in score.parts:
        # The staves of one part are parts of their own to music21.
        name = re.sub(r"-Staff\d+$", "", str(part.id))
        if not ("PartStaff" in part.classes and names[-1:] == [name]):
            names.append(name)
        place = len(names) - 1
        for index, measure in enumerate(part.getElementsByClass("Measure")):
            start = phrase.measures[index].onset
            for note in measure.recurse().notes:
                if "Harmony" in note.classes:
                    continue
                onset = rounded(start + rounded(note.getOffsetInHierarchy(measure)))
                grace = note.duration.isGrace
                length = Fraction(0) if grace else rounded(note.quarterLength)
                for member in getattr(note, "notes", (note,)):
                    number = member.pitch.midi if hasattr(member, "pitch") else -1
                    found[place, onset, number, length, grace] += 1
    return found


def phrase_notes(phrase: Phrase) -> Counter:
    found: Counter = Counter()
    for place, part in enumerate(phrase.parts):
        for note in part.notes:
            pitch = written_pitch(note.pitch, part.transposition)
            number = -1 if part.is_drums else pitch.midi_number
            length = rounded(note.duration)
            found[place, rounded(note.onset), number, length, note.is_grace] += 1
    return found


def verdict(path: Path) -> str:
    """Nothing where all three agree, "unread" where music21 fails, else what differs."""
    try:
        data = document(path)
    except Exception as fault:  # music21 raises whatever comes
        if path.suffix not in OTHER_SUFFIXES:
            raise
        return f"not exported by music21: {type(fault).__name__}"
    phrase = phrase_from_musicxml(data, path.name)
    try:
        original = music21_notes(data, phrase)
    except Exception as fault:  # music21 raises whatever comes
        return f"unread by music21: {type(fault).__name__}"
    written = music21_notes(musicxml_from_phrase(phrase), phrase)
    ours = phrase_notes(phrase)
    if ours != original:
        return f"read: music21 alone {original - ours}, we alone {ours - original}"[:300]
    if written != original:
        return f"written: lost {original - written}, new {written - original}"[:300]
    return ""


def sample() -> list[Path]:
    scale = {".mxl": 1, ".xml": 8, ".musicxml": 8}
    small = [p for p in corpus_files() if p.stat().st_size < LARGEST_PACKED * scale[p.suffix]]
    drawn = sorted(small, key=lambda p: hashlib.sha256(p.name.encode()).digest())
    return [path for path in drawn if path.name not in KNOWN][:SAMPLE]


def judged(path: Path) -> tuple[Path, str]:
    """A file's verdict; whatever goes wrong is part of it."""
    try:
        return path, verdict(path)
    except Exception as fault:  # a table of everything names every fault
        return path, f"failed: {type(fault).__name__}: {fault}"


def verdicts(paths: Sequence[Path], processes: int = 2) -> Iterator[tuple[Path, str]]:
    """The verdicts on many files, in no order; music21 keeps much, so processes are renewed."""
    with get_context("spawn").Pool(processes, maxtasksperchild=40) as pool:
        yield from pool.imap_unordered(judged, paths, chunksize=2)
