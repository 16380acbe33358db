"""The engine that always answers: a melody continued by the rules of its craft."""

from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from random import Random

from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.chord_choice import given_chords
from antiphon.models.theory.context import between
from antiphon.models.theory.drums import continue_drums
from antiphon.models.theory.form import HOLD, Way
from antiphon.models.theory.frame import Frame, asked_part, frame_of, span_of
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.harmony import triad
from antiphon.models.theory.held import Held, bent, held_at, held_from, letters_of
from antiphon.models.theory.line import Rules, Wish, best_line
from antiphon.models.theory.meter import accent
from antiphon.models.theory.settle import settled
from antiphon.models.theory.sketch import Bar, Chance, degree_at, sketch
from antiphon.models.theory.voicing import Placed, sounded

_ROAMING = 0.15
_REMEMBERED = 3
_ATTEMPTS = 4


def continue_by_rules(request: Request, number: int) -> Phrase:
    """The measures that follow a request's selection, made by rules; take `number` of many.

    The answer keeps every control by construction and depends on the music, the seed and the
    number alone. Its onset 0 is the end of the region. Raises AntiphonError("no-such-part")
    or AntiphonError("bad-control") where no answer can exist.
    """
    ground = ground_of(request, number)
    chords = _given(ground)
    notes = continued(request, number, frame_of(request), chords)
    part = asked_part(request)
    return settled(ground, {part.id: bent(notes, chords, ground.key, ground.scale)}, chords)


def continued(
    request: Request, number: int, frame: Frame, chords: Sequence[Held] = ()
) -> Sequence[Note]:
    """The sounding notes of a take in a frame, over chords where there are some."""
    if frame.part.is_drums:
        return continue_drums(request, frame, _generator(request, number))
    return _new_melody(request, frame, number, chords)


def _given(ground: Ground) -> tuple[Held, ...]:
    """The given chords, each up to the next."""
    symbols = given_chords(ground)
    ends = [*(symbol.onset for symbol in symbols), ground.length][1:]
    found = [
        held_from(symbol, symbol.onset, end, is_given=True)
        for symbol, end in zip(symbols, ends, strict=bool(symbols))
    ]
    return tuple(held for held in found if held is not None)


def _new_melody(
    request: Request, frame: Frame, number: int, chords: Sequence[Held]
) -> tuple[Note, ...]:
    """The melody of a take, unlike the last ones that were made after the same model.

    Takes of one model differ by 3 (`form.plan`); those of two models hardly ever agree.
    """
    made: list[tuple[Note, ...]] = []
    for take in range(max(number % 3, number - 3 * _REMEMBERED), number + 1, 3):
        for attempt in range(_ATTEMPTS):
            rng = _generator(request, take, attempt)
            melody = _melody(request, frame, (take, rng), chords)
            if melody not in made:
                break
        made.append(melody)
    return made[-1]


def _generator(request: Request, number: int, attempt: int = 0) -> Random:
    """A generator that only seed, take number, attempt and music decide."""
    start, end = span_of(request)
    heard = [
        (note.onset, note.duration, note.pitch.midi_number)
        for note in between(asked_part(request), start, end).notes
    ]
    told = repr((request.seed, number, attempt, end, heard))
    return Random(int.from_bytes(sha256(told.encode()).digest()[:8], "big"))


def _melody(
    request: Request, frame: Frame, take: tuple[int, Random], chords: Sequence[Held]
) -> tuple[Note, ...]:
    number, rng = take
    # Who asks again wants something else: later takes may roam further.
    chance = Chance(rng, request.controls.temperature * (1 + _ROAMING * (number // 3)))
    bars = sketch(frame, number, chance)
    rungs = best_line(_wishes(frame, bars, chance, chords), frame.last, _rules(frame))
    return sounded(_placed(frame, bars, rungs), frame, request.controls.strict_key)


def _wishes(
    frame: Frame, bars: Sequence[Bar], chance: Chance, chords: Sequence[Held]
) -> list[Wish]:
    """What each note of the sketch should be."""
    wishes: list[Wish] = []
    for at, bar in enumerate(bars):
        hold = HOLD[bar.step.way] / max(0.5, chance.adventure)
        first = next((slot.ladder for slot in bar.cell if slot.ladder is not None), 0)
        for index, slot in enumerate(bar.cell):
            is_end = bar.step.ends is not None and index == len(bar.cell) - 1
            target = None if slot.ladder is None else slot.ladder + bar.shift
            if target is not None and bar.step.way is Way.TURN:
                target = 2 * (first + bar.shift) - target
            wish = Wish(
                strength=1.0 if is_end else accent(slot.place, frame.meter, frame.groups),
                chord=_letters(frame, bars, at, slot.place, chords),
                target=target,
                hold=hold,
                only=_ends(frame, bar.degree, at == len(bars) - 1) if is_end else frozenset(),
                is_held=slot.is_held and index == 0 and not is_end and at > 0,
                noise=tuple(0.7 * chance.adventure * chance.rng.random() for _ in frame.rungs),
            )
            wishes.append(wish)
    return wishes


def _letters(
    frame: Frame, bars: Sequence[Bar], at: int, place: Fraction, chords: Sequence[Held]
) -> frozenset[int]:
    """The letters of the chord at a place: the given one there, else the skeleton's triad."""
    onset = frame.measures[at].onset + place
    if chords and chords[0].onset <= onset:
        held = held_at(chords, onset)
        assert held is not None
        return letters_of(held, frame.key)
    return triad(degree_at(frame, bars, at, place), frame.tonic)


def _ends(frame: Frame, degree: int, is_final: bool) -> frozenset[int]:
    """Rungs on which a phrase may end: the chord's root at the very end, its triad inside."""
    root = (frame.tonic + degree) % 7
    chord = triad(degree, frame.tonic)
    letters = [{root}, chord] if is_final else [chord]
    for wanted in letters:
        found = frozenset(rung for rung in frame.rungs if rung % 7 in wanted)
        if found:
            return found
    return frozenset(frame.rungs)


def _rules(frame: Frame) -> Rules:
    letters = [
        frozenset((low, (low + 3) % 7))
        for low in range(7)
        if (frame.ladder.midi_number(28 + low + 3) - frame.ladder.midi_number(28 + low)) == 6
    ]
    line = [s.ladder for cell in frame.cells for s in cell if s.ladder is not None]
    same = sum(a == b for a, b in pairwise(line))
    rate = same / max(1, len(line) - 1)
    return Rules(frame.rungs, frame.home, frame.tonic, letters[0], max(0.0, 0.9 - 3 * rate))


def _placed(frame: Frame, bars: Sequence[Bar], rungs: Sequence[int]) -> list[Placed]:
    found: list[Placed] = []
    chosen = iter(rungs)
    for at, (bar, measure) in enumerate(zip(bars, frame.measures, strict=True)):
        for slot in bar.cell:
            rung = next(chosen)
            is_literal = (
                bar.step.way is Way.REPEAT
                and slot.ladder is not None
                and rung == slot.ladder + bar.shift
            )
            placed = Placed(
                onset=measure.onset + slot.place,
                duration=slot.duration,
                rung=rung,
                alter=slot.alter if is_literal else 0,
                degree=degree_at(frame, bars, at, slot.place),
                is_held=slot.is_held,
                velocity=slot.velocity if slot.ladder is not None else frame.velocity,
            )
            found.append(placed)
    return found
