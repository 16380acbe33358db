"""A request for four voices made ready for the chorale network: what it hears, what is fixed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import log2

import numpy as np

from antiphon.bridge.music.chords import pitch_classes
from antiphon.bridge.music.melody import sounding, top_line
from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.asked import asked_parts, own_part
from antiphon.bridge.protocol.messages import Request
from antiphon.models.encoding import satb
from antiphon.models.encoding.grid import ticks
from antiphon.models.encoding.melody import Tone, believable_key
from antiphon.models.encoding.satb import Array, Slots
from antiphon.models.networks.chorale import ATTACKS
from antiphon.models.tasks.chorale_sampling import Board, Draws, Flags
from antiphon.models.theory.chord_choice import given_chords
from antiphon.models.theory.context import between
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.locks import fixed_notes

BEFORE_MEASURES, AFTER_MEASURES = 4, 4
_TIED_FROM = 16
_STYLES = {"chorale": 1, "hymn": 2}
_USUAL_DENSITY = 1.1
_BUSY, _SIXTEENTHS, _WITH_MELODY = 1.5, 5.0, 1.0
_HOMES = (70, 64, 58, 50)
_LEAST_COMPASS = 9


@dataclass(frozen=True, slots=True)
class Plan:
    """One request made ready.

    `board` covers the measures heard and asked; the answer lies in its slots `first` to `last`.
    `symbols` (slots, 4) are what stands, UNKNOWN where nothing does; `free` (slots, 4) the cells
    to write; `shifts` what was added to each voice's sounding pitches. `edges` are the slots'
    times in quarters of the answer; `attacks` (slots,) says where the melody strikes, `compound`
    (slots,) which beats divide in three.
    """

    request: Request
    ground: Ground
    parts: tuple[Part, ...]
    board: Board
    symbols: Array
    free: Flags
    first: int
    last: int
    shifts: tuple[int, ...]
    edges: tuple[Fraction, ...]
    attacks: Flags
    compound: Flags
    velocity: int


def plan(request: Request) -> Plan:
    """Prepare a request. Raises what `asked_measures` raises."""
    ground = ground_of(request, request.first_take)
    parts = asked_parts(request)
    standing = [_standing(request, part) for part in parts]
    measures, offsets = _measures(request, ground, has_context=any(standing))
    slots = satb.slots_of(measures, _meters(request, ground), offsets)
    own, end = own_part(request), ground.start + ground.length
    melody = _heard(own, slots) if own is not None and not own.is_drums else ()
    inside = [note for note in melody if note.onset < end and note.end > ground.start]
    shift = satb.key_shift(_felt_fifths(ground, inside))
    shifts = _shifts(request, inside, shift)
    first, last = _span(slots, ground.start, end)
    line, attacks = satb.line_on(melody, slots)
    symbols = np.full((len(slots), 4), satb.UNKNOWN)
    if inside:
        symbols[:, 0] = _view(_bridged(line, slots), shifts[0], 0)
        silent = symbols[first:last, 0] == satb.REST
        symbols[first:last, 1:][silent] = satb.REST
    for voice, (part, notes) in enumerate(zip(parts, standing, strict=True), 1):
        if notes:
            around = _view(satb.line_on(notes, slots)[0], shifts[voice], voice)
            symbols[:first, voice] = around[:first]
            # A voice that is silent later may still be unwritten there.
            later = around[last:]
            symbols[last:, voice] = np.where(later == satb.REST, satb.UNKNOWN, later)
        fixed = [replace(n, onset=n.onset + ground.start) for n in fixed_notes(request, part)]
        _fix(symbols[:, voice], voice, sounding(fixed), slots, shifts[voice])
    free = symbols == satb.UNKNOWN
    free[:first] = free[last:] = False
    style = _STYLES.get(request.controls.style or "hymn", 0)
    board = Board(
        given=symbols,
        allowed=_allowed(request, ground, slots, shifts),
        within=slots.within,
        beat=slots.beat,
        chords=_chords(ground, slots, shift),
        attacks=attacks.astype(np.int64) if inside else np.full(len(slots), ATTACKS - 1),
        style=style,
        ease=_ease(ground, slots, attacks, style),
    )
    velocities = [note.velocity for note in inside] or [80]
    edges = tuple(edge - ground.start for edge in slots.edges)
    return Plan(
        request, ground, parts, board, symbols, free, first, last, shifts, edges, attacks,
        slots.compound,
        ground.loudness(max(set(velocities), key=velocities.count)),
    )  # fmt: skip


def _standing(request: Request, part: Part) -> tuple[Note, ...]:
    """What a part of the answer already sings round it."""
    for own in request.phrase.parts:
        if own.id == part.id:
            return top_line(own, Fraction(0), request.phrase.length)
    return ()


def _measures(
    request: Request, ground: Ground, *, has_context: bool
) -> tuple[list[Measure], dict[int, Fraction]]:
    """The measures that the network hears, what is missing before some."""
    start = ground.start
    end = start + ground.length
    before = [m for m in request.phrase.measures if m.onset < start and m.duration > 0]
    before = before[-BEFORE_MEASURES:] if has_context else []
    if before and before[-1].end > start:
        last = before[-1]
        before[-1] = replace(last, duration=start - last.onset)
    after = [m for m in request.phrase.measures if m.onset >= end and m.duration > 0]
    asked = [Measure(start + bar.onset, bar.duration, str(bar.index)) for bar in ground.bars]
    offsets = {len(before): ground.bars[0].offset}
    if before and before[0].onset > 0:
        offsets[0] = Fraction(0)
    return [*before, *asked, *after[:AFTER_MEASURES]], offsets


def _meters(request: Request, ground: Ground) -> list[TimeSignature]:
    first = replace(ground.bars[0].meter, onset=Fraction(0))
    return sorted(request.phrase.time_signatures, key=lambda m: m.onset) or [first]


def _heard(part: Part, slots: Slots) -> tuple[Note, ...]:
    start, end = slots.edges[0], slots.edges[-1]
    return top_line(between(part, max(Fraction(0), start - _TIED_FROM), end), start, end)


def _felt_fifths(ground: Ground, melody: Sequence[Note]) -> int:
    """The signature that the network hears: the stated one, unless the melody is in another."""
    tones = [
        Tone(ticks(note.onset), ticks(note.end), note.pitch.midi_number)
        for note in melody
        if ticks(note.end) > ticks(note.onset)
    ]
    return believable_key(ground.key, tones).fifths if tones else ground.felt.fifths


_FEW_OUTSIDE = 0.4


def _shifts(request: Request, melody: Sequence[Note], shift: int) -> tuple[int, ...]:
    """What is added to each voice so that the network hears it in a register that it knows."""
    octaves = [0, 0, 0, 0]
    if melody:
        numbers = [note.pitch.midi_number for note in melody]
        low, high = satb.RANGES[0]

        def cost(octave: int) -> tuple[int, int]:
            out = sum(not low <= n + 12 * octave <= high for n in numbers)
            return out, abs(octave)

        best = min(range(-5, 6), key=cost)
        # A few low notes are no reason: the other voices would then sing above the melody.
        octaves[0] = best if cost(0)[0] - cost(best)[0] > _FEW_OUTSIDE * len(numbers) else 0
    for voice in (1, 2, 3):
        bottom, top = compass(request, voice)
        octaves[voice] = round((_HOMES[voice] - (bottom + top) / 2) / 12)
    return tuple(shift + 12 * octave for octave in octaves)


def compass(request: Request, voice: int) -> tuple[int, int]:
    """The lowest and highest MIDI number of a voice: what choirs sing, inside the asked range."""
    lowest = request.controls.lowest if request.controls.lowest is not None else 0
    highest = request.controls.highest if request.controls.highest is not None else 127
    low, high = satb.RANGES[voice]
    bottom, top = max(low, lowest), min(high, highest)
    if top - bottom >= min(_LEAST_COMPASS, highest - lowest):
        return bottom, top
    # The range is not this voice's own: it sings in the nearest part of it.
    if low < lowest:
        return lowest, min(highest, lowest + 12)
    return max(lowest, highest - 12), highest


def _bridged(line: Array, slots: Slots) -> Array:
    """The melody with rests shorter than a quarter sung through, as a choir's breath is."""
    line = line.copy()
    slot, count = 0, len(line)
    while slot < count:
        end = slot
        while end < count and line[end] == 0:
            end += 1
        if 0 < slot < end < count and slots.edges[end] - slots.edges[slot] < 1:
            line[slot:end] = line[slot - 1]
        slot = max(end, slot + 1)
    return line


