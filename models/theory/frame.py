"""What a request to continue fixes before a note is chosen: key, meter, measures, range, cells."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NoReturn

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.harmony import MODE_TONICS, KeySignature, Mode
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase, key_at, meter_at
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.asked import answer_start, asked_measures
from antiphon.bridge.protocol.messages import Request, RhythmSlot
from antiphon.models.theory.context import between, lately_heard
from antiphon.models.theory.keys import find_key, find_mode, raises_seventh
from antiphon.models.theory.ladder import Ladder, ladder_of, tonic_letter
from antiphon.models.theory.meter import grouping
from antiphon.models.theory.rhythm import Cell, cell_of

_MIDDLE = (60, 76)
_TIED_FROM = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of an answer.

    `key` is stated at the answer's beginning, `mode` what the music rests on, `tonic` its
    letter (0 … 6). `bounds` are the lowest and highest MIDI number allowed; `home` are the
    rungs where the melody has moved. `last` is the rung of the melody's last note.
    """

    part: Part
    key: KeySignature
    mode: Mode
    tonic: int
    raises_seventh: bool
    ladder: Ladder
    bounds: tuple[int, int]
    rungs: range
    home: range
    meter: TimeSignature
    groups: tuple[int, ...]
    measures: tuple[Measure, ...]
    cells: tuple[Cell, ...]
    breath: Fraction
    last: int | None
    voice: int
    staff: int
    velocity: int
    rhythm: tuple[RhythmSlot, ...] = ()
    density: float | None = None


def frame_of(request: Request, heard_in: tuple[Fraction, Fraction] | None = None) -> Frame:
    """The frame of the answer to a request; `heard_in` is what stands for the selection.

    Raises AntiphonError("no-such-part") if the request names a part that the phrase lacks,
    and AntiphonError("bad-control") if the range holds no note of the key.
    """
    phrase = request.phrase
    part = asked_part(request)
    start, end = heard_in or span_of(request)
    before = lately_heard(phrase, end)
    asked = request.controls.key
    felt = asked or find_key(before)
    written = stated_key(request)
    mode = asked.mode if asked else find_mode(before, felt)
    line, heard = _melody(part, start, end)
    tonic_fifths = felt.fifths + MODE_TONICS[mode]
    meter = meter_at(phrase, answer_start(request))
    ladder = ladder_of(felt.fifths)
    cells = _cells(request, heard, (start if line else Fraction(0), end), ladder)
    bounds = _bounds(request, heard)
    rungs = ladder.rungs(*bounds)
    if not rungs and not part.is_drums:
        _refuse(bounds)
    return Frame(
        part=part,
        key=written,
        mode=mode,
        tonic=tonic_letter(tonic_fifths),
        raises_seventh=_may_raise(request, heard, felt, written, mode),
        ladder=ladder,
        bounds=bounds,
        rungs=rungs,
        home=_home(heard, ladder, rungs),
        meter=meter,
        groups=grouping(meter, [slot.place for cell in cells for slot in cell]),
        measures=asked_measures(request),
        cells=cells,
        breath=_pickup(phrase, heard, meter),
        last=ladder.position(heard[-1].pitch)[0] if heard else None,
        voice=_commonest([note.voice for note in heard], 1),
        staff=_commonest([note.staff for note in heard], 1),
        velocity=_commonest([note.velocity for note in heard], 80),
        rhythm=request.controls.rhythm,
        density=_density(request, cells),
    )


def _density(request: Request, cells: Sequence[Cell]) -> float | None:
    """Asked onsets a quarter; a mood moves the selection's own; None leaves the cells alone."""
    mood = request.controls.mood
    if request.controls.density is not None or mood is None:
        return request.controls.density
    length = sum(float(cell[-1].end) for cell in cells if cell)
    usual = sum(len(cell) for cell in cells) / length if length else 1.0
    return min(4.0, usual * 2 ** (0.8 * mood.arousal)) if abs(mood.arousal) > 0.1 else None


def _refuse(bounds: tuple[int, int]) -> NoReturn:
    value = f"{bounds[0]} to {bounds[1]}"
    why = "no note of the key lies in it"
    raise AntiphonError("bad-control", name="range", value=value, why=why)


def asked_part(request: Request) -> Part:
    """The part that a request asks to continue: the first it names, else the first of all.

    Raises AntiphonError("no-such-part").
    """
    ids = request.region.part_ids
    for part in request.phrase.parts:
        if not ids or part.id == ids[0]:
            return part
    names = ", ".join(part.name or part.id for part in request.phrase.parts)
    raise AntiphonError("no-such-part", name=ids[0] if ids else "", parts=names or "none")


