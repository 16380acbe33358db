"""The music of a sequencer's script: one MIDI file, and lines that say what each track is."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_part import EDITOR_PPQ, markers_of
from antiphon.bridge.formats.smf_reader import phrase_from_smf
from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.time import Measure, measures_from_meter
from antiphon.bridge.protocol.lines import Lines, whole

MAX_TRACKS = 256
_WHAT = "The music"
_CHORD = "chord:"
_ALPHABET = "ABCDEFG"
_FIELDS = 6
_TRACK = re.compile(r"T(\d+)C\d+")


@dataclass(frozen=True, slots=True)
class Track:
    """One line `part=`: a track of the file, the editor's id of it, and what it is.

    `number` counts the file's tracks behind the first one, from 1; `program` is -1 where the
    editor does not know it.
    """

    number: int
    id: str
    is_selected: bool
    is_drums: bool
    program: int
    name: str


def tracks_of(lines: Lines) -> tuple[Track, ...]:
    """The tracks that the lines name, selected ones first.

    Raises AntiphonError("bad-request") for a line that is not as the contract has it, a track
    that is named twice, or none that is selected.
    """
    found = [_track(value) for value in lines.all("part")]
    if len(found) > MAX_TRACKS:
        raise AntiphonError("too-large", what=_WHAT, why=f"over {MAX_TRACKS} tracks")
    if len({track.id for track in found}) < len(found):
        raise AntiphonError("bad-request", why="two parts have the same id")
    if len({track.number for track in found}) < len(found):
        raise AntiphonError("bad-request", why="two parts have the same track")
    if not any(track.is_selected for track in found):
        raise AntiphonError("bad-request", why="no part is selected")
    return tuple(sorted(found, key=lambda track: not track.is_selected))


def music_of(lines: Lines, music: bytes, tracks: tuple[Track, ...], at_least: Fraction) -> Phrase:
    """The phrase of the file, at least so many quarters long, its parts named by the lines.

    The measures are numbered from `first_measure`, or where that is not said as if the meter
    at the phrase's start held from the project's start. Markers that are chord symbols are
    the phrase's chords. Raises AntiphonError: "broken-midi", "too-large", "bad-request".
    """
    heard = phrase_from_smf(music, _WHAT)
    notes: dict[int, list[Note]] = defaultdict(list)
    programs: dict[int, int] = {}
    for part in heard.parts:
        place = _TRACK.fullmatch(part.id)
        assert place is not None
        number = int(place.group(1)) - 1
        notes[number] += part.notes
        programs.setdefault(number, part.program)
    parts = tuple(
        _part(track, tuple(notes[track.number]), programs.get(track.number, 0)) for track in tracks
    )
    ends = [note.end for part in parts for note in part.notes]
    # Meters are told from measure starts only, as the reader keeps them.
    measures = measures_from_meter(heard.time_signatures, max([at_least, *ends]))
    phrase = replace(heard, parts=parts, measures=measures, length=measures[-1].end)
    chords = _chords(markers_of(music, _WHAT), phrase.length)
    return replace(phrase, measures=_numbered(lines, phrase), chords=chords)


def _track(value: str) -> Track:
    fields = value.split("\t")
    if len(fields) < _FIELDS:
        raise AntiphonError("bad-request", why=f"a part has {_FIELDS} fields, parted by tabs")
    number, identity, selected, drums, program, name = fields[:_FIELDS]
    if not 0 < len(identity) <= 128:
        raise AntiphonError("bad-request", why="a part's id has 1 to 128 characters")
    places = whole(number, "a part's track"), whole(program, "a part's program")
    if not (1 <= places[0] <= MAX_TRACKS and -1 <= places[1] <= 127):
        raise AntiphonError("bad-request", why="a part's track or program is out of range")
    if not {selected, drums} <= {"0", "1"}:
        raise AntiphonError("bad-request", why="a part is selected, and is drums, by 1 or 0")
    flags = selected == "1", drums == "1"
    return Track(places[0], identity, *flags, places[1], name.strip()[:200])


def _part(track: Track, notes: tuple[Note, ...], program: int) -> Part:
    known = track.program if track.program >= 0 else program
    return normalised(Part(track.id, track.name, notes, known, track.is_drums))


def _numbered(lines: Lines, phrase: Phrase) -> tuple[Measure, ...]:
    first = lines.integer("first_measure", otherwise=0)
    if first == 0:
        start = Fraction(lines.integer("phrase_start"), EDITOR_PPQ)
        meters = phrase.time_signatures
        length = meters[0].measure_duration if meters else Fraction(4)
        first = 1 + int(start / length)
    return tuple(
        replace(measure, number=str(first + place)) for place, measure in enumerate(phrase.measures)
    )


def _chords(markers: tuple[tuple[Fraction, str], ...], length: Fraction) -> tuple[ChordSymbol, ...]:
    """Markers that are chord symbols: those after "chord:", or all where all of them are.

    A row of single letters in the order of the alphabet names sections, no chords.
    """
    said = [(at, text) for at, text in markers if text.lower().startswith(_CHORD)]
    inside = said or list(markers)
    found: list[ChordSymbol] = []
    for at, text in inside:
        try:
            symbol = parse_chord_symbol(text[len(_CHORD) :] if said else text, at)
        except ValueError:
            if said:
                continue
            return ()
        if at < length:
            found.append(symbol)
    letters = "".join(text for _, text in inside)
    if not said and len(letters) == len(inside) and _ALPHABET.startswith(letters):
        return ()
    return tuple(found)
