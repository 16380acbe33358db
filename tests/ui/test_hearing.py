"""Hearing takes: what is played, from where, and a computer without sound."""

from fractions import Fraction

import numpy as np
import pytest
from ui_window import opened_panel

from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.messages import Task
from antiphon.ui.hearing import Hearing, heard_of
from antiphon.ui.model.takes import near
from antiphon.ui.sound.player import Player


class Card:
    """A sound card that keeps what it is given; a test pulls the frames."""

    def __init__(self, frames) -> None:
        self.frames = frames

    def close(self) -> None:
        pass


@pytest.fixture
def panel(qtbot, rules):
    with opened_panel(qtbot, rules) as made:
        yield made


def ask(panel, task: Task) -> None:
    panel.panel.deeds.task(task.value)
    panel.session.ask()
    panel.wait_takes(2)


def test_an_answer_that_goes_on_is_heard_with_the_measures_before_it(panel):
    ask(panel, Task.CONTINUE)
    card = panel.session.card
    phrase, start = heard_of(card)
    assert start == 0
    assert phrase.length == 6 + card.take.phrase.length
    before = slice_phrase(panel.session.source.phrase, Fraction(18), Fraction(24))
    heard = [(n.onset, n.pitch) for n in phrase.parts[0].notes if n.onset < 6]
    assert heard == [(n.onset, n.pitch) for n in before.parts[0].notes]


def test_chord_symbols_are_heard_with_the_melody(panel):
    ask(panel, Task.HARMONIZE)
    phrase, _start = heard_of(panel.session.card)
    assert len(phrase.parts) == 2
    assert all(part.notes for part in phrase.parts)


def test_the_music_around_an_answer_is_short_and_the_answer_stands_in_it(panel):
    ask(panel, Task.CONTINUE)
    request = panel.session.card.request
    assert [m.number for m in near(request).phrase.measures] == ["7", "8"]


def test_a_take_sounds_and_the_next_one_takes_over_while_it_does(panel):
    cards = []

    def opener(frames, _name):
        cards.append(Card(frames))
        return cards[-1]

    panel.panel.sound = Hearing(panel.panel, lambda: Player(open_stream=opener))
    ask(panel, Task.CONTINUE)
    panel.panel.deeds.play()
    sound = panel.panel.sound
    assert sound.is_playing
    # The first second is rendered in a thread.
    panel.wait(lambda: float(np.abs(cards[0].frames(512)).max()) > 0.01)
    assert sound.quarters >= 0
    panel.panel.deeds.next_take()
    assert sound.is_playing
    panel.panel.deeds.play()
    assert not sound.is_playing


def test_a_computer_without_sound_says_so_and_goes_on(panel):
    def no_card(frames, _name):
        from antiphon.bridge.errors import AntiphonError

        raise AntiphonError("no-sound", why="it has no sound output")

    panel.panel.sound = Hearing(panel.panel, lambda: Player(open_stream=no_card))
    ask(panel, Task.CONTINUE)
    panel.panel.deeds.play()
    assert panel.session.note.code == "no-sound"
    assert panel.panel.deeds.remedy("no-sound")[1] == "page settings"
    ask(panel, Task.CONTINUE)
    assert len(panel.session.cards) == 2
