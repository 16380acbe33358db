"""Putting the scripts into Ardour and taking them out again, on settings of the test's own."""

import base64
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from antiphon.bridge.editors import ardour, ardour_menus, ardour_places, ardour_scripts
from antiphon.bridge.errors import AntiphonError

MENUS = """<?xml version="1.0" encoding="UTF-8"?>
<ui>
  <menubar name='Main'>
      <menu action="LuaScripts">
        <menuitem action='script-1'/>
      </menu>
    <menu name='RegionMenu' action='RegionMenu'>
      <menuitem action='play-selected-regions'/>
    </menu>
  </menubar>
  <popup name='PopupRegionMenu' action='PopupRegionMenu' accelerators='true'>
    <menuitem action='play-selected-regions'/>
  </popup>
</ui>
"""
KEYS = """<?xml version="1.0" encoding="UTF-8"?>
<BindingSet name="ardour.keys.in">
 <Bindings name="Editor">
  <Press>
   <Binding key="Primary-Secondary-b" action="Editor/mine" group="Mine"/>
  </Press>
 </Bindings>
</BindingSet>
"""
# As Ardour writes it: a slot with compiled code in it, and a hook.
MINE = b'scripts = {} scripts[3] = {} scripts[3]["n"] = "Mine \\"x\\"" '
MINE += b'scripts[3]["f"] = "\\27Lua\\\n\\0"  '
MINE += b'scripts[3]["s"] = "return" scripts[3]["c"] = true scripts[3]["a"] = {}  '
SCRIPTS = f"""<?xml version="1.0" encoding="UTF-8"?>
<UIScripts>
  <ActionScript lua="Lua 5.3">{base64.b64encode(MINE).decode()}</ActionScript>
  <ActionHooks>
    <LuaCallback lua="Lua 5.3" id="990" name="Mine" signals="{"0" * 49}">cyA9IHt9</LuaCallback>
  </ActionHooks>
</UIScripts>
"""


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: contents of files, None for folders."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def stock(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "stock"
    folder.mkdir()
    (folder / "ardour.menus").write_text(MENUS)
    (folder / "ardour.keys").write_text(KEYS)
    monkeypatch.setattr(ardour_places, "_stock_places", lambda version: [folder])
    return folder


@pytest.fixture
def data(tmp_path, stock) -> Path:
    folder = tmp_path / "音乐 of Zoë" / "ardour7"
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "mine.lua").write_text("-- mine\n")
    (folder / "ui_scripts").write_text(SCRIPTS)
    return folder


@pytest.fixture
def run_file(tmp_path) -> Path:
    return tmp_path / "run" / "service.json"


def installation(data: Path) -> ardour.Installation:
    (found,) = ardour.find(data)
    return found


def payload(data: Path) -> bytes:
    text = (data / "ui_scripts").read_text()
    return base64.b64decode(re.search(r"<ActionScript[^>]*>([^<]*)", text).group(1))


def test_installing_keeps_the_users_slots_and_hooks_byte_by_byte(data, run_file):
    ardour.install(installation(data), run_file)
    assert payload(data).startswith(MINE.strip())
    text = (data / "ui_scripts").read_text()
    assert f'name="Mine" signals="{"0" * 49}">cyA9IHt9</LuaCallback>' in text
    slots = ardour_scripts.used_slots(text)
    assert slots.pop(3) == 'Mine "x"'
    assert sorted(slots) == list(range(20, 33))
    assert list(slots.values()) == [command.name for command in ardour.COMMANDS]


def test_uninstalling_leaves_not_a_byte_behind(data, run_file):
    before = tree(data)
    for _ in range(2):
        ardour.install(installation(data), run_file)
    (data / "antiphon" / "state" / "waiting").write_text("id=1\n")
    assert tree(data) != before
    assert ardour.uninstall(installation(data))
    assert tree(data) == before
    assert not ardour.uninstall(installation(data))


def test_a_user_without_any_settings_gets_them_and_loses_them_again(tmp_path, stock, run_file):
    folder = tmp_path / "new" / "ardour7"
    one = ardour.Installation("Ardour 7", None, folder, 7, stock)
    ardour.install(one, run_file)
    assert "script-32" in (folder / "ardour.menus").read_text()
    assert ardour.uninstall(one)
    assert not folder.exists()


def test_what_ardour_or_the_user_changed_since_stays(data, run_file):
    ardour.install(installation(data), run_file)
    for name, old, new in (
        ("ardour.keys", "Editor/mine", "Editor/changed"),
        ("ardour.menus", "<ui>", "<ui><!-- changed -->"),
        ("ui_scripts", 'name="Mine"', 'name="Changed"'),
    ):
        (data / name).write_text((data / name).read_text().replace(old, new))
    ardour.uninstall(installation(data))
    assert (data / "ardour.keys").read_text() == KEYS.replace("Editor/mine", "Editor/changed")
    assert (data / "ardour.menus").read_text() == MENUS.replace("<ui>", "<ui><!-- changed -->")
    assert 'name="Changed"' in (data / "ui_scripts").read_text()
    assert ardour_scripts.used_slots((data / "ui_scripts").read_text()) == {3: 'Mine "x"'}


