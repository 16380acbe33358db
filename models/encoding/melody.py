"""A melody as a chain of events: one step a note, a rest or a held-over rest of a long value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase, key_at
from antiphon.models.encoding.grid import Span, is_on_grid, snap, spans_of, ticks
from antiphon.models.encoding.vocabulary import HOLD, REST, Durations, pitch_symbol

_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
# Pitches whose average lies outside this compass are moved by octaves for the networks' sake.
_LOWEST_MEAN, _HIGHEST_MEAN = 57, 82
# A key signature is believed unless another scale holds this much more of the sounding time.
_BELIEF = 0.12
_SHORT = Fraction(3, 4)


@dataclass(frozen=True, slots=True)
class Tone:
    """One sounding note of a melody in ticks: onset, end and MIDI number."""

    onset: int
    end: int
    midi_number: int


@dataclass(frozen=True, slots=True)
class Melody:
    """A single line: tones in order without overlap, over the measures (`spans`) of its music.

    `fifths` and `is_minor` are the key that the encoding moves to no sharps and flats,
    `first_number` the printed number of the first full measure.
    """

    tones: tuple[Tone, ...]
    spans: tuple[Span, ...]
    fifths: int
    is_minor: bool
    title: str = ""
    first_number: int = 1

    @property
    def shift(self) -> int:
        """Semitones to add so that the key has no accidentals and the register is a middle one."""
        move = (-7 * self.fifths) % 12
        move = move - 12 if move > 5 else move
        if self.tones:
            weight = sum(tone.end - tone.onset for tone in self.tones)
            total = sum(t.midi_number * (t.end - t.onset) for t in self.tones)
            mean = total / max(1, weight) + move
            while mean < _LOWEST_MEAN:
                move, mean = move + 12, mean + 12
            while mean > _HIGHEST_MEAN:
                move, mean = move - 12, mean - 12
        return move


@dataclass(frozen=True, slots=True)
class Event:
    """One step of the networks: a pitch symbol and a duration symbol at an onset in ticks."""

    onset: int
    pitch: int
    duration: int


def melody_of(phrase: Phrase, part: Part, key: KeySignature | None = None) -> Melody:
    """The melody of one part: ties joined, the top note of chords, graces and lower voices dropped.

    Music that was played off the grid is quantised. Without `key` the signature of the first
    note holds, or the scale that fits best where the signature fits badly.
    """
    end = max((note.end for note in part.notes), default=Fraction(0))
    notes = top_line(_first_staff(part), Fraction(0), end)
    tones = _on_grid(notes)
    if key is None:
        first = notes[0].onset if notes else Fraction(0)
        key = believable_key(key_at(phrase, first), tones)
    spans = _covering(spans_of(phrase), tones)
    number = next((int(m.number) for m in phrase.measures if m.number.isdigit()), 1)
    return Melody(tones, spans, key.fifths, key.is_minor, phrase.title, number)


def events_of(melody: Melody, durations: Durations, until: int | None = None) -> list[Event]:
    """The events of a melody, moved by its `shift`, from the measure of its first note on.

    Rests are written out and cut at barlines; a value outside the vocabulary becomes several
    events, of which the later ones hold the note. With `until` (ticks) a last rest is added.
    """
    if not melody.tones:
        return []
    start = next((s.start for s in melody.spans if s.end > melody.tones[0].onset), 0)
    now = max(0, start)
    found: list[Event] = []
    for tone in melody.tones:
        _add_rest(found, now, tone.onset, melody.spans, durations)
        symbol = pitch_symbol(tone.midi_number + melody.shift)
        now = tone.onset
        for piece in durations.symbols(tone.end - tone.onset):
            found.append(Event(now, symbol, piece))
            now += durations.values[piece]
            symbol = HOLD
    if until is not None:
        _add_rest(found, now, until, melody.spans, durations)
    return found


def believable_key(given: KeySignature | None, tones: Sequence[Tone]) -> KeySignature:
    """The given key, or the best fitting one where the tones contradict it or none is given.

    Scales are weighed by sounding time; the mode of a found key follows from the last tone.
    """
    weights = [0.0] * 12
    for tone in tones:
        weights[tone.midi_number % 12] += tone.end - tone.onset
    total = sum(weights) or 1.0

    def share(fifths: int) -> float:
        return sum(weights[(7 * fifths + step) % 12] for step in _SEMITONES) / total

    best = max(range(-5, 7), key=lambda fifths: (share(fifths), -abs(fifths)))
    if given is not None and share(given.fifths) >= share(best) - _BELIEF:
        return given
    last = tones[-1].midi_number % 12 if tones else 0
    is_minor = last == (7 * best + 9) % 12
    return KeySignature(Fraction(0), best, "minor" if is_minor else "major")


def _first_staff(part: Part) -> Part:
    staff = min((note.staff for note in part.notes), default=1)
    return replace(part, notes=tuple(note for note in part.notes if note.staff == staff))


def _on_grid(notes: Sequence[Note]) -> tuple[Tone, ...]:
    """The notes of a line in ticks; played ones are quantised."""
    line = [(note.onset, note.end, note.pitch.midi_number) for note in notes]
    if is_on_grid([time for onset, end, _ in line for time in (onset, end)]):
        found = [Tone(ticks(onset), ticks(end), number) for onset, end, number in line]
        return tuple(tone for tone in found if tone.end > tone.onset)
    return _quantised(line)


def _quantised(line: Sequence[tuple[Fraction, Fraction, int]]) -> tuple[Tone, ...]:
    """Played tones on the grid; a gap shorter than the note and than an 8th is bridged."""
    onsets = snap([onset for onset, _, _ in line])
    # Where a played note stops is loose: the nearest 8th, or 16th for a short one.
    ends = [
        round(float(end) * 2) * 12 if end - onset >= _SHORT else round(float(end) * 4) * 6
        for onset, end, _ in line
    ]
    found: list[Tone] = []
    for index, (_, _, number) in enumerate(line):
        onset, end = onsets[index], ends[index]
        following = onsets[index + 1] if index + 1 < len(onsets) else None
        if following is not None:
            if following - end <= min(12, max(end - onset, 6)) or end > following:
                end = following
        elif end <= onset:
            end = onset + 6
        if end > onset:
            found.append(Tone(onset, end, number))
    return tuple(found)


def _covering(spans: tuple[Span, ...], tones: tuple[Tone, ...]) -> tuple[Span, ...]:
    """Spans that reach to the end of the tones, the last measure repeated as often as needed."""
    found = list(spans) or [Span(0, 96, 0)]
    while tones and found[-1].end < tones[-1].end:
        last = found[-1]
        found.append(Span(last.end, last.length, last.meter))
    return tuple(found)


def _add_rest(
    found: list[Event], now: int, until: int, spans: Sequence[Span], durations: Durations
) -> None:
    if now >= until:
        return
    for span in spans:
        if span.end <= now:
            continue
        if now >= until:
            break
        for piece in durations.symbols(min(until, span.end) - now):
            found.append(Event(now, REST, piece))
            now += durations.values[piece]
