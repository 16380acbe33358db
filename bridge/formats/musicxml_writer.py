"""Phrase to MusicXML 4.0 (W3C Music Notation Community Group), score-partwise."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from statistics import median
from xml.sax.saxutils import escape, quoteattr

from antiphon.bridge.formats.musicxml_notes import moved_name
from antiphon.bridge.formats.musicxml_rhythm import (
    Event,
    Frame,
    divisions_for,
    split_by_measure,
    voice_events,
    voiced,
)
from antiphon.bridge.formats.musicxml_voice import measure_xml
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, Transposition, key_at, meter_at
from antiphon.bridge.music.time import Measure, measures_from_meter

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" \
"http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
"""
# Below this median MIDI number a staff takes the bass clef.
_BASS_CLEF_BELOW = 57
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
# From this median on, a guitar or a tenor is printed where it sounds.
_TREBLE_CLEF_FROM = 64
# General MIDI programs (from 0) whose notes are printed an octave above where they sound.
_GUITARS, _BASSES = range(24, 32), range(32, 40)


def musicxml_from_phrase(phrase: Phrase) -> bytes:
    """The phrase as a MusicXML document.

    Times are written exactly as they are; one that no note value shows has no `type`. Put
    played music on a grid first (`antiphon.bridge.music.quantise`).
    """
    lines = [_HEAD.rstrip("\n")]
    if phrase.title:
        lines.append(f"  <work><work-title>{escape(phrase.title)}</work-title></work>")
    ids = _unique_ids(phrase.parts)
    lines.append("  <part-list>")
    for number, part in enumerate(phrase.parts):
        lines += score_part_lines(part, ids[number], number + 1)
    lines.append("  </part-list>")
    for number, part in enumerate(phrase.parts):
        lines += part_lines(phrase, part, ids[number], carries_map=number == 0)
    lines.append("</score-partwise>\n")
    return "\n".join(lines).encode()


def part_lines(phrase: Phrase, part: Part, own: str, *, carries_map: bool) -> list[str]:
    """A part under the id `own` as lines of XML, in the measures and signatures of the phrase.

    `carries_map` tells whether tempos and chord symbols are written in it.
    """
    inside = _PartWriter(phrase, part, own, carries_map).lines()
    return [f"  <part id={quoteattr(own)}>", *inside, "  </part>"]


def _unique_ids(parts: Sequence[Part]) -> list[str]:
    """Each part's id where it is a valid XML name and its own, else one made from its place."""
    ids: list[str] = []
    for number, part in enumerate(parts, 1):
        good = _NAME.fullmatch(part.id)
        ids.append(part.id if good and part.id not in ids else f"Part{number}")
    return ids


def score_part_lines(part: Part, own: str, number: int) -> list[str]:
    """The entry of a part in the part list, under the id `own`, as lines of XML."""
    name, channel = escape(part.name), 10 if part.is_drums else (number - 1) % 9 + 1
    sounds = _sounds(part, own) or {-1: f"{own}-I1"}
    lines = [f"    <score-part id={quoteattr(own)}>", f"      <part-name>{name}</part-name>"]
    lines += [
        f'      <score-instrument id="{sound}"><instrument-name>{name}</instrument-name>'
        "</score-instrument>"
        for sound in sounds.values()
    ]
    for pitch, sound in sounds.items():
        # MusicXML counts programs and drum sounds from 1.
        drum = f"<midi-unpitched>{pitch + 1}</midi-unpitched>" if part.is_drums else ""
        lines.append(
            f'      <midi-instrument id="{sound}"><midi-channel>{channel}</midi-channel>'
            f"<midi-program>{part.program + 1}</midi-program>{drum}</midi-instrument>"
        )
    return [*lines, "    </score-part>"]


def _sounds(part: Part, own: str) -> dict[int, str]:
    """The instrument id of each sound of a drum part, by MIDI number."""
    if not part.is_drums:
        return {}
    numbers = sorted({note.pitch.midi_number for note in part.notes})
    return {number: f"{own}-I{number + 1}" for number in numbers if 0 <= number <= 127}


