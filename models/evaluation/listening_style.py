"""Style on pieces and composers kept from training, beside the majority and plain baselines."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from safetensors import safe_open

from antiphon.bridge.errors import AntiphonError
from antiphon.models.evaluation.report import Table
from antiphon.models.listening.features import features, vector
from antiphon.models.listening.style import style_model

_PLAIN = ("minor", "parts", "drums", "onsets a quarter", "struck together", "melody compass",
          "syncopation", "outside the key")  # fmt: skip
_MOST_A_STYLE = 12


def scores(truth: np.ndarray, told: np.ndarray, classes: int) -> tuple[float, float]:
    """Accuracy and macro-F1 over the classes that occur."""
    rows = []
    for label in range(classes):
        true, said = truth == label, told == label
        if true.any():
            both = int(np.count_nonzero(true & said))
            named = int(np.count_nonzero(true)) + int(np.count_nonzero(said))
            rows.append(2 * both / max(1, named))
    return float(np.mean(truth == told)) if len(truth) else 0.0, float(np.mean(rows or [0.0]))


def tables(data: Path) -> Iterator[Table]:
    """Accuracy and macro-F1 by view, and F1 of each style on whole pieces.

    All held-out pieces are taken where ANTIPHON_FEATURES names what `listening_data` measured, else
    at most twelve of each style are measured here.
    """
    from antiphon.models.training.listening_data import (  # noqa: PLC0415 - would be a circle
        VIEWS,
        Source,
        phrase_of,
        side_of,
        sources,
        views_of,
    )

    def drawn(side: str) -> list[Source]:
        own = [piece for piece in sources(data) if side_of(piece.group) == side]
        counts: dict[str, int] = {}
        kept = []
        for piece in sorted(own, key=lambda p: p.path.stem[::-1]):
            counts[piece.style] = counts.get(piece.style, 0) + 1
            if counts[piece.style] <= _MOST_A_STYLE:
                kept.append(piece)
        return kept

    model = style_model()
    if os.environ.get("ANTIPHON_FEATURES"):
        yield from _tables(_kept(Path(os.environ["ANTIPHON_FEATURES"])), VIEWS, model.styles)
        return
    rows = []
    for side in ("train", "test"):
        for number, piece in enumerate(drawn(side)):
            try:
                for view, phrase in views_of(phrase_of(piece.path), number):
                    if side == "train" and view != "whole":
                        continue
                    found = features(phrase)
                    if found:
                        rows.append((side, view, piece.style, found))
            except (AntiphonError, OSError, ValueError, IndexError):
                continue
    yield from _tables(rows, VIEWS, model.styles)


def _kept(path: Path) -> list[tuple[str, str, str, dict[str, float]]]:
    """The rows of a file of features: those of the test side, and whole pieces of the other."""
    from antiphon.models.training.listening_data import VIEWS, side_of  # noqa: PLC0415

    with safe_open(path, "np") as file:
        told = file.metadata()
        names, pieces = json.loads(told["names"]), json.loads(told["pieces"])
        values, piece, view = (file.get_tensor(name) for name in ("values", "piece", "view"))
    found = []
    for row, own, number in zip(values, piece, view, strict=True):
        _, _, style, group = pieces[int(own)]
        side = side_of(group)
        if side == "test" or VIEWS[int(number)] == "whole":
            measured = dict(zip(names, map(float, row), strict=True))
            found.append((side, VIEWS[int(number)], style, measured))
    return found


def _tables(
    rows: Sequence[tuple[str, str, str, dict[str, float]]], views: Sequence[str],
    styles: Sequence[str],
) -> Iterator[Table]:  # fmt: skip
    model = style_model()
    truth = np.array([styles.index(row[2]) for row in rows])
    told = np.array([styles.index(model.probabilities(row[3])[0].style) for row in rows])
    train = np.array([row[0] == "train" for row in rows])
    plain = _nearest_mean([row[3] for row in rows], truth, train)
    view = np.array([row[1] for row in rows])
    lines = []
    for name in views:
        own = ~train & (view == name)
        if own.any():
            common = np.bincount(truth[own]).argmax()
            for who, answer in (
                ("antiphon", told[own]), ("nearest mean of eight features", plain[own]),
                ("majority class", np.full(int(own.sum()), common)),
            ):  # fmt: skip
                right, f1 = scores(truth[own], answer, len(styles))
                lines.append((who, name, int(own.sum()), right, f1))
    yield Table(
        "Style of works and composers kept from training",
        ("who", "view", "views", "accuracy", "macro-F1"), tuple(lines),
    )  # fmt: skip
    whole = ~train & (view == "whole")
    yield Table(
        "Style by style, whole pieces",
        ("style", "pieces", "recall", "precision", "taken for"),
        tuple(_row(styles, label, truth[whole], told[whole]) for label in range(len(styles))),
    )


def _row(
    styles: Sequence[str], label: int, truth: np.ndarray, told: np.ndarray
) -> tuple[str, int, float, float, str]:  # fmt: skip
    own, said = truth == label, told == label
    both = np.count_nonzero(own & said)
    wrong = told[own & ~said]
    most = styles[int(np.bincount(wrong).argmax())] if len(wrong) else "–"
    return (
        styles[label], int(own.sum()), both / max(1, int(own.sum())),
        both / max(1, int(said.sum())), most,
    )  # fmt: skip


def _nearest_mean(
    found: Sequence[dict[str, float]], truth: np.ndarray, train: np.ndarray
) -> np.ndarray:
    """The plain baseline: the nearest mean of the training side in eight plain features."""
    values = np.array([vector(row, _PLAIN) for row in found])
    values = (values - values[train].mean(0)) / (values[train].std(0) + 1e-6)
    labels = np.unique(truth[train])
    means = np.array([values[train & (truth == label)].mean(0) for label in labels])
    nearest: np.ndarray = labels[((values[:, None] - means[None]) ** 2).sum(2).argmin(1)]
    return nearest
