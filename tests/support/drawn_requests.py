"""Requests drawn at random over every task, meter, key and control, to hold any engine to its word.

(Not called `requests`: that would hide the library of that name from whatever imports it.)
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import KINDS, chord_symbol, parse_chord_symbol, pitch_classes
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, Transposition, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.asked import asked_length, asked_measures, asked_parts, new_part
from antiphon.bridge.protocol.messages import (
    STYLES,
    Controls,
    Keep,
    LockedNote,
    Mood,
    Region,
    Request,
    RhythmSlot,
    Setting,
    Task,
    Texture,
)
from antiphon.models.theory.check import check_answer

Q = Fraction
METERS = (
    *((4, 4), (4, 4), (3, 4), (2, 4), (6, 8), (9, 8), (12, 8), (5, 4), (7, 8), (5, 8), (2, 2)),
    *((3, 8), (3, 2), (11, 8), (8, 8), (1, 4), (4, 8), (7, 4), (13, 16), (15, 16), (1, 16)),
)
VALUES = (Q(1), Q(1), Q(1, 2), Q(1, 2), Q(3, 2), Q(2), Q(1, 4), Q(3, 4), Q(4), Q(1, 8))
TRIPLETS = (Q(1, 3), Q(2, 3), Q(1, 6))
SEVENTHS = (Q(4, 7), Q(2, 7))
ODD = (Q(5, 7), Q(119, 480), Q(1, 5))
MODES = ("major", "major", "minor", "minor", "dorian", "mixolydian", "lydian", "phrygian")
Engine = Callable[[Request, int], Phrase]


def drawn_request(seed: int) -> tuple[Request, int]:
    """A request and the number of a take, the same ones for the same seed."""
    rng = Random(f"request {seed}")
    task = rng.choice(list(Task))
    phrase = drawn_phrase(rng)
    own = rng.choice(phrase.parts) if phrase.parts else None
    shift = Q(rng.choice((0, 0, 8)))
    start, end = _span(rng, phrase, task)
    names = (own.id,) if own is not None and rng.random() < 0.9 else ()
    region = Region("d", "r", names, start + shift, end + shift)
    request = Request("1", task, region, phrase, shift, _controls(rng, phrase, task), seed % 99)
    return _with_hard_controls(rng, request), rng.choice((0, 0, 1, 2, 3, 7))


def verdict(engine: Engine, seed: int) -> list[str] | str:
    """What is wrong with an engine's answer to a drawn request, or the code of its refusal."""
    request, number = drawn_request(seed)
    try:
        answer = engine(request, number)
    except AntiphonError as error:
        assert error.sentence.endswith((".", "”.")), error.sentence
        return error.code
    return check_answer(request, answer)


