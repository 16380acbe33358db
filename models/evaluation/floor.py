"""The bytes of weights that an answer reads, whether torch or numpy reads them.

A table look-up reads its rows only; everything else reads a weight whole, once an operation.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from antiphon.models.networks.arranger_steps import ArrangerSteps
from antiphon.models.networks.chorale_steps import ChoraleSteps

# Networks that are stepped in numpy, from copies of their weights.
_STEPPED = (ArrangerSteps, ChoraleSteps)
_SMALLEST = 1024


class Reading(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of weights that torch reads; `weights` are those in memory by address."""

    def __init__(self, weights: dict[int, int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._weights = weights
        self.count = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        found = func(*args, **(kwargs or {}))
        tensors = [t for arg in args for t in (arg if isinstance(arg, list | tuple) else [arg])]
        for tensor in tensors:
            if isinstance(tensor, torch.Tensor) and tensor.data_ptr() in self._weights:
                if "embedding" in str(func):
                    first = found[0] if isinstance(found, tuple) else found
                    self.count += first.numel() * first.element_size()
                elif not any(word in str(func) for word in ("view", "t.default", "detach")):
                    self.count += tensor.numel() * tensor.element_size()
        return found


class Tally:
    """How many bytes of arrays were read."""

    def __init__(self) -> None:
        self.count = 0


class Counted(np.ndarray[Any, Any]):
    """An array of weights that tells a tally when it is read."""

    tally: Tally | None = None

    def __array_finalize__(self, source: Any) -> None:
        self.tally = getattr(source, "tally", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        for one in inputs:
            if isinstance(one, Counted) and one.tally is not None:
                one.tally.count += one.nbytes
        return getattr(ufunc, method)(*map(_plain, inputs), **kwargs)

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        if isinstance(found, Counted) and not np.shares_memory(found, self):
            # Rows that were looked up are a copy.
            if self.tally is not None:
                self.tally.count += found.nbytes
            return _plain(found)
        return found


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Counted) else value


def counted(value: Any, tally: Tally) -> Any:
    """Arrays of weights, alone or in lists and tuples, as ones that tell a tally."""
    if isinstance(value, list | tuple):
        return type(value)(counted(one, tally) for one in value)
    if isinstance(value, np.ndarray) and value.dtype == np.float32 and value.nbytes >= _SMALLEST:
        found = value.view(Counted)
        found.tally = tally
        return found
    return value


@contextmanager
def reading() -> Iterator[list[int]]:
    """The bytes read while this lasts, in a list of one number that is filled at its end."""
    tally, found = Tally(), [0]
    stepped = [one for one in gc.get_objects() if type(one) in _STEPPED]
    kept = [dict(vars(one)) for one in stepped]
    for one, own in zip(stepped, kept, strict=True):
        vars(one).update({name: counted(value, tally) for name, value in own.items()})
    modules = [m for m in gc.get_objects() if issubclass(type(m), torch.nn.Module)]
    torch_reads = Reading({p.data_ptr(): p.numel() for m in modules for p in m.parameters()})
    try:
        with torch_reads:
            yield found
    finally:
        for one, own in zip(stepped, kept, strict=True):
            vars(one).update(own)
        found[0] = torch_reads.count + tally.count
