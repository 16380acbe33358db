"""Words become requests: what each word says, which measures and parts are meant."""

from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.asking import ask_about
from antiphon.bridge.documents import open_document, select
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import asked_measures, asked_parts
from antiphon.bridge.protocol.messages import Controls, Mood, RhythmSlot, Setting, Task
from antiphon.bridge.protocol.wishes import BY_NAME, WISHES, wishes_of

Q = Fraction
EXAMPLES = Path(__file__).parents[2] / "examples"


def drawn(filled=(1, 2, 5, 6), count=8, parts=("Flute", "Oboe")):
    """A MusicXML document: a long note in those measures (from 1) of every part."""
    measures = tuple(Measure(Q(4 * n), Q(4), str(n + 1)) for n in range(count))
    notes = tuple(Note(Q(4 * n - 4), Q(4), spell(60)) for n in filled)
    made = tuple(Part(f"P{n}", name, notes) for n, name in enumerate(parts, 1))
    phrase = Phrase(made, measures, Q(4 * count))
    return open_document(write_phrase(phrase, ".musicxml"), "drawn.musicxml")


def request(task, document=None, **words):
    return ask_about(task, words, document or drawn()).request


def test_every_control_is_said_by_some_word():
    said = {
        "measures", "temperature", "strict_key", "model", "density", "polyphony", "rhythm",
        "chords", "key", "meter", "style", "keep", "degree", "texture", "into",
    }  # fmt: skip
    told = {"lowest": "range", "highest": "range", "mood": "valence", "setting": "as",
            "locked_notes": "lock_notes", "locked_measures": "lock_measures"}  # fmt: skip
    left = {field.name for field in fields(Controls)} - said - set(told)
    assert left == {"tuplets"}  # what an editor can write is not a wish
    assert said | set(told.values()) <= set(BY_NAME)


def test_words_that_are_not_said_leave_the_controls_alone():
    for task in Task:
        words = {"style": "pop"} if task is Task.RESTYLE else {}
        if task is Task.FILL:
            words = {"from": "3"}
        controls = request(task, **words).controls
        assert controls == Controls(style=words.get("style"))


def test_each_word_reaches_its_control():
    controls = request(
        Task.VARY, range="C4-C6", density=1.5, polyphony=2, key="Dm", style="jazz", valence=0.5,
        arousal=-0.25, keep="neither", degree=0.9, model="theory", temperature=1.5,
        strict_key=True, rhythm="1 1", chords="C | G",
    ).controls  # fmt: skip
    assert (controls.lowest, controls.highest) == (60, 84)
    assert (controls.density, controls.polyphony, controls.degree) == (1.5, 2, 0.9)
    assert controls.key == KeySignature(Q(0), -1, "minor")
    assert (controls.style, controls.keep.value, controls.model) == ("jazz", "neither", "theory")
    assert controls.mood == Mood(0.5, -0.25)
    assert (controls.temperature, controls.strict_key) == (1.5, True)
    assert controls.rhythm[:2] == (RhythmSlot(Q(0), Q(1)), RhythmSlot(Q(1), Q(1)))
    assert controls.rhythm[-1] == RhythmSlot(Q(23), Q(1))
    assert [(c.onset, chord_text(c)) for c in controls.chords] == [(0, "C"), (4, "G")]
    assert request(Task.HARMONIZE, **{"as": "satb"}).controls.setting is Setting.SATB


def test_a_word_that_a_task_does_not_take_is_not_heard():
    assert request(Task.DRUMS, range="C4-C6", degree=7.0, meter="?").controls == Controls()


@pytest.mark.parametrize(
    ("task", "words", "start", "end"),
    [
        (Task.CONTINUE, {}, 0, 24),
        (Task.BASS, {}, 0, 24),
        (Task.DRUMS, {"from": "2"}, 4, 24),
        (Task.VARY, {"from": "2", "to": "5"}, 4, 20),
        (Task.FILL, {}, 8, 16),
        (Task.FILL, {"from": "7"}, 24, 28),
        (Task.FILL, {"to": "4"}, 12, 16),
        (Task.FILL, {"from": "1", "to": "2"}, 0, 8),
    ],
)
def test_a_region_is_the_named_measures_or_what_the_task_suggests(task, words, start, end):
    region = request(task, **words).region
    assert (region.start, region.end) == (start, end)


def test_to_fill_without_a_gap_asks_which_measures():
    with pytest.raises(AntiphonError) as caught:
        request(Task.FILL, drawn(filled=(1, 2, 3), count=3))
    assert caught.value.code == "bad-control"


def test_what_needs_notes_says_so_and_what_does_not_answers():
    silent = drawn(filled=())
    with pytest.raises(AntiphonError, match="nothing to continue"):
        request(Task.CONTINUE, silent)
    for task in (Task.VARY, Task.HARMONIZE, Task.RESTYLE):
        with pytest.raises(AntiphonError, match=f"nothing to {task}"):
            request(task, silent, style="pop")
    for task in (Task.BASS, Task.DRUMS, Task.ACCOMPANY, Task.ARRANGE):
        assert len(asked_measures(request(task, silent))) == 8
    generated = request(Task.GENERATE, silent, measures=3)
    assert (generated.region.start, generated.region.end) == (0, 0)
    assert [m.number for m in asked_measures(generated)] == ["1", "2", "3"]


