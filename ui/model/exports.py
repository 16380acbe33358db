"""Takes as files: saved where the person says, or laid down to be dragged."""

import re
from pathlib import Path

from antiphon.bridge import paths
from antiphon.bridge.answers import written
from antiphon.bridge.errors import AntiphonError
from antiphon.ui.model.reading import copy_with
from antiphon.ui.model.receipts import stub_of, with_receipt
from antiphon.ui.model.session import Session
from antiphon.ui.model.takes import Card

DRAGGED = "dragged"
SUFFIXES = (".musicxml", ".mxl", ".mid", ".abc", ".svg")
_KEPT = 50


def file_name(session: Session, card: Card, suffix: str) -> str:
    """A name that a person understands in a folder: "Scarborough Fair, bass, Take 2.mid"."""
    job = session.queue.job(card.request.id)
    title = job.origin.title if job else ""
    words = [title or "Antiphon", card.request.task.value, session.name_of(card)]
    plain = re.sub(r'[\\/:*?"<>|\x00-\x1f]', " ", ", ".join(words)).strip()
    return f"{plain[:120]}{suffix}"


def save_copy(session: Session, card: Card, path: Path) -> None:
    """Write a copy of the file that was asked about with the take in it, or the take alone.

    Raises AntiphonError("would-overwrite") for the very file that was asked about, and
    "unwritable-file".
    """
    job = session.queue.job(card.request.id)
    suffix = path.suffix.lower()
    if job is None:
        data = written(card.take, suffix)
    else:
        original = Path(job.origin.path) if job.origin.path else None
        if original is not None and path.exists() and path.samefile(original):
            raise AntiphonError("would-overwrite", what=path.name)
        data = copy_with(card, job.origin, suffix)
    _write(session, card, path, data)


def file_to_drag(session: Session, card: Card, suffix: str) -> Path:
    """The take alone as a file in a folder of the panel's own. Raises AntiphonError."""
    folder = paths.make_private(paths.data_folder() / DRAGGED)
    olds = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)
    for old in olds[:-_KEPT]:
        old.unlink(missing_ok=True)
    path = folder / file_name(session, card, suffix)
    _write(session, card, path, written(card.take, suffix))
    return path


def _write(session: Session, card: Card, path: Path, data: bytes) -> None:
    job = session.queue.job(card.request.id)
    if job is not None and not card.is_combined:
        stub = stub_of(job, card.take.number, card.take.receipt.model)
        data = with_receipt(data, path.suffix.lower(), stub)
    scratch = path.with_name(f".{path.name}.part")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        why = (error.strerror or str(error)).lower()
        raise AntiphonError("unwritable-file", what=path.name, why=why) from None
