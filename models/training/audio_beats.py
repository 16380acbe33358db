"""The beats of a recording from the onsets of its notes.

A tempo by autocorrelation under a preference for walking pace, then the chain of beats that hits
most onsets while keeping the tempo (Ellis 2007, "Beat tracking by dynamic programming").
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Steps a second of the onset curve.
_STEPS = 100
_FASTEST, _SLOWEST, _WALKING = 0.3, 1.2, 0.55
_PREFERENCE = 0.7
_TIGHTNESS = 400.0
_WIDTH = 2


def beat_times(onsets: Sequence[float], weights: Sequence[float]) -> NDArray[np.float64]:
    """At least two beats, in seconds and rising, over notes that begin at `onsets` (seconds)."""
    curve = _curve(onsets, weights)
    period = _period(curve)
    beats = _chain(curve, period) + min(onsets)
    if len(beats) < 2:
        return np.array([min(onsets), min(onsets) + period / _STEPS])
    return beats


def places(beats: NDArray[np.float64], times: Sequence[float]) -> NDArray[np.float64]:
    """Times in seconds as numbers of beats, the first beat being 0; the end beats are prolonged."""
    at = np.asarray(times, np.float64)
    index = np.clip(np.searchsorted(beats, at, side="right") - 1, 0, len(beats) - 2)
    found: NDArray[np.float64] = index + (at - beats[index]) / (beats[index + 1] - beats[index])
    return found


def _curve(onsets: Sequence[float], weights: Sequence[float]) -> NDArray[np.float64]:
    """How strongly notes begin at each step from the first onset on, a little blurred."""
    start = min(onsets)
    curve = np.zeros(int((max(onsets) - start) * _STEPS) + _STEPS)
    for onset, weight in zip(onsets, weights, strict=True):
        curve[round((onset - start) * _STEPS)] += weight
    blur = np.exp(-0.5 * (np.arange(-3 * _WIDTH, 3 * _WIDTH + 1) / _WIDTH) ** 2)
    return np.convolve(curve, blur, mode="same")


def _period(curve: NDArray[np.float64]) -> float:
    """The beat in steps: where the curve agrees with itself, nearer to a walking pace."""
    lags = np.arange(int(_FASTEST * _STEPS), int(_SLOWEST * _STEPS) + 1)
    size = 1 << int(2 * len(curve) - 1).bit_length()
    spectrum = np.fft.rfft(curve, size)
    agreement = np.fft.irfft(np.abs(spectrum) ** 2, size)

    def at(lag: NDArray[np.int64]) -> NDArray[np.float64]:
        return agreement[np.minimum(lag, len(curve) - 1)] * (lag < len(curve))

    # A beat agrees with its multiples and its half as well; a mere note value with fewer.
    score = at(lags) + 0.5 * at(2 * lags) + 0.5 * at(lags // 2) + 0.25 * at(4 * lags)
    score = score * np.exp(-0.5 * (np.log2(lags / (_WALKING * _STEPS)) / _PREFERENCE) ** 2)
    best = int(np.argmax(score))
    # Between two steps: the top of a parabola through the best lag of four beats.
    four = 4 * lags[best]
    near = np.arange(four - 6, four + 7)
    heights = at(near)
    return float(near[int(np.argmax(heights))]) / 4 if heights.max() > 0 else float(lags[best])


def _chain(curve: NDArray[np.float64], period: float) -> NDArray[np.float64]:
    """The beats in seconds from the first step: the best scored chain."""
    # A rest must not lose to a note, nor one loud note bend the tempo.
    strength = curve / (curve.std() + 1e-9)
    gaps = np.arange(round(period / 2), round(2 * period) + 1)
    price = -_TIGHTNESS * np.log(gaps / period) ** 2
    score, before = strength.copy(), np.full(len(curve), -1)
    for step in range(len(curve)):
        earlier = step - gaps
        reachable = earlier >= 0
        if reachable.any():
            options = score[earlier[reachable]] + price[reachable]
            best = int(np.argmax(options))
            if options[best] > 0:
                score[step] += options[best]
                before[step] = earlier[reachable][best]
    last = len(curve) - 1 - int(np.argmax(score[::-1][: round(period) + 1]))
    found = []
    while last >= 0:
        found.append(last)
        last = int(before[last])
    return np.array(found[::-1], np.float64) / _STEPS
