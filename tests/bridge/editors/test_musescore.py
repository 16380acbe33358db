"""Putting the plugin into MuseScore 3 and taking it out, on a home of the test's own."""

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.editors import musescore, plugin_list, processes
from antiphon.bridge.errors import AntiphonError

ROOT = Path(__file__).parents[3]
LIST = """<?xml version="1.0" encoding="UTF-8"?>
<museScore version="3.01">
  <Plugin>
    <path>/usr/share/mscore3-3.2/plugins/colornotes.qml</path>
    <load>1</load>
    <SC>
      <key></key>
      <seq>Ctrl+Alt+J</seq>
      </SC>
    </Plugin>
  <!-- kept -->
  </museScore>
"""


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: contents of files, None for folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as MuseScore leaves it, with a plugin of the user's."""
    folder = tmp_path / "乐谱 of Zoë" / "MuseScore3"
    (folder / "plugins" / "mine").mkdir(parents=True)
    (folder / "plugins" / "mine" / "mine.qml").write_text("// mine\n")
    (folder / "plugins.xml").write_text(LIST)
    return folder


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return tmp_path / "run" / "service.json"


def installation(data: Path) -> musescore.Installation:
    (found,) = musescore.find(data)
    return found


def test_installing_adds_the_plugin_and_keeps_every_byte_of_the_list(data, run_file):
    done = musescore.install(installation(data), run_file)
    assert done.plugin_folder == data / "plugins" / "antiphon"
    assert done.shortcut == "Ctrl+Alt+M"
    text = (data / "plugins.xml").read_text()
    head, tail = LIST.split("  </museScore>")
    assert text.startswith(head)
    assert text.endswith("  </museScore>" + tail)
    assert plugin_list.key_of(text, "antiphon_continue.qml") == "Ctrl+Alt+M"
    assert plugin_list.key_of(text, "colornotes.qml") == "Ctrl+Alt+J"


def test_every_command_has_a_menu_entry_and_a_key_of_its_own(data, run_file):
    done = musescore.install(installation(data), run_file)
    listed = (data / "plugins.xml").read_text()
    keys = [plugin_list.key_of(listed, name) for name in sorted(musescore.COMMANDS)]
    assert len(set(keys)) == len(musescore.COMMANDS) == 16
    assert sorted(keys) == sorted(key for _, key in done.keys)
    for name in musescore.COMMANDS:
        text = (done.plugin_folder / name).read_text()
        assert f'version: "{done.version}"' in text
        assert 'menuPath: "Antiphon.' in text
        assert "\n//4.4 title: " in text


def test_where_no_key_is_free_a_command_goes_without(data, run_file):
    taken = "<SC><seq>Ctrl+Alt+B</seq></SC><SC><seq>Shift+Ctrl+Alt+B</seq></SC>"
    (data / "shortcuts.xml").write_text(f"<Shortcuts>{taken}</Shortcuts>")
    done = musescore.install(installation(data), run_file)
    assert dict(done.keys)["bass"] == ""
    listed = (data / "plugins.xml").read_text()
    assert plugin_list.key_of(listed, "antiphon_bass.qml") == ""


def test_uninstalling_leaves_nothing_behind(data, run_file):
    before = tree(data)
    musescore.install(installation(data), run_file)
    assert tree(data) != before
    assert musescore.uninstall(installation(data))
    assert tree(data) == before
    assert not musescore.uninstall(installation(data))


def test_a_folder_that_musescore_has_not_filled_yet_is_empty_again_afterwards(tmp_path, run_file):
    data = tmp_path / "MuseScore3"
    data.mkdir()
    musescore.install(installation(data), run_file)
    assert plugin_list.key_of((data / "plugins.xml").read_text(), "antiphon_continue.qml")
    musescore.uninstall(installation(data))
    assert tree(data) == {}


def test_installing_again_changes_nothing_and_still_uninstalls_to_the_byte(data, run_file):
    before = tree(data)
    musescore.install(installation(data), run_file)
    once = tree(data)
    musescore.install(installation(data), run_file)
    assert tree(data) == once
    musescore.uninstall(installation(data))
    assert tree(data) == before


