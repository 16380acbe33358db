"""A request for drums made ready: measures on the grid, what stands, what may be hit where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.phrase import Part, meter_at
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.asked import asked_measures, asked_parts, own_part
from antiphon.bridge.protocol.messages import Keep, Request, Task
from antiphon.models.encoding.drum_features import (
    MAX_BARS,
    STYLE_OF,
    STYLES,
    UNKNOWN,
    UNKNOWN_PERIOD,
    Company,
    Wishes,
    company_of,
    heard_rows,
    tempo_bucket,
)
from antiphon.models.encoding.drum_grid import (
    KICK,
    SNARE,
    STRAIGHT,
    TERNARY,
    Bar,
    Stroke,
    bars_of,
    fit_of,
    settled,
    spelled_drums,
    strokes_of,
)
from antiphon.models.encoding.grid import is_on_grid
from antiphon.models.tasks.drums_beat import basic_beat
from antiphon.models.theory.context import between
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.locks import fixed_notes, locked_spans

Cells = NDArray[np.bool_]
MAX_SLOTS = 192
_AFTER = 2
# A part with no more different velocities than this has no dynamics.
_FLAT = 2
_SWING_STYLES = ("jazz",)
# Slots with a hit a quarter that are usual in a style, for a groove from nothing.
_USUAL = {"rock": 2.5, "pop": 2.3, "jazz": 2.0, "folk": 2.0, "ragtime": 2.6, "hymn": 1.5}
_USUAL_ELSE = 1.3
# Shares of measures that end a group of four, of eight, or the answer and get a fill.
_FILL_FOUR, _FILL_EIGHT, _FILL_LAST = 0.4, 0.8, 0.6
_CALM_STYLES = ("hymn", "chorale", "classical", "romantic")


@dataclass(frozen=True, slots=True, eq=False)
class DrumPlan:
    """What a drummer is told; lists run over the timeline: measures before, asked, after.

    `first` and `count` say which measures are asked. `given` holds what stands in every
    measure, `free` the cells (slots, 9) that the model may decide, `must` the slots that have
    to be hit. `density` is wanted onsets a quarter, `pitches` what each drum is written with.
    """

    request: Request
    ground: Ground
    part: Part
    measures: tuple[Measure, ...]
    given: tuple[Bar, ...]
    free: tuple[Cells, ...]
    must: tuple[NDArray[np.bool_], ...]
    heard: tuple[NDArray[np.int64], ...]
    wishes: tuple[Wishes, ...]
    first: int
    count: int
    style: int
    tempo: int
    density: float | None
    pitches: tuple[int, ...]
    is_played: bool
    has_dynamics: bool

    @property
    def asked(self) -> range:
        """The places of the asked measures in the timeline."""
        return range(self.first, self.first + self.count)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The timeline of a request: its measures and meters, and where the asked ones begin."""

    request: Request
    ground: Ground
    part: Part
    timeline: tuple[Measure, ...]
    meters: tuple[TimeSignature, ...]
    first: int

    @property
    def asked(self) -> range:
        """The places of the asked measures."""
        return range(self.first, self.first + len(self.ground.bars))