def drawn_phrase(rng: Random) -> Phrase:
    """A phrase of no to four parts in any meter and key, with or without a pickup."""
    meter = TimeSignature(Q(0), *rng.choice(METERS))
    full = meter.measure_duration
    count = rng.choice((1, 2, 4, 4, 5, 8, 9, 12))
    pickup = rng.choice((Q(0), Q(0), Q(0), Q(1, 2), Q(1)))
    pickup = pickup if pickup < full else Q(0)
    meters = [meter]
    if rng.random() < 0.2 and count > 2:
        onset = pickup + (count // 2) * full
        meters.append(TimeSignature(onset, *rng.choice(METERS[:12])))
    measures = measures_from_meter(tuple(meters), pickup + count * full, pickup)
    length = measures[-1].end
    key = KeySignature(Q(0), rng.randrange(-7, 8), rng.choice(MODES))
    keys = (key,) if rng.random() < 0.8 else ()
    parts = []
    for index in range(rng.choice((1, 1, 1, 1, 2, 2, 3, 4, 0))):
        parts.append(_part(rng, f"P{index + 1}", key, length, measures))
    if rng.random() < 0.1 and parts:
        parts.append(replace(_part(rng, "x", key, length, measures), id=new_part("bass").id))
    chords = _symbols(rng, key, length) if rng.random() < 0.25 else ()
    return Phrase(tuple(parts), measures, length, keys, tuple(meters), (), chords, "Drawn")


def _part(rng, name, key, length, measures):
    kind = rng.random()
    if kind < 0.06:
        return Part(name, "Silent", ())
    is_drums = kind < 0.14
    staves = 2 if kind > 0.9 else 1
    low = rng.randrange(10, 110)
    voices = [(1, 1)]
    if rng.random() < 0.25:
        voices.append((1, 2))
    if staves == 2:
        voices.append((2, 5))
    values = VALUES + rng.choice(((), (), TRIPLETS, SEVENTHS, ODD, TRIPLETS + ODD))
    notes = []
    for staff, voice in voices:
        notes += _voice(rng, key, length, values, (low, staff, voice, is_drums))
    if kind > 0.86:
        notes = notes[:1]
    part = Part(
        name, "Part", _tied(notes, measures), rng.randrange(128), is_drums, staves,
        rng.choice((Transposition(), Transposition(), Transposition(-2, -2))),
    )  # fmt: skip
    return normalised(part)


def _voice(rng, key, length, values, how):
    low, staff, voice, is_drums = how
    notes, onset = [], Q(0)
    chordal = rng.random() < 0.2
    while onset < length and rng.random() > 0.004:
        duration = min(rng.choice(values), length - onset)
        if rng.random() > 0.15:
            for _ in range(rng.choice((1, 2, 3)) if chordal else 1):
                number = min(127, max(0, low + rng.randrange(-9, 10)))
                if is_drums:
                    number = rng.choice((35, 36, 38, 42, 46, 49, 51))
                pitch = spell(number, key.fifths, key.is_minor)
                note = Note(onset, duration, pitch, rng.randrange(1, 128), voice, staff)
                if all(n.onset != onset or n.pitch != pitch for n in notes[-3:]):
                    notes.append(note)
            if rng.random() < 0.04 and not is_drums:
                notes.append(replace(notes[-1], duration=Q(0)))
        onset += duration
    return notes


def _tied(notes, measures):
    from antiphon.bridge.music.melody import split_at_barlines

    return split_at_barlines(notes, measures)


def _symbols(rng, key, length):
    found, onset = [], Q(0)
    while onset < length and len(found) < 20:
        if rng.random() < 0.8:
            found.append(_symbol(rng, key, onset))
        onset += rng.choice((Q(1), Q(2), Q(4)))
    return tuple(found)


def _symbol(rng, key, onset) -> ChordSymbol:
    if rng.random() < 0.03:
        return parse_chord_symbol("N.C.", onset)
    kind = rng.choice(list(KINDS)[:11] if rng.random() < 0.9 else list(KINDS))
    root = rng.choice(sorted(key.scale)) if rng.random() < 0.8 else rng.randrange(12)
    bass = rng.randrange(12) if rng.random() < 0.08 else None
    return chord_symbol(onset, root, kind, key, bass)


def _span(rng, phrase, task):
    """A region of whole measures, of parts of measures, or none."""
    measures = phrase.measures
    first = rng.randrange(len(measures))
    last = rng.randrange(first, len(measures))
    start, end = measures[first].onset, measures[last].end
    kind = rng.random()
    if kind < 0.15:
        start += measures[first].duration * Q(rng.randrange(8), 8)
    if kind < 0.1 or 0.2 < kind < 0.25:
        end -= measures[last].duration * Q(rng.randrange(8), 8)
    if kind > 0.99:
        start += measures[first].duration / 3
    return min(start, end), end


def _controls(rng, phrase, task):
    def maybe(share, *choices):
        return rng.choice(choices) if rng.random() < share else None

    lowest = maybe(0.25, *range(0, 118, 3))
    highest = maybe(0.25, *range(10, 128, 3))
    if lowest is not None and highest is not None and highest - lowest < 4:
        highest = min(127, lowest + rng.choice((4, 5, 7, 12, 24)))
        lowest = highest - 4 if highest - lowest < 4 else lowest
    mood = Mood(rng.uniform(-1, 1), rng.uniform(-1, 1)) if rng.random() < 0.25 else None
    ids = [part.id for part in phrase.parts]
    return Controls(
        measures=rng.choice((1, 2, 3, 4, 4, 4, 5, 8, 11)),
        temperature=rng.choice((0.05, 0.5, 1.0, 1.0, 1.5, 4.0)),
        strict_key=rng.random() < 0.4,
        lowest=lowest,
        highest=highest,
        tuplets=rng.random() < 0.6,
        density=maybe(0.25, 0.05, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
        polyphony=maybe(0.25, 1, 1, 2, 3, 4, 16),
        key=KeySignature(Q(0), rng.randrange(-7, 8), rng.choice(MODES))
        if rng.random() < 0.15
        else None,
        meter=TimeSignature(Q(0), *rng.choice(METERS)) if rng.random() < 0.2 else None,
        style=maybe(0.5, *STYLES),
        mood=mood,
        keep=rng.choice(list(Keep)),
        degree=rng.choice((0.0, 0.25, 0.5, 0.5, 1.0)),
        setting=rng.choice(list(Setting)),
        texture=rng.choice(list(Texture)),
        into=rng.choice(ids) if ids and rng.random() < 0.08 else None,
    )


def _with_hard_controls(rng, request):
    """Given chords, a given rhythm and locks; mostly they suit the request, sometimes not."""
    try:
        measures, length = asked_measures(request), asked_length(request)
        parts = asked_parts(request)
    except AntiphonError:
        return request
    controls = request.controls
    if rng.random() < 0.25:
        controls = replace(controls, chords=_given(rng, request, measures))
    if rng.random() < 0.15:
        controls = replace(controls, rhythm=_rhythm(rng, length, controls.tuplets))
    if rng.random() < 0.15:
        count = rng.choice((1, 1, 2, 3))
        locked = tuple(rng.randrange(len(measures) + 1) for _ in range(count))
        controls = replace(controls, locked_measures=locked)
    if rng.random() < 0.2 and parts:
        locked = tuple(
            _locked(rng, request, rng.choice(parts), measures)
            for _ in range(rng.choice((1, 1, 2, 4)))
        )
        controls = replace(controls, locked_notes=locked)
    return replace(request, controls=controls)


def _key(request):
    from antiphon.models.theory.frame import stated_key

    return stated_key(request)


def _given(rng, request, measures):
    key = _key(request)
    found = []
    for measure in measures:
        for part in (Q(0), Q(1, 2)):
            if rng.random() < 0.4:
                symbol = _symbol(rng, key, measure.onset + measure.duration * part)
                fits = pitch_classes(symbol) <= key.scale
                if not request.controls.strict_key or fits or rng.random() < 0.02:
                    found.append(symbol)
    return tuple(found)


def _rhythm(rng, length, with_tuplets):
    slots, onset = [], Q(0)
    values = VALUES[:8] + (TRIPLETS if with_tuplets and rng.random() < 0.3 else ())
    while onset < length and len(slots) < 200:
        duration = min(rng.choice(values), length - onset)
        if rng.random() < 0.85:
            slots.append(RhythmSlot(onset, duration))
        onset += duration
    return tuple(slots)


def _locked(rng, request, part, measures):
    key = _key(request)
    controls = request.controls
    measure = rng.choice(measures)
    low = controls.lowest if controls.lowest is not None else 48
    high = controls.highest if controls.highest is not None else max(low, 80)
    numbers = [n for n in range(min(low, high), max(low, high) + 1) if n % 12 in key.scale] or [60]
    if rng.random() < 0.03:
        numbers = list(range(128))
    onset = measure.onset + measure.duration * Q(rng.randrange(4), 4)
    duration = min(rng.choice(VALUES[:8]), measure.end - onset)
    pitch = spell(rng.choice(numbers), key.fifths, key.is_minor)
    tie = rng.choice((Tie.NONE, Tie.NONE, Tie.NONE, Tie.START))
    note = Note(onset, duration, pitch, 90, 1, 1, tie)
    return LockedNote(note, rng.choice((part.id, part.id, "")))
