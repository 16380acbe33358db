from fractions import Fraction
from random import Random

import pytest

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.codec import dumps, loads
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.continuation import continue_by_rules

METERS = (
    *((4, 4), (3, 4), (2, 4), (6, 8), (9, 8), (12, 8), (5, 4), (7, 8), (5, 8), (2, 2), (3, 8)),
    *((3, 2), (11, 8), (8, 8), (1, 4), (4, 8), (7, 4), (13, 16)),
)
VALUES = (1, 1, Fraction(1, 2), Fraction(1, 2), Fraction(3, 2), 2, Fraction(1, 4), Fraction(3, 4))
TRIPLETS = (Fraction(1, 3), Fraction(2, 3), Fraction(1, 6))
ODD = (Fraction(5, 7), Fraction(119, 480), Fraction(1, 5))


def phrase_of(numbers: str, fifths: int, meter: tuple[int, int], mode: str = "major") -> Phrase:
    """A tune written as "60:1 62:1/2 r:1": MIDI numbers or rests with quarters."""
    notes, onset = [], Fraction(0)
    for token in numbers.split():
        pitch, duration = token.split(":")
        if pitch != "r":
            spelled = spell(int(pitch), fifths, mode == "minor")
            notes.append(Note(onset, Fraction(duration), spelled))
        onset += Fraction(duration)
    signature = TimeSignature(Fraction(0), *meter)
    measures = measures_from_meter((signature,), onset)
    key = KeySignature(Fraction(0), fifths, mode)
    return Phrase((Part("P1", "Violin", tuple(notes)),), measures, onset, (key,), (signature,))


def ask(phrase: Phrase, **controls: object) -> Request:
    region = Region("d", "r", (phrase.parts[0].id,), Fraction(0), phrase.length)
    return Request("1", Task.CONTINUE, region, phrase, controls=Controls(**controls))


def random_request(seed: int) -> tuple[Request, int]:
    """A request of any key, meter, pickup, range and control, over a tune of any notes."""
    rng = Random(seed)
    meter = TimeSignature(Fraction(0), *rng.choice(METERS))
    count = rng.randrange(1, 10)
    pickup = rng.choice((Fraction(0), Fraction(0), Fraction(1, 2)))
    pickup = pickup if pickup < meter.measure_duration else Fraction(0)
    length = pickup + count * meter.measure_duration
    values = VALUES + rng.choice(((), TRIPLETS, ODD, TRIPLETS + ODD))
    key = KeySignature(Fraction(0), rng.randrange(-7, 8), rng.choice(("major", "minor")))
    middle, notes, onset = rng.randrange(10, 118), [], Fraction(0)
    while onset < length and rng.random() > 0.003:
        duration = min(Fraction(rng.choice(values)), length - onset)
        number = min(127, max(0, middle + rng.randrange(-9, 10)))
        if rng.random() > 0.15:
            pitch = spell(number, key.fifths, key.mode == "minor")
            notes.append(Note(onset, duration, pitch, rng.randrange(1, 128)))
        onset += duration
    part = Part("P", "Part", tuple(notes), program=rng.randrange(128), is_drums=rng.random() < 0.05)
    keys = (key,) if rng.random() < 0.8 else ()
    phrase = Phrase((part,), measures_from_meter((meter,), length, pickup), length, keys, (meter,))
    lowest = rng.choice((None, None, rng.randrange(0, 118)))
    highest = rng.choice((None, None, rng.randrange(10, 128)))
    if lowest is not None and highest is not None and highest - lowest < 4:
        highest = lowest + 4
    controls = Controls(
        measures=rng.choice((1, 2, 3, 4, 4, 5, 7, 8, 11, 16)),
        temperature=rng.choice((0.05, 0.5, 1.0, 1.5, 4.0)),
        strict_key=rng.random() < 0.5,
        lowest=lowest,
        highest=highest,
        tuplets=rng.random() < 0.5,
    )
    first = rng.randrange(len(phrase.measures))
    end = length if rng.random() < 0.8 else length * rng.randrange(3, 8) / 8
    start = min(phrase.measures[first].onset, end)
    phrase_start = Fraction(rng.choice((0, 0, 8)))
    region = Region("d", "r", ("P",), start + phrase_start, end + phrase_start)
    request = Request("1", Task.CONTINUE, region, phrase, phrase_start, controls, rng.randrange(99))
    return request, rng.randrange(8)


@pytest.mark.parametrize("seed", range(0, 1000, 50))
def test_every_promise_is_kept_whatever_is_asked(seed: int) -> None:
    for each in range(seed, seed + 50):
        request, number = random_request(each)
        answer = continue_by_rules(request, number)
        assert check_answer(request, answer) == [], each


def test_the_same_request_has_the_same_answer_after_travelling() -> None:
    for seed in range(20):
        request, number = random_request(seed)
        travelled = loads(Request, dumps(request))
        assert continue_by_rules(travelled, number) == continue_by_rules(request, number)
