import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.models.encoding.vocabulary import (
    HIGHEST_PITCH,
    LOWEST_PITCH,
    PITCH_SYMBOLS,
    Durations,
    durations_from,
    pitch_symbol,
    symbol_pitch,
)


@given(st.integers(1, 5000))
def test_every_duration_is_cut_into_known_values_without_loss(ticks):
    durations = durations_from([])
    symbols = durations.symbols(ticks)
    assert sum(durations.values[symbol] for symbol in symbols) == ticks


@given(st.integers(LOWEST_PITCH, HIGHEST_PITCH))
def test_a_pitch_inside_the_compass_comes_back_the_same(number):
    assert symbol_pitch(pitch_symbol(number)) == number


@given(st.integers(-20, 140))
def test_a_pitch_outside_the_compass_keeps_its_class(number):
    symbol = pitch_symbol(number)
    assert 2 <= symbol < PITCH_SYMBOLS
    assert symbol_pitch(symbol) % 12 == number % 12


def test_frequent_durations_enter_the_vocabulary_and_rare_ones_do_not():
    durations = durations_from([30] * 40 + [31] * 5)
    assert 30 in durations.values
    assert 31 not in durations.values
    assert durations.symbols(31) == [durations.values.index(30), 0]


@pytest.mark.parametrize("values", [(), (2, 3), (1, 3, 2), (1, 1)])
def test_a_vocabulary_without_the_single_tick_or_in_disorder_is_refused(values):
    with pytest.raises(ValueError, match="durations"):
        Durations(values)


def test_a_rest_is_no_pitch():
    with pytest.raises(ValueError, match="no pitch"):
        symbol_pitch(0)
