import json
from hashlib import sha256

import torch
from safetensors.torch import save_file

from antiphon.models.catalog import model_for
from antiphon.models.networks.chorale import ChoraleConfig, ChoraleNetwork
from antiphon.models.tasks.chorale import load_writer
from antiphon.models.training.chorale_publish import publish


def test_a_published_run_is_in_the_catalog_and_loads(tmp_path):
    run, zoo = tmp_path / "run", tmp_path / "zoo"
    run.mkdir()
    torch.manual_seed(1)
    config = ChoraleConfig(24, 16, 24, 24, 0.0)
    network = ChoraleNetwork(config)
    save_file(network.state_dict(), run / "weights.safetensors")
    (run / "config.json").write_text(json.dumps(config.to_json()))
    folder = publish(run, zoo)
    card = model_for("harmonize", "chorale", zoo)
    assert card is not None
    assert card.sha256 == sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    assert card.about.parameters == sum(p.numel() for p in network.parameters())
    kept = load_writer(card).steps.network.state_dict()
    for name, tensor in network.state_dict().items():
        assert torch.allclose(kept[name], tensor, atol=2e-3), name
