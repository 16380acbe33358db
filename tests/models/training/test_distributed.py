"""Two processes share a training: each batch is seen once, and both end with the same weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from antiphon.bridge.formats.files import write_phrase
from antiphon.models.training.distributed import Group
from antiphon.models.training.kinds import KINDS
from antiphon.models.training.loop import Loop, Plan
from antiphon.models.training.prepare import Wishes, prepare

SIZES = {"embedding": 16, "hidden": 16, "head": 16, "dropout": 0}
# The command itself, with every batch of each process written down.
SCRIPT = """
import json, os, sys
from hashlib import sha256
from pathlib import Path
from safetensors.torch import save_file
from antiphon.models.training import loop, train

out, rank = Path(sys.argv[1]), os.environ["RANK"]
seen, plain, run = [], loop.Loop._backward, loop.Loop.run

def noted(self, batch):
    seen.append(sha256(b"".join(array.tobytes() for array in batch)).hexdigest())
    return plain(self, batch)

def kept(self, *arguments):
    reason = run(self, *arguments)
    save_file(dict(self.network.state_dict()), out / f"rank{rank}.safetensors")
    (out / f"rank{rank}.json").write_text(json.dumps(seen))
    return reason

loop.Loop._backward, loop.Loop.run = noted, kept
sys.exit(train.main(sys.argv[2:]))
"""


class Pairs(Group):
    """A group of one that takes the batches of two."""

    def steps(self, items):
        left = list(items)
        yield from (left[index : index + 2] for index in range(0, len(left), 2))


class Both(Loop):
    """A loop that adds up the gradients of all batches of a step."""

    def _backward(self, batch):
        sums = [super(Both, self)._backward(own) for own in batch]
        return sum(nats for nats, _ in sums), sum(events for _, events in sums)


@pytest.mark.parametrize("count", range(8))
@pytest.mark.parametrize("size", [1, 2, 3])
def test_each_item_falls_to_one_process_and_all_take_as_many_steps(count, size):
    steps = [list(Group(rank, size).steps(range(count))) for rank in range(size)]
    assert {len(own) for own in steps} == {-(-count // size)}
    assert sorted(item for own in steps for item in own if item is not None) == list(range(count))
    shares = [Group(rank, size).share(range(count)) for rank in range(size)]
    assert sorted(item for own in shares for item in own) == list(range(count))


def test_two_processes_learn_what_one_learns_from_the_same_batches(make_tune, tmp_path):
    music, out = tmp_path / "music", tmp_path / "out"
    music.mkdir()
    out.mkdir()
    for seed in range(14):
        (music / f"{seed}.mid").write_bytes(write_phrase(make_tune(seed), ".mid"))
    found = prepare([music], tmp_path / "set", Wishes(0.0, 0.2)).dataset
    (tmp_path / "script.py").write_text(SCRIPT)
    sizes = [f"--{name}={value}" for name, value in SIZES.items()]
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        str(tmp_path / "script.py"), str(out), str(tmp_path / "set"), "-o", str(tmp_path / "run"),
        "--epochs", "2", "--batch", "150", "--longest", "64", "--rate", "0.01", "--json", *sizes,
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    # Only the first process speaks, and it has checked that both hold the same weights.
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["begin", "epoch", "epoch", "end"]
    assert lines[0]["processes"] == 2
    assert lines[-1]["agree"] is True
    events = sum(len(tune.pitches) for tune in found.side("train"))
    assert [line["events"] for line in lines[1:3]] == [events, events]
    first, second = ((out / f"rank{rank}.safetensors").read_bytes() for rank in (0, 1))
    assert first == second
    _compare_with_one(found, tmp_path, out)


def _compare_with_one(found, tmp_path: Path, out: Path):
    from safetensors.torch import load_file

    torch.manual_seed(1)
    network = KINDS["melody-lstm"].built(found.durations.values, SIZES)
    (tmp_path / "one").mkdir()
    plan = Plan(epochs=2, batch=150, longest=64, rate=0.01)
    loop = Both(network, tmp_path / "one", plan, Pairs())
    loop.run(found.side("train"), found.side("valid"))
    for name, value in load_file(out / "rank0.safetensors").items():
        assert torch.allclose(value, network.state_dict()[name], atol=1e-4), name
    seen = [json.loads((out / f"rank{rank}.json").read_text()) for rank in (0, 1)]
    assert not set(seen[0]) & set(seen[1])
    assert abs(len(seen[0]) - len(seen[1])) <= 2
    assert loop.progress.step == max(len(own) for own in seen)
