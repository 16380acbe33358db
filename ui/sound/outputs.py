"""Where sound goes: sound cards by PortAudio, MIDI ports by RtMidi; each may be missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.sound.synth import RATE, Samples

_NO_DRIVER = "no sound driver could be loaded"


@dataclass(frozen=True, slots=True)
class Output:
    """One place to play to: kind "card" or "port", its name, and whether it is the usual one."""

    kind: str
    name: str
    is_usual: bool = False


class Stream(Protocol):
    """A sound card that asks for frames until it is closed."""

    def close(self) -> None:
        """Stops asking."""


def outputs() -> tuple[Output, ...]:
    """All sound cards and MIDI ports of this computer, the usual card first; maybe none."""
    return (*_cards(), *(Output("port", name) for name in port_names()))


def _cards() -> list[Output]:
    try:
        import sounddevice  # noqa: PLC0415  # loads PortAudio, which may be missing
    except (ImportError, OSError):
        return []
    try:
        devices = list(sounddevice.query_devices())
        usual = sounddevice.default.device[1]
    except sounddevice.PortAudioError:
        return []
    found = [
        Output("card", device["name"], place == usual)
        for place, device in enumerate(devices)
        if device["max_output_channels"] >= 2
    ]
    return sorted(found, key=lambda output: not output.is_usual)


def port_names() -> tuple[str, ...]:
    """The MIDI outputs of this computer; none where it has no MIDI at all."""
    try:
        import rtmidi  # noqa: PLC0415  # may be missing

        sender = rtmidi.MidiOut()
        names = tuple(sender.get_ports())
        sender.delete()
    except Exception:  # RtMidi raises a class of its own that hides the builtin one
        return ()
    return names


def open_card(frames: Callable[[int], Samples], name: str = "", rate: int = RATE) -> Stream:
    """Opens a sound card (the usual one without a name), which asks `frames` from then on.

    Raises AntiphonError("no-sound") with the reason.
    """
    try:
        import sounddevice  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise AntiphonError("no-sound", why=_NO_DRIVER) from error

    def filled(out: Any, count: int, _time: object, _status: object) -> None:
        out[:] = frames(count)

    if not _cards():
        raise AntiphonError("no-sound", why="it has no sound output")
    opened: Any
    try:
        opened = sounddevice.OutputStream(
            samplerate=rate, channels=2, dtype="float32", latency="low", callback=filled,
            device=name or None,
        )  # fmt: skip
        opened.start()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise AntiphonError("no-sound", why=_reason(error)) from error
    stream: Stream = opened
    return stream


def _reason(error: Exception) -> str:
    text = str(error.args[0] if error.args else error).strip().rstrip(".")
    return f"its sound output cannot be opened ({text[:80]})"
