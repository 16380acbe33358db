"""Harmonizing with an untrained network: what holds for it holds by construction."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest
import torch

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import KINDS, chord_symbol, parse_chord_symbol, pitch_classes
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import (
    Controls,
    LockedNote,
    Mood,
    Region,
    Request,
    Setting,
    Task,
)
from antiphon.models.encoding import halves as grid
from antiphon.models.networks.chords import ChordsConfig, ChordsNetwork
from antiphon.models.tasks import chords as task
from antiphon.models.tasks.chords_reading import (
    Chain,
    LoadedChords,
    Sight,
    forbidden,
    likeliest,
    sampled,
)
from antiphon.models.tasks.chords_sight import view_of
from antiphon.models.tasks.chords_taste import Manner, bias_of
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.contradictions import refuse_contradictions
from antiphon.models.theory.ground import ground_of


@pytest.fixture(scope="module")
def model() -> LoadedChords:
    torch.manual_seed(4)
    torch.set_num_threads(1)
    network = ChordsNetwork(ChordsConfig(embedding=8, inner=16, hidden=8, heads=2)).eval()
    return LoadedChords(network, "small", "", ("nothing",))


@pytest.fixture(scope="module")
def writer(model) -> task.ChordsWriter:
    return task.ChordsWriter(model)


def request_of(phrase: Phrase, start=None, end=None, **other) -> Request:
    controls = {k: other.pop(k) for k in list(other) if k in Controls.__dataclass_fields__}
    region = Region(
        "doc", "rev", (phrase.parts[0].id,) if phrase.parts else (),
        Fraction(0) if start is None else start, phrase.length if end is None else end,
    )  # fmt: skip
    return Request(
        "r", other.pop("task", Task.HARMONIZE), region, phrase, controls=Controls(**controls),
        **other,
    )  # fmt: skip


def takes(writer, request) -> list[Phrase]:
    return [phrase for _, phrase in writer.takes(request, lambda: False, "digest")]


def test_known_chords_stay_in_every_reading(model):
    random = np.random.default_rng(0)
    draw = Random(0)
    for _ in range(20):
        length = draw.randint(1, 24)
        rows = random.random((length, grid.COLUMNS)).astype(np.float32).round()
        known = np.array(
            [draw.randrange(grid.SYMBOLS) if draw.random() < 0.4 else grid.UNKNOWN
             for _ in range(length)]
        )  # fmt: skip
        allowed = np.ones((length, grid.SYMBOLS), bool)
        allowed[:, grid.NO_CHORD] = False
        sight = Sight(rows, known, forbidden(allowed))
        given = known != grid.UNKNOWN
        for found in (
            sampled(model.network, sight, 1.2, random, passes=4),
            likeliest(model.network, sight, Chain(0.5, 0.3, 1.0), random),
        ):
            assert np.array_equal(found[given], known[given])
            assert (found[~given] < grid.NO_CHORD).all()


@pytest.mark.parametrize("seed", range(12))
def test_given_chords_stand_in_the_answer_as_they_are(writer, make_tune, seed):
    draw = Random(seed)
    phrase = make_tune(seed, 6, *draw.choice([(4, 4), (3, 4), (6, 8), (5, 4)]))
    key = phrase.key_signatures[0]
    onsets = sorted({Fraction(draw.randrange(0, int(4 * phrase.length)), 4) for _ in range(4)})
    given = tuple(
        chord_symbol(onset, draw.randrange(12), draw.choice(sorted(KINDS)), key, draw.randrange(12))
        for onset in onsets
    )
    for setting in (Setting.CHORDS, Setting.PIANO):
        request = request_of(phrase, setting=setting, chords=given, seed=seed, count=3)
        for answer in takes(writer, request):
            assert set(given) <= set(answer.chords)
            assert check_answer(request, answer) == []


@pytest.mark.parametrize(
    "meter", [(4, 4), (3, 4), (6, 8), (2, 4), (15, 16), (7, 8), (1, 16), (4, 2)]
)
def test_chords_change_at_most_twice_a_measure_and_are_not_said_twice(writer, make_tune, meter):
    phrase = make_tune(2, 5, *meter, pickup=Fraction(1, 16))
    for answer in takes(writer, request_of(phrase, count=3)):
        assert answer.parts == ()
        for measure in answer.measures:
            inside = [c for c in answer.chords if measure.onset <= c.onset < measure.end]
            assert len(inside) <= 2
        for before, after in zip(answer.chords, answer.chords[1:], strict=False):
            assert replace(before, onset=after.onset) != after
        assert check_answer(request_of(phrase), answer) == []


@pytest.mark.parametrize("setting", list(Setting))
def test_a_strict_key_holds_for_symbols_and_notes(writer, make_tune, setting):
    if setting is Setting.SATB:
        return
    for fifths in (-3, 0, 4):
        phrase = make_tune(fifths, 6, fifths=fifths)
        request = request_of(phrase, setting=setting, strict_key=True, count=3)
        for answer in takes(writer, request):
            scale = phrase.key_signatures[0].scale
            assert all(pitch_classes(chord) <= scale for chord in answer.chords)
            assert check_answer(request, answer) == []


@pytest.mark.parametrize("seed", range(16))
def test_a_piano_keeps_every_hard_control(writer, make_tune, seed):
    draw = Random(100 + seed)
    meter = draw.choice([(4, 4), (3, 4), (6, 8), (15, 16), (2, 2)])
    phrase = make_tune(seed, 5, *meter, fifths=draw.randint(-4, 4), triplets=draw.random() < 0.3)
    low = draw.randint(30, 50)
    pitch = spell(low + 7, phrase.key_signatures[0].fifths)
    controls = {
        "lowest": low if draw.random() < 0.5 else None,
        "highest": low + draw.randint(14, 40) if draw.random() < 0.5 else None,
        "polyphony": draw.choice([None, 1, 2, 3, 5]),
        "density": draw.choice([None, 0.3, 1.0, 3.0]),
        "style": draw.choice([None, "hymn", "jazz", "pop", "classical", "ragtime"]),
        "mood": draw.choice([None, Mood(-1, -1), Mood(1, 1)]),
        "tuplets": draw.random() < 0.5,
        "temperature": draw.choice([0.3, 1.0, 2.0]),
        "locked_measures": draw.choice([(), (1,)]),
        "locked_notes": draw.choice([(), (LockedNote(Note(Fraction(0), Fraction(1, 2), pitch)),)]),
    }
    request = request_of(phrase, setting=Setting.PIANO, seed=seed, count=2, **controls)
    try:
        refuse_contradictions(request)
    except AntiphonError:
        pytest.skip("the drawn controls contradict each other")
    for answer in takes(writer, request):
        assert [part.id for part in answer.parts] == ["antiphon-piano"]
        assert check_answer(request, answer) == []


def test_a_take_depends_on_its_number_alone(writer, make_tune):
    phrase = make_tune(5, 8)
    together = takes(writer, request_of(phrase, count=6))
    for number in (0, 2, 5):
        alone = takes(writer, request_of(phrase, first_take=number))
        assert alone == [together[number]]
    assert len({take.chords for take in together}) > 2


def test_music_without_a_melody_gets_chords_all_the_same(writer, make_tune):
    tune = make_tune(1, 4)
    meters, measures = tune.time_signatures, tune.measures
    silent = replace(tune, parts=(replace(tune.parts[0], notes=()),))
    drums = replace(tune, parts=(replace(tune.parts[0], is_drums=True),))
    one = replace(tune, parts=(replace(tune.parts[0], notes=tune.parts[0].notes[:1]),))
    bare = Phrase((), measures, tune.length, (), meters)
    for phrase in (silent, drums, one, bare):
        for setting in (Setting.CHORDS, Setting.PIANO):
            request = request_of(phrase, setting=setting, count=2)
            for answer in takes(writer, request):
                assert answer.chords
                assert check_answer(request, answer) == []


def test_music_that_ends_on_a_note_of_home_is_biased_towards_home(model, make_tune):
    tune = make_tune(1, 4)
    last = replace(tune.parts[0].notes[-1], pitch=spell(64))
    ending = replace(tune, parts=(replace(tune.parts[0], notes=(*tune.parts[0].notes[:-1], last)),))
    silent = replace(tune, parts=(replace(tune.parts[0], notes=()),))
    for phrase, end in ((ending, None), (silent, None), (ending, Fraction(8))):
        ground = ground_of(request_of(phrase, end=end), 0)
        view = view_of(ground)
        view = replace(view, key=KeySignature(Fraction(0), 0))
        bias = bias_of(ground, view, Manner(), model)
        home = grid.reduced(0, "major")
        assert (bias[view.span][-1, home] > 0) == (end is None)


def test_five_hundred_measures_are_answered(writer, make_tune):
    phrase = make_tune(1, 500, 4, 4)
    answer = takes(writer, request_of(phrase))[0]
    assert len(answer.measures) == 500


def test_a_span_inside_the_music_is_answered_in_its_context(writer, make_tune):
    phrase = make_tune(9, 12)
    for start, end in ((8, 24), (9, 23), (Fraction(17, 2), Fraction(33, 2))):
        request = request_of(phrase, Fraction(start), Fraction(end), count=2)
        for answer in takes(writer, request):
            assert answer.length == Fraction(end) - Fraction(start)
            assert check_answer(request, answer) == []


def test_symbols_round_the_span_are_seen_and_symbols_in_it_are_made_anew(model, make_tune):
    symbols = tuple(parse_chord_symbol("F", Fraction(4 * i)) for i in range(8))
    phrase = replace(make_tune(3, 8), chords=symbols)
    request = request_of(phrase, Fraction(8), Fraction(24))
    view = view_of(ground_of(request, 0))
    outside = np.ones(len(view.known), bool)
    outside[view.span] = False
    f = grid.symbol_of(symbols[0], view.key.fifths)
    assert (view.known[outside] == f).all()
    assert (view.known[view.span] == grid.UNKNOWN).all()
    piano = replace(request, controls=Controls(setting=Setting.PIANO))
    followed = view_of(ground_of(piano, 0))
    assert (followed.known[followed.span] == f).all()


def test_locked_measures_keep_their_symbols(writer, make_tune):
    symbols = tuple(parse_chord_symbol("Bbm7", Fraction(4 * i)) for i in range(4))
    phrase = replace(make_tune(3, 4), chords=symbols)
    answer = takes(writer, request_of(phrase, locked_measures=(2,)))[0]
    assert symbols[2] in answer.chords


def test_written_symbols_outside_a_strict_key_are_replaced(writer, make_tune):
    words = ("C", "Bb7", "F#m", "G")
    symbols = tuple(parse_chord_symbol(w, Fraction(4 * i)) for i, w in enumerate(words))
    phrase = replace(make_tune(3, 4), chords=symbols)
    request = request_of(phrase, setting=Setting.PIANO, strict_key=True)
    (answer,) = takes(writer, request)
    assert {symbols[0], symbols[3]} <= set(answer.chords)
    assert check_answer(request, answer) == []


def test_sounding_chords_of_other_parts_are_evidence(model):
    meter = TimeSignature(Fraction(0), 4, 4)
    chord = (53, 57, 60)
    piano = tuple(
        Note(Fraction(4 * i), Fraction(4), spell(number)) for i in range(4) for number in chord
    )
    flute = tuple(Note(Fraction(i), Fraction(1), spell(72)) for i in range(16))
    phrase = Phrase(
        (Part("P1", "Flute", flute), Part("P2", "Piano", piano)),
        measures_from_meter((meter,), Fraction(16)), Fraction(16),
        (KeySignature(Fraction(0), 0),), (meter,),
    )  # fmt: skip
    view = view_of(ground_of(request_of(phrase), 0))
    best = view.evidence[view.span].argmax(-1)
    assert (best == grid.reduced((5 - 7 * view.key.fifths) % 12, "major")).all()


def test_chords_for_other_writers_need_no_weights(make_tune, monkeypatch):
    monkeypatch.setattr(task, "_shipped", lambda: None)
    request = request_of(make_tune(1, 4), task=Task.BASS)
    found = task.chords_for(request, 0, "digest")
    assert found
    assert found[0].onset == 0
    assert found == task.chords_for(request, 0, "digest")


def test_chords_for_other_writers_follow_the_written_symbols(model, make_tune, monkeypatch):
    monkeypatch.setattr(task, "_shipped", lambda: model)
    words = ("F", "Bb", "C7", "F")
    symbols = tuple(parse_chord_symbol(w, Fraction(4 * i)) for i, w in enumerate(words))
    request = request_of(replace(make_tune(1, 4), chords=symbols), task=Task.ACCOMPANY)
    assert task.chords_for(request, 0, "digest") == symbols


def test_cancelling_stops_at_once(writer, make_tune):
    with pytest.raises(InterruptedError):
        list(writer.takes(request_of(make_tune(1, 4)), lambda: True, "digest"))
