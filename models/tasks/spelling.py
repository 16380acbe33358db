"""Spelling a sampled line: as the music before spells, then by where a chromatic note leads."""

from collections.abc import Sequence

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.pitch import Pitch, pitch_from_fifths, spell


def spell_line(
    numbers: Sequence[int], key: KeySignature, is_minor: bool, heard: Sequence[Pitch] = ()
) -> list[Pitch]:
    """Spelled pitches of the MIDI numbers of a line.

    Notes of the scale (raised sixth and seventh in minor) are written as it has them. A
    chromatic note is written as the pitches `heard` before have it, where they agree; else it
    leads by a minor second: up to a higher next note (F sharp before G), down to a lower one
    (B flat before A); else it is the key's usual one.
    """
    found: list[Pitch] = []
    for index in reversed(range(len(numbers))):
        following = found[-1] if found else None
        found.append(_spelled(numbers[index], key, is_minor, heard, following))
    return found[::-1]


def _spelled(
    number: int, key: KeySignature, is_minor: bool, heard: Sequence[Pitch], following: Pitch | None
) -> Pitch:
    plain = spell(number, key.fifths, is_minor)
    scale = KeySignature(key.onset, key.fifths, "minor" if is_minor else key.mode).scale
    if number % 12 in scale:
        return plain
    known = {pitch.fifths for pitch in heard if (pitch.midi_number - number) % 12 == 0}
    if len(known) == 1:
        return pitch_from_fifths(known.pop(), number)
    if following is not None and abs(following.midi_number - number) == 1:
        up = following.midi_number > number
        leading = following.fifths + (5 if up else -5)
        # No double accidentals, and none far from the key.
        if -8 <= leading <= 12 and abs(leading - key.fifths - 2) <= 9:
            return pitch_from_fifths(leading, number)
    return plain
