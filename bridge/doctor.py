"""Checks of an installation: each says what it found and, if need be, how to mend it."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, metadata, version
from typing import Any

from antiphon.bridge import paths
from antiphon.bridge.client import Client
from antiphon.bridge.editors.registry import NAMES, Editor, editor
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.models_list import installed_models
from antiphon.bridge.round_trips import TRIPS, timed
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


def _carriers() -> Iterator[Finding]:
    """A round trip on each road to the service, where it runs."""
    folder = paths.run_folder()
    try:
        run = read_run_file(folder)
    except AntiphonError:
        return
    for name, users, trip in TRIPS:
        try:
            took = timed(trip, run, folder)
        except AntiphonError:
            sentence = f"Nothing came back ({users})."
            mend = "Stop the service and start it again with: antiphon serve."
            yield Finding(f"Link by {name}", State.BAD, sentence, mend)
        else:
            sentence = f"There and back in {took:.0f} ms ({users})."
            yield Finding(f"Link by {name}", State.GOOD, sentence)


def _editors() -> Iterator[Finding]:
    heard = _heard_editors()
    for word, called in NAMES.items():
        try:
            module = editor(word)
            found = list(module.find())
        except AntiphonError as fault:
            if fault.code != "editor-not-found":
                yield Finding(called, State.BAD, fault.sentence, fault.remedy)
                continue
            found = []
        if not found:
            mend = f"Install {called}, then run: antiphon install {word}."
            yield Finding(called, State.WARN, f"{called} was not found.", mend)
            continue
        for installation in found:
            yield _editor(word, module, installation, heard.get(word, ""))


def _editor(word: str, module: Editor, installation: Any, heard: str) -> Finding:
    """How Antiphon stands in one installation of an editor."""
    mend = f"Close {NAMES[word]}, then run: antiphon install {word}."
    name = installation.name
    try:
        status = module.status(installation)
    except (AntiphonError, OSError) as error:
        return Finding(name, State.BAD, str(error), mend)
    if status.version is None:
        return Finding(name, State.WARN, "Antiphon is not installed in it.", mend)
    if not status.is_intact:
        return Finding(name, State.BAD, "Antiphon's files in it were changed or damaged.", mend)
    if not status.is_current:
        sentence = f"Its scripts are version {status.version}, not {status.packaged_version}."
        return Finding(name, State.WARN, sentence, mend)
    shortcut = getattr(status, "shortcut", None)
    key = f" and answers to {shortcut}" if shortcut else ""
    said = heard or f" {NAMES[word]} is not open now."
    return Finding(name, State.GOOD, f"Version {status.version} is installed{key}.{said}")


def _heard_editors() -> dict[str, str]:
    """What the service hears of each kind of editor now."""
    with contextlib.suppress(AntiphonError), Client.connect() as client:
        return {
            seen.kind: f" {seen.name} is open and was heard {seen.seconds:.0f} s ago."
            for seen in client.watch(-1).editors
        }
    return {}


_CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _folders,
    _weights,
    _model_host,
    _service,
    _carriers,
    _editors,
)
