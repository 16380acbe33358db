"""Music from nothing: a form of phrases, chords, and a melody whose motifs return."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from random import Random

from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.time import Measure
from antiphon.models.theory.ground import Bar, Ground
from antiphon.models.theory.held import Held, bent, held_at, letters_of
from antiphon.models.theory.ladder import Ladder
from antiphon.models.theory.line import Rules, Wish, best_line
from antiphon.models.theory.lines import stave_of
from antiphon.models.theory.rhythm import Cell, Slot, given_cell, with_count

_PHRASE = 4
_COMPASS = (62, 77)
# Usual onsets a quarter of a melody in each style, and how often it anticipates a beat.
_DENSITY = {"folk": 1.3, "hymn": 0.9, "chorale": 0.95, "classical": 1.4, "romantic": 1.0,
            "jazz": 1.4, "pop": 1.3, "rock": 1.3, "ragtime": 1.9}  # fmt: skip
_RAGGED = tuple(
    tuple(Fraction(n, 4) for n in row)
    for row in ((1, 2, 1, 2, 2), (1, 2, 1, 4), (2, 4, 2), (2, 2, 1, 2, 1), (1, 2, 3, 2))
)
_SYNCOPATION = {"jazz": 0.5, "pop": 0.4, "rock": 0.35, "ragtime": 0.75}


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A phrase of the form: its bars, its letter, and whether it ends the whole."""

    bars: tuple[Bar, ...]
    letter: str
    is_last: bool


