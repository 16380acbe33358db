from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
import torch

from antiphon.bridge.music.chords import chord_symbol, pitch_classes
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.asked import asked_measures, asked_parts, new_part
from antiphon.bridge.protocol.messages import (
    Controls,
    LockedNote,
    Region,
    Request,
    RhythmSlot,
    Setting,
    Task,
)
from antiphon.models.networks.chorale import ChoraleConfig, ChoraleNetwork
from antiphon.models.tasks.chorale import writer_of
from antiphon.models.tasks.chorale_plan import _shifts
from antiphon.models.theory.check import check_answer

METERS = [
    (4, 4),
    (3, 4),
    (6, 8),
    (2, 4),
    (2, 2),
    (7, 8),
    (12, 8),
    (5, 4),
    (3, 8),
    (15, 16),
    (5, 32),
]
C_MAJOR = KeySignature(Fraction(0), 0)


@pytest.fixture(scope="module")
def writer():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    return writer_of(ChoraleNetwork(ChoraleConfig(24, 16, 24, 24, 0.0)))


def _ask(phrase, *, start=0, end=None, seed=1, count=1, first_take=0, part="P1", **controls):
    end = phrase.length if end is None else end
    region = Region("doc", "rev", (part,), Fraction(start), Fraction(end))
    wishes = Controls(**{"setting": Setting.SATB, **controls})
    return Request(
        "r", Task.HARMONIZE, region, phrase, controls=wishes, seed=seed, count=count,
        first_take=first_take,
    )  # fmt: skip


def _takes(writer, request, digest="d"):
    return [phrase for _, phrase in writer.takes(request, lambda: False, digest)]


def _tune(numbers, duration=1, key=C_MAJOR, meter=(4, 4)):
    notes = [
        Note(Fraction(i * duration), Fraction(duration), spell(n, key.fifths))
        for i, n in enumerate(numbers)
        if n
    ]
    meters = (TimeSignature(Fraction(0), *meter),)
    measures = measures_from_meter(meters, Fraction(len(numbers) * duration))
    parts = (Part("P1", "Melody", tuple(notes)),)
    return Phrase(parts, measures, measures[-1].end, (key,), meters)


SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 72, 71, 69, 67, 65, 64, 62, 60)


def _random_request(make_tune, seed):
    draw = Random(seed)
    phrase = make_tune(
        seed, draw.randint(1, 6), *draw.choice(METERS), fifths=draw.randint(-6, 6),
        middle=draw.randint(40, 92), pickup=Fraction(draw.randint(0, 2), 2),
        triplets=draw.random() < 0.3,
    )  # fmt: skip
    wishes = {"strict_key": draw.random() < 0.5, "tuplets": draw.random() < 0.5}
    if draw.random() < 0.4:
        low = draw.randint(24, 90)
        wishes |= {"lowest": low, "highest": low + draw.randint(4, 30)}
    if draw.random() < 0.4 and not wishes["strict_key"]:
        wishes["chords"] = tuple(
            chord_symbol(measure.onset, draw.randrange(12), "minor", C_MAJOR)
            for measure in phrase.measures
        )
    if draw.random() < 0.3:
        wishes["density"] = draw.choice((0.2, 1.0, 4.0))
    if draw.random() < 0.3:
        wishes["locked_measures"] = (0, draw.randint(0, 5))
    if draw.random() < 0.3:
        pitch = spell(draw.randint(45, 70))
        note = Note(Fraction(draw.randint(0, 3), 3), Fraction(1, 3), pitch)
        if note.end <= asked_measures(_ask(phrase))[0].end:
            part = draw.choice(("", "antiphon-tenor", "antiphon-bass-voice"))
            wishes["locked_notes"] = (LockedNote(note, part),)
            wishes |= {"lowest": None, "highest": None, "strict_key": False, "chords": ()}
            wishes |= {"tuplets": True, "locked_measures": ()}
    return _ask(phrase, seed=seed, **wishes)


@pytest.mark.parametrize("block", range(4))
def test_every_promise_is_kept_for_any_request_even_without_training(make_tune, writer, block):
    for seed in range(block * 12, block * 12 + 12):
        request = _random_request(make_tune, seed)
        (answer,) = _takes(writer, request)
        assert answer is not None
        assert check_answer(request, answer) == [], f"seed {seed}"
        assert [p.id for p in answer.parts] == [p.id for p in asked_parts(request)]


def test_all_three_voices_sing_under_every_note_of_a_hymn(writer):
    (answer,) = _takes(writer, _ask(_tune(SCALE)))
    for part in answer.parts:
        assert sum(n.duration for n in sounding(part.notes)) == answer.length


def test_a_take_does_not_depend_on_how_many_are_asked(writer):
    phrase = _tune(SCALE)
    together = _takes(writer, _ask(phrase, count=4))
    alone = _takes(writer, _ask(phrase, first_take=2))
    assert together[2] == alone[0]
    assert len({str(take) for take in together}) == 4


def test_the_seed_decides(writer):
    phrase = _tune(SCALE)
    assert _takes(writer, _ask(phrase), "one") == _takes(writer, _ask(phrase), "one")
    assert _takes(writer, _ask(phrase), "one") != _takes(writer, _ask(phrase), "two")


