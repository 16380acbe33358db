import itertools
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
import torch

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import (
    parse_chord_symbol,
    pitch_classes,
    root_pitch_class,
)
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import (
    Controls,
    Keep,
    LockedNote,
    Mood,
    Region,
    Request,
    RhythmSlot,
    Task,
    Texture,
)
from antiphon.models.networks.arranger import Arranger, ArrangerConfig
from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.tasks.arranger import ArrangerWriter, Loaded, write_take
from antiphon.models.tasks.identity import input_hash
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.contradictions import refuse_contradictions

TASKS = (Task.FILL, Task.VARY, Task.BASS, Task.ACCOMPANY, Task.ARRANGE, Task.GENERATE,
         Task.CONTINUE)  # fmt: skip
METERS = [(4, 4), (3, 4), (6, 8), (2, 2), (7, 8), (12, 8), (5, 4), (15, 16)]


@pytest.fixture(scope="module")
def network() -> ArrangerSteps:
    torch.manual_seed(7)
    torch.set_num_threads(1)
    found = Arranger(ArrangerConfig(embedding=24, hidden=24, head=16, measure=8))
    found.eval()
    return ArrangerSteps(found)


def _ask(phrase: Phrase, task: Task, first: int = 2, last: int = 4, **controls) -> Request:
    start, end = phrase.measures[first].onset, phrase.measures[last - 1].end
    ids = (phrase.parts[0].id,) if phrase.parts else ()
    return Request(
        "r", task, Region("d", "r", ids, start, end), phrase, controls=Controls(**controls), seed=3
    )


def _take(network: ArrangerSteps, request: Request, number: int = 0) -> Phrase | None:
    return write_take(network, request, number, input_hash(request), lambda: False)


def _numbers(phrase: Phrase, part: int = 0) -> list[tuple[Fraction, int]]:
    return [(n.onset, n.pitch.midi_number) for n in sounding(phrase.parts[part].notes)]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_every_answer_keeps_every_promise(network, make_tune, task, seed):
    draw = Random(seed * 31 + len(task))
    phrase = make_tune(
        seed, 6, *draw.choice(METERS), fifths=draw.randint(-5, 6),
        middle=draw.randint(50, 80), triplets=draw.random() < 0.3,
    )  # fmt: skip
    controls = {"strict_key": draw.random() < 0.5, "tuplets": draw.random() < 0.5}
    if draw.random() < 0.5:
        controls |= {"lowest": 50, "highest": 50 + draw.randint(10, 30)}
    if draw.random() < 0.5:
        controls["polyphony"] = draw.randint(1, 3)
    request = _ask(phrase, task, measures=3, **controls)
    try:
        refuse_contradictions(request)
    except AntiphonError:
        return
    answer = _take(network, request)
    assert answer is not None
    assert check_answer(request, answer) == []
    assert [part.id for part in answer.parts] == [part.id for part in asked_parts(request)]
    assert any(part.notes for part in answer.parts)


@pytest.mark.parametrize("task", [Task.FILL, Task.VARY, Task.ARRANGE])
def test_a_take_is_the_same_alone_and_among_others(network, make_tune, task):
    request = _ask(make_tune(1), task)
    digest = input_hash(request)
    loaded = Loaded(network, "small")
    several = dict(ArrangerWriter(loaded).takes(replace(request, count=9), lambda: False, digest))
    for number in (0, 2, 8):
        writer = ArrangerWriter(loaded)
        alone = dict(writer.takes(replace(request, first_take=number), lambda: False, digest))
        assert several[number] == alone[number]
    assert len({repr(take) for take in several.values()}) == len(several)


def test_takes_of_two_tasks_over_the_same_music_are_not_mixed_up(network, make_tune):
    writer = ArrangerWriter(Loaded(network, "small"))
    for task in (Task.BASS, Task.ACCOMPANY):
        request = replace(_ask(make_tune(1), task), first_take=1)
        (found,) = writer.takes(request, lambda: False, input_hash(request))
        assert check_answer(request, found[1]) == []


def test_a_stop_is_heard(network, make_tune):
    with pytest.raises(InterruptedError):
        write_take(network, _ask(make_tune(1), Task.FILL), 0, "x", lambda: True)


def test_a_variation_of_degree_0_is_the_music_itself(network, make_tune):
    phrase = make_tune(4)
    answer = _take(network, _ask(phrase, Task.VARY, degree=0.0))
    start = phrase.measures[2].onset
    own = [(n.onset - start, n.pitch.midi_number) for n in phrase.parts[0].notes
           if start <= n.onset < phrase.measures[4].onset]  # fmt: skip
    assert answer is not None
    assert _numbers(answer) == own


