"""Read one part of a MusicXML score, measure by measure, at onsets inside each measure."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_NOTES
from antiphon.bridge.formats.musicxml_notes import (
    Instruments,
    chord_of,
    divisions_of,
    duration_of,
    key_of,
    lyrics_of,
    meter_of,
    metronome_tempo,
    small_integer,
    tempo_of,
    tie_in,
    transposition_of,
    velocity_of,
    written_pitch,
)
from antiphon.bridge.formats.xml_safe import Node, broken
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Note, Transposition
from antiphon.bridge.music.pitch import Pitch, transpose
from antiphon.bridge.music.time import Tempo, TimeSignature

_ZERO = Fraction(0)
_QUARTER = Fraction(1)


@dataclass(slots=True)
class ReadMeasure:
    """One measure of one part: everything at onsets (quarters) from the measure's start.

    `extent` is how far notes and rests reach, `rested` how far rests of a whole measure do.
    """

    number: str
    implicit: bool = False
    notes: list[Note] = field(default_factory=list)
    keys: list[KeySignature] = field(default_factory=list)
    meters: list[TimeSignature] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    chords: list[ChordSymbol] = field(default_factory=list)
    extent: Fraction = _ZERO
    rested: Fraction = _ZERO
    forward_repeat: bool = False
    backward_repeat: int = 0
    ending: str = ""


class PartReader:
    """Walks the measures of a part and keeps what holds across them."""

    def __init__(self, part: Node, instruments: Instruments, what: str) -> None:
        self._part = part
        self._instruments = instruments
        self._what = what
        self._divisions = 1
        self._moved = Transposition()
        self._voices: dict[str, int] = {}
        self._ending = ""
        self._note_count = 0
        self._onset = _ZERO
        self._cursor = _ZERO
        self._here = ReadMeasure("")
        self.transposition: Transposition | None = None
        self.staff_count = 1
        self.is_drums = False
        self._handlers: dict[str, Callable[[Node], None]] = {
            "note": self._note,
            "backup": self._backup,
            "forward": self._forward,
            "attributes": self._attributes,
            "harmony": self._harmony,
            "direction": self._direction,
            "sound": self._sound,
            "barline": self._barline,
        }

    def measures(self) -> list[ReadMeasure]:
        """The part's measures in order. Raises AntiphonError as `phrase_from_musicxml`."""
        return [self._measure(node) for node in self._part.all("measure")]

    def _measure(self, node: Node) -> ReadMeasure:
        self._here = ReadMeasure(node.get("number")[:16], node.get("implicit") == "yes")
        self._here.ending = self._ending
        self._onset = self._cursor = _ZERO
        for child in node.children:
            handler = self._handlers.get(child.tag)
            if handler is not None:
                handler(child)
        return self._here

    def _note(self, node: Node) -> None:
        self._note_count += 1
        if self._note_count > MAX_NOTES:
            raise AntiphonError("too-large", what=self._what, why=f"over {MAX_NOTES} notes")
        grace = node.child("grace") is not None
        duration = _ZERO if grace else duration_of(node, self._divisions, self._what)
        chord = node.child("chord") is not None
        if not chord:
            self._onset = self._cursor
        pitch = written_pitch(node, self._instruments, self._what)
        if pitch is not None:
            self._here.notes.append(self._sounding(node, pitch, duration))
        if not chord:
            self._cursor += duration
        rest = node.child("rest")
        if rest is not None and rest.get("measure") == "yes":
            self._here.rested = max(self._here.rested, self._cursor)
        else:
            self._here.extent = max(self._here.extent, self._cursor, self._onset + duration)

    def _sounding(self, node: Node, pitch: Pitch, duration: Fraction) -> Note:
        if node.child("unpitched") is not None:
            self.is_drums = True
        elif self._moved.semitones or self._moved.fifths:
            try:
                pitch = transpose(pitch, self._moved.semitones, self._moved.fifths)
            except ValueError:
                raise broken(self._what, f"a pitch is {pitch}, and transposed") from None
        staff = small_integer(node.words("staff"), 1, 1, 64)
        self.staff_count = max(self.staff_count, staff)
        return Note(
            onset=self._onset,
            duration=duration,
            pitch=pitch,
            velocity=velocity_of(node),
            voice=self._voice(node.words("voice") or "1"),
            staff=staff,
            tie=tie_in(node),
            lyrics=lyrics_of(node),
        )

    def _voice(self, text: str) -> int:
        number = small_integer(text, 0, 1, 999)
        return number or self._voices.setdefault(text[:32], 1000 + len(self._voices))

    def _backup(self, node: Node) -> None:
        back = duration_of(node, self._divisions, self._what)
        self._cursor = max(_ZERO, self._cursor - back)

    def _forward(self, node: Node) -> None:
        self._cursor += duration_of(node, self._divisions, self._what)
        self._here.extent = max(self._here.extent, self._cursor)

    def _attributes(self, node: Node) -> None:
        if node.words("divisions"):
            self._divisions = divisions_of(node.words("divisions"), self._what)
        moves = node.child("transpose")
        if moves is not None:
            self._moved = transposition_of(moves, self._what)
            if self.transposition is None:
                self.transposition = self._moved
        self.staff_count = max(self.staff_count, small_integer(node.words("staves"), 1, 1, 64))
        for child in node.children:
            if child.tag == "key":
                key = key_of(child, self._cursor, self._moved)
                self._here.keys += [key] if key else []
            elif child.tag == "time":
                meter = meter_of(child, self._cursor, self._what)
                self._here.meters += [meter] if meter else []

    def _shift(self, node: Node) -> Fraction:
        text = node.words("offset")
        ticks = small_integer(text.split(".")[0], 0, -1_000_000, 1_000_000)
        return max(_ZERO, self._cursor + Fraction(ticks, self._divisions))

    def _harmony(self, node: Node) -> None:
        chord = chord_of(node, self._shift(node), self._moved)
        self._here.chords += [chord] if chord else []

    def _direction(self, node: Node) -> None:
        onset = self._shift(node)
        sound = node.child("sound")
        if sound is not None and sound.get("tempo"):
            self._sound(sound, onset)
            return
        for kind in node.all("direction-type"):
            for mark in kind.all("metronome"):
                self._add_tempo(metronome_tempo(mark, onset))

    def _sound(self, node: Node, onset: Fraction | None = None) -> None:
        if node.get("tempo"):
            at = self._shift(node) if onset is None else onset
            self._add_tempo(tempo_of(node.get("tempo"), _QUARTER, at))

    def _add_tempo(self, tempo: Tempo | None) -> None:
        self._here.tempos += [tempo] if tempo else []

    def _barline(self, node: Node) -> None:
        repeat = node.child("repeat")
        if repeat is not None:
            if repeat.get("direction") == "forward":
                self._here.forward_repeat = True
            else:
                self._here.backward_repeat = small_integer(repeat.get("times"), 2, 2, 99)
        ending = node.child("ending")
        if ending is not None:
            if ending.get("type") == "start":
                self._ending = self._here.ending = ending.get("number", "1")[:16] or "1"
            else:
                self._here.ending = self._here.ending or ending.get("number", "1")[:16]
                self._ending = ""


def placed(measure: ReadMeasure, onset: Fraction) -> list[Note]:
    """The measure's notes at onsets of the whole phrase (quarters)."""
    return [replace(note, onset=onset + note.onset) for note in measure.notes]
