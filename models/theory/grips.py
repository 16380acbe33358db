"""Chords as hands hold them: close voicings that move little, and a guitar's grips."""

from collections.abc import Sequence

from antiphon.models.theory.held import Held


def close_voicing(
    held: Held, count: int, bounds: tuple[int, int], last: Sequence[int]
) -> tuple[int, ...]:
    """Up to `count` tones of a chord inside an octave, the inversion that moves least from `last`.

    Third and seventh come before the fifth, the root last where there are more tones than
    fingers. Numbers are MIDI, lowest first; a narrow compass holds fewer tones.
    """
    low, high = bounds
    tones = _chosen(held, count)
    middle = (low + high) / 2
    best: tuple[float, tuple[int, ...]] | None = None
    for bottom in range(low, max(low, high) + 1):
        if bottom % 12 not in tones:
            continue
        grip = tuple(sorted(bottom + (tone - bottom) % 12 for tone in tones))
        grip = tuple(number for number in grip if number <= high)
        missing = 6.0 * (len(tones) - len(grip))
        if last:
            move = float(abs(grip[-1] - last[-1]) + abs(grip[0] - last[0]))
        else:
            move = abs(sum(grip) / len(grip) - middle)
        cost = move + missing + 0.15 * abs(sum(grip) / len(grip) - middle)
        if best is None or cost < best[0]:
            best = (cost, grip)
    return best[1] if best else ()


def _chosen(held: Held, count: int) -> list[int]:
    third, fifth, seventh = held.third, held.fifth, held.seventh
    extra = [tone for tone in held.tones[4:] if tone != held.bass]
    wanted: list[int | None] = [third, seventh, held.root, fifth]
    if count < 3:
        wanted = [third, seventh, fifth, held.root]
    if extra and count > 3:
        wanted.insert(2, extra[-1])
    found = [tone for tone in dict.fromkeys(wanted) if tone is not None]
    return found[: max(1, count)]


def guitar_grip(held: Held, bounds: tuple[int, int], count: int) -> tuple[int, ...]:
    """A chord on up to six strings: bass, then tones no more than a fifth apart, lowest first."""
    low, high = bounds
    bottoms = [n for n in range(low, min(high, low + 12) + 1) if n % 12 == held.bass]
    if not bottoms:
        return close_voicing(held, count, bounds, ())
    grip = [bottoms[0]]
    order = [held.fifth, held.root, held.third]
    if held.seventh is not None:
        order = [held.fifth, held.seventh, held.third, held.root]
    at = 0
    while len(grip) < count:
        tone = order[at % len(order)]
        number = grip[-1] + 1 + (tone - grip[-1] - 1) % 12
        at += 1
        if number - grip[-1] > 9 and at < 8:
            continue
        if number > high:
            break
        grip.append(number)
    return tuple(grip)


def spread(held: Held, bounds: tuple[int, int]) -> tuple[int, ...]:
    """Root, fifth, tenth and so on up the compass: the tones of an arpeggio, lowest first."""
    low, high = bounds
    bottoms = [n for n in range(low, high + 1) if n % 12 == held.bass]
    if not bottoms:
        return tuple(n for n in range(low, high + 1) if n % 12 in held.tones[:3])[:4]
    found = [bottoms[0]]
    for tone in (held.fifth, held.third, held.root, held.fifth):
        number = found[-1] + 1 + (tone - found[-1] - 1) % 12
        if number > high:
            break
        found.append(number)
    return tuple(found)