def test_changes_that_the_user_made_meanwhile_stay(data, run_file):
    musescore.install(installation(data), run_file)
    path = data / "plugins.xml"
    changed = path.read_text().replace("colornotes", "courtesyAccidentals")
    path.write_text(changed)
    (data / "plugins" / "antiphon" / "notes of mine.txt").write_text("keep")
    musescore.uninstall(installation(data))
    assert path.read_text() == LIST.replace("colornotes", "courtesyAccidentals")
    left = data / "plugins" / "antiphon"
    assert [entry.name for entry in left.iterdir()] == ["notes of mine.txt"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("shortcuts.xml", "<Shortcuts><SC><key>x</key><seq>Ctrl+Alt+M</seq></SC></Shortcuts>"),
        ("plugins.xml", LIST.replace("Ctrl+Alt+J", "Alt+Ctrl+m")),
    ],
)
def test_a_key_that_is_taken_is_left_to_its_owner(data, run_file, file, text):
    (data / file).write_text(text)
    done = musescore.install(installation(data), run_file)
    assert done.shortcut == "Ctrl+Alt+Shift+M"
    assert dict(done.keys)["bass"] == "Ctrl+Alt+B"


def test_without_a_free_key_nothing_is_changed(data, run_file):
    keys = "<SC><seq>Ctrl+Alt+M</seq></SC><SC><seq>Ctrl+Alt+Shift+M</seq></SC>"
    (data / "shortcuts.xml").write_text(f"<Shortcuts>{keys}</Shortcuts>")
    before = tree(data)
    with pytest.raises(AntiphonError) as caught:
        musescore.install(installation(data), run_file)
    assert caught.value.code == "no-free-key"
    assert tree(data) == before


@pytest.mark.parametrize("text", [b"", b"not a list", b"\xff\xfe\x00", b"<museScore/>"])
def test_a_list_that_is_none_is_not_touched(data, run_file, text):
    (data / "plugins.xml").write_bytes(text)
    before = tree(data)
    with pytest.raises(AntiphonError) as caught:
        musescore.install(installation(data), run_file)
    assert caught.value.code == "strange-plugin-list"
    assert tree(data) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_gives_a_sentence(data, run_file):
    data.chmod(0o500)
    try:
        with pytest.raises(AntiphonError) as caught:
            musescore.install(installation(data), run_file)
        assert caught.value.code == "unwritable-file"
    finally:
        data.chmod(0o700)


def test_a_file_in_the_plugins_place_gives_a_sentence(data, run_file):
    (data / "plugins" / "antiphon").write_text("a file of the user's")
    with pytest.raises(AntiphonError) as caught:
        musescore.install(installation(data), run_file)
    assert caught.value.code == "unwritable-file"


def test_status_tells_version_damage_and_key(data, run_file):
    place = installation(data)
    assert musescore.status(place).version is None
    musescore.install(place, run_file)
    status = musescore.status(place)
    assert status.version == status.packaged_version
    assert status.is_intact
    assert status.is_current
    assert status.shortcut == "Ctrl+Alt+M"
    (place.plugin_folder / "antiphon_words.js").write_text("")
    assert not musescore.status(place).is_intact
    place.plugin_list.write_text(LIST)
    assert musescore.status(place).shortcut is None


def test_the_plugin_carries_the_packages_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert musescore.packaged_version() == project["version"]


def test_the_place_of_the_run_file_survives_any_name(data, tmp_path):
    awkward = tmp_path / 'a "quoted" 乐谱 \\ folder' / "service.json"
    musescore.install(installation(data), awkward)
    text = (data / "plugins" / "antiphon" / "antiphon_place.js").read_text()
    assert text.isascii()
    line = next(line for line in text.splitlines() if line.startswith("var RUN_FILE"))
    literal = line.removeprefix("var RUN_FILE = ").removesuffix(";")
    assert json.loads(literal) == str(awkward)


def running(*words: str) -> subprocess.Popen:
    """A process called mscore3 that waits: grep -c WORD reads its input until we close it."""
    process = subprocess.Popen(
        ["mscore3", *words], executable=shutil.which("grep"), stdin=subprocess.PIPE
    )
    # The kernel shows the words a moment after the program has started.
    while not Path(f"/proc/{process.pid}/cmdline").read_bytes().startswith(b"mscore3"):
        time.sleep(0.01)
    return process


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc on this system")
def test_a_running_musescore_is_not_meddled_with(data, run_file):
    before = tree(data)
    with running("-c", str(data)) as process:
        with pytest.raises(AntiphonError) as caught:
            musescore.install(installation(data), run_file)
        process.stdin.close()
    assert caught.value.code == "editor-running"
    assert tree(data) == before
    musescore.install(installation(data), run_file)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc on this system")
def test_a_musescore_on_another_folder_does_not_matter(data, tmp_path):
    with running("-c", str(tmp_path / "other")) as process:
        assert not processes.uses_folder(musescore.PROGRAMS, data, tmp_path / "default")
        assert processes.uses_folder(musescore.PROGRAMS, tmp_path / "other", data)
        process.stdin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
