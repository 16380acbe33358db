"""What an answer must hold: which measures in which meters, and which parts."""

from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Part, Transposition, meter_at
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.messages import Request, Setting, Task, Texture

# Tasks whose answer follows the region; all others fill the region itself.
FOLLOWING = frozenset({Task.CONTINUE, Task.GENERATE})
# Longest region that is answered, in measures.
MAX_MEASURES = 512


@dataclass(frozen=True, slots=True)
class Role:
    """What a new part is: its name, General MIDI program (from 0), kind and staves."""

    name: str
    program: int
    is_drums: bool = False
    staff_count: int = 1


ROLES: dict[str, Role] = {
    "melody": Role("Melody", 0),
    "alto": Role("Alto", 52),
    "tenor": Role("Tenor", 52),
    "bass voice": Role("Bass", 52),
    "piano": Role("Piano", 0, staff_count=2),
    "guitar": Role("Guitar", 24),
    "bass": Role("Bass", 33),
    "drums": Role("Drums", 0, is_drums=True),
}
# What a melody is accompanied by in each style.
STYLE_ROLES: dict[str, tuple[str, ...]] = {
    "folk": ("guitar",),
    "hymn": ("alto", "tenor", "bass voice"),
    "chorale": ("alto", "tenor", "bass voice"),
    "classical": ("piano",),
    "romantic": ("piano",),
    "jazz": ("piano", "bass", "drums"),
    "pop": ("piano", "bass", "drums"),
    "rock": ("guitar", "bass", "drums"),
    "ragtime": ("piano",),
}
_BAND = ("piano", "bass", "drums")
_SATB = ("alto", "tenor", "bass voice")


def new_part(role: str) -> Part:
    """The empty part of a role, under an id of its own that every answer uses."""
    kind = ROLES[role]
    identity = f"antiphon-{role.replace(' ', '-')}"
    return Part(
        identity, kind.name, (), kind.program, kind.is_drums, kind.staff_count, Transposition()
    )


def role_of(part: Part) -> str | None:
    """The role whose part this is, None for a part of the user's own."""
    for role in ROLES:
        if part.id == f"antiphon-{role.replace(' ', '-')}":
            return role
    return None


def own_part(request: Request) -> Part | None:
    """The part that the request is about: the first it names, else the phrase's first.

    None where the phrase has no part. Raises AntiphonError("no-such-part").
    """
    ids, parts = request.region.part_ids, request.phrase.parts
    for part in parts:
        if not ids or part.id == ids[0]:
            return part
    if not ids:
        return None
    names = ", ".join(part.name or part.id for part in parts)
    raise AntiphonError("no-such-part", name=ids[0], parts=names or "none")


def asked_parts(request: Request) -> tuple[Part, ...]:
    """The parts of the answer in order, without notes, each with its instrument.

    `continue`, `fill` and `vary` answer in the selected part; the others in parts of their
    own, or (`into`) in the named one. Harmonizing in chord symbols asks for no part at all.
    Raises AntiphonError("no-such-part").
    """
    return tuple(_empty(part) for part in _wanted(request))


def _wanted(request: Request) -> tuple[Part, ...]:
    task, controls = request.task, request.controls
    own = own_part(request)
    if task in (Task.CONTINUE, Task.FILL, Task.VARY):
        if own is None:
            raise AntiphonError("no-such-part", name="", parts="none")
        return (own,)
    roles = _roles(request)
    if task is Task.GENERATE and own is not None and request.region.part_ids:
        return (own,)
    if controls.into is not None and len(roles) == 1:
        for part in request.phrase.parts:
            if part.id == controls.into:
                return (part,)
        names = ", ".join(part.name or part.id for part in request.phrase.parts)
        raise AntiphonError("no-such-part", name=controls.into, parts=names or "none")
    new = tuple(new_part(role) for role in roles)
    if task is Task.RESTYLE:
        if own is None:
            raise AntiphonError("no-such-part", name="", parts="none")
        return (own, *(part for part in new if part.id != own.id))
    return new


