"""The theory engine's one entry: an answer by rules to any request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.protocol.asked import asked_parts, role_of
from antiphon.bridge.protocol.messages import Request, Setting, Task, Texture
from antiphon.models.theory.band import band
from antiphon.models.theory.bass_line import bass_line
from antiphon.models.theory.chord_choice import chords_for
from antiphon.models.theory.chord_kinds import Taste
from antiphon.models.theory.closing import home_at_rest, rested
from antiphon.models.theory.continuation import continue_by_rules
from antiphon.models.theory.contradictions import refuse_contradictions
from antiphon.models.theory.drum_patterns import drum_part
from antiphon.models.theory.filling import filled
from antiphon.models.theory.generation import melody_over
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.guitar_texture import guitar_part
from antiphon.models.theory.held import Held
from antiphon.models.theory.piano_texture import piano_part
from antiphon.models.theory.restyling import restyled
from antiphon.models.theory.satb import lower_voices
from antiphon.models.theory.settle import settled
from antiphon.models.theory.variation import standing, variation

Draft = tuple[Mapping[str, Sequence[Note]], Sequence[Held]]


def answer_by_rules(request: Request, number: int) -> Phrase:
    """Take `number` of a request, made by rules: an answer to every task.

    Every hard control is kept by construction; the answer depends on the music, the controls,
    the seed and the number alone. Raises AntiphonError where no answer can exist: "bad-control"
    for controls that contradict each other, "no-melody" where there is nothing to harmonize,
    vary or restyle, "no-such-part", "empty-selection", "too-large".
    """
    refuse_contradictions(request)
    if request.task is Task.CONTINUE:
        return continue_by_rules(request, number)
    ground = ground_of(request, number)
    drafts, chords = _WRITERS[request.task](ground)
    return settled(ground, drafts, chords)


def _taste(ground: Ground) -> Taste:
    return Taste(ground.style, ground.adventure, ground.valence)


def _into(ground: Ground, notes: Sequence[Note]) -> dict[str, Sequence[Note]]:
    """The notes in the answer's only part."""
    return {asked_parts(ground.request)[0].id: notes}


def _bass(ground: Ground) -> Draft:
    chords = home_at_rest(ground, chords_for(ground, _taste(ground)))
    return _into(ground, rested(ground, bass_line(ground, chords))), chords


def _drums(ground: Ground) -> Draft:
    return _into(ground, drum_part(ground)), ()


def _accompany(ground: Ground) -> Draft:
    chords = home_at_rest(ground, chords_for(ground, _taste(ground)))
    is_piano = ground.request.controls.texture is Texture.PIANO
    notes = piano_part(ground, chords) if is_piano else guitar_part(ground, chords)
    return _into(ground, rested(ground, notes)), chords


def _harmonize(ground: Ground) -> Draft:
    if not ground.melody:
        raise AntiphonError("no-melody", what="harmonize")
    setting = ground.request.controls.setting
    if setting is Setting.SATB:
        density = ground.request.controls.density
        unit = "beat" if density is None or density >= 1 else "half"
        chords = chords_for(ground, _taste(ground), unit)
        parts = asked_parts(ground.request)
        voices = lower_voices(ground, chords)
        return {part.id: notes for part, notes in zip(parts, voices, strict=True)}, chords
    if setting is Setting.CHORDS:
        return {}, chords_for(ground, _taste(ground), _chord_rhythm(ground))
    chords = chords_for(ground, _taste(ground))
    return _into(ground, piano_part(ground, chords)), chords


def _chord_rhythm(ground: Ground) -> str:
    """How often chords may change: twice a measure, or as the asked density says."""
    density = ground.request.controls.density
    if density is None:
        return "half"
    return "measure" if density <= 0.3 else "half" if density < 0.9 else "beat"


def _arrange(ground: Ground) -> Draft:
    chords = home_at_rest(ground, chords_for(ground, _taste(ground)))
    roles = {role_of(part): part.id for part in asked_parts(ground.request)}
    drafts: dict[str, Sequence[Note]] = {}
    if "melody" in roles:
        melody = tuple(melody_over(ground, chords))
        drafts[roles["melody"]] = melody
        ground = replace(ground, melody=melody)
    return drafts | band(ground, chords, roles), chords


def _generate(ground: Ground) -> Draft:
    chords = chords_for(ground, _taste(ground), "measure" if ground.style != "jazz" else "half")
    part = asked_parts(ground.request)[0]
    if part.is_drums:
        return {part.id: drum_part(ground)}, chords
    return {part.id: melody_over(ground, chords)}, chords


def _fill(ground: Ground) -> Draft:
    # What stands in the gap is not heard: it is what gets replaced.
    gap = replace(ground, melody=())
    chords = chords_for(gap, _taste(gap))
    return _into(ground, filled(gap, chords)), _said(chords)


def _vary(ground: Ground) -> Draft:
    if not standing(ground):
        raise AntiphonError("no-melody", what="vary")
    chords = chords_for(ground, _taste(ground))
    return _into(ground, variation(ground, chords)), _said(chords)


def _said(chords: Sequence[Held]) -> Sequence[Held]:
    """The chords that a line answer tells: given ones alone, the others only guided it."""
    return [held for held in chords if held.is_given]


_WRITERS: dict[Task, Callable[[Ground], Draft]] = {
    Task.HARMONIZE: _harmonize,
    Task.BASS: _bass,
    Task.DRUMS: _drums,
    Task.ACCOMPANY: _accompany,
    Task.ARRANGE: _arrange,
    Task.FILL: _fill,
    Task.VARY: _vary,
    Task.GENERATE: _generate,
    Task.RESTYLE: restyled,
}
