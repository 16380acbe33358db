from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest
import torch

from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import (
    Controls,
    Keep,
    LockedNote,
    Region,
    Request,
    RhythmSlot,
    Task,
)
from antiphon.models.networks.drums import DrumsConfig, DrumsNetwork
from antiphon.models.tasks.drums import DrumsWriter
from antiphon.models.tasks.drums_sampling import sample_drums
from antiphon.models.theory.check import check_answer

METERS = [(4, 4), (3, 4), (2, 4), (6, 8), (12, 8), (9, 8), (5, 4), (7, 8), (15, 16), (3, 8)]


@pytest.fixture(scope="module")
def writer():
    """A drum writer with a tiny untrained network: what holds for it holds by construction."""
    torch.manual_seed(3)
    torch.set_num_threads(1)
    network = DrumsNetwork(DrumsConfig(width=16, layers=1, heads=2))
    network.eval()
    return DrumsWriter(lambda plan, random, stop: sample_drums(plan, network, random, stop))


def groove(measures, beats=4, beat_type=4, *, drums=True, played=False):
    """A bass and a drum part: kick on the bar, snare in the middle, hats on eighths."""
    meter = TimeSignature(Fraction(0), beats, beat_type)
    full = meter.measure_duration
    length = measures * full
    hits, bass = [], []
    for measure in range(measures):
        start = measure * full
        bass.append(Note(start, full / 2, spell(40)))
        places = [Fraction(i, 2) for i in range(int(full * 2))]
        for place in places:
            late = Fraction((7 * int(place * 4) + measure) % 11, 480) if played else Fraction(0)
            pitch = 36 if place == 0 else 38 if place == full // 2 else 42
            hits.append(Note(start + place + late, Fraction(1, 4), spell(pitch), 70 + pitch))
    parts = [Part("P1", "Bass", tuple(bass), program=33)]
    if drums:
        parts.append(Part("P2", "Kit", tuple(hits), is_drums=True))
    measures_ = measures_from_meter((meter,), length)
    return Phrase(tuple(parts), measures_, length, time_signatures=(meter,))


def ask(phrase, task=Task.DRUMS, part="P1", span=None, **controls):
    start, end = span or (Fraction(0), phrase.length)
    region = Region("doc", "rev", (part,), start, end)
    seed = controls.pop("seed", 1)
    count = controls.pop("count", 1)
    return Request("r", task, region, phrase, controls=Controls(**controls), seed=seed, count=count)


def take(writer, request):
    return next(iter(writer.takes(request, lambda: False, "digest")))[1]


def onsets(phrase):
    return {note.onset for note in phrase.parts[0].notes}


def random_request(seed):
    draw = Random(seed)
    beats, beat_type = draw.choice(METERS)
    played = draw.random() < 0.2
    phrase = groove(draw.randint(2, 9), beats, beat_type, played=played)
    full = phrase.measures[0].duration
    count = len(phrase.measures)
    task = draw.choice((Task.DRUMS, Task.CONTINUE, Task.FILL, Task.VARY))
    low = draw.randint(0, count - 1)
    span = (low * full, draw.randint(low + 1, count) * full)
    controls = {
        "temperature": draw.choice((0.3, 1.0, 3.0)), "tuplets": draw.random() < 0.5,
        "measures": draw.randint(1, 6), "keep": draw.choice(list(Keep)), "degree": draw.random(),
    }  # fmt: skip
    if draw.random() < 0.3:
        controls["polyphony"] = draw.randint(1, 3)
    if draw.random() < 0.3:
        controls["density"] = draw.choice((0.1, 1.0, 2.5, 8.0))
    if draw.random() < 0.3:
        controls["style"] = draw.choice(("jazz", "rock", "hymn", "romantic"))
    if draw.random() < 0.3 and not played:
        controls["locked_measures"] = (0, 2)
    elif draw.random() < 0.3:
        controls["rhythm"] = tuple(
            RhythmSlot(Fraction(i, 2), Fraction(1, 4)) for i in range(int(2 * full)) if i != 1
        )
    elif draw.random() < 0.3:
        note = Note(Fraction(1, 4), Fraction(1, 4), spell(38))
        controls["locked_notes"] = (LockedNote(note),)
    part = "P1" if task is Task.DRUMS else "P2"
    return ask(phrase, task, part, span, seed=seed, **controls)


@pytest.mark.parametrize("block", range(6))
def test_every_promise_is_kept_by_construction_even_without_training(writer, block):
    for seed in range(block * 25, block * 25 + 25):
        request = random_request(seed)
        answer = take(writer, request)
        assert answer is not None, f"seed {seed}"
        assert check_answer(request, answer) == [], f"seed {seed}"


@pytest.mark.parametrize("meter", METERS)
def test_every_meter_gets_hits_in_general_midi_range_in_one_voice(writer, meter):
    answer = take(writer, ask(groove(3, *meter, drums=False)))
    assert len(answer.measures) == 3
    notes = answer.parts[0].notes
    assert notes
    assert all(35 <= note.pitch.midi_number <= 59 and note.voice == 1 for note in notes)


