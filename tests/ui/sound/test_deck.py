import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import loudest_pitch, sine

from antiphon.ui.sound.deck import Deck, Rendering
from antiphon.ui.sound.events import Beat

RATE = 44_100
BEATS = [Beat(n * 0.5, n % 4 == 0) for n in range(16)]


def taken(deck, seconds, block=512):
    count = round(seconds * RATE)
    return np.concatenate([deck.frames(min(block, count - at)) for at in range(0, count, block)])


def tone(pitch, seconds=4.0):
    return Rendering.whole(sine(pitch, seconds))


def quietest(samples, window=0.01):
    size = round(window * RATE)
    pieces = samples[: len(samples) // size * size, 0].reshape(-1, size)
    return float(np.sqrt(np.mean(pieces**2, axis=1)).min())


def steepest(samples):
    return float(np.abs(np.diff(samples[:, 0])).max())


def test_a_switch_of_takes_happens_on_the_beat_without_silence_or_click():
    deck = Deck()
    deck.play(tone(440), BEATS)
    first = taken(deck, 0.7)
    assert deck.switch(tone(660)) == 1.0
    whole = np.concatenate([first, taken(deck, 1.5)])
    assert loudest_pitch(whole[: RATE - 1]) == pytest.approx(440, abs=2)
    assert loudest_pitch(whole[RATE + 1_000 :]) == pytest.approx(660, abs=2)
    assert quietest(whole) > 0.1
    # The steepest slope of both tones together bounds any honest crossfade.
    assert steepest(whole) < 0.3 * 2 * np.pi * (440 + 660) / RATE


def test_the_new_take_is_at_the_same_place_in_the_music():
    deck = Deck()
    ramp = np.linspace(-0.9, 0.9, 4 * RATE, dtype=np.float32)
    deck.play(Rendering.whole(np.zeros((4 * RATE, 2), dtype=np.float32)), BEATS)
    taken(deck, 0.3)
    deck.switch(Rendering.whole(np.stack([ramp, ramp], axis=1)))
    heard = taken(deck, 1.0)
    assert heard[-1, 0] == pytest.approx(ramp[round(1.3 * RATE) - 1], abs=1e-3)


def test_without_a_beat_before_its_end_a_switch_is_made_at_once():
    deck = Deck()
    deck.play(tone(440, 20), BEATS, start=10.0)
    assert deck.switch(tone(660, 20)) == 10.0
    assert loudest_pitch(taken(deck, 1.0)[2_000:]) == pytest.approx(660, abs=2)


def test_nothing_is_switched_where_nothing_plays():
    assert Deck().switch(tone(440)) is None


def test_a_loop_goes_round_without_silence_or_click_and_says_where_it_is():
    deck = Deck()
    deck.play(tone(440), BEATS, start=1.0, loop=(1.0, 1.731))
    heard = taken(deck, 3.0)
    assert quietest(heard[500:]) > 0.05
    assert steepest(heard) < 0.3 * 2 * np.pi * 880 / RATE
    assert 1.0 <= deck.seconds <= 1.731


def test_a_switch_in_a_loop_comes_at_its_first_beat():
    deck = Deck()
    deck.play(tone(440), BEATS, start=1.0, loop=(1.0, 2.0))
    taken(deck, 0.6)
    assert deck.switch(tone(660)) == 1.0
    heard = taken(deck, 1.2)
    assert loudest_pitch(heard[: round(0.39 * RATE)]) == pytest.approx(440, abs=3)
    assert loudest_pitch(heard[round(0.45 * RATE) :]) == pytest.approx(660, abs=2)


def test_stopping_fades_out_and_then_all_is_silent():
    deck = Deck()
    deck.play(tone(440), BEATS)
    before = taken(deck, 0.503)
    deck.stop()
    after = taken(deck, 0.1)
    assert steepest(np.concatenate([before, after])) < 0.3 * 2 * np.pi * 460 / RATE
    assert np.all(after[2_000:] == 0)
    assert not deck.is_playing
    assert deck.is_silent


def test_music_ends_by_itself():
    deck = Deck()
    deck.play(tone(440, 0.5), BEATS)
    taken(deck, 0.6)
    assert not deck.is_playing
    assert deck.seconds is None


def test_the_metronome_ticks_on_every_beat_and_higher_on_downbeats():
    deck = Deck(metronome=True)
    deck.play(Rendering.whole(np.zeros((3 * RATE, 2), dtype=np.float32)), BEATS)
    heard = taken(deck, 2.9, block=700)
    loud = np.flatnonzero(np.abs(heard[:, 0]) > 0.05)
    begins = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 10)]
    assert begins / RATE == pytest.approx([0, 0.5, 1.0, 1.5, 2.0, 2.5], abs=0.004)
    assert loudest_pitch(heard[:1_300]) > loudest_pitch(heard[RATE // 2 : RATE // 2 + 1_300]) + 200


def test_unfinished_music_waits_and_then_goes_on_where_it_was():
    deck = Deck()
    rendering = tone(440)
    rendering.ready = RATE // 2
    deck.play(rendering, BEATS)
    taken(deck, 1.0)
    assert deck.waits
    assert deck.seconds == pytest.approx(0.5)
    rendering.ready = len(rendering.samples)
    assert loudest_pitch(taken(deck, 0.5)) == pytest.approx(440, abs=3)


def test_a_single_note_is_heard_over_the_music_and_alone():
    deck = Deck()
    deck.hear(sine(880, 0.2))
    assert loudest_pitch(taken(deck, 0.2)) == pytest.approx(880, abs=6)
    assert not deck.is_playing
    assert np.all(taken(deck, 0.1) == 0)


@settings(max_examples=15)
@given(st.integers(60, 3_000), st.integers(60, 3_000))
def test_what_is_heard_does_not_depend_on_how_much_is_asked_for_at_a_time(one, other):
    def played(block):
        deck = Deck(metronome=True)
        deck.play(tone(440, 2.0), BEATS, loop=(0.25, 0.9))
        first = taken(deck, 0.3, block)
        deck.switch(tone(660, 2.0))
        return np.concatenate([first, taken(deck, 0.8, block)])

    assert np.allclose(played(one), played(other), atol=1e-6)
