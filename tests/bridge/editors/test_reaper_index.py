"""ReaPack's list of REAPER's scripts."""

from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from antiphon.bridge.editors.reaper_index import header_of, index_xml

FOLDER = Path(__file__).parents[3] / "plugins/reaper"


def test_the_list_in_the_tree_is_the_one_that_the_headers_give():
    assert (FOLDER / "index.xml").read_text() == index_xml(), (
        "run: python -m antiphon.bridge.editors.reaper_index > plugins/reaper/index.xml"
    )


def test_every_script_is_in_the_list_once_and_only_the_first_run_is_an_action():
    root = ElementTree.fromstring(index_xml("https://example.org/there/"))
    sources = root.findall("category/reapack/version/source")
    names = [source.text.removeprefix("https://example.org/there/") for source in sources]
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.lua")}
    assert sorted(names) == sorted(there)
    assert [s.text.rsplit("/", 1)[-1] for s in sources if s.get("main")] == ["antiphon_setup.lua"]


def test_every_script_has_a_header_and_the_version_of_the_package():
    for path in FOLDER.glob("antiphon_*.lua"):
        head = header_of(path.read_text())
        if path.name == "antiphon_place.lua":
            assert "noindex" in head
            continue
        assert head["version"] == version("antiphon"), path.name
        assert head["description"].startswith("Antiphon: ")
        assert head["about"].endswith(".")
        assert "author" in head
    for path in (FOLDER / "lib").glob("*.lua"):
        assert "noindex" in header_of(path.read_text()), path.name
