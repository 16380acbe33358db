from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import is_plain, sounding
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

TUNE = "67:1 72:1 74:1/2 76:1/2 77:1 79:2 76:1 72:1 74:1 77:1 76:1/2 74:1/2 72:1 74:3 r:1"
MINOR = "69:1 71:1/2 72:1/2 76:1 74:1/2 72:1/2 71:1 68:1 71:2 69:1 72:1 76:1 74:1 76:3 r:1"


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


def test_another_seed_or_number_gives_another_take_and_the_same_ones_the_same_take() -> None:
    request = ask(phrase_of(TUNE, 0, (4, 4)))
    takes = [continue_by_rules(request, number) for number in range(8)]
    assert takes == [continue_by_rules(request, number) for number in range(8)]
    assert len({take.parts for take in takes}) == 8
    again = [continue_by_rules(replace(request, seed=1), number) for number in range(8)]
    assert sum(a != b for a, b in zip(takes, again, strict=True)) >= 6


def test_takes_do_not_depend_on_the_request_id_or_on_where_the_document_begins() -> None:
    request = ask(phrase_of(TUNE, 0, (4, 4)))
    region = replace(request.region, start=Fraction(40), end=Fraction(56), document_id="other")
    moved = replace(request, id="2", region=region, phrase_start=Fraction(40))
    assert continue_by_rules(moved, 3) == continue_by_rules(request, 3)


@pytest.mark.parametrize("measures", [1, 2, 3, 4, 5, 8, 13, 64])
def test_the_answer_has_the_asked_measures_numbered_on(measures: int) -> None:
    answer = continue_by_rules(ask(phrase_of(TUNE, 0, (4, 4)), measures=measures), 0)
    assert [m.number for m in answer.measures] == [str(5 + i) for i in range(measures)]
    assert answer.length == 4 * measures
    assert answer.parts[0].notes[-1].pitch.midi_number % 12 == 0


def test_an_odd_short_take_after_a_tune_that_came_home_stops_on_the_dominant() -> None:
    home = TUNE.replace("74:3 r:1", "72:3 r:1")
    request = ask(phrase_of(home, 0, (4, 4)))
    ends = [continue_by_rules(request, n).parts[0].notes[-1].pitch.step for n in range(4)]
    assert ends == ["C", "G", "C", "G"]


def test_minor_takes_the_leading_note_to_the_tonic_and_spells_it_sharp() -> None:
    request = ask(phrase_of(MINOR, 0, (4, 4), "minor"), measures=8)
    pitches = [n.pitch for k in range(12) for n in continue_by_rules(request, k).parts[0].notes]
    names = {str(pitch)[:-1] for pitch in pitches}
    assert "G#" in names
    assert names <= {"A", "B", "C", "D", "E", "F", "F#", "G", "G#"}
    assert all(pitch.step != "A" or pitch.alter == 0 for pitch in pitches)


def test_most_notes_move_by_step_and_accents_carry_more_chord_notes_than_chance() -> None:
    request = ask(phrase_of(TUNE, 0, (4, 4)), measures=16)
    moves, tonic_chord = [], []
    for number in range(12):
        notes = sounding(continue_by_rules(request, number).parts[0].notes)
        numbers = [note.pitch.midi_number for note in notes]
        moves += [abs(b - a) for a, b in pairwise(numbers)]
        tonic_chord += [note.pitch.step in "CEG" for note in notes if note.onset == 60]
    assert sum(move <= 4 for move in moves) > 0.75 * len(moves)
    assert max(moves) <= 12
    assert all(tonic_chord)


def test_the_rhythm_is_taken_from_the_selection() -> None:
    dotted = phrase_of("67:3/2 69:1/2 71:1 " * 4 + "67:3", 1, (3, 4))
    answer = continue_by_rules(ask(dotted, temperature=0.5), 1)
    for measure in answer.measures[:-1]:
        inside = [n for n in answer.parts[0].notes if measure.onset <= n.onset < measure.end]
        assert [n.duration for n in inside] == [Fraction(3, 2), Fraction(1, 2), 1]


def test_triplets_come_only_from_the_selection_and_only_if_allowed() -> None:
    triplets = phrase_of("60:1/3 62:1/3 64:1/3 65:1 67:2 " * 4, 0, (4, 4))
    plain = continue_by_rules(ask(triplets, tuplets=False), 0)
    assert all(is_plain(n.onset) and is_plain(n.duration) for n in plain.parts[0].notes)
    kept = continue_by_rules(ask(triplets, tuplets=True), 0)
    assert any(n.duration == Fraction(1, 3) for n in kept.parts[0].notes)


def test_a_range_an_octave_away_moves_the_answer_there() -> None:
    answer = continue_by_rules(ask(phrase_of(TUNE, 0, (4, 4)), lowest=40, highest=55), 0)
    numbers = [n.pitch.midi_number for n in answer.parts[0].notes]
    assert min(numbers) >= 40
    assert max(numbers) <= 55
    assert max(numbers) - min(numbers) >= 5


@pytest.mark.parametrize("tune", ["r:16", "60:16", "127:1 r:15", "0:4 r:12"])
def test_rests_alone_or_a_single_note_are_answered_in_the_key(tune: str) -> None:
    for number in range(3):
        request = ask(phrase_of(tune, 3, (4, 4)), strict_key=True)
        answer = continue_by_rules(request, number)
        assert check_answer(request, answer) == []
        assert len(answer.parts[0].notes) >= 4


def test_a_drum_part_goes_on_with_its_own_pattern() -> None:
    beat = phrase_of("36:1/2 42:1/2 38:1/2 42:1/2 " * 8, 0, (4, 4))
    drums = replace(beat, parts=(replace(beat.parts[0], is_drums=True),))
    request = ask(drums)
    answer = continue_by_rules(request, 0)
    assert [n.pitch.midi_number for n in answer.parts[0].notes] == [36, 42, 38, 42] * 8
    assert check_answer(request, answer) == []


def test_an_unknown_part_and_a_range_without_notes_of_the_key_are_faults() -> None:
    request = ask(phrase_of(TUNE, 0, (4, 4)))
    with pytest.raises(AntiphonError) as unknown:
        continue_by_rules(replace(request, region=replace(request.region, part_ids=("?",))), 0)
    assert unknown.value.code == "no-such-part"
    with pytest.raises(AntiphonError) as empty:
        continue_by_rules(ask(phrase_of(TUNE, 6, (4, 4)), lowest=127, strict_key=True), 0)
    assert empty.value.code == "bad-control"