def phrases_of(bars: Sequence[Bar]) -> list[Phrasing]:
    """Bars in fours as A A B A; one bar that is left over joins the phrase before."""
    sizes = [_PHRASE] * (len(bars) // _PHRASE)
    rest = len(bars) % _PHRASE
    if rest == 1 and sizes:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    found, at = [], 0
    for index, size in enumerate(sizes):
        letter = letter_of(index)
        found.append(Phrasing(tuple(bars[at : at + size]), letter, index == len(sizes) - 1))
        at += size
    return found


def letter_of(phrase: int) -> str:
    """The letter of a phrase: A A B A, then C for the bridge of the next round."""
    place = phrase % 4
    return "A" if place != 2 else "BC"[phrase // 4 % 2]


def melody_over(ground: Ground, chords: Sequence[Held], purpose: str = "melody") -> list[Note]:
    """A melody over chords, in phrases that return and close; sounding notes.

    Its motif is drawn once a letter of the form; the rhythm has the style's density and
    syncopation, the notes are the cheapest line over the chords (`line.best_line`).
    """
    rng = ground.chance(purpose)
    lift = round(2 * ground.valence)
    stave = stave_of(ground, (_COMPASS[0] + lift, _COMPASS[1] + lift))
    if stave is None or not chords:
        return []
    ladder, rules = stave.ladder, stave.rules
    cells: dict[str, list[Cell]] = {}
    lines: dict[str, list[list[int]]] = {}
    last: int | None = None
    notes: list[Note] = []
    for phrase in phrases_of(ground.bars):
        known = cells.get(phrase.letter)
        if known is None or len(known) != len(phrase.bars):
            known = cells[phrase.letter] = _motif_cells(ground, phrase, rng)
            lines.pop(phrase.letter, None)
        fitting = [_fit(cell, bar, ground) for cell, bar in zip(known, phrase.bars, strict=True)]
        wishes = _wishes(ground, phrase, fitting, (chords, rules, lines.get(phrase.letter)), rng)
        flat = best_line(wishes, last, rules)
        if flat:
            last = flat[-1]
        rungs = _split(flat, fitting)
        lines.setdefault(phrase.letter, rungs)
        notes += _notes(ground, ladder, phrase, fitting, rungs)
    return melodic_minor(bent(notes, chords, ground.key, ground.scale), ground)


def _motif_cells(ground: Ground, phrase: Phrasing, rng: Random) -> list[Cell]:
    """Rhythms of a phrase: a motif that returns, an answer to it, and a close."""
    density = ground.density(_DENSITY[ground.style])
    motif: Cell | None = None
    cells: list[Cell] = []
    for index, bar in enumerate(phrase.bars):
        is_close = index == len(phrase.bars) - 1
        wanted = density * float(bar.duration)
        if is_close:
            # A close sings half as many notes and rests on the last.
            cells.append(_close(bar, round(wanted * 0.5), rng))
        elif motif is not None and index in (1, 2) and len(motif) and rng.random() < 0.65:
            cells.append(motif)
        else:
            count = max(1, round(wanted))
            if ground.style == "ragtime" and set(_lengths(bar)) == {Fraction(1)}:
                cell = with_count(_ragged(bar, rng), count, bar.meter, bar.groups)
            else:
                cell = _cell(bar, count, _SYNCOPATION.get(ground.style, 0.05), rng)
            motif = motif or cell
            cells.append(cell)
    return cells


def _lengths(bar: Bar) -> list[Fraction]:
    return [b - a for a, b in pairwise([*bar.pulses, bar.end])]


def _close(bar: Bar, count: int, rng: Random) -> Cell:
    """The rhythm of a close: some beats, then one long note to the end."""
    beats = [pulse - bar.onset for pulse in bar.pulses]
    half = (len(beats) + 1) // 2
    moving = min(half, max(0, count - 1 - rng.randrange(2)))
    places = [Fraction(0), *beats[1 : moving + 1]]
    ends = [*places, bar.duration][1:]
    return tuple(Slot(a, b - a) for a, b in zip(places, ends, strict=True) if b > a)


def _ragged(bar: Bar, rng: Random) -> Cell:
    """A rag's rhythm: pairs of beats as short, long, short."""
    slots: list[Slot] = []
    for at in range(0, len(bar.pulses), 2):
        place = bar.pulses[at] - bar.onset
        for duration in rng.choice(_RAGGED) if at + 1 < len(bar.pulses) else (Fraction(1),):
            slots.append(Slot(place, duration))
            place += duration
    return tuple(slots)


def _cell(bar: Bar, count: int, syncopation: float, rng: Random) -> Cell:
    """A rhythm of a bar: its beats joined or divided at random until there are so many notes."""
    pulses = [*(p - bar.onset for p in bar.pulses), bar.duration]
    slots = [Slot(a, b - a) for a, b in pairwise(pulses)]
    if slots and slots[0].place > 0:
        slots[0] = Slot(Fraction(0), slots[0].end)
    while len(slots) > count and len(slots) > 1:
        at = rng.randrange(1, len(slots))
        joined = slots[at].end - slots[at - 1].place
        slots[at - 1 : at + 1] = [replace(slots[at - 1], duration=joined)]
    tries = 0
    while len(slots) < count and tries < 60:
        tries += 1
        at = rng.randrange(len(slots))
        slot = slots[at]
        least = Fraction(1, 4) if count > 2 * bar.duration else Fraction(1, 2)
        if slot.duration < 2 * least or (at == len(slots) - 1 and rng.random() < 0.6):
            continue
        if slot.duration.numerator == 3:
            cut = slot.duration * Fraction(2, 3)
        elif slot.duration >= 1 and rng.random() < 0.25:
            cut = slot.duration * Fraction(3, 4)
        else:
            cut = slot.duration / 2
        slots[at : at + 1] = [Slot(slot.place, cut), Slot(slot.place + cut, slot.duration - cut)]
    return tuple(_anticipated(slots, bar, syncopation, rng))


def _anticipated(slots: Sequence[Slot], bar: Bar, amount: float, rng: Random) -> list[Slot]:
    """Some notes half a beat early, as popular styles sing them."""
    found = list(slots)
    early = Fraction(1, 2) if not bar.is_compound else Fraction(0)
    if bar.meter.beat_type > 4:
        early = Fraction(0)
    for index in range(1, len(found)):
        before, slot = found[index - 1], found[index]
        is_beat = slot.place % 1 == 0 and before.duration > early
        if early and is_beat and rng.random() < amount:
            found[index - 1] = replace(before, duration=before.duration - early)
            found[index] = Slot(slot.place - early, slot.duration + early)
    return found


def _fit(cell: Cell, bar: Bar, ground: Ground) -> Cell:
    """The cell in this bar, whose length may differ; in a given rhythm where there is one."""
    rhythm = ground.request.controls.rhythm
    if rhythm:
        return given_cell(rhythm, Measure(bar.onset, bar.duration, ""))
    inside = [slot for slot in cell if slot.place < bar.duration]
    if not inside:
        return ()
    inside[-1] = replace(inside[-1], duration=bar.duration - inside[-1].place)
    asked = ground.request.controls.density
    if asked is None:
        return tuple(inside)
    count = round(asked * float(bar.end)) - round(asked * float(bar.onset))
    if count < 1 and bar.index > 0:
        return ()
    return with_count(tuple(inside), count, bar.meter, bar.groups)


def _wishes(
    ground: Ground,
    phrase: Phrasing,
    cells: Sequence[Cell],
    given: tuple[Sequence[Held], Rules, list[list[int]] | None],
    rng: Random,
) -> list[Wish]:
    chords, rules, known = given
    wishes: list[Wish] = []
    for index, (bar, cell) in enumerate(zip(phrase.bars, cells, strict=True)):
        is_close = index == len(phrase.bars) - 1
        for place, slot in enumerate(cell):
            onset = bar.onset + slot.place
            held = held_at(chords, onset)
            assert held is not None
            letters = letters_of(held, ground.key)
            is_end = is_close and place == len(cell) - 1
            target = None
            if known is not None and place < len(known[index]):
                target = known[index][place]
            wishes.append(
                Wish(
                    strength=1.0 if is_end else bar.accent(onset),
                    chord=letters,
                    target=target,
                    hold=0.0 if target is None else (0.4 if is_close else 1.2),
                    only=_ends(phrase, letters, rules) if is_end else frozenset(),
                    is_held=slot.is_held and place == 0 and bool(wishes),
                    noise=tuple(1.1 * ground.adventure * rng.random() for _ in rules.rungs),
                )
            )
    return wishes


def _ends(phrase: Phrasing, letters: frozenset[int], rules: Rules) -> frozenset[int]:
    """Where a phrase may end: on the tonic at the very end, inside on the chord."""
    wanted = [frozenset({rules.tonic}) & letters, letters] if phrase.is_last else [letters]
    for some in wanted:
        found = frozenset(rung for rung in rules.home if rung % 7 in some)
        if found:
            return found
    return frozenset(rules.rungs)


def _split(flat: Sequence[int], cells: Sequence[Cell]) -> list[list[int]]:
    found, at = [], 0
    for cell in cells:
        found.append(list(flat[at : at + len(cell)]))
        at += len(cell)
    return found


def _notes(
    ground: Ground,
    ladder: Ladder,
    phrase: Phrasing,
    cells: Sequence[Cell],
    rungs: Sequence[Sequence[int]],
) -> list[Note]:
    notes: list[Note] = []
    for bar, cell, line in zip(phrase.bars, cells, rungs, strict=True):
        for slot, rung in zip(cell, line, strict=True):
            onset = bar.onset + slot.place
            loud = ground.loudness(72) + round(16 * bar.accent(onset))
            pitch = ladder.pitch(rung)
            last = notes[-1] if notes else None
            if slot.is_held and last and last.end == onset and last.pitch == pitch:
                notes[-1] = replace(last, duration=last.duration + slot.duration)
            else:
                notes.append(Note(onset, slot.duration, pitch, min(120, loud)))
    return notes


def melodic_minor(notes: Sequence[Note], ground: Ground) -> list[Note]:
    """In minor the seventh rises to the tonic, and the sixth before a raised seventh is raised."""
    if ground.felt.mode != "minor":
        return list(notes)
    found = list(notes)
    tonic = ground.felt.tonic
    for index in range(len(found) - 2, -1, -1):
        note, following = found[index], found[index + 1]
        rises = following.pitch.midi_number - note.pitch.midi_number
        degree = (note.pitch.midi_number - tonic) % 12
        to_tonic = degree == 10 and rises == 2
        to_seventh = degree == 8 and rises == 3 and (following.pitch.midi_number - tonic) % 12 == 11
        number = note.pitch.midi_number + 1
        if (to_tonic or to_seventh) and number % 12 in ground.scale and note.pitch.alter < 2:
            raised = replace(note.pitch, alter=note.pitch.alter + 1)
            found[index] = replace(note, pitch=raised)
    return found
