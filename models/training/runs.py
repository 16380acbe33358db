"""The folder of a training run: what it was begun with, its log, and how it is stopped."""

import json
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from safetensors.torch import load_file
from torch import nn

from antiphon.bridge.errors import AntiphonError
from antiphon.models.training import dataset as data
from antiphon.models.training.loop import WEIGHTS
from antiphon.models.training.prepare_read import Progress
from antiphon.models.training.train_log import LOG

RUN, CONFIG = "run.json", "config.json"


@dataclass(slots=True)
class Stopping:
    """Whether Ctrl+C or a polite kill asked the training to stop; call it to know."""

    asked: bool = False

    def __call__(self) -> bool:
        """Whether it was asked to stop."""
        return self.asked

    def unless(self, progress: Progress) -> Progress:
        """The same progress, which raises KeyboardInterrupt once it was asked to stop.

        Reading has no state to keep, so it ends at the next file.
        """

        def told(done: int, files: int, name: str) -> None:
            progress(done, files, name)
            if self.asked:
                raise KeyboardInterrupt

        return told

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """The signals' handler."""
        if self.asked:
            # Asked twice: whoever waits no longer gets the default, an interrupt at once.
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def stoppable() -> Iterator[Stopping]:
    """Turn Ctrl+C and SIGTERM into a wish, so that a training ends between two steps."""
    stopping = Stopping()
    before = {
        number: signal.signal(number, stopping.ask) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def open_run(folder: Path, begun: dict[str, Any]) -> None:
    """Make a run's folder, or check that the one that is there was begun with the same.

    Raises AntiphonError("strange-run") if it was begun otherwise or holds other files.
    """
    path = folder / RUN
    try:
        if path.is_file():
            _refuse_other(folder, json.loads(path.read_text()), begun)
            return
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise AntiphonError("strange-run", what=str(folder), why="it holds other files")
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(begun, indent=1) + "\n")
    except OSError as error:
        raise AntiphonError("unwritable-file", what=str(folder), why=str(error.strerror)) from None
    except ValueError:
        raise AntiphonError("strange-run", what=str(path), why="it is damaged") from None


def _refuse_other(folder: Path, kept: dict[str, Any], begun: dict[str, Any]) -> None:
    for name, value in begun.items():
        if kept.get(name) != value:
            why = f"its {name} was {_short(kept.get(name))}, not {_short(value)}"
            raise AntiphonError("strange-run", what=str(folder), why=f"it is another run, {why}")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def log_to(folder: Path | None) -> None:
    """Log lines for people to standard error and, where a run's folder is given, into it."""
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    for handler in list(LOG.handlers):
        LOG.removeHandler(handler)
        handler.close()
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if folder is not None:
        handlers.append(logging.FileHandler(folder / "training.log"))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        LOG.addHandler(handler)


def sides(found: data.Dataset, what: str) -> tuple[list[data.Encoded], list[data.Encoded]]:
    """The training and the validation side. Raises AntiphonError("nothing-to-learn")."""
    train, valid = found.side("train"), found.side("valid")
    if not train or not valid:
        why = f"{len(train)} tunes to learn from and {len(valid)} to judge by"
        raise AntiphonError("nothing-to-learn", what=what, why=why)
    return train, valid


def with_best_weights(network: nn.Module, folder: Path) -> bool:
    """Put the best weights of a run into a network; False if it has none."""
    path = folder / WEIGHTS
    if not path.is_file():
        return False
    network.load_state_dict(load_file(path))
    network.eval()
    return True
