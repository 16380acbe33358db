"""The diatonic ladder of a key signature: seven rungs an octave, each a spelled pitch."""

from dataclasses import dataclass

from antiphon.bridge.music.pitch import STEPS, Pitch, pitch_from_fifths, spell

_SEMITONES = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs of a signature of `fifths` sharps (flats negative); rung 0 is C0, rung 35 C5."""

    fifths: int
    alters: tuple[int, ...]

    def position(self, pitch: Pitch) -> tuple[int, int]:
        """The rung of a pitch and its alteration in semitones against the signature.

        A note of the key that is spelled as another one counts as what it sounds.
        """
        rung, alter = self._read(pitch)
        sounding = pitch.midi_number % 12
        foreign = alter and any(self.midi_number(letter) % 12 == sounding for letter in range(7))
        if foreign or abs(alter) > 1:
            return self._read(spell(pitch.midi_number, self.fifths))
        return rung, alter

    def _read(self, pitch: Pitch) -> tuple[int, int]:
        letter = STEPS.index(pitch.step)
        return 7 * pitch.octave + letter, pitch.alter - self.alters[letter]

    def midi_number(self, rung: int) -> int:
        """MIDI number of a rung."""
        octave, letter = divmod(rung, 7)
        return 12 * (octave + 1) + _SEMITONES[letter] + self.alters[letter]

    def pitch(self, rung: int, alter: int = 0) -> Pitch:
        """The spelled pitch of a rung, `alter` semitones away from the signature."""
        octave, letter = divmod(rung, 7)
        return Pitch(STEPS[letter], self.alters[letter] + alter, octave)

    def rungs(self, lowest: int, highest: int) -> range:
        """The rungs that sound within two MIDI numbers, both included."""
        inside = [r for r in range(-8, 78) if lowest <= self.midi_number(r) <= highest]
        return range(inside[0], inside[-1] + 1) if inside else range(0)


def ladder_of(fifths: int) -> Ladder:
    """The ladder of a key signature; raises ValueError beyond fourteen accidentals."""
    alters = [0] * 7
    for position in range(fifths - 1, fifths + 6):
        pitch = pitch_from_fifths(position, 60 + 7 * position % 12)
        alters[STEPS.index(pitch.step)] = pitch.alter
    return Ladder(fifths, tuple(alters))


def tonic_letter(fifths: int) -> int:
    """Letter (0 … 6, C = 0) of the note at a position on the line of fifths."""
    return STEPS.index(pitch_from_fifths(fifths, 60 + 7 * fifths % 12).step)
