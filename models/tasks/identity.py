"""What makes a take the same take: the hash of its input and the seed drawn from it."""

from dataclasses import dataclass
from hashlib import sha256

from antiphon.bridge.protocol.codec import dumps
from antiphon.bridge.protocol.messages import Receipt, Request
from antiphon.models.theory.frame import span_of


def input_hash(request: Request) -> str:
    """SHA-256 of what an answer depends on besides seed and take: music, region and controls."""
    state = sha256()
    for value in (request.phrase, request.controls):
        state.update(dumps(value))
    start, end = span_of(request)
    state.update(repr((request.region.part_ids, start, end)).encode())
    return state.hexdigest()


def seed_of(request: Request, number: int, digest: str) -> int:
    """The seed of one take: from the request's seed, the take's number and the input's hash."""
    told = f"{request.seed}/{number}/{digest}"
    return int.from_bytes(sha256(told.encode()).digest()[:8], "big")


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made a take: a model with the SHA-256 of its weights and its training data, or rules."""

    name: str
    sha256: str = ""
    sources: tuple[str, ...] = ()


def receipt_of(
    request: Request, number: int, maker: Maker, run: tuple[int, str], digest: str
) -> Receipt:
    """How take `number` came about.

    `run` is the longest run shared with a training piece, `digest` the request's `input_hash`,
    which is worth computing once a request.
    """
    return Receipt(
        model=maker.name,
        model_hash=maker.sha256,
        seed=request.seed,
        take=number,
        input_hash=digest,
        controls=request.controls,
        sources=maker.sources,
        longest_run=run[0],
        longest_run_in=run[1],
    )
