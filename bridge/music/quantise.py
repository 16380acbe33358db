"""Played times onto a grid that can be written down."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, normalised, note_order

BINARY = Fraction(1, 8)
TERNARY = Fraction(1, 6)


# How finely a note value may be halved under a tuplet of each kind; played times fall outside.
_HALVINGS = {1: 128, 3: 32, 5: 16, 7: 16, 9: 16}
_RARE_HALVINGS = 4
_LARGEST_TUPLET = 31


def is_writable(time: Fraction) -> bool:
    """Whether a time (quarters) lies on a grid of note values and tuplets."""
    binary = time.denominator & -time.denominator
    odd = time.denominator // binary
    return odd <= _LARGEST_TUPLET and binary <= _HALVINGS.get(odd, _RARE_HALVINGS)


def quantised(phrase: Phrase) -> Phrase:
    """The phrase with played notes moved to the nearest 32nd or triplet 16th.

    Notes whose times can be written as they are stay untouched. A note lasts at least one
    step of its grid, or up to the next note of its line where that is nearer; notes of a line
    that fall on one onset become a chord.
    """
    return replace(phrase, parts=tuple(_quantised_part(part) for part in phrase.parts))


def _quantised_part(part: Part) -> Part:
    if all(is_writable(note.onset) and is_writable(note.duration) for note in part.notes):
        return part
    pairs = [(note, _on_grid(note)) for note in part.notes]
    for voice in {(note.staff, note.voice) for note in part.notes}:
        places = [i for i, (note, _) in enumerate(pairs) if (note.staff, note.voice) == voice]
        for here, there in pairwise(sorted(places, key=lambda i: note_order(pairs[i][0]))):
            pairs[here] = (pairs[here][0], _cut_at(*pairs[here], *pairs[there]))
    return normalised(replace(part, notes=tuple(moved for _, moved in pairs)))


def _cut_at(note: Note, moved: Note, following: Note, following_moved: Note) -> Note:
    """`moved`, without an overlap with the following note that only the grid made."""
    room = following_moved.onset - moved.onset
    if note.end <= following.onset and 0 < room < moved.duration:
        return replace(moved, duration=room)
    return moved


def _on_grid(note: Note) -> Note:
    grid = min(
        (BINARY, TERNARY), key=lambda step: (abs(_nearest(note.onset, step) - note.onset), -step)
    )
    onset = _nearest(note.onset, grid)
    if note.is_grace:
        return replace(note, onset=onset)
    end = min(
        (_nearest(note.end, step) for step in (BINARY, grid)), key=lambda e: abs(e - note.end)
    )
    return replace(note, onset=onset, duration=max(end - onset, grid), tie=Tie.NONE)


def _nearest(time: Fraction, step: Fraction) -> Fraction:
    return round(time / step) * step
