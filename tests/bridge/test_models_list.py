"""The list of models agrees with what the model side itself would serve."""

import hashlib
import json

from antiphon.bridge.models_list import RULES, installed_models, serving
from antiphon.bridge.protocol.messages import Task
from antiphon.models.catalog import About, catalog, model_for, write_about


def put(folder, name, weights=b"weights", **more):
    (folder / name).mkdir()
    digest = hashlib.sha256(weights).hexdigest()
    write_about(About(name, "kind", ("bass", "drums"), digest, (), **more), folder / name)
    (folder / name / "weights.safetensors").write_bytes(weights)


def test_the_installed_models_are_those_of_the_catalog():
    assert [m.name for m in installed_models()] == [card.name for card in catalog()]
    for task, name in serving(installed_models()).items():
        best = model_for(task)
        assert name == (best.name if best else RULES)


def test_the_highest_rank_of_a_task_serves_it(tmp_path):
    put(tmp_path, "one", rank=5, ranks={"drums": 1})
    put(tmp_path, "two", rank=3)
    models = installed_models(tmp_path)
    served = serving(models)
    assert (served[Task.BASS], served[Task.DRUMS], served[Task.FILL]) == ("one", "two", RULES)
    assert [model.size for model in models] == [7, 7]


def test_a_model_without_weights_or_with_others_is_known_for_it(tmp_path):
    put(tmp_path, "lost")
    put(tmp_path, "damaged")
    (tmp_path / "lost" / "weights.safetensors").unlink()
    (tmp_path / "damaged" / "weights.safetensors").write_bytes(b"other")
    damaged, lost = installed_models(tmp_path)
    assert (lost.size, damaged.is_intact()) == (0, False)
    assert serving((lost,))[Task.BASS] == RULES


def test_a_folder_that_says_nothing_readable_is_passed_over(tmp_path):
    for name, text in (("a", "{"), ("b", "[]"), ("c", json.dumps({"name": "c"})), ("d", "null")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.json").write_text(text)
    assert installed_models(tmp_path) == ()
