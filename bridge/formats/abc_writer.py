"""Phrase to ABC 2.1 (abcnotation.com, version 2.1): one voice a part and a staff."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from antiphon.bridge.music.harmony import MODE_TONICS, ChordSymbol, KeySignature
from antiphon.bridge.music.melody import split_at_barlines
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, key_at, meter_at
from antiphon.bridge.music.pitch import Pitch, pitch_from_fifths, spell
from antiphon.bridge.music.quantise import quantised
from antiphon.bridge.music.time import Measure, measures_from_meter

# An eighth note, the L: of most tune books.
_UNIT = Fraction(1, 2)
_Placed = TypeVar("_Placed", Note, ChordSymbol)
_MARKS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_MODES = {"major": "", "minor": "m", "dorian": "dor", "phrygian": "phr", "lydian": "lyd",
          "mixolydian": "mix", "locrian": "loc"}  # fmt: skip
_OPENS = (Tie.START, Tie.BOTH)
# In the time of how many notes a tuplet stands; others are written as broken lengths.
_NORMAL = {3: 2, 5: 4, 7: 4, 9: 8}
_MOST_IN_TUPLET = 36
# What is printed after the root for MusicXML's kind words.
_SUFFIXES = {
    "major": "", "minor": "m", "dominant": "7", "major-seventh": "maj7", "minor-seventh": "m7",
    "diminished": "dim", "diminished-seventh": "dim7", "augmented": "aug", "major-sixth": "6",
    "minor-sixth": "m6", "dominant-ninth": "9", "suspended-fourth": "sus4",
    "suspended-second": "sus2", "half-diminished": "m7b5", "power": "5",
}  # fmt: skip


def abc_from_phrase(phrase: Phrase) -> bytes:
    """The phrase as one ABC tune in UTF-8; played (unquantised) times are put on a grid first.

    Every voice of every part becomes a voice of the tune; a key beyond seven accidentals and
    a pitch beyond two are respelled, as ABC has no sign for them.
    """
    phrase = quantised(phrase)
    measures = phrase.measures or measures_from_meter(phrase.time_signatures, phrase.length)
    voices = [(part, notes) for part in phrase.parts for notes in _voices(part)]
    lines = _header(phrase, voices)
    for number, (_, notes) in enumerate(voices, 1):
        if len(voices) > 1:
            lines.append(f"V:{number}")
        lines += _VoiceWriter(phrase, measures, carries_chords=number == 1).lines(notes)
    return ("\n".join(lines) + "\n").encode()


def measures_as_abc(phrase: Phrase, part: Part, places: range) -> list[str] | None:
    """The music of some measures of a part between its bars, in eighths, with its chord symbols.

    None where the part is more than one voice there.
    """
    start, end = phrase.measures[places.start].onset, phrase.measures[places.stop - 1].end
    inside = tuple(note for note in part.notes if start <= note.onset < end)
    alone = quantised(replace(phrase, parts=(replace(part, notes=inside),)))
    voices = _voices(alone.parts[0])
    if len(voices) > 1:
        return None
    writer = _VoiceWriter(phrase, phrase.measures, carries_chords=True)
    return writer.between_bars(voices[0], places)


def voice_lines(phrase: Phrase, part: Part) -> list[list[str]]:
    """Each voice of a part as lines of ABC in eighths, in the measures of the phrase."""
    alone = quantised(replace(phrase, parts=(part,))).parts[0]
    return [
        _VoiceWriter(phrase, phrase.measures, carries_chords=False).lines(notes)
        for notes in _voices(alone)
    ]


def _header(phrase: Phrase, voices: Sequence[tuple[Part, Sequence[Note]]]) -> list[str]:
    meter = meter_at(phrase, Fraction(0))
    lines = ["X:1", f"T:{_line(phrase.title)}", f"M:{meter.beats}/{meter.beat_type}", "L:1/8"]
    tempo = next((tempo for tempo in phrase.tempos if tempo.onset == 0), None)
    if tempo and 1 <= round(tempo.quarters_per_minute) <= 9999:
        lines.append(f"Q:1/4={round(tempo.quarters_per_minute)}")
    if len(voices) > 1:
        for number, (part, _) in enumerate(voices, 1):
            lines.append(f'V:{number} name="{_line(part.name)}"')
    return [*lines, f"K:{_key(key_at(phrase, Fraction(0)))}"]


def _line(text: str) -> str:
    """Words that cannot end their line, begin a comment or close a quotation."""
    return " ".join(text.replace("%", " ").replace('"', "'").replace("\\", "/").split())


def _key(key: KeySignature | None) -> str:
    if key is None:
        return "C"
    fifths = _printed_fifths(key.fifths)
    tonic = fifths + MODE_TONICS[key.mode]
    pitch = pitch_from_fifths(tonic, 60 + 7 * tonic % 12)
    return f"{pitch.step}{_SIGNS[pitch.alter]}{_MODES[key.mode]}"


def _printed_fifths(fifths: int) -> int:
    if fifths > 7:
        return fifths - 12
    return fifths + 12 if fifths < -7 else fifths


def _voices(part: Part) -> list[list[Note]]:
    """The notes of each voice and staff, and those that overlap them apart."""
    found: dict[tuple[int, int], list[list[Note]]] = defaultdict(list)
    for note in part.notes:
        lines = found[note.staff, note.voice]
        for line in lines:
            if _fits(line[-1], note):
                line.append(note)
                break
        else:
            lines.append([note])
    return [line for lines in found.values() for line in lines] or [[]]


def _fits(last: Note, note: Note) -> bool:
    is_chord = last.onset == note.onset and last.duration == note.duration
    return last.end <= note.onset or is_chord


@dataclass(slots=True)
class _VoiceWriter:
    """Writes one voice measure by measure; times in quarters."""

    phrase: Phrase
    measures: Sequence[Measure]
    carries_chords: bool
    chords: list[ChordSymbol] = field(default_factory=list)
    altered: dict[tuple[str, int], int] = field(default_factory=dict)
    key: dict[str, int] = field(default_factory=dict)

    def lines(self, notes: Sequence[Note]) -> list[str]:
        """The music of the voice, four measures a line, each with its lyrics below."""
        own = self._by_measure(split_at_barlines(notes, self.measures))
        chords = self._by_measure(self.phrase.chords) if self.carries_chords else {}
        lines = []
        for start in range(0, len(self.measures), 4):
            places = range(start, min(start + 4, len(self.measures)))
            row = []
            for place in places:
                self.chords = chords.get(place, [])
                row.append(self._measure(place, own.get(place, [])))
            lines.append(" ".join(row))
            lines += _lyrics([note for place in places for note in own.get(place, [])])
        return lines

    def between_bars(self, notes: Sequence[Note], places: range) -> list[str]:
        """The music of some measures, without bars and signatures."""
        own = self._by_measure(split_at_barlines(notes, self.measures))
        chords = self._by_measure(self.phrase.chords)
        found = []
        for place in places:
            self.chords = chords.get(place, [])
            self._signature(self.measures[place].onset, is_first=True)
            found.append(self.music(place, own.get(place, [])))
        return found

    def _by_measure(self, values: Iterable[_Placed]) -> dict[int, list[_Placed]]:
        """What begins in each measure, by the measure's place; what lies outside is left out."""
        onsets = [measure.onset for measure in self.measures]
        found: dict[int, list[_Placed]] = defaultdict(list)
        for value in values:
            place = bisect_right(onsets, value.onset) - 1
            if place >= 0 and value.onset < self.measures[place].end:
                found[place].append(value)
        return found

    def _measure(self, place: int, own: Sequence[Note]) -> str:
        measure = self.measures[place]
        signature = self._signature(measure.onset, measure.onset == 0)
        words = [signature, self.music(place, own)]
        repeat = "|:" if measure.forward_repeat else ""
        closing = ":|" if measure.backward_repeat else "|"
        ending = f"[{measure.ending} " if self._begins_volta(place) else ""
        return f"{repeat}{ending}{' '.join(w for w in words if w)} {closing}"

    def music(self, place: int, own: Sequence[Note]) -> str:
        """The notes of a measure between its bars, under the key that was taken last."""
        measure = self.measures[place]
        self.altered = {}
        cuts = {chord.onset for chord in self.chords if chord.onset > measure.onset}
        events = _events(own, cuts, measure)
        words: list[str] = []
        ratios = _tuplets(events)
        beat, last = meter_at(self.phrase, measure.onset).beat_duration, -1
        for event, (opening, ratio) in zip(events, ratios, strict=True):
            now = (event[0] - measure.onset) // beat
            # Short notes of one beat stand together: a space would break their beam.
            joins = now == last and event[1] - event[0] < 1 and bool(words)
            text = opening + self._event(*event, ratio)
            words[-1:] = [words[-1] + text] if joins else [*words[-1:], text]
            last = now if event[1] - event[0] < 1 else -1
        return " ".join(words)

    def _begins_volta(self, place: int) -> bool:
        """Whether a volta that ABC can print starts with the measure at `place`."""
        ending = self.measures[place].ending
        before = self.measures[place - 1].ending if place else ""
        return ending.replace(",", "").replace("-", "").isdigit() and before != ending

    def _signature(self, onset: Fraction, is_first: bool) -> str:
        """The change of key or meter at an onset, as written there; the key is taken."""
        found = ""
        for key in self.phrase.key_signatures:
            if key.onset == onset:
                found += "" if is_first else f"[K:{_key(key)}]"
        for meter in self.phrase.time_signatures:
            if meter.onset == onset and not is_first:
                found += f"[M:{meter.beats}/{meter.beat_type}]"
        key_now = key_at(self.phrase, onset)
        fifths = _printed_fifths(key_now.fifths) if key_now else 0
        steps = _SHARPS[:fifths] if fifths > 0 else _FLATS[:-fifths]
        self.key = dict.fromkeys(steps, 1 if fifths > 0 else -1)
        return found

    def _event(self, start: Fraction, end: Fraction, group: Sequence[Note], ratio: Fraction) -> str:
        chord = "".join(quoted_chord(c) for c in self._chords(start, end))
        grace = [self._pitch(note.pitch) for note in group if note.is_grace]
        notes = [note for note in group if not note.is_grace]
        text = chord + (f"{{{''.join(grace)}}}" if grace else "")
        if not notes:
            # Grace notes alone hang on the rest that follows them, which lasts no time here.
            return text + (f"z{_length((end - start) * ratio)}" if end > start else "")
        names = [self._pitch(n.pitch) + ("-" if n.tie in _OPENS else "") for n in notes]
        length = _length((end - start) * ratio)
        if len(names) == 1:
            tie = "-" if names[0].endswith("-") else ""
            return f"{text}{names[0].rstrip('-')}{length}{tie}"
        # A tie after the bracket holds for all notes; ABC 2.1, section 4.17.
        return f"{text}[{''.join(name.rstrip('-') for name in names)}]{length}" + (
            "-" if all(name.endswith("-") for name in names) else ""
        )

    def _chords(self, start: Fraction, end: Fraction) -> list[ChordSymbol]:
        return [chord for chord in self.chords if start <= chord.onset < end]

    def _pitch(self, pitch: Pitch) -> str:
        if abs(pitch.alter) > 2:
            pitch = spell(pitch.midi_number)
        place = (pitch.step, pitch.octave)
        # Some programs carry an accidental to other octaves, so one sign too many is written.
        others = {a for (s, _), a in self.altered.items() if s == pitch.step}
        holds = self.altered.get(place, self.key.get(pitch.step, 0))
        mark = "" if holds == pitch.alter and others <= {pitch.alter} else _MARKS[pitch.alter]
        if mark:
            self.altered[place] = pitch.alter
        if pitch.octave >= 5:
            return mark + pitch.step.lower() + "'" * (pitch.octave - 5)
        return mark + pitch.step + "," * (4 - pitch.octave)


