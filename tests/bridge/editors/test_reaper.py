"""Putting the actions into REAPER and taking them out, in folders of the test's own."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from antiphon.bridge.editors import reaper, reaper_files, reaper_places
from antiphon.bridge.errors import AntiphonError

KEYS = """KEY 9 66 40001 0
KEY 29 67 0 0
SCR 4 0 RS1f1f1f "Custom: mine.lua" mine.lua
ACT 0 0 "e3a2" "Custom: Two things" 40044 40340
KEY 29 77 _RS1f1f1f 32060
"""
MENUS = """[Main toolbar]
icon_0=text
item_0=40023 New project
title=Main

[Media item context]
item_0=40057 Copy
item_1=-1
item_2=-2 Mine
item_3=_RS1f1f1f Mine: do it
item_4=-3
title=Item

[Ruler/arrange context]
item_0=40061 Split
"""


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: contents of files, None for folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(params=["\n", "\r\n"], ids=["lf", "crlf"])
def data(request, tmp_path: Path) -> Path:
    """Settings as REAPER leaves them, with scripts, keys and menus of the user's."""
    folder = tmp_path / "音乐 of Zoë" / "REAPER"
    (folder / "Scripts").mkdir(parents=True)
    for name, text in (
        ("reaper.ini", "[REAPER]\n"),
        (reaper.KEYS, KEYS),
        (reaper.MENUS, MENUS),
        (reaper.START, 'reaper.ShowConsoleMsg("mine")'),
    ):
        (folder / name).write_bytes(text.replace("\n", request.param).encode() + b"")
    return folder


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return tmp_path / 'run "x" \\ é' / "service.json"


def installation(data: Path) -> reaper.Installation:
    (found,) = reaper.find(data)
    return found


def test_every_action_is_listed_in_both_sections_with_free_keys_only(data, run_file):
    result = reaper.install(installation(data), run_file)
    text = (data / reaper.KEYS).read_text()
    actions = reaper.actions()
    assert len(actions) == 19
    for section in (0, 32060):
        rows = re.findall(rf'^SCR 4 {section} (RS\w+) "(Antiphon: [^"]+)" (\S+)$', text, re.M)
        assert [name for _, name, _ in rows] == [action.name for action in actions]
        for _, _, path in rows:
            assert (data / "Scripts" / path).is_file()
        ids = [command for command, _, _ in rows]
        assert len(set(ids)) == len(ids)
        bound = re.findall(rf"^KEY 29 (\d+) _(RS\w+) {section}$", text, re.M)
        assert {command for _, command in bound} <= {*ids, "RS1f1f1f"}
    # The user took C's action away, so C is not free, and continue goes without a key.
    assert "antiphon_continue.lua" not in result.keys
    assert result.shortcut == ""
    assert result.keys["antiphon_bass.lua"] == "Ctrl+Alt+Shift+B"
    every = re.findall(r"^KEY (\d+ \d+) \S+ (\d+)$", text, re.M)
    assert len(set(every)) == len(every)
    assert text.startswith(KEYS)


def test_what_was_there_comes_back_to_the_byte(data, run_file):
    before = tree(data)
    reaper.install(installation(data), run_file)
    assert tree(data) != before
    assert reaper.uninstall(installation(data))
    assert tree(data) == before
    assert not reaper.uninstall(installation(data))


def test_doing_it_twice_changes_nothing_more(data, run_file):
    before = tree(data)
    reaper.install(installation(data), run_file)
    once = tree(data)
    reaper.install(installation(data), run_file)
    assert tree(data) == once
    reaper.uninstall(installation(data))
    assert tree(data) == before


def test_an_empty_folder_is_empty_again(tmp_path, run_file):
    folder = tmp_path / "REAPER"
    folder.mkdir()
    reaper.install(installation(folder), run_file)
    assert (folder / reaper.KEYS).is_file()
    assert not (folder / reaper.MENUS).exists()
    reaper.uninstall(installation(folder))
    assert tree(folder) == {}


