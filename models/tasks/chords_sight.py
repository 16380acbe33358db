"""What the chords model sees of a request: the melody in its context, chords that are known."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.chords import pitch_classes
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import sounding, top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.asked import (
    answer_start,
    asked_measures,
    asked_meters,
    own_part,
    role_of,
)
from antiphon.bridge.protocol.messages import Request, Setting, Task
from antiphon.models.encoding import halves as grid
from antiphon.models.encoding.melody import Tone, believable_key
from antiphon.models.encoding.reading import melody_part
from antiphon.models.theory.chord_finding import Half, fit, halves_of, heard_in, is_line
from antiphon.models.theory.context import between
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.keys import find_key

_BEFORE, _AFTER = 8, 4
_TIED_FROM = 16
_EVIDENCE = 6.0
_STYLES = {
    "folk": "folk", "hymn": "hymn", "chorale": "hymn", "classical": "art", "romantic": "art",
    "jazz": "jazz", "pop": "pop", "rock": "pop", "ragtime": "song",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fixed:
    """A chord that is known beforehand, and how far it holds in quarters of the answer."""

    onset: Fraction
    end: Fraction
    symbol: ChordSymbol
    is_given: bool


@dataclass(frozen=True, slots=True)
class View:
    """A request made ready for the network.

    `halves` are those of the answer, in quarters of the answer, and lie at `first` … of the
    rows; `evidence` (rows, symbols) is what other notes say; `melody` sounds over the answer.
    """

    halves: tuple[Half, ...]
    first: int
    rows: NDArray[np.float32]
    known: NDArray[np.int64]
    evidence: NDArray[np.float64]
    fixed: tuple[Fixed, ...]
    key: KeySignature
    melody: tuple[Note, ...]
    is_close: bool
    is_opening: bool

    @property
    def span(self) -> slice:
        """The rows of the answer."""
        return slice(self.first, self.first + len(self.halves))


def view_of(ground: Ground) -> View:
    """What the model sees of a request. Raises what `asked_measures` raises."""
    request = ground.request
    before, own, after, meters = _frame(request)
    halves = halves_of([*before, *own, *after], meters)
    count = (len(before), len(before) + len(own))
    low, high = halves[0].onset, halves[-1].end
    part = _melody_part(request, ground.length)
    line = _line(part, low, high) if part is not None else ()
    start = ground.start
    melody = tuple(
        replace(n, onset=n.onset - start)
        for n in line if n.onset >= start and n.onset < start + ground.length
    )  # fmt: skip
    key = _key(ground, line, [*before, *own, *after], high)
    measures = [*before, *own, *after]
    more = (
        any(m.end <= low for m in request.phrase.measures) or request.phrase_start > 0,
        any(m.onset >= high and m.duration > 0 for m in request.phrase.measures),
    )
    tune = grid.Tune(
        halves, grid.line_of(line), key.fifths, key.is_minor, replace(meters[0], onset=Fraction(0)),
        tuple(_number(measures[half.measure], half.measure) for half in halves),
        _STYLES.get(request.controls.style or ""), *more,
    )  # fmt: skip
    inner = [i for i, half in enumerate(halves) if count[0] <= half.measure < count[1]]
    answer = tuple(replace(halves[i], onset=halves[i].onset - start) for i in inner)
    fixed = fixed_chords(ground)
    known = grid.chords_on(halves, request.phrase.chords, key.fifths)
    _fill_known(known, list(zip(inner, answer, strict=True)), fixed, key.fifths)
    return View(
        halves=answer,
        first=inner[0],
        rows=grid.features_of(tune),
        known=known,
        evidence=_evidence(request, halves, inner, key, ground),
        fixed=fixed,
        key=key,
        melody=melody,
        is_close=not any(n.onset >= start + ground.length for n in line) and not more[1],
        is_opening=inner[0] == 0 and not more[0],
    )


def _frame(
    request: Request,
) -> tuple[list[Measure], list[Measure], list[Measure], tuple[TimeSignature, ...]]:
    """The measures before, in and after the answer, and all meters, in quarters of the phrase."""
    start = answer_start(request)
    own = [replace(m, onset=m.onset + start) for m in asked_measures(request)]
    before: list[Measure] = []
    for measure in request.phrase.measures:
        if measure.onset < start and measure.duration > 0:
            before.append(replace(measure, duration=min(measure.end, start) - measure.onset))
    after = [m for m in request.phrase.measures if m.onset >= own[-1].end and m.duration > 0]
    meters = [m for m in request.phrase.time_signatures if m.onset < start]
    meters += [replace(m, onset=m.onset + start) for m in asked_meters(request)]
    meters += [m for m in request.phrase.time_signatures if m.onset >= own[-1].end]
    return before[-_BEFORE:], own, after[:_AFTER], tuple(meters)


def _melody_part(request: Request, length: Fraction) -> Part | None:
    """The part that is harmonized: the selected one, or where it is silent the phrase's melody."""
    own = own_part(request)
    start = answer_start(request)
    if own is not None and not own.is_drums and between(own, start, start + length).notes:
        return own
    others = [p for p in request.phrase.parts if role_of(p) in (None, "melody") and p is not own]
    heard = [p for p in others if not p.is_drums and between(p, start, start + length).notes]
    return melody_part(replace(request.phrase, parts=tuple(heard))) if heard else own


