"""Readings of a melody's chords by the network: sampled in blocks, or the likeliest chain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from antiphon.models.catalog import Card
from antiphon.models.encoding.halves import COLUMNS, PLACE, SYMBOLS, UNKNOWN
from antiphon.models.networks.chords import ChordsConfig, ChordsNetwork
from antiphon.models.weights import network_of

Floats = NDArray[np.float64]
PASSES = 12
# Log-chance below the best one's under which a chord is not drawn.
TAIL = -3.2
_FORBIDDEN = -1e9
_FINE = 4096
# How much the chain of neighbours counts beside what the network says of each half alone.
PAIRS = 0.3
_POLISHES = 3
# A last part of the passes is drawn colder, so that no stray chord stays.
_COOL, _COOL_PASSES = 0.6, 4


@dataclass(frozen=True, slots=True)
class Chain:
    """How a chain is chosen: shaken by `noise`, `pairs` is how much usual neighbours count.

    `restless` is what it costs to keep a chord over a barline; the usual values are those that come
    nearest to written chords on the validation side.
    """

    noise: float = 0.0
    pairs: float = PAIRS
    restless: float = 0.7


PLAIN = Chain()


@dataclass(frozen=True, slots=True)
class LoadedChords:
    """The chords model ready to be asked: its network, name, hash and sources."""

    network: ChordsNetwork
    name: str
    sha256: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reading sees: features (halves, columns), known symbols (UNKNOWN to be chosen).

    `bias` (halves, symbols) is added to the logits; a forbidden symbol has -1e9 there.
    """

    rows: NDArray[np.float32]
    known: NDArray[np.int64]
    bias: Floats

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which halves are to be chosen."""
        return np.asarray(self.known == UNKNOWN)


def load_chords(card: Card) -> LoadedChords:
    """The chords model of a card, on one thread of the CPU.

    Raises AntiphonError("no-weights") if its files are missing or damaged.
    """
    network = network_of(card, lambda told: ChordsNetwork(ChordsConfig.from_json(told)))
    found = LoadedChords(network, card.name, card.sha256, card.sources)
    logits_of(network, np.zeros((8, COLUMNS), np.float32), np.full(8, UNKNOWN))
    return found


def forbidden(allowed: NDArray[np.bool_]) -> Floats:
    """A bias (…, symbols) that leaves only the allowed symbols."""
    return np.where(allowed, 0.0, _FORBIDDEN)


def logits_of(
    network: ChordsNetwork, rows: NDArray[np.float32], chords: NDArray[np.int64]
) -> Floats:
    """Log-chances (…, halves, symbols) of every half, given the chords that are not UNKNOWN.

    `chords` are (halves,) or, for several readings of the same rows, (readings, halves).
    """
    known = torch.from_numpy(np.atleast_2d(chords))
    heard = torch.from_numpy(rows)[None].expand(len(known), -1, -1)
    with torch.inference_mode():
        logits = torch.log_softmax(network(heard, known).double(), -1).numpy()
    # Rounded, so that the number of readings cannot tip a choice.
    found: Floats = np.round(logits * _FINE) / _FINE
    return found if chords.ndim > 1 else found[0]


def sampled(
    network: ChordsNetwork, sight: Sight, temperature: float, random: np.random.Generator,
    passes: int = PASSES,
) -> NDArray[np.int64]:  # fmt: skip
    """Chords drawn by blocked Gibbs sampling, known ones kept.

    The first pass draws all free halves, each later one a smaller random set of them anew
    (Yao et al. 2014; Huang et al., "Counterpoint by Convolution", 2017).
    """
    return all_sampled(network, [sight], [(temperature, random)], passes)[0]


def all_sampled(
    network: ChordsNetwork, sights: Sequence[Sight],
    how: Sequence[tuple[float, np.random.Generator]], passes: int = PASSES,
) -> list[NDArray[np.int64]]:  # fmt: skip
    """The same for several sights of one request that differ in their bias, side by side.

    `how` holds the temperature and the generator of each.
    """
    free, rows = sights[0].free, sights[0].rows
    chords = np.stack([sight.known for sight in sights])
    if not free.any():
        return list(chords)
    for step in range(passes + 1):
        rate = 1.0 if step == 0 else max(0.15, 1.0 - step / (0.8 * passes))
        blocks = np.stack([free & (random.random(len(free)) < rate) for _, random in how])
        drawing = np.flatnonzero(blocks.any(1))
        if not len(drawing):
            continue
        given = np.where(blocks, UNKNOWN, chords)[drawing]
        cool = _COOL if step > passes - _COOL_PASSES else 1.0
        read = logits_of(network, rows, given)
        for index, found in zip(drawing.tolist(), read, strict=True):
            temperature, random = how[index]
            drawn = _drawn(found + sights[index].bias, temperature, cool, random)
            chords[index, blocks[index]] = drawn[blocks[index]]
    return list(chords)


def _drawn(
    scores: Floats, temperature: float, cool: float, random: np.random.Generator
) -> NDArray[np.int64]:
    # The long tail of chords that are hardly ever right is not drawn from.
    scores[scores < scores.max(-1, keepdims=True) + TAIL * max(1.0, temperature)] = _FORBIDDEN
    noise = random.gumbel(size=scores.shape)
    return np.asarray((scores / max(temperature * cool, 0.05) + noise).argmax(-1))


def likeliest(
    network: ChordsNetwork, sight: Sight, chain: Chain = PLAIN,
    random: np.random.Generator | None = None,
) -> NDArray[np.int64]:  # fmt: skip
    """The chained reading: the best chain of chords by melody and by usual neighbours.

    Viterbi over the network's chances with the known chords seen, and how often chords follow
    each other; then halves are named anew in turn given all others.
    """
    return all_likeliest(network, [sight], [(chain, random)])[0]


def all_likeliest(
    network: ChordsNetwork, sights: Sequence[Sight],
    how: Sequence[tuple[Chain, np.random.Generator | None]],
) -> list[NDArray[np.int64]]:  # fmt: skip
    """The same for several sights of one request that differ in their bias, side by side."""
    first = sights[0]
    free = first.free
    if not free.any():
        return [sight.known.copy() for sight in sights]
    heard = logits_of(network, first.rows, first.known)
    found = []
    for sight, (chain, random) in zip(sights, how, strict=True):
        scores = heard + sight.bias
        if chain.noise and random is not None:
            scores = scores + chain.noise * random.gumbel(size=scores.shape)
        found.append(_chained(network, scores, sight, chain))
    chords = np.stack(found)
    turns = np.arange(len(free)) % 2
    for polish in range(_POLISHES):
        block = free & (turns == polish % 2)
        again = logits_of(network, first.rows, np.where(block, UNKNOWN, chords))
        for index, (chain, _) in enumerate(how):
            scores = again[index] + sights[index].bias
            # What stands needs a reason to go, the more so where the chain was to lead elsewhere.
            scores[np.arange(len(free)), chords[index]] += 1.0 + chain.restless
            chords[index] = np.where(block, scores.argmax(-1), chords[index])
    return list(chords)


def _chained(
    network: ChordsNetwork, scores: Floats, sight: Sight, chain: Chain
) -> NDArray[np.int64]:
    scores = scores.copy()
    fixed = np.flatnonzero(~sight.free)
    held = sight.known[fixed]
    inside = held < SYMBOLS
    scores[fixed] = _FORBIDDEN
    scores[fixed[inside], held[inside]] = 0.0
    moves = chain.pairs * network.pairs.double().numpy()
    moves[0] -= chain.restless * np.eye(SYMBOLS)
    places = sight.rows[:, PLACE].astype(int).clip(0, 1)
    best, backs = scores[0], []
    for index in range(1, len(scores)):
        options = best[:, None] + moves[places[index]]
        back = options.argmax(0)
        backs.append(back)
        best = options[back, np.arange(len(back))] + scores[index]
    found = [int(best.argmax())]
    for back in reversed(backs):
        found.append(int(back[found[-1]]))
    return np.array(found[::-1], np.int64)