def span_of(request: Request) -> tuple[Fraction, Fraction]:
    """Start and end of the selection in quarters of the request's phrase."""
    start = max(Fraction(0), request.region.start - request.phrase_start)
    return start, max(start, request.region.end - request.phrase_start)


def stated_key(request: Request) -> KeySignature:
    """The key signature at the answer's beginning: the asked one, the one in force, the one found.

    Music made from nothing is in C major, or in A minor where the mood is sad.
    """
    asked = request.controls.key
    if asked is not None:
        return replace(asked, onset=Fraction(0))
    written = _written_key(request.phrase, answer_start(request))
    if written is not None:
        return written
    mood = request.controls.mood
    if mood is not None and not any(part.notes for part in request.phrase.parts):
        return KeySignature(Fraction(0), 0, "minor" if mood.valence < -0.2 else "major")
    return felt_key(request)


def felt_key(request: Request) -> KeySignature:
    """The key that the music before the answer is felt to be in, its mode decided.

    A key that is asked for is believed.
    """
    if request.controls.key is not None:
        return replace(request.controls.key, onset=Fraction(0))
    _, end = span_of(request)
    before = lately_heard(request.phrase, end)
    key = find_key(before)
    return replace(key, mode=find_mode(before, key))


def _written_key(phrase: Phrase, end: Fraction) -> KeySignature | None:
    written = key_at(phrase, end)
    return replace(written, onset=Fraction(0)) if written else None


def _melody(
    part: Part, start: Fraction, end: Fraction
) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """The melody of the selection, and what stands for it: all before it where it is silent."""
    if part.is_drums:
        return (), ()
    # A note may be tied into the selection from before it, but not from far away.
    near = between(part, max(Fraction(0), start - _TIED_FROM), end)
    line = top_line(near, start, end)
    return line, line or top_line(part, Fraction(0), end)


def _cells(
    request: Request, heard: Sequence[Note], span: tuple[Fraction, Fraction], ladder: Ladder
) -> tuple[Cell, ...]:
    """The full measures of a span that hold notes, in order."""
    start, end = span
    full = meter_at(request.phrase, end).measure_duration
    cells = []
    for measure in request.phrase.measures:
        if start <= measure.onset and measure.end <= end and measure.duration == full:
            cell = cell_of(heard, measure, ladder, request.controls.tuplets)
            if cell:
                cells.append(cell)
    return tuple(cells)


def _bounds(request: Request, heard: Sequence[Note]) -> tuple[int, int]:
    """The compass of the answer: the melody's own and a little more, inside the asked range."""
    numbers = [note.pitch.midi_number for note in heard] or list(_MIDDLE)
    bottom, top = min(numbers), max(numbers)
    if top - bottom < 12:
        middle = (top + bottom) // 2
        bottom, top = min(bottom, middle - 6), max(top, middle + 6)
    lowest, highest = request.controls.lowest, request.controls.highest
    # A range away from the melody moves the answer; it spans an octave where it can.
    if lowest is not None and top < lowest + 12:
        bottom, top = lowest, max(top, lowest + 12)
    if highest is not None and bottom > highest - 12:
        bottom, top = min(bottom, highest - 12), highest
    low = max(0, bottom, lowest if lowest is not None else 0)
    high = min(127, top, highest if highest is not None else 127)
    return low, high


def _home(heard: Sequence[Note], ladder: Ladder, rungs: range) -> range:
    """The rungs between which the melody has mostly moved, inside the allowed ones."""
    if not rungs:
        return rungs
    found = sorted(ladder.position(note.pitch)[0] for note in heard)
    if not found:
        return rungs
    low, high = found[len(found) // 20], found[-1 - len(found) // 20]
    while high > rungs[-1] + 3:
        low, high = low - 7, high - 7
    while low < rungs[0] - 3:
        low, high = low + 7, high + 7
    low, high = max(low, rungs[0]), min(high, rungs[-1])
    return range(low, high + 1) if low <= high else rungs


def _may_raise(
    request: Request, heard: Sequence[Note], felt: KeySignature, written: KeySignature, mode: Mode
) -> bool:
    if mode != "minor" or not raises_seventh(heard, felt):
        return False
    return written.mode == "minor" or not request.controls.strict_key


def _pickup(phrase: Phrase, heard: Sequence[Note], meter: TimeSignature) -> Fraction:
    """Length of the tune's pickup in quarters, 0 without one."""
    if phrase.measures and heard:
        first = phrase.measures[0]
        if first.onset == 0 and first.duration < meter.measure_duration:
            return first.duration
    return Fraction(0)


def _commonest(values: Sequence[int], otherwise: int) -> int:
    return Counter(values).most_common(1)[0][0] if values else otherwise
