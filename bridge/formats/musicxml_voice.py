"""One measure of one staff as MusicXML: notes, rests, tuplets, beams and accidentals (4.0)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import lcm
from xml.sax.saxutils import escape

from antiphon.bridge.music.melody import is_note_value, is_plain, split_to_note_values, tie_of
from antiphon.bridge.music.phrase import Note, Tie, Transposition
from antiphon.bridge.music.pitch import Pitch, transpose
from antiphon.bridge.music.time import Measure, TimeSignature

_TYPES = {
    Fraction(32): "maxima", Fraction(16): "long", Fraction(8): "breve", Fraction(4): "whole",
    Fraction(2): "half", Fraction(1): "quarter", Fraction(1, 2): "eighth", Fraction(1, 4): "16th",
    Fraction(1, 8): "32nd", Fraction(1, 16): "64th", Fraction(1, 32): "128th",
    Fraction(1, 64): "256th", Fraction(1, 128): "512th", Fraction(1, 256): "1024th",
}  # fmt: skip
_ACCIDENTALS = {-3: "flat-flat", -2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp",
                2: "double-sharp", 3: "double-sharp"}  # fmt: skip
_DOTTED = ((Fraction(1), 0), (Fraction(3, 2), 1), (Fraction(7, 4), 2))
_OPENS, _CLOSES = (Tie.START, Tie.BOTH), (Tie.STOP, Tie.BOTH)
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a measure's notes are written into: the measure, its meter, key and units.

    `divisions` are per quarter; `fifths` is the written key signature; `staff` is None in a
    part of one staff; `ppq` fits every duration of the measure.
    """

    measure: Measure
    meter: TimeSignature
    fifths: int
    divisions: int
    transposition: Transposition = Transposition()
    is_drums: bool = False
    staff: int | None = None
    color: str = ""


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
    heads = split_to_note_values((n for n in notes if not n.is_grace), [frame.measure], beat)
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
    normal = 1
    while normal * 2 < odd:
        normal *= 2
    marked = [replace(event, ratio=(odd, normal)) for event in group]
    if len(marked) > 1:
        marked[0] = replace(marked[0], bracket="start")
        marked[-1] = replace(marked[-1], bracket="stop")
    return marked


def measure_xml(
    voices: dict[int, list[Event]],
    frame: Frame,
    indent: str = "      ",
    shown: dict[int, int] | None = None,
) -> list[str]:
    """The notes of all voices of one staff in a measure as lines of XML, backups between them.

    The lowest voice is written whole with its rests; in the others rests are `forward`.
    """
    lines: list[str] = []
    shown = shown_accidentals(voices, frame) if shown is None else shown
    first = min(voices, default=1)
    for number, events in voices.items():
        if number != first:
            back = _units(frame.measure.duration, frame)
            lines.append(f"{indent}<backup><duration>{back}</duration></backup>")
        beams = beams_of(events, frame.meter)
        for event, beam in zip(events, beams, strict=True):
            lines += event_xml(event, beam, number, number == first, frame, shown, indent)
    return lines


def event_lines(
    voices: dict[int, list[Event]], frame: Frame, indent: str
) -> dict[int, list[tuple[Event, list[str]]]]:
    """The lines of XML of every event of a staff's measure, by voice, for a writer of its own."""
    shown = shown_accidentals(voices, frame)
    first = min(voices, default=1)
    found: dict[int, list[tuple[Event, list[str]]]] = {}
    for number, events in voices.items():
        beams = beams_of(events, frame.meter)
        found[number] = [
            (event, event_xml(event, beam, number, number == first, frame, shown, indent))
            for event, beam in zip(events, beams, strict=True)
        ]
    return found


def _units(duration: Fraction, frame: Frame) -> int:
    return round(duration * frame.divisions)


def event_xml(
    event: Event,
    beams: list[str],
    voice: int,
    is_first: bool,
    frame: Frame,
    shown: dict[int, int],
    indent: str,
) -> list[str]:
    """The lines of one event: its grace notes, then its rest or its notes as a chord."""
    lines = []
    for grace in event.grace:
        lines.append(_note_xml(grace, Event(event.onset, Fraction(0)), [], voice, frame, shown))
    if not event.notes and event.duration:
        lines.append(_rest_xml(event, voice, is_first, frame))
    for place, note in enumerate(event.notes):
        own = beams if place == 0 else []
        text = _note_xml(note, event, own, voice, frame, shown, in_chord=place > 0)
        lines.append(text)
    return [indent + line for line in lines]


def _rest_xml(event: Event, voice: int, is_first: bool, frame: Frame) -> str:
    units = _units(event.duration, frame)
    if not is_first and event.ratio == (1, 1):
        return (
            f"<forward><duration>{units}</duration><voice>{voice}</voice>{_staff(frame)}</forward>"
        )
    whole = event.duration == frame.measure.duration and event.onset == 0
    mark = ' measure="yes"' if whole else ""
    value = "" if whole else _value_xml(event)
    return (
        f"<note><rest{mark}/><duration>{units}</duration><voice>{voice}</voice>{value}"
        f"{_staff(frame)}{_notations(event, None)}</note>"
    )


