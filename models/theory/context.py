"""How much of the music is heard: enough to know the key, never so much that the answer waits."""

from bisect import bisect_left
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase

_MEASURES = 32
_NOTES = 300


def lately_heard(phrase: Phrase, end: Fraction) -> Phrase:
    """The music before `end` (quarters), at most 32 measures of it and fewer where it is dense.

    Drums are left out. Where nothing comes before `end`, all of the phrase is heard.
    """
    if end <= 0:
        return phrase
    pitched = tuple(part for part in phrase.parts if not part.is_drums)
    onsets = [measure.onset for measure in phrase.measures if measure.onset < end]
    count = _MEASURES
    start = onsets[-count] if len(onsets) > count else Fraction(0)
    heard = [between(part, start, end) for part in pitched]
    while count > 4 and sum(len(part.notes) for part in heard) > _NOTES:
        count //= 2
        start = onsets[-count] if len(onsets) > count else start
        heard = [between(part, start, end) for part in heard]
    trimmed = replace(phrase, parts=tuple(heard))
    return slice_phrase(trimmed, start, min(end, phrase.length))


def between(part: Part, start: Fraction, end: Fraction) -> Part:
    """The part with only those notes that begin from `start` to before `end` (quarters)."""
    first = bisect_left(part.notes, start, key=lambda note: note.onset)
    last = bisect_left(part.notes, end, lo=first, key=lambda note: note.onset)
    return replace(part, notes=part.notes[first:last])
