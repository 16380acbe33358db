"""The basic beat of a style, with which a groove from nothing begins."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding.drum_grid import CLOSED_HAT, KICK, RIDE, SNARE, TERNARY, Bar
from antiphon.models.theory.ground import Bar as Measured

_LOUDNESS = {KICK: 98, SNARE: 102, CLOSED_HAT: 78, RIDE: 80}
_SOFTER = 16
_RIDES, _THIRD_KICK = 0.2, 0.7
# From how many wanted slots a quarter on the eighths are struck too.
_EIGHTHS = 1.6
_SPARSE = 0.9
_WITHOUT_BACKBEAT = ("jazz", "classical", "romantic", "hymn", "chorale")


def basic_beat(
    bar: Bar, measured: Measured, style: str, density: float, random: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Hits and velocities (slots, 9): kick and backbeat on the felt beats, hi-hat or ride in time.

    Sparse densities leave time-keeping out. Pulses are those of the measure's meter.
    """
    hits = np.zeros_like(bar.hits)
    velocities = np.zeros_like(bar.velocities)
    pulses = [pulse - measured.onset for pulse in measured.pulses]
    is_three = len(pulses) == 3 and not measured.is_compound
    backbeats = pulses[1:] if is_three else pulses[1::2]

    def strike(drum: int, places: Sequence[Fraction], softer: int = 0) -> None:
        for place in places:
            slot = round(place * bar.per_quarter)
            if slot < bar.slots:
                hits[slot, drum] = True
                velocities[slot, drum] = _LOUDNESS[drum] - softer

    has_backbeat = style not in _WITHOUT_BACKBEAT
    strike(KICK, pulses[:1], 0 if has_backbeat else _SOFTER)
    if has_backbeat:
        strike(KICK, [p for p in pulses[2::2] if random.random() < _THIRD_KICK and not is_three])
        strike(SNARE, backbeats)
    if density < _SPARSE:
        return hits, velocities
    is_swung = bar.per_quarter == TERNARY or style == "jazz"
    drum = RIDE if is_swung or random.random() < _RIDES else CLOSED_HAT
    strike(drum, pulses)
    if is_swung:
        late = Fraction(2, 3) if bar.per_quarter == TERNARY else Fraction(1, 2)
        strike(drum, [pulse + late for pulse in backbeats], _SOFTER)
        strike(CLOSED_HAT, backbeats)
    elif density >= _EIGHTHS:
        strike(drum, _between(pulses, measured), _SOFTER)
    return hits, velocities


def _between(pulses: Sequence[Fraction], measured: Measured) -> list[Fraction]:
    """The eighths between the felt beats."""
    unit = Fraction(1, 2) if measured.meter.beat_type <= 8 else Fraction(1, 4)
    unit = min(unit, Fraction(2, measured.meter.beat_type)) if not measured.is_compound else unit
    places = [unit * index for index in range(int(measured.duration / unit))]
    return [place for place in places if place not in pulses]