def test_the_same_seed_gives_the_same_hits_whatever_else_is_asked(writer):
    phrase = groove(4)
    one = ask(phrase, seed=7)
    more = replace(one, count=3)
    many = list(writer.takes(more, lambda: False, "digest"))
    assert [number for number, _ in many] == [0, 1, 2]
    assert many[0][1] == take(writer, one)
    last = replace(one, first_take=2)
    assert many[2][1] == take(writer, last)
    assert many[0][1] != many[1][1]


def test_more_density_gives_more_onsets_and_about_as_many_as_asked(writer):
    phrase = groove(4, drums=False)
    counts = []
    for density in (0.25, 0.5, 1, 2, 3, 4):
        answers = [take(writer, ask(phrase, density=density, seed=seed)) for seed in range(4)]
        counts.append(float(np.mean([len(onsets(a)) / 16 for a in answers])))
    assert counts == sorted(counts)
    assert abs(counts[2] - 1) < 0.4 and abs(counts[3] - 2) < 0.5


def test_a_given_rhythm_is_hit_there_and_nowhere_else(writer):
    slots = tuple(RhythmSlot(Fraction(i), Fraction(1, 2)) for i in range(8))
    answer = take(writer, ask(groove(2, drums=False), rhythm=slots))
    assert onsets(answer) == {slot.onset for slot in slots}


def test_only_so_many_drums_sound_at_once(writer):
    answer = take(writer, ask(groove(4), polyphony=1, density=4))
    places = [note.onset for note in answer.parts[0].notes]
    assert len(places) == len(set(places)) > 8


def test_locked_measures_stay_and_the_rest_is_new(writer):
    phrase = groove(4)
    request = ask(phrase, Task.VARY, "P2", locked_measures=(1,), degree=1.0, keep=Keep.NEITHER)
    answer = take(writer, request)
    own = [(n.onset, n.pitch) for n in phrase.parts[1].notes if 4 <= n.onset < 8]
    got = [(n.onset, n.pitch) for n in answer.parts[0].notes if 4 <= n.onset < 8]
    assert got == own
    assert [n.onset for n in answer.parts[0].notes if n.onset < 4] != [
        n.onset for n in phrase.parts[1].notes if n.onset < 4
    ]


def test_a_variation_of_degree_nothing_is_the_same_and_of_all_is_another(writer):
    phrase = groove(3)
    own = {(n.onset, n.pitch.midi_number) for n in phrase.parts[1].notes}

    def varied(degree):
        request = ask(phrase, Task.VARY, "P2", degree=degree, keep=Keep.NEITHER)
        return {(n.onset, n.pitch.midi_number) for n in take(writer, request).parts[0].notes}

    assert varied(0.0) == own
    assert varied(1.0) != own


def test_a_variation_that_keeps_the_rhythm_has_its_onsets(writer):
    phrase = groove(3)
    request = ask(phrase, Task.VARY, "P2", degree=1.0, keep=Keep.RHYTHM)
    assert onsets(take(writer, request)) == {n.onset for n in phrase.parts[1].notes}


def test_written_music_gets_answers_on_the_grid_and_played_music_human_ones(writer):
    written = take(writer, ask(groove(4), Task.CONTINUE, "P2"))
    assert all(note.onset % Fraction(1, 4) == 0 for note in written.parts[0].notes)
    request = ask(groove(4, played=True), Task.CONTINUE, "P2")
    played = take(writer, request)
    assert check_answer(request, played) == []
    assert any(note.onset % Fraction(1, 24) for note in played.parts[0].notes)


def test_nobody_has_three_hands(writer):
    answer = take(writer, ask(groove(6), temperature=4, density=4))
    by_onset = {}
    for note in answer.parts[0].notes:
        by_onset.setdefault(note.onset, set()).add(note.pitch.midi_number)
    assert max(len(pitches) for pitches in by_onset.values()) <= 4
    assert not any({42, 46} <= pitches for pitches in by_onset.values())


def test_the_drums_of_an_arrangement_fill_its_measures_on_the_grid(writer):
    melody = Part(
        "P1", "Flute", tuple(Note(Fraction(i), Fraction(1), spell(72)) for i in range(16))
    )
    phrase = replace(groove(4, drums=False), parts=(melody,))
    request = ask(phrase, Task.ARRANGE)
    assert any(part.is_drums for part in asked_parts(request))
    notes = writer.drums_for(request, 0, "digest")
    assert notes and all(0 <= note.onset < 16 and note.end <= 16 for note in notes)


def test_a_long_answer_stops_when_it_is_cancelled(writer):
    request = ask(groove(2), Task.CONTINUE, "P2", measures=64)
    calls = iter([False, False, False])
    with pytest.raises(InterruptedError):
        list(writer.takes(request, lambda: next(calls, True), "digest"))


def test_an_empty_phrase_gets_drums_too(writer):
    empty = Phrase((), (), Fraction(0))
    region = Region("doc", "rev", (), Fraction(0), Fraction(8))
    answer = take(writer, Request("r", Task.DRUMS, region, empty))
    assert answer.length == 8 and answer.parts[0].is_drums
