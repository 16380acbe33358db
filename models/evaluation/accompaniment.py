"""How the arranger's piano and bass stand beside those of the score and beside plain patterns.

Four measures at a time of held-out pieces: the part is taken out and written anew under the
melody (and, for the bass, beside all other parts), with the chords that the music has there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from math import sqrt
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import chord_symbol, pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.messages import Controls, Request, Task
from antiphon.models.evaluation.arranger_controls import moved
from antiphon.models.evaluation.asking import request_over
from antiphon.models.evaluation.fill import network, pieces_below
from antiphon.models.evaluation.report import Report, Table
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.tasks.arranger import write_take
from antiphon.models.tasks.identity import input_hash
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.theory.chord_finding import chords_heard
from antiphon.models.training.arranger_read import Found

MEASURES = 4
_WINDOWS = 12
_FEWEST = 6
_BASS_RANGE = (23, 67)
_KICKS = (35, 36)
_KINDS = {(0, 4, 7): "major", (0, 3, 7): "minor", (0, 4, 7, 10): "dominant",
          (0, 4, 7, 11): "major-seventh", (0, 3, 7, 10): "minor-seventh",
          (0, 3, 6): "diminished", (0, 5, 7): "suspended-fourth",
          (0, 2, 7): "suspended-second", (0, 4, 8): "augmented",
          (0, 3, 6, 10): "half-diminished", (0, 3, 6, 9): "diminished-seventh",
          (0, 4, 7, 9): "major-sixth", (0, 3, 7, 9): "minor-sixth"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """Four measures: all parts, the one taken out, the one to write it under, and the chords."""

    source: str
    phrase: Phrase
    part: Part
    lead: Part
    chords: tuple[ChordSymbol, ...]


def cases_of(pieces: Iterable[Found], role: int, leads: Sequence[int]) -> list[Case]:
    """Windows in which a part of the role sounds beside one of the leading roles."""
    found: list[tuple[str, Case]] = []
    for piece in pieces:
        parts = [(p, r) for p, r in zip(piece.phrase.parts, piece.roles, strict=True) if p.notes]
        own = [p for p, r in parts if r == role and not p.is_drums]
        lead = [p for p, r in parts if r in leads and not p.is_drums and p not in own]
        if not own or not lead:
            continue
        options = []
        for first in range(MEASURES, len(piece.phrase.measures) - MEASURES, MEASURES):
            name = f"{piece.source}/{piece.name}/{first}"
            options.append((sha256(name.encode()).hexdigest(), first))
        kept = 0
        for draw, first in sorted(options):
            case = _case(piece, own[-1], lead[0], first)
            if case is not None:
                found.append((draw, case))
                kept += 1
            if kept == 2:
                break
    chosen: list[Case] = []
    for source in dict.fromkeys(case.source for _, case in found):
        same = sorted((f for f in found if f[1].source == source), key=lambda f: f[0])
        chosen += [case for _, case in same[:_WINDOWS]]
    return chosen


def _case(piece: Found, part: Part, lead: Part, first: int) -> Case | None:
    measures = piece.phrase.measures[first : first + MEASURES]
    start, end = measures[0].onset, measures[-1].end
    kept = tuple(
        p
        for p, r in zip(piece.phrase.parts, piece.roles, strict=True)
        if r is not None or p.is_drums
    )
    phrase = slice_phrase(replace(piece.phrase, parts=kept), start, end)
    named = {p.id: p for p in phrase.parts}
    own, above = named[part.id], named[lead.id]
    if len(own.notes) < _FEWEST or len(above.notes) < _FEWEST:
        return None
    key = phrase.key_signatures[0] if phrase.key_signatures else KeySignature(Fraction(0), 0)
    told = _told(piece, start, end, key)
    chords = told or chords_heard(phrase, Fraction(0), phrase.length)
    return Case(piece.source, phrase, own, above, chords) if chords else None


def _told(
    piece: Found, start: Fraction, end: Fraction, key: KeySignature
) -> tuple[ChordSymbol, ...]:
    """The chord symbols of the data set inside a window, the one in force at its start too."""
    found: list[ChordSymbol] = []
    for tick, root, intervals in piece.chords:
        onset = Fraction(tick, 24)
        kind = _KINDS.get(intervals)
        if onset >= end or kind is None or root > 11:
            continue
        at = max(Fraction(0), onset - start)
        found = [c for c in found if c.onset != at]
        found.append(chord_symbol(at, root, kind, key))
    return tuple(found)


def evaluate(folder: Path) -> Report:
    """Figures of the shipped arranger on held-out pieces below a folder, or on any music.

    Raises AntiphonError("no-weights"), and "unreadable-file" where nothing could be used.
    """
    model = network()
    pieces = list(pieces_below(folder))
    pianos = [c for c in cases_of(pieces, 2, (0,)) if c.source != "mutopia"]
    basses = cases_of(pieces, 1, (0, 2, 3, 4))
    if not pianos and not basses:
        raise AntiphonError("unreadable-file", what=folder.name, why="no accompaniment in it")
    tables = [_piano_table(model, source, own) for source, own in _by_source(pianos)]
    tables += [_bass_table(model, source, own) for source, own in _by_source(basses)]
    if pianos:
        tables.append(moved(model, [_request(c, Task.ACCOMPANY, Controls()) for c in pianos[:12]]))
    return Report(
        "accompaniment",
        tuple(tables),
        f"{len(pianos)} windows with a piano and {len(basses)} with a bass, four measures each, "
        "of pieces that no weight was trained on",
        (
            "Onset F1 compares the 16ths on which something begins with the score's. Chord "
            "agreement is the share of notes that belong to the chord they begin in. The chords "
            "are the data set's own (POP909) or found from all parts of the score, and given to "
            "every row alike; the rules are the theory engine.",
        ),
    )


def _by_source(cases: Sequence[Case]) -> list[tuple[str, list[Case]]]:
    names = dict.fromkeys(case.source for case in cases)
    return [(name, [case for case in cases if case.source == name]) for name in names]


def _request(case: Case, task: Task, controls: Controls) -> Request:
    """A request for the part that was taken out, in a new part, with the window's chords."""
    others = tuple(p for p in case.phrase.parts if p.id != case.part.id)
    if task is Task.ACCOMPANY:
        others = (case.lead,)
    phrase = replace(case.phrase, parts=others, chords=case.chords)
    return request_over(phrase, case.lead, (0, len(phrase.measures) - 1), task, controls)


