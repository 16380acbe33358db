"""Make a model the user's own: a few minutes on twenty pieces, and the host serves the result.

The model goes on learning from the user's pieces alone, at a low rate, until pieces that it does
not learn from get no better; where there are enough, others again are kept for the figures.
"""

import copy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding.vocabulary import Durations
from antiphon.models.training import dataset as data
from antiphon.models.training.kinds import KINDS, network_of
from antiphon.models.training.loop import Loop, Plan, Tell, score
from antiphon.models.training.own_model import OwnModel, install
from antiphon.models.training.prepare import prepared
from antiphon.models.training.prepare_read import Progress, gather
from antiphon.models.training.prepared_set import DATASET, kept_tunes
from antiphon.models.training.runs import open_run, sides, with_best_weights
from antiphon.models.training.split import exact_sides, held_out_shares, user_works

_BEHIND, _BEFORE = 5, 50


@dataclass(frozen=True, slots=True)
class FineTune:
    """What is wished: the user's music, the model to begin from, the new one's plain name.

    `is_first` ranks the new model before the shipped ones.
    """

    places: tuple[Path, ...]
    base: str
    name: str
    is_first: bool
    plan: Plan

    @staticmethod
    def usual_plan() -> Plan:
        """At most three minutes at under half the usual rate, with small batches and a quick mean.

        Chosen on the validation sides of three composers' guitar pieces, twenty of each.
        """
        return Plan(
            minutes=3.0, epochs=60, batch=256, rate=6e-4, patience=6, newest=0.05, warm_up=20
        )


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of it: bits a note before and after on the held-out side, and the new model.

    `side` names the side of the figures; `folder` is None where the model got no better, then
    none was added. `learnt`, `judged` and `tested` count tunes, `dropped` what was left out.
    """

    name: str
    before: float
    after: float
    side: str
    learnt: int
    judged: int
    tested: int
    dropped: int
    folder: Path | None

    def figures(self) -> dict[str, Any]:
        """Plain values for a line of JSON."""
        return asdict(self) | {"folder": str(self.folder) if self.folder else None}


def finetune(
    wish: FineTune,
    tell: Tell = lambda event, figures: None,
    is_stopped: Callable[[], bool] = lambda: False,
    progress: Progress = lambda done, files, name: None,
) -> Tuned | None:
    """Fine-tune and install a model; None if it was stopped, then the same call goes on.

    Raises AntiphonError: "no-such-model", "no-weights", "nothing-to-learn", or what reading and
    writing raise.
    """
    card = _base(wish.base)
    network = network_of(card)
    own, dropped = _data_set(wish, network, progress)
    train, valid = sides(own, _named(wish.places))
    tests = own.side("test")
    folder = paths.data_folder() / "training" / wish.name
    begun = {"base": card.sha256, "data": data.digest(own), "rate": wish.plan.rate}
    _forget_other(folder, begun)
    open_run(folder, begun)
    before = score(network, tests or valid).total
    loop = Loop(copy.deepcopy(network), folder, wish.plan, tell=tell)
    # What is no better than the model as it came is not kept.
    loop.progress.best = score(network, valid).total
    if loop.run(train, valid, is_stopped) == "stopped":
        return None
    better = with_best_weights(network, folder)
    after = score(network, tests or valid).total if better else before
    side = "pieces held out" if tests else "pieces that it was stopped by"
    installed = None
    if better:
        figures = {
            f"bits a note, your {side}": f"{after:.3f} (before {before:.3f})",
            "your tunes": f"{len(train)} learnt, {len(valid)} judged by, {len(tests)} held out",
        }
        rank = _BEFORE if wish.is_first else _BEHIND
        about = OwnModel(
            wish.name, card.about.kind, (_source(wish), *_base_sources(card)), figures,
            f"{card.name}, made the user's own on {len(train)} tunes of {_named(wish.places)}.",
            rank, card.about.tasks,
        )  # fmt: skip
        installed = install(about, network)
    shutil.rmtree(folder, ignore_errors=True)
    counts = (len(train), len(valid), len(tests), dropped)
    return Tuned(wish.name, before, after, side, *counts, installed)


def sentences(result: Tuned) -> Iterator[str]:
    """What came of it, for people."""
    yield (
        f"{result.learnt} tunes were learnt, {result.judged} judged when to stop, "
        f"{result.tested} were held out; left out: {result.dropped}."
    )
    if result.folder is None:
        yield f"The model got no better on your {result.side} ({result.before:.3f} bits a note)."
        yield "None was added. More pieces, or pieces of one style, help."
        return
    gain = 100 * (1 - result.after / result.before) if result.before else 0.0
    yield (
        f"Your {result.side}: {result.before:.3f} bits a note before, {result.after:.3f} after "
        f"({gain:.1f} % fewer)."
    )
    yield f"The model {result.name} is among yours. Ask for it with: --model {result.name}"


def _base(name: str) -> Card:
    cards = [card for card in catalog() if card.about.kind in KINDS and card.about.tasks]
    for card in cards:
        if card.name == name:
            return card
    names = ", ".join(card.name for card in cards)
    raise AntiphonError("no-such-model", name=name, task="fine-tuning", models=names)


def _data_set(wish: FineTune, network: nn.Module, progress: Progress) -> tuple[data.Dataset, int]:
    """The user's pieces in the model's duration symbols, and how many were left out."""
    config: Any = network.config
    durations = Durations(tuple(config.durations))
    (first, *others) = wish.places
    if not others and (first / DATASET).is_file():
        kept = kept_tunes(first)
        if kept.durations != durations:
            why = f"its durations are not those of {wish.base}; give the music itself"
            raise AntiphonError("unreadable-file", what=first.name, why=why)
        return kept, 0
    gathered = gather(wish.places, progress=progress)
    if not gathered.found:
        why = f"no melody is left of {gathered.files} files"
        raise AntiphonError("nothing-to-learn", what=_named(wish.places), why=why)
    works = user_works([f.tune for f in gathered.found], [f.name for f in gathered.found])
    parts = exact_sides(works, *held_out_shares(works))
    return prepared(gathered, works, parts, durations).dataset, len(gathered.dropped)


def _forget_other(folder: Path, begun: dict[str, Any]) -> None:
    """A kept state that began from other pieces or another model is of no use: drop it."""
    if folder.is_dir():
        try:
            open_run(folder, begun)
        except AntiphonError:
            shutil.rmtree(folder, ignore_errors=True)


def _base_sources(card: Card) -> tuple[str, ...]:
    return tuple(f"{source}, through {card.name}" for source in card.sources)


def _source(wish: FineTune) -> str:
    return f"the user's own pieces ({_named(wish.places)})"


def _named(places: tuple[Path, ...]) -> str:
    return ", ".join(place.resolve().name for place in places)
