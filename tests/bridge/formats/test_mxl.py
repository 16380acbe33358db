"""Compressed MusicXML opens within bounds, and hostile archives are refused in words."""

import io
import zipfile
from pathlib import Path

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MXL_MEMBERS
from antiphon.bridge.formats.mxl import pack_mxl, unpack_mxl

SCORE = b"<score-partwise/>"
CONTAINER = "META-INF/container.xml"


def zipped(members: list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members:
            file.writestr(name, body)
    return packed.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(AntiphonError) as fault:
        unpack_mxl(data, "Tune")
    return fault.value.code


@pytest.mark.parametrize("name", ["score.musicxml", 'I\'m & "you".xml', "Lied – für.xml"])
def test_what_is_packed_comes_out_again(name: str) -> None:
    assert unpack_mxl(pack_mxl(SCORE, name)) == SCORE


def test_packing_twice_gives_the_same_bytes() -> None:
    assert pack_mxl(SCORE) == pack_mxl(SCORE)


def test_the_container_names_the_score_among_several() -> None:
    container = b'<container><rootfiles><rootfile full-path="b.xml"/></rootfiles></container>'
    data = zipped([("a.xml", b"<a/>"), ("b.xml", SCORE), (CONTAINER, container)])
    assert unpack_mxl(data) == SCORE


def test_a_container_that_is_no_xml_is_passed_over() -> None:
    container = b"<container><rootfiles><rootfile full-path='I'm.xml'/></rootfiles></container>"
    assert unpack_mxl(zipped([(CONTAINER, container), ("I'm.xml", SCORE)])) == SCORE


def test_a_zip_bomb_is_too_large() -> None:
    assert refused(zipped([("score.xml", bytes(32 << 20))])) == "too-large"


def test_too_many_members_are_too_large() -> None:
    members = [(f"{number}.xml", SCORE) for number in range(MXL_MEMBERS + 1)]
    assert refused(zipped(members)) == "too-large"


def test_member_names_that_climb_out_never_touch_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert unpack_mxl(zipped([("../evil.xml", SCORE), ("/evil.xml", b"x")])) == SCORE
    assert list(tmp_path.rglob("*")) == [inner]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04" + bytes(40), b"<score-partwise/>"])
def test_what_is_no_archive_is_broken(data: bytes) -> None:
    assert refused(data) == "broken-musicxml"


def test_an_archive_without_a_score_is_broken() -> None:
    assert refused(zipped([("readme.txt", b"hello")])) == "broken-musicxml"


def test_a_cut_archive_is_broken() -> None:
    whole = pack_mxl(SCORE * 100)
    assert {refused(whole[:cut]) for cut in range(0, len(whole), 7)} == {"broken-musicxml"}


def test_a_damaged_member_is_broken() -> None:
    whole = bytearray(zipped([("score.xml", bytes(range(256)) * 8)]))
    for place in range(39, 60):
        whole[place] ^= 0xFF
    assert refused(bytes(whole)) == "broken-musicxml"
