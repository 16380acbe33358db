"""What a batch of the arranger is asked: the scene that it hears, and the rules that it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.cells import LOWEST, PITCHES, Cell
from antiphon.models.encoding.cells_grid import Grid
from antiphon.models.networks.arranger_steps import Known

CLASSES = (np.arange(PITCHES) + LOWEST) % 12
_NO_ROOT = 12
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slot:
    """One onset that is asked for: its position, its notes where they are, else how many.

    A loose one may lie anywhere between its neighbours and last as long as it likes.
    `duration` is a symbol or None; `not_pitches` are shut out; `moves` are the directions
    (-1, 0, 1) from the last note that are kept, None where they are free.
    """

    position: int
    duration: int | None = None
    notes: tuple[tuple[int, int], ...] = ()
    count: int = 1
    not_pitches: frozenset[int] = frozenset()
    move: int | None = None
    is_loose: bool = False


@dataclass(frozen=True, slots=True)
class Pull:
    """How much more than the network says a note is drawn to the chord that sounds.

    `tones` (slots, 12) and `root` (slots,) are the chords in the network's key; `to_tones` is
    added to the logits of chord tones, `to_root` to that of the root under the first note
    where a chord begins.
    """

    tones: NDArray[np.float32]
    root: NDArray[np.int16]
    to_tones: float
    to_root: float

    def holds(self, slot: int) -> Mask:
        """The keys of the chord that sounds in a slot; none without a chord."""
        found: Mask = self.tones[slot][CLASSES] > 0
        return found

    def roots(self, slot: int) -> Mask:
        """The keys that are the root of the chord in a slot; none without one."""
        found: Mask = self.root[slot] == CLASSES
        return found

    def thirds(self, slot: int) -> Mask:
        """The keys that are the third of the chord in a slot; none without a root."""
        root = self.root[slot]
        is_third = np.isin(CLASSES, [(root + 3) % 12, (root + 4) % 12])
        return is_third & self.holds(slot) if root < _NO_ROOT else np.zeros(PITCHES, np.bool_)

    def at(self, slot: int, *, is_lowest: bool) -> NDArray[np.float32]:
        """What is added to the logits of the keys at a slot."""
        found: NDArray[np.float32] = self.to_tones * self.tones[slot][CLASSES]
        begins = slot == 0 or (self.tones[slot] != self.tones[slot - 1]).any()
        if is_lowest and begins and self.root[slot] < _NO_ROOT:
            found = found + self.to_root * (self.root[slot] == CLASSES).astype(np.float32)
        return found


@dataclass(frozen=True, slots=True)
class Rest:
    """Where an accompaniment closes, in ticks: chord tones from `begin`, the last onset at `at`.

    The last onset has the chord's root below, and `fullest` keys where they can be had.
    """

    begin: int
    at: int
    fullest: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What every candidate keeps, in the network's keys and ticks.

    `pitches` may sound at all; `beginning` holds those allowed at some (bar, position), where a
    chord is given; `ceiling` is the highest key by slot. `scripts` are bars whose onsets are
    fixed, `given` bars that are as they stand. `end` is the tick where the answer ends, `spacing`
    the wanted distance of onsets in ticks (`spacing_pull` how strongly it is wanted, `drive` how
    much more for each onset that there are too few or too many by now), `closest`
    the smallest interval in a chord, `strikes` how strongly each slot draws an onset.
    `avoid` are cells of which no note may stand where it stood, `worn` is how often a measure may
    come before nothing proposes it again. `home` is the tonic's pitch class, on which the last bar
    of a tune comes to rest, `rest` how an accompaniment does.
    """

    pitches: Mask
    end: int
    beginning: Mapping[tuple[int, int], Mask] = field(default_factory=dict)
    ceiling: NDArray[np.int64] | None = None
    scripts: Mapping[int, tuple[Slot, ...]] = field(default_factory=dict)
    given: frozenset[int] = frozenset()
    thickest: int = 1
    span: int = 0
    closest: int = 1
    leap: int = 12
    repeats: int = 5
    grid: int = 6
    triplets: bool = False
    pull: Pull | None = None
    spacing: float | None = None
    spacing_pull: float = 1.2
    drive: float = 0.0
    strikes: NDArray[np.float32] | None = None
    avoid: Mapping[int, Cell] = field(default_factory=dict)
    worn: int | None = None
    home: int | None = None
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a take hears: the grid, own cells, and what is known of bars and slots.

    `first` … `last` are the asked bars; the walk begins at `begin`; `phase` is the number of bar 0
    in its period.
    """

    grid: Grid
    cells: tuple[Cell | None, ...]
    known: Known
    begin: int
    first: int
    last: int
    phase: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class Filled:
    """One candidate: its cells by asked bar and its mean log-likelihood a note in nats."""

    cells: tuple[Cell, ...]
    likelihood: float
