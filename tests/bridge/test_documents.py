"""A file as a document: what is selected, what is asked, and what the answer's copy holds."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from phrases import heard

from antiphon.bridge.answers import answered
from antiphon.bridge.documents import (
    CONTEXT_MEASURES,
    answer_onset,
    family_of_document,
    open_document,
    request_for,
    select,
)
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.engraving import NEW_NOTE_COLOUR
from antiphon.bridge.formats.files import FORMATS, read_phrase, write_phrase
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, meter_at
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.asked import asked_length, asked_measures
from antiphon.bridge.protocol.messages import Controls, Receipt, Take

Q = Fraction
EXAMPLES = Path(__file__).parents[2] / "examples"
TUNES = sorted(path for path in EXAMPLES.iterdir() if path.suffix != ".md")
WRITABLE = sorted(suffix for suffix, form in FORMATS.items() if form.write)


def example(name):
    return open_document((EXAMPLES / name).read_bytes(), name)


def drawn(parts, count):
    """A MusicXML document of `count` measures of 4/4."""
    measures = tuple(Measure(Q(4 * n), Q(4), str(n + 1)) for n in range(count))
    phrase = Phrase(tuple(parts), measures, Q(4 * count), title="Drawn")
    return open_document(write_phrase(phrase, ".musicxml"), "drawn.musicxml")


def note(onset, duration=4, octave=4, **more):
    return Note(Q(onset), Q(duration), Pitch("C", 0, octave), **more)


def take_after(document, selection, count=2):
    """A take of `count` measures in the meter at the answer, each begun by one D flat."""
    meter = meter_at(document.phrase, answer_onset(document, selection)).measure_duration
    measures = tuple(Measure(n * meter, meter, str(n + 1)) for n in range(count))
    notes = tuple(Note(n * meter, Q(1), Pitch("D", -1, 5)) for n in range(count))
    phrase = Phrase((Part(selection.part.id, "", notes),), measures, count * meter)
    return Take("id", 0, phrase, Receipt("test", "", 0, 0, "", Controls()))


def sung(phrase, part_id):
    (part,) = [part for part in phrase.parts if part.id == part_id]
    return heard(sounding(part.notes))


@pytest.mark.parametrize("path", TUNES, ids=lambda path: path.name)
def test_an_example_is_selected_whole_by_default(path):
    document = open_document(path.read_bytes(), path.name)
    selection = select(document, None, None, None)
    assert selection.part == document.phrase.parts[0]
    end = max(note.end for note in selection.part.notes)
    assert selection.first == 0
    assert document.phrase.measures[selection.last].onset < end <= answer_onset(document, selection)
    assert family_of_document(document) == FORMATS[path.suffix].family


def test_a_part_is_found_by_id_by_name_in_any_case_or_by_its_place():
    parts = [Part("P1", "Flute", (note(0),)), Part("P2", "Oboe", (note(0),))]
    document = drawn(parts, 1)
    found = [select(document, name, None, None).part.name for name in ("P2", "Oboe", "oBOE", "2")]
    assert found == ["Oboe"] * 4
    with pytest.raises(AntiphonError) as caught:
        select(document, "Tuba", None, None)
    assert caught.value.code == "no-such-part"
    assert "Flute, Oboe" in caught.value.remedy


def test_drums_and_silent_parts_are_not_taken_unasked():
    parts = [
        Part("P1", "Drums", (note(0),), is_drums=True),
        Part("P2", "Silent", ()),
        Part("P3", "Viola", (note(0),)),
    ]
    assert select(drawn(parts, 1), None, None, None).part.name == "Viola"


def test_measures_are_named_as_printed_and_a_pickup_is_0():
    document = example("greensleeves.musicxml")
    assert document.phrase.measures[0].number == "0"
    selection = select(document, None, "0", "4")
    assert (selection.first, selection.last) == (0, 4)
    assert select(document, None, "1", "4").first == 1


def test_the_last_measure_with_notes_ends_the_selection():
    document = drawn([Part("P1", "Flute", (note(0), note(4)))], 6)
    selection = select(document, None, None, None)
    assert selection.last == 1
    assert answer_onset(document, selection) == 8


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [("9", None, "no-such-measure"), (None, "x", "no-such-measure"), ("0", None, "no-such-measure"),
     ("2", "1", "bad-control"), ("3", "4", "empty-selection")],
)  # fmt: skip
def test_a_selection_that_means_nothing_is_refused_in_words(first, last, code):
    document = drawn([Part("P1", "Flute", (note(0), note(4)))], 4)
    with pytest.raises(AntiphonError) as caught:
        select(document, None, first, last)
    assert caught.value.code == code


def test_a_document_without_notes_is_refused():
    with pytest.raises(AntiphonError) as caught:
        select(drawn([Part("P1", "Flute", ())], 2), None, None, None)
    assert caught.value.code == "empty-selection"


def test_a_request_holds_the_selection_and_asks_for_what_follows():
    document = example("scarborough_fair.musicxml")
    selection = select(document, None, "3", "6")
    request = request_for(document, selection, Controls(measures=3), seed=5, count=2)
    assert (request.region.start, request.region.end) == (6, 18)
    assert request.phrase_start == 0
    assert [m.duration for m in asked_measures(request)] == [3, 3, 3]
    assert asked_length(request) == 9
    assert (request.seed, request.count) == (5, 2)
    assert request.region.part_ids == (selection.part.id,)


def test_nothing_of_the_asked_measures_of_other_parts_or_of_a_lower_staff_is_sent():
    lower = note(0, octave=2, staff=2)
    parts = [
        Part("P1", "Piano", (note(0), lower, note(4), note(8)), staff_count=2),
        Part("P2", "Oboe", (note(0),)),
    ]
    document = drawn(parts, 4)
    request = request_for(document, select(document, "P1", "1", "2"), Controls(), seed=0, count=1)
    (part,) = request.phrase.parts
    assert heard(part.notes) == [(0, 4, 60), (4, 4, 60)]
    assert part.staff_count == 1


def test_the_asked_measures_have_the_meter_that_stands_there():
    meters = (TimeSignature(Q(0), 4, 4), TimeSignature(Q(4), 3, 4))
    measures = (Measure(Q(0), Q(4), "1"), Measure(Q(4), Q(3), "2"), Measure(Q(7), Q(3), "3"))
    phrase = Phrase((Part("P1", "Flute", (note(0),)),), measures, Q(10), time_signatures=meters)
    document = open_document(write_phrase(phrase, ".musicxml"), "x.musicxml")
    selection = select(document, None, None, None)
    request = request_for(document, selection, Controls(measures=4), seed=0, count=1)
    assert [m.duration for m in asked_measures(request)] == [3, 3, 3, 3]


def test_of_a_long_score_only_its_last_measures_travel():
    document = drawn([Part("P1", "Flute", tuple(note(4 * n) for n in range(200)))], 200)
    request = request_for(document, select(document, None, None, None), Controls(), seed=0, count=1)
    assert len(request.phrase.measures) == CONTEXT_MEASURES
    assert request.phrase_start == 4 * (200 - CONTEXT_MEASURES)
    assert request.region.end == 800
    assert request.region.start >= request.phrase_start


def test_of_a_short_selection_what_leads_to_it_travels():
    document = drawn([Part("P1", "Flute", tuple(note(4 * n) for n in range(40)))], 40)
    request = request_for(document, select(document, None, "39", "40"), Controls(), seed=0, count=1)
    assert request.phrase_start == 4 * 24
    assert request.region.start == 4 * 38


def test_the_revision_changes_with_the_music_and_with_nothing_else():
    one = drawn([Part("P1", "Flute", (note(0), note(4)))], 2)
    same = drawn([Part("P1", "Flute", (note(0), note(4)))], 2)
    other = drawn([Part("P1", "Flute", (note(0), note(4, octave=5)))], 2)

    def revision(document):
        selection = select(document, None, None, None)
        return request_for(document, selection, Controls(), seed=0, count=1).region.revision

    assert revision(one) == revision(same) != revision(other)


@pytest.mark.parametrize("suffix", WRITABLE)
@pytest.mark.parametrize("path", TUNES, ids=lambda path: path.name)
def test_an_answer_stands_behind_an_example_in_every_format(path, suffix):
    document = open_document(path.read_bytes(), path.name)
    selection = select(document, None, None, None)
    take = take_after(document, selection)
    edited = read_phrase(answered(document, selection, take, suffix), f"x{suffix}")
    onset = answer_onset(document, selection)
    added = [(onset + o, d, p) for o, d, p in heard(take.phrase.parts[0].notes)]
    original = heard(sounding(selection.part.notes))
    assert heard(sounding(edited.parts[0].notes)) == original + added
    others = [heard(sounding(part.notes)) for part in edited.parts[1:]]
    assert others == [heard(sounding(part.notes)) for part in document.phrase.parts[1:]]


@pytest.mark.parametrize("name", ["scarborough_fair.musicxml", "frere_jacques.mid", "the_kesh.abc"])
def test_an_answer_in_the_middle_replaces_its_measures_and_no_others(name):
    document = example(name)
    selection = select(document, None, None, "3")
    take = take_after(document, selection, count=1)
    edited = read_phrase(answered(document, selection, take, Path(name).suffix), name)
    onset = answer_onset(document, selection)
    end = onset + take.phrase.length
    kept = [n for n in heard(sounding(selection.part.notes)) if not onset <= n[0] < end]
    assert sung(edited, edited.parts[0].id) == sorted([*kept, (onset, Q(1), 73)])
    assert len(edited.measures) == len(document.phrase.measures)


def test_a_tie_into_the_answer_is_cut_in_every_format():
    tied = (note(0, tie=Tie.START), note(4, tie=Tie.STOP))
    document = drawn([Part("P1", "Flute", tied)], 2)
    selection = select(document, None, None, "1")
    take = take_after(document, selection, count=1)
    for suffix in WRITABLE:
        edited = read_phrase(answered(document, selection, take, suffix), f"x{suffix}")
        assert heard(sounding(edited.parts[0].notes)) == [(0, 4, 60), (4, 1, 73)], suffix


def test_a_compressed_score_is_answered_in_its_own_kind():
    plain = example("scarborough_fair.musicxml")
    document = open_document(write_phrase(plain.phrase, ".mxl"), "score.mxl")
    selection = select(document, None, None, None)
    data = answered(document, selection, take_after(document, selection), ".mxl")
    assert data.startswith(b"PK")
    assert len(read_phrase(data, "x.mxl").measures) == len(plain.phrase.measures) + 2


def test_a_picture_shows_the_new_measures_in_colour():
    document = example("scarborough_fair.musicxml")
    selection = select(document, None, None, None)
    pictures = [
        answered(document, selection, take_after(document, selection, count), ".svg").decode()
        for count in (1, 2)
    ]
    one, two = (picture.count(NEW_NOTE_COLOUR) for picture in pictures)
    assert two == 2 * one > 0
    assert pictures[0].lstrip().startswith(("<svg", "<?xml"))


@pytest.mark.parametrize("path", TUNES, ids=lambda path: path.name)
def test_the_original_is_never_changed(path):
    data = path.read_bytes()
    document = open_document(data, path.name)
    selection = select(document, None, None, None)
    before = replace(document)
    answered(document, selection, take_after(document, selection), path.suffix)
    assert document == before
    assert path.read_bytes() == data


def test_a_document_from_standard_input_is_known_by_its_bytes():
    for path in TUNES:
        document = open_document(path.read_bytes(), "-")
        assert family_of_document(document) == FORMATS[path.suffix].family


def test_a_format_that_cannot_be_written_is_named():
    document = example("scarborough_fair.musicxml")
    selection = select(document, None, None, None)
    with pytest.raises(AntiphonError) as caught:
        answered(document, selection, take_after(document, selection), ".pdf")
    assert caught.value.code == "unknown-format"