def _line(part: Part, low: Fraction, high: Fraction) -> tuple[Note, ...]:
    if part.is_drums:
        return ()
    near = between(part, max(Fraction(0), low - _TIED_FROM), high)
    return top_line(near, low, high)


def _key(
    ground: Ground, line: Sequence[Note], measures: Sequence[Measure], high: Fraction
) -> KeySignature:
    """The key that the model moves to no accidentals, its mode heard from the melody."""
    if ground.request.controls.key is not None or not line:
        return ground.felt
    key = ground.key
    if not ground.request.controls.strict_key:
        tones = tuple(
            Tone(round(n.onset * 24), round(n.end * 24), n.pitch.midi_number) for n in line
        )
        key = believable_key(key, tones)
    part = Part("melody", "", tuple(line))
    signature = replace(key, onset=Fraction(0))
    return find_key(Phrase((part,), tuple(measures), high, (signature,)))


def _number(measure: Measure, index: int) -> int:
    return int(measure.number) if measure.number.isdigit() else index + 1


def fixed_chords(ground: Ground) -> tuple[Fixed, ...]:
    """The chords that are not the model's to choose, in order, none over another.

    Given ones hold to the end of their measure; symbols of the music hold up to the next, where
    the task follows them: harmonizing in chord symbols asks for others, except in measures that
    are locked, and so does restyling. Symbols outside a strict key are not followed.
    """
    request, length = ground.request, ground.length
    given = sorted(request.controls.chords, key=lambda c: c.onset)
    found = {
        c.onset: Fixed(c.onset, ground.bar_at(c.onset).end, c, is_given=True)
        for c in given if c.onset < length
    }  # fmt: skip
    spans = [(f.onset, f.end) for f in found.values()]
    for fixed in _standing(ground):
        if not any(a <= fixed.onset < b for a, b in spans):
            found[fixed.onset] = fixed
    ordered = [found[onset] for onset in sorted(found)]
    ends = [*(f.onset for f in ordered), length][1:]
    return tuple(replace(f, end=min(f.end, end)) for f, end in zip(ordered, ends, strict=True))


def _standing(ground: Ground) -> list[Fixed]:
    request, start, length = ground.request, ground.start, ground.length
    if request.task is Task.RESTYLE or not request.phrase.chords:
        return []
    symbols = sorted(request.phrase.chords, key=lambda c: c.onset)
    ends = [c.onset for c in symbols[1:]] + [start + length]
    anew = request.task is Task.HARMONIZE and request.controls.setting is Setting.CHORDS
    locked = request.controls.locked_measures
    found = []
    for symbol, end in zip(symbols, ends, strict=True):
        onset = max(Fraction(0), symbol.onset - start)
        if end - start <= onset or onset >= length or not pitch_classes(symbol) <= ground.scale:
            continue
        bar = ground.bar_at(onset)
        if anew and bar.index not in locked:
            continue
        stop = bar.end if anew else end - start
        found.append(Fixed(onset, stop, replace(symbol, onset=onset), is_given=False))
    return found


def _fill_known(
    known: NDArray[np.int64],
    answer: Sequence[tuple[int, Half]],
    fixed: Sequence[Fixed],
    fifths: int,
) -> None:
    """Write the symbols of fixed chords into the halves of the answer that they mostly fill."""
    starts = [f.onset for f in fixed]
    for index, half in answer:
        known[index], best = grid.UNKNOWN, Fraction(0)
        for one in fixed[max(0, bisect_right(starts, half.onset) - 1) :]:
            if one.onset >= half.end:
                break
            time = min(one.end, half.end) - max(one.onset, half.onset)
            if time > best and 2 * time >= half.duration:
                best = time
                known[index] = grid.symbol_of(one.symbol, fifths)


def _evidence(
    request: Request, halves: Sequence[Half], inner: Sequence[int], key: KeySignature,
    ground: Ground,
) -> NDArray[np.float64]:  # fmt: skip
    """What notes beside the melody say for each symbol; zero where a single line is all."""
    found = np.zeros((len(halves), grid.SYMBOLS))
    if request.task in (Task.GENERATE, Task.RESTYLE):
        return found
    start, end = ground.start, ground.start + ground.length
    notes = [
        note
        for part in request.phrase.parts
        if not part.is_drums
        for note in sounding(between(part, max(Fraction(0), start - _TIED_FROM), end).notes)
        if note.end > start
    ]
    if not notes or is_line(notes):
        return found
    own = [halves[i] for i in inner]
    heard = heard_in(own, notes, ground.bars[0].meter)
    for index, item in zip(inner, heard, strict=True):
        if not item.is_silent:
            for symbol in range(grid.NO_CHORD):
                chord = grid.chord_of_symbol(symbol, key.fifths)
                if chord is not None:
                    found[index, symbol] = _EVIDENCE * fit(item, *chord)
    return found
