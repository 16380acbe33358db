"""Any file of music as a phrase: MIDI, MusicXML, ABC, or a recording through the transcriber."""

import sys
from dataclasses import replace
from pathlib import Path

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.slice import slice_phrase

# The suffixes of recordings; their reader loads onnxruntime, so it is imported only for them.
RECORDINGS = (".wav", ".flac", ".mp3", ".ogg", ".oga", ".aif", ".aiff")


def phrase_in_file(name: str) -> Phrase:
    """The music of a file, "-" for standard input, with the file's name where it has no title.

    Raises AntiphonError for what cannot be read.
    """
    if name == "-":
        return read_phrase(sys.stdin.buffer.read(), "-")
    path = Path(name)
    try:
        if path.suffix.lower() in RECORDINGS:
            from antiphon.models.training.audio import phrase_in  # noqa: PLC0415 - slow to load

            phrase = phrase_in(path)
        else:
            phrase = read_phrase(path.read_bytes(), path.name)
    except OSError as error:
        why = str(error.strerror or error).lower()
        raise AntiphonError("unreadable-file", what=path.name, why=why) from None
    return phrase if phrase.title else replace(phrase, title=path.stem)


def measures_of(phrase: Phrase, words: str) -> Phrase:
    """The measures of a phrase that are typed as "9-16" or "9", by their printed numbers.

    Raises AntiphonError("no-such-measure" or "bad-control").
    """
    first, _, last = (word.strip() for word in words.partition("-"))
    low = _measure(phrase, first)
    high = _measure(phrase, last) if last else low
    if high < low:
        why = f"measure {first} comes after measure {last}"
        raise AntiphonError("bad-control", name="--measures", value=words, why=why)
    return slice_phrase(phrase, phrase.measures[low].onset, phrase.measures[high].end)


def _measure(phrase: Phrase, number: str) -> int:
    for index, measure in enumerate(phrase.measures):
        if measure.number == number:
            return index
    count = phrase.measures[-1].number if phrase.measures else "0"
    raise AntiphonError("no-such-measure", measure=number or "“”", count=count)
