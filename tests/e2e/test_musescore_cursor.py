"""What the plugin's cursor reads and writes in a real MuseScore 3, without a window."""

import random
import re
from fractions import Fraction
from pathlib import Path

import pytest

from antiphon.bridge.editors.writing import Line, lines_of
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.formats.region_json import MeasureRow, phrase_from_rows
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import Pitch, spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.codec import from_json

pytestmark = [pytest.mark.editor, pytest.mark.timeout(200)]

QUARTER = 480


def note_of(words: str) -> object:
    """A note or a rest ("R 2") of music21."""
    from music21 import note

    name, length = words.split()
    duration = Fraction(length)
    if name == "R":
        return note.Rest(quarterLength=duration)
    return note.Note(name, quarterLength=duration)


def write_score(path: Path, *measures: list, instrument: object = None) -> Path:
    """A score of one part by music21; a measure is a list of "pitch length" and other objects."""
    from music21 import stream

    part = stream.Part()
    if instrument is not None:
        part.insert(0, instrument)
    for number, items in enumerate(measures, 1):
        measure = stream.Measure(number=number)
        for item in items:
            measure.append(note_of(item) if isinstance(item, str) else item)
        part.append(measure)
    if instrument is not None:
        part.atSoundingPitch = True
        part.toWrittenPitch(inPlace=True)
    stream.Score([part]).write("musicxml", path)
    return path


def answer(seed: int, meter: TimeSignature, fifths: int) -> Phrase:
    """Four measures of chords and rests at random in two voices, over barlines, up to a breve."""
    draw = random.Random(seed)
    length = 4 * meter.measure_duration
    notes: list[Note] = []
    for voice, (low, high) in enumerate([(65, 84), (45, 64)], 1):
        time = Fraction(0)
        while time < length:
            drawn = Fraction(draw.choice([1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 24]), 4)
            duration = min(drawn, length - time)
            if draw.random() > 0.2 and (voice == 1 or seed % 2):
                pitches = draw.sample(range(low, high), draw.choice([1, 1, 2, 3]))
                notes += [Note(time, duration, spell(p, fifths), voice=voice) for p in pitches]
            time += duration
    part = normalised(Part("staff-1", "", tuple(notes)))
    return Phrase((part,), measures_from_meter((meter,), length), length, (), (meter,))


def reply_of(phrase: Phrase, at: int, staff: int = 0, **changes: object) -> dict:
    """The reply that carries an answer's first part, as the plugin gets it."""
    lines = lines_of(phrase.parts[0], phrase, QUARTER)
    rows = [
        {"staff": staff + line.staff, "voice": line.voice, "steps": [s.row() for s in line.steps]}
        for line in lines
    ]
    lines_and_more = {"lines": rows, "parts": [], "chords": None, "append": len(phrase.measures)}
    return {"at": at, "measures": len(phrase.measures), **lines_and_more, **changes}


def written_in(line: Line) -> list[tuple[int, int, int, int]]:
    """The notes of some steps as (offset, ticks, pitch, spelling)."""
    return [
        (step.offset, step.ticks, head.pitch, head.tpc)
        for step in line.steps
        for head in step.heads
    ]


def read_in(rows: list[dict], start: int, voice: int) -> list[tuple[int, int, int, int]]:
    """The notes of some measures as (offset, ticks, pitch, spelling)."""
    return [
        (row["tick"] - start + note[0], note[1], note[2], note[3])
        for row in rows
        for note in row["notes"]
        if note[4] == voice
    ]