def _answer(model: ArrangerSteps, case: Case, task: Task) -> tuple[Note, ...]:
    request = _request(case, task, Controls())
    found = write_take(model, request, 0, input_hash(request), lambda: False)
    return sounding(found.parts[0].notes) if found is not None else ()


def _rules(case: Case, task: Task) -> tuple[Note, ...]:
    return sounding(answer_by_rules(_request(case, task, Controls()), 0).parts[0].notes)


def _blocks(case: Case) -> tuple[Note, ...]:
    """The chords struck whole where they change and on every first beat."""
    notes = []
    for onset, end, chord in _spans(case):
        for tone in sorted(pitch_classes(chord)):
            notes.append(Note(onset, end - onset, spell(60 + (tone - 7) % 12 - 5)))
        root = root_pitch_class(chord)
        if root is not None:
            notes.append(Note(onset, end - onset, spell(36 + root)))
    return tuple(notes)


def _root_and_fifth(case: Case) -> tuple[Note, ...]:
    """Roots where chords change and on first beats, the fifth half way."""
    notes = []
    for onset, end, chord in _spans(case):
        root = root_pitch_class(chord)
        if root is not None:
            half = (end - onset) / 2
            notes.append(Note(onset, half, spell(36 + root)))
            notes.append(Note(onset + half, half, spell(36 + (root + 7) % 12)))
    return tuple(notes)


def _spans(case: Case) -> list[tuple[Fraction, Fraction, ChordSymbol]]:
    marks = sorted(case.chords, key=lambda chord: chord.onset)
    edges = sorted({c.onset for c in marks} | {m.onset for m in case.phrase.measures})
    found = []
    for onset, end in zip(edges, [*edges[1:], case.phrase.length], strict=True):
        chord = _chord_at(marks, onset)
        if chord is not None and end > onset:
            found.append((onset, end, chord))
    return found


def _chord_at(chords: Sequence[ChordSymbol], onset: Fraction) -> ChordSymbol | None:
    found = None
    for chord in chords:
        # A played note may begin a hair before its chord.
        if _sixteenth(chord.onset) <= _sixteenth(onset):
            found = chord
    return found or (chords[0] if chords else None)