def _roles(request: Request) -> tuple[str, ...]:
    task, controls = request.task, request.controls
    if task is Task.HARMONIZE:
        by_setting = {Setting.CHORDS: (), Setting.SATB: _SATB, Setting.PIANO: ("piano",)}
        return by_setting[controls.setting]
    if task is Task.ACCOMPANY:
        return ("piano",) if controls.texture is Texture.PIANO else ("guitar",)
    if task is Task.ARRANGE:
        return _BAND if has_melody(request) else ("melody", *_BAND)
    if task is Task.RESTYLE:
        return STYLE_ROLES[controls.style or "pop"]
    return {Task.GENERATE: ("melody",), Task.BASS: ("bass",), Task.DRUMS: ("drums",)}[task]


def has_melody(request: Request) -> bool:
    """Whether the request's part has a pitched note in the asked measures."""
    own = own_part(request)
    if own is None or own.is_drums or role_of(own) in _BAND:
        return False
    start = answer_start(request)
    end = start + asked_length(request)
    return any(note.onset < end and note.end > start for note in own.notes if not note.is_grace)


def _empty(part: Part) -> Part:
    return replace(part, notes=())


def asked_measures(request: Request) -> tuple[Measure, ...]:
    """The measures the answer must fill; onset 0 is `answer_start`.

    An answer that follows the region begins at its end: measures that stand in the request's
    phrase there are its frame (an editor sends them empty), and past them the meter in force,
    or the asked one, goes on. Where the selection ends inside a measure, the first one is what
    is left of it. Every other answer fills the region's own measures, cut at its edges.
    Numbers count on from the last measure before the answer.
    Raises AntiphonError("too-large") for a region of more than 512 measures and
    "empty-selection" for one without length.
    """
    start = answer_start(request)
    follows = request.task in FOLLOWING
    stop = None if follows else max(start, request.region.end - request.phrase_start)
    if stop is not None and stop <= start:
        raise AntiphonError("empty-selection")
    found: list[Measure] = []
    number = 0
    for place, measure in enumerate(request.phrase.measures):
        if measure.end <= start or measure.duration == 0:
            number = _printed_number(measure.number, place)
            continue
        if (stop is None and len(found) == request.controls.measures) or (
            stop is not None and measure.onset >= stop
        ):
            break
        onset, end = max(measure.onset, start), measure.end if stop is None else stop
        number = _printed_number(measure.number, number + 1)
        found.append(Measure(onset - start, min(measure.end, end) - onset, str(number)))
    return _completed(request, found, number, None if stop is None else stop - start)


def _completed(
    request: Request, found: list[Measure], number: int, stop: Fraction | None
) -> tuple[Measure, ...]:
    """The measures with those that the phrase lacks, in the meter that goes on."""
    end = found[-1].end if found else Fraction(0)
    length = _meter(request, answer_start(request) + end).measure_duration
    while end < stop if stop is not None else len(found) < request.controls.measures:
        number += 1
        last = length if stop is None else min(length, stop - end)
        found.append(Measure(end, last, str(number)))
        end += last
        if len(found) > MAX_MEASURES:
            break
    if len(found) > MAX_MEASURES:
        why = f"over {MAX_MEASURES} measures"
        raise AntiphonError("too-large", what="The selection", why=why)
    return tuple(found)


def answer_start(request: Request) -> Fraction:
    """Where the answer begins, in quarters of the request's phrase."""
    region = request.region
    edge = region.end if request.task in FOLLOWING else region.start
    return max(Fraction(0), edge - request.phrase_start)


def asked_length(request: Request) -> Fraction:
    """Length of the answer in quarters."""
    return asked_measures(request)[-1].end


def asked_meters(request: Request) -> tuple[TimeSignature, ...]:
    """Time signatures of the answer: the one in force at its start, then changes in it."""
    start = answer_start(request)
    end = start + asked_length(request)
    first = replace(_meter(request, start), onset=Fraction(0))
    later = [m for m in request.phrase.time_signatures if start < m.onset < end]
    return (first, *(replace(m, onset=m.onset - start) for m in later))


def _meter(request: Request, onset: Fraction) -> TimeSignature:
    """The meter in force, or the one asked for where music is made from nothing."""
    asked = request.controls.meter
    if asked is not None and request.task is Task.GENERATE and not request.phrase.measures:
        return replace(asked, onset=Fraction(0))
    return meter_at(request.phrase, onset)


def _printed_number(text: str, otherwise: int) -> int:
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    return int(digits) if 0 < len(digits) < 7 else otherwise
