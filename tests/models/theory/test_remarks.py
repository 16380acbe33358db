from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch, transpose
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Region, Request, Task
from antiphon.models.theory.remarks import SENTENCES, remarks_on

METER = TimeSignature(Fraction(0), 4, 4)
KEY = KeySignature(Fraction(0), 0)
# Two measures: C D E G, and F E (half) D.
TUNE = (("C", 0, 1), ("D", 1, 1), ("E", 2, 1), ("G", 3, 1), ("F", 4, 1), ("E", 5, 2), ("D", 7, 1))


def notes_of(rows: tuple[tuple[str, int, int], ...]) -> tuple[Note, ...]:
    return tuple(Note(Fraction(o), Fraction(d), Pitch(step, 0, 4)) for step, o, d in rows)


def request() -> Request:
    measures = measures_from_meter((METER,), Fraction(8))
    part = Part("P1", "Flute", notes_of(TUNE))
    phrase = Phrase((part,), measures, Fraction(8), (KEY,), (METER,))
    return Request("1", Task.CONTINUE, Region("d", "r", ("P1",), Fraction(0), Fraction(8)), phrase)


def answer(notes: tuple[Note, ...]) -> Phrase:
    measures = (Measure(Fraction(0), Fraction(4), "3"), Measure(Fraction(4), Fraction(4), "4"))
    return Phrase((Part("P1", "Flute", notes),), measures, Fraction(8), (KEY,), (METER,))


def told(notes: tuple[Note, ...]) -> list[str]:
    return [remark.sentence for remark in remarks_on(request(), answer(notes))]


def test_a_literal_repeat_is_called_one() -> None:
    assert told(notes_of(TUNE)) == [
        "In C major, from C4 to G4.",
        "It ends on the supertonic, D.",
        "Measures 3–4 repeat measures 1–2.",
        "It moves by step and third throughout.",
        "Every note belongs to the key.",
    ]


def test_a_sequence_is_named_with_its_distance_and_a_kept_rhythm_with_its_model() -> None:
    rows = (("D", 0, 1), ("E", 1, 1), ("F", 2, 1), ("A", 3, 1), ("C", 4, 1), ("G", 5, 2))
    said = told(notes_of((*rows, ("C", 7, 1))))
    assert "Measure 3 takes measure 1 a step higher, as a sequence." in said
    assert "Measure 4 keeps the rhythm of measure 2." in said
    assert "Its widest leap is a sixth, A4 to C4 in measure 4." in said
    assert "It ends on the tonic, C." in said


def test_notes_outside_the_key_are_named_once_each() -> None:
    sharp = [replace(n, pitch=transpose(n.pitch, 1, 7)) for n in notes_of(TUNE[:2])]
    said = told((*sharp, *notes_of(TUNE[2:])))
    assert "Outside the key: C♯, D♯." in said


def test_silence_and_drums_have_their_own_words() -> None:
    assert told(()) == [SENTENCES["silent"]]
    drums = answer(notes_of(TUNE))
    drums = replace(drums, parts=(replace(drums.parts[0], is_drums=True),))
    assert remarks_on(request(), drums)[0].code == "drums"
