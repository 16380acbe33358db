"""What the panel remembers: language, look, place, and the last words of each task."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from antiphon.bridge import paths
from antiphon.ui.language import SYSTEM

FILE = "panel.json"
THEMES = ("system", "light", "dark")
ZOOMS = (1.0, 1.25, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """The panel's own options; `knobs` holds the last values of each task, `presets` named ones."""

    language: str = SYSTEM
    theme: str = "system"
    zoom: float = 1.0
    on_top: bool = False
    is_introduced: bool = False
    place: str = ""
    takes: int = 3
    seed: int = 0
    rolls_seed: bool = True
    view: str = "both"
    loops: bool = False
    clicks: bool = False
    output: str = ""
    soundfont: str = ""
    pointer: str = "alt"
    knobs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def load_panel_settings(file: Path | None = None) -> PanelSettings:
    """The settings as they were saved; what is unreadable or unknown is as at the first start."""
    file = file or paths.config_folder() / FILE
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return PanelSettings()
    if not isinstance(data, dict):
        return PanelSettings()
    plain = asdict(PanelSettings())
    known = {
        option.name: data[option.name]
        for option in fields(PanelSettings)
        if option.name in data and _fits(data[option.name], plain[option.name])
    }
    return PanelSettings(**known)


def save_panel_settings(settings: PanelSettings, file: Path | None = None) -> None:
    """Keep the settings, whole or not at all; a disk that refuses is no reason to stop."""
    file = file or paths.config_folder() / FILE
    scratch = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps(asdict(settings), ensure_ascii=False, indent=1), "utf-8")
        scratch.replace(file)
    except OSError:
        scratch.unlink(missing_ok=True)


def _fits(value: object, plain: object) -> bool:
    if isinstance(plain, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(plain)
