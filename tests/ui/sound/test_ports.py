import time

import pytest
from sounds import part, phrase

from antiphon.ui.sound.events import beats, length_seconds, soundings
from antiphon.ui.sound.ports import PortDeck

FAST = 120.0
LOW = phrase(part([60] * 8, program=40, duration="1/2"), length=4, tempo=FAST)
HIGH = phrase(part([72] * 8, program=40, duration="1/2"), length=4, tempo=FAST)


class Recorder:
    """A MIDI port that keeps what is sent: a test machine has no sequencer."""

    def __init__(self):
        self.sent = []
        self.is_closed = False

    def send_message(self, message):
        self.sent.append((time.monotonic(), list(message)))

    def close_port(self):
        self.is_closed = True

    def notes(self, kind=0x90):
        return [m[1] for _, m in self.sent if m[0] & 0xF0 == kind]


@pytest.fixture
def port():
    return Recorder()


@pytest.fixture
def deck(port):
    deck = PortDeck(port)
    yield deck
    deck.close()


def play(deck, music, **options):
    deck.play(soundings(music), beats(music), length_seconds(music), **options)


def wait_for_the_end(deck):
    end = time.monotonic() + 10
    while deck.is_playing:
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(0.05)


def test_every_note_begins_once_and_ends_and_the_program_comes_first(deck, port):
    play(deck, LOW)
    wait_for_the_end(deck)
    assert port.notes() == [60] * 8
    assert port.sent[0][1] == [0xC0, 40]
    assert len(port.notes(0x80)) == 8


def test_another_take_follows_on_the_beat(deck, port):
    play(deck, LOW)
    time.sleep(0.3)
    assert deck.switch(soundings(HIGH)) in {0.5, 1.0, 1.5}
    wait_for_the_end(deck)
    notes = port.notes()
    assert notes == sorted(notes)
    assert notes[0] == 60
    assert notes[-1] == 72
    assert len(notes) == 8


def test_a_loop_goes_on_until_it_is_stopped_and_leaves_no_note_hanging(deck, port):
    play(deck, LOW, loop=(0.0, 0.25))
    time.sleep(0.9)
    assert len(port.notes()) >= 3
    deck.stop()
    assert not deck.is_playing
    ended, begun = len(port.notes(0x80)), len(port.notes())
    assert ended >= begun
    time.sleep(0.2)
    assert len(port.notes()) == begun


def test_the_metronome_ticks_on_the_drum_channel(deck, port):
    deck.metronome = True
    play(deck, LOW)
    wait_for_the_end(deck)
    ticks = [m[1] for _, m in port.sent if m[0] == 0x99]
    assert ticks == [76, 77, 77, 77]


def test_closing_lets_the_port_go(port):
    deck = PortDeck(port)
    play(deck, LOW)
    deck.close()
    assert port.is_closed
    assert len(port.notes(0x80)) >= len(port.notes())