def _events(
    notes: Iterable[Note], cuts: set[Fraction], measure: Measure
) -> list[tuple[Fraction, Fraction, list[Note]]]:
    """Notes that begin together, and the rests between, as (start, end, notes)."""
    groups: dict[Fraction, list[Note]] = defaultdict(list)
    for note in notes:
        groups[note.onset].append(note)
    found: list[tuple[Fraction, Fraction, list[Note]]] = []
    now = measure.onset
    for onset in sorted(groups):
        found += _rests(now, onset, cuts)
        end = max(note.end for note in groups[onset])
        found.append((onset, end, groups[onset]))
        now = max(now, end)
    return found + _rests(now, measure.end, cuts)


def _tuplets(events: Sequence[tuple[Fraction, Fraction, list[Note]]]) -> list[tuple[str, Fraction]]:
    """For each event the sign of a tuplet that begins with it, and how much longer it is written.

    A tuplet runs until its notes together last a plain value; ABC 2.1, section 4.13.
    """
    found: list[tuple[str, Fraction]] = []
    place = 0
    while place < len(events):
        odd = _odd((events[place][1] - events[place][0]).denominator)
        stop, total = place + 1, events[place][1] - events[place][0]
        while odd > 1 and _odd(total.denominator) > 1 and stop < len(events):
            duration = events[stop][1] - events[stop][0]
            if _odd(duration.denominator) != odd and duration:
                break
            stop, total = stop + 1, total + duration
        count = sum(end > start for start, end, _ in events[place:stop])
        if odd in _NORMAL and count <= _MOST_IN_TUPLET:
            normal = _NORMAL[odd]
            found.append((f"({odd}:{normal}:{count}", Fraction(odd, normal)))
            found += [("", Fraction(odd, normal))] * (stop - place - 1)
        else:
            found += [("", Fraction(1))] * (stop - place)
        place = stop
    return found


