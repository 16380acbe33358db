from pathlib import Path

import pytest
from phrases import heard

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import FORMATS, family_of, read_phrase, suffix_of, write_phrase
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.music.check import check
from antiphon.bridge.music.melody import sounding

EXAMPLES = sorted(
    p for p in (Path(__file__).parents[3] / "examples").iterdir() if p.suffix != ".md"
)
WRITABLE = sorted(suffix for suffix, form in FORMATS.items() if form.write)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_sound_notation(path):
    phrase = read_phrase(path.read_bytes(), path.name)
    assert phrase.title
    assert phrase.key_signatures
    assert check(phrase) == ()


@pytest.mark.parametrize("suffix", WRITABLE)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_sounds_the_same_in_every_format(path, suffix):
    phrase = read_phrase(path.read_bytes(), path.name)
    again = read_phrase(write_phrase(phrase, suffix), f"x{suffix}")
    assert [heard(sounding(p.notes)) for p in again.parts] == [
        heard(sounding(p.notes)) for p in phrase.parts
    ]


@pytest.mark.parametrize("suffix", WRITABLE)
def test_standard_input_is_known_by_its_first_bytes(suffix):
    phrase = read_phrase(EXAMPLES[0].read_bytes(), EXAMPLES[0].name)
    data = write_phrase(phrase, suffix)
    assert family_of("-", data) == FORMATS[suffix].family
    assert len(read_phrase(data, "-").parts) == len(phrase.parts)


def test_a_compressed_score_under_a_plain_name_is_read():
    data = write_phrase(read_phrase(EXAMPLES[0].read_bytes(), EXAMPLES[0].name), ".mxl")
    assert read_phrase(data, "score.musicxml").parts


@pytest.mark.parametrize(("name", "data"), [("-", b"hello"), ("a.pdf", b"%PDF"), ("a", b"")])
def test_an_unknown_format_is_named(name, data):
    with pytest.raises(AntiphonError) as caught:
        read_phrase(data, name)
    assert caught.value.code == "unknown-format"


def test_a_picture_is_written_but_never_read():
    assert suffix_of("a.SVG") == ".svg"
    with pytest.raises(AntiphonError) as caught:
        read_phrase(b"<svg/>", "a.svg")
    assert caught.value.code == "unknown-format"


def test_a_suffix_that_cannot_be_written_is_named():
    with pytest.raises(AntiphonError) as caught:
        write_phrase(read_phrase(EXAMPLES[0].read_bytes(), EXAMPLES[0].name), ".pdf")
    assert caught.value.code == "unknown-format"


def test_a_file_past_the_cap_is_refused():
    with pytest.raises(AntiphonError) as caught:
        read_phrase(bytes(MAX_FILE_BYTES + 1), "a.mid")
    assert caught.value.code == "too-large"
