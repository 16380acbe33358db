"""One measure of one staff as MusicXML: notes, rests, tuplets, beams and accidentals (4.0)."""

from dataclasses import dataclass, replace
from fractions import Fraction
from xml.sax.saxutils import escape

from antiphon.bridge.formats.musicxml_drums import CROSSED, DRUM_PLACES
from antiphon.bridge.formats.musicxml_rhythm import (
    DOTTED,
    VALUE_NAMES,
    Event,
    Frame,
    beams_of,
)
from antiphon.bridge.music.phrase import Note, Tie, Transposition
from antiphon.bridge.music.pitch import Pitch, transpose

_ACCIDENTALS = {-3: "flat-flat", -2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp",
                2: "double-sharp", 3: "double-sharp"}  # fmt: skip
_OPENS, _CLOSES = (Tie.START, Tie.BOTH), (Tie.STOP, Tie.BOTH)
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"


Voices = dict[int, list[Event]]


def measure_xml(voices: Voices, frame: Frame, indent: str = "      ") -> list[str]:
    """The notes of all voices of one staff in a measure as lines of XML, backups between them.

    The lowest voice is written whole with its rests; in the others rests are `forward`.
    """
    lines: list[str] = []
    back = round(frame.measure.duration * frame.divisions)
    for place, events in enumerate(event_lines(voices, frame, indent).values()):
        if place:
            lines.append(f"{indent}<backup><duration>{back}</duration></backup>")
        lines += [line for _, own in events for line in own]
    return lines


def event_lines(
    voices: Voices, frame: Frame, indent: str
) -> dict[int, list[tuple[Event, list[str]]]]:
    """The lines of XML of every event of a staff's measure, by voice, for a writer of its own."""
    shown = _shown_accidentals(voices, frame)
    found: dict[int, list[tuple[Event, list[str]]]] = {}
    for number, events in voices.items():
        pen = _Pen(frame, number, number == min(voices), shown)
        beams = beams_of(events, frame.meter)
        found[number] = [
            (event, [indent + line for line in pen.event(event, beam)])
            for event, beam in zip(events, beams, strict=True)
        ]
    return found


@dataclass(frozen=True, slots=True)
class _Pen:
    """Writes the events of one voice; `shown` are the accidentals to print, by note identity."""

    frame: Frame
    voice: int
    is_first: bool
    shown: dict[int, int]

    def event(self, event: Event, beams: list[str]) -> list[str]:
        """The lines of one event: its grace notes, then its rest or its notes as a chord."""
        ornament = Event(event.onset, Fraction(0))
        lines = [self._note(note, ornament, "", "") for note in event.grace]
        if not event.notes and event.duration:
            lines.append(self._rest(event))
        for place, note in enumerate(event.notes):
            if place:
                # A chord's later notes hang on the first one's stem, beam and bracket.
                plain = replace(event, bracket="")
                lines.append(self._note(replace(note, lyrics=()), plain, "<chord/>", ""))
            else:
                lines.append(self._note(note, event, "", "".join(beams)))
        return lines

    def _rest(self, event: Event) -> str:
        units, staff = self._units(event), self._staff()
        voice = f"<voice>{self.voice}</voice>"
        if not self.is_first and event.ratio == (1, 1):
            return f"<forward><duration>{units}</duration>{voice}{staff}</forward>"
        whole = event.duration == self.frame.measure.duration and event.onset == 0
        mark = ' measure="yes"' if whole else ""
        value = "" if whole else "".join(_value_xml(event))
        return (
            f"<note><rest{mark}/><duration>{units}</duration>{voice}{value}{staff}"
            f"{_notations(event, None)}</note>"
        )

    def _note(self, note: Note, event: Event, chord: str, beams: str) -> str:
        head = "<grace/>" if note.is_grace else ""
        time = "" if note.is_grace else f"<duration>{self._units(event)}</duration>"
        ties = "".join(f'<tie type="{kind}"/>' for kind in _tie_kinds(note.tie))
        value, ratio = ("<type>eighth</type>", "") if note.is_grace else _value_xml(event)
        alter = self.shown.get(id(note))
        mark = "" if alter is None else f"<accidental>{_ACCIDENTALS[alter]}</accidental>"
        return (
            f"<note{_dynamics(note)}>{head}{chord}{self._pitch(note)}{time}{ties}"
            f"{self._instrument(note)}<voice>{self.voice}</voice>{value}{mark}{ratio}"
            f"{self._head(note)}{self._staff()}{beams}{_notations(event, note)}"
            f"{_lyrics_xml(note)}</note>"
        )

    def _units(self, event: Event) -> int:
        return round(event.duration * self.frame.divisions)

    def _staff(self) -> str:
        return "" if self.frame.staff is None else f"<staff>{self.frame.staff}</staff>"

    def _instrument(self, note: Note) -> str:
        name = self.frame.sounds.get(note.pitch.midi_number)
        return f'<instrument id="{name}"/>' if name else ""

    def _drum_place(self, note: Note) -> tuple[str, int]:
        """Where a drum is printed: its line of the staff, if an instrument says what it is."""
        number = note.pitch.midi_number
        if number in self.frame.sounds and number in DRUM_PLACES:
            return DRUM_PLACES[number][0], int(DRUM_PLACES[number][1])
        pitch = written_pitch(note.pitch, self.frame.transposition)
        return pitch.step, max(0, min(9, pitch.octave))

    def _head(self, note: Note) -> str:
        is_cymbal = self.frame.is_drums and note.pitch.midi_number in CROSSED
        return "<notehead>x</notehead>" if is_cymbal else ""

    def _pitch(self, note: Note) -> str:
        if self.frame.is_drums:
            step, octave = self._drum_place(note)
            return (
                f"<unpitched><display-step>{step}</display-step>"
                f"<display-octave>{octave}</display-octave></unpitched>"
            )
        pitch = written_pitch(note.pitch, self.frame.transposition)
        alter = f"<alter>{pitch.alter}</alter>" if pitch.alter else ""
        return f"<pitch><step>{pitch.step}</step>{alter}<octave>{pitch.octave}</octave></pitch>"


def written_pitch(pitch: Pitch, transposition: Transposition) -> Pitch:
    """The pitch as the player reads it."""
    return transpose(pitch, -transposition.semitones, -transposition.fifths)


def _dynamics(note: Note) -> str:
    # MusicXML counts loudness in percent of forte, MIDI velocity 90; 80 is our unmarked note.
    return "" if note.velocity == 80 else f' dynamics="{note.velocity * 100 / 90:.2f}"'


def _value_xml(event: Event) -> tuple[str, str]:
    """Type and dots of a note head, and its tuplet's ratio; empty where no head fits."""
    heads = [(VALUE_NAMES.get(event.value / factor), dots) for factor, dots in DOTTED]
    name, dots = next((head for head in heads if head[0]), ("", 0))
    if not name:
        return "", ""
    actual, normal = event.ratio
    ratio = (
        f"<time-modification><actual-notes>{actual}</actual-notes>"
        f"<normal-notes>{normal}</normal-notes></time-modification>"
        if actual != normal
        else ""
    )
    return f"<type>{name}</type>{'<dot/>' * dots}", ratio


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


def _shown_accidentals(voices: Voices, frame: Frame) -> dict[int, int]:
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