@pytest.mark.parametrize(("beats", "beat_type", "fifths"), [(4, 4, 1), (6, 8, -3), (3, 4, 4)])
def test_forty_answers_are_written_over_each_other_note_by_note(
    probe, tmp_path, beats, beat_type, fifths
):
    from music21 import key, meter

    signature = TimeSignature(Fraction(0), beats, beat_type)
    full = signature.measure_duration
    score = write_score(
        tmp_path / "tune.musicxml",
        [meter.TimeSignature(f"{beats}/{beat_type}"), key.KeySignature(fifths), f"G4 {full}"],
        [f"A4 {full}"],
    )
    at = int(2 * full * QUARTER)
    answers = [answer(seed, signature, fifths) for seed in range(40)]
    place = {"selection": {"start": 0, "end": at, "staff": 0}}
    results = probe.run(score, [place | {"reply": reply_of(phrase, at)} for phrase in answers])
    for result, phrase in zip(results, answers, strict=True):
        assert result["fault"] is None
        rows = result["after"]["destination"]
        assert len(rows) == 4
        lines = lines_of(phrase.parts[0], phrase, QUARTER)
        for line in lines:
            assert sorted(read_in(rows, at, line.voice)) == sorted(written_in(line))
        voices = {note[4] for row in rows for note in row["notes"]}
        assert voices == {line.voice for line in lines}

    # Ties and fullness, as MuseScore exports the last answer.
    found = read_phrase((tmp_path / "after.musicxml").read_bytes(), "after.musicxml")
    assert {measure.duration for measure in found.measures} == {full}
    heard = [n for n in sounding(found.parts[0].notes) if n.onset >= 2 * full]
    notes = answers[-1].parts[0].notes
    assert sorted((n.onset - 2 * full, n.duration, n.pitch.midi_number) for n in heard) == sorted(
        (n.onset, n.duration, n.pitch.midi_number) for n in notes
    )


def test_a_transposing_instrument_is_read_as_it_sounds_and_written_as_it_reads(probe, tmp_path):
    from music21 import instrument, key, meter

    score = write_score(
        tmp_path / "clarinet.musicxml",
        [meter.TimeSignature("3/4"), key.KeySignature(2), "A4 1", "B4 1", "C#5 1"],
        ["D5 3"],
        ["R 3"],
        instrument=instrument.Clarinet(),
    )
    at = 6 * QUARTER
    c_sharp, g_sharp = Pitch("C", 1, 5), Pitch("G", 1, 5)
    notes = (Note(Fraction(0), Fraction(1), c_sharp), Note(Fraction(3, 2), Fraction(3, 2), g_sharp))
    phrase = Phrase(
        (Part("staff-1", "", notes),),
        measures_from_meter((TimeSignature(Fraction(0), 3, 4),), Fraction(3)),
        Fraction(3),
    )
    task = {"selection": {"start": 0, "end": at, "staff": 0}, "reply": reply_of(phrase, at)}
    (result,) = probe.run(score, [task])
    assert result["fault"] is None
    rows = tuple(from_json(MeasureRow, row) for row in result["before"]["measures"])
    heard = phrase_from_rows(rows, QUARTER, Part("staff-1", "", ()))
    assert heard.key_signatures == (KeySignature(Fraction(0), 2),)
    assert [str(note.pitch) for note in heard.parts[0].notes] == ["A4", "B4", "C#5", "D5"]
    written = (tmp_path / "after.musicxml").read_text().split('<measure number="3"')[1]
    spelled = re.findall(r"<step>(.)</step>\s*<alter>(.)</alter>\s*<octave>(.)</octave>", written)
    assert spelled == [("D", "1", "5"), ("A", "1", "5")]