def _view(numbers: Array, shift: int, voice: int) -> Array:
    columns = np.zeros((len(numbers), 4), np.int64)
    columns[:, voice] = np.where(numbers > 0, numbers + shift, 0)
    found: Array = satb.to_symbols(columns)[:, voice]
    return found


def _span(slots: Slots, start: Fraction, end: Fraction) -> tuple[int, int]:
    onsets = slots.edges[:-1]
    return sum(o < start for o in onsets), sum(o < end for o in onsets)


def _fix(column: Array, voice: int, notes: Sequence[Note], slots: Slots, shift: int) -> None:
    """Put the notes that must stand into a voice's symbols (slots,)."""
    if notes:
        line = _view(satb.line_on(top_line_of(notes), slots)[0], shift, voice)
        column[:] = np.where(line > satb.REST, line, column)


def top_line_of(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The highest line of some notes."""
    end = max(note.end for note in notes)
    return top_line(Part("", "", tuple(notes)), Fraction(0), end)


def _allowed(
    request: Request, ground: Ground, slots: Slots, shifts: Sequence[int]
) -> Flags:  # fmt: skip
    """What may stand in each cell; a rest alone where no pitch may."""
    allowed = np.zeros((len(slots), 4, satb.SYMBOLS), np.bool_)
    numbers = np.arange(satb.PITCHES)
    for voice in range(4):
        sounding_numbers = numbers + satb.LOWEST[voice] - shifts[voice]
        low, high = compass(request, voice) if voice else (48, 84)
        own = (sounding_numbers >= low) & (sounding_numbers <= high)
        own &= np.isin(sounding_numbers % 12, list(ground.scale))
        allowed[:, voice, 1:] = own
        for slot, tones in _tones_at(ground, slots).items():
            allowed[slot, voice, 1:] &= np.isin(sounding_numbers % 12, list(tones))
    allowed[:, :, satb.REST] = ~allowed[:, :, 1:].any(2)
    return allowed


def _tones_at(ground: Ground, slots: Slots) -> dict[int, frozenset[int]]:
    """The pitch classes of the given chords by the slot in which they begin."""
    found = {}
    for chord in given_chords(ground):
        slot = _slot_at(slots, chord.onset + ground.start)
        tones = pitch_classes(chord)
        if tones and slot is not None:
            found[slot] = tones
    return found


def _slot_at(slots: Slots, onset: Fraction) -> int | None:
    place = (
        int(np.searchsorted(np.array([float(e) for e in slots.edges]), float(onset), "right")) - 1
    )
    return place if 0 <= place < len(slots) else None


def _chords(ground: Ground, slots: Slots, shift: int) -> Array:
    """The label of the given chord that holds, on every beat; unknown between beats."""
    labels = np.full(len(slots), satb.CHORD_UNKNOWN)
    for chord in given_chords(ground):
        slot = _slot_at(slots, chord.onset + ground.start)
        if slot is not None:
            labels[slot:] = satb.label_of_symbol(chord, shift)
            labels[slot] = -labels[slot]
    begins = labels < 0
    on_beat = slots.within == 0
    return np.where(begins | on_beat, np.abs(labels), satb.CHORD_UNKNOWN)


def _ease(ground: Ground, slots: Slots, attacks: Flags, style: int) -> Draws:
    """What holding a pitch gains at each slot so that a density comes out.

    A choir that is asked for nothing moves in sixteenths seldom, and in a hymn between beats
    seldom without the melody.
    """
    asked = ground.density(_USUAL_DENSITY)
    strength = -1.4 * log2(asked / _USUAL_DENSITY)
    ease = np.where(slots.within == 0, 0.35 * strength, strength)
    if asked > _BUSY:
        return ease
    between = (slots.within == 1) | (slots.within == 3)
    ease += np.where(between, np.where(attacks, _WITH_MELODY, _SIXTEENTHS), 0)
    if style == _STYLES["hymn"]:
        ease += np.where((slots.within == 2) & ~attacks, _WITH_MELODY, 0)
    return ease
