"""Look for better settings: `python -m antiphon.models.training.tune TASK --data FOLDER -o RUN`.

`sampling` tries temperature, candidates, cut-off and the weights of ranking, and measures how
far takes are from the human row; `training` tries rate, dropout and sizes by short trainings, and
measures validation bits a note. Optuna's sampler (Akiba et al. 2019; TPE of Bergstra et al. 2011)
chooses; the study is kept in RUN/study.db, and the same command takes it up again.
"""

import argparse
import csv
import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import torch

from antiphon.bridge.errors import AntiphonError, ExitCode
from antiphon.models.catalog import model_for
from antiphon.models.tasks.ranking import WEIGHTS, Weights
from antiphon.models.training import dataset as data
from antiphon.models.training.kinds import KINDS
from antiphon.models.training.loop import Loop, Plan
from antiphon.models.training.prepare import prepare, tell_progress
from antiphon.models.training.prepared_set import DATASET, kept_melodies, kept_tunes
from antiphon.models.training.runs import Stopping, open_run, sides, stoppable
from antiphon.models.training.tune_sampling import Settings, distance, excerpts, means
from antiphon.models.weights import load_melody

TASKS = ("sampling", "training")
_DRAWS = 20260101
_FIRST_TRIALS = 8
_SHORT_OF_TIME = 0.05


class Trial(Protocol):
    """What is used of an optuna trial."""

    number: int

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number between two bounds."""

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1) -> int:
        """A whole number between two bounds."""

    def report(self, value: float, step: int) -> None:
        """Tell how the trial stands."""

    def should_prune(self) -> bool:
        """Whether it is not worth going on."""

    def set_user_attr(self, key: str, value: Any) -> None:
        """Keep a value with the trial."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search: how a trial is measured (lower is better), the settings in use, its identity.

    `usual` is tried first, so that every other trial is measured beside it. `again` measures
    settings anew, on other draws, since the best of many trials is lucky as well as good.
    """

    objective: Callable[[Trial], float]
    usual: dict[str, float]
    figure: str
    begun: dict[str, Any]
    again: Callable[[dict[str, Any]], float] | None = None


def sampling_search(folder: Path, seed: int, count: int, stopping: Stopping) -> Search:
    """Sampling settings of the shipped melody model on a data set's validation side.

    Raises AntiphonError: "no-weights", "nothing-to-learn" without tunes of twelve measures.
    """
    card = model_for("continue", "melody-lstm")
    if card is None:
        raise AntiphonError("no-weights", model="melody-lstm")
    model = load_melody(card)
    melodies = kept_melodies(folder)
    # The training side follows where the validation side has too few tunes: sampling only reads.
    ordered = [m for m, side in melodies if side == "valid"]
    ordered += [m for m, side in melodies if side == "train"]
    places = excerpts(ordered, model, count)
    if not places:
        why = "no tune has twelve measures in a row"
        raise AntiphonError("nothing-to-learn", what=str(folder), why=why)
    human = asdict(means([place.human for place in places]))

    def objective(trial: Trial) -> float:
        settings = Settings(
            trial.suggest_float("temperature", 0.6, 1.5),
            trial.suggest_int("candidates", 1, 12),
            trial.suggest_float("least", 0.0, 0.12),
            Weights(
                trial.suggest_float("density", 0.0, 4.0),
                trial.suggest_float("repetition", 0.0, 6.0),
                trial.suggest_float("likelihood", 0.0, 4.0),
                trial.suggest_float("ending", 0.0, 2.0),
                trial.suggest_float("form", 0.0, 4.0),
            ),
        )
        away, row = distance(places, model, settings, _DRAWS, stopping)
        trial.set_user_attr("row", {k: round(v, 4) for k, v in asdict(row).items()})
        trial.set_user_attr("human", {k: round(v, 4) for k, v in human.items()})
        return away

    plain = Settings()
    usual = {
        "temperature": plain.temperature, "candidates": plain.candidates, "least": plain.least,
        **asdict(WEIGHTS),
    }  # fmt: skip

    def again(settings: dict[str, Any]) -> float:
        plain = {name: settings[name] for name in ("temperature", "candidates", "least")}
        weights = Weights(**{k: v for k, v in settings.items() if k not in plain})
        return distance(places, model, Settings(**plain, weights=weights), 2 * _DRAWS)[0]

    begun = {"task": "sampling", "model": card.sha256, "excerpts": len(places), "seed": seed}
    return Search(objective, usual, "distance to the human row", begun, again)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a trial of training may spend: minutes, epochs; and the kind that is trained."""

    minutes: float
    epochs: int
    kind: str