def _piano_table(model: ArrangerSteps, source: str, cases: Sequence[Case]) -> Table:
    rows = []
    writers: dict[str, Callable[[Case], tuple[Note, ...]]] = {
        "the score": lambda case: sounding(case.part.notes),
        "block chords": _blocks,
        "rules": lambda case: _rules(case, Task.ACCOMPANY),
        "arranger": lambda case: _answer(model, case, Task.ACCOMPANY),
    }
    for name, write in writers.items():
        answers = [write(case) for case in cases]
        truths = [sounding(case.part.notes) for case in cases]
        score = sum(map(_onset_f1, answers, truths)) / len(cases)
        together = _correlation([_density(a) for a in answers], [_density(t) for t in truths])
        agrees = [_agreement(a, c) for a, c in zip(answers, cases, strict=True)]
        span = sum(_density(a) for a in answers) / sum(float(c.phrase.length) for c in cases)
        rows.append((name, score, together, sum(agrees) / len(agrees), span))
    columns = ("", "onset F1", "density correlation", "chord agreement", "onsets a quarter")
    return Table(f"Piano under a melody, {source} ({len(cases)} windows)", columns, tuple(rows))


def _bass_table(model: ArrangerSteps, source: str, cases: Sequence[Case]) -> Table:
    writers: dict[str, Callable[[Case], tuple[Note, ...]]] = {
        "the score": lambda case: sounding(case.part.notes),
        "root and fifth": _root_and_fifth,
        "rules": lambda case: _rules(case, Task.BASS),
        "arranger": lambda case: _answer(model, case, Task.BASS),
    }
    rows = []
    for name, write in writers.items():
        found = [_bass_figures(write(case), case) for case in cases]
        columns = list(zip(*found, strict=True))
        means = []
        for column in columns:
            values = [value for value in column if value is not None]
            means.append(sum(values) / len(values) if values else None)
        rows.append((name, *means))
    columns_named = ("", "chord tone on the beat", "root at a chord change", "with the kick",
                     "stepwise", "outside B0 to G4", "onset F1")  # fmt: skip
    title = f"Bass, {source} ({len(cases)} windows)"
    return Table(title, columns_named, tuple(rows))


def _bass_figures(notes: Sequence[Note], case: Case) -> tuple[float | None, ...]:
    marks = sorted(case.chords, key=lambda chord: chord.onset)
    beats = [n for n in notes if _sixteenth(n.onset) % 4 == 0]
    tones = [_fits(n, marks) for n in beats]
    changes = {_sixteenth(chord.onset): root_pitch_class(chord) for chord in marks}
    roots = [
        n.pitch.midi_number % 12 == changes[_sixteenth(n.onset)]
        for n in notes
        if _sixteenth(n.onset) in changes
    ]
    kicks = {
        _sixteenth(n.onset)
        for part in case.phrase.parts
        if part.is_drums
        for n in part.notes
        if n.pitch.midi_number in _KICKS
    }
    onsets = {_sixteenth(n.onset) for n in notes}
    numbers = [n.pitch.midi_number for n in notes]
    steps = [abs(b - a) <= 2 for a, b in pairwise(numbers) if a != b]
    outside = [not _BASS_RANGE[0] <= number <= _BASS_RANGE[1] for number in numbers]
    return (
        _share(tones), _share(roots),
        2 * len(onsets & kicks) / (len(onsets) + len(kicks)) if kicks and onsets else None,
        _share(steps), _share(outside), _onset_f1(notes, sounding(case.part.notes)),
    )  # fmt: skip


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _fits(note: Note, chords: Sequence[ChordSymbol]) -> bool:
    chord = _chord_at(chords, note.onset)
    return chord is not None and note.pitch.midi_number % 12 in pitch_classes(chord)


def _agreement(notes: Sequence[Note], case: Case) -> float:
    marks = sorted(case.chords, key=lambda chord: chord.onset)
    return _share([_fits(note, marks) for note in notes]) or 0.0


def _sixteenth(onset: Fraction) -> int:
    return round(onset * 4)


def _density(notes: Sequence[Note]) -> float:
    return float(len({_sixteenth(note.onset) for note in notes}))


def _onset_f1(found: Sequence[Note], truth: Sequence[Note]) -> float:
    one, other = {_sixteenth(n.onset) for n in found}, {_sixteenth(n.onset) for n in truth}
    return 2 * len(one & other) / max(1, len(one) + len(other))


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's r, None where one of them never changes."""
    mean, mean_other = sum(one) / len(one), sum(other) / len(other)
    over = sum((a - mean) * (b - mean_other) for a, b in zip(one, other, strict=True))
    square = sum((a - mean) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other)
    return over / sqrt(square) if square else None