def test_a_variation_keeps_the_rhythm_and_changes_more_with_its_degree(network, make_tune):
    phrase = make_tune(5)
    plain = _numbers(_take(network, _ask(phrase, Task.VARY, degree=0.0)))
    changed = []
    for degree in (0.2, 0.5, 0.8, 1.0):
        answer = _take(network, _ask(phrase, Task.VARY, degree=degree, keep=Keep.RHYTHM))
        found = _numbers(answer)
        assert [onset for onset, _ in found] == [onset for onset, _ in plain]
        changed.append({a[0] for a, b in zip(found, plain, strict=True) if a != b})
    assert all(len(a) <= len(b) for a, b in itertools.pairwise(changed))
    assert len(changed[-1]) == len(plain)


def _ways(line: list[tuple[Fraction, int]]) -> list[int]:
    return [(b > a) - (b < a) for (_, a), (_, b) in itertools.pairwise(line)]


def test_a_variation_that_keeps_the_contour_frees_the_rhythm(network, make_tune):
    moved = 0
    for seed in range(6):
        phrase = make_tune(seed, 8)
        plain = _numbers(_take(network, _ask(phrase, Task.VARY, 0, 8, degree=0.0)))
        request = _ask(phrase, Task.VARY, 0, 8, degree=1.0, keep=Keep.CONTOUR)
        answer = _take(network, request)
        assert check_answer(request, answer) == []
        found = _numbers(answer)
        assert len(found) == len(plain)
        same = sum(a == b for a, b in zip(_ways(found), _ways(plain), strict=True))
        # At the edge of the compass there may be no way on.
        assert same >= 0.9 * (len(plain) - 1)
        moved += [onset for onset, _ in found] != [onset for onset, _ in plain]
    assert moved == 6


def test_a_variation_of_measures_leaves_the_others_alone(network, make_tune):
    phrase = make_tune(6)
    request = _ask(phrase, Task.VARY, 0, 8, degree=0.5, keep=Keep.NEITHER)
    answer, plain = _take(network, request), phrase
    same = [
        [n for n in _numbers(answer) if m.onset <= n[0] < m.end]
        == [n for n in _numbers(plain) if m.onset <= n[0] < m.end]
        for m in phrase.measures
    ]
    assert sum(same) == 4


def test_given_chords_and_a_locked_note_stand(network, make_tune):
    phrase = make_tune(7)
    chords = (parse_chord_symbol("F"), parse_chord_symbol("G7", Fraction(4)))
    locked = LockedNote(Note(Fraction(5), Fraction(1), spell(67)))
    request = _ask(phrase, Task.BASS, chords=chords, locked_notes=(locked,))
    answer = _take(network, request)
    assert check_answer(request, answer) == []
    assert set(chords) <= set(answer.chords)
    for onset, number in _numbers(answer):
        for chord in chords:
            assert chord.onset != onset or number % 12 in pitch_classes(chord)


def test_a_given_rhythm_is_the_rhythm_of_the_answer(network, make_tune):
    slots = tuple(RhythmSlot(Fraction(i), Fraction(1, 2)) for i in range(8))
    answer = _take(network, _ask(make_tune(8), Task.FILL, rhythm=slots))
    assert [onset for onset, _ in _numbers(answer)] == [slot.onset for slot in slots]


def test_music_from_nothing_has_the_asked_key_meter_and_length(network):
    for mood in (None, Mood(-1, -1), Mood(1, 1)):
        request = Request(
            "r", Task.GENERATE, Region("d", "r", (), Fraction(0), Fraction(0)),
            Phrase((), (), Fraction(0)),
            controls=Controls(measures=5, key=KeySignature(Fraction(0), -3, "minor"), mood=mood,
                              meter=TimeSignature(Fraction(0), 6, 8), style="folk"),
        )  # fmt: skip
        answer = _take(network, request)
        assert check_answer(request, answer) == []
        assert answer.length == 15
        assert answer.parts[0].notes


def test_a_piano_lies_on_two_staves_within_reach(network, make_tune):
    answer = _take(network, _ask(make_tune(9), Task.ACCOMPANY, 0, 6))
    groups: dict[tuple[Fraction, int], list[int]] = {}
    for note in answer.parts[0].notes:
        groups.setdefault((note.onset, note.staff), []).append(note.pitch.midi_number)
    assert {staff for _, staff in groups} <= {1, 2}
    assert all(max(group) - min(group) <= 16 for group in groups.values())


def test_a_guitar_stays_on_its_strings(network, make_tune):
    answer = _take(network, _ask(make_tune(9), Task.ACCOMPANY, texture=Texture.GUITAR))
    assert answer.parts[0].program == 24
    assert all(40 <= number <= 79 for _, number in _numbers(answer))


