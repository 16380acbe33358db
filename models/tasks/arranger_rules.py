"""What every candidate of the arranger keeps: compass, key, chords, hands, polyphony, grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.music.chords import pitch_classes
from antiphon.bridge.protocol.messages import Task
from antiphon.models.encoding.cells import LOWEST, PITCHES, Cell
from antiphon.models.encoding.cells_grid import Grid
from antiphon.models.encoding.cells_harmony import SLOT, Heard
from antiphon.models.encoding.grid import ticks
from antiphon.models.tasks.arranger_asked import CLASSES, Mask, Pull, Rest, Rules
from antiphon.models.theory.chord_choice import given_chords
from antiphon.models.theory.closing import close_of
from antiphon.models.theory.ground import Ground

MELODY, BASS, PIANO, GUITAR, INNER = range(5)
# The compass (MIDI numbers) of a part that has sounded nothing yet.
_COMPASS = {MELODY: (57, 81), BASS: (28, 57), PIANO: (33, 86), GUITAR: (40, 79), INNER: (48, 74)}
_THICKEST = {MELODY: 1, BASS: 1, PIANO: 8, GUITAR: 6, INNER: 1}
_SPANS = {PIANO: 14, GUITAR: 0}
_LOWEST_CEILING = 36
_PULLS = {BASS: (0.1, 1.0), PIANO: (0.6, 1.0), GUITAR: (1.0, 1.0)}
_CLOSEST = {GUITAR: 3, PIANO: 2}
_BASS_DENSITY = {"pop": 1.2, "rock": 2.0, "jazz": 1.0, "folk": 0.8}
_WORN = 2
_CAUTIOUS = 0.3
_FULLEST = 4
# How strongly a bass is drawn to the bass drum, a new one to chords that begin and to barlines.
_KICK, _NEW_CHORD, _DOWNBEAT = 0.9, 0.8, 0.6
_ASKED, _USUAL, _DRIVE = 2.0, 1.0, 1.6
# A part of so many notes says which tones belong to it beside those of its key.
_SURE = 16
_BOLD = 1.3
OWN_TASKS = (Task.CONTINUE, Task.FILL, Task.VARY, Task.GENERATE)
# With a bass beside it a piano leaves the lowest octave alone.
_BESIDE_BASS = 43


@dataclass(frozen=True, slots=True)
class Hearing:
    """The grid of a part, the own cells that are seen, what else is heard, and what is asked."""

    grid: Grid
    cells: tuple[Cell | None, ...]
    heard: Heard
    role: int
    span: tuple[int, int]
    given: frozenset[int]


def rules_of(ground: Ground, hearing: Hearing) -> Rules:
    """The rules of one part of an answer."""
    controls = ground.request.controls
    grid, role, cells = hearing.grid, hearing.role, hearing.cells
    own = [pitch for cell in cells if cell for _, pitch, _ in cell.events()]
    low, high = _compass(ground, role, [key + LOWEST - grid.shift for key in own])
    pitches = _keys(range(low, high + 1), ground, grid.shift)
    pitches = _at_home(pitches, own, ground)
    thickest = _THICKEST[role]
    if own:
        groups = [len(g) for c in cells if c for g in c.groups.values()]
        thickest = max(1, max(groups) if sum(groups) > 1.05 * len(groups) else 1)
    if controls.polyphony is not None:
        thickest = min(thickest, controls.polyphony)
    positions = [p for cell in cells if cell for p in cell.positions]
    density = controls.density
    if density is None and not own:
        density = usual_density(ground, role)
    return Rules(
        pitches=pitches,
        end=grid.ends[hearing.span[1]],
        beginning=_beginnings(ground, grid, hearing.span[0], pitches),
        ceiling=_ceiling(hearing.heard, role, own=bool(own)),
        given=hearing.given,
        thickest=thickest,
        span=_SPANS.get(role, 0),
        leap=12 if role != BASS else 14,
        repeats=6 if role == MELODY else 16,
        grid=3 if any(p % 6 == 3 for p in positions) else 6,
        triplets=controls.tuplets and any(p % 3 for p in positions),
        pull=_pull(ground, hearing),
        spacing=24 / density if density is not None else None,
        spacing_pull=_ASKED if controls.density is not None else _USUAL,
        drive=_DRIVE if controls.density is not None else 0.0,
        closest=_CLOSEST.get(role, 1) if not own else 1,
        home=_home(ground, thickest),
        rest=_rest(ground, hearing, thickest),
        worn=_WORN if thickest == 1 and role != BASS and not is_cautious(ground) else None,
        strikes=_strikes(hearing, is_new=not own) if role == BASS else None,
    )


def is_cautious(ground: Ground) -> bool:
    """Whether the likeliest is asked for: then nothing is wished beyond it."""
    return ground.request.controls.temperature < _CAUTIOUS


def _home(ground: Ground, thickest: int) -> int | None:
    """The tonic in the network's key where a tune from nothing has to close."""
    if ground.request.task is not Task.GENERATE or thickest > 1 or len(ground.bars) < 2:
        return None
    return 9 if ground.felt.is_minor else 0