def training_search(
    folder: Path, out: Path, seed: int, budget: Budget, stopping: Stopping
) -> Search:
    """Training settings by short trainings on a data set. Raises "nothing-to-learn"."""
    found = kept_tunes(folder)
    train, valid = sides(found, str(folder))
    kind = KINDS[budget.kind]

    def objective(trial: Trial) -> float:
        optuna = _optuna()
        rate = trial.suggest_float("rate", 2e-4, 8e-3, log=True)
        sizes: dict[str, float] = {"hidden": trial.suggest_int("hidden", 32, 384, step=32)}
        if "dropout" in kind.sizes:
            sizes["dropout"] = trial.suggest_float("dropout", 0.0, 0.6)
            sizes["embedding"] = trial.suggest_int("embedding", 32, 256, step=32)
            sizes["head"] = trial.suggest_int("head", 32, 256, step=32)
        torch.manual_seed(seed)
        place = out / f"trial-{trial.number}"
        place.mkdir(exist_ok=True)

        def tell(event: str, figures: dict[str, Any]) -> None:
            if event == "epoch":
                trial.report(figures["valid_bits"], figures["epoch"])
                if trial.should_prune():
                    raise optuna.TrialPruned

        plan = Plan(
            budget.minutes, budget.epochs, seed, batch=512, rate=rate, patience=5, newest=0.01,
            warm_up=20,
        )  # fmt: skip
        try:
            loop = Loop(kind.built(found.durations.values, sizes), place, plan, tell=tell)
            if loop.run(train, valid, stopping) == "stopped":
                raise InterruptedError
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return loop.progress.best

    usual = {"rate": kind.rate, **kind.sizes}
    begun = {"task": "training", "kind": budget.kind, "data": data.digest(found), "seed": seed}
    return Search(objective, usual, "validation bits a note", begun)


def search(
    wish: Search, out: Path, trials: int, minutes: float, stopping: Stopping
) -> dict[str, Any]:
    """Try settings until there are `trials` finished ones or the minutes are spent.

    Returns the best trial as kept in `best.json`. Raises AntiphonError: "missing-library"
    without optuna, "strange-run" where the folder holds another search.
    """
    optuna = _optuna()
    open_run(out, wish.begun)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = f"sqlite:///{(out / 'study.db').absolute()}"
    study = optuna.create_study(
        storage=storage, study_name="antiphon", load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2),
    )  # fmt: skip
    # A sampler that began from the same seed again would ask the same questions again.
    study.sampler = optuna.samplers.TPESampler(
        seed=wish.begun["seed"] + len(study.trials), n_startup_trials=_FIRST_TRIALS
    )
    if not study.trials:
        study.enqueue_trial(wish.usual)
    deadline = time.monotonic() + minutes * 60
    while _finished(study) < trials and time.monotonic() < deadline and not stopping():
        _try_one(study, wish, optuna)
        _write_csv(study, out / "trials.csv")
    if not any(trial.state.name == "COMPLETE" for trial in study.trials):
        why = "no trial was finished in the time given"
        raise AntiphonError("nothing-to-learn", what=str(out), why=why)
    best = study.best_trial
    found = {
        "figure": wish.figure, "value": best.value, "number": best.number,
        "settings": best.params, "about": best.user_attrs,
        "usual": _usual_value(study), "finished": _finished(study),
    }  # fmt: skip
    if wish.again is not None and not stopping():
        found["again"] = {"best": wish.again(best.params), "usual": wish.again(wish.usual)}
    (out / "best.json").write_text(json.dumps(found, indent=1) + "\n")
    return found


