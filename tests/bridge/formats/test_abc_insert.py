"""Measures, voices and chord symbols in real ABC tunes: all other text stays as it was."""

import random
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from antiphon.bridge.formats.abc_insert import add_voices, replace_measures, write_chords
from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part
from antiphon.bridge.music.pitch import spell

Q = Fraction
KESH = (Path(__file__).parents[3] / "examples" / "the_kesh.abc").read_bytes()


def tunes(count: int) -> list[bytes]:
    """Single tunes of the two Irish and Scottish books in music21's corpus."""
    from music21 import corpus

    found = []
    for path in sorted(str(path) for path in corpus.getCorePaths(fileExtensions=("abc",))):
        if "airds" not in path and "oneills" not in path:
            continue
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        found += [f"X:{tune}".encode() for tune in re.split(r"(?m)^X:", text)[1:]]
    return found[:: max(1, len(found) // count)][:count]


def heard(phrase, part=0):
    return [(n.onset, n.duration, str(n.pitch)) for n in sounding(phrase.parts[part].notes)]


def held(phrase, midi):
    """One note over each measure."""
    return tuple(Note(m.onset, m.duration, spell(midi)) for m in phrase.measures)


def test_measures_of_real_tunes_are_replaced_and_all_other_text_stays():
    replaced = 0
    for data in tunes(80):
        before = phrase_from_abc(data)
        place = random.Random(data).randrange(len(before.measures))
        measure = before.measures[place]
        new = (Note(measure.onset, measure.duration, spell(73)),)
        rest = tuple(n for n in before.parts[0].notes if not measure.onset <= n.onset < measure.end)
        merged = replace(before, parts=(replace(before.parts[0], notes=rest + new),))
        edited = replace_measures(data, merged, range(place, place + 1))
        if edited is None:
            continue
        after = phrase_from_abc(edited)
        outside = [n for n in heard(before) if not measure.onset <= n[0] < measure.end]
        kept = [n for n in heard(after) if not measure.onset <= n[0] < measure.end]
        cut = {n[0] for n in outside if n[0] + n[1] > measure.onset > n[0]}
        assert [n for n in kept if n[0] not in cut] == [n for n in outside if n[0] not in cut]
        assert (measure.onset, measure.duration, "C#5") in heard(after), edited.decode()
        assert after.measures == before.measures
        changed = set(edited.splitlines()) - set(data.splitlines())
        assert len(changed) <= 2
        replaced += 1
    assert replaced >= 60


def test_the_same_measures_put_back_are_the_same_music():
    for data in tunes(80):
        before = phrase_from_abc(data)
        edited = replace_measures(data, before, range(len(before.measures)))
        if edited is not None:
            after = phrase_from_abc(edited)
            assert heard(after) == heard(before), edited.decode()
            assert after.measures == before.measures
            assert [chord_text(c) for c in after.chords] == [chord_text(c) for c in before.chords]


def test_chord_symbols_stand_over_their_notes_and_nothing_else_changes():
    written = 0
    for data in tunes(80):
        before = phrase_from_abc(data)
        onsets = {note.onset for note in before.parts[0].notes}
        starts = [m.onset for m in before.measures if m.onset in onsets]
        chords = [ChordSymbol(onset, ("F", 1), "minor-seventh", "m7") for onset in starts]
        edited = write_chords(data, chords, Q(0), before.length)
        if edited is None:
            continue
        after = phrase_from_abc(edited)
        assert [(c.onset, chord_text(c)) for c in after.chords] == [(o, "F#m7") for o in starts]
        assert heard(after) == heard(before)
        if b'"' not in data:
            assert edited.replace(b'"F#m7"', b"") == data
        written += 1
    assert written >= 60


def test_a_chord_in_the_middle_of_a_note_cannot_be_written_as_text():
    tune = b"X:1\nM:4/4\nL:1/4\nK:C\nC4|D4|]\n"
    assert write_chords(tune, [ChordSymbol(Q(2), ("G", 0), "major")], Q(0), Q(8)) is None


def test_a_chord_stands_before_grace_notes_and_ornaments():
    tune = b"X:1\nM:4/4\nL:1/4\nK:C\n{d}C .D !trill!E F|\n"
    chords = [ChordSymbol(Q(n), ("G", 0), "major") for n in range(4)]
    edited = write_chords(tune, chords, Q(0), Q(4)).decode()
    assert edited.endswith('"G"{d}C "G".D "G"!trill!E "G"F|\n')


def test_a_further_voice_follows_the_tune_in_its_own_measures_and_repeats():
    for data in [KESH, *tunes(40)]:
        before = phrase_from_abc(data)
        bass = Part("b", "Bass", held(before, 40), program=33)
        after = phrase_from_abc(edited := add_voices(data, before, [bass]))
        assert heard(after) == heard(before), edited.decode()
        assert heard(after, 1) == heard(replace(before, parts=(bass,)))
        assert after.measures == before.measures
        assert [part.name for part in after.parts] == [before.parts[0].name, "Bass"]
        kept = [line for line in edited.splitlines() if line in data.splitlines()]
        assert kept[: len(data.rstrip().splitlines())] == data.rstrip().splitlines()


def test_a_piano_becomes_two_voices_and_a_second_voice_a_third():
    before = phrase_from_abc(KESH)
    upper, lower = held(before, 72), tuple(replace(n, staff=2) for n in held(before, 48))
    piano = Part("p", "Piano", (*upper, *lower), staff_count=2)
    drums = Part("d", "Drums", held(before, 36), is_drums=True)
    edited = add_voices(KESH, before, [piano, drums])
    after = phrase_from_abc(edited)
    assert len(after.parts) == 4
    assert b"clef=perc" in edited and b"%%MIDI channel 10" in edited
    again = add_voices(edited, after, [Part("b", "Bass", held(before, 40))])
    assert len(phrase_from_abc(again).parts) == 5


def test_the_other_tunes_of_a_book_stay():
    book = KESH.rstrip(b"\n") + b"\n\nX:2\nT:Another\nK:D\nDFA|]\n"
    before = phrase_from_abc(book)
    bass = Part("b", "Bass", held(before, 40))
    for edited in (
        add_voices(book, before, [bass]),
        replace_measures(book, before, range(2)),
        write_chords(book, [ChordSymbol(Q(0), ("G", 0), "major")], Q(0), Q(3)),
    ):
        assert edited.endswith(b"\n\nX:2\nT:Another\nK:D\nDFA|]\n")


@pytest.mark.parametrize(
    "body", [b"CDEF|\nw: a b c d\n", b"[V:1]CDEF|\n", b"CDEF|[L:1/4]CD|\n", b"CDEF & G4|\n"]
)
def test_what_cannot_be_replaced_as_text_is_not(body):
    tune = b"X:1\nM:4/4\nL:1/4\nK:C\n" + body
    assert replace_measures(tune, phrase_from_abc(tune), range(1)) is None