def plan_drums(
    request: Request, number: int, random: np.random.Generator, *, may_swing: bool = True
) -> DrumPlan:
    """Prepare take `number` of a request whose answer holds a drum part.

    Without `may_swing` the answer never counts in triplets.

    Raises what `asked_measures` and `asked_parts` raise, "no-such-part" where the answer has no
    drum part, and "too-large" for a measure that no drummer counts.
    """
    ground = ground_of(request, number)
    part = next((p for p in asked_parts(request) if p.is_drums), None)
    if part is None:
        raise AntiphonError("no-such-part", name="Drums", parts="none")
    frame = _frame(request, ground, part)
    standing = _standing(request, part)
    own = standing.notes if standing else ()
    strokes, fit = settled(strokes_of(own))
    around = [stroke for stroke in strokes if not _is_asked(stroke.onset, ground)]
    others = [other for other in request.phrase.parts if other.id != part.id]
    company = company_of(others, _melody_id(request))
    is_ternary = may_swing and _is_ternary(frame, fit if around else None, company)
    given = _given(frame, strokes, is_ternary=is_ternary)
    density = _density(request, around, frame.timeline, swing=float(random.random()))
    free, must = _freedom(frame, given, random)
    if not around:
        _begin(frame, density, (given[frame.first], free[frame.first]), random)
    return DrumPlan(
        request=request,
        ground=ground,
        part=part,
        measures=frame.timeline,
        given=tuple(given),
        free=tuple(free),
        must=tuple(must),
        heard=tuple(_heard(frame, given, company)),
        wishes=tuple(_wishes(frame, given, density, random)),
        first=frame.first,
        count=len(ground.bars),
        style=_style(request, has_context=bool(around)),
        tempo=_tempo(request, ground.start),
        density=density,
        pitches=spelled_drums(own),
        is_played=_is_played(request, company, around),
        has_dynamics=len({stroke.velocity for stroke in around}) > _FLAT,
    )


def _standing(request: Request, part: Part) -> Part | None:
    """The drum part that is heard around the answer: its own, else the first with notes."""
    parts = [p for p in request.phrase.parts if p.is_drums]
    own = [p for p in parts if p.id == part.id]
    return next((p for p in own + parts if p.notes), None)


def _frame(request: Request, ground: Ground, part: Part) -> _Frame:
    """Up to eight measures before, the asked ones, up to two after, in quarters of the phrase."""
    start, end = ground.start, ground.start + ground.length
    standing = [m for m in request.phrase.measures if m.duration > 0]
    before = [m for m in standing if m.end <= start][-MAX_BARS:]
    after = [m for m in standing if m.onset >= end][:_AFTER]
    numbers = [measure.number for measure in asked_measures(request)]
    asked = [
        Measure(start + bar.onset, bar.duration, number)
        for bar, number in zip(ground.bars, numbers, strict=True)
    ]
    meters = [
        *(meter_at(request.phrase, m.onset) for m in before),
        *(bar.meter for bar in ground.bars),
        *(meter_at(request.phrase, m.onset) for m in after),
    ]
    plain = tuple(replace(meter, onset=Fraction(0)) for meter in meters)
    return _Frame(request, ground, part, (*before, *asked, *after), plain, len(before))


def _is_asked(onset: Fraction, ground: Ground) -> bool:
    return ground.start <= onset < ground.start + ground.length


def _melody_id(request: Request) -> str | None:
    own = own_part(request)
    return own.id if own is not None and not own.is_drums else None


def _may_be_ternary(meter: TimeSignature) -> bool:
    return meter.beat_duration == Fraction(4, meter.beat_type) and meter.beat_type <= 4


def _is_ternary(frame: _Frame, around: int | None, company: Company) -> bool:
    """Whether the answer counts in triplets: as the drums around it, the other parts, the style."""
    controls, ground = frame.request.controls, frame.ground
    if not controls.tuplets:
        return False
    if controls.rhythm:
        return fit_of([float(slot.onset % 1) for slot in controls.rhythm])[0] == TERNARY
    if around is not None:
        return around == TERNARY
    notes = [
        note
        for group in (company.melody, company.bass, company.other)
        for note in between(
            Part("", "", group or ()), ground.start, ground.start + ground.length
        ).notes
    ]
    places = [float(note.onset % 1) for note in notes if note.onset % 1]
    if places:
        return fit_of(places)[0] == TERNARY
    return controls.style in _SWING_STYLES


