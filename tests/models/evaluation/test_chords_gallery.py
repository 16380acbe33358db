"""The gallery of harmonized tunes."""

from dataclasses import replace
from fractions import Fraction

import pytest

from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.time import measures_from_meter
from antiphon.models.evaluation.chords_gallery import bare_melody, lead_sheet, request_for


def test_a_lead_sheet_names_the_chords_of_each_measure():
    measures = measures_from_meter((), Fraction(12))
    chords = [parse_chord_symbol(text, Fraction(onset)) for text, onset in
              (("C", 0), ("F", 8), ("G7", 10))]  # fmt: skip
    assert lead_sheet(measures, chords) == "C | – | F G7"


def test_the_request_does_not_tell_the_written_chords(make_tune):
    tune = replace(make_tune(1, 20), chords=(parse_chord_symbol("C"),))
    melody = bare_melody(tune)
    assert len(melody.measures) == 16
    assert melody.chords
    assert request_for(melody, "folk", 2).phrase.chords == ()


def test_music_without_a_melody_is_refused():
    with pytest.raises(ValueError, match="no melody"):
        bare_melody(Phrase((), measures_from_meter((), Fraction(4)), Fraction(4)))
