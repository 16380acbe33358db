"""What a training says: a CSV file for plots, lines for people, JSON lines for the panel."""

import csv
import json
import logging
import sys
from pathlib import Path
from typing import Any

LOG = logging.getLogger("antiphon.training")
COLUMNS = (
    "step", "epoch", "seconds", "rate", "events", "train_bits",
    "valid_bits", "valid_pitch_bits", "valid_duration_bits", "is_best",
)  # fmt: skip
_REASONS = {
    "time": "the time is spent",
    "epochs": "all epochs are done",
    "patience": "the validation side got no better",
    "stopped": "stopped; the same command goes on",
}


class CsvLog:
    """`train.csv`: a row each few seconds and each epoch; bits an event, validation bits a note."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cut_after(self, step: int) -> None:
        """Drop the rows that a resumed run will write again."""
        kept: list[dict[str, Any]] = []
        if self._path.is_file():
            with self._path.open(newline="") as file:
                kept = [row for row in csv.DictReader(file) if int(row["step"] or 0) <= step]
        with self._path.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(kept)

    def add(self, figures: dict[str, Any]) -> None:
        """Write a row."""
        with self._path.open("a", newline="") as file:
            rounded = {k: _rounded(v) for k, v in figures.items()}
            csv.DictWriter(file, COLUMNS, extrasaction="ignore").writerow(rounded)


def tell_people(event: str, figures: dict[str, Any]) -> None:
    """Log what happens in a training as a line."""
    if event == "begin":
        company = "" if figures["processes"] == 1 else f", {figures['processes']} processes"
        word = "resumed" if figures["resumed"] else "new"
        LOG.info("%s, %d parameters%s", word, figures["parameters"], company)
    elif event == "step":
        LOG.info("%s: %.3f bits an event", _place(figures), figures["train_bits"])
    elif event == "epoch":
        LOG.info(
            "%s: %.3f bits an event; valid %.4f bits a note (pitch %.4f, duration %.4f)%s",
            _place(figures), figures["train_bits"], figures["valid_bits"],
            figures["valid_pitch_bits"], figures["valid_duration_bits"],
            " *" if figures["is_best"] else "",
        )  # fmt: skip
    elif event == "end":
        LOG.info(
            "done: %s; best %.4f bits a note in epoch %d",
            _REASONS[figures["reason"]], figures["best"], figures["best_epoch"],
        )  # fmt: skip


def tell_programs(event: str, figures: dict[str, Any]) -> None:
    """Print what happens in a training as a line of JSON."""
    rounded = {k: _rounded(v) for k, v in figures.items()}
    # A figure that is not there yet is none: JSON knows no infinity.
    finite = {k: None if v == float("inf") else v for k, v in rounded.items()}
    sys.stdout.write(json.dumps({"event": event, **finite}) + "\n")
    sys.stdout.flush()


def _place(figures: dict[str, Any]) -> str:
    minutes = figures["seconds"] / 60
    return f"epoch {figures['epoch']}, step {figures['step']}, {minutes:.1f} min"


def _rounded(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value
