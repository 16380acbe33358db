"""An Ardour with Antiphon in it, a song that is open, and a service that answers."""

import json
from pathlib import Path

from ardour_song import QUARTER, Song, new_session
from real_ardour import Ardour, Desktop, wait_for
from services import RunningService

from antiphon.bridge.editors import ardour as installer
from antiphon.bridge.protocol.codec import loads
from antiphon.bridge.protocol.messages import Take


class Stage:
    """One Ardour with Antiphon in it, a song, and a service that answers by rules."""

    def __init__(self, folder: Path, desktop: Desktop) -> None:
        self.home = folder / "antiphon"
        self.desktop = desktop
        self.ardour = Ardour(folder / "home", desktop)
        self.song = Song(self.ardour, new_session(folder / "Song", folder / "home"))
        self.before = self.settings()
        (found,) = installer.find(self.ardour.config)
        installer.install(found, self.home / "run" / "service.json")
        self.service: RunningService | None = None
        self.contexts: list = []

    def settings(self) -> dict[str, bytes]:
        """The files of Ardour's folder of settings."""
        root = self.ardour.config
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def serve(self, context) -> RunningService:
        """Have a service answer instead of the one before."""
        self.silence()
        self.service = context.__enter__()
        self.contexts = [context]
        self.service.wait_until_ready()
        return self.service

    def silence(self) -> None:
        """End the service."""
        for context in self.contexts:
            context.__exit__(None, None, None)
        self.contexts, self.service = [], None

    def press(self, key: str) -> None:
        self.ardour.press(key)

    def last_take(self, number: int) -> Take:
        """What the service's journal holds of the answer that was written last."""
        state = self.ardour.config / "antiphon" / "state"
        (last,) = state.glob("last-*")
        status, reply = self.service.post("request", {"id": last.read_text()})
        assert status == 200, reply
        takes = [read_json(Take, take) for take in reply["takes"]]
        return next(take for take in takes if take.number == number)

    def dialog(self) -> str:
        """Wait for a dialog of Antiphon's, and close it."""
        (window, *_) = wait_for("a dialog", self.ardour.dialogs, 20)
        self.desktop.do("windowfocus", "--sync", window)
        self.desktop.do("key", "Return")
        wait_for("the dialog's end", lambda: not self.ardour.dialogs(), 10)
        return window


def read_json(kind: type, value: object):
    """A value of the protocol from its JSON."""
    return loads(kind, json.dumps(value).encode())


def notes_of(take: Take, part: int = 0) -> list[tuple[int, int, int]]:
    """Onset, length (ticks of 1920 a quarter) and pitch of a part's notes."""
    found = take.phrase.parts[part].notes
    return sorted(
        (int(n.onset * QUARTER), int(n.duration * QUARTER), n.pitch.midi_number) for n in found
    )
