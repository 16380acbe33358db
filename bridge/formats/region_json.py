"""A region of an editor's score as JSON rows, and the `Phrase` they describe.

Editors that can only run a small script (MuseScore's QML) send what their cursor sees: per
measure its tick, length, key, meter and the notes of one staff. Ticks and tonal
pitch classes become quarters and spelled pitches here, so that the script stays thin.
Tonal pitch class: C natural = 14, one fifth up = +1 (MuseScore's numbering).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import tie_of
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import Pitch, pitch_from_fifths, spell
from antiphon.bridge.music.time import Measure, TimeSignature

MAX_NOTES = 20_000
MAX_MEASURES = 2_000
MAX_TICK = 1 << 30
MAX_DIVISION = 65_536
TPC_OF_C = 14

# offset from the measure's start and length in ticks, sounding MIDI number, tonal pitch
# class, voice from 0, and 1 if the note is tied to the next one of its pitch.
NoteRow = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of one staff: where it lies (ticks), its key, meter and notes.

    `revision` is the editor's hash of all that. `key` counts the sharps that sound
    (flats negative), and the notes' spelling is that of their sounding pitch.
    Raises ValueError for values out of range.
    """

    tick: int
    ticks: int
    number: int
    key: int
    beats: int
    beat_type: int
    revision: str
    notes: tuple[NoteRow, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.tick <= MAX_TICK and 0 < self.ticks <= MAX_TICK):
            raise ValueError(f"measure at tick {self.tick} lasts {self.ticks}")
        if not -7 <= self.key <= 7:
            raise ValueError(f"{self.key} sharps in a key signature")
        TimeSignature(Fraction(0), self.beats, self.beat_type)
        for offset, ticks, pitch, tpc, voice, _tied in self.notes:
            inside = 0 <= offset < self.ticks and 0 < ticks <= MAX_TICK
            if not (inside and 0 <= pitch <= 127 and -8 <= tpc <= 40 and 0 <= voice <= 3):
                raise ValueError(f"a note in measure {self.number}")

    @property
    def end(self) -> int:
        """Where the next measure starts, in ticks."""
        return self.tick + self.ticks


@dataclass(frozen=True, slots=True)
class StaffRow:
    """The instrument of the staff: name, General MIDI program (0 … 127), drums or not."""

    name: str = ""
    program: int = 0
    is_drums: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127:
            raise ValueError(f"program {self.program}")


def check_rows(rows: Sequence[MeasureRow]) -> None:
    """Raise AntiphonError unless the measures follow each other and are few enough.

    Codes: "too-large" over `MAX_MEASURES` or `MAX_NOTES`, "bad-request" for a gap.
    """
    if len(rows) > MAX_MEASURES or sum(len(row.notes) for row in rows) > MAX_NOTES:
        why = f"at most {MAX_MEASURES} measures and {MAX_NOTES} notes"
        raise AntiphonError("too-large", what="The region", why=why)
    for row, after in pairwise(rows):
        if row.end != after.tick:
            raise AntiphonError("bad-request", why=f"a gap after measure {row.number}")


def phrase_from_rows(
    rows: Sequence[MeasureRow],
    division: int,
    part: Part,
    voices: frozenset[int] | None = None,
    following: MeasureRow | None = None,
) -> Phrase:
    """The phrase of some measures in a row; tick 0 of it is the first measure's.

    `division` is ticks in a quarter, `part` the part without its notes. `voices` (from 0)
    keeps only those. Key and meter of
    `following`, the first measure of the answer, are put at the phrase's end where they
    change there. Raises AntiphonError("bad-request" | "too-large").
    """
    check_rows(rows)
    if not rows or not 1 <= division <= MAX_DIVISION:
        raise AntiphonError("bad-request", why="no measures or no division")
    start = rows[0].tick
    notes = tuple(_written_notes(rows, division, voices))
    dated = [*rows, following] if following is not None else [*rows]
    return Phrase(
        parts=(normalised(replace(part, notes=notes)),),
        measures=tuple(
            Measure(
                Fraction(row.tick - start, division), Fraction(row.ticks, division), str(row.number)
            )
            for row in rows
        ),
        length=Fraction(rows[-1].end - start, division),
        key_signatures=_keys(dated, start, division),
        time_signatures=_meters(dated, start, division),
    )


def pitch_of(midi_number: int, tpc: int, key: int = 0) -> Pitch:
    """The spelled pitch of a MIDI number and tonal pitch class; a wrong class is respelled."""
    try:
        return pitch_from_fifths(tpc - TPC_OF_C, midi_number)
    except ValueError:
        return spell(midi_number, key)


def tpc_of(pitch: Pitch) -> int:
    """MuseScore's tonal pitch class of a spelled pitch: C = 14, G = 15, F = 13."""
    return pitch.fifths + TPC_OF_C


def _written_notes(
    rows: Sequence[MeasureRow], division: int, voices: frozenset[int] | None
) -> Iterator[Note]:
    """Notes as printed; a tie that does not reach a note of its pitch and voice is dropped."""
    start = rows[0].tick
    all_rows = [
        (row.tick + offset - start, ticks, midi_number, tpc, voice, tied, row.key)
        for row in rows
        for offset, ticks, midi_number, tpc, voice, tied in row.notes
        if voices is None or voice in voices
    ]
    onsets = {(tick, midi, voice) for tick, _, midi, _, voice, _, _ in all_rows}
    tied_to: set[tuple[int, int, int]] = set()
    for tick, ticks, midi_number, tpc, voice, tied, key in sorted(all_rows):
        after = (tick + ticks, midi_number, voice)
        opens = bool(tied) and after in onsets
        closes = (tick, midi_number, voice) in tied_to
        if opens:
            tied_to.add(after)
        yield Note(
            Fraction(tick, division),
            Fraction(ticks, division),
            pitch_of(midi_number, tpc, key),
            voice=voice + 1,
            tie=tie_of(closes=closes, opens=opens),
        )


def _keys(rows: Iterable[MeasureRow], start: int, division: int) -> tuple[KeySignature, ...]:
    found: list[KeySignature] = []
    for row in rows:
        if not found or found[-1].fifths != row.key:
            found.append(KeySignature(Fraction(row.tick - start, division), row.key))
    return tuple(found)


def _meters(rows: Iterable[MeasureRow], start: int, division: int) -> tuple[TimeSignature, ...]:
    found: list[TimeSignature] = []
    for row in rows:
        if not found or (found[-1].beats, found[-1].beat_type) != (row.beats, row.beat_type):
            onset = Fraction(row.tick - start, division)
            found.append(TimeSignature(onset, row.beats, row.beat_type))
    return tuple(found)