def _rest(ground: Ground, hearing: Hearing, thickest: int) -> Rest | None:
    """Where a new accompaniment closes; nowhere where nothing is drawn to its chords."""
    close = close_of(ground) if hearing.role in _PULLS else None
    if close is None:
        return None
    begin, at = ticks(ground.start + close.begin), ticks(ground.start + close.rest)
    bar = hearing.grid.bar_of(at)
    if (at - hearing.grid.bars[bar].start) % 6:
        at = ticks(ground.start + ground.bars[-1].onset)
    return Rest(begin, at, min(thickest, _FULLEST))


def usual_density(ground: Ground, role: int) -> float | None:
    """Onsets a quarter that suit a new bass where no drummer of the user's leads it."""
    request = ground.request
    led = any(part.is_drums and part.notes for part in request.phrase.parts)
    if role != BASS or led:
        return None
    usual = _BASS_DENSITY.get(ground.style, 1.0)
    return float(usual * 2 ** (0.8 * ground.arousal))


def _pull(ground: Ground, hearing: Hearing) -> Pull | None:
    """An accompaniment is drawn to its chords, its first note to the root where one begins."""
    weights = _PULLS.get(hearing.role)
    if weights is None or ground.request.task in OWN_TASKS:
        return None
    chords = hearing.heard.chords
    return Pull(chords.tones, chords.root, *weights)


def _compass(ground: Ground, role: int, numbers: Sequence[int]) -> tuple[int, int]:
    controls = ground.request.controls
    if not numbers:
        low, high = _COMPASS[role]
        if role == PIANO and ground.request.task in (Task.ARRANGE, Task.RESTYLE):
            low = _BESIDE_BASS
        return ground.bounds(low, high)
    bottom, top = min(numbers), max(numbers)
    spare = max(2, min(5, (16 - (top - bottom)) // 2))
    low = bottom - spare if controls.lowest is None else controls.lowest
    high = top + spare if controls.highest is None else controls.highest
    if high - low < 4:
        low, high = (low, low + 12) if controls.highest is None else (high - 12, high)
    return max(0, low), min(127, high)


def _keys(numbers: range, ground: Ground, shift: int) -> Mask:
    mask = np.zeros(PITCHES, np.bool_)
    for number in numbers:
        if number % 12 in ground.scale and 0 <= number + shift - LOWEST < PITCHES:
            mask[number + shift - LOWEST] = True
    if not mask.any():
        mask[:] = True
    return mask


def _strikes(hearing: Hearing, *, is_new: bool) -> NDArray[np.float32] | None:
    """How strongly each slot draws an onset of a bass: with the drum, with a new chord."""
    kick, chords = hearing.heard.kick, hearing.heard.chords
    found = _KICK * kick
    if is_new:
        changes = np.any(chords.tones[1:] != chords.tones[:-1], 1)
        found[1:] += _NEW_CHORD * changes
        starts = [(b.start - hearing.grid.origin) // SLOT for b in hearing.grid.bars]
        found[starts] += _DOWNBEAT
    return found if found.any() else None


def _at_home(pitches: Mask, own: Sequence[int], ground: Ground) -> Mask:
    """What goes on with a part keeps to tones of its key and to those that it has used."""
    if len(own) < _SURE or ground.request.controls.temperature > _BOLD:
        return pitches
    used = {(key + LOWEST) % 12 for key in own} | {0, 2, 4, 5, 7, 9, 11}
    narrowed = pitches & np.isin(CLASSES, list(used))
    return narrowed if narrowed.any() else pitches


def _beginnings(ground: Ground, grid: Grid, first: int, pitches: Mask) -> dict:  # type: ignore[type-arg]
    """Where a given chord begins: the keys that belong to it."""
    found = {}
    for chord in given_chords(ground):
        tones = pitch_classes(chord)
        tick = ticks(ground.start + chord.onset)
        bar = grid.bar_of(tick)
        if tones and bar >= first:
            keys = np.array([(k + LOWEST - grid.shift) % 12 in tones for k in range(PITCHES)])
            mask = pitches & keys
            if mask.any():
                found[bar, tick - grid.bars[bar].start] = mask
    return found


def _ceiling(heard: Heard, role: int, *, own: bool) -> np.ndarray | None:
    """The highest key for an accompaniment: what sounds on top meanwhile."""
    if role not in (PIANO, GUITAR) or own or not heard.rolls:
        return None
    top = np.full(heard.slots, -1, np.int64)
    for roll in heard.rolls:
        top = np.maximum(top, roll.highest)
    # Held for a quarter back and forth, so that a chord does not poke through a short rest.
    wide = top.copy()
    for step in (1, 2, 3):
        wide[step:] = np.where(wide[step:] < 0, top[:-step], wide[step:])
    # Under a very low melody there is no room to play.
    return np.where(wide < _LOWEST_CEILING, PITCHES, wide)
