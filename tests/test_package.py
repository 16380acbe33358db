"""The package as it is installed: every folder of code is listed, every data file ships."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOP = ("bridge", "models", "plugins", "ui")


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_of_the_tree_is_listed_for_the_wheel():
    found = {
        ".".join(("antiphon", *init.parent.relative_to(ROOT).parts))
        for top in TOP
        for init in (ROOT / top).rglob("__init__.py")
    }
    assert set(project()["tool"]["setuptools"]["packages"]) == found


def test_the_top_level_holds_the_agreed_folders_only():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    folders = {name.split("/")[0] for name in tracked if "/" in name}
    assert folders <= {*TOP, "tests", "installers", "docs", "examples", ".ci"}


def test_the_bridge_starts_without_torch_or_music21():
    code = (
        "import antiphon.bridge.cli, antiphon.bridge.client, antiphon.bridge.service, sys;"
        "print(sorted({'torch','numpy','music21','verovio','PyQt6'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
