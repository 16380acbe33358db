from fractions import Fraction

import pytest
from phrases import heard

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrase_from_abc, phrases_from_abc
from antiphon.bridge.music.phrase import Tie

Q = Fraction


def tune(body, *, key="C", meter="4/4", unit="1/4"):
    return phrase_from_abc(f"X:1\nT:A tune\nM:{meter}\nL:{unit}\nK:{key}\n{body}\n".encode())


def names(body, **header):
    return [str(note.pitch) for note in tune(body, **header).parts[0].notes]


def durations(body, **header):
    return [note.duration for note in tune(body, **header).parts[0].notes]


def test_octaves_run_from_commas_to_apostrophes():
    assert names("C,, C, C c c' c''") == ["C2", "C3", "C4", "C5", "C6", "C7"]


def test_lengths_multiply_and_divide_the_unit():
    expected = [Q(1), Q(2), Q(1, 2), Q(1, 2), Q(1, 4), Q(1, 4), Q(3, 2), Q(3, 4)]
    assert durations("C C2 C/2 C/ C/4 C// C3/2 C3/4") == expected


@pytest.mark.parametrize(
    ("meter", "unit"), [("2/4", Q(1, 4)), ("3/4", Q(1, 2)), ("6/8", Q(1, 2)), ("4/4", Q(1, 2))]
)
def test_without_a_unit_the_meter_gives_it(meter, unit):
    phrase = phrase_from_abc(f"X:1\nM:{meter}\nK:C\nC\n".encode())
    assert phrase.parts[0].notes[0].duration == unit


@pytest.mark.parametrize(
    ("key", "fifths", "mode"),
    [("C", 0, "major"), ("F#m", 3, "minor"), ("Bb", -2, "major"), ("Ddor", 0, "dorian"),
     ("D Mixolydian", 1, "mixolydian"), ("Ephr", 0, "phrygian"), ("F lyd", 0, "lydian"),
     ("Bloc", 0, "locrian"), ("Am", 0, "minor"), ("HP", 2, "major"), ("none", 0, "major"),
     ("G clef=treble", 1, "major"), ("AMix", 2, "mixolydian")],
)  # fmt: skip
def test_keys_and_modes_give_their_signature(key, fifths, mode):
    (found,) = tune("C", key=key).key_signatures
    assert (found.fifths, found.mode) == (fifths, mode)


def test_an_accidental_holds_to_the_end_of_the_measure():
    assert names("^F F =F F | F ^^F __B B", key="G") == [
        "F#4", "F#4", "F4", "F4", "F#4", "F##4", "Bbb4", "Bbb4",
    ]  # fmt: skip


def test_a_tie_carries_its_accidental_over_the_barline():
    notes = tune("_B4- | B2 B2").parts[0].notes
    assert [str(note.pitch) for note in notes] == ["Bb4", "Bb4", "B4"]
    assert [note.tie for note in notes] == [Tie.START, Tie.STOP, Tie.NONE]


def test_broken_rhythm_moves_time_between_two_notes():
    assert durations("C>D E<F C>>D") == [Q(3, 2), Q(1, 2), Q(1, 2), Q(3, 2), Q(7, 4), Q(1, 4)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [("(3CDE", [Q(2, 3)] * 3), ("(2CD", [Q(3, 2)] * 2), ("(5:4CDEFG", [Q(4, 5)] * 5),
     ("(3:2:2C2D", [Q(4, 3), Q(2, 3)]), ("(3::CDE F", [Q(2, 3)] * 3 + [Q(1)])],
)  # fmt: skip
def test_tuplets_take_their_notes_time(body, expected):
    assert durations(body) == expected


def test_chords_grace_notes_and_rests_take_the_time_they_should():
    notes = tune("[CEG]2 {d}c z x | Z | C").parts[0].notes
    assert [(n.onset, n.duration) for n in notes] == [
        (0, 2), (0, 2), (0, 2), (2, 0), (2, 1), (9, 1),
    ]  # fmt: skip


def test_repeats_and_voltas_are_kept_as_printed():
    measures = tune("|: C4 | D4 |[1 E4 :|[2 F4 |]").measures
    assert [m.forward_repeat for m in measures] == [True, False, False, False]
    assert [m.backward_repeat for m in measures] == [0, 0, 2, 0]
    assert [m.ending for m in measures] == ["", "", "1", "2"]


