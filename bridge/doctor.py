"""Checks of an installation: each says what it found and, if need be, how to mend it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, metadata, version

from antiphon.bridge import paths
from antiphon.bridge.client import Client
from antiphon.bridge.editors import musescore
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.models_list import installed_models
from antiphon.bridge.runfile import read_run_file

_PACKAGES = ("mido", "numpy", "platformdirs", "python-osc", "safetensors", "torch", "verovio")
_FREE_BYTES = 200 * 1024 * 1024
_HOST_SECONDS = 30


class State(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, how it came out, what was found, and what to do ("" for nothing)."""

    name: str
    state: State
    sentence: str
    remedy: str = ""


def examine() -> list[Finding]:
    """All findings, in the order in which they should be mended. Nothing is changed."""
    found: list[Finding] = []
    for check in _CHECKS:
        try:
            found += check()
        except (AntiphonError, OSError) as error:
            name = check.__name__.strip("_").replace("_", " ").capitalize()
            found.append(Finding(name, State.BAD, str(error), "Install Antiphon again."))
    return found


def _python() -> Iterator[Finding]:
    running = ".".join(map(str, sys.version_info[:3]))
    # Asked of the package itself, so that the check follows what it requires.
    required = metadata("antiphon")["Requires-Python"].removeprefix(">=")
    if sys.version_info < tuple(map(int, required.split("."))):
        mend = f"Install Python {required} or later, then Antiphon again."
        yield Finding("Python", State.BAD, f"Python {running} is too old.", mend)
    else:
        yield Finding("Python", State.GOOD, f"Python {running}.")


def _packages() -> Iterator[Finding]:
    missing = []
    for name in _PACKAGES:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        mend = f"Run: {sys.executable} -m pip install {' '.join(missing)}"
        yield Finding("Packages", State.BAD, f"Missing: {', '.join(missing)}.", mend)
    else:
        yield Finding("Packages", State.GOOD, f"All there; torch {version('torch')}.")


def _weights() -> Iterator[Finding]:
    mend = "Install Antiphon again; until then the theory engine answers."
    models = installed_models()
    if not models:
        yield Finding("Models", State.BAD, "There is no model, or none can be read.", mend)
    for model in models:
        name = f"Model {model.name}"
        if not model.size:
            yield Finding(name, State.BAD, "Its weights are missing.", mend)
        elif not model.is_intact():
            yield Finding(name, State.BAD, "Its weights are damaged.", mend)
        else:
            size = model.size / 1e6
            sentence = f"{size:.1f} MB, weights {model.sha256[:12]} as on the card."
            yield Finding(name, State.GOOD, sentence)


def _model_host() -> Iterator[Finding]:
    """Starts the host as the service does and waits until it says that it can answer."""
    mend = "Run: antiphon serve, and look into its log."
    command = [sys.executable, "-m", "antiphon.models.host"]
    try:
        with tempfile.TemporaryFile() as complaints:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                timeout=_HOST_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        yield Finding("Model host", State.BAD, "It does not start in half a minute.", mend)
        return
    if b'"Ready"' not in ended.stdout:
        yield Finding("Model host", State.BAD, "It ends before it can answer.", mend)
    elif b'"torch"' not in ended.stdout:
        yield Finding(
            "Model host", State.WARN, "Only the theory engine answers.", "See the models above."
        )
    else:
        yield Finding("Model host", State.GOOD, "It starts and its models load.")


def _service() -> Iterator[Finding]:
    try:
        run = read_run_file(paths.run_folder())
    except AntiphonError:
        mend = "Start it with: antiphon serve."
        yield Finding("Service", State.WARN, "It is not running.", mend)
        return
    try:
        with Client.connect() as client:
            status = client.status()
    except AntiphonError:
        sentence = f"It left a run file (process {run.pid}) but does not answer."
        yield Finding("Service", State.BAD, sentence, "Start it again with: antiphon serve.")
        return
    sentence = (
        f"Version {status.version}, process {status.pid}, engine {status.engine}; "
        f"OSC on port {run.osc_port}, HTTP on port {run.http_port}, this computer only."
    )
    yield Finding("Service", State.GOOD, sentence)
    if status.version != version("antiphon"):
        sentence = f"It is version {status.version}, and {version('antiphon')} is installed."
        yield Finding("Service", State.WARN, sentence, "Stop it and run: antiphon serve.")


def _folders() -> Iterator[Finding]:
    folder = paths.data_folder()
    standing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(standing).free
    if free < _FREE_BYTES:
        sentence = f"Only {free / 1e6:.0f} MB are free where the takes are kept ({folder})."
        yield Finding("Disk", State.WARN, sentence, "Make some room.")
    else:
        yield Finding("Disk", State.GOOD, f"{free / 1e9:.1f} GB free for takes ({folder}).")
    run = paths.run_folder()
    if run.exists() and run.stat().st_mode & 0o077 and sys.platform != "win32":
        sentence = f"Others on this computer may enter {run}."
        yield Finding("Run folder", State.BAD, sentence, f"Run: chmod 700 {run}")


def _musescore() -> Iterator[Finding]:
    installations = musescore.find()
    if not installations:
        mend = "Install MuseScore 3, then run: antiphon install musescore."
        yield Finding("MuseScore", State.WARN, "MuseScore 3 was not found.", mend)
    mend = "Close MuseScore, then run: antiphon install musescore."
    for installation in installations:
        status, name = musescore.status(installation), installation.name
        if status.version is None:
            yield Finding(name, State.WARN, "Antiphon's plugin is not installed in it.", mend)
        elif not status.is_intact:
            yield Finding(name, State.BAD, "Antiphon's plugin was changed or is damaged.", mend)
        elif not status.is_current:
            sentence = f"Its plugin is version {status.version}, not {status.packaged_version}."
            yield Finding(name, State.WARN, sentence, mend)
        else:
            sentence = f"The plugin (version {status.version}) answers to {status.shortcut}."
            yield Finding(name, State.GOOD, sentence)


_CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _folders,
    _weights,
    _model_host,
    _service,
    _musescore,
)
