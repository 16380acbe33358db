"""The service's log: rotating files, request ids, never music at INFO."""

import logging
import logging.handlers
import os
from pathlib import Path

from antiphon.bridge import paths

LOG_FILE = "service.log"
HOST_LOG_FILE = "host.log"
_MAX_BYTES = 1_000_000


def start_logging(folder: Path, *, to_terminal: bool = False) -> logging.Logger:
    """The logger `antiphon`, writing to a rotating file that only its owner may read."""
    paths.make_private(folder)
    logger = logging.getLogger("antiphon")
    logger.setLevel(logging.INFO)
    stop_logging()
    words = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    file = logging.handlers.RotatingFileHandler(
        folder / LOG_FILE, maxBytes=_MAX_BYTES, backupCount=3, encoding="utf-8"
    )
    handlers: list[logging.Handler] = [file]
    if to_terminal:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(words)
        logger.addHandler(handler)
    logger.propagate = False
    return logger


def stop_logging() -> None:
    """Close the files that `start_logging` opened."""
    logger = logging.getLogger("antiphon")
    for handler in tuple(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = True


def open_host_log(folder: Path) -> int:
    """A file descriptor for what the model host says on standard error; begun anew at 1 MB."""
    path = paths.make_private(folder) / HOST_LOG_FILE
    if path.exists() and path.stat().st_size > _MAX_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