def _odd(number: int) -> int:
    return number // (number & -number)


def _rests(
    start: Fraction, end: Fraction, cuts: set[Fraction]
) -> list[tuple[Fraction, Fraction, list[Note]]]:
    if start >= end:
        return []
    edges = [start, *sorted(cut for cut in cuts if start < cut < end), end]
    return [(a, b, []) for a, b in pairwise(edges)]


def _length(duration: Fraction) -> str:
    units = duration / _UNIT
    upper = "" if units.numerator == 1 and units.denominator > 1 else str(units.numerator)
    if units == 1:
        return ""
    return upper if units.denominator == 1 else f"{upper}/{units.denominator}"


def quoted_chord(chord: ChordSymbol) -> str:
    """A chord symbol as it stands before a note, in its quotation marks."""
    if chord.root is None:
        return '"N.C."'
    step, alter = chord.root
    suffix = _SUFFIXES.get(chord.kind, _line(chord.text))
    bass = f"/{chord.bass[0]}{_SIGNS.get(chord.bass[1], '')}" if chord.bass else ""
    return f'"{step}{_SIGNS.get(alter, "")}{suffix}{bass}"'


def _lyrics(notes: Sequence[Note]) -> list[str]:
    """The w: lines of a row of music, one a verse."""
    sung: dict[Fraction, Note] = {}
    for note in notes:
        if not note.is_grace and note.tie not in (Tie.STOP, Tie.BOTH):
            sung.setdefault(note.onset, note)
    verses = sorted({lyric.number for note in sung.values() for lyric in note.lyrics})
    lines = []
    for verse in verses:
        words = []
        for _, note in sorted(sung.items()):
            lyric = next((ly for ly in note.lyrics if ly.number == verse), None)
            words.append(_syllable(lyric.text, lyric.syllabic) if lyric else "*")
        lines.append("w:" + " ".join(words))
    return lines


def _syllable(text: str, syllabic: str) -> str:
    safe = "~".join(_line(text).replace("*", "").replace("_", "").replace("|", "").split())
    return (safe.replace("-", "\\-") or "*") + ("-" if syllabic in ("begin", "middle") else "")