@pytest.mark.parametrize("task", [Task.FILL, Task.BASS, Task.ACCOMPANY, Task.ARRANGE])
def test_silence_one_note_and_drums_alone_are_answered(network, make_tune, task):
    phrase = make_tune(2, 4)
    silent = replace(phrase, parts=(replace(phrase.parts[0], notes=()),))
    one = replace(phrase, parts=(replace(phrase.parts[0], notes=phrase.parts[0].notes[:1]),))
    drums = Part("D", "Drums", (Note(Fraction(0), Fraction(1), spell(36)),), is_drums=True)
    beside = replace(phrase, parts=(silent.parts[0], drums))
    for music in (silent, one, beside):
        request = _ask(music, task)
        try:
            answer = _take(network, request)
        except AntiphonError as error:
            assert error.sentence
            continue
        assert answer is None or check_answer(request, answer) == []


def test_varying_silence_is_refused(network, make_tune):
    phrase = make_tune(2)
    silent = replace(phrase, parts=(replace(phrase.parts[0], notes=()),))
    with pytest.raises(AntiphonError) as error:
        _take(network, _ask(silent, Task.VARY))
    assert error.value.code == "no-melody"


def _at_the_end(phrase: Phrase, task: Task, **controls) -> Request:
    """The last measures of a tune whose last note fills a measure."""
    last = phrase.measures[-1]
    own = phrase.parts[0]
    notes = tuple(n for n in own.notes if n.end <= last.onset)
    rest = Note(last.onset, last.duration, spell(60))
    closed = replace(phrase, parts=(replace(own, notes=(*notes, rest)),))
    count = len(phrase.measures)
    return _ask(closed, task, count - 4, count, chords=(parse_chord_symbol("C"),), **controls)


@pytest.mark.parametrize("task", [Task.BASS, Task.ACCOMPANY, Task.ARRANGE])
@pytest.mark.parametrize("seed", range(3))
def test_an_accompaniment_comes_to_rest_with_its_melody(network, make_tune, task, seed):
    request = replace(_at_the_end(make_tune(seed, 8), task), seed=seed)
    answer = _take(network, request)
    close = answer.measures[-1].onset
    held = max(answer.chords, key=lambda chord: chord.onset)
    for part in (p for p in answer.parts if not p.is_drums):
        last = [n for n in sounding(part.notes) if n.end > close]
        assert {n.onset for n in last} == {close}, part.id
        assert max(n.end for n in last) == answer.length
        assert all(n.pitch.midi_number % 12 in pitch_classes(held) for n in last)
        lowest = min(last, key=lambda n: n.pitch.midi_number)
        assert lowest.pitch.midi_number % 12 == root_pitch_class(held)


@pytest.mark.parametrize("task", [Task.BASS, Task.ACCOMPANY])
def test_an_accompaniment_in_the_middle_of_a_piece_goes_on(network, make_tune, task):
    request = _at_the_end(make_tune(1, 8), task)
    phrase, region = request.phrase, request.region
    earlier = replace(region, start=phrase.measures[1].onset, end=phrase.measures[4].onset)
    moving = 0
    for seed in range(4):
        answer = _take(network, replace(request, region=earlier, seed=seed))
        moving += any(n.onset > answer.measures[-1].onset for n in answer.parts[0].notes)
    assert moving


def test_an_asked_density_is_kept_where_a_melody_goes_on(network, make_tune):
    found = []
    for density in (0.5, 1.0, 2.0, 3.0):
        request = _ask(make_tune(3, 8), Task.CONTINUE, 0, 8, measures=8, density=density)
        answer = _take(network, request)
        onsets = {onset for onset, _ in _numbers(answer)}
        found.append(len(onsets) / float(answer.length))
        assert density / 1.4 < found[-1] < density * 1.4
    assert found == sorted(found)


def test_what_goes_on_with_a_part_brings_no_tone_that_neither_key_nor_part_has(network, make_tune):
    for seed in range(4):
        phrase = make_tune(seed, 12, fifths=2)
        heard = {n.pitch.midi_number % 12 for n in phrase.parts[0].notes}
        request = _ask(phrase, Task.FILL, 4, 6)
        known = heard | request.phrase.key_signatures[0].scale
        answer = _take(network, request)
        assert {number % 12 for _, number in _numbers(answer)} <= known


def test_a_new_piano_has_no_rest_of_a_sixteenth(network, make_tune):
    answer = _take(network, _ask(make_tune(4, 8), Task.ACCOMPANY, 0, 8))
    notes = sounding(answer.parts[0].notes)
    onsets = sorted({n.onset for n in notes})
    following = dict(itertools.pairwise([*onsets, answer.length]))
    rests = {following[n.onset] - n.end for n in notes}
    assert not any(0 < rest <= Fraction(1, 4) for rest in rests)