def test_the_users_own_musescore_is_found_where_it_keeps_its_data(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    program = tmp_path / "bin" / "mscore3"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (found,) = musescore.find()
    assert found.program == program
    assert found.data == tmp_path / ".local/share/MuseScore/MuseScore3"
    assert musescore.find(tmp_path / "nowhere") == []


letters = st.text(st.characters(whitelist_categories=["L", "N"]), min_size=1, max_size=20)
entries = st.dictionaries(letters, st.sampled_from(["", "Ctrl+1", "Ctrl+Alt+J", "Alt+X"]))


@given(entries, st.sampled_from(["\n", "\r\n"]))
def test_adding_and_removing_an_entry_gives_the_same_list(plugins, newline):
    text = plugin_list.EMPTY
    for name, key in plugins.items():
        text = plugin_list.with_plugin(text, f"/plugins/{name}.qml", key)
    text = text.replace("\n", newline)
    added = plugin_list.with_plugin(text, "C:\\Music & more\\antiphon_continue.qml", "Ctrl+Alt+M")
    assert plugin_list.key_of(added, "antiphon_continue.qml") == "Ctrl+Alt+M"
    assert plugin_list.without(added, frozenset({"antiphon_continue.qml"})) == text
    for name, key in plugins.items():
        assert plugin_list.key_of(added, f"{name}.qml") == key


OLD_LIST = '[\n  {"codeKey": "colornotes", "enabled": true}\n]'
NEW_LIST = """[{"uri": "musescore://extensions/v1/colornotes/colornotes.qml",
 "actions": [{"code": "main", "exec_point": "manually"}]}]"""


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> musescore.Installation:
    """A MuseScore 4 with plugins of the user's, in a home with folders named in German."""
    home = tmp_path / "home"
    data = home / ".local/share/MuseScore/MuseScore4"
    (data / "plugins").mkdir(parents=True)
    (data / "plugins" / "plugins.json").write_text(OLD_LIST)
    (data / "extensions").mkdir()
    (data / "extensions" / "config.json").write_text(NEW_LIST)
    (home / ".config").mkdir()
    (home / ".config" / "user-dirs.dirs").write_text('XDG_DOCUMENTS_DIR="$HOME/Dokumente"\n')
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    return next(found for found in musescore.find() if found.is_new)


def test_musescore_4_gets_the_plugins_and_both_its_lists_name_them(new, run_file, tmp_path):
    before = tree(tmp_path / "home")
    done = musescore.install(new, run_file)
    assert done.plugin_folder == tmp_path / "home/Dokumente/MuseScore4/Plugins/antiphon"
    assert {path.name for path in done.plugin_folder.glob("antiphon_*.qml")} == musescore.COMMANDS
    old = json.loads((new.data / "plugins" / "plugins.json").read_text())
    assert old[0] == {"codeKey": "colornotes", "enabled": True}
    assert {"codeKey": "antiphon_bass", "enabled": True} in old
    listed = json.loads((new.data / "extensions" / "config.json").read_text())
    uris = [entry["uri"] for entry in listed]
    assert "musescore://extensions/v1/antiphon/antiphon_bass.qml" in uris
    assert len(uris) == 1 + len(musescore.COMMANDS)
    assert any("Shortcuts" in sentence for sentence in done.told)
    state = musescore.status(new)
    assert (state.version, state.is_intact, state.is_current) == (done.version, True, True)
    once = tree(tmp_path / "home")
    musescore.install(new, run_file)
    assert tree(tmp_path / "home") == once
    assert musescore.uninstall(new)
    assert tree(tmp_path / "home") == before
    assert not musescore.uninstall(new)


def test_musescore_4_keeps_what_the_user_turned_on_meanwhile(new, run_file):
    musescore.install(new, run_file)
    path = new.data / "plugins" / "plugins.json"
    path.write_text(json.dumps([*json.loads(path.read_text()), {"codeKey": "x", "enabled": True}]))
    musescore.uninstall(new)
    assert [entry["codeKey"] for entry in json.loads(path.read_text())] == ["colornotes", "x"]


def test_a_list_of_musescore_4_that_is_none_is_not_touched(new, run_file, tmp_path):
    (new.data / "plugins" / "plugins.json").write_text('{"broken": ')
    before = tree(tmp_path / "home")
    with pytest.raises(AntiphonError) as caught:
        musescore.install(new, run_file)
    assert caught.value.code == "strange-plugin-list"
    assert tree(tmp_path / "home") == before
