"""Hearing takes where they stand: the music before them, the take, a loop, a metronome."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from PyQt6.QtWidgets import QFrame

from antiphon.bridge.errors import FAULTS, AntiphonError
from antiphon.bridge.music.merge import block_chords
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.asked import FOLLOWING
from antiphon.ui.drawing.shown import ShownNote, shown_of
from antiphon.ui.language import Say
from antiphon.ui.model.takes import Card, near
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, column, framed, label, row
from antiphon.ui.widgets.knobs import QuietCombo

_LEAD = 2  # measures that are heard before an answer that goes on
_TEST = ("C", "E", "G", "C")


class Hearing:
    """Plays the chosen take; the player is made when it is first needed.

    `player` makes one; tests give one that plays into memory.
    """

    def __init__(self, panel: Panel, player: Callable[[], Any] | None = None) -> None:
        self._panel = panel
        self._make = player
        self._player: Any = None
        self._from = Fraction(0)
        self._heard: tuple[str, int] | None = None
        panel.session.chosen.listen(self._switch)

    @property
    def player(self) -> Any:
        """The player; its synthesizer takes a moment to load."""
        if self._player is None:
            if self._make is None:
                from antiphon.ui.sound.player import Player  # noqa: PLC0415  # numpy, 100 ms

                self._make = Player
            self._player = self._make()
        return self._player

    @property
    def is_playing(self) -> bool:
        """Whether music plays."""
        return self._player is not None and self._player.is_playing

    @property
    def quarters(self) -> float | None:
        """Where the music is, in quarters of what the chosen take's views show."""
        place = self._player.quarters if self._player is not None else None
        return None if place is None else float(self._from) + place

    def toggle(self) -> None:
        """Play the chosen take from a little before it, or stop."""
        card = self._panel.session.card
        if self.is_playing:
            self._player.stop()
        elif card is not None:
            self._play(card)

    def stop(self) -> None:
        """Stop, and let the device go."""
        if self._player is not None:
            self._player.close()

    def follow_settings(self) -> None:
        """Loop and tick as the settings say."""
        settings, card = self._panel.session.settings, self._panel.session.card
        if self._player is None or card is None:
            return
        self._player.set_metronome(settings.clicks)
        length = float(heard_of(card)[0].length)
        self._player.set_loop((0.0, length) if settings.loops else None)

    def hear(self, note: ShownNote, phrase: Phrase) -> None:
        """Hear one note of what is shown; that there is no sound is told once."""
        if self.player.problem:
            return
        if not self.player.hear(note.note, phrase.parts[note.part]):
            self._say_problem()

    def test(self) -> None:
        """Play four notes."""
        pitches = [Pitch(step, 0, 5 if place == 3 else 4) for place, step in enumerate(_TEST)]
        notes = tuple(
            Note(Fraction(place), Fraction(1), pitch, tie=Tie.NONE)
            for place, pitch in enumerate(pitches)
        )
        self._heard = None
        if not self.player.play(Phrase((Part("test", "", notes),), (), Fraction(4))):
            self._say_problem()

    def _play(self, card: Card) -> None:
        self.player.set_loop(None)
        phrase, self._from = heard_of(card)
        self._heard = card.key
        self.follow_settings()
        if not self._player.play(phrase):
            self._say_problem()

    def _switch(self) -> None:
        """While a take sounds, another that is chosen goes on at the next beat."""
        card = self._panel.session.card
        if not self.is_playing or card is None or card.key == self._heard:
            return
        if self._heard is not None and self._heard[0] == card.key[0]:
            phrase, self._from = heard_of(card)
            self._heard = card.key
            self._player.switch(phrase)
        else:
            self._player.stop()

    def _say_problem(self) -> None:
        sentence, remedy = self._player.problem, self._player.remedy
        code = "no-synth" if sentence[:20] == FAULTS["no-synth"].sentence[:20] else "no-sound"
        self._panel.session.tell(AntiphonError.from_words(code, sentence, remedy))

    # --- in the settings ------------------------------------------------------------------

    def state_words(self, say: Say) -> str:
        """What can be heard here, in a sentence."""
        names = [output.name for output in self.player.outputs()]
        if not names:
            return say("This computer has no sound output now; everything else works.")
        return say("Found: {names}", names=say(", ").join(names))

    def settings_card(self, panel: Panel) -> QFrame:
        """Where sound goes, as a card of the settings."""
        say = panel.say
        box = QuietCombo()
        box.setAccessibleName(say("Sound goes to"))
        box.addItem(say("The usual output"))
        found = self.player.outputs()
        for output in found:
            kind = say("MIDI port") if output.kind == "port" else say("Sound card")
            box.addItem(f"{kind}: {output.name}")
        names = [output.name for output in found]
        chosen = panel.session.settings.output
        box.setCurrentIndex(names.index(chosen) + 1 if chosen in names else 0)

        def choose(place: int) -> None:
            panel.session.change(output=found[place - 1].name if place else "")
            if place and not self.player.choose(found[place - 1]):
                self._say_problem()

        box.activated.connect(choose)
        line = row(box, button(say("Play four notes"), self.test), gap=panel.px(8))
        line.setStretch(0, 1)
        state = label(self.state_words(say), "small", wraps=True)
        heading = label(say("Sound"), "heading")
        return framed(column(heading, line, state, gap=panel.px(8), margins=panel.px(14)), "card")


def heard_of(card: Card) -> tuple[Phrase, Fraction]:
    """What is heard of a take, and where it begins in what its views show, in quarters."""
    shown = shown_of(near(card.request), card.take)
    whole, start = shown.phrase, shown.start
    if card.request.task in FOLLOWING:
        before = [m.onset for m in whole.measures if m.onset < start][-_LEAD:]
        start = before[0] if before else start
    if card.take.phrase.chords and not card.take.phrase.parts:
        chords = block_chords(card.take.phrase)
        moved = tuple(replace(n, onset=n.onset + shown.start) for n in chords.notes)
        whole = replace(whole, parts=(*whole.parts, replace(chords, notes=moved)))
    return slice_phrase(whole, start, shown.end), start
