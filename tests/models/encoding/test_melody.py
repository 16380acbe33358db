from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie
from antiphon.bridge.music.pitch import Pitch, spell, transpose
from antiphon.bridge.music.time import Measure, TimeSignature, measures_from_meter
from antiphon.models.encoding.grid import is_on_grid, snap, spans_of
from antiphon.models.encoding.melody import Tone, believable_key, events_of, melody_of
from antiphon.models.encoding.vocabulary import HOLD, REST, durations_from, symbol_pitch

_FULL = TimeSignature(Fraction(0), 4, 4)


def _phrase(notes, length=Fraction(8), keys=(), measures=None):
    found = measures or measures_from_meter((_FULL,), length)
    return Phrase((Part("P1", "", tuple(notes)),), found, length, tuple(keys), (_FULL,))


def _note(onset, duration, number, tie=Tie.NONE):
    return Note(Fraction(onset), Fraction(duration), spell(number), tie=tie)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([-5, -2, 0, 3, 6]), st.booleans())
def test_events_give_back_every_note_of_a_tune(make_tune, seed, fifths, triplets):
    phrase = make_tune(seed, fifths=fifths, triplets=triplets, pickup=Fraction(seed % 3, 2))
    melody = melody_of(phrase, phrase.parts[0])
    durations = durations_from([])
    found = []
    for event in events_of(melody, durations):
        ticks = durations.values[event.duration]
        if event.pitch == HOLD:
            onset, length, number = found[-1]
            found[-1] = (onset, length + ticks, number)
        elif event.pitch != REST:
            found.append((event.onset, ticks, symbol_pitch(event.pitch) - melody.shift))
    wanted = [
        (round(n.onset * 24), round(n.duration * 24), n.pitch.midi_number)
        for n in phrase.parts[0].notes
    ]
    assert found == wanted


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_events_follow_each_other_without_a_gap(make_tune, seed):
    phrase = make_tune(seed, beats=6, beat_type=8)
    durations = durations_from([])
    now = None
    for event in events_of(melody_of(phrase, phrase.parts[0]), durations, until=8 * 72):
        assert now is None or event.onset == now
        now = event.onset + durations.values[event.duration]
    assert now == 8 * 72


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(2, 2), (-3, 3), (5, -1), (-5, 1)]))
def test_a_tune_and_its_transposition_look_the_same_to_the_network(make_tune, seed, move):
    semitones, fifths = move
    phrase = make_tune(seed)
    part = phrase.parts[0]
    moved = replace(
        phrase,
        parts=(
            replace(
                part,
                notes=tuple(
                    replace(n, pitch=transpose(n.pitch, semitones, fifths)) for n in part.notes
                ),
            ),
        ),
        key_signatures=(KeySignature(Fraction(0), fifths),),
    )
    durations = durations_from([])
    one = events_of(melody_of(phrase, part), durations)
    other = events_of(melody_of(moved, moved.parts[0]), durations)
    octaves = {b.pitch - a.pitch for a, b in zip(one, other, strict=True) if a.pitch > HOLD}
    assert len(octaves) <= 1
    assert all(octave % 12 == 0 for octave in octaves)
    assert [(e.onset, e.duration) for e in one] == [(e.onset, e.duration) for e in other]


def test_tied_notes_are_one_event_and_chords_give_their_top_note():
    notes = [
        _note(0, 4, 60),
        _note(0, 4, 67, Tie.START),
        _note(4, 2, 67, Tie.STOP),
        _note(6, 2, 65),
    ]
    phrase = _phrase(notes)
    assert melody_of(phrase, phrase.parts[0]).tones == (Tone(0, 144, 67), Tone(144, 192, 65))


def test_grace_notes_are_dropped():
    grace = Note(Fraction(1), Fraction(0), Pitch("C", 0, 5))
    phrase = _phrase([_note(0, 1, 60), grace, _note(1, 1, 62)])
    assert len(melody_of(phrase, phrase.parts[0]).tones) == 2


def test_rests_are_cut_at_barlines():
    phrase = _phrase([_note(0, 3, 60), _note(6, 2, 62)])
    durations = durations_from([])
    events = events_of(melody_of(phrase, phrase.parts[0]), durations)
    rests = [(e.onset, durations.values[e.duration]) for e in events if e.pitch == REST]
    assert rests == [(72, 24), (96, 48)]


def test_a_pickup_counts_from_the_downbeat_that_is_missing():
    measures = measures_from_meter((_FULL,), Fraction(9), pickup=Fraction(1))
    spans = spans_of(_phrase([_note(0, 1, 60)], Fraction(9), measures=measures))
    assert spans[0].start == -72
    assert spans[1].start == 24


def test_the_halves_of_a_measure_cut_by_a_repeat_are_joined():
    measures = (
        Measure(Fraction(0), Fraction(4), "1"),
        Measure(Fraction(4), Fraction(3), "2"),
        Measure(Fraction(7), Fraction(1), "X1"),
        Measure(Fraction(8), Fraction(4), "3"),
    )
    spans = spans_of(_phrase([_note(0, 1, 60)], Fraction(12), measures=measures))
    assert [(span.start, span.length) for span in spans] == [(0, 96), (96, 96), (192, 96)]


def test_a_key_signature_is_believed_unless_the_notes_contradict_it():
    steps = (62, 64, 66, 67, 69, 71, 74, 66, 62)
    d_major = [Tone(24 * i, 24 * i + 24, n) for i, n in enumerate(steps)]
    d_major.append(Tone(216, 222, 73))
    given = KeySignature(Fraction(0), 1)
    assert believable_key(given, d_major).fifths == 1
    assert believable_key(KeySignature(Fraction(0), -3), d_major).fifths == 2
    assert believable_key(None, d_major).fifths == 2


def test_played_music_is_brought_to_the_grid():
    played = [
        Fraction(n * 250 + offset, 1000) for n, offset in enumerate((3, -4, 6, 2, -5, 4, 1, 3), 1)
    ]
    assert not is_on_grid(played)
    assert snap(played) == [6 * n for n in range(1, 9)]


def test_played_triplets_stay_triplets():
    played = [Fraction(1) + Fraction(n, 3) + Fraction(7, 1000) for n in range(3)]
    assert snap(played) == [24, 32, 40]
