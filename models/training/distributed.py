"""Training in several processes or on several machines: each takes its share of every step.

Started by `torchrun`, which tells each process its rank; the processes add up their gradients
over gloo (CPU), so that all take the same step. Started alone, everything here does nothing.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Self, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

_T = TypeVar("_T")


class Group:
    """The processes of a training and the place (`rank`, from 0) of this one among them."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    @classmethod
    @contextmanager
    def of_environment(cls) -> Iterator[Self]:
        """The group that torchrun started this process in, or a group of one."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size <= 1:
            yield cls()
            return
        dist.init_process_group("gloo")
        try:
            yield cls(dist.get_rank(), dist.get_world_size())
        finally:
            dist.destroy_process_group()

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def steps(self, items: Iterable[_T]) -> Iterator[_T | None]:
        """This process's item of each step: the items in turn, one each, None where they end.

        Every process must be given the same items; each item then falls to exactly one.
        """
        turn: list[_T] = []
        for item in items:
            turn.append(item)
            if len(turn) == self.size:
                yield turn[self.rank]
                turn = []
        if turn:
            yield turn[self.rank] if self.rank < len(turn) else None

    def share(self, items: Sequence[_T]) -> Sequence[_T]:
        """This process's part of some items, about as many as each other's."""
        return items[self.rank :: self.size]

    def add_up(self, values: Tensor) -> Tensor:
        """Put the sum over all processes in the place of some values; returns them."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def first_says(self, tensors: Iterable[Tensor]) -> None:
        """Put the first process's values in the place of everyone's."""
        if self.size > 1:
            with torch.no_grad():
                for tensor in tensors:
                    dist.broadcast(tensor, 0)

    def agree(self, tensors: Iterable[Tensor]) -> bool:
        """Whether all processes hold the same values to the last bit."""
        if self.size == 1:
            return True
        state = sha256()
        for tensor in tensors:
            state.update(tensor.detach().contiguous().numpy().tobytes())
        own = torch.tensor(list(state.digest()), dtype=torch.int64)
        least, most = own.clone(), own.clone()
        dist.all_reduce(least, dist.ReduceOp.MIN)
        dist.all_reduce(most, dist.ReduceOp.MAX)
        return bool((least == most).all())
