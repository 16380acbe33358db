"""The bundled SoundFont: where it is, and which of its instruments plays a MIDI program."""

from importlib import resources
from pathlib import Path

# The General MIDI programs (from 0) that the bundled font has; the drum kit is bank 128.
PROGRAMS = (
    0, 4, 6, 11, 13, 16, 19, 21, 24, 25, 27, 29, 32, 33, 38, 40, 42, 46, 48, 52, 56, 57, 60,
    65, 68, 70, 71, 73, 80, 89,
)  # fmt: skip
# What plays instead where the nearest program by number would be of another kind.
_INSTEAD = {
    1: 0, 2: 0, 3: 0, 5: 4, 7: 6, 8: 11, 9: 11, 10: 11, 12: 13, 14: 11, 15: 46, 17: 16, 18: 16,
    20: 21, 22: 21, 23: 21, 26: 27, 28: 27, 30: 29, 31: 24, 34: 33, 35: 33, 36: 33, 37: 33, 39: 38,
    41: 40, 43: 42, 44: 48, 45: 46, 47: 32, 49: 48, 50: 48, 51: 48, 53: 52, 54: 52, 55: 48, 58: 57,
    59: 56, 61: 56, 62: 56, 63: 56, 64: 65, 66: 65, 67: 65, 69: 68, 72: 73, 74: 73, 75: 73, 76: 73,
    77: 73, 78: 73, 79: 73, 81: 80, 82: 80, 83: 80, 84: 80, 85: 52, 86: 80, 87: 38, 88: 89, 90: 89,
    91: 52, 92: 89, 93: 89, 94: 89, 95: 89, 96: 89, 97: 89, 98: 11, 99: 24, 100: 89, 101: 89,
    102: 89, 103: 89, 104: 25, 105: 25, 106: 25, 107: 46, 108: 13, 109: 70, 110: 40, 111: 68,
    112: 11, 113: 13, 114: 13, 115: 13, 116: 13, 117: 13, 118: 13,
}  # fmt: skip
# How much softer (dB) each program plays, so that none drowns the piano.
LEVELS = {
    6: -8, 16: -8, 19: -14, 21: -3, 24: -10, 25: -10, 27: -9, 29: -13, 32: -12, 33: -10, 40: -3,
    42: -1, 46: -2, 48: -8, 52: -8, 56: -9, 57: -12, 60: -8, 65: -8, 68: -4, 70: -4, 71: -8,
    73: -4, 80: -3, 89: -1,
}  # fmt: skip
DRUM_LEVEL = -4


def font_path() -> Path:
    """The file of the bundled SoundFont."""
    return Path(str(resources.files("antiphon.ui.sound") / "fonts" / "antiphon.sf2"))


def nearest_program(program: int) -> int:
    """The program of the bundled font that plays a General MIDI program (0 … 127)."""
    if program in PROGRAMS:
        return program
    return _INSTEAD.get(program, 0)