def test_tuplets_and_changes_of_key_and_meter_are_read_exactly(probe, tmp_path):
    from music21 import key, meter

    score = write_score(
        tmp_path / "changes.musicxml",
        [meter.TimeSignature("3/4"), key.KeySignature(0), "C4 2/3", "D4 2/3", "E4 2/3", "F4 1"],
        [key.KeySignature(-3), "E-4 3"],
        [meter.TimeSignature("2/4"), "A-4 1/2", "G4 3/2"],
        ["R 2"],
    )
    task = {"selection": {"start": 0, "end": 8 * QUARTER, "staff": 0}}
    (result,) = probe.run(score, [task])
    rows = tuple(from_json(MeasureRow, row) for row in result["before"]["measures"])
    phrase = phrase_from_rows(rows, QUARTER, Part("staff-1", "", ()))
    notes = [(n.onset, n.duration, str(n.pitch)) for n in sounding(phrase.parts[0].notes)]
    third = Fraction(2, 3)
    assert notes == [
        (0, third, "C4"),
        (third, third, "D4"),
        (2 * third, third, "E4"),
        (2, 1, "F4"),
        (3, 3, "Eb4"),
        (6, Fraction(1, 2), "Ab4"),
        (Fraction(13, 2), Fraction(3, 2), "G4"),
    ]
    assert [(k.onset, k.fifths) for k in phrase.key_signatures] == [(0, 0), (3, -3)]
    assert [(m.onset, m.beats) for m in phrase.time_signatures] == [(0, 3), (6, 2)]
    assert [row["notes"] for row in result["before"]["destination"]] == [[]]


def test_an_answer_that_does_not_fit_is_refused_by_the_plugin(probe, tmp_path):
    from music21 import meter

    score = write_score(tmp_path / "tune.musicxml", [meter.TimeSignature("4/4"), "C4 4"])
    at = 4 * QUARTER
    task = {"selection": {"start": 0, "end": at, "staff": 0}}
    body = {"at": at, "measures": 1, "append": 1, "parts": [], "chords": None}

    def line(*steps: list[int]) -> dict:
        return task | {"reply": body | {"lines": [{"staff": 0, "voice": 0, "steps": list(steps)}]}}

    late = line([0, 1920, 1, 1, 60, 14, 0], [1920, 480, 1, 4, 62, 16, 0])
    odd = line([0, 720, 1, 4, 60, 14, 0])
    results = probe.run(score, [late, odd])
    assert "no place" in results[0]["fault"]
    assert "wrong note" in results[1]["fault"]


def test_context_reaches_sixteen_measures_back_and_no_further(probe, tmp_path):
    from music21 import meter

    signature = meter.TimeSignature("4/4")
    measures = [[signature, "C4 4"], *(["D4 4"] for _ in range(29)), *(["R 4"] for _ in range(20))]
    score = write_score(tmp_path / "long.musicxml", *measures)
    task = {"selection": {"start": 28 * 1920, "end": 30 * 1920, "staff": 0}}
    (result,) = probe.run(score, [task])
    numbers = [row["number"] for row in result["before"]["measures"]]
    assert numbers == list(range(13, 31))
    assert [row["number"] for row in result["before"]["destination"]] == list(range(31, 47))


def test_chord_symbols_stand_where_no_note_begins_and_take_the_place_of_others(probe, tmp_path):
    from music21 import meter

    score = write_score(
        tmp_path / "long.musicxml", [meter.TimeSignature("4/4"), "G4 4"], ["A4 3", "R 1"]
    )
    task = {"selection": {"start": 0, "end": 8 * QUARTER, "staff": 0}}
    body = {"at": 0, "measures": 2, "append": 0, "parts": [], "lines": []}
    first = {"chords": [[0, "G"], [2 * QUARTER, "Em7"], [5 * QUARTER, "F#dim"]]}
    second = {"chords": [[0, "C"], [3 * QUARTER, "Bb/D"], [7 * QUARTER, "G7"]]}
    results = probe.run(score, [task | {"reply": body | more} for more in (first, second)])
    assert [result["fault"] for result in results] == [None, None]
    assert results[1]["before"]["chords"] == first["chords"]
    assert results[1]["after"]["chords"] == second["chords"]
    found = read_phrase((tmp_path / "after.musicxml").read_bytes(), "after.musicxml")
    assert [(chord.onset, chord_text(chord)) for chord in found.chords] == [
        (0, "C"),
        (3, "Bb/D"),
        (7, "G7"),
    ]
    notes = [(n.onset, n.duration, str(n.pitch)) for n in found.parts[0].notes]
    assert notes == [(0, 4, "G4"), (4, 3, "A4")]
    saved = (tmp_path / "after.mscx").read_text()
    assert saved.count("<voice>") == 2
