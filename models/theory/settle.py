"""From drafted notes to an answer that keeps every hard control by construction."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.chords import pitch_classes
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import is_plain, split_at_barlines, split_to_note_values
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, normalised
from antiphon.bridge.music.pitch import Pitch, spell
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import RhythmSlot
from antiphon.models.theory.chord_choice import given_chords
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.held import Held, symbols_of
from antiphon.models.theory.locks import fixed_notes, locked_spans
from antiphon.models.theory.polyphony import thinned

_SIXTEENTH = Fraction(1, 4)
_FINEST = 16
_TUPLETS = (3, 5, 6, 7, 9, 10, 12, 14)


@dataclass(frozen=True, slots=True)
class _Fence:
    """Which pitches may begin where: a compass, a scale, and the given chords by onset."""

    lowest: int
    highest: int
    scale: frozenset[int]
    chords: Mapping[Fraction, frozenset[int]]
    key: KeySignature
    is_strict: bool

    def nearest(self, note: Note, taken: frozenset[int]) -> Pitch | None:
        """The allowed pitch nearest to a note's own, none of `taken`; None where there is none."""
        allowed = self.scale & self.chords.get(note.onset, self.scale)
        number = note.pitch.midi_number
        if number in taken or number % 12 not in allowed or not self._holds(number):
            found = [
                other
                for other in range(self.lowest, self.highest + 1)
                if other % 12 in allowed and other not in taken
            ]
            if not found:
                return None
            number = min(found, key=lambda n: (_far(n, number), n))
            return spell(number, self.key.fifths, self.key.is_minor)
        return self.spelled(note.pitch)

    def spelled(self, pitch: Pitch) -> Pitch:
        """The pitch, spelled as a strict key has it."""
        if self.is_strict and not -1 <= pitch.fifths - self.key.fifths < 6:
            return spell(pitch.midi_number, self.key.fifths, self.key.is_minor)
        return pitch

    def _holds(self, number: int) -> bool:
        return self.lowest <= number <= self.highest


def _far(number: int, wanted: int) -> float:
    """Distance of two pitches; the same tone an octave away is nearer than it is far."""
    distance = abs(number - wanted)
    return distance / 6 if distance % 12 == 0 else float(distance)


def settled(
    ground: Ground, drafts: Mapping[str, Sequence[Note]], chords: Sequence[Held] = ()
) -> Phrase:
    """The answer made of drafted sounding notes by part id and of its chords.

    Drafts may break any hard control; the answer keeps all of them: rhythm, tuplets, locks,
    voices, polyphony, range, strict key and given chords, in this order.
    """
    request = ground.request
    parts = tuple(
        _part(ground, template, drafts.get(template.id, ()), is_first=index == 0)
        for index, template in enumerate(asked_parts(request))
    )
    return Phrase(
        parts=parts,
        measures=ground.measures,
        length=ground.length,
        key_signatures=(ground.key,),
        time_signatures=ground.meters,
        chords=_with_given(symbols_of(chords), given_chords(ground)),
        title=request.phrase.title,
    )


def fence_of(ground: Ground) -> _Fence:
    """What bounds the pitches of an answer."""
    controls = ground.request.controls
    chords = {}
    for chord in given_chords(ground):
        tones = pitch_classes(chord)
        if tones:
            chords[chord.onset] = tones & ground.scale
    return _Fence(
        0 if controls.lowest is None else controls.lowest,
        127 if controls.highest is None else controls.highest,
        ground.scale,
        chords,
        ground.key,
        controls.strict_key,
    )


def _with_given(
    chords: Sequence[ChordSymbol], given: Sequence[ChordSymbol]
) -> tuple[ChordSymbol, ...]:
    placed = {chord.onset: chord for chord in chords} | {chord.onset: chord for chord in given}
    return tuple(placed[onset] for onset in sorted(placed))


def _part(ground: Ground, template: Part, draft: Sequence[Note], *, is_first: bool) -> Part:
    request = ground.request
    fixed = fixed_notes(request, template)
    graces = [n for n in draft if n.is_grace]
    notes = [_plain(n, template.staff_count) for n in draft if not n.is_grace]
    rhythm = request.controls.rhythm
    if is_first and rhythm:
        notes = _in_rhythm(notes, rhythm, ground)
    else:
        notes = _written_times(notes, ground)
    notes = _outside_spans(notes, locked_spans(request))
    notes = _beside(notes, fixed)
    notes = _one_at_a_time(notes)
    limit = request.controls.polyphony
    if limit is not None:
        notes = thinned(notes, fixed, limit, is_drums=template.is_drums)
    if not template.is_drums:
        fence = fence_of(ground)
        notes = _fenced(notes, fixed, fence)
        graces = [n for n in graces if fence.nearest(n, frozenset()) == n.pitch]
    beat = ground.bars[0].meter.beat_duration
    written = split_at_barlines(notes, ground.measures)
    written = split_to_note_values(written, ground.measures, beat)
    spans = locked_spans(request)
    begun = {n.onset for n in written}
    graces = [n for n in graces if n.onset in begun and not _is_within(n.onset, spans)]
    return normalised(replace(template, notes=(*graces, *written, *fixed)))


def _plain(note: Note, staves: int) -> Note:
    """A note without a tie, on a staff that there is."""
    if note.tie is Tie.NONE and note.staff <= staves:
        return note
    return replace(note, tie=Tie.NONE, staff=min(note.staff, staves))


def _is_within(onset: Fraction, spans: Sequence[tuple[Fraction, Fraction]]) -> bool:
    return any(start <= onset < end for start, end in spans)


