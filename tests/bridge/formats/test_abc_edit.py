"""An answer behind an ABC tune: the tune's own text stays, and the notes are the answer's."""

from fractions import Fraction
from pathlib import Path

import pytest

from antiphon.bridge.formats.abc_edit import append_measures
from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.music.melody import sounding, split_at_barlines
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure

KESH = (Path(__file__).parents[3] / "examples" / "the_kesh.abc").read_bytes()
HEAD = b"X:1\nT:A tune\nZ:someone\nM:3/4\nL:1/4\nK:Dm\n"


def answer(measure: Fraction, *notes: tuple[str, int, int, Fraction]) -> Phrase:
    onset, found = Fraction(0), []
    for step, alter, octave, duration in notes:
        found.append(Note(onset, duration, Pitch(step, alter, octave)))
        onset += duration
    count = -(-onset // measure)
    measures = tuple(Measure(i * measure, measure, str(i + 1)) for i in range(int(count)))
    written = split_at_barlines(found, measures)
    return Phrase((Part("P1", "", written),), measures, measures[-1].end)


ANSWER = answer(
    Fraction(3),
    ("C", 1, 5, Fraction(1)), ("D", 0, 5, Fraction(4)), ("B", -1, 4, Fraction(1, 3)),
    ("A", 0, 4, Fraction(1, 3)), ("G", 0, 4, Fraction(1, 3)),
)  # fmt: skip


def heard(phrase: Phrase) -> list[tuple[Fraction, Fraction, str]]:
    return [(n.onset, n.duration, str(n.pitch)) for n in sounding(phrase.parts[0].notes)]


@pytest.mark.parametrize(
    "body",
    [b"D2F|A2d|]\n", b"D2F|A2d|\n", b"|:D2F|A2d:|\n", b"D2F|A2d\n", b"D2F|A2d||\nw: a b c d\n"],
    ids=["final bar", "plain bar", "repeat", "no bar", "words below"],
)
def test_the_notes_before_stay_and_the_answers_follow(body):
    before = phrase_from_abc(HEAD + body)
    after = phrase_from_abc(append_measures(HEAD + body, ANSWER))
    moved = [(onset + before.length, d, p) for onset, d, p in heard(ANSWER)]
    assert heard(after) == heard(before) + moved
    assert len(after.measures) == len(before.measures) + len(ANSWER.measures)


def test_every_line_of_the_tune_but_its_last_stays_as_it_was():
    old = KESH.decode().splitlines()
    new = append_measures(KESH, ANSWER).decode().splitlines()
    assert new[: len(old) - 1] == old[:-1]
    assert new[len(old) - 1].startswith(old[-1].rstrip("|]: "))


def test_the_other_tunes_of_a_book_stay_as_they_were():
    book = HEAD + b"D2F|A2d|]\n\n" + KESH.replace(b"X:1", b"X:2")
    assert append_measures(book, ANSWER).endswith(KESH.replace(b"X:1", b"X:2"))


def test_a_final_bar_moves_to_the_new_end():
    text = append_measures(HEAD + b"D2F|A2d|]\n", ANSWER).decode()
    assert text.count("|]") == 1
    assert "|]" in text.splitlines()[-1]


def test_a_tune_of_several_voices_is_left_to_the_writer():
    assert append_measures(HEAD + b"V:1\nD3|\nV:2\nF3|\n", ANSWER) is None
