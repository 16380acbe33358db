"""From written notes to sounding ones and back: ties, the melody on top, barlines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.phrase import Note, Part, Tie, note_order
from antiphon.bridge.music.time import Measure

_OPENS = (Tie.START, Tie.BOTH)
_CLOSES = (Tie.STOP, Tie.BOTH)
# Shares of a whole note that one note head can last: plain, dotted, double-dotted.
_DOTS = (1, 3, 7)


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
    for note in sounding(part.notes):
        if note.end <= start or note.onset >= end:
            continue
        onset = max(note.onset, start)
        note = replace(note, onset=onset, duration=min(note.end, end) - onset)
        if line and line[-1].onset == note.onset:
            if note.pitch.midi_number > line[-1].pitch.midi_number:
                line[-1] = note
        elif not (line and _is_under(note, line[-1])):
            line.append(note)
    return tuple(_without_overlap(line))


def _is_under(note: Note, held: Note) -> bool:
    return note.end <= held.end and note.pitch.midi_number <= held.pitch.midi_number


def _without_overlap(line: Sequence[Note]) -> Iterator[Note]:
    for note, following in zip(line, [*line[1:], None], strict=True):
        if following is not None and note.end > following.onset:
            yield replace(note, duration=following.onset - note.onset)
        else:
            yield note


def split_at_barlines(notes: Iterable[Note], measures: Iterable[Measure]) -> tuple[Note, ...]:
    """Sounding notes as written ones: cut at the ends of `measures` and tied across them.

    Lyrics stay with the first piece of a note; grace notes pass unchanged.
    """
    ends = sorted({measure.end for measure in measures})
    written: list[Note] = []
    for note in notes:
        cuts = [end for end in ends if note.onset < end < note.end]
        written.extend(_cut(note, cuts))
    return tuple(written)


def split_to_note_values(
    notes: Iterable[Note], measures: Iterable[Measure], beat: Fraction
) -> tuple[Note, ...]:
    """Written notes that one note head each can show, tied where it takes several.

    A duration such as five eighths is cut, at a multiple of `beat` (quarters, counted from
    the barline) where that helps, else after its longest plain value.
    """
    barlines = sorted(measure.onset for measure in measures)
    written: list[Note] = []
    for note in notes:
        barline = max((b for b in barlines if b <= note.onset), default=Fraction(0))
        written.extend(_cut(note, _value_cuts(note, barline, beat)))
    return tuple(written)


def is_note_value(duration: Fraction) -> bool:
    """Whether one note head, with up to two dots, lasts this long outside tuplets (quarters)."""
    numerator, denominator = duration.numerator, duration.denominator
    if denominator & (denominator - 1):
        return False
    odd = numerator // (numerator & -numerator) if numerator else 0
    return odd in _DOTS


def _value_cuts(note: Note, barline: Fraction, beat: Fraction) -> list[Fraction]:
    cuts: list[Fraction] = []
    onset = note.onset
    while onset < note.end and not is_note_value(note.end - onset):
        beats_done = (onset - barline) // beat
        candidates = []
        cut = barline + (beats_done + 1) * beat
        while cut < note.end:
            candidates.append(cut)
            cut += beat
        plain = [c for c in candidates if is_note_value(c - onset)]
        whole = [c for c in plain if is_note_value(note.end - c)]
        if not plain:
            break  # a tuplet's or an unusual value: left as it is
        onset = max(whole or plain)
        cuts.append(onset)
    return cuts


def _cut(note: Note, cuts: Sequence[Fraction]) -> Iterator[Note]:
    if not cuts:
        yield note
        return
    edges = [note.onset, *cuts, note.end]
    last = len(edges) - 2
    for index, (onset, end) in enumerate(zip(edges, edges[1:], strict=False)):
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
