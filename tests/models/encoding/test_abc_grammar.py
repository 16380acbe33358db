from fractions import Fraction
from random import Random

import pytest

from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.music.harmony import KeySignature
from antiphon.models.encoding.abc_grammar import Grammar
from antiphon.models.encoding.abc_rules import LENGTHS, Rules, whole_measure
from antiphon.models.encoding.abc_text import END

C = KeySignature(Fraction(0), 0)


def _written(grammar: Grammar, seed: int) -> str:
    """What a blind writer makes of a grammar: any character that is allowed, some more often."""
    draw, text = Random(seed), ""
    while not grammar.is_done:
        allowed = sorted(grammar.allowed())
        assert allowed, text
        weights = [4 if c in " |" else 3 if c.isalpha() else 1 for c in allowed]
        character = draw.choices(allowed, weights)[0]
        grammar.push(character)
        text += character
        assert len(text) < 20_000
    return text


@pytest.mark.parametrize(
    "meter", [(4, 4), (6, 8), (3, 4), (2, 4), (9, 8), (5, 4), (7, 8), (15, 16)]
)
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_allowed_reads_as_full_measures(meter, seed):
    rules = Rules(whole_measure(Fraction(*meter)), least=4, most=12)
    text = _written(Grammar(rules, C), seed)
    phrase = phrase_from_abc(f"X:1\nM:{meter[0]}/{meter[1]}\nL:1/8\nK:C\n{text}".encode())
    full = Fraction(4 * meter[0], meter[1])
    short = [m for m in phrase.measures if m.duration != full]
    pickups = (
        [m.duration for m in phrase.measures if m.duration not in (full, full - short[0].duration)]
        if short
        else []
    )
    assert all(m.duration < full for m in short)
    # A short measure is a pickup, or the one before that gives it back.
    assert all(duration == short[0].duration for duration in pickups)


@pytest.mark.parametrize("seed", range(6))
def test_repeats_and_endings_come_in_pairs(seed):
    text = _written(Grammar(Rules(192, least=4, most=16), C), seed)
    assert text.count("[1 ") == text.count("[2 ")
    assert text.count("|:") <= text.count(":|")
    assert text.endswith(END)


@pytest.mark.parametrize("seed", range(6))
def test_a_tune_that_must_end_on_its_tonic_does(seed):
    grammar = Grammar(Rules(144, least=8, most=24, ends=frozenset({0})), C)
    _written(grammar, seed)
    last = [sound.pitch for sound in grammar.sounds if sound.pitch is not None][-1]
    assert last.midi_number % 12 == 0 or grammar.measures >= 40


@pytest.mark.parametrize("seed", range(6))
def test_given_measures_are_filled_and_nothing_else(seed):
    measures = (72, 192, 192, 144)
    rules = Rules(192, measures, lowest=60, highest=72, triplets=False)
    grammar = Grammar(rules, C)
    text = _written(grammar, seed)
    assert grammar.measures == 4
    assert sum(sound.ticks for sound in grammar.sounds) == sum(measures)
    assert "(" not in text
    assert ":" not in text
    numbers = [s.pitch.midi_number for s in grammar.sounds if s.pitch is not None]
    assert all(60 <= number <= 72 for number in numbers)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_counted_is_what_our_reader_hears(seed):
    grammar = Grammar(Rules(192, (192,) * 6), KeySignature(Fraction(0), 2))
    text = _written(grammar, seed)
    phrase = phrase_from_abc(f"X:1\nM:4/4\nL:1/8\nK:D\n{text}".encode())
    counted = [(Fraction(s.onset, 48), s.pitch) for s in grammar.sounds if s.pitch is not None]
    assert counted == [(note.onset, note.pitch) for note in phrase.parts[0].notes]


def test_lengths_are_written_values_in_ticks():
    assert LENGTHS["3/2"] == 36
    assert {ticks % 6 for ticks in LENGTHS.values()} == {0}
