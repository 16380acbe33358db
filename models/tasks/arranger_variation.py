"""What a variation changes: which notes or measures, and what of their shape stays."""

from dataclasses import dataclass, replace
from random import Random

from antiphon.bridge.music.phrase import Part
from antiphon.bridge.protocol.messages import Keep
from antiphon.models.encoding.cells import Cell
from antiphon.models.encoding.cells_grid import cells_of
from antiphon.models.tasks.arranger_asked import Scene, Slot
from antiphon.models.theory.ground import Ground


@dataclass(frozen=True, slots=True)
class Variation:
    """Bars of the answer that stay, and how the others keep rhythm and contour of the model.

    `seed` draws a number for each onset, which changes where it is below `degree`.
    """

    kept: frozenset[int]
    keep: Keep
    degree: float
    seed: int

    def in_scene(self, scene: Scene, part: Part) -> Scene:
        """The scene with a script for every bar that changes."""
        model = cells_of(part, scene.grid)
        if self.keep is Keep.NEITHER:
            changed = range(scene.first, scene.last + 1)
            avoid = {bar: model[bar] for bar in changed if bar not in scene.rules.given}
            return replace(scene, rules=replace(scene.rules, avoid=avoid))
        draw = Random(self.seed)
        scripts: dict[int, tuple[Slot, ...]] = {}
        last: int | None = None
        for bar in range(scene.first, scene.last + 1):
            slots = []
            for position in model[bar].positions:
                # One number for each onset whatever the degree: what changes at a low degree
                # changes at every higher one.
                changes = draw.random() < self.degree
                slots.append(self._slot(model[bar], position, last, changes=changes))
                last = model[bar].groups[position][-1][0]
            scripts[bar] = tuple(slots)
        return replace(scene, rules=replace(scene.rules, scripts=scripts))

    def _slot(self, cell: Cell, position: int, last: int | None, *, changes: bool) -> Slot:
        group = cell.groups[position]
        if not changes:
            return Slot(position, notes=tuple(group), count=len(group))
        move = None
        is_loose = self.keep is Keep.CONTOUR
        if is_loose and last is not None:
            move = (group[-1][0] > last) - (group[-1][0] < last)
        return Slot(
            position, None if is_loose else group[0][1], count=len(group), move=move,
            not_pitches=frozenset(pitch for pitch, _ in group), is_loose=is_loose,
        )  # fmt: skip


def variation_of(ground: Ground) -> Variation:
    """The variation that the controls ask for.

    What changes depends on the music, the seed and the take, not on the degree: a higher one
    changes all that a lower one does, and more.
    """
    controls = ground.request.controls
    seed = ground.chance("vary").getrandbits(64)
    kept: frozenset[int] = frozenset()
    if controls.keep is Keep.NEITHER and controls.degree < 1:
        count = len(ground.bars)
        order = list(range(count))
        Random(seed).shuffle(order)
        changed = max(1, round(controls.degree * count)) if controls.degree > 0 else 0
        kept = frozenset(order[changed:])
    return Variation(kept, controls.keep, controls.degree, seed)
