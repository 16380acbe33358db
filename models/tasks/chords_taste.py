"""Chords to taste: safe or adventurous, the sevenths of a style, the mood, the last cadence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.bridge.protocol.messages import Request
from antiphon.models.encoding import halves as grid
from antiphon.models.tasks.chords_reading import PLAIN, Chain, LoadedChords, forbidden
from antiphon.models.tasks.chords_sight import View
from antiphon.models.theory.ground import Ground

SAFE, ADVENTUROUS = 0.8, 1.2
# How much the chain is shaken: from one safe take to the next, and in bold ones.
_SHAKEN, _BOLD = 0.5, 0.7
_BOLD_PAIRS, _RESTLESS = 0.6, 1.0
# Drawn takes are a little colder than the music they learnt from, which changes chords for reasons.
_CALM = 0.85
_SEVENTHS = ("dominant", "major-seventh", "minor-seventh", "half-diminished")
_RICH = ("major-seventh", "minor-seventh", "half-diminished", "diminished-seventh", "major-sixth",
         "minor-sixth", "augmented", "suspended-fourth")  # fmt: skip
_PLAIN_STYLES = ("folk", "hymn", "chorale", "rock")
# Dominants of other degrees and chords borrowed from minor, by root above the signature's tonic.
_SECONDARY, _BORROWED = (2, 9, 4, 0, 11), ((5, "minor"), (8, "major"), (10, "major"))
_CLOSE, _PLAINLY, _LEADING = 4.0, 1.5, 2.0
_MOOD = 1.5


@dataclass(frozen=True, slots=True)
class Manner:
    """One take's way of reading: drawn at a temperature, or the likeliest of a `chain`.

    `adventure` 0 … 1 is how welcome sevenths and chords from outside the key are.
    """

    temperature: float | None = None
    chain: Chain = PLAIN
    adventure: float = 0.0


def manner_of(request: Request, number: int) -> Manner:
    """The manner of a take: by temperature, and in between the takes go from safe to bold.

    A bold chain is rich in chords, but goes from one to the next as music does.
    """
    temperature = request.controls.temperature
    if temperature <= SAFE:
        return _safe(temperature, number)
    if temperature >= ADVENTUROUS:
        return _bold(temperature, min(1.0, temperature / 2))
    turn = number % 3
    if turn == 0:
        return _safe(temperature, number // 3)
    if turn == 1:
        return Manner(_CALM * temperature)
    return _bold(temperature, 0.8)


def _safe(temperature: float, turn: int) -> Manner:
    return Manner(chain=Chain(_SHAKEN * temperature * min(3, turn) / 2))


def _bold(temperature: float, adventure: float) -> Manner:
    chain = Chain(_BOLD * temperature, _BOLD_PAIRS, _RESTLESS)
    return Manner(chain=chain, adventure=adventure)


def bias_of(ground: Ground, view: View, manner: Manner, model: LoadedChords) -> NDArray[np.float64]:
    """What is added to the network's log-chances (rows, symbols); -1e9 forbids."""
    request = ground.request
    bias = np.zeros((len(view.rows), grid.SYMBOLS))
    bias += _styled(request.controls.style) + manner.adventure * _adventure()
    if ground.valence:
        bias += _MOOD * ground.valence * model.network.moods.double().numpy()
    _add_close(bias, view, manner)
    allowed = np.ones_like(bias, bool)
    allowed[:, grid.NO_CHORD] = False
    if view.is_opening and view.halves[0].place == 1 and len(view.halves) > 1:
        allowed[view.first, grid.NO_CHORD] = True
    scale = {(tone - 7 * view.key.fifths) % 12 for tone in ground.scale}
    inside = [grid.tones_of(symbol) <= scale for symbol in range(grid.NO_CHORD)]
    if any(inside):
        allowed[:, : grid.NO_CHORD] &= np.array(inside)
    return bias + forbidden(allowed)


def _styled(style: str | None) -> NDArray[np.float64]:
    bias = np.zeros(grid.SYMBOLS)
    if style in _PLAIN_STYLES:
        bias += _kinds(_RICH, -1.0)
    if style == "jazz":
        bias += _kinds(_SEVENTHS, 1.2) + _kinds(("major-sixth", "minor-sixth"), 0.6)
        bias += _kinds(("major", "minor"), -0.6)
    return bias


def _adventure() -> NDArray[np.float64]:
    bias = _kinds(_RICH, 1.0) + _kinds(("dominant", "augmented"), 0.3)
    for root in _SECONDARY:
        bias[grid.reduced(root, "dominant")] += 0.4
    for root, kind in _BORROWED:
        bias[grid.reduced(root, kind)] += 1.0
    return bias


def _kinds(names: Sequence[str], value: float) -> NDArray[np.float64]:
    bias = np.zeros(grid.SYMBOLS)
    for name in names:
        first = grid.MODEL_KINDS.index(name) * 12
        bias[first : first + 12] = value
    return bias


def _add_close(bias: NDArray[np.float64], view: View, manner: Manner) -> None:
    """Home in the last half of music that ends here, if its last note is a note of home.

    Music without a melody begins at home as well.
    """
    root, kind = (9, "minor") if view.key.is_minor else (0, "major")
    homes = [grid.reduced(root, k) for k in _HOMES[kind]]
    weight = _CLOSE * (1.0 - 0.4 * manner.adventure)
    last_measure = view.halves[-1].measure
    at = view.first + next(i for i, h in enumerate(view.halves) if h.measure == last_measure)
    if view.melody:
        last = (view.melody[-1].pitch.midi_number - 7 * view.key.fifths) % 12
        if last not in grid.tones_of(homes[0]):
            return
        ends = view.melody[-1].onset
        at = view.first + next(i for i, half in enumerate(view.halves) if half.end > ends)
    elif view.is_opening:
        opening = [i for i, h in enumerate(view.halves) if h.measure == view.halves[0].measure]
        bias[view.first : view.first + len(opening), homes[0]] += weight
    if not view.is_close:
        return
    bias[at:, homes] += weight - _PLAINLY
    bias[at:, homes[0]] += _PLAINLY
    if at > 0:
        leads = [grid.reduced((root + 7) % 12, k) for k in ("major", "dominant")]
        bias[at - 1, leads] += _LEADING


_HOMES = {"major": ("major", "major-sixth", "major-seventh"), "minor": ("minor", "minor-sixth")}
