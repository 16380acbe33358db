"""Takes of every task in copies of files of every format: what was asked for, and nothing else."""

import io
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest

from antiphon.bridge.answers import answered, written
from antiphon.bridge.asking import ask_about
from antiphon.bridge.documents import answer_onset, open_document
from antiphon.bridge.formats.engraving import NEW_NOTE_COLOUR
from antiphon.bridge.formats.files import FORMATS, read_phrase, write_phrase
from antiphon.bridge.music.chords import chord_text, parse_chord_symbol
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import asked_length, asked_measures, asked_meters, asked_parts
from antiphon.bridge.protocol.messages import Controls, Receipt, Take, Task

Q = Fraction
ZERO = Q(0)
EXAMPLES = Path(__file__).parents[2] / "examples"
TUNES = sorted(path for path in EXAMPLES.iterdir() if path.suffix != ".md")
FILLING = [task for task in Task if task not in (Task.GENERATE, Task.CONTINUE)]
WRITABLE = (".mid", ".musicxml", ".mxl", ".abc")
WORDS = {
    Task.FILL: {"from": "2", "to": "3"},
    Task.VARY: {"from": "2", "to": "4"},
    Task.HARMONIZE: {"as": "satb", "from": "2", "to": "5"},
    Task.ACCOMPANY: {"texture": "piano", "to": "3"},
    Task.RESTYLE: {"style": "jazz", "from": "3", "to": "4"},
}


def take_for(request) -> Take:
    """A note that fills each measure in every staff of every asked part, a chord over each."""
    measures = asked_measures(request)
    parts = []
    for place, part in enumerate(asked_parts(request)):
        notes = [
            Note(m.onset, m.duration, spell(70 - 7 * place - 12 * (staff - 1)), staff=staff,
                 voice=staff)
            for m in measures for staff in range(1, part.staff_count + 1)
        ]  # fmt: skip
        parts.append(replace(part, notes=tuple(notes)))
    chords = tuple(parse_chord_symbol("Dm7", m.onset) for m in measures)
    phrase = Phrase(tuple(parts), measures, asked_length(request), (), asked_meters(request),
                    chords=chords)  # fmt: skip
    return Take(request.id, 0, phrase, Receipt("test", "", 0, 0, "", Controls()))


def asked(path, task, words):
    document = open_document(path.read_bytes(), path.name)
    found = ask_about(task, words, document)
    return document, found.selection, take_for(found.request)


def heard(notes, start=ZERO):
    notes = [replace(note, onset=note.onset + start) for note in sounding(notes)]
    return Counter((n.onset, n.duration, n.pitch.midi_number) for n in notes)


@pytest.mark.parametrize("suffix", WRITABLE)
@pytest.mark.parametrize("path", TUNES, ids=lambda path: path.name)
@pytest.mark.parametrize("task", FILLING)
def test_the_answer_stands_where_it_belongs_in_every_format(task, path, suffix):
    document, selection, take = asked(path, task, WORDS.get(task, {}))
    start = answer_onset(document, selection)
    end = start + take.phrase.length
    after = read_phrase(answered(document, selection, take, suffix), f"x{suffix}")
    own = [part.id for part in document.phrase.parts]
    answers = {part.id: part for part in take.phrase.parts}
    for before, now in zip(document.phrase.parts, after.parts, strict=False):
        old = heard(before.notes)
        if before.id in answers:
            old = Counter({n: c for n, c in old.items() if not start <= n[0] < end})
            cut = {n for n in old if n[0] < start < n[0] + n[1]}
            assert heard(now.notes) >= heard(answers[before.id].notes, start)
            assert heard(now.notes) >= Counter({n: c for n, c in old.items() if n not in cut})
        else:
            assert heard(now.notes) == old
    new = [part for part in take.phrase.parts if part.id not in own]
    added = Counter()
    for part in after.parts[len(own) :]:
        added += heard(part.notes)
    wanted = Counter()
    for part in new:
        wanted += heard(part.notes, start)
    assert added >= wanted
    assert after.length >= document.phrase.length


