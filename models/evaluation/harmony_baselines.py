"""Two plain harmonizers to stand beside the network: templates, and a hidden Markov model.

Both name one chord a half measure and are fitted on the training side alone, after the
baselines of Yeh et al., "Automatic Melody Harmonization with Triad Chords" (2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antiphon.models.encoding import halves as grid

Floats = NDArray[np.float64]
# A tune: features (halves, columns) and symbols (halves).
Pair = tuple[NDArray[np.float32], NDArray[np.int64]]
_STRENGTHS = (1.0, 2.0, 3.0, 4.0, 6.0)
_SMOOTH = 2.0


def _shares(rows: NDArray[np.float32]) -> Floats:
    return rows[:, grid.SHARES : grid.SHARES + 12].astype(np.float64)


def _masks() -> Floats:
    """Which pitch classes each symbol holds (symbols, 12); none for "no chord"."""
    found = np.zeros((grid.SYMBOLS, 12))
    for symbol in range(grid.NO_CHORD):
        found[symbol, list(grid.tones_of(symbol))] = 1
    return found


def _normalised(scores: Floats) -> Floats:
    top = scores.max(-1, keepdims=True)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(-1, keepdims=True)))


def _prior(tunes: Sequence[Pair]) -> Floats:
    counts = np.full(grid.SYMBOLS, 0.5)
    for _, chords in tunes:
        known = chords[chords < grid.SYMBOLS]
        counts += np.bincount(known, minlength=grid.SYMBOLS)
    return np.asarray(counts / counts.sum())


@dataclass(frozen=True, slots=True)
class Template:
    """The chord whose tones hold most of the melody; of equal ones the commonest.

    Its chances are a softmax of that overlap times `strength`, times how common a chord is.
    """

    prior: Floats
    strength: float

    @classmethod
    def fitted(cls, train: Sequence[Pair], valid: Sequence[Pair]) -> "Template":
        """The templates with the chords' frequencies of the training side."""
        options = [cls(_prior(train), strength) for strength in _STRENGTHS]
        return min(options, key=lambda option: _loss(option, valid))

    def marginals(self, rows: NDArray[np.float32]) -> Floats:
        """Log-chances (halves, symbols) of every half."""
        overlap = _shares(rows) @ _masks().T
        return _normalised(self.strength * overlap + np.log(self.prior))

    def reading(self, rows: NDArray[np.float32]) -> NDArray[np.int64]:
        """The best chord of every half by overlap with a triad or seventh chord."""
        overlap = _shares(rows) @ _masks().T
        # A chord of four tones has to hold more than a triad does.
        overlap = overlap - 0.05 * _masks().sum(1)
        return np.asarray((overlap + 1e-3 * self.prior).argmax(-1))

    def nats(self, rows: NDArray[np.float32], chords: NDArray[np.int64]) -> tuple[float, int]:
        """Negative log-chance of the known chords together, and how many they are."""
        known = np.flatnonzero(chords < grid.SYMBOLS)
        return -float(self.marginals(rows)[known, chords[known]].sum()), len(known)


@dataclass(frozen=True, slots=True)
class HiddenMarkov:
    """Chords that follow each other as in the training side and sound the melody's notes.

    `first` (symbols), `moves` (symbols, symbols) and `tones` (symbols, 12) are log-chances;
    `strength` is how many notes a half measure counts for.
    """

    first: Floats
    moves: Floats
    tones: Floats
    strength: float

    @classmethod
    def fitted(cls, train: Sequence[Pair], valid: Sequence[Pair]) -> "HiddenMarkov":
        """The model whose counts are those of the training side."""
        prior = _prior(train)
        moves = np.zeros((grid.SYMBOLS, grid.SYMBOLS))
        sounds = np.zeros((grid.SYMBOLS, 12))
        for rows, chords in train:
            pairs = (chords[:-1] < grid.SYMBOLS) & (chords[1:] < grid.SYMBOLS)
            np.add.at(moves, (chords[:-1][pairs], chords[1:][pairs]), 1.0)
            known = chords < grid.SYMBOLS
            np.add.at(sounds, chords[known], _shares(rows)[known])
        moves += _SMOOTH * prior
        tones = _tied(sounds)
        log_moves = np.log(moves / moves.sum(1, keepdims=True))
        options = [cls(np.log(prior), log_moves, np.log(tones), s) for s in _STRENGTHS]
        return min(options, key=lambda option: _loss(option, valid))

    def _sounded(self, rows: NDArray[np.float32]) -> Floats:
        return np.asarray(self.strength * _shares(rows) @ self.tones.T)

    def _forward(self, sounded: Floats) -> Floats:
        found = np.empty_like(sounded)
        found[0] = self.first + sounded[0]
        for index in range(1, len(sounded)):
            before = found[index - 1]
            top = before.max()
            found[index] = np.log(np.exp(before - top) @ np.exp(self.moves)) + top + sounded[index]
        return found

    def marginals(self, rows: NDArray[np.float32]) -> Floats:
        """Log-chances (halves, symbols) of every half given the whole melody."""
        sounded = self._sounded(rows)
        forward = self._forward(sounded)
        backward = np.zeros_like(sounded)
        for index in range(len(sounded) - 2, -1, -1):
            after = backward[index + 1] + sounded[index + 1]
            top = after.max()
            backward[index] = np.log(np.exp(self.moves) @ np.exp(after - top)) + top
        return _normalised(forward + backward)

    def reading(self, rows: NDArray[np.float32]) -> NDArray[np.int64]:
        """The likeliest chain (Viterbi)."""
        sounded = self._sounded(rows)
        best, backs = self.first + sounded[0], []
        for row in sounded[1:]:
            options = best[:, None] + self.moves
            backs.append(options.argmax(0))
            best = options.max(0) + row
        chain = [int(best.argmax())]
        for back in reversed(backs):
            chain.append(int(back[chain[-1]]))
        return np.array(chain[::-1], np.int64)

    def nats(self, rows: NDArray[np.float32], chords: NDArray[np.int64]) -> tuple[float, int]:
        """Negative log-chance of the known chords together given the melody, and their number.

        Where a chord is not known, all are summed over.
        """
        sounded = self._sounded(rows)
        told = sounded.copy()
        known = np.flatnonzero(chords < grid.SYMBOLS)
        if not len(known):
            return 0.0, 0
        told[known] = -1e6
        told[known, chords[known]] = sounded[known, chords[known]]
        return float(_total(self._forward(sounded)[-1]) - _total(self._forward(told)[-1])), len(
            known
        )


def _total(scores: Floats) -> float:
    top = float(scores.max())
    return top + float(np.log(np.exp(scores - top).sum()))


def _tied(sounds: Floats) -> Floats:
    """Chances of pitch classes under each chord (symbols, 12), rare chords like their kind."""
    relative = np.zeros((len(grid.MODEL_KINDS), 12))
    for symbol in range(grid.NO_CHORD):
        relative[symbol // 12] += np.roll(sounds[symbol], -(symbol % 12))
    relative = relative + 1.0 + sounds.sum(0).mean() * 1e-3
    found = sounds + 0.1
    for symbol in range(grid.NO_CHORD):
        kind = relative[symbol // 12] / relative[symbol // 12].sum()
        found[symbol] += 20.0 * np.roll(kind, symbol % 12)
    return np.asarray(found / found.sum(1, keepdims=True))


def _loss(model: Template | HiddenMarkov, tunes: Sequence[Pair]) -> float:
    rows = [model.nats(*tune) for tune in tunes]
    return sum(nats for nats, _ in rows) / max(1, sum(count for _, count in rows))
