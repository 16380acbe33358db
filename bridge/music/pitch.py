"""Spelled pitch: step, alteration and octave; C4 is middle C, MIDI number 60."""

from dataclasses import dataclass

STEPS = "CDEFGAB"
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# Position of each natural on the line of fifths, C = 0.
_LINE_OF_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_STEP_AT = {position: step for step, position in _LINE_OF_FIFTHS.items()}
_ACCIDENTALS = {-3: "bbb", -2: "bb", -1: "b", 0: "", 1: "#", 2: "##", 3: "###"}


@dataclass(frozen=True, slots=True)
class Pitch:
    """A spelled pitch; `alter` is in semitones (sharp 1, flat -1), `octave` is scientific.

    Raises ValueError for an unknown step, more than three accidentals, or an octave
    outside -2 … 10.
    """

    step: str
    alter: int
    octave: int

    def __post_init__(self) -> None:
        if self.step not in _SEMITONES or len(self.step) != 1:
            raise ValueError(f"unknown step {self.step!r}")
        if self.alter not in _ACCIDENTALS:
            raise ValueError(f"alteration {self.alter} is out of range")
        if not -2 <= self.octave <= 10:
            raise ValueError(f"octave {self.octave} is out of range")

    @property
    def midi_number(self) -> int:
        """MIDI note number; C4 = 60. May leave 0 … 127 at the extremes."""
        return 12 * (self.octave + 1) + _SEMITONES[self.step] + self.alter

    @property
    def fifths(self) -> int:
        """Position on the line of fifths: F = -1, C = 0, G = 1, F sharp = 6."""
        return _LINE_OF_FIFTHS[self.step] + 7 * self.alter

    def __str__(self) -> str:
        return f"{self.step}{_ACCIDENTALS[self.alter]}{self.octave}"


def pitch_from_fifths(fifths: int, midi_number: int) -> Pitch:
    """The pitch that sounds `midi_number` and is spelled at `fifths` on the line of fifths.

    Raises ValueError if the spelling does not sound that number.
    """
    alter, rest = divmod(fifths + 1, 7)
    step = _STEP_AT[rest - 1]
    octave, off = divmod(midi_number - _SEMITONES[step] - alter, 12)
    if off:
        raise ValueError(f"spelling {fifths} does not sound {midi_number}")
    return Pitch(step, alter, octave - 1)


def spell(midi_number: int, key_fifths: int = 0, is_minor: bool = False) -> Pitch:
    """Spell a MIDI number as a key of `key_fifths` sharps (flats negative) suggests.

    Twelve neighbours on the line of fifths are used. In major they run from the lowered
    sixth to the raised tonic, in minor from the lowered second to the raised fourth, so
    that leading notes are sharpened: B natural, not C flat, in C minor.
    """
    lowest = key_fifths - (2 if is_minor else 4)
    pitch_class_fifths = 7 * midi_number % 12
    return pitch_from_fifths(lowest + (pitch_class_fifths - lowest) % 12, midi_number)


def transpose(pitch: Pitch, semitones: int, fifths: int) -> Pitch:
    """Move a pitch by `semitones` and by `fifths` along the line of fifths, keeping spelling.

    A result that would need more than two accidentals is respelled enharmonically.
    """
    position = pitch.fifths + fifths
    while position > 19:
        position -= 12
    while position < -15:
        position += 12
    return pitch_from_fifths(position, pitch.midi_number + semitones)
