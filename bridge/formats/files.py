"""Which file is read and written by what: the formats as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.formats.abc_writer import abc_from_phrase
from antiphon.bridge.formats.limits import MAX_FILE_BYTES
from antiphon.bridge.formats.musicxml_reader import phrase_from_musicxml
from antiphon.bridge.formats.musicxml_writer import musicxml_from_phrase
from antiphon.bridge.formats.mxl import pack_mxl, unpack_mxl
from antiphon.bridge.formats.smf_reader import phrase_from_smf
from antiphon.bridge.formats.smf_writer import smf_from_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.quantise import quantised


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its family, and its reader and writer; None where there is none."""

    family: str
    read: Callable[[bytes, str], Phrase] | None
    write: Callable[[Phrase], bytes] | None


def _read_mxl(data: bytes, what: str) -> Phrase:
    return phrase_from_musicxml(unpack_mxl(data, what), what)


def _write_musicxml(phrase: Phrase) -> bytes:
    # What was played into a MIDI file has to fit note values before it can be read.
    return musicxml_from_phrase(quantised(phrase))


def _write_mxl(phrase: Phrase) -> bytes:
    return pack_mxl(_write_musicxml(phrase), "score.musicxml")


_MIDI = Format("midi", phrase_from_smf, smf_from_phrase)
_XML = Format("musicxml", phrase_from_musicxml, _write_musicxml)
_MXL = Format("musicxml", _read_mxl, _write_mxl)
_ABC = Format("abc", phrase_from_abc, abc_from_phrase)
_SVG = Format("svg", None, None)

FORMATS: dict[str, Format] = {
    ".mid": _MIDI,
    ".midi": _MIDI,
    ".smf": _MIDI,
    ".musicxml": _XML,
    ".xml": _XML,
    ".mxl": _MXL,
    ".abc": _ABC,
    ".svg": _SVG,
}
_BEGINNINGS = (
    (b"MThd", ".mid"),
    (b"PK\x03\x04", ".mxl"),
    (b"<?xml", ".musicxml"),
    (b"<!DOCTYPE score", ".musicxml"),
    (b"<score-", ".musicxml"),
    (b"X:", ".abc"),
    (b"%abc", ".abc"),
)


def suffix_of(name: str, data: bytes = b"") -> str:
    """The suffix of `FORMATS` that a file's name, or else its first bytes, tell.

    Raises AntiphonError("unknown-format").
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in FORMATS:
        return suffix
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, found in _BEGINNINGS:
        if head.startswith(beginning):
            return found
    raise AntiphonError("unknown-format", what=name if name != "-" else "Standard input")


def family_of(name: str, data: bytes = b"") -> str:
    """The family of formats ("midi", "musicxml", "abc" or "svg") of a file or a suffix."""
    return FORMATS[suffix_of(f"x{name}" if name.startswith(".") else name, data)].family


def read_phrase(data: bytes, name: str) -> Phrase:
    """The phrase in a file's bytes; a book of tunes gives its first.

    Raises AntiphonError: "unknown-format", "too-large" or the format's own fault.
    """
    if len(data) > MAX_FILE_BYTES:
        raise AntiphonError("too-large", what=name, why=f"over {MAX_FILE_BYTES >> 20} MB")
    suffix = suffix_of(name, data)
    if suffix in (".xml", ".musicxml") and data.startswith(b"PK\x03\x04"):
        suffix = ".mxl"
    read = FORMATS[suffix].read
    if read is None:
        raise AntiphonError("unknown-format", what=name)
    return read(data, name)


def write_phrase(phrase: Phrase, suffix: str) -> bytes:
    """The bytes of a phrase in the format of `suffix`. Raises AntiphonError("unknown-format")."""
    found = FORMATS.get(suffix)
    if found is None or found.write is None:
        raise AntiphonError("unknown-format", what=suffix)
    return found.write(phrase)
