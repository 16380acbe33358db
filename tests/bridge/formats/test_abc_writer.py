from dataclasses import replace
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from phrases import heard, phrases

from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.formats.abc_writer import abc_from_phrase
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Lyric, Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure

Q = Fraction


def music(phrase):
    """The written lines of music, without the header."""
    return abc_from_phrase(phrase).decode().split("\nK:")[1].splitlines()[1:]


def phrase_of(*notes, **more):
    measures = (Measure(Q(0), Q(4), "1"), Measure(Q(4), Q(4), "2"))
    return Phrase((Part("P1", "Voice", notes),), measures, Q(8), **more)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(phrases())
def test_what_is_heard_survives_a_round_trip(phrase):
    again = phrase_from_abc(abc_from_phrase(phrase))
    written = [part for part in phrase.parts if part.notes]
    found = [part for part in again.parts if part.notes]
    assert [heard(sounding(p.notes)) for p in found] == [heard(p.notes) for p in written]
    assert [(m.onset, m.duration) for m in again.measures] == [
        (m.onset, m.duration) for m in phrase.measures
    ]
    assert again.key_signatures == phrase.key_signatures
    assert again.time_signatures == phrase.time_signatures
    assert again.title == phrase.title


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(phrases(most_parts=1))
def test_spelling_survives_a_round_trip(phrase):
    again = phrase_from_abc(abc_from_phrase(phrase))
    pitches = [str(n.pitch) for n in sounding(phrase.parts[0].notes)]
    assert [str(n.pitch) for p in again.parts for n in sounding(p.notes)] == pitches


def test_a_triplet_is_written_with_its_sign():
    notes = [Note(Q(n, 3), Q(1, 3), Pitch(step, 0, 4)) for n, step in enumerate("CDE")]
    assert music(phrase_of(*notes))[0].startswith("(3:2:3CDE z6 |")


def test_accidentals_are_written_once_a_measure_and_taken_back():
    f, f_sharp = Pitch("F", 0, 4), Pitch("F", 1, 4)
    notes = [Note(Q(n), Q(1), p) for n, p in enumerate((f_sharp, f_sharp, f, f, f))]
    assert music(phrase_of(*notes))[0] == "^F2 F2 =F2 F2 | F2 z6 |"


def test_chord_symbols_and_lyrics_are_written_and_read():
    lyrics = (Lyric("1", "A", "begin"),), (Lyric("1", "men", "end"),)
    notes = [Note(Q(2 * n), Q(2), Pitch("C", 0, 5), lyrics=words) for n, words in enumerate(lyrics)]
    chords = (ChordSymbol(Q(0), ("F", 1), "minor-seventh", "m7"), ChordSymbol(Q(6), None, "none"))
    phrase = phrase_of(*notes, chords=chords)
    again = phrase_from_abc(abc_from_phrase(phrase))
    assert [(c.onset, c.root, c.kind) for c in again.chords] == [
        (0, ("F", 1), "minor-seventh"), (6, None, "none"),
    ]  # fmt: skip
    assert [n.lyrics for n in again.parts[0].notes] == list(lyrics)


def test_repeats_voltas_and_a_pickup_survive():
    source = b"X:1\nM:4/4\nL:1/4\nK:C\nC |: D4 |[1 E4 :|[2 F4 |]\n"
    once = phrase_from_abc(source)
    assert phrase_from_abc(abc_from_phrase(once)).measures == once.measures


def test_grace_notes_and_chords_survive():
    notes = (
        Note(Q(0), Q(0), Pitch("D", 0, 5)),
        Note(Q(0), Q(2), Pitch("C", 0, 4)),
        Note(Q(0), Q(2), Pitch("E", 0, 4)),
    )
    (part,) = phrase_from_abc(abc_from_phrase(phrase_of(*notes))).parts
    assert heard(part.notes) == heard(notes)


def test_words_cannot_break_out_of_their_line():
    phrase = replace(phrase_of(Note(Q(0), Q(1), Pitch("C", 0, 4))), title="A\nK:D % \\")
    again = phrase_from_abc(abc_from_phrase(phrase))
    assert again.title == "A K:D /"
    assert len(again.parts[0].notes) == 1