@pytest.mark.parametrize("name", ["scarborough_fair.musicxml", "the_kesh.abc"])
@pytest.mark.parametrize("suffix", [".musicxml", ".abc"])
def test_chord_symbols_are_written_over_the_melody_alone(name, suffix):
    document, selection, take = asked(EXAMPLES / name, Task.HARMONIZE, {"from": "2", "to": "4"})
    after = read_phrase(answered(document, selection, take, suffix), f"x{suffix}")
    assert [heard(part.notes) for part in after.parts] == [
        heard(part.notes) for part in document.phrase.parts
    ]
    start = answer_onset(document, selection)
    inside = [c for c in after.chords if start <= c.onset < start + take.phrase.length]
    assert [(c.onset - start, chord_text(c)) for c in inside] == [
        (c.onset, "Dm7") for c in take.phrase.chords
    ]


@pytest.mark.parametrize("name", ["frere_jacques.mid", "scarborough_fair.musicxml"])
def test_where_chord_symbols_cannot_be_written_they_are_played(name):
    document, selection, take = asked(EXAMPLES / name, Task.HARMONIZE, {"from": "2", "to": "3"})
    after = read_phrase(answered(document, selection, take, ".mid"), "x.mid")
    assert after.parts[-1].name == "Chords"
    start = answer_onset(document, selection)
    first = [n for n in after.parts[-1].notes if n.onset == start]
    assert {n.pitch.midi_number % 12 for n in first} == {2, 5, 9, 0}
    assert len(after.parts) == len(document.phrase.parts) + 1


def test_chords_that_stand_already_give_way_to_harmony_and_to_nothing_else():
    path = EXAMPLES / "greensleeves.musicxml"
    for task, changes in ((Task.HARMONIZE, True), (Task.BASS, False)):
        document, selection, take = asked(path, task, {"from": "2", "to": "3"})
        after = read_phrase(answered(document, selection, take, ".musicxml"), "x.musicxml")
        assert (after.chords != document.phrase.chords) is changes
        start, end = document.phrase.measures[2].onset, document.phrase.measures[3].end
        outside = [c for c in document.phrase.chords if not start <= c.onset < end]
        assert [c for c in after.chords if not start <= c.onset < end] == outside


def test_every_event_of_a_midi_file_stays_beside_new_tracks():
    document, selection, take = asked(EXAMPLES / "frere_jacques.mid", Task.ARRANGE, {})
    edited = answered(document, selection, take, ".mid")
    before, after = (mido.MidiFile(file=io.BytesIO(d)) for d in (document.data, edited))
    assert [list(track) for track in after.tracks[: len(before.tracks)]] == [
        list(track) for track in before.tracks
    ]
    assert after.ticks_per_beat == before.ticks_per_beat
    new = after.tracks[len(before.tracks) :]
    assert [track.name for track in new] == ["Piano", "Bass", "Drums"]
    channels = [{m.channel for m in track if hasattr(m, "channel")} for track in new]
    used = {m.channel for track in before.tracks for m in track if hasattr(m, "channel")}
    assert channels[2] == {9}
    assert len({*channels[0], *channels[1]} - used) == 2
    programs = [m.program for track in new[:2] for m in track if m.type == "program_change"]
    assert programs == [0, 33]


def test_a_file_of_one_track_becomes_one_of_several_and_keeps_its_track():
    midi = mido.MidiFile(type=0, ticks_per_beat=96)
    track = mido.MidiTrack()
    for number in (60, 62, 64, 65):
        track.append(mido.Message("note_on", note=number, velocity=80, time=0))
        track.append(mido.Message("note_off", note=number, time=96))
    midi.tracks.append(track)
    out = io.BytesIO()
    midi.save(file=out)
    document = open_document(out.getvalue(), "one.mid")
    found = ask_about(Task.BASS, {}, document)
    edited = answered(document, found.selection, take_for(found.request), ".mid")
    after = mido.MidiFile(file=io.BytesIO(edited))
    assert (after.type, len(after.tracks), after.ticks_per_beat) == (1, 2, 96)
    assert edited[22 : len(out.getvalue())] == out.getvalue()[22:]


