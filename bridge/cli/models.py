"""`antiphon models`: what can answer, how well, and what answers unless another is named."""

import argparse
import json

from antiphon.bridge.errors import ExitCode
from antiphon.bridge.models_list import Model, installed_models, serving
from antiphon.bridge.protocol.messages import Task


def run(options: argparse.Namespace) -> int:
    """Print the models, of one task where one is named."""
    models = installed_models()
    served = serving(models)
    tasks = [Task(options.task)] if options.task else list(Task)
    shown = [m for m in models if not options.task or options.task in m.tasks]
    if options.json:
        print(json.dumps(_report(shown, served, tasks), ensure_ascii=False, indent=2))
        return ExitCode.OK
    for model in shown:
        print(_line(model))
        for name, value in model.figures.items():
            print(f"    {name}: {value}")
    print("\nWhat answers unless --model names another:")
    for task in tasks:
        print(f"  {task:<10} {served[task]}")
    print("Every task is also answered by --model theory, from rules.")
    return ExitCode.OK


def _line(model: Model) -> str:
    tasks = ", ".join(model.tasks) or "a baseline, no task"
    size = f"{model.size / 1e6:.1f} MB" if model.size else "its weights are missing"
    count = f"{model.parameters:,} parameters, " if model.parameters else ""
    return f"{model.name}: {tasks}; {count}{size}, {model.licence}"


def _report(models: list[Model], served: dict[Task, str], tasks: list[Task]) -> dict[str, object]:
    return {
        "models": [
            {
                "name": model.name,
                "tasks": list(model.tasks),
                "parameters": model.parameters,
                "bytes": model.size,
                "licence": model.licence,
                "sha256": model.sha256,
                "figures": model.figures,
            }
            for model in models
        ],
        "serving": {task.value: served[task] for task in tasks},
    }
