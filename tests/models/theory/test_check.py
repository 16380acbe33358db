from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie
from antiphon.bridge.music.pitch import Pitch, spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.continuation import continue_by_rules


def asked() -> Request:
    meter = TimeSignature(Fraction(0), 4, 4)
    notes = tuple(Note(Fraction(i), Fraction(1), spell(67 + i % 5, 1)) for i in range(16))
    measures = measures_from_meter((meter,), Fraction(16))
    key = KeySignature(Fraction(0), 1)
    phrase = Phrase((Part("P1", "Violin", notes),), measures, Fraction(16), (key,), (meter,))
    region = Region("d", "r", ("P1",), Fraction(0), Fraction(16))
    controls = Controls(strict_key=True, lowest=60, highest=84, tuplets=False)
    return Request("1", Task.CONTINUE, region, phrase, controls=controls)


def with_first(answer: Phrase, **changes: object) -> Phrase:
    part = answer.parts[0]
    notes = (replace(part.notes[0], **changes), *part.notes[1:])
    return replace(answer, parts=(replace(part, notes=notes),))


BREACHES: dict[str, tuple[Callable[[Phrase], Phrase], str]] = {
    "a measure too few": (lambda a: replace(a, measures=a.measures[:-1]), "measures"),
    "wrong numbers": (
        lambda a: replace(a, measures=tuple(replace(m, number="1") for m in a.measures)),
        "numbered",
    ),
    "outside the key": (lambda a: with_first(a, pitch=Pitch("G", 1, 4)), "outside the key"),
    "misspelled": (lambda a: with_first(a, pitch=Pitch("G", -1, 4)), "spelled against"),
    "too low": (lambda a: with_first(a, pitch=Pitch("G", 0, 3)), "below"),
    "too high": (lambda a: with_first(a, pitch=Pitch("G", 0, 6)), "above"),
    "a tuplet": (lambda a: with_first(a, duration=Fraction(1, 3)), "tuplet"),
    "an overlap": (lambda a: with_first(a, duration=Fraction(15, 4)), "overlap"),
    "a loose tie": (lambda a: with_first(a, tie=Tie.START), "tie"),
    "another staff": (lambda a: with_first(a, staff=2), "staff"),
    "another part": (lambda a: replace(a, parts=(replace(a.parts[0], id="P2"),)), "id"),
    "another meter": (
        lambda a: replace(a, time_signatures=(TimeSignature(Fraction(0), 3, 4),)),
        "meter",
    ),
    "another key": (
        lambda a: replace(a, key_signatures=(KeySignature(Fraction(0), 2),)),
        "key signature",
    ),
    "two parts": (lambda a: replace(a, parts=a.parts * 2), "parts"),
}


def test_the_untouched_answer_keeps_its_promises() -> None:
    request = asked()
    assert check_answer(request, continue_by_rules(request, 0)) == []


@pytest.mark.parametrize("breach", BREACHES)
def test_each_broken_promise_is_named(breach: str) -> None:
    request = asked()
    spoil, word = BREACHES[breach]
    found = check_answer(request, spoil(continue_by_rules(request, 0)))
    assert any(word in sentence for sentence in found), found
