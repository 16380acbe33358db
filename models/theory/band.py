"""The parts that accompany, made together so that they fit each other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from antiphon.bridge.music.phrase import Note
from antiphon.models.theory.bass_line import bass_line
from antiphon.models.theory.closing import rested
from antiphon.models.theory.drum_patterns import KICK, drum_part
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.guitar_texture import guitar_part
from antiphon.models.theory.held import Held
from antiphon.models.theory.piano_texture import piano_part


def band(
    ground: Ground, chords: Sequence[Held], roles: Mapping[str | None, str]
) -> dict[str, Sequence[Note]]:
    """What each role plays under the ground's melody, by part id.

    The bass strikes with the bass drum, and the piano leaves the bass to the bass.
    """
    drafts: dict[str, Sequence[Note]] = {}
    if "drums" in roles:
        strokes = drum_part(ground)
        drafts[roles["drums"]] = strokes
        if not ground.kicks:
            kicks = {n.onset for n in strokes if n.pitch.midi_number == KICK}
            ground = replace(ground, kicks=tuple(sorted(kicks)))
    if "bass" in roles:
        drafts[roles["bass"]] = rested(ground, bass_line(ground, chords))
    if "piano" in roles:
        drafts[roles["piano"]] = rested(
            ground, piano_part(ground, chords, with_bass="bass" in roles)
        )
    if "guitar" in roles:
        drafts[roles["guitar"]] = rested(ground, guitar_part(ground, chords))
    return drafts
