import time
import wave

import numpy as np
import pytest
from sounds import PaperCard, part, phrase
from sounds import loudest_pitch as loudest

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.sound.outputs import Output, open_card, outputs
from antiphon.ui.sound.player import Player
from antiphon.ui.sound.render import write_wav

A4 = phrase(part([69] * 8, program=73), tempo=120)
E5 = phrase(part([76] * 8, program=73), tempo=120)


def loudest_pitch(samples):
    return loudest(samples, high=750)  # a flute's octave may be louder than its note


def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@pytest.fixture
def card():
    return PaperCard()


@pytest.fixture
def player(card):
    player = Player(open_stream=card.open)
    yield player
    player.close()


def rendered(player, music):
    rendering = player._rendering(music)
    until(lambda: rendering.ready == len(rendering.samples))


def test_play_is_heard_at_the_pitch_that_is_written_and_tells_its_place(player, card):
    rendered(player, A4)
    assert player.play(A4)
    heard = card.take(2.0)
    assert loudest_pitch(heard) == pytest.approx(440, rel=0.01)
    assert player.seconds == pytest.approx(2.0, abs=0.02)
    assert player.quarters == pytest.approx(4.0, abs=0.04)


def test_play_begins_where_it_is_told_in_quarters(player, card):
    rendered(player, A4)
    player.play(A4, start=4)
    card.take(0.5)
    assert player.quarters == pytest.approx(5.0, abs=0.05)


def test_the_next_take_comes_on_the_beat_without_silence(player, card):
    rendered(player, A4)
    rendered(player, E5)
    player.play(A4)
    first = card.take(1.2)
    player.switch(E5)
    heard = np.concatenate([first, card.take(1.2)])
    assert loudest_pitch(heard[30_000 : round(1.5 * 44_100)]) == pytest.approx(440, rel=0.01)
    assert loudest_pitch(heard[round(1.53 * 44_100) :]) == pytest.approx(659, rel=0.01)
    window = heard[4_410:].reshape(-1, 4_410, 2) if len(heard[4_410:]) % 4_410 == 0 else None
    pieces = window if window is not None else heard[4_410 : 4_410 * 24].reshape(-1, 4_410, 2)
    assert np.sqrt((pieces**2).mean(axis=(1, 2))).min() > 0.003


def test_a_take_that_is_not_rendered_yet_follows_when_it_is(player, card):
    rendered(player, A4)
    player.play(A4)
    player.switch(E5)
    until(lambda: player._deck._next is not None)
    assert loudest_pitch(card.take(2.5)[60_000:]) == pytest.approx(659, rel=0.01)


def test_stop_silences_within_a_blink(player, card):
    rendered(player, A4)
    player.play(A4)
    card.take(0.5)
    player.stop()
    assert np.all(card.take(0.2)[2_000:] == 0)
    assert not player.is_playing


def test_the_loop_is_in_quarters_and_may_change_while_playing(player, card):
    rendered(player, A4)
    player.set_loop((2, 4))
    player.play(A4, start=2)
    card.take(3.3)
    assert 2 <= player.quarters <= 4
    player.set_loop(None)
    card.take(1.0)
    assert player.quarters > 4


def test_a_clicked_note_is_heard_on_its_instrument(player, card):
    own = A4.parts[0]
    assert player.hear(own.notes[0], own)
    until(lambda: bool(player._deck._shots))
    assert loudest_pitch(card.take(0.5)) == pytest.approx(440, rel=0.01)


def test_a_computer_without_sound_says_so_and_does_nothing_else():
    def no_card(_frames, _name):
        raise AntiphonError("no-sound", why="it has no sound output")

    player = Player(open_stream=no_card)
    assert not player.play(A4)
    assert not player.is_playing
    assert player.problem == (
        "Nothing can be heard on this computer: it has no sound output. Everything else works."
    )
    assert player.remedy
    player.switch(E5)
    player.stop()
    player.close()


def test_this_computer_is_asked_for_its_outputs_without_a_fault():
    found = outputs()
    if any(output.kind == "card" for output in found):
        pytest.skip("this computer has a sound card")
    with pytest.raises(AntiphonError) as fault:
        open_card(lambda count: np.zeros((count, 2), dtype=np.float32))
    assert fault.value.code == "no-sound"


def test_a_port_that_is_gone_is_told_in_a_sentence():
    player = Player()
    assert not player.choose(Output("port", "No such port"))
    assert "No such port" in player.problem


def test_a_phrase_is_written_as_a_wav_file_that_sounds(tmp_path):
    file = tmp_path / "take.wav"
    write_wav(A4, file)
    with wave.open(str(file)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth()) == (2, 2)
        assert reader.getframerate() == 44_100
        samples = np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2")
    samples = samples.reshape(-1, 2) / 32_768
    assert len(samples) / 44_100 == pytest.approx(5.5, abs=0.01)
    assert np.sqrt(np.mean(samples**2)) > 0.01
    assert loudest_pitch(samples[20_000:100_000]) == pytest.approx(440, rel=0.01)