@dataclass(slots=True)
class _PartWriter:
    phrase: Phrase
    part: Part
    own: str
    carries_map: bool

    def lines(self) -> list[str]:
        measures = self.phrase.measures or measures_from_meter(
            self.phrase.time_signatures, self.phrase.length
        )
        divisions = self._divisions(measures)
        by_measure = split_by_measure(self.part.notes, measures)
        found: list[str] = []
        for place, measure in enumerate(measures):
            found += self._measure(measures, place, measure, by_measure[place], divisions)
        return found

    def _divisions(self, measures: Sequence[Measure]) -> int:
        times = [m.duration for m in measures] + [m.onset for m in measures]
        times += [chord.onset for chord in self.phrase.chords]
        times += [key.onset for key in self.phrase.key_signatures]
        own = lcm(1, *(time.denominator for time in times))
        return lcm(own, divisions_for(self.part.notes), 4)

    def _measure(
        self,
        measures: Sequence[Measure],
        place: int,
        measure: Measure,
        notes: list[Note],
        divisions: int,
    ) -> list[str]:
        meter = meter_at(self.phrase, measure.onset)
        implicit = ' implicit="yes"' if measure.number == "0" else ""
        lines = [f"    <measure number={quoteattr(measure.number or str(place + 1))}{implicit}>"]
        lines += _left_barline(measures, place)
        lines += self._attributes(measure, place == 0, divisions)
        for staff in range(1, self.part.staff_count + 1):
            own = [note for note in notes if note.staff == staff]
            key = key_at(self.phrase, measure.onset)
            frame = Frame(
                measure=measure,
                meter=meter,
                fifths=_written_fifths(key, self.part.transposition) if key else 0,
                divisions=divisions,
                transposition=self.part.transposition,
                is_drums=self.part.is_drums,
                sounds=_sounds(self.part, self.own),
                staff=staff if self.part.staff_count > 1 else None,
            )
            if staff == 1 and self.carries_map:
                lines += self._map(measure, divisions)
            if staff > 1:
                back = round(measure.duration * divisions)
                lines.append(f"      <backup><duration>{back}</duration></backup>")
            voices = _voices(own, frame, staff)
            lines += measure_xml(voices, frame)
        lines += self._late_keys(measure, divisions)
        lines += _right_barline(measures, place)
        lines.append("    </measure>")
        return lines

    def _late_keys(self, measure: Measure, divisions: int) -> list[str]:
        """Changes of key inside a measure: the cursor steps back to each and on again."""
        lines = []
        for key in self.phrase.key_signatures:
            if measure.onset < key.onset < measure.end and key.onset > 0:
                back = round((measure.end - key.onset) * divisions)
                fifths = _written_fifths(key, self.part.transposition)
                lines += [
                    f"      <backup><duration>{back}</duration></backup>",
                    f"      <attributes><key><fifths>{fifths}</fifths><mode>{key.mode}</mode></key>"
                    "</attributes>",
                    f"      <forward><duration>{back}</duration></forward>",
                ]
        return lines

    def _attributes(self, measure: Measure, is_first: bool, divisions: int) -> list[str]:
        inside: list[str] = []
        if is_first:
            inside.append(f"<divisions>{divisions}</divisions>")
        for key in self.phrase.key_signatures:
            if key.onset == measure.onset:
                fifths = _written_fifths(key, self.part.transposition)
                inside.append(f"<key><fifths>{fifths}</fifths><mode>{key.mode}</mode></key>")
                break
        meters = [m for m in self.phrase.time_signatures if measure.onset <= m.onset < measure.end]
        if is_first and not meters:
            meters = [meter_at(self.phrase, measure.onset)]
        for meter in meters[:1]:
            inside.append(
                f"<time><beats>{meter.beats}</beats><beat-type>{meter.beat_type}</beat-type></time>"
            )
        if is_first:
            if self.part.staff_count > 1:
                inside.append(f"<staves>{self.part.staff_count}</staves>")
            inside += [self._clef(staff) for staff in range(1, self.part.staff_count + 1)]
            inside.append(_transpose_xml(self.part.transposition))
        text = "".join(inside)
        return [f"      <attributes>{text}</attributes>"] if text else []

    def _clef(self, staff: int) -> str:
        number = f' number="{staff}"' if self.part.staff_count > 1 else ""
        if self.part.is_drums:
            return f"<clef{number}><sign>percussion</sign></clef>"
        heights = [n.pitch.midi_number for n in self.part.notes if n.staff == staff]
        middle = median(heights) if heights else (60 if staff == 1 else 48)
        if self.part.transposition == Transposition() and self.part.staff_count == 1:
            octave = "<clef-octave-change>-1</clef-octave-change>"
            if self.part.program in _BASSES and middle < _BASS_CLEF_BELOW - 12:
                return f"<clef{number}><sign>F</sign><line>4</line>{octave}</clef>"
            is_tenor = self.part.program in _GUITARS or self.part.name.casefold() == "tenor"
            if is_tenor and middle < _TREBLE_CLEF_FROM:
                return f"<clef{number}><sign>G</sign><line>2</line>{octave}</clef>"
        if middle < _BASS_CLEF_BELOW:
            return f"<clef{number}><sign>F</sign><line>4</line></clef>"
        return f"<clef{number}><sign>G</sign><line>2</line></clef>"

    def _map(self, measure: Measure, divisions: int) -> list[str]:
        """Tempos and chord symbols of a measure, placed by offset from its start."""
        lines = []
        for tempo in self.phrase.tempos:
            if measure.onset <= tempo.onset < measure.end:
                bpm = f"{tempo.quarters_per_minute:g}"
                offset = _offset_xml(tempo.onset - measure.onset, divisions)
                lines.append(
                    '      <direction placement="above"><direction-type><metronome>'
                    f"<beat-unit>quarter</beat-unit><per-minute>{bpm}</per-minute></metronome>"
                    f'</direction-type>{offset}<sound tempo="{bpm}"/></direction>'
                )
        for chord in self.phrase.chords:
            if measure.onset <= chord.onset < measure.end:
                offset = _offset_xml(chord.onset - measure.onset, divisions)
                lines.append(f"      {harmony_xml(chord, self.part.transposition, offset)}")
        return lines


