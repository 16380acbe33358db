"""The engraved page: the new notes in colour, the title kept, long pieces cut to what matters."""

from pathlib import Path

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.engraving import NEW_NOTE_COLOUR, engrave

TUNE = (Path(__file__).parents[3] / "examples" / "scarborough_fair.musicxml").read_bytes()


def test_a_page_without_new_notes_has_no_colour():
    assert NEW_NOTE_COLOUR.encode() not in engrave(TUNE)


def test_only_the_new_measures_are_coloured():
    one, three = engrave(TUNE, 7, 1), engrave(TUNE, 5, 3)
    colour = NEW_NOTE_COLOUR.encode()
    assert 0 < one.count(colour) < three.count(colour)


def test_a_short_piece_keeps_its_title():
    assert b"Scarborough Fair" in engrave(TUNE, 4, 4)


def test_a_long_piece_is_cut_to_the_answer_and_what_leads_to_it():
    start, end = TUNE.index(b'<measure number="2"'), TUNE.index(b'<measure number="8"')
    long = TUNE[:end] + TUNE[start:end] * 5 + TUNE[end:]
    assert len(engrave(long, 30, 2)) < len(engrave(long))


def test_the_same_music_gives_the_same_bytes():
    assert engrave(TUNE, 4, 4) == engrave(TUNE, 4, 4)


def test_what_is_no_music_gets_a_sentence():
    with pytest.raises(AntiphonError, match="not valid MusicXML"):
        engrave(b"<html></html>")