def test_what_the_user_changed_since_stays(data, run_file):
    reaper.install(installation(data), run_file)
    end = "\r\n" if b"\r\n" in (data / reaper.KEYS).read_bytes() else "\n"
    # REAPER writes its lists anew, in an order of its own; the user adds something.
    lines = (data / reaper.KEYS).read_bytes().decode().split(end)[:-1]
    (data / reaper.KEYS).write_bytes(end.join([*reversed(lines), "KEY 1 90 40029 0", ""]).encode())
    start = (data / reaper.START).read_bytes()
    (data / reaper.START).write_bytes(start + b"print('later')\n")
    menus = (data / reaper.MENUS).read_bytes().decode()
    added = menus.replace("title=Item", f"item_99=40006 Remove{end}title=Item")
    (data / reaper.MENUS).write_bytes(added.encode())
    reaper.uninstall(installation(data))
    rows = (data / reaper.KEYS).read_text().splitlines()
    assert rows == [*reversed(KEYS.splitlines()), "KEY 1 90 40029 0"]
    assert "Antiphon" not in (data / reaper.START).read_text()
    assert "later" in (data / reaper.START).read_text()
    left = (data / reaper.MENUS).read_text()
    wanted = MENUS.replace("title=Item", "item_77=40006 Remove\ntitle=Item")
    assert re.sub(r"item_\d+=40006", "item_77=40006", left) == wanted
    assert not (data / "Scripts/Antiphon").exists()


def test_the_submenu_stands_only_where_the_section_is_there(data, run_file):
    reaper.install(installation(data), run_file)
    text = (data / reaper.MENUS).read_text()
    assert "[MIDI piano roll context]" not in text
    section = text.split("[Media item context]")[1].split("[")[0]
    rows = re.findall(r"^item_(\d+)=(.*)$", section, re.M)
    assert [int(number) for number, _ in rows] == list(range(len(rows)))
    assert rows[5][1] == "-2 Antiphon"
    assert rows[-1][1] == "-3"
    listed = (data / reaper.KEYS).read_text()
    for _, row in rows[6:-1]:
        command, name = row.split(" ", 1)
        assert name.startswith("Antiphon: ")
        assert f"SCR 4 0 {command[1:]} " in listed


def test_the_piano_rolls_menu_gets_the_commands_of_its_own_section():
    actions = reaper.actions()
    text = reaper_files.with_menu("[MIDI piano roll context]\nitem_0=40044 Play\n", actions)
    assert f"=_{actions[0].command(reaper_files.MIDI_EDITOR)} Antiphon: Continue\n" in text
    assert reaper_files.without_menu(text, actions) == (
        "[MIDI piano roll context]\nitem_0=40044 Play\n"
    )


def test_items_of_ours_in_a_menu_of_the_users_are_taken_out_and_theirs_stay():
    actions = reaper.actions()
    ours = f"_{actions[0].command(0)} Antiphon: Continue"
    rows = ["-2 Mine", ours, "40001 A", "-3", "40002 B"]
    text = "[Media item context]\n" + "".join(f"item_{i}={row}\n" for i, row in enumerate(rows))
    assert reaper_files.without_menu(text, actions) == (
        "[Media item context]\nitem_0=-2 Mine\nitem_1=40001 A\nitem_2=-3\nitem_3=40002 B\n"
    )


