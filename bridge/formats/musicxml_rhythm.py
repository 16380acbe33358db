"""The rhythm of one measure of one staff: voices, rests, tuplets, note values and beams."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm

from antiphon.bridge.music.melody import is_note_value, is_plain, split_to_note_values, tie_of
from antiphon.bridge.music.phrase import Note, Tie, Transposition
from antiphon.bridge.music.quantise import is_writable
from antiphon.bridge.music.time import Measure, TimeSignature

VALUE_NAMES = {
    Fraction(32): "maxima", Fraction(16): "long", Fraction(8): "breve", Fraction(4): "whole",
    Fraction(2): "half", Fraction(1): "quarter", Fraction(1, 2): "eighth", Fraction(1, 4): "16th",
    Fraction(1, 8): "32nd", Fraction(1, 16): "64th", Fraction(1, 32): "128th",
    Fraction(1, 64): "256th", Fraction(1, 128): "512th", Fraction(1, 256): "1024th",
}  # fmt: skip

DOTTED = tuple((2 - Fraction(1, 2**dots), dots) for dots in range(5))
_OPENS, _CLOSES = (Tie.START, Tie.BOTH), (Tie.STOP, Tie.BOTH)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a measure's notes are written into: the measure, its meter, key and units.

    `divisions` are per quarter; `fifths` is the written key signature; `staff` is None in a
    part of one staff; `sounds` are the instrument ids of a drum part by MIDI number.
    """

    measure: Measure
    meter: TimeSignature
    fifths: int
    divisions: int
    transposition: Transposition = field(default_factory=Transposition)
    is_drums: bool = False
    staff: int | None = None
    sounds: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Notes that begin and end together in a voice, or a rest; the onset is the measure's."""

    onset: Fraction
    duration: Fraction
    notes: tuple[Note, ...] = ()
    grace: tuple[Note, ...] = ()
    ratio: tuple[int, int] = (1, 1)
    bracket: str = ""

    @property
    def end(self) -> Fraction:
        """Where the event stops, in quarters from the barline."""
        return self.onset + self.duration

    @property
    def value(self) -> Fraction:
        """The duration its note head shows, before the tuplet's ratio."""
        return self.duration * self.ratio[0] / self.ratio[1]


def divisions_for(notes: Iterable[Note]) -> int:
    """The smallest number of divisions a quarter that holds every onset and duration."""
    return lcm(1, *(time.denominator for note in notes for time in (note.onset, note.duration)))


def voiced(notes: Sequence[Note]) -> dict[int, list[Note]]:
    """Notes of one staff by voice; notes of a voice that overlap move to a free one."""
    voices: dict[int, list[Note]] = {}
    for note in sorted(notes, key=lambda n: (n.onset, not n.is_grace, -n.duration)):
        number = note.voice
        while not _fits(voices.get(number, []), note):
            number += 1
        voices.setdefault(number, []).append(replace(note, voice=number))
    return dict(sorted(voices.items()))


def _fits(voice: Sequence[Note], note: Note) -> bool:
    last = next((n for n in reversed(voice) if not n.is_grace), None)
    if last is None or note.onset >= last.end:
        return True
    return (note.onset, note.duration) == (last.onset, last.duration) and not note.is_grace


def voice_events(notes: Sequence[Note], frame: Frame) -> list[Event]:
    """The events of one voice in a measure, rests between them, tuplets grouped.

    `notes` begin in the measure and end in it; their onsets count from the phrase's start.
    """
    start = frame.measure.onset
    beat = frame.meter.beat_duration
    heads: list[Note] = []
    for note in notes:
        if not note.is_grace:
            whole = _stays_whole(note.duration)
            heads += [note] if whole else split_to_note_values([note], [frame.measure], beat)
    grace: dict[Fraction, list[Note]] = {}
    for note in notes:
        if note.is_grace:
            grace.setdefault(note.onset - start, []).append(note)
    chords: dict[tuple[Fraction, Fraction], list[Note]] = {}
    for note in heads:
        chords.setdefault((note.onset - start, note.duration), []).append(note)
    events: list[Event] = []
    now = Fraction(0)
    for (onset, duration), together in sorted(chords.items()):
        events += _rests(now, onset, frame)
        before = tuple(grace.pop(onset, ()))
        together.sort(key=lambda n: n.pitch.midi_number)
        events.append(Event(onset, duration, tuple(together), before))
        now = onset + duration
    events += _rests(now, frame.measure.duration, frame)
    for onset, left in grace.items():
        events = _with_grace(events, onset, tuple(left))
    return _with_tuplets(events)


def _stays_whole(duration: Fraction) -> bool:
    """Whether a length is one note: a head shows it, or no heads tied together would."""
    odd = duration.denominator // (duration.denominator & -duration.denominator)
    value = duration * odd / _normal(odd)
    has_head = any(value / factor in VALUE_NAMES for factor, _ in DOTTED)
    return has_head or odd > 3 or not is_writable(duration)


def _normal(actual: int) -> int:
    """How many notes' time `actual` notes of a tuplet take: the power of two below."""
    return 1 << max(0, (actual - 1).bit_length() - 1)


