"""Every option of the service, declared once: name, type, default, bounds and help.

They are read from settings.toml in the config folder; a file that is not there is no fault.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError

SETTINGS_FILE = "settings.toml"


def _option(default: float, low: float, high: float, words: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "help": words})


@dataclass(frozen=True, slots=True)
class Settings:
    """The options, in seconds, bytes and counts; each field's metadata holds its help."""

    max_waiting: int = _option(16, 1, 1000, "requests that may wait before “busy” is said")
    cold_patience_seconds: float = _option(
        3.0, 0, 120, "how long after its start the model may load before the theory engine answers"
    )
    crash_patience_seconds: float = _option(
        1.5, 0, 120, "how long a request waits for a restarted model before the theory engine"
    )
    silence_seconds: float = _option(
        6.0, 0.1, 600, "silence of a working model after which it is taken for hung"
    )
    kill_seconds: float = _option(2.0, 0.1, 60, "time between the wish to stop and the kill")
    spool_days: float = _option(1.0, 0.01, 365, "age at which spool files are removed")
    spool_bytes: int = _option(256 * 2**20, 2**20, 2**40, "size to which the spool is cut")
    journal_days: float = _option(30.0, 0.01, 3650, "age at which requests and takes are forgotten")


def load_settings(file: Path | None = None) -> Settings:
    """The settings of a TOML file; options it does not name keep their defaults.

    Raises AntiphonError("unreadable-file" or "bad-control").
    """
    file = file or paths.config_folder() / SETTINGS_FILE
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise AntiphonError("unreadable-file", what=str(file), why=str(error)) from None
    known = {option.name: option for option in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            raise AntiphonError("bad-control", name=name, value=value, why="no such setting")
        low, high = known[name].metadata["low"], known[name].metadata["high"]
        kinds = (int,) if isinstance(known[name].default, int) else (int, float)
        if type(value) not in kinds or not low <= value <= high:
            raise AntiphonError(
                "bad-control", name=name, value=value, why=f"it must be from {low} to {high}"
            )
        values[name] = value
    return Settings(**values)