def _given(frame: _Frame, strokes: Sequence[Stroke], *, is_ternary: bool) -> list[Bar]:
    """What stands: the drums around the answer and, inside it, locked notes and measures."""
    found = []
    start = frame.ground.start
    fixed = [replace(n, onset=n.onset + start) for n in fixed_notes(frame.request, frame.part)]
    pairs = zip(frame.timeline, frame.meters, strict=True)
    for index, (measure, meter) in enumerate(pairs):
        grid = TERNARY if is_ternary and _may_be_ternary(meter) else STRAIGHT
        if index in frame.asked:
            inside = strokes_of(n for n in fixed if measure.onset <= n.onset < measure.end)
            bar = bars_of(inside, [measure], [meter], grid, is_strict=True)[0]
            offset = frame.ground.bars[index - frame.first].offset
        else:
            near = [s for s in strokes if measure.onset <= s.onset < measure.end]
            bar = bars_of(near, [measure], [meter], grid)[0]
            offset = bar.offset if index == 0 else Fraction(0)
        found.append(replace(bar, offset=offset))
    return found


def _heard(frame: _Frame, bars: Sequence[Bar], company: Company) -> list[NDArray[np.int64]]:
    """What the other parts begin where; a part that rests throughout the answer is unknown."""
    rows = heard_rows(bars, frame.timeline, company)
    for column in range(3):
        if not any((rows[index][:, column] == 1).any() for index in frame.asked):
            for index in frame.asked:
                rows[index][:, column] = UNKNOWN
    return rows


def _freedom(
    frame: _Frame, given: Sequence[Bar], random: np.random.Generator
) -> tuple[list[Cells], list[NDArray[np.bool_]]]:
    """Cells that are to be decided, and slots that have to be hit; both empty around the answer."""
    request = frame.request
    free = [np.zeros_like(bar.hits) for bar in given]
    must = [np.zeros(bar.slots, np.bool_) for bar in given]
    locked = {start for start, _ in locked_spans(request)}
    rhythm = request.controls.rhythm
    for index, bar in zip(frame.asked, frame.ground.bars, strict=True):
        if bar.onset in locked:
            continue
        free[index] = ~given[index].hits
        if rhythm:
            places = [slot.onset - bar.onset for slot in rhythm]
            wanted = _slots([p for p in places if 0 <= p < bar.duration], given[index])
            free[index] &= wanted[:, None]
            must[index] = wanted
        if request.task is Task.VARY:
            own = _own_bar(frame, index, given[index])
            _vary(request, own, (given[index], free[index], must[index]), random)
    return free, must


def _slots(places: Sequence[Fraction], bar: Bar) -> NDArray[np.bool_]:
    found = np.zeros(bar.slots, np.bool_)
    for place in places:
        found[min(bar.slots - 1, round(place * bar.per_quarter))] = True
    return found


def _own_bar(frame: _Frame, index: int, like: Bar) -> Bar:
    """What the drum part has in an asked measure now."""
    measure, part = frame.timeline[index], frame.part
    own = next((p for p in frame.request.phrase.parts if p.id == part.id), part)
    strokes = strokes_of(between(own, measure.onset, measure.end).notes)
    return bars_of(strokes, [measure], [like.meter], like.per_quarter, is_strict=True)[0]


def _vary(
    request: Request, own: Bar, cells: tuple[Bar, Cells, NDArray[np.bool_]],
    random: np.random.Generator,
) -> None:  # fmt: skip
    """Keep what a variation keeps: a share of the cells, the rhythm, or kick and snare."""
    given, free, must = cells
    kept: Cells = np.greater_equal(random.random(own.hits.shape), request.controls.degree)
    if request.controls.keep is Keep.CONTOUR:
        kept[:, [KICK, SNARE]] = True
    kept &= free
    given.hits[kept] = own.hits[kept]
    given.velocities[kept] = own.velocities[kept]
    free &= ~kept
    if request.controls.keep is Keep.RHYTHM:
        struck: Cells = np.asarray(own.hits.any(1))
        free &= struck[:, None]
        must |= struck


