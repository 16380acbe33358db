"""Which staff of the score each part of an answer goes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.bridge.editors.asks import Ask, OtherStaff
from antiphon.bridge.music.phrase import Part
from antiphon.bridge.protocol.asked import role_of

# MuseScore's own names for the instruments of new parts.
INSTRUMENTS = {
    "melody": "flute",
    "alto": "alto",
    "tenor": "tenor",
    "bass voice": "bass",
    "piano": "piano",
    "guitar": "guitar-nylon",
    "bass": "bass-guitar",
    "drums": "drumset",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of an answer go: per part the score's staves (from 0) in order.

    `new` names the instruments of parts to append at the end of the score first; `is_score`
    says that there is no place and the answer must be a score of its own.
    """

    staves: tuple[tuple[int, ...], ...]
    new: tuple[str, ...] = ()
    is_score: bool = False


def places_for(ask: Ask, parts: Sequence[Part], own: str) -> Places:
    """Empty staves for the parts, else new ones if the editor can, else a score of its own.

    The part called `own` stays where it is. Of the empty staves, that whose name or program
    fits comes first, then the nearest below the selected one; drums go to drum staves only,
    two staves of a part to two neighbours.
    """
    free = [other for other in ask.others if other.is_free]
    found: list[tuple[int, ...]] = []
    new: list[str] = []
    end = ask.staves
    for part in parts:
        if part.id == own:
            found.append((ask.staff,))
            continue
        staves = _best(ask, part, free)
        if staves is None and ask.ability.parts:
            new.append(INSTRUMENTS[role_of(part) or "melody"])
            staves = tuple(range(end, end + part.staff_count))
            end += part.staff_count
        if staves is None:
            return Places((), (), is_score=True)
        found.append(staves)
        free = [other for other in free if other.staff not in staves]
    return Places(tuple(found), tuple(new))


def _best(ask: Ask, part: Part, free: Sequence[OtherStaff]) -> tuple[int, ...] | None:
    """The staves that fit best, None if none does."""
    by_staff = {other.staff: other for other in free if other.part.is_drums == part.is_drums}
    runs = [tuple(range(staff, staff + part.staff_count)) for staff in sorted(by_staff)]
    runs = [run for run in runs if all(staff in by_staff for staff in run)]
    ranked = [
        (rank, abs(run[0] - ask.staff), run)
        for run in runs
        if (rank := _rank(ask, part, by_staff[run[0]])) is not None
    ]
    return min(ranked)[2] if ranked else None


def _rank(ask: Ask, part: Part, other: OtherStaff) -> int | None:
    """How well a staff fits a part, 0 best; None where it is above and not meant."""
    name, wanted = other.part.name.casefold(), part.name.casefold()
    is_named = bool(name) and (wanted in name or name in wanted)
    is_kin = part.is_drums or other.part.program // 8 == part.program // 8
    if is_named or is_kin:
        # A bass voice is called as a bass is, but it is no bass.
        return 2 - is_kin if not (is_named and is_kin) else 0
    return 3 if other.staff > ask.staff else None