def _note_xml(
    note: Note,
    event: Event,
    beams: list[str],
    voice: int,
    frame: Frame,
    shown: dict[int, int],
    in_chord: bool = False,
) -> str:
    pitch = written_pitch(note.pitch, frame.transposition)
    color = f' color="{frame.color}"' if frame.color else ""
    head = "<grace/>" if note.is_grace else ""
    chord = "<chord/>" if in_chord else ""
    duration = "" if note.is_grace else f"<duration>{_units(event.duration, frame)}</duration>"
    ties = "".join(f'<tie type="{kind}"/>' for kind in _tie_kinds(note.tie))
    value = "<type>eighth</type>" if note.is_grace else _value_xml(event)
    alter = shown.get(id(note))
    mark = "" if alter is None else f"<accidental>{_ACCIDENTALS[alter]}</accidental>"
    where = value.find("<time-modification>")
    value = value + mark if where < 0 else value[:where] + mark + value[where:]
    lyrics = "" if in_chord else _lyrics_xml(note)
    return (
        f"<note{color}{_dynamics(note)}>{head}{chord}{_pitch_xml(pitch, frame)}{duration}{ties}"
        f"<voice>{voice}</voice>{value}{_staff(frame)}{''.join(beams)}"
        f"{_notations(event if not in_chord else replace(event, bracket=''), note)}{lyrics}</note>"
    )


def written_pitch(pitch: Pitch, transposition: Transposition) -> Pitch:
    """The pitch as the player reads it."""
    return transpose(pitch, -transposition.semitones, -transposition.fifths)


def _pitch_xml(pitch: Pitch, frame: Frame) -> str:
    if frame.is_drums:
        return (
            f"<unpitched><display-step>{pitch.step}</display-step>"
            f"<display-octave>{max(0, min(9, pitch.octave))}</display-octave></unpitched>"
        )
    alter = f"<alter>{pitch.alter}</alter>" if pitch.alter else ""
    return f"<pitch><step>{pitch.step}</step>{alter}<octave>{pitch.octave}</octave></pitch>"


def _dynamics(note: Note) -> str:
    # MusicXML counts loudness in percent of forte, MIDI velocity 90; 80 is our unmarked note.
    return "" if note.velocity == 80 else f' dynamics="{note.velocity * 100 / 90:.2f}"'


def _value_xml(event: Event) -> str:
    for factor, dots in _DOTTED:
        name = _TYPES.get(event.value / factor)
        if name:
            break
    else:
        return ""
    actual, normal = event.ratio
    modification = (
        f"<time-modification><actual-notes>{actual}</actual-notes>"
        f"<normal-notes>{normal}</normal-notes></time-modification>"
        if actual != normal
        else ""
    )
    return f"<type>{name}</type>{'<dot/>' * dots}{modification}"


def _staff(frame: Frame) -> str:
    return "" if frame.staff is None else f"<staff>{frame.staff}</staff>"


def _tie_kinds(tie: Tie) -> list[str]:
    return ["stop"] * (tie in _CLOSES) + ["start"] * (tie in _OPENS)


def _notations(event: Event, note: Note | None) -> str:
    parts = [f'<tied type="{kind}"/>' for kind in _tie_kinds(note.tie)] if note else []
    if event.bracket:
        parts.append(f'<tuplet type="{event.bracket}"/>')
    return f"<notations>{''.join(parts)}</notations>" if parts else ""


def _lyrics_xml(note: Note) -> str:
    return "".join(
        f'<lyric number="{escape(lyric.number)}"><syllabic>{lyric.syllabic}</syllabic>'
        f"<text>{escape(lyric.text)}</text></lyric>"
        for lyric in note.lyrics
    )


def shown_accidentals(voices: dict[int, list[Event]], frame: Frame) -> dict[int, int]:
    """The alteration to print before a note, by the note's identity.

    An accidental holds to the barline for its line of the staff; a note tied over the barline
    needs none.
    """
    state: dict[tuple[str, int], int] = {}
    key = key_alterations(frame.fifths)
    shown: dict[int, int] = {}
    for event in sorted((e for events in voices.values() for e in events), key=lambda e: e.onset):
        for note in (*event.grace, *event.notes):
            pitch = written_pitch(note.pitch, frame.transposition)
            line = (pitch.step, pitch.octave)
            if note.tie in _CLOSES or frame.is_drums:
                continue
            if state.get(line, key.get(pitch.step, 0)) != pitch.alter:
                shown[id(note)] = pitch.alter
                state[line] = pitch.alter
    return shown


def key_alterations(fifths: int) -> dict[str, int]:
    """What a key signature does to each step it names."""
    steps = _SHARPS[:fifths] if fifths > 0 else _FLATS[: max(0, -fifths)]
    return dict.fromkeys(steps, 1 if fifths > 0 else -1)


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
    for factor, _ in _DOTTED:
        if event.value / factor in _TYPES:
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


def consecutive(measures: Sequence[Measure]) -> bool:
    """Whether each measure begins where the one before it ends."""
    return all(a.end == b.onset for a, b in pairwise(measures))
