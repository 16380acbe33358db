"""Settings, folders and the run file."""

import stat
from dataclasses import fields

import pytest

from antiphon.bridge import paths
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.runfile import (
    OneInstance,
    RunFile,
    new_token,
    read_run_file,
    remove_run_file,
    write_run_file,
)
from antiphon.bridge.settings import Settings, load_settings


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load_settings(tmp_path / "settings.toml") == Settings()


def test_a_file_changes_what_it_names(tmp_path):
    (tmp_path / "settings.toml").write_text("max_waiting = 3\nspool_days = 2\n")
    found = load_settings(tmp_path / "settings.toml")
    assert (found.max_waiting, found.spool_days) == (3, 2)
    assert found.kill_seconds == Settings().kill_seconds


@pytest.mark.parametrize(
    "text",
    ["nothing = 1", "max_waiting = 0", 'max_waiting = "3"', "max_waiting = 2.5", "max_w", "="],
)
def test_a_bad_file_is_a_sentence_with_exit_code_two(tmp_path, text):
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(AntiphonError) as caught:
        load_settings(tmp_path / "settings.toml")
    assert caught.value.code in ("bad-control", "unreadable-file")
    assert caught.value.exit_code == 2


def test_every_setting_has_words_and_a_default_within_its_bounds():
    for option in fields(Settings):
        assert option.metadata["help"]
        assert option.metadata["low"] <= option.default <= option.metadata["high"]


def test_one_variable_moves_every_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTIPHON_HOME", str(tmp_path))
    folders = {paths.run_folder(), paths.config_folder(), paths.data_folder(), paths.log_folder()}
    assert {folder.parent for folder in folders} == {tmp_path}
    assert len(folders) == 4
    assert paths.run_file().is_absolute()


def test_the_run_folder_is_the_same_in_every_desktop_session(monkeypatch):
    monkeypatch.delenv("ANTIPHON_HOME", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    first = paths.run_folder()
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/2")
    assert paths.run_folder() == first


def test_the_run_file_is_private_and_read_back(tmp_path):
    run = RunFile(1, "0.1", 5, 6, 7, new_token())
    write_run_file(tmp_path, run)
    assert read_run_file(tmp_path) == run
    assert stat.S_IMODE((tmp_path / "service.json").stat().st_mode) == 0o600
    remove_run_file(tmp_path, RunFile(1, "0.1", 99, 6, 7, run.token))
    assert read_run_file(tmp_path) == run
    remove_run_file(tmp_path, run)
    with pytest.raises(AntiphonError):
        read_run_file(tmp_path)


def test_tokens_are_128_bits_and_never_the_same():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 32 and int(token, 16) >= 0 for token in tokens)


def test_the_lock_is_held_by_one(tmp_path):
    first, second = OneInstance(tmp_path), OneInstance(tmp_path)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()
