"""A melody in another style: rhythm, harmony and accompaniment take the style, the tune stays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note
from antiphon.bridge.protocol.asked import asked_parts, role_of
from antiphon.models.theory.band import band
from antiphon.models.theory.chord_choice import chords_for
from antiphon.models.theory.chord_kinds import Taste
from antiphon.models.theory.feel import in_style
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.held import Held
from antiphon.models.theory.satb import lower_voices

_VOICES = ("alto", "tenor", "bass voice")


def restyled(ground: Ground) -> tuple[Mapping[str, Sequence[Note]], Sequence[Held]]:
    """The drafts of a restyled passage by part id, and its chords.

    The melody keeps its pitches in their order; `degree` says how far rhythm and harmony go.
    Raises AntiphonError("no-melody") where there is no melody to restyle.
    """
    if not ground.melody:
        raise AntiphonError("no-melody", what="restyle")
    degree = ground.request.controls.degree
    taste = Taste(ground.style, ground.adventure * (0.5 + degree), ground.valence)
    unit = "beat" if ground.style in ("hymn", "chorale") else "half"
    chords = chords_for(ground, taste, unit)
    melody = in_style(ground, ground.melody, degree)
    styled = replace(ground, melody=tuple(melody))
    parts = asked_parts(ground.request)
    drafts: dict[str, Sequence[Note]] = {parts[0].id: melody}
    roles = {role_of(part): part.id for part in parts[1:]}
    if any(role in roles for role in _VOICES):
        voices = lower_voices(styled, chords)
        drafts |= {
            roles[role]: notes
            for role, notes in zip(_VOICES, voices, strict=True)
            if role in roles
        }  # fmt: skip
    drafts |= band(styled, chords, roles)
    return drafts, chords