def _with_grace(events: list[Event], onset: Fraction, grace: tuple[Note, ...]) -> list[Event]:
    """Grace notes that no note follows stand before the rest there, or end the measure."""
    for place, event in enumerate(events):
        if event.onset >= onset:
            events[place] = replace(event, grace=event.grace + grace)
            return events
    return [*events, Event(onset, Fraction(0), (), grace)]


def _rests(start: Fraction, end: Fraction, frame: Frame) -> list[Event]:
    """Rests from `start` to `end`, cut at beats so that each is a note value."""
    if end <= start:
        return []
    if start == 0 and end == frame.measure.duration:
        return [Event(start, end)]
    beat = frame.meter.beat_duration
    found: list[Event] = []
    while start < end:
        stop = _rest_end(start, end, beat)
        found.append(Event(start, stop - start))
        start = stop
    return found


def _rest_end(start: Fraction, end: Fraction, beat: Fraction) -> Fraction:
    next_beat = (start // beat + 1) * beat
    if start % beat != 0 or next_beat > end:
        stop = min(end, next_beat)
        if not (is_plain(start) and is_plain(stop)):
            return stop
        return stop if is_note_value(stop - start) else start + _largest_value(stop - start)
    span = beat
    while start + 2 * span <= end and start % (2 * span) == 0:
        span *= 2
    return start + span


def _largest_value(duration: Fraction) -> Fraction:
    value = Fraction(4)
    while value > duration:
        value /= 2
    return value


def _with_tuplets(events: list[Event]) -> list[Event]:
    """Marks runs of events between plain onsets whose times need an odd division."""
    found: list[Event] = []
    group: list[Event] = []
    for event in events:
        if not group and is_plain(event.duration):
            found.append(event)
            continue
        group.append(event)
        if is_plain(event.end):
            found += _tuplet(group)
            group = []
    return found + _tuplet(group)


def _tuplet(group: list[Event]) -> list[Event]:
    odd = lcm(1, *(event.duration.denominator for event in group))
    while odd % 2 == 0:
        odd //= 2
    if odd == 1:
        return group
    marked = [replace(event, ratio=(odd, _normal(odd))) for event in group]
    if len(marked) > 1:
        marked[0] = replace(marked[0], bracket="start")
        marked[-1] = replace(marked[-1], bracket="stop")
    return marked


def beams_of(events: Sequence[Event], meter: TimeSignature) -> list[list[str]]:
    """The beam elements of each event: short notes of one beat hang together."""
    levels = [_flags(event) if event.notes else 0 for event in events]
    groups = [_beam_window(event.onset, meter, events) for event in events]
    found: list[list[str]] = [[] for _ in events]
    for level in range(1, max(levels, default=0) + 1):
        for place, flags in enumerate(levels):
            if flags < level:
                continue
            before = _joined(place - 1, place, levels, groups)
            after = _joined(place, place + 1, levels, groups)
            word = _beam_word(level, place, levels, before, after)
            if word:
                found[place].append(f'<beam number="{level}">{word}</beam>')
    return found


def _joined(left: int, right: int, levels: list[int], groups: list[Fraction]) -> bool:
    if left < 0 or right >= len(levels):
        return False
    return levels[left] > 0 and levels[right] > 0 and groups[left] == groups[right]


def _beam_word(level: int, place: int, levels: list[int], before: bool, after: bool) -> str:
    if not before and not after:
        return ""
    back = before and levels[place - 1] >= level
    on = after and levels[place + 1] >= level
    if back and on:
        return "continue"
    if back or on:
        return "end" if back else "begin"
    return "backward hook" if before else "forward hook"


def _flags(event: Event) -> int:
    base = event.value
    for factor, _ in DOTTED:
        if event.value / factor in VALUE_NAMES:
            base = event.value / factor
            break
    flags = 0
    while base < 1:
        base, flags = base * 2, flags + 1
    return flags


def _beam_window(onset: Fraction, meter: TimeSignature, events: Sequence[Event]) -> Fraction:
    """Start of the beam group an onset belongs to: a beat, or more where all notes are eighths."""
    beat = meter.beat_duration
    wide = (
        {4: 2 * beat, 3: 3 * beat, 2: 2 * beat}.get(meter.beats) if meter.beat_type == 4 else None
    )
    if wide:
        start = onset // wide * wide
        inside = [e for e in events if start <= e.onset < start + wide]
        if all(e.duration == Fraction(1, 2) and e.notes for e in inside):
            return start
    return onset // beat * beat


def split_by_measure(notes: Sequence[Note], measures: Sequence[Measure]) -> list[list[Note]]:
    """Notes for each measure, in order; a note over a barline is cut and tied."""
    found: list[list[Note]] = [[] for _ in measures]
    place = 0
    for note in sorted(notes, key=lambda n: n.onset):
        while place + 1 < len(measures) and measures[place + 1].onset <= note.onset:
            place += 1
        here, opened = place, note.tie in _CLOSES
        rest = note
        while here + 1 < len(measures) and rest.end > measures[here].end:
            cut = measures[here].end
            if cut > rest.onset:
                piece = replace(rest, duration=cut - rest.onset)
                found[here].append(replace(piece, tie=tie_of(closes=opened, opens=True)))
                rest = replace(rest, onset=cut, duration=rest.end - cut, lyrics=())
                opened = True
            here += 1
        closes_on = note.tie in _OPENS
        found[here].append(replace(rest, tie=tie_of(closes=opened, opens=closes_on)))
    return found
