"""Compressed MusicXML (.mxl): a zip with a container, unpacked in memory and within bounds.

Member names are only compared, never used as paths. After the W3C's MusicXML 4.0,
"Compressed .MXL files".
"""

import io
import zipfile
import zlib
from xml.sax.saxutils import quoteattr

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import (
    MAX_FILE_BYTES,
    MXL_MEMBERS,
    MXL_RATIO,
    MXL_UNPACKED_BYTES,
)
from antiphon.bridge.formats.xml_safe import broken, parse_xml

_CONTAINER = "META-INF/container.xml"
_SUFFIXES = (".musicxml", ".xml")
_CHUNK = 1 << 16
# Small members compress well without being bombs; the ratio counts from here on.
_RATIO_FREE = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)


def unpack_mxl(data: bytes, what: str = "The file") -> bytes:
    """The MusicXML document inside a .mxl file.

    Raises AntiphonError("broken-musicxml") for what is no .mxl file, and
    AntiphonError("too-large") past the table in `limits`, counted while reading.
    """
    if len(data) > MAX_FILE_BYTES:
        raise AntiphonError("too-large", what=what, why=f"over {MAX_FILE_BYTES >> 20} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MXL_MEMBERS:
                raise AntiphonError("too-large", what=what, why=f"over {MXL_MEMBERS} files in it")
            return _read(archive, _score_member(archive, members, what), what)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        KeyError,
    ):
        raise broken(what, "it is not a whole .mxl (zip) file") from None


def _score_member(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], what: str
) -> zipfile.ZipInfo:
    by_name = {member.filename: member for member in members}
    container = by_name.get(_CONTAINER)
    if container is not None:
        named = _named_in(_read(archive, container, what), what)
        if named in by_name:
            return by_name[named]
    for member in members:
        name = member.filename
        if name.lower().endswith(_SUFFIXES) and not name.startswith(("META-INF/", "__MACOSX/")):
            return member
    raise broken(what, "no score is in it")


def _named_in(container: bytes, what: str) -> str:
    """The score's name; "" from a damaged container (some programs forget to escape quotes)."""
    try:
        files = parse_xml(container, what).child("rootfiles")
    except AntiphonError:
        return ""
    first = files.child("rootfile") if files else None
    return first.get("full-path") if first else ""


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, what: str) -> bytes:
    found = bytearray()
    allowed = max(_RATIO_FREE, MXL_RATIO * max(member.compress_size, 1))
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            found += chunk
            if len(found) > min(allowed, MXL_UNPACKED_BYTES):
                raise AntiphonError("too-large", what=what, why="it swells when it is unpacked")
    return bytes(found)


def pack_mxl(data: bytes, name: str = "score.musicxml") -> bytes:
    """A .mxl file that holds one MusicXML document under `name`; the same in, the same out."""
    container = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container>\n  <rootfiles>\n'
        f"    <rootfile full-path={quoteattr(name)}"
        ' media-type="application/vnd.recordare.musicxml+xml"/>\n'
        "  </rootfiles>\n</container>\n"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", _EPOCH), b"application/vnd.recordare.musicxml")
        for member, body in ((_CONTAINER, container.encode()), (name, data)):
            info = zipfile.ZipInfo(member, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, body)
    return packed.getvalue()
