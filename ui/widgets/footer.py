"""The line at the bottom: hearing takes, and what is being worked on."""

from typing import Any

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QFrame, QProgressBar

from antiphon.ui.model.words import STAGES
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import button, label, row, tool


class Footer(QFrame):
    """Play, loop, metronome; stage, progress, Stop."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("footer")
        self._panel = panel
        say, deeds = panel.say, panel.deeds
        self._play = tool(panel, "play", say("Play or stop"), deeds.play, role="accent")
        self._loop = tool(panel, "loop", say("Play in a loop"), deeds.loop)
        self._click = tool(panel, "metronome", say("Metronome"), deeds.metronome)
        self._loop.setCheckable(True)
        self._click.setCheckable(True)
        self._heard = label("", "small")
        self._stage = label("", "small")
        self._bar = QProgressBar()
        self._bar.setRange(0, 100)
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(panel.px(120), panel.px(4))
        self._bar.setAccessibleName(say("Progress"))
        self._stop = button(say("Stop"), deeds.cancel, "", say("Stop (Esc)"))
        box = row(self._play, self._loop, self._click, self._heard, 1, self._stage, self._bar,
                  self._stop, gap=panel.px(6))  # fmt: skip
        box.setContentsMargins(panel.px(12), panel.px(5), panel.px(12), panel.px(5))
        self.setLayout(box)
        self.setFixedHeight(panel.px(44))
        panel.listen(panel.session.queue.changed, self.refresh)
        panel.listen(panel.session.chosen, self.refresh)
        self._sign = "play"
        self._watch = QTimer(self)
        self._watch.setInterval(40)
        self._watch.timeout.connect(self._moved)
        self.refresh()

    def refresh(self) -> None:
        """Show what the session and the player do now."""
        session, say = self._panel.session, self._panel.say
        job = session.queue.working
        waiting = len(session.queue.waiting)
        for part in (self._bar, self._stop):
            part.setVisible(job is not None)
        text = ""
        if job is not None:
            text = say(STAGES.get(job.stage, "Waiting"))
            if waiting:
                text += say(" · waiting behind it: {count}", count=waiting)
            self._bar.setValue(round(100 * job.fraction))
            self._bar.setAccessibleDescription(text)
        self._stage.setText(text)
        self._loop.setChecked(session.settings.loops)
        self._click.setChecked(session.settings.clicks)
        self._panel.sound.follow_settings()
        card = session.card
        self._heard.setText(session.name_of(card) if card else "")
        self._play.setEnabled(card is not None)

    def play(self) -> None:
        """Hear the chosen take where it stands, or stop."""
        self._panel.sound.toggle()
        self._watch.start()
        self._moved()

    def hear_note(self, note: Any, phrase: Any) -> None:
        """Hear one note of what is shown."""
        self._panel.sound.hear(note, phrase)

    def _moved(self) -> None:
        """Follow the player."""
        sound, panel = self._panel.sound, self._panel
        is_playing = sound.is_playing
        name = "stop" if is_playing else "play"
        if name != self._sign:
            self._sign = name
            self._play.setIcon(panel.icon(name, "accent"))
        panel.deeds.show_playhead(sound.quarters if is_playing else None)
        if not is_playing:
            self._watch.stop()