def test_a_task_over_a_region_hears_all_parts_and_sixteen_measures_on_both_sides():
    document = drawn(filled=range(1, 61), count=60)
    found = request(Task.BASS, document, **{"from": "30", "to": "31"})
    assert [part.name for part in found.phrase.parts] == ["Flute", "Oboe"]
    assert [m.number for m in found.phrase.measures] == [str(n) for n in range(14, 48)]
    assert found.phrase_start == 4 * 13
    assert [m.number for m in asked_measures(found)] == ["30", "31"]
    assert [part.id for part in asked_parts(found)] == ["antiphon-bass"]


def test_chords_lengthen_what_is_free_and_are_refused_where_it_is_not():
    text = " | ".join("CDEFGA")
    assert len(asked_measures(ask_about(Task.GENERATE, {"chords": text}).request)) == 6
    assert len(asked_measures(request(Task.CONTINUE, chords=text))) == 6
    with pytest.raises(ValueError, match="chords: they fill 6 measures"):
        request(Task.BASS, chords=text, to="2")


def test_locked_measures_are_named_by_their_printed_numbers():
    found = request(Task.VARY, lock_measures="2,5-6", **{"from": "2"})
    assert found.controls.locked_measures == (0, 3, 4)
    with pytest.raises(ValueError, match="lock_measures: measure 1 is not in the answer"):
        request(Task.VARY, lock_measures="1", **{"from": "2"})


def test_locked_notes_are_those_of_the_answers_part_as_they_stand_without_loose_ties():
    tied = (Note(Q(0), Q(4), spell(60), tie=Tie.START), Note(Q(4), Q(4), spell(60), tie=Tie.STOP))
    measures = tuple(Measure(Q(4 * n), Q(4), str(n + 1)) for n in range(2))
    phrase = Phrase((Part("P1", "Flute", tied), Part("P2", "Oboe", tied)), measures, Q(8))
    document = open_document(write_phrase(phrase, ".musicxml"), "x.musicxml")
    (locked,) = request(Task.VARY, document, lock_notes="2").controls.locked_notes
    assert (locked.part_id, locked.note.onset, locked.note.tie) == ("P1", 4, Tie.NONE)
    both = request(Task.VARY, document, lock_notes="Flute:1-2").controls.locked_notes
    assert [(lock.note.onset, lock.note.tie) for lock in both] == [(0, Tie.START), (4, Tie.STOP)]
    with pytest.raises(ValueError, match="lock_notes: the answer is not written in Oboe"):
        request(Task.VARY, document, lock_notes="Oboe:1")
    with pytest.raises(ValueError, match="lock_notes: the answer is a new part"):
        request(Task.BASS, document, lock_notes="1")


def test_an_answer_may_be_written_into_a_part_by_name():
    found = request(Task.BASS, into="oboe")
    assert [part.id for part in asked_parts(found)] == ["P2"]
    with pytest.raises(AntiphonError) as caught:
        request(Task.BASS, into="Tuba")
    assert caught.value.code == "no-such-part"


def test_music_from_nothing_has_the_key_and_meter_that_were_said():
    found = ask_about(Task.GENERATE, {"key": "E minor", "meter": "5/8", "measures": 2}).request
    assert [m.duration for m in asked_measures(found)] == [Q(5, 2), Q(5, 2)]
    assert found.phrase.key_signatures[0].fifths == 1
    assert [part.id for part in asked_parts(found)] == ["antiphon-melody"]
    with pytest.raises(AntiphonError, match="nothing to write a bass for"):
        ask_about(Task.BASS, {})


BAD = {
    "measures": 0, "takes": 17, "first_take": -1, "temperature": float("nan"), "range": "C9-X",
    "density": 99.0, "polyphony": 17, "rhythm": "x", "chords": "H", "key": "H", "meter": "5/7",
    "style": "polka", "valence": 2.0, "arousal": -2.0, "keep": "all", "degree": 1.5, "as": "band",
    "texture": "harp", "lock_measures": "99", "lock_notes": "x:",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_value_that_means_nothing_is_refused_with_its_word(name):
    task = next(task for task in Task if name in {wish.name for wish in wishes_of(task)})
    with pytest.raises((ValueError, AntiphonError)) as caught:
        request(task, **{"from": "1", "to": "2", "style": "pop", name: BAD[name]})
    assert len(str(caught.value)) > 10


TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["C", "C | G", "1 1/2", "C3-C5", "2-3", "6/8", "99/99"])
)
KINDS = {
    "text": TEXTS,
    "integer": st.integers(-3, 70),
    "number": st.floats(allow_nan=True),
    "switch": st.booleans(),
}


@given(st.sampled_from(list(Task)), st.data())
def test_any_words_give_a_request_or_a_sentence(task, data):
    words = {
        wish.name: data.draw(KINDS[wish.kind])
        for wish in WISHES
        if data.draw(st.integers(0, 5)) == 0
    }
    document = data.draw(st.sampled_from([DRAWN, TIMES, None]))
    try:
        found = ask_about(task, words, document).request
    except (ValueError, AntiphonError) as refusal:
        assert len(str(refusal)) > 5
    else:
        assert asked_measures(found)


DRAWN = drawn()
TIMES = open_document((EXAMPLES / "greensleeves.musicxml").read_bytes(), "greensleeves.musicxml")


def test_the_same_words_give_the_same_request_but_for_its_id():
    one, two = (request(Task.ARRANGE, style="pop", seed=3) for _ in range(2))
    assert one.id != two.id
    assert (one.region, one.phrase, one.controls) == (two.region, two.phrase, two.controls)


def test_a_selection_says_where_its_answer_begins():
    document = drawn()
    assert select(document, None, "2", "3", Task.VARY).answer == 1
    assert select(document, None, "2", "5").answer == 5
