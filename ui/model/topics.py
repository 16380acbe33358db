"""Telling listeners that something changed."""

from collections.abc import Callable


class Topic:
    """A list of functions that are called, in their order, when something is told."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called from now on; what is given back ends that."""
        self._listeners.append(listener)

        def forget() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return forget

    def tell(self) -> None:
        """Call every listener."""
        for listener in tuple(self._listeners):
            listener()