def _in_rhythm(
    notes: Sequence[Note], rhythm: Sequence[RhythmSlot], ground: Ground
) -> list[Note]:  # fmt: skip
    """The draft in a given rhythm: each slot takes what sounds there, else the nearest notes."""
    slots = sorted(rhythm, key=lambda slot: slot.onset)
    ordered = sorted(notes, key=lambda note: note.onset)
    if not ordered:
        tonic = spell(60 + (ground.felt.tonic + 6) % 12 - 6, ground.key.fifths)
        ordered = [Note(Fraction(0), ground.length, tonic)]
    onsets = [note.onset for note in ordered]
    found: list[Note] = []
    for slot in slots:
        at = bisect_right(onsets, slot.onset)
        near = ordered[max(0, at - 24) : at + 1]
        chosen = [n for n in near if n.onset <= slot.onset < n.end]
        starting = [n for n in chosen if n.onset == slot.onset]
        chosen = starting or chosen
        if not chosen:
            best = min(near, key=lambda n: abs(n.onset - slot.onset))
            chosen = [n for n in near if n.onset == best.onset]
        seen: set[int] = set()
        for note in chosen:
            if note.pitch.midi_number not in seen:
                seen.add(note.pitch.midi_number)
                moved = replace(note, onset=slot.onset, duration=slot.duration)
                found.append(replace(moved, voice=chosen[0].voice, staff=chosen[0].staff))
    return found


def _written_times(notes: Iterable[Note], ground: Ground) -> list[Note]:
    """Notes inside the answer, on times that can be written with or without tuplets."""
    tuplets, length = ground.request.controls.tuplets, ground.length
    placed: dict[Fraction, Fraction] = {}

    def on_grid(time: Fraction) -> Fraction:
        if time not in placed:
            placed[time] = _on_grid(time, ground, with_tuplets=tuplets)
        return placed[time]

    found: list[Note] = []
    for note in notes:
        stop = note.end
        if note.onset >= length or stop <= 0:
            continue
        onset, end = on_grid(note.onset), on_grid(min(stop, length))
        if onset >= length:
            continue
        if end <= onset:
            bar = ground.bar_at(onset)
            end = min(onset + _SIXTEENTH, bar.end)
        if onset == note.onset and end == stop:
            found.append(note)
        else:
            found.append(replace(note, onset=onset, duration=end - onset))
    return found


def _on_grid(time: Fraction, ground: Ground, *, with_tuplets: bool) -> Fraction:
    bar = ground.bar_at(time)
    local = time - bar.onset
    if local >= bar.duration or local == 0:
        return min(time, ground.length)
    if is_plain(local) and local.denominator <= _FINEST:
        return time
    if with_tuplets and local.denominator in _TUPLETS:
        return time
    places = [Fraction(round(local * n), n) for n in ((4, 3) if with_tuplets else (4,))]
    return bar.onset + min(min(places, key=lambda p: abs(p - local)), bar.duration)


def _outside_spans(
    notes: Iterable[Note], spans: Sequence[tuple[Fraction, Fraction]]
) -> list[Note]:  # fmt: skip
    found = list(notes)
    for start, end in spans:
        kept = []
        for note in found:
            if note.end <= start or note.onset >= end:
                kept.append(note)
            elif note.onset < start:
                kept.append(replace(note, duration=start - note.onset))
        found = kept
    return found


def _beside(notes: Iterable[Note], fixed: Sequence[Note]) -> list[Note]:
    """Notes that do not overlap fixed ones of their voice; what begins under one is left out."""
    if not fixed:
        return list(notes)
    by_voice: dict[tuple[int, int], list[Note]] = defaultdict(list)
    for note in fixed:
        if not note.is_grace:
            by_voice[note.staff, note.voice].append(note)
    found = []
    for note in notes:
        end: Fraction | None = note.end
        for other in by_voice.get((note.staff, note.voice), ()):
            if end is None or other.end <= note.onset or other.onset >= end:
                continue
            end = other.onset if other.onset > note.onset else None
        if end is not None:
            found.append(replace(note, duration=end - note.onset))
    return found


def _one_at_a_time(notes: Iterable[Note]) -> list[Note]:
    """Voices in which notes follow each other; those that begin together end together."""
    voices: dict[tuple[int, int], dict[Fraction, list[Note]]] = defaultdict(dict)
    for note in notes:
        voices[note.staff, note.voice].setdefault(note.onset, []).append(note)
    found: list[Note] = []
    for groups in voices.values():
        onsets = sorted(groups)
        for onset, following in zip(onsets, [*onsets[1:], None], strict=True):
            chord = {note.pitch.midi_number: note for note in groups[onset]}
            length = max(note.duration for note in chord.values())
            if following is not None:
                length = min(length, following - onset)
            found += [
                note if note.duration == length else replace(note, duration=length)
                for note in chord.values()
            ]
    return found


def _fenced(notes: Iterable[Note], fixed: Sequence[Note], fence: _Fence) -> list[Note]:
    """Every note on an allowed pitch; one for which there is none is left out."""
    taken: dict[Fraction, set[int]] = defaultdict(set)
    for note in fixed:
        taken[note.onset].add(note.pitch.midi_number)
    found = []
    for note in sorted(notes, key=lambda n: (n.onset, -n.pitch.midi_number)):
        used = taken[note.onset]
        if note.pitch.midi_number in used:
            continue  # two hands on one key
        pitch = fence.nearest(note, frozenset(used))
        if pitch is not None:
            used.add(pitch.midi_number)
            found.append(note if pitch is note.pitch else replace(note, pitch=pitch))
    return found