def _try_one(study: Any, wish: Search, optuna: ModuleType) -> None:
    trial = study.ask()
    began = time.monotonic()
    try:
        value = wish.objective(trial)
    except optuna.TrialPruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        _say(f"trial {trial.number}: given up early")
        return
    except InterruptedError:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        # What was asked for first is asked again by the run that goes on.
        study.enqueue_trial(trial.params)
        return
    study.tell(trial, value)
    best = " *" if study.best_trial.number == trial.number else ""
    _say(f"trial {trial.number}, {time.monotonic() - began:.1f} s: {value:.4f}{best}")


def _finished(study: Any) -> int:
    return sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in study.trials)


def _usual_value(study: Any) -> float | None:
    first = study.trials[0]
    return float(first.value) if first.value is not None else None


def _write_csv(study: Any, path: Path) -> None:
    """All trials so far as a table: number, state, value, seconds, settings."""
    names = sorted({name for trial in study.trials for name in trial.params})
    part = path.with_suffix(".part")
    with part.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "state", "value", "seconds", *names])
        for trial in study.trials:
            spent = f"{trial.duration.total_seconds():.2f}" if trial.duration else ""
            row = [trial.params.get(name, "") for name in names]
            value = "" if trial.value is None else trial.value
            writer.writerow([trial.number, trial.state.name.lower(), value, spent, *row])
    part.replace(path)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _optuna() -> ModuleType:
    try:
        import optuna  # noqa: PLC0415 - optional, and slow to load
    except ImportError:
        raise AntiphonError(
            "missing-library", what="Tuning", library="optuna",
            command='pip install "antiphon[train]"',
        ) from None  # fmt: skip
    return optuna


def _told(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['finished']} trials; best {found['figure']}: {found['value']:.4f}"]
    if found["usual"] is not None:
        lines.append(f"with the usual settings: {found['usual']:.4f}")
    if "again" in found:
        again = found["again"]
        lines.append(f"on other draws: {again['best']:.4f}, usual {again['usual']:.4f}")
    for name, value in found["settings"].items():
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        lines.append(f"  {name:<12}{text}")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Search; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    try:
        _optuna()
        with stoppable() as stopping:
            found = search(
                _wish(options, stopping), options.output, options.trials, options.minutes, stopping
            )
    except AntiphonError as error:
        sys.stderr.write(f"antiphon: {error.sentence}\n  {error.remedy}\n")
        return int(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("antiphon: stopped.\n")
        return int(ExitCode.CANCELLED)
    sys.stdout.write("\n".join(_told(found)) + "\n")
    if stopping.asked:
        sys.stderr.write("antiphon: stopped; the same command goes on.\n")
        return int(ExitCode.CANCELLED)
    return int(ExitCode.OK)


def _wish(options: argparse.Namespace, stopping: Stopping) -> Search:
    if not (options.trials > 0 and options.minutes > 0):
        value = f"{options.trials} and {options.minutes:g}"
        why = "both must be more than nothing"
        raise AntiphonError("bad-control", name="--trials and --minutes", value=value, why=why)
    folder = options.data
    if not (folder / DATASET).is_file():
        folder = options.output.with_name(f"{options.output.name}-data")
        prepare([options.data], folder, progress=stopping.unless(tell_progress))
    if options.task == "sampling":
        return sampling_search(folder, options.seed, options.excerpts, stopping)
    share = max(_SHORT_OF_TIME, options.minutes / options.trials)
    budget = Budget(share, options.epochs, options.kind)
    return training_search(folder, options.output, options.seed, budget, stopping)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--data", type=Path, required=True, help="a data set or folder of music")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the search")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--kind", choices=tuple(KINDS), default="melody-lstm")
    parser.add_argument("--epochs", type=int, default=20, help="most epochs of a trial")
    parser.add_argument("--excerpts", type=int, default=16, help="tunes continued in each trial")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
