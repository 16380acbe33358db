"""Finding a tune again: recall and rank of changed queries in a library of folk tunes and songs."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np

from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.time import Measure
from antiphon.models.evaluation.report import Table
from antiphon.models.listening.features import melody_notes
from antiphon.models.listening.fingerprints import fingerprint
from antiphon.models.listening.library import Entry, keep, opened
from antiphon.models.listening.similar import similar
from antiphon.models.listening.sound import sound_of
from antiphon.models.training.corpus import read_corpus

_QUERIES = 60
_SOURCES = ("nottingham", "openewld", "ryansMammoth")
_STEPS = (-2, -1, 1, 2)


def phrase_from(notes: Sequence[Note], like: Phrase) -> Phrase:
    """A phrase of these notes alone, in the measures of another."""
    part = Part("P1", "Melody", tuple(notes))
    return replace(like, parts=(part,), chords=())


def transposed(phrase: Phrase, rng: Random) -> Phrase:
    """Every note higher or lower by the same one to seven semitones."""
    shift = rng.choice([s for s in range(-7, 8) if s])
    notes = [replace(n, pitch=spell(n.pitch.midi_number + shift)) for n in melody_notes(phrase)]
    return replace(phrase_from(notes, phrase), key_signatures=())


def ornamented(phrase: Phrase, rng: Random) -> Phrase:
    """A third of the notes turned, with a lower or upper neighbour, or prefixed by a short note."""
    found: list[Note] = []
    for note in melody_notes(phrase):
        step, third = rng.choice(_STEPS), note.duration / 4
        if rng.random() > 0.35 or note.duration < Fraction(1, 4):
            found.append(note)
            continue
        beside = replace(note, duration=third, pitch=spell(note.pitch.midi_number + step))
        way = rng.randrange(3)
        if way == 0:  # a mordent
            found += [
                replace(note, duration=third), replace(beside, onset=note.onset + third),
                replace(note, onset=note.onset + 2 * third, duration=note.duration - 2 * third),
            ]  # fmt: skip
        elif way == 1:  # an appoggiatura before the note
            rest = replace(note, onset=note.onset + third, duration=note.duration - third)
            found += [beside, rest]
        else:  # a passing or neighbouring note after it
            found += [
                replace(note, duration=note.duration - third),
                replace(beside, onset=note.onset + note.duration - third),
            ]
    return transposed(phrase_from(found, phrase), rng)


def rebarred(phrase: Phrase, rng: Random) -> Phrase:
    """The same notes a beat or two later under the same barlines, and transposed."""
    shift = Fraction(rng.choice((1, 2)), rng.choice((1, 2)))
    notes = [replace(note, onset=note.onset + shift) for note in melody_notes(phrase)]
    last = phrase.measures[-1]
    more = Measure(last.end, last.duration, "more")
    longer = replace(
        phrase, measures=(*phrase.measures, more), length=phrase.length + last.duration
    )
    return transposed(phrase_from(notes, longer), rng)


def other_rhythm(phrase: Phrase, rng: Random) -> Phrase:
    """Note values changed: evened out, dotted, or all twice as long; and transposed."""
    way, onset = rng.randrange(3), Fraction(0)
    found = []
    for index, note in enumerate(melody_notes(phrase)):
        wait = note.duration
        if way == 0:
            wait = Fraction(1, 2)
        elif way == 1:
            wait = note.duration * (Fraction(3, 2) if index % 2 == 0 else Fraction(1, 2))
        else:
            wait = note.duration * 2
        found.append(replace(note, onset=onset, duration=wait))
        onset += wait
    size = phrase.measures[-1].duration or Fraction(4)
    count = int(onset // size) + 1
    measures = tuple(Measure(size * i, size, str(i + 1)) for i in range(count))
    longer = replace(phrase, measures=measures, length=size * count)
    return transposed(phrase_from(found, longer), rng)


def part_of(phrase: Phrase, rng: Random) -> Phrase:
    """Four measures out of the middle, transposed."""
    count = len(phrase.measures)
    first = rng.randrange(max(1, count - 5))
    start = phrase.measures[first].onset
    end = phrase.measures[min(count, first + 4) - 1].end
    piece = slice_phrase(phrase, start, end)
    return transposed(phrase_from(melody_notes(piece), piece), rng)


KINDS: dict[str, Callable[[Phrase, Random], Phrase]] = {
    "transposed": transposed, "ornamented and transposed": ornamented,
    "rebarred and transposed": rebarred, "rhythm changed and transposed": other_rhythm,
    "four measures, transposed": part_of,
}  # fmt: skip


def plain_entry(phrase: Phrase) -> Entry:
    """A phrase by its melody alone, as the search by melody needs it."""
    told = fingerprint(phrase, sound_of(phrase), [])
    nothing = np.zeros(1)
    return Entry(phrase.title, told, 0.0, 0.0, (), nothing, nothing, nothing)


def _works(data: Path) -> list[tuple[str, Phrase]]:
    """Tunes with the name of their work: settings of one tune count as found together."""
    from antiphon.models.listening.library import phrases_in  # noqa: PLC0415
    from antiphon.models.training.corpus import identity_keys, works_of  # noqa: PLC0415

    entries, _ = read_corpus(data, _SOURCES)
    keys = [identity_keys(entry.source, entry.tune) for entry in entries]
    works = works_of([entry.tune for entry in entries], keys)
    found, cache = [], {}
    for entry, work in zip(entries, works, strict=True):
        path = entry.tune.path
        if path not in cache:
            cache = {path: list(phrases_in(path))}
        phrase = cache[path][min(entry.tune.index, len(cache[path]) - 1)]
        if len(melody_notes(phrase)) >= 16 and len(phrase.measures) >= 6:
            found.append((work, phrase))
    return found


def tables(data: Path) -> Iterator[Table]:
    """Recall at 1 and 10 and mean reciprocal rank by kind of query, beside plain baselines."""
    tunes = _works(data)
    with TemporaryDirectory() as folder:
        base = opened(Path(folder) / "library.sqlite")
        entries = [plain_entry(phrase) for _, phrase in tunes]
        start = time.process_time()
        with base:
            for number, entry in enumerate(entries):
                keep(base, str(number), 0, entry)
        kept = time.process_time() - start
        yield from _recall(base, tunes, entries)
        yield from _speed(base, entries, kept)
        base.close()


def _recall(
    base: sqlite3.Connection, tunes: Sequence[tuple[str, Phrase]], entries: Sequence[Entry]
) -> Iterator[Table]:
    rng = Random(7)
    chosen = rng.sample(range(len(tunes)), min(_QUERIES, len(tunes)))
    rows = []
    chroma = np.array([_histogram(entry.print.pitch) for entry in entries])
    heads = [_edit_words(entry.print.pitch) for entry in entries]
    for kind, change in KINDS.items():
        ranks: dict[str, list[int]] = {
            "antiphon": [],
            "intervals of the beginning": [],
            "pitch histogram": [],
        }
        for index in chosen:
            query = plain_entry(change(tunes[index][1], Random(index)))
            found = similar(base, query, "melody", 10)
            works = [tunes[int(row.path)][0] for row in found]
            ranks["antiphon"].append(_rank(works, tunes[index][0]))
            for name, order in (
                ("intervals of the beginning", _by_beginning(query, heads)),
                ("pitch histogram", np.argsort(-(chroma @ _histogram(query.print.pitch)))[:10]),
            ):
                ranks[name].append(_rank([tunes[int(i)][0] for i in order], tunes[index][0]))
        for name, own in ranks.items():
            ranked = np.array(own)
            hit = ranked > 0
            rows.append((
                kind, name, float(np.mean(ranked == 1)), float(hit.mean()),
                float(np.where(hit, 1 / np.maximum(ranked, 1), 0).mean()),
            ))  # fmt: skip
    yield Table(
        f"Finding a tune again among {len(tunes)} ({len(chosen)} queries of each kind)",
        ("query", "who", "recall at 1", "recall at 10", "MRR"), tuple(rows),
    )  # fmt: skip


def _rank(works: Sequence[str], work: str) -> int:
    """The place of a work among the first ten, from 1; 0 where it is not there."""
    return works.index(work) + 1 if work in works else 0


def _histogram(pitch: np.ndarray) -> np.ndarray:
    """Pitch classes from the commonest one up, so that transposition does not matter."""
    counts = np.bincount(pitch % 12, minlength=12).astype(float)
    turned = np.roll(counts, -int(counts.argmax()))
    found: np.ndarray = turned / max(1e-9, float(np.linalg.norm(turned)))
    return found


def _edit_words(pitch: np.ndarray) -> np.ndarray:
    """The first twelve intervals."""
    moves = np.diff(pitch)[:12]
    return np.pad(moves, (0, 12 - len(moves)), constant_values=99)


def _by_beginning(query: Entry, heads: Sequence[np.ndarray]) -> np.ndarray:
    own = _edit_words(query.print.pitch)
    agree = (np.array(heads) == own[None]).sum(1)
    found: np.ndarray = np.argsort(-agree, kind="stable")[:10]
    return found


def _speed(base: sqlite3.Connection, entries: Sequence[Entry], kept: float) -> Iterator[Table]:
    times = []
    for entry in entries[:: max(1, len(entries) // 40)]:
        start = time.process_time()
        similar(base, entry, "melody", 10)
        times.append(1000 * (time.process_time() - start))
    yield Table(
        f"Speed of the search by melody, whole tunes against {len(entries)} pieces",
        ("what", "value"),
        (
            ("query, median, ms of one core", float(np.median(times))),
            ("query, 95th percentile, ms of one core", float(np.percentile(times, 95))),
            ("writing a fingerprint, ms of one core", 1000 * kept / max(1, len(entries))),
        ),
        digits=1,
    )