def _begin(
    frame: _Frame, density: float | None, cells: tuple[Bar, Cells], random: np.random.Generator
) -> None:
    """Let a groove from nothing begin with its style's basic beat, where nothing forbids it."""
    controls = frame.request.controls
    is_bound = controls.rhythm or controls.locked_notes or controls.locked_measures
    is_thin = controls.polyphony is not None and controls.polyphony <= _FLAT
    if is_bound or is_thin or frame.request.task is Task.VARY:
        return
    given, free = cells
    wanted = _USUAL_ELSE if density is None else density
    style = controls.style or "rock"
    hits, velocities = basic_beat(given, frame.ground.bars[0], style, wanted, random)
    given.hits[:] = hits
    given.velocities[:] = velocities
    free &= ~hits


def _wishes(
    frame: _Frame, given: Sequence[Bar], density: float | None, random: np.random.Generator
) -> list[Wishes]:
    """Period, fill and density of every measure; fills fall by chance on the ends of phrases."""
    controls = frame.request.controls
    warmth = controls.temperature * (0.3 if controls.style in _CALM_STYLES else 1.0)
    found = []
    for index, measure in enumerate(frame.timeline):
        digits = measure.number[: len(measure.number) - len(measure.number.lstrip("0123456789"))]
        period = (int(digits) - 1) % 8 if digits else UNKNOWN_PERIOD
        if index not in frame.asked:
            bar = given[index]
            told = bar.onsets / float(bar.duration) if bar.hits.any() else None
            found.append(Wishes(period, UNKNOWN, told))
            continue
        is_last = index == frame.asked[-1] and len(frame.asked) > 2
        share = {3: _FILL_FOUR, 7: _FILL_EIGHT}.get(period, _FILL_LAST if is_last else 0.0)
        fill = int(random.random() < min(0.95, share * warmth) and len(frame.asked) > 1)
        found.append(Wishes(period, fill, density))
    return found


def _density(
    request: Request, around: Sequence[Stroke], measures: Sequence[Measure], *, swing: float
) -> float | None:
    """The wanted slots with a hit a quarter: as asked, else as the mood moves what is usual.

    Usual is what the drums around the answer have, or the style; None leaves it to the model,
    which sees what is around. `swing`, from 0 to 1, varies what is usual for a style.
    """
    controls = request.controls
    if controls.density is not None:
        return controls.density
    moved = 2 ** (0.6 * controls.mood.arousal) if controls.mood is not None else 1.0
    if not around:
        usual = _USUAL.get(controls.style or "rock", _USUAL_ELSE)
        return float(usual * (0.85 + 0.3 * swing) * moved)
    if controls.mood is None:
        return None
    busy = [m for m in measures if any(m.onset <= s.onset < m.end for s in around)]
    quarters = float(sum(m.duration for m in busy)) or 1.0
    slots = len({round(s.onset * STRAIGHT) for s in around if s.onset >= measures[0].onset})
    return float(max(0.25, slots / quarters) * moved)


def _style(request: Request, *, has_context: bool) -> int:
    asked = request.controls.style
    if asked is not None:
        return STYLES.index(STYLE_OF.get(asked, "unknown"))
    return 0 if has_context else STYLES.index("rock")


def _tempo(request: Request, start: Fraction) -> int:
    before = [t for t in request.phrase.tempos if t.onset <= start] or list(request.phrase.tempos)
    return tempo_bucket(before[-1].quarters_per_minute if before else None)


def _is_played(request: Request, company: Company, around: Sequence[Stroke]) -> bool:
    """Whether the request's own notes are played ones, so that micro-timing fits them."""
    if not request.controls.tuplets or request.controls.rhythm:
        return False
    times = [s.onset for s in around][-200:]
    if not times:
        notes = company.melody or company.bass or company.other or ()
        times = [note.onset for note in notes][-200:]
    return not is_on_grid(times)