@pytest.mark.parametrize("lua", ["lua5.3", "lua5.4"])
def test_the_start_line_and_the_place_are_lua_whatever_the_paths(lua, data, run_file):
    if shutil.which(lua) is None:
        pytest.skip(f"not installed: {lua}")
    reaper.install(installation(data), run_file)
    place = data / "Scripts/Antiphon/antiphon_place.lua"
    code = (
        "local p = dofile(arg[1]) io.write(p.run_folder, '\\n', p.launcher) "
        "reaper = { ShowConsoleMsg = function() end, NamedCommandLookup = function(name) "
        "seen = name return 7 end, Main_OnCommand = function(id) ran = id end } "
        "dofile(arg[2]) assert(ran == 7 and #seen == 43)"
    )
    script = data / "check.lua"
    script.write_text(code)
    done = subprocess.run(
        [lua, script, place, data / reaper.START], capture_output=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    folder = run_file.parent.absolute()
    assert done.stdout.decode().split("\n") == [folder.as_posix(), str(folder / "antiphon")]


def test_the_status_tells_what_is_damaged_or_old(data, run_file):
    one = installation(data)
    assert reaper.status(one).version is None
    reaper.install(one, run_file)
    status = reaper.status(one)
    assert (status.version, status.is_intact, status.is_current) == (
        reaper.packaged_version(),
        True,
        True,
    )
    library = one.plugin_folder / "lib/landing.lua"
    text = library.read_text()
    library.write_text(text + "-- changed\n")
    assert not reaper.status(one).is_intact
    library.write_text(text)
    (data / reaper.KEYS).write_text(KEYS)
    assert not reaper.status(one).is_intact


def test_a_file_that_is_no_list_of_keys_is_left_alone(data, run_file):
    (data / reaper.KEYS).write_bytes(b"\0\1\2 not keys")
    before = tree(data)
    with pytest.raises(AntiphonError) as caught:
        reaper.install(installation(data), run_file)
    assert caught.value.code == "strange-settings"
    assert tree(data) == before


def test_bytes_that_are_no_text_survive(data, run_file):
    odd = (data / reaper.KEYS).read_bytes() + b'SCR 4 0 RS2 "Custom: \xff\xfe.lua" x.lua'
    (data / reaper.KEYS).write_bytes(odd)
    reaper.install(installation(data), run_file)
    assert odd in (data / reaper.KEYS).read_bytes()
    reaper.uninstall(installation(data))
    assert (data / reaper.KEYS).read_bytes() == odd


def test_a_running_reaper_is_left_alone(tmp_path, run_file):
    portable = tmp_path / "portable"
    portable.mkdir()
    (portable / "reaper.ini").write_text("[REAPER]\n")
    shutil.copy(shutil.which("sleep"), portable / "reaper")
    process = subprocess.Popen([portable / "reaper", "60"])
    try:
        until = time.monotonic() + 10
        while not reaper_places.is_running(portable):
            assert time.monotonic() < until, "the running program is not seen"
            time.sleep(0.05)
        before = tree(portable)
        with pytest.raises(AntiphonError) as caught:
            reaper.install(installation(portable), run_file)
        assert caught.value.code == "editor-running"
        assert tree(portable) == before
        other = tmp_path / "other"
        other.mkdir()
        assert not reaper_places.is_running(other)
    finally:
        process.kill()
        process.wait()
    reaper.install(installation(portable), run_file)
    process = subprocess.Popen([portable / "reaper", "60"])
    try:
        time.sleep(0.2)
        with pytest.raises(AntiphonError):
            reaper.uninstall(installation(portable))
    finally:
        process.kill()
        process.wait()
    assert reaper.uninstall(installation(portable))


def test_ordinary_and_portable_copies_are_found(tmp_path, monkeypatch):
    home = tmp_path / "home"
    portable = home / "opt/REAPER"
    portable.mkdir(parents=True)
    (portable / "reaper").write_text("")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.setattr(reaper_places.sys, "platform", "linux")
    (one,) = reaper.find()
    assert one == reaper.Installation("REAPER", portable / "reaper", home / ".config/REAPER")
    (portable / "reaper.ini").write_text("[REAPER]\n")
    (one,) = reaper.find()
    assert (one.program, one.data) == (portable / "reaper", portable)
    (home / ".config/REAPER").mkdir(parents=True)
    (home / ".config/REAPER/reaper.ini").write_text("[REAPER]\n")
    assert [found.data for found in reaper.find()] == [home / ".config/REAPER", portable]


@pytest.mark.parametrize(
    ("platform", "settings"),
    [("win32", "AppData/REAPER"), ("darwin", "Library/Application Support/REAPER")],
)
def test_the_settings_of_other_systems_are_where_reaper_keeps_them(
    platform, settings, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path / "AppData"))
    monkeypatch.setattr(reaper_places.sys, "platform", platform)
    assert reaper_places.settings_folder() == tmp_path / settings
    bundle = tmp_path / "Applications/REAPER.app/Contents/MacOS/REAPER"
    assert reaper_places.own_folder(bundle) == tmp_path / "Applications"
    assert os.sep == "/"


@pytest.mark.parametrize(("system", "language"), [("zh_CN.UTF-8", "zh_CN"), ("de_DE.UTF-8", "en")])
def test_the_scripts_speak_the_language_of_the_system(
    system, language, tmp_path, run_file, monkeypatch
):
    monkeypatch.setenv("LC_ALL", system)
    reaper.install(installation(tmp_path), run_file)
    place = (tmp_path / "Scripts/Antiphon/antiphon_place.lua").read_text()
    assert f'language = "{language}"' in place