def test_an_answer_is_written_into_both_staves_of_a_piano_that_is_named():
    low = tuple(Note(Q(4 * n), Q(4), spell(40), staff=2) for n in range(3))
    high = tuple(Note(Q(4 * n), Q(4), spell(76)) for n in range(3))
    flute = Part("P1", "Flute", high)
    piano = Part("P2", "Piano", (*high, *low), staff_count=2)
    measures = tuple(Measure(Q(4 * n), Q(4), str(n + 1)) for n in range(3))
    data = write_phrase(Phrase((flute, piano), measures, Q(12)), ".musicxml")
    document = open_document(data, "x.musicxml")
    words = {"as": "piano", "into": "Piano", "from": "2", "to": "2"}
    found = ask_about(Task.HARMONIZE, words, document)
    take = take_for(found.request)
    assert [(p.id, p.staff_count) for p in take.phrase.parts] == [("P2", 2)]
    after = read_phrase(answered(document, found.selection, take, ".musicxml"), "x.musicxml")
    assert [(n.onset, n.staff, n.pitch.midi_number) for n in after.parts[1].notes] == [
        (0, 1, 76), (0, 2, 40), (4, 1, 70), (4, 2, 58), (8, 1, 76), (8, 2, 40),
    ]  # fmt: skip


def test_the_lower_staff_of_a_varied_piano_stays():
    low = tuple(Note(Q(4 * n), Q(4), spell(40), staff=2) for n in range(3))
    high = tuple(Note(Q(4 * n), Q(4), spell(76)) for n in range(3))
    piano = Part("P1", "Piano", (*high, *low), staff_count=2)
    measures = tuple(Measure(Q(4 * n), Q(4), str(n + 1)) for n in range(3))
    data = write_phrase(Phrase((piano,), measures, Q(12)), ".musicxml")
    document = open_document(data, "x.musicxml")
    found = ask_about(Task.VARY, {"from": "2", "to": "2"}, document)
    assert [part.staff_count for part in found.request.phrase.parts] == [1, 1]
    take = take_for(found.request)
    for suffix in (".musicxml", ".abc"):
        after = read_phrase(answered(document, found.selection, take, suffix), f"x{suffix}")
        numbers = sorted(n.pitch.midi_number for part in after.parts for n in part.notes)
        assert numbers == [40, 40, 40, 70, 76, 76], suffix


@pytest.mark.parametrize("task", [Task.BASS, Task.HARMONIZE, Task.ARRANGE])
def test_a_picture_shows_the_new_parts_or_chords_in_colour(task):
    path = EXAMPLES / "greensleeves.musicxml"
    pages = [
        answered(*asked(path, task, {"from": "2", "to": last}), ".svg").decode()
        for last in ("3", "5")
    ]
    few, many = (page.count(NEW_NOTE_COLOUR) for page in pages)
    assert 2 * few == many > 0


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".abc", ".svg"])
def test_music_from_nothing_is_a_file_of_its_own(suffix):
    words = {"key": "Bb", "meter": "3/4", "measures": 5}
    found = ask_about(Task.GENERATE, words)
    data = written(take_for(found.request), suffix)
    if suffix != ".svg":
        phrase = read_phrase(data, f"x{suffix}")
        assert (len(phrase.measures), phrase.length) == (5, 15)
    else:
        assert data.startswith(b"<svg") and NEW_NOTE_COLOUR.encode() in data


def test_every_format_that_is_written_is_tried_here():
    families = {FORMATS[suffix].family for suffix in WRITABLE}
    assert families == {form.family for form in FORMATS.values() if form.write}