def _voices(notes: Sequence[Note], frame: Frame, staff: int) -> dict[int, list[Event]]:
    voices = voiced(notes) or {staff: []}
    return {number: voice_events(own, frame) for number, own in voices.items()}


def _offset_xml(onset: Fraction, divisions: int) -> str:
    units = round(onset * divisions)
    return f"<offset>{units}</offset>" if units else ""


def _written_fifths(key: KeySignature, transposition: Transposition) -> int:
    fifths = key.fifths - transposition.fifths
    while fifths > 7:
        fifths -= 12
    while fifths < -7:
        fifths += 12
    return fifths


def _transpose_xml(transposition: Transposition) -> str:
    semitones, fifths = transposition.semitones, transposition.fifths
    if not semitones and not fifths:
        return ""
    octaves = int(semitones / 12)
    chromatic = semitones - 12 * octaves
    # An interval is f fifths (4 steps, 7 semitones) and o octaves (7 steps, 12 semitones).
    diatonic = 4 * fifths + 7 * ((chromatic - 7 * fifths) // 12)
    change = f"<octave-change>{octaves}</octave-change>" if octaves else ""
    return (
        f"<transpose><diatonic>{diatonic}</diatonic><chromatic>{chromatic}</chromatic>"
        f"{change}</transpose>"
    )


def harmony_xml(chord: ChordSymbol, transposition: Transposition, offset: str = "") -> str:
    """One chord symbol as MusicXML; the written root follows the part's transposition."""
    if chord.root is None:
        root = '<root><root-step text="">C</root-step></root>'
        return f"<harmony>{root}<kind text={quoteattr(chord.text)}>none</kind>{offset}</harmony>"
    root = _chord_note("root", chord.root, transposition)
    bass = _chord_note("bass", chord.bass, transposition) if chord.bass else ""
    text = f" text={quoteattr(chord.text)}" if chord.text else ""
    degrees = "".join(
        f"<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
        f"<degree-type>{kind}</degree-type></degree>"
        for value, alter, kind in chord.degrees
    )
    return (
        f"<harmony>{root}<kind{text}>{escape(chord.kind)}</kind>{bass}{degrees}{offset}</harmony>"
    )


def _chord_note(element: str, note: tuple[str, int], transposition: Transposition) -> str:
    step, alter = moved_name(*note, -transposition.fifths)
    change = f"<{element}-alter>{alter}</{element}-alter>" if alter else ""
    return f"<{element}><{element}-step>{step}</{element}-step>{change}</{element}>"


def _left_barline(measures: Sequence[Measure], place: int) -> list[str]:
    measure = measures[place]
    before = measures[place - 1].ending if place else ""
    inside = ""
    if measure.ending and measure.ending != before:
        inside += f'<ending number={quoteattr(measure.ending)} type="start"/>'
    if measure.forward_repeat:
        inside = f'<bar-style>heavy-light</bar-style>{inside}<repeat direction="forward"/>'
    return [f'      <barline location="left">{inside}</barline>'] if inside else []


def _right_barline(measures: Sequence[Measure], place: int) -> list[str]:
    measure = measures[place]
    is_last = place == len(measures) - 1
    after = "" if is_last else measures[place + 1].ending
    inside = ""
    if measure.ending and measure.ending != after:
        inside += f'<ending number={quoteattr(measure.ending)} type="stop"/>'
    if measure.backward_repeat:
        times = f' times="{measure.backward_repeat}"' if measure.backward_repeat > 2 else ""
        inside += f'<repeat direction="backward"{times}/>'
    if measure.backward_repeat or is_last:
        inside = f"<bar-style>light-heavy</bar-style>{inside}"
    return [f'      <barline location="right">{inside}</barline>'] if inside else []
