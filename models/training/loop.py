"""The training loop of the note-by-note melody networks: resumable, stoppable, in any company.

What is judged and kept is the running mean of the weights, which forgets the noise of the last
steps (Polyak and Juditsky 1992). A run that was stopped goes on where it stood, batch by batch.
"""

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from antiphon.models.training import dataset as data
from antiphon.models.training.distributed import Group
from antiphon.models.training.train_log import CsvLog

NATS_TO_BITS = 1 / math.log(2)
STATE, WEIGHTS = "latest.safetensors", "weights.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")
_TOLD_EVERY, _KEPT_EVERY = 5.0, 120.0
# Told what happens: "begin", "step", "epoch" or "end", with figures.
Tell = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: budgets, seed, sizes of batches and pieces in events, and the optimiser's.

    The rate falls along a cosine as the minutes or the epochs are spent, whichever goes first.
    `patience` is the number of epochs without a better validation figure after which it stops;
    `newest` is the least share of the newest weights in their running mean.
    """

    minutes: float = 30.0
    epochs: int = 1000
    seed: int = 1
    batch: int = 1024
    longest: int = 128
    rate: float = 1.5e-3
    patience: int = 1000
    newest: float = 0.001
    warm_up: int = 100


@dataclass(slots=True)
class Progress:
    """Where a run stands: seconds, epochs, steps in all and in this epoch, the best figure.

    `nats` and `events` add up this epoch's; `best` is in validation bits a note.
    """

    seconds: float = 0.0
    epoch: int = 0
    step: int = 0
    best: float = math.inf
    best_epoch: int = 0
    done: int = 0
    nats: float = 0.0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """Bits a note over some tunes: all of it, and the shares of pitches and durations."""

    total: float
    pitch: float
    duration: float
    notes: int


def score(network: nn.Module, tunes: Sequence[data.Encoded], group: Group | None = None) -> Score:
    """Bits a note of a network on whole tunes, rests and holds counted in the bits."""
    network.eval()
    sums = torch.zeros(3, dtype=torch.double)
    with torch.inference_mode():
        for tune in group.share(tunes) if group else tunes:
            arrays = (tune.rows, tune.pitches, tune.durations)
            pitch, duration = network(*(torch.from_numpy(a).unsqueeze(0) for a in arrays))
            sums += torch.tensor(
                [float(pitch.double().sum()), float(duration.double().sum()), tune.notes]
            )
    if group:
        group.add_up(sums)
    pitch_nats, duration_nats, count = sums.tolist()
    notes = max(1, int(count))
    bits = pitch_nats * NATS_TO_BITS / notes, duration_nats * NATS_TO_BITS / notes
    return Score(sum(bits), *bits, notes)


class Loop:
    """One training run in a folder: network, optimiser and progress, all of it kept there.

    The network maps rows, pitches and durations (batch, time) to the negative log-likelihoods
    of pitches and of durations in nats (batch, time). The best mean of its weights so far is in
    `weights.safetensors`. Only the first process of a group writes.
    """

    def __init__(
        self, network: nn.Module, folder: Path, plan: Plan, group: Group | None = None,
        tell: Tell = lambda event, figures: None,
    ) -> None:  # fmt: skip
        self.network, self.folder, self.plan = network, folder, plan
        self.group, self.tell = group or Group(), tell
        self.mean = copy.deepcopy(network)
        self._parameters = list(network.parameters())
        decayed = [p for p in self._parameters if p.dim() > 1]
        plain = [p for p in self._parameters if p.dim() <= 1]
        groups = [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.98))
        self.progress = Progress()
        self._log = CsvLog(folder / "train.csv") if self.group.is_first else None

    def run(
        self, train: Sequence[data.Encoded], valid: Sequence[data.Encoded],
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> str:  # fmt: skip
        """Train until a budget is spent; says why it ended.

        "time", "epochs", "patience", or "stopped" if `is_stopped` said so; then the same call
        on the same folder goes on.
        """
        resumed = self.resume()
        if self._log:
            self._log.cut_after(self.progress.step)
        count = sum(p.numel() for p in self._parameters)
        processes = self.group.size
        self.tell("begin", {"resumed": resumed, "parameters": count, "processes": processes})
        reason = self._reason()
        while not reason:
            if not self._epoch(train, is_stopped):
                reason = "stopped"
                break
            self._judge(valid)
            reason = self._reason()
        self.keep()
        agree = self.group.agree(self.network.parameters())
        figures = {"reason": reason, "best": self.progress.best, "agree": agree}
        self.tell("end", figures | {"best_epoch": self.progress.best_epoch})
        if not agree:
            raise RuntimeError("the processes hold different weights")
        return reason

    def learning_rate(self) -> float:
        """A short warm-up, then a cosine down to a hundredth as the budget is spent."""
        plan, progress = self.plan, self.progress
        spent = min(1.0, max(progress.seconds / (plan.minutes * 60), progress.epoch / plan.epochs))
        warm = min(1.0, (progress.step + 1) / plan.warm_up)
        return plan.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * spent)))

    def _reason(self) -> str:
        plan, progress = self.plan, self.progress
        if progress.seconds >= plan.minutes * 60:
            return "time"
        if progress.epoch >= plan.epochs:
            return "epochs"
        return "patience" if progress.epoch - progress.best_epoch >= plan.patience else ""

    def _epoch(self, tunes: Sequence[data.Encoded], is_stopped: Callable[[], bool]) -> bool:
        """Train on every tune once, or until the time is spent; False if it was stopped."""
        self.network.train()
        plan, progress = self.plan, self.progress
        seed = plan.seed + progress.epoch
        batches = data.batches(tunes, seed, plan.batch, plan.longest)
        told = kept = time.monotonic()
        for index, batch in enumerate(self.group.steps(batches)):
            if index < progress.done:
                continue
            if self._step(batch, is_stopped()):
                self.keep()
                return False
            now = time.monotonic()
            if now - told > _TOLD_EVERY:
                self._report(None)
                told = now
            if now - kept > _KEPT_EVERY:
                self.keep()
                kept = now
            if progress.seconds > plan.minutes * 60:
                break
        progress.epoch += 1
        progress.done = 0
        return True

    def _step(self, batch: data.Batch | None, is_stopped: bool) -> bool:
        """One step of all processes; True if one of them was told to stop, then none was taken."""
        began = time.monotonic()
        plan, progress, group = self.plan, self.progress, self.group
        # The draws of a step depend on its number alone, so that a resumed run draws the same.
        torch.manual_seed((plan.seed * 1_000_003 + progress.step) * group.size + group.rank)
        self.optimiser.zero_grad(set_to_none=True)
        nats, events = (0.0, 0) if batch is None else self._backward(batch)
        seconds = time.monotonic() - began if group.is_first else 0.0
        sums = self._shared([nats, float(events), seconds, float(is_stopped)])
        if sums[3]:
            return True
        for parameter in self._parameters:
            if parameter.grad is not None:
                parameter.grad /= max(1.0, sums[1])
        for part in self.optimiser.param_groups:
            part["lr"] = self.learning_rate()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self.optimiser.step()
        self._average()
        progress.nats, progress.events = progress.nats + sums[0], progress.events + round(sums[1])
        progress.step, progress.done = progress.step + 1, progress.done + 1
        rest = time.monotonic() - began - seconds if group.size == 1 else 0.0
        progress.seconds += sums[2] + rest
        return False

    def _backward(self, batch: data.Batch) -> tuple[float, int]:
        rows, pitches, durations, mask = (torch.from_numpy(array) for array in batch)
        pitch, duration = self.network(rows, pitches, durations)
        total: Tensor = ((pitch + duration) * mask).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return float(total.detach()), int(mask.sum())

    def _shared(self, header: list[float]) -> list[float]:
        """Add up the gradients, and some numbers, over all processes."""
        if self.group.size == 1:
            return header
        slopes = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._parameters]
        flat = torch.cat([torch.tensor(header), *(slope.flatten() for slope in slopes)])
        self.group.add_up(flat)
        start = len(header)
        for parameter in self._parameters:
            size = parameter.numel()
            parameter.grad = flat[start : start + size].view_as(parameter)
            start += size
        return [float(value) for value in flat[: len(header)]]

    def _average(self) -> None:
        share = max(self.plan.newest, 1 / (10 + self.progress.step))
        with torch.no_grad():
            pairs = zip(self.mean.parameters(), self._parameters, strict=True)
            for mean, newest in pairs:
                mean.lerp_(newest, share)

    def _judge(self, valid: Sequence[data.Encoded]) -> None:
        """Measure the mean of the weights on the validation side; keep it if it is the best."""
        result, progress = score(self.mean, valid, self.group), self.progress
        if result.total < progress.best:
            progress.best, progress.best_epoch = result.total, progress.epoch
            if self.group.is_first:
                save_whole(self.mean.state_dict(), self.folder / WEIGHTS)
        self._report(result)
        progress.nats, progress.events = 0.0, 0
        self.keep()

    def _report(self, result: Score | None) -> None:
        progress = self.progress
        figures: dict[str, Any] = {
            "step": progress.step, "epoch": progress.epoch, "seconds": round(progress.seconds, 2),
            "rate": self.learning_rate(), "events": progress.events,
            "train_bits": progress.nats * NATS_TO_BITS / max(1, progress.events),
        }  # fmt: skip
        if result is not None:
            figures |= {
                "valid_bits": result.total, "valid_pitch_bits": result.pitch,
                "valid_duration_bits": result.duration,
                "is_best": int(progress.best_epoch == progress.epoch),
            }  # fmt: skip
        if self._log:
            self._log.add(figures)
        self.tell("step" if result is None else "epoch", figures)

    def keep(self) -> None:
        """Write weights, their mean, the optimiser and the progress, so that a run can go on."""
        if not self.group.is_first:
            return
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"mean.{k}": v for k, v in self.mean.state_dict().items()}
        for index, parameter in enumerate(self._parameters):
            state = self.optimiser.state.get(parameter, {})
            tensors |= {f"{m}.{index}": state[m] for m in _MOMENTS if m in state}
        text = json.dumps(asdict(self.progress))
        save_whole(tensors, self.folder / STATE, {"progress": text})
        (self.folder / STATE).with_suffix(".json").write_text(text)

    def resume(self) -> bool:
        """Take up the latest kept state of this folder, if the first process finds one."""
        path, progress = self.folder / STATE, self.progress
        found = torch.zeros(1)
        if self.group.is_first and path.is_file():
            self._take_up(path)
            found += 1
        self.group.first_says([found])
        self.group.first_says(self.network.parameters())
        self.group.first_says(self.mean.parameters())
        if not found:
            return False
        numbers = torch.tensor(list(asdict(self.progress).values()), dtype=torch.double)
        self.group.first_says([numbers])
        for name, value in zip(asdict(progress), numbers.tolist(), strict=True):
            setattr(self.progress, name, type(getattr(progress, name))(value))
        self._share_moments()
        return True

    def _take_up(self, path: Path) -> None:
        tensors = load_file(path)
        for prefix, network in (("network.", self.network), ("mean.", self.mean)):
            own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            network.load_state_dict(own)
        for index, parameter in enumerate(self._parameters):
            if f"exp_avg.{index}" in tensors:
                moments = {m: tensors[f"{m}.{index}"] for m in _MOMENTS}
                self.optimiser.state[parameter] = moments
        with safe_open(path, "pt") as file:
            self.progress = Progress(**json.loads(file.metadata()["progress"]))

    def _share_moments(self) -> None:
        if self.group.size == 1:
            return
        for parameter in self._parameters:
            fresh = {
                "exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter),
                "step": torch.zeros(()),
            }  # fmt: skip
            own = self.optimiser.state.get(parameter) or fresh
            self.group.first_says([own[m] for m in _MOMENTS])
            self.optimiser.state[parameter] = own


def save_whole(
    tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None
) -> None:
    """Write a safetensors file that is there whole or not at all."""
    part = path.with_suffix(".part")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, part, metadata)
    part.chmod(0o644)
    part.replace(path)