def test_given_chords_sound_where_they_begin_and_stand_in_the_answer(writer):
    chords = tuple(
        chord_symbol(Fraction(4 * i), root, kind, C_MAJOR)
        for i, (root, kind) in enumerate(((0, "major"), (2, "minor"), (7, "dominant")))
    )
    (answer,) = _takes(writer, _ask(_tune(SCALE), chords=chords))
    assert [c.root for c in answer.chords] == [c.root for c in chords]
    for chord in chords:
        for part in answer.parts:
            begun = [n for n in part.notes if n.onset == chord.onset]
            assert all(n.pitch.midi_number % 12 in pitch_classes(chord) for n in begun)


def test_locked_notes_stay_and_the_voice_sings_round_them(writer):
    note = Note(Fraction(2), Fraction(2), spell(48))
    request = _ask(_tune(SCALE), locked_notes=(LockedNote(note, "antiphon-bass-voice"),))
    (answer,) = _takes(writer, request)
    bass = answer.parts[2].notes
    assert any((n.onset, n.duration, n.pitch) == (2, 2, spell(48)) for n in bass)
    assert sum(n.duration for n in bass) == answer.length


def test_a_locked_measure_keeps_what_stands_there(writer):
    tenor = replace(new_part("tenor"), notes=(Note(Fraction(4), Fraction(4), spell(55)),))
    phrase = _tune(SCALE)
    phrase = replace(phrase, parts=(*phrase.parts, tenor))
    (answer,) = _takes(writer, _ask(phrase, locked_measures=(1,)))
    inside = [n for n in answer.parts[1].notes if 4 <= n.onset < 8]
    assert [(n.onset, n.duration, n.pitch.midi_number) for n in inside] == [(4, 4, 55)]
    assert not [n for n in answer.parts[0].notes if 4 <= n.onset < 8]


def test_a_given_rhythm_is_the_altos(writer):
    rhythm = tuple(RhythmSlot(Fraction(i), Fraction(1, 2)) for i in range(8))
    (answer,) = _takes(writer, _ask(_tune(SCALE), rhythm=rhythm))
    alto = [(n.onset, n.duration) for n in sounding(answer.parts[0].notes)]
    assert alto == [(slot.onset, slot.duration) for slot in rhythm]


def test_density_moves_the_number_of_notes(writer):
    counts = []
    for density in (0.3, 1.1, 4.0):
        takes = _takes(writer, _ask(_tune(SCALE), density=density, count=4))
        counts.append(sum(len(p.notes) for take in takes for p in take.parts))
    assert counts[0] < counts[1] < counts[2]


def test_repeated_notes_of_the_melody_are_sung_by_all(writer):
    (answer,) = _takes(writer, _ask(_tune((67,) * 16), chords=(
        chord_symbol(Fraction(0), 0, "major", C_MAJOR),
    )))  # fmt: skip
    for part in answer.parts:
        assert {n.onset for n in part.notes} >= {Fraction(i) for i in range(0, 16, 4)}


def test_the_choir_rests_where_the_melody_rests_for_long(writer):
    (answer,) = _takes(writer, _ask(_tune((60, 62, 64, 65, 0, 0, 0, 0, 67, 65, 64, 62))))
    for part in answer.parts:
        assert not [n for n in part.notes if n.onset < 8 and n.end > 4]


@pytest.mark.parametrize("numbers", [(), (0,) * 8, (60,), (96, 98, 100, 101), (30, 31, 33, 35)])
def test_odd_melodies_get_legal_answers(writer, numbers):
    phrase = _tune(numbers or (0,) * 4)
    request = _ask(phrase)
    (answer,) = _takes(writer, request)
    assert check_answer(request, answer) == []


def test_a_region_in_the_middle_of_a_measure_is_answered_there_alone(writer):
    request = _ask(_tune(SCALE), start=Fraction(5, 2), end=11)
    (answer,) = _takes(writer, request)
    assert answer.length == Fraction(17, 2)
    assert check_answer(request, answer) == []


def test_what_the_voices_sing_before_is_heard(writer):
    phrase = _tune(SCALE)
    parts = [
        replace(new_part(role), notes=(Note(Fraction(0), Fraction(8), spell(number)),))
        for role, number in (("alto", 64), ("tenor", 55), ("bass voice", 48))
    ]
    with_voices = replace(phrase, parts=(*phrase.parts, *parts))
    request = _ask(with_voices, start=8)
    (heard,) = _takes(writer, request)
    assert check_answer(request, heard) == []
    (unheard,) = _takes(writer, _ask(phrase, start=8))
    assert [p.notes for p in heard.parts] != [p.notes for p in unheard.parts]


def test_a_long_melody_is_answered_in_one_go(writer):
    phrase = _tune((67, 69, 71, 72) * 60)
    request = _ask(phrase)
    (answer,) = _takes(writer, request)
    assert len(answer.measures) == 60
    assert check_answer(request, answer) == []


@pytest.mark.parametrize("setting", [Setting.CHORDS, Setting.PIANO])
def test_other_settings_are_left_to_others(writer, setting):
    assert _takes(writer, _ask(_tune(SCALE), setting=setting, count=2)) == [None, None]


def test_a_cancelled_request_stops(writer):
    request = _ask(_tune(SCALE))
    with pytest.raises(InterruptedError):
        list(writer.takes(request, lambda: True, "d"))


def test_only_a_melody_mostly_out_of_reach_is_heard_in_another_octave():
    some_low = [66, 66, 67, 69, 69, 67, 66, 64, 62, 62, 64, 57, 64, 62, 57, 57]
    for numbers, octave in ((some_low, 0), ([n - 24 for n in some_low], 3), (SCALE, 0)):
        phrase = _tune(numbers)
        shifts = _shifts(_ask(phrase), phrase.parts[0].notes, 0)
        assert shifts[0] == 12 * octave, numbers
