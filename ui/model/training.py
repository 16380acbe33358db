"""A model of one's own: `antiphon train` as a child, its progress and curve, and its end."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from antiphon.ui.model.line import Post
from antiphon.ui.model.topics import Topic

IDLE, READING, TRAINING, DONE, NO_BETTER, FAILED, STOPPED = (
    "idle", "reading", "training", "done", "no better", "failed", "stopped",
)  # fmt: skip
_MINUTES = 3.0


class Training:
    """One fine-tuning at a time; `changed` tells that state, curve or result changed.

    `train` holds (seconds, bits an event), `valid` (seconds, bits a note).
    """

    def __init__(self, post: Post, command: tuple[str, ...] = ()) -> None:
        self._post = post
        self._command = command or (sys.executable, "-m", "antiphon.bridge.cli", "train")
        self._process: subprocess.Popen[str] | None = None
        self.state, self.name, self.sentence = IDLE, "", ""
        self.train: list[tuple[float, float]] = []
        self.valid: list[tuple[float, float]] = []
        self.result: dict[str, Any] = {}
        self.changed = Topic()

    @property
    def is_running(self) -> bool:
        """Whether a child is at work."""
        return self.state in (READING, TRAINING)

    @property
    def fraction(self) -> float:
        """How much of the time budget is spent, 0 to 1."""
        last = max([at for at, _bits in (*self.train, *self.valid)], default=0.0)
        return min(1.0, last / (60 * _MINUTES))

    def begin(self, folder: Path, base: str, name: str, *, is_first: bool) -> None:
        """Let a shipped model learn the pieces of a folder, under a name of one's own."""
        if self.is_running:
            return
        self.state, self.name, self.sentence = READING, name, ""
        self.train, self.valid, self.result = [], [], {}
        words = [*self._command, str(folder), "--from", base, "--name", name, "--json"]
        words += ["--minutes", str(_MINUTES), *(["--first"] if is_first else [])]
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except OSError as error:
            self._end(1, error.strerror or str(error))
            return
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        self.changed.tell()

    def cancel(self) -> None:
        """Stop the child; nothing is added, and the same folder goes on where it stood."""
        if self._process is not None and self.is_running:
            self.state = STOPPED
            self._process.terminate()
            self.changed.tell()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                self._post(lambda said=said: self._heard(said))  # type: ignore[misc]
        errors = process.stderr.read()
        code = process.wait()
        self._post(lambda: self._end(code, errors))

    def _heard(self, said: dict[str, Any]) -> None:
        event = said.get("event")
        if self.state not in (READING, TRAINING):
            return
        if event in ("step", "epoch"):
            self.state = TRAINING
            at = float(said.get("seconds") or 0)
            for points, bits in ((self.train, "train_bits"), (self.valid, "valid_bits")):
                if said.get(bits):
                    points.append((at, float(said[bits])))
        elif event == "tuned":
            self.result = said
        self.changed.tell()

    def _end(self, code: int, errors: str) -> None:
        if self.state != STOPPED:
            if code == 0 and self.result:
                self.state = DONE if self.result.get("folder") else NO_BETTER
            else:
                self.state = FAILED
                lines = [line for line in errors.strip().splitlines() if "antiphon:" in line]
                self.sentence = lines[-1].partition("antiphon:")[2].strip() if lines else ""
        self._process = None
        self.changed.tell()