def test_a_key_that_the_user_has_bound_is_left_to_them(data, run_file):
    done = ardour.install(installation(data), run_file)
    assert done.keys["continue"] == "Ctrl+Alt+C"
    assert done.keys["bass"] == "Ctrl+Alt+Shift+B"
    text = (data / "ardour.keys").read_text()
    assert text.count('"Primary-Secondary-b"') == 1
    keys = re.findall(r'key="([^"]+)"', text)
    assert len(keys) == len(set(keys))


def test_an_upgrade_of_ardour_is_noticed_and_its_menus_are_made_again(data, stock, run_file):
    ardour.install(installation(data), run_file)
    standing = ardour.status(installation(data))
    assert (standing.is_intact, standing.is_current) == (True, True)
    new = MENUS.replace("play-selected-regions", "play-the-new-way")
    (stock / "ardour.menus").write_text(new)
    assert not ardour.status(installation(data)).is_current
    ardour.install(installation(data), run_file)
    assert "play-the-new-way" in (data / "ardour.menus").read_text()
    assert ardour.status(installation(data)).is_current


def test_a_damaged_script_is_told(data, run_file):
    assert ardour.status(installation(data)).version is None
    ardour.install(installation(data), run_file)
    (data / "antiphon" / "landing.lua").write_text("-- broken")
    assert not ardour.status(installation(data)).is_intact


@pytest.mark.parametrize("name", ["ui_scripts", "ardour.menus", "ardour.keys"])
def test_strange_settings_are_refused_and_nothing_is_written(name, data, run_file):
    (data / name).write_text("<nothing/>")
    before = tree(data)
    with pytest.raises(AntiphonError) as refused:
        ardour.install(installation(data), run_file)
    assert refused.value.code == "strange-settings"
    assert tree(data) == before


def test_too_few_free_slots_are_told_and_nothing_is_written(data, run_file):
    full = b"scripts = {} " + b" ".join(b"scripts[%d] = {}" % slot for slot in range(1, 25))
    encoded = base64.b64encode(full).decode()
    (data / "ui_scripts").write_text(
        re.sub(r'5.3">[^<]*</A', f'5.3">{encoded}</A', SCRIPTS, count=1)
    )
    before = tree(data)
    with pytest.raises(AntiphonError) as refused:
        ardour.install(installation(data), run_file)
    assert refused.value.code == "no-free-slot"
    assert tree(data) == before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_running_ardour_is_not_disturbed(data, run_file, tmp_path):
    program = tmp_path / "ardour-7.3.0~ds0"
    program.symlink_to("/bin/sleep")
    environment = {"HOME": "/nowhere", "XDG_CONFIG_HOME": str(data.parent)}
    running = subprocess.Popen([program, "60"], env=environment)
    try:
        time.sleep(0.1)
        with pytest.raises(AntiphonError) as refused:
            ardour.install(installation(data), run_file)
        assert refused.value.code == "editor-running"
    finally:
        running.kill()
        running.wait()
    ardour.install(installation(data), run_file)


@pytest.mark.parametrize(
    ("version", "text", "expected"),
    [
        (7, "", (49, 47)),
        (8, "", (50, 47)),
        (9, "", (50, 47)),
        (8, f'signals="{"0" * 52}"', (52, 47)),
        (7, 'signals="01"', (49, 47)),
    ],
)
def test_the_timers_bit_is_where_this_version_has_it(version, text, expected):
    bits = ardour_scripts.signals_for(version, text)
    assert (len(bits), len(bits) - 1 - bits.index("1")) == expected
    assert bits.count("1") == 1


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("linux", ".config/ardour8"),
        ("darwin", "Library/Preferences/Ardour8"),
        ("win32", "AppData/Local/ardour8"),
    ],
)
def test_settings_are_looked_for_where_each_system_keeps_them(
    system, expected, monkeypatch, tmp_path
):
    monkeypatch.setattr(ardour_places.sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_CONFIG_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert ardour_places.config_folder(8) == tmp_path / expected


def test_menus_are_marked_in_each_of_the_three_places():
    text = ardour_menus.with_items(MENUS, [20, 21])
    assert text.count("Antiphon begins") == 3
    assert ardour_menus.with_items(text, [20, 21]) == text
    assert ardour_menus.without_items(text) == MENUS


@pytest.mark.skipif(not Path("/etc/ardour7").is_dir(), reason="not installed: ardour")
def test_every_action_gets_a_key_beside_ardours_own(tmp_path, run_file):
    folder = tmp_path / "ardour7"
    folder.mkdir()
    done = ardour.install(installation(folder), run_file)
    assert len(done.keys) == len(ardour.COMMANDS)
    assert all(key.startswith("Ctrl+Alt+") and "Shift" not in key for key in done.keys.values())
