"""What a sequencer's script asks and is told: places, contexts, chords, and input that is none."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_script import PPQ, SCALE, project_file, scale
from mutations import mutated
from scripted_host import take_of

from antiphon.bridge.editors.daw import (
    placed_parts,
    region_from,
    request_from,
    take_pairs,
)
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_part import note_rows, part_file
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.phrase import Note, Part, Tie
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.protocol.lines import Lines, read_lines
from antiphon.bridge.protocol.messages import Task
from antiphon.bridge.protocol.titles import undo_title

VIOLIN = ("part", "1\t{T1}\t1\t0\t40\tViolin I")
CELLO = ("part", "2\t{T2}\t0\t0\t42\tCello")
DRUMS = ("part", "3\t{T3}\t0\t1\t-1\tKit")
LONG = scale(pitches=SCALE * 12)  # 48 measures


def lines(task="vary", *more, start=0, end=16 * PPQ, phrase_start=0, parts=(VIOLIN,), **words):
    pairs = {
        "antiphon": "1", "message": "ask", "id": "a", "task": task, "document": "doc",
        "phrase_start": phrase_start, "region_start": start, "region_end": end, **words,
    }  # fmt: skip
    return Lines((*((k, str(v)) for k, v in pairs.items()), *parts, *more))


def band(**words):
    tracks = [("Violin I", 0, LONG), ("Cello", 1, [(0, 64, 48)]), ("Kit", 9, [(0, 1, 36)])]
    return project_file(*tracks, **words)


BAND = band()
WITH_CHORD = project_file(
    ("Violin I", 0, scale()),
    ("Cello", 1, [(0, 9, 48)]),
    ("Kit", 9, [(0, 1, 36)]),
    markers=[(0, "C")],
)


def test_tracks_are_parts_by_the_editors_own_ids_the_selected_first():
    parts = (CELLO, DRUMS, VIOLIN)
    request = request_from(lines("bass", parts=parts), band())
    assert [part.id for part in request.phrase.parts] == ["{T1}", "{T2}", "{T3}"]
    assert [part.program for part in request.phrase.parts] == [40, 42, 0]
    assert [part.is_drums for part in request.phrase.parts] == [False, False, True]
    assert request.region.part_ids == ("{T1}",)
    assert len(request.phrase.parts[0].notes) == len([n for n in LONG if n[0] < 80])


def test_a_task_over_a_region_hears_sixteen_measures_on_each_side():
    start, end = 20 * 4 * PPQ, 24 * 4 * PPQ
    request = request_from(lines("bass", start=start, end=end), band())
    assert request.phrase_start == 4 * 4
    assert len(request.phrase.measures) == 16 + 4 + 16
    assert request.phrase.measures[0].number == "5"
    assert (request.region.start, request.region.end) == (80, 96)
    assert undo_title(request) == "Antiphon: bass for measures 21–24"


def test_to_continue_hears_the_melody_alone_and_nothing_behind_it():
    music = project_file(("Violin I", 0, scale()), ("Cello", 1, [(0, 64, 48)]))
    request = request_from(lines("continue", parts=(VIOLIN, CELLO), measures=2), music)
    (part,) = request.phrase.parts
    assert all(note.end <= 16 for note in part.notes)
    assert request.controls.measures == 2


def test_what_stands_in_the_way_of_a_continuation_is_named_by_its_measures():
    with pytest.raises(AntiphonError) as caught:
        request_from(lines("continue", end=8 * PPQ, measures=8), project_file(("V", 0, scale())))
    assert caught.value.code == "destination-occupied"
    assert "measures 3–4" in caught.value.sentence


def test_music_from_nothing_fills_what_is_selected():
    music = project_file(("Violin I", 0, []), meters=[(0, 3, 4)], meter=(3, 4))
    asked = lines("generate", start=12 * PPQ, end=24 * PPQ)
    request = request_from(asked, music)
    assert request.controls.measures == 4
    take = take_of(request, 0, "torch")
    said = dict(take_pairs(request, take, ["/x.mid"], is_last=True))
    assert (said["at"], said["length"]) == (12 * PPQ, 12 * PPQ)


@pytest.mark.parametrize(
    ("markers", "chords"),
    [
        ([(0, "C"), (4, "Am7"), (8, "F/A")], ["C", "Am7", "F/A"]),
        ([(0, "C"), (4, "F"), (8, "G")], ["C", "F", "G"]),
        ([(0, "A"), (4, "B"), (8, "C")], []),
        ([(0, "A")], []),
        ([(0, "Verse"), (4, "C")], []),
        ([(0, "Verse"), (0, "chord: Dm7"), (4, "Chorus"), (4, "chord:G7")], ["Dm7", "G7"]),
    ],
)
def test_markers_are_chords_only_where_they_can_be_nothing_else(markers, chords):
    music = project_file(("Violin I", 0, scale()), markers=markers)
    request = request_from(lines("bass"), music)
    assert [chord_text(chord) for chord in request.phrase.chords] == chords


def test_measures_are_counted_from_the_projects_start_or_as_it_is_said():
    music = project_file(("Violin I", 0, scale()), meter=(2, 4))
    asked = {"start": 40 * PPQ, "end": 44 * PPQ, "phrase_start": 40 * PPQ}
    assert request_from(lines("bass", **asked), music).phrase.measures[0].number == "21"
    said = request_from(lines("bass", first_measure=7, **asked), music)
    assert said.phrase.measures[0].number == "7"


@pytest.mark.parametrize(
    ("task", "words", "into"),
    [
        (Task.VARY, {}, ["{T1}"]),
        (Task.BASS, {}, [""]),
        (Task.BASS, {"into": "Cello"}, ["{T2}"]),
        (Task.RESTYLE, {"style": "folk"}, ["", ""]),
        (Task.HARMONIZE, {}, [""]),
    ],
)
def test_each_part_of_an_answer_is_told_where_it_goes(task, words, into):
    request = request_from(lines(task, parts=(VIOLIN, CELLO), **words), band())
    placed = placed_parts(request, take_of(request, 0, "torch"))
    assert [one.into for one in placed] == into
    assert [one.is_own for one in placed] == [track == "{T1}" for track in into]


def test_what_is_selected_is_shown_even_without_notes():
    request = region_from(lines(), project_file(("Violin I", 0, [])))
    assert (request.task, request.region.end) == (Task.CONTINUE, 16)


def test_ties_are_joined_and_notes_lie_on_whole_ticks_inside_the_answer():
    third = Fraction(1, 7)
    notes = (
        Note(Fraction(0), Fraction(1), spell(60), tie=Tie.START),
        Note(Fraction(1), Fraction(1), spell(60), tie=Tie.STOP),
        *(Note(2 + third * i, third, spell(64 + i)) for i in range(7)),
    )
    rows = list(note_rows(Part("p", "P", notes)))
    assert rows[0][:3] == (0, 2 * PPQ, 60)
    assert all(onset + duration <= 3 * PPQ and duration > 0 for onset, duration, *_ in rows)
    assert part_file(Part("p", "Ümläut 弦", notes), Fraction(4)).count("弦".encode()) == 1


BAD = [
    {"task": "dance"}, {"region_end": "x"}, {"region_end": -1}, {"region_end": 10**14},
    {"region_start": 99 * PPQ}, {"phrase_start": 8 * PPQ}, {"measures": "many"},
    {"takes": 99}, {"temperature": "hot"}, {"chords": "H7 | X"}, {"key": "Q major"},
    {"lock_measures": "99"}, {"into": "nobody"}, {"range": "C9-C1"}, {"style": "polka"},
    {"first_take": -1}, {"strict_key": "perhaps"}, {"first_measure": "one"},
]  # fmt: skip


@pytest.mark.parametrize("words", BAD, ids=str)
def test_a_word_that_means_nothing_is_refused_in_a_sentence(words):
    found = lines()
    pairs = tuple((k, v) for k, v in found.pairs if k not in words)
    task = {"task": "bass"} if {"chords", "into"} & words.keys() else {}
    given_words = {**words, **task}
    found = Lines((*((k, str(v)) for k, v in given_words.items()), *pairs))
    with pytest.raises(AntiphonError) as caught:
        request_from(found, band())
    assert caught.value.code in ("bad-request", "no-such-part")


@pytest.mark.parametrize(
    "part",
    ["", "1", "1\ta\t1\t0\t0", "x\ta\t1\t0\t0\tA", "0\ta\t1\t0\t0\tA", "1\t\t1\t0\t0\tA",
     "1\ta\tyes\t0\t0\tA", "1\ta\t1\t0\t200\tA", "1\ta\t0\t0\t0\tA", "9999\ta\t1\t0\t0\tA"],
)  # fmt: skip
def test_a_part_that_is_none_is_refused_in_a_sentence(part):
    with pytest.raises(AntiphonError) as caught:
        request_from(lines(parts=(("part", part),)), band())
    assert caught.value.code == "bad-request"


def test_two_parts_cannot_be_the_same():
    for twin in (VIOLIN, ("part", "1\tother\t0\t0\t0\tX"), ("part", "2\t{T1}\t0\t0\t0\tX")):
        with pytest.raises(AntiphonError):
            request_from(lines(parts=(VIOLIN, twin)), band())


@given(st.binary(max_size=300))
def test_bytes_are_lines_or_one_fault(data):
    for head in (b"", b"antiphon=1\nmessage=ask\n"):
        try:
            assert read_lines(head + data).pairs
        except AntiphonError as fault:
            assert fault.code in ("bad-request", "too-large", "other-version")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_damaged_music_is_read_or_refused_by_one_fault(seed):
    chance = random.Random(seed)
    data = mutated(WITH_CHORD, chance, [BAND])
    task = chance.choice(list(Task))
    asked = lines(task, parts=(VIOLIN, CELLO, DRUMS), style="folk")
    try:
        request = request_from(asked, data)
        take = take_of(request, 0, "torch")
    except AntiphonError:
        return
    places = [f"/{n}.mid" for n in range(len(placed_parts(request, take)))]
    assert list(take_pairs(request, replace(take, number=1), places, is_last=False))