def test_a_short_first_measure_is_a_pickup():
    measures = tune("C | D4 | E4 |").measures
    assert [(m.number, m.duration) for m in measures] == [("0", 1), ("1", 4), ("2", 4)]


def test_chord_symbols_are_read_and_annotations_are_not():
    chords = tune('"Am7"C "^slowly"D "F#m/C#"E "N.C."F').chords
    assert [(c.onset, c.root, c.kind, c.bass) for c in chords] == [
        (0, ("A", 0), "minor-seventh", None),
        (2, ("F", 1), "minor", ("C", 1)),
        (3, None, "none", None),
    ]


def test_decorations_slurs_and_comments_say_nothing_of_pitch():
    assert names("!trill!C ~D (E .F) % G A\n%%staffsep 3\nuG") == ["C4", "D4", "E4", "F4", "G4"]


def test_lyrics_stand_under_their_notes():
    notes = tune("C D E F\nw: A-maz-ing~grace *").parts[0].notes
    texts = [[(s.text, s.syllabic) for s in note.lyrics] for note in notes]
    assert texts == [[("A", "begin")], [("maz", "middle")], [("ing grace", "end")], []]


def test_voices_become_parts_and_inline_fields_change_key_and_meter():
    phrase = tune('V:1 name="Upper"\nC4 | [K:D][M:2/4] F2\nV:2\nC,4 | D,2')
    assert [part.name for part in phrase.parts] == ["Upper", "2"]
    assert [(k.onset, k.fifths) for k in phrase.key_signatures] == [(0, 0), (4, 2)]
    assert [(m.onset, m.beats) for m in phrase.time_signatures] == [(0, 4), (4, 2)]
    assert heard(phrase.parts[0].notes) == [(0, 4, 60), (4, 2, 66)]


def test_inline_voices_go_on_where_they_stopped():
    phrase = tune("[V:1] C2 D2 | [V:2] C,4 |\n[V:1] E4 | [V:2] G,4 |")
    assert heard(phrase.parts[0].notes) == [(0, 2, 60), (2, 2, 62), (4, 4, 64)]
    assert heard(phrase.parts[1].notes) == [(0, 4, 48), (4, 4, 55)]


def test_a_tune_book_gives_all_its_tunes():
    book = b"%abc-2.1\n\nX:1\nT:First\nK:C\nC|\n\nX:2\nT:Second\nK:G\nG|\n"
    assert [phrase.title for phrase in phrases_from_abc(book)] == ["First", "Second"]
    assert phrase_from_abc(book).title == "First"


@pytest.mark.parametrize(
    "body",
    [
        "C/0",
        "Z99999",
        "C" + "/" * 40,
        "C" + ">" * 40 + "D",
        "(1C",
        "C,,,,,,,,,,",
        "[M:4/0]C",
        "[K:Q]C",
    ],
)
def test_a_damaged_line_is_named(body):
    with pytest.raises(AntiphonError) as caught:
        tune(f"C D E F |\n{body}")
    assert caught.value.code == "broken-abc"
    assert "line 7" in caught.value.sentence


def test_text_without_a_key_is_no_tune():
    with pytest.raises(AntiphonError) as caught:
        phrase_from_abc(b"X:1\nT:Nothing\n")
    assert caught.value.code == "broken-abc"


def test_lengths_that_share_no_beat_are_refused():
    primes = (999983, 999979, 999961, 999959, 999953, 999931)
    with pytest.raises(AntiphonError):
        tune(" ".join(f"C/{prime}" for prime in primes))


def test_a_sign_after_a_space_is_no_tie():
    assert durations("C -C D-D") == [Q(1)] * 4
    assert [n.tie for n in tune("C -C").parts[0].notes] == [Tie.NONE, Tie.NONE]


def test_a_meter_that_is_none_is_named_even_where_no_music_follows():
    with pytest.raises(AntiphonError) as caught:
        phrase_from_abc(b"X:1\nM:4/1000\nK:C\n")
    assert caught.value.code == "broken-abc"
