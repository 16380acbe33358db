from dataclasses import replace
from fractions import Fraction

from sounds import part, phrase

from antiphon.bridge.music.merge import moved_part
from antiphon.bridge.music.phrase import Note, Part, Tie
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.slice import slice_phrase
from antiphon.ui.drawing.shown import Origin, shown_takes
from antiphon.ui.drawing.spoken import (
    CHINESE,
    spoken_beat,
    spoken_measure,
    spoken_note,
    spoken_summary,
    spoken_value,
)
from antiphon.ui.drawing.walking import Choice, stepped

GIVEN = phrase(part([60, 62, 64, 65, 67, 65, 64, 62], name="Soprano"))
ALTO = phrase(part([55, 55, 57, 57, 59, 59, 60, 60], name="Alto"))
OTHER = phrase(part([55, 55, 57, 57, 59, 60, 60], name="Alto"))


def origins(shown, name):
    return [n.origin for n in shown.notes if shown.phrase.parts[n.part].name == name]


def test_given_notes_stay_given_and_a_new_part_is_new():
    shown = shown_takes(GIVEN, ALTO, at=Fraction(0))
    assert set(origins(shown, "Soprano")) == {Origin.GIVEN}
    assert set(origins(shown, "Alto")) == {Origin.NEW}
    assert [line.name for line in shown.lines] == ["Soprano", "Alto"]


def test_a_continuation_is_new_only_after_what_was_given():
    more = phrase(part([72, 71, 69, 67], name="Soprano"), length=4)
    shown = shown_takes(GIVEN, more)
    assert [n.is_new for n in shown.notes] == [False] * 8 + [True] * 4
    assert (shown.start, shown.end) == (8, 12)
    assert [shown.answer_measure(n) for n in range(3)] == [None, None, 0]


def test_what_the_take_before_had_otherwise_is_changed_and_what_only_it_had_is_gone():
    shown = shown_takes(GIVEN, OTHER, ALTO, Fraction(0))
    assert origins(shown, "Alto") == [Origin.NEW] * 5 + [Origin.CHANGED, Origin.NEW]
    assert [(g.note.onset, g.note.pitch.midi_number) for g in shown.gone] == [(5, 59), (7, 60)]


def test_a_take_against_itself_has_no_differences():
    shown = shown_takes(GIVEN, ALTO, ALTO, Fraction(0))
    assert Origin.CHANGED not in {n.origin for n in shown.notes}
    assert shown.gone == ()


def test_measures_of_the_answer_are_counted_from_its_own_start():
    middle = slice_phrase(GIVEN, Fraction(4), Fraction(8))
    shown = shown_takes(GIVEN, middle, at=Fraction(4))
    assert [shown.answer_measure(n) for n in range(2)] == [None, 0]
    assert [n.is_new for n in shown.notes] == [False] * 4 + [True] * 4


def test_tied_notes_are_one_note():
    pitch = Pitch("A", 0, 4)
    tied = Part(
        "p", "P",
        (Note(Fraction(0), Fraction(4), pitch, tie=Tie.START),
         Note(Fraction(4), Fraction(4), pitch, tie=Tie.STOP)),
    )  # fmt: skip
    (only,) = shown_takes(phrase(tied)).notes
    assert only.note.duration == 8


def test_the_voices_of_a_single_part_are_lines_of_their_own():
    upper = part([72, 74], name="Choir", duration=4)
    lower = part([60, 62], name="Choir", duration=4, voice=2)
    both = replace(upper, notes=upper.notes + lower.notes)
    shown = shown_takes(phrase(both))
    assert [line.voice for line in shown.lines] == [1, 2]
    assert {(n.line, n.note.pitch.midi_number >= 70) for n in shown.notes} == {
        (0, True),
        (1, False),
    }


def test_a_note_is_said_as_a_musician_says_it():
    shown = shown_takes(GIVEN, phrase(part([52, 64], name="alto", duration=2), length=4),
                        at=Fraction(4))  # fmt: skip
    note = next(n for n in shown.notes if n.part == 1 and n.note.pitch.midi_number == 64)
    assert spoken_note(shown, note) == "measure 2, beat 3, alto, E4, half note, new"
    assert spoken_note(shown, note, CHINESE) == "第2小节，第3拍，alto，E4，二分音符，新音"


def test_drums_are_said_by_their_names():
    shown = shown_takes(phrase(part([38], name="Kit", is_drums=True)))
    assert "Snare" in spoken_note(shown, shown.notes[0])


def test_values_are_said_with_dots_triplets_and_else_in_quarters():
    assert spoken_value(Fraction(3, 2)) == "dotted quarter note"
    assert spoken_value(Fraction(1, 3)) == "triplet eighth note"
    assert spoken_value(Fraction(0)) == "grace note"
    assert spoken_value(Fraction(5, 4)) == "1.25 quarters"


def test_beats_are_those_of_the_meter():
    compound = shown_takes(phrase(part([60] * 12, duration="1/2"), length=6, meter=(6, 8)))
    assert spoken_beat(compound, Fraction(3, 2)) == "2"
    assert spoken_beat(compound, Fraction(1, 2)) == "1 1/3"


def test_the_whole_is_told_in_one_sentence():
    shown = shown_takes(GIVEN, OTHER, ALTO, Fraction(0))
    assert spoken_summary(shown) == (
        "Soprano, Alto: 2 measures, 15 notes, 7 of them new, 1 changed"
    )
    assert spoken_measure(shown, 0) == "measure 1, 8 notes"


def test_walking_stays_in_the_voice_and_goes_to_what_sounds_with_it():
    shown = shown_takes(GIVEN, ALTO, at=Fraction(0))
    first = stepped(shown, "", "next")
    assert first is not None and first.is_new  # begins where the answer does
    second = stepped(shown, first.name, "next")
    assert (second.note.onset, second.line) == (1, first.line)
    up = stepped(shown, second.name, "up")
    assert (up.note.onset, up.line) == (1, 0)
    assert stepped(shown, up.name, "up") == up
    assert stepped(shown, up.name, "next measure").note.onset == 4
    assert stepped(shown, up.name, "previous measure").note.onset == 0
    assert stepped(shown, first.name, "previous") == first


def test_every_note_is_reached_by_walking_on():
    shown = shown_takes(GIVEN)
    reached, note = [], stepped(shown, "", "first")
    while note.name not in reached:
        reached.append(note.name)
        note = stepped(shown, note.name, "next")
    assert reached == [n.name for n in shown.notes]


def test_a_plain_click_chooses_one_note_and_ctrl_adds_or_takes_away():
    choice = Choice().with_note("n1", adds=False).with_note("n2", adds=True)
    assert choice.notes == {"n1", "n2"}
    assert choice.with_note("n1", adds=True).notes == {"n2"}
    assert choice.with_note("n3", adds=False).notes == {"n3"}


def test_shift_chooses_all_measures_between():
    choice = Choice().with_measure(2, adds=False).with_measure(5, adds=False, spans=True)
    assert choice.measures == {2, 3, 4, 5}


def test_a_moved_take_keeps_its_own_notes_untouched():
    moved = moved_part(ALTO.parts[0], Fraction(4))
    shown = shown_takes(GIVEN, ALTO, at=Fraction(4))
    own = [n.note for n in shown.notes if n.part == 1]
    assert own == list(moved.notes)
