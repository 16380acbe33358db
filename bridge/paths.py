"""Where Antiphon keeps its files: run, config, data and log folders.

All are the same in every desktop session, so that an editor's script may be given the run
file's absolute path. `ANTIPHON_HOME` moves all of them below one folder.
"""

import os
from pathlib import Path

import platformdirs

RUN_FILE = "service.json"
_APP = "antiphon"


def run_folder() -> Path:
    """The folder of run file, lock and spool; not created here."""
    return _home("run") or platformdirs.user_state_path(_APP, appauthor=False) / "run"


def config_folder() -> Path:
    """The folder of settings.toml; not created here."""
    return _home("config") or platformdirs.user_config_path(_APP, appauthor=False)


def data_folder() -> Path:
    """The folder of the journal of requests and takes; not created here."""
    return _home("data") or platformdirs.user_data_path(_APP, appauthor=False)


def log_folder() -> Path:
    """The folder of the logs; not created here."""
    return _home("log") or platformdirs.user_log_path(_APP, appauthor=False)


def run_file() -> Path:
    """The file that tells where the service listens and with which token."""
    return run_folder() / RUN_FILE


def make_private(folder: Path) -> Path:
    """Create a folder that only its owner may enter (0700), or make an existing one so."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
    return folder


def _home(name: str) -> Path | None:
    home = os.environ.get("ANTIPHON_HOME")
    return Path(home).absolute() / name if home else None
