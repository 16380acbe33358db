"""New parts and chord symbols land in real scores, and every other byte stays as it was."""

import random
import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import oracle
import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.musicxml_add import add_parts, write_chords
from antiphon.bridge.formats.musicxml_edit import write_measures
from antiphon.bridge.formats.musicxml_reader import phrase_from_musicxml
from antiphon.bridge.music.chords import chord_text, parse_chord_symbol
from antiphon.bridge.music.merge import moved_part, with_answer
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import new_part

Q = Fraction
ROLES = ("bass", "drums", "piano", "tenor")
ADDED = re.compile(
    rb'\n {4}<score-part id="antiphon-.*?</score-part>|\n {2}<part id="antiphon-.*?</part>',
    re.DOTALL,
)
HARMONY = re.compile(rb"\n\s*<harmony>.*?</harmony>", re.DOTALL)
UNITS = re.compile(rb"\n\s*<attributes><divisions>\d+</divisions></attributes>")
EXAMPLES = Path(__file__).parents[3] / "examples"
DRUMS = (36, 38, 42, 49)


def scores(count: int, largest: int = 8_000) -> list[Path]:
    """Small scores of music21's corpus in an order that has nothing to do with their kind."""
    small = [
        path
        for path in oracle.corpus_files()
        if path.stat().st_size < (largest if path.suffix == ".mxl" else 8 * largest)
    ]
    return sorted(small, key=lambda path: path.name[::-1])[:: max(1, len(small) // count)][:count]


def frame_of(phrase: Phrase, first: int, count: int) -> tuple[Measure, ...]:
    start = phrase.measures[first].onset
    return tuple(
        Measure(m.onset - start, m.duration, m.number)
        for m in phrase.measures[first : first + count]
    )


def answer_in(measures: tuple[Measure, ...], drawn: random.Random) -> Phrase:
    """Two notes a measure in each of four parts, and a chord where each begins."""
    parts, chords = [], []
    for role in ROLES:
        part, notes = new_part(role), []
        for measure in measures:
            half = measure.duration / 2
            for place in range(2):
                low = drawn.choice(DRUMS) if part.is_drums else drawn.randint(30, 70)
                staff = 1 + place % part.staff_count
                onset = measure.onset + place * half
                notes.append(Note(onset, half, spell(low), voice=staff, staff=staff))
        parts.append(Part(part.id, part.name, tuple(notes), part.program, part.is_drums,
                          part.staff_count))  # fmt: skip
    for measure in measures:
        for place, word in enumerate(drawn.sample(["C", "F#m7", "Bbmaj7", "Ddim", "E7"], 2)):
            chords.append(parse_chord_symbol(word, measure.onset + place * measure.duration / 2))
    return Phrase(tuple(parts), measures, measures[-1].end, chords=tuple(chords))


def heard(part: Part) -> list[tuple]:
    return sorted((n.onset, n.duration, n.pitch.midi_number, n.staff) for n in part.notes)


@pytest.mark.timeout(300)
def test_new_parts_leave_every_byte_of_real_scores_as_it_was() -> None:
    written = 0
    for path in scores(40):
        data = oracle.document(path)
        before = phrase_from_musicxml(data, path.name)
        drawn = random.Random(path.name)
        if not before.measures or b"score-timewise" in data[:2000]:
            continue
        first = drawn.randrange(len(before.measures))
        answer = answer_in(frame_of(before, first, 3), drawn)
        onset = before.measures[first].onset
        new = [moved_part(part, onset) for part in answer.parts]
        edited = add_parts(data, with_answer(before, onset, answer), new)
        assert ADDED.sub(b"", edited) == data, path.name
        after = phrase_from_musicxml(edited, path.name)
        assert after.parts[: len(before.parts)] == before.parts, path.name
        assert after.measures == before.measures
        assert after.key_signatures == before.key_signatures
        assert after.time_signatures == before.time_signatures
        added = after.parts[len(before.parts) :]
        assert [heard(part) for part in added] == [heard(part) for part in new], path.name
        kinds = [(part.program, part.is_drums, part.staff_count) for part in added]
        assert kinds == [(part.program, part.is_drums, part.staff_count) for part in new]
        written += 1
    assert written >= 35


@pytest.mark.timeout(300)
def test_music21_reads_the_old_notes_and_the_new_ones() -> None:
    for path in scores(5, 3_000):
        data = oracle.document(path)
        before = phrase_from_musicxml(data, path.name)
        answer = answer_in(frame_of(before, 0, 2), random.Random(7))
        edited = add_parts(data, with_answer(before, Q(0), answer), answer.parts)
        old = oracle.music21_notes(data, before)
        new = oracle.music21_notes(edited, phrase_from_musicxml(edited))
        assert old <= new, path.name
        count = sum(len(part.notes) for part in answer.parts if not part.is_drums)
        pitched = [key for key in new.elements() if key[0] >= len(before.parts)]
        assert len(pitched) >= count


@pytest.mark.timeout(300)
def test_chord_symbols_stand_where_they_were_meant_and_nothing_else_moves() -> None:
    written = 0
    for path in scores(40):
        data = oracle.document(path)
        before = phrase_from_musicxml(data, path.name)
        parts = [part for part in before.parts if part.notes and not part.is_drums]
        if not parts or before.chords or b"score-timewise" in data[:2000]:
            continue
        drawn = random.Random(path.name)
        first = drawn.randrange(len(before.measures))
        answer = answer_in(frame_of(before, first, 3), drawn)
        edited = write_chords(data, parts[0].id, first, answer, replaces=True)
        assert UNITS.sub(b"", HARMONY.sub(b"", edited)) == UNITS.sub(b"", data), path.name
        after = phrase_from_musicxml(edited, path.name)
        assert after.parts == before.parts
        assert after.measures == before.measures
        onset = before.measures[first].onset
        wanted = [(chord.onset + onset, chord_text(chord)) for chord in answer.chords]
        assert [(c.onset, chord_text(c)) for c in after.chords] == wanted, path.name
        again = write_chords(edited, parts[0].id, first, answer, replaces=True)
        assert phrase_from_musicxml(again).chords == after.chords
        assert write_chords(edited, parts[0].id, first, answer, replaces=False) == edited
        written += 1
    assert written >= 20


def test_chord_symbols_of_other_measures_stay() -> None:
    data = (EXAMPLES / "greensleeves.musicxml").read_bytes()
    before = phrase_from_musicxml(data)
    start, end = before.measures[3].onset, before.measures[4].end
    answer = answer_in(frame_of(before, 3, 2), random.Random(1))
    edited = write_chords(data, before.parts[0].id, 3, answer, replaces=True)
    after = phrase_from_musicxml(edited)
    outside = [chord for chord in before.chords if not start <= chord.onset < end]
    assert [chord for chord in after.chords if not start <= chord.onset < end] == outside
    inside = [chord_text(c) for c in after.chords if start <= c.onset < end]
    assert inside == [chord_text(chord) for chord in answer.chords]


def test_a_new_drum_part_has_a_percussion_clef_and_a_line_for_each_drum() -> None:
    data = (EXAMPLES / "ode_to_joy.musicxml").read_bytes()
    before = phrase_from_musicxml(data)
    answer = answer_in(frame_of(before, 0, 2), random.Random(3))
    edited = add_parts(data, with_answer(before, Q(0), answer), answer.parts)
    root = ElementTree.fromstring(edited)
    by_id = {part.get("id"): part for part in root.findall("part")}
    clefs = {
        name: [(c.findtext("sign"), c.findtext("clef-octave-change")) for c in part.iter("clef")]
        for name, part in by_id.items()
        if name.startswith("antiphon")
    }
    assert clefs["antiphon-drums"] == [("percussion", None)]
    assert len(clefs["antiphon-piano"]) == 2
    places = {
        note.find("instrument").get("id"): note.findtext("unpitched/display-step")
        for note in by_id["antiphon-drums"].iter("note")
        if note.find("unpitched") is not None
    }
    assert {"antiphon-drums-I37": "F", "antiphon-drums-I39": "C"}.items() & places.items()
    assert all(len(part) == len(before.measures) for part in by_id.values())


def test_drums_written_into_a_drum_part_bring_the_instruments_it_lacks() -> None:
    data = (EXAMPLES / "ode_to_joy.musicxml").read_bytes()
    before = phrase_from_musicxml(data)
    measures = frame_of(before, 0, 2)
    kick = Part("antiphon-drums", "Drums", (Note(Q(0), Q(1), spell(36)),), is_drums=True)
    answer = Phrase((kick,), measures, measures[-1].end)
    with_kick = add_parts(data, with_answer(before, Q(0), answer), answer.parts)
    cymbal = Part("antiphon-drums", "Drums", (Note(Q(4), Q(2), spell(51)),), is_drums=True)
    edited = write_measures(with_kick, "antiphon-drums", 0, Phrase((cymbal,), measures, Q(8)))
    drums = phrase_from_musicxml(edited).parts[-1]
    assert (drums.is_drums, heard(drums)) == (True, [(4, 2, 51, 1)])


def test_a_document_without_a_list_of_parts_is_refused_in_words() -> None:
    bare = b'<score-partwise><part id="P1"><measure number="1"></measure></part></score-partwise>'
    before = phrase_from_musicxml(bare)
    with pytest.raises(AntiphonError) as caught:
        add_parts(bare, before, [new_part("bass")])
    assert caught.value.code == "broken-musicxml"
