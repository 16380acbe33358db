"""Spool files: named by what they hold, whole or absent, never outside their folder."""

import errno
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.carriers.spool import Spool
from antiphon.bridge.errors import AntiphonError

HOSTILE = [
    "",
    ".",
    "..",
    "../service.json",
    "/etc/passwd",
    "C:\\x",
    "\\\\host\\share",
    "a" * 63,
    "a" * 65,
    "A" * 64,
    "g" * 64,
    "a" * 63 + "\0",
    "a" * 63 + "/",
    "\n" + "a" * 63,
    "a" * 64 + "\n",
    "٣" * 64,
]


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "run", 1000)


@given(st.binary(max_size=1000))
def test_what_is_put_is_got(tmp_path_factory, data):
    spool = Spool(tmp_path_factory.getbasetemp() / "spool-run", 1000)
    name = spool.put(data)
    assert len(name) == 64
    assert spool.get(name, "a") == data
    assert spool.put(data) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_hash_opens_nothing(spool, name):
    with pytest.raises(AntiphonError) as caught:
        spool.get(name, "a")
    assert caught.value.code == "bad-request"


@given(st.text(max_size=80))
def test_no_text_opens_anything(tmp_path_factory, name):
    spool = Spool(tmp_path_factory.getbasetemp() / "empty-run", 1000)
    with pytest.raises(AntiphonError) as caught:
        spool.get(name, "a")
    assert caught.value.code in ("bad-request", "payload-missing")


def test_a_link_is_not_followed(spool, tmp_path):
    name = spool.put(b"music")
    secret = tmp_path / "secret"
    (tmp_path / "run" / "spool" / name).rename(secret)
    (tmp_path / "run" / "spool" / name).symlink_to(secret)
    with pytest.raises(AntiphonError) as caught:
        spool.get(name, "a")
    assert caught.value.code == "payload-missing"


def test_a_file_with_other_bytes_is_as_good_as_none_and_is_mended(spool, tmp_path):
    name = spool.put(b"music")
    (tmp_path / "run" / "spool" / name).write_bytes(b"noise")
    with pytest.raises(AntiphonError) as caught:
        spool.get(name, "a")
    assert caught.value.code == "payload-missing"
    spool.put(b"music")
    assert spool.get(name, "a") == b"music"


def test_only_the_owner_may_read(spool, tmp_path):
    name = spool.put(b"music")
    folder = tmp_path / "run" / "spool"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_too_much_music_is_refused_both_ways(spool, tmp_path):
    with pytest.raises(AntiphonError) as caught:
        spool.put(bytes(1001))
    assert caught.value.code == "too-large"
    name = Spool(tmp_path / "run", 5000).put(bytes(1001))
    with pytest.raises(AntiphonError) as caught:
        spool.get(name, "a")
    assert caught.value.code == "too-large"


@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_full_disk_leaves_no_half_file(spool, tmp_path, monkeypatch, step):
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "replace":
        monkeypatch.setattr("pathlib.Path.replace", full)
    else:
        monkeypatch.setattr(os, "open", full)
    with pytest.raises(AntiphonError) as caught:
        spool.put(b"music")
    assert caught.value.code == "unwritable-file"
    assert "No space" in caught.value.sentence
    assert list((tmp_path / "run" / "spool").iterdir()) == []


def test_old_files_go_first_and_then_the_oldest_over_the_total(spool, tmp_path):
    names = [spool.put(bytes([i]) * 100) for i in range(5)]
    for age, name in zip((1000, 500, 300, 200, 100), names, strict=True):
        path = tmp_path / "run" / "spool" / name
        then = path.stat().st_mtime - age
        os.utime(path, (then, then))
    assert spool.clean(600, 10_000) == 1
    assert spool.clean(600, 250) == 2
    left = {path.name for path in (tmp_path / "run" / "spool").iterdir()}
    assert left == set(names[3:])
