"""From written notes to sounding ones and back: ties, the melody on top, barlines."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from antiphon.bridge.music.phrase import Note, Part, Tie, note_order
from antiphon.bridge.music.time import Measure

_OPENS = (Tie.START, Tie.BOTH)
_CLOSES = (Tie.STOP, Tie.BOTH)
# Odd parts of the durations one note head can last: plain and dotted.
_DOTS = (1, 3)
_DOUBLE_DOTTED = (Fraction(7, 4), Fraction(7, 8))


def sounding(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes as they sound: tied chains become one note, grace notes are left out.

    A tie that leads nowhere is dropped. The result is in standing order, free of ties.
    """
    merged: list[Note] = []
    waiting: dict[tuple[int, Fraction], list[int]] = {}
    for note in sorted((n for n in notes if not n.is_grace), key=note_order):
        index = _tied_from(note, merged, waiting) if note.tie in _CLOSES else None
        if index is None:
            index = len(merged)
            merged.append(replace(note, tie=Tie.NONE) if note.tie is not Tie.NONE else note)
        else:
            whole = merged[index]
            merged[index] = replace(whole, duration=note.end - whole.onset)
        if note.tie in _OPENS:
            waiting.setdefault((note.pitch.midi_number, note.end), []).append(index)
    return tuple(merged)


def _tied_from(
    note: Note, merged: list[Note], waiting: dict[tuple[int, Fraction], list[int]]
) -> int | None:
    """Index of the note that `note` is tied from; its own voice and staff come first."""
    open_ends = waiting.get((note.pitch.midi_number, note.onset))
    if not open_ends:
        return None
    best = max(
        open_ends, key=lambda i: (merged[i].staff == note.staff, merged[i].voice == note.voice)
    )
    open_ends.remove(best)
    return best


def top_line(part: Part, start: Fraction, end: Fraction) -> tuple[Note, ...]:
    """The melody of a part between two onsets (quarters): its skyline, one note at a time.

    The highest note of each onset is taken and cut where the next one begins; a lower note
    that begins and ends under a held higher one is accompaniment and left out. Notes are cut
    at `start` and `end`. After Uitdenbogerd and Zobel, "Manipulation of Music for Melody
    Matching" (1998).
    """
    line: list[Note] = []
    for whole in sounding(part.notes):
        if whole.end <= start or whole.onset >= end:
            continue
        onset = max(whole.onset, start)
        note = replace(whole, onset=onset, duration=min(whole.end, end) - onset)
        if line and line[-1].onset == note.onset:
            if note.pitch.midi_number > line[-1].pitch.midi_number:
                line[-1] = note
        elif not (line and _is_under(note, line[-1])):
            line.append(note)
    return tuple(_without_overlap(line))


def _is_under(note: Note, held: Note) -> bool:
    return note.end <= held.end and note.pitch.midi_number <= held.pitch.midi_number


def _without_overlap(line: Sequence[Note]) -> Iterator[Note]:
    for note, following in pairwise(line):
        is_over = note.end > following.onset
        yield replace(note, duration=following.onset - note.onset) if is_over else note
    yield from line[-1:]


def split_at_barlines(notes: Iterable[Note], measures: Iterable[Measure]) -> tuple[Note, ...]:
    """Sounding notes as written ones: cut at the ends of `measures` and tied across them.

    Lyrics stay with the first piece of a note; grace notes pass unchanged.
    """
    ends = sorted({measure.end for measure in measures})
    written: list[Note] = []
    for note in notes:
        cuts = ends[bisect_right(ends, note.onset) : bisect_left(ends, note.end)]
        written.extend(_cut(note, cuts))
    return tuple(written)


def split_to_note_values(
    notes: Iterable[Note], measures: Iterable[Measure], beat: Fraction
) -> tuple[Note, ...]:
    """Written notes that one note head each can show, tied where it takes several.

    A duration such as five eighths is cut at a multiple of `beat` (quarters, counted from the
    barline), and so is a tuplet's note that reaches over a beat.
    """
    barlines = [Fraction(0), *sorted(measure.onset for measure in measures)]
    written: list[Note] = []
    for note in notes:
        barline = barlines[bisect_right(barlines, note.onset) - 1]
        written.extend(_cut(note, _value_cuts(note, barline, beat)))
    return tuple(written)


def is_plain(time: Fraction) -> bool:
    """Whether an onset or a duration (quarters) lies on the grid of halves, outside tuplets."""
    return not time.denominator & (time.denominator - 1)


def is_note_value(duration: Fraction) -> bool:
    """Whether one note head with its dots lasts this long outside tuplets (quarters)."""
    if not is_plain(duration) or duration <= 0:
        return False
    odd = duration.numerator // (duration.numerator & -duration.numerator)
    return odd in _DOTS or duration in _DOUBLE_DOTTED


def _value_cuts(note: Note, barline: Fraction, beat: Fraction) -> list[Fraction]:
    cuts: list[Fraction] = []
    onset = note.onset
    while onset < note.end:
        is_straight = is_plain(onset - barline) and is_plain(note.end - barline)
        if is_straight and is_note_value(note.end - onset):
            break
        first = barline + ((onset - barline) // beat + 1) * beat
        beats = [first + index * beat for index in range(int((note.end - first) // beat) + 1)]
        beats = [cut for cut in beats if cut < note.end]
        if not beats:
            break  # it fits between two beats: a tuplet's value, or one to leave alone
        onset = _best_cut(onset, note.end, beats)
        cuts.append(onset)
    return cuts


def _best_cut(onset: Fraction, end: Fraction, beats: list[Fraction]) -> Fraction:
    """The beat at which to cut: two plain values, nearly equal, the longer one first."""
    if not is_plain(onset):
        return beats[0]
    plain = [cut for cut in beats if is_note_value(cut - onset)] or beats[:1]
    both = [cut for cut in plain if is_note_value(end - cut)]
    middle = (onset + end) / 2
    return min(both, key=lambda cut: (abs(cut - middle), -cut)) if both else plain[-1]


def _cut(note: Note, cuts: Sequence[Fraction]) -> Iterator[Note]:
    if not cuts:
        yield note
        return
    edges = [note.onset, *cuts, note.end]
    last = len(edges) - 2
    for index, (onset, end) in enumerate(pairwise(edges)):
        opens = index < last or note.tie in _OPENS
        closes = index > 0 or note.tie in _CLOSES
        yield replace(
            note,
            onset=onset,
            duration=end - onset,
            tie=tie_of(closes=closes, opens=opens),
            lyrics=note.lyrics if index == 0 else (),
        )


def tie_of(*, closes: bool, opens: bool) -> Tie:
    """The tie of a note that continues an earlier one, leads to a later one, both or neither."""
    if closes:
        return Tie.BOTH if opens else Tie.STOP
    return Tie.START if opens else Tie.NONE
