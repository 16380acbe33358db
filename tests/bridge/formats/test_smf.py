import io
from fractions import Fraction

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from phrases import heard, phrases

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_reader import phrase_from_smf
from antiphon.bridge.formats.smf_writer import smf_from_phrase
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure

Q = Fraction
META = mido.MetaMessage


def smf(*tracks, kind=1, ppq=480):
    midi = mido.MidiFile(type=kind, ticks_per_beat=ppq)
    midi.tracks.extend(mido.MidiTrack(track) for track in tracks)
    out = io.BytesIO()
    midi.save(file=out)
    return out.getvalue()


def on(note, time=0, velocity=80, channel=0):
    return mido.Message("note_on", note=note, velocity=velocity, time=time, channel=channel)


def off(note, time=0, channel=0):
    return mido.Message("note_off", note=note, time=time, channel=channel)


def one_part(*notes, **more):
    length = max(note.end for note in notes)
    return Phrase((Part("P1", "Flute", notes, **more),), (Measure(Q(0), length, "1"),), length)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(phrases())
def test_notes_signatures_and_programs_survive_a_round_trip(phrase):
    again = phrase_from_smf(smf_from_phrase(phrase))
    heard_parts = [part for part in phrase.parts if part.notes]
    assert [heard(p.notes) for p in again.parts] == [heard(p.notes) for p in heard_parts]
    assert [p.program for p in again.parts] == [p.program for p in heard_parts]
    assert [p.name for p in again.parts] == [p.name for p in heard_parts]
    velocities = [[n.velocity for n in p.notes] for p in again.parts]
    assert velocities == [[n.velocity for n in p.notes] for p in heard_parts]
    assert again.key_signatures == phrase.key_signatures
    assert again.time_signatures == phrase.time_signatures
    assert again.tempos == phrase.tempos
    assert again.title == phrase.title


def test_tied_notes_sound_as_one():
    c = Pitch("C", 0, 4)
    notes = (Note(Q(0), Q(1), c, tie=Tie.START), Note(Q(1), Q(2), c, tie=Tie.STOP))
    (part,) = phrase_from_smf(smf_from_phrase(one_part(*notes))).parts
    assert heard(part.notes) == [(Q(0), Q(3), 60)]


def test_a_grace_note_is_played_before_its_beat_and_takes_no_time_from_the_main_note():
    notes = (
        Note(Q(0), Q(1), Pitch("C", 0, 4)),
        Note(Q(1), Q(0), Pitch("D", 0, 4)),
        Note(Q(1), Q(1), Pitch("E", 0, 4)),
    )
    (part,) = phrase_from_smf(smf_from_phrase(one_part(*notes))).parts
    assert [note.pitch.midi_number for note in part.notes] == [60, 62, 64]
    assert part.notes[1].end == 1
    assert (part.notes[2].onset, part.notes[2].duration) == (1, 1)


def test_drums_go_to_channel_ten_and_fifteen_melodies_get_a_channel_each():
    note = Note(Q(0), Q(1), Pitch("C", 0, 4))
    parts = [Part(f"P{n}", "", (note,), program=n) for n in range(15)]
    parts.append(Part("D", "", (note,), is_drums=True))
    phrase = Phrase(tuple(parts), (Measure(Q(0), Q(4), "1"),), Q(4))
    again = phrase_from_smf(smf_from_phrase(phrase))
    assert [part.program for part in again.parts[:15]] == list(range(15))
    assert [part.is_drums for part in again.parts] == [False] * 15 + [True]
    assert len({part.id.split("C")[1] for part in again.parts}) == 16


def test_a_type_0_file_is_split_by_channel():
    data = smf([on(60), on(40, channel=9), off(60, 480), off(40, channel=9)], kind=0)
    first, second = phrase_from_smf(data).parts
    assert (first.is_drums, second.is_drums) == (False, True)


def test_only_the_first_piece_of_a_type_2_file_is_read():
    data = smf([on(60), off(60, 480)], [on(72), off(72, 480)], kind=2)
    (part,) = phrase_from_smf(data).parts
    assert heard(part.notes) == [(Q(0), Q(1), 60)]


def test_velocity_zero_releases_and_a_hanging_note_lasts_to_the_end():
    data = smf([on(60), on(64), on(60, 480, velocity=0), META("end_of_track", time=480)])
    (part,) = phrase_from_smf(data).parts
    assert heard(part.notes) == [(Q(0), Q(1), 60), (Q(0), Q(2), 64)]


def test_a_pitch_struck_twice_is_released_in_the_order_it_was_struck():
    data = smf([on(60), on(60, 240), off(60, 240), off(60, 240)])
    (part,) = phrase_from_smf(data).parts
    assert heard(part.notes) == [(Q(0), Q(1), 60), (Q(1, 2), Q(1), 60)]


def test_times_off_every_grid_stay_exact():
    (part,) = phrase_from_smf(smf([on(60, 7), off(60, 113)], ppq=97)).parts
    assert heard(part.notes) == [(Q(7, 97), Q(113, 97), 60)]


def test_pitches_are_spelled_in_the_key_of_their_onset():
    track = [
        META("key_signature", key="Eb"), on(63), off(63, 480),
        META("key_signature", key="E"), on(63), off(63, 480),
    ]  # fmt: skip
    (part,) = phrase_from_smf(smf(track)).parts
    assert [str(note.pitch) for note in part.notes] == ["Eb4", "D#4"]


@pytest.mark.parametrize("name", ["Flöte", "Flute"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_are_read_in_utf8_and_in_latin1(name, encoding):
    raw = name.encode(encoding).decode("latin-1")
    (part,) = phrase_from_smf(smf([META("track_name", name=raw), on(60), off(60, 480)])).parts
    assert part.name == name


@pytest.mark.parametrize(
    "event", [b"\xff\x59\x02\x09\x00", b"\xff\x59\x02\x00\x07", b"\xff\x58\x01\x04",
              b"\xff\x58\x04\x00\x02\x18\x08", b"\xff\x51\x03\x00\x00\x00",
              b"\xff\x51\x01\x07", b"\xff\x54\x01\x00", b"\xff\x20\x00"]
)  # fmt: skip
def test_a_meta_event_that_means_nothing_is_passed_over(event):
    good = smf([on(60), off(60, 480)])
    head, body = good[:14], good[22:]
    track = b"\x00" + event + body
    data = head + b"MTrk" + len(track).to_bytes(4, "big") + track
    (part,) = phrase_from_smf(data).parts
    assert heard(part.notes) == [(Q(0), Q(1), 60)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MThd",
        b"RIFF" + bytes(40),
        smf([on(60), off(60, 480)])[:-6],
        smf([on(60), off(60, 480)]).replace(b"\x01\xe0", b"\xe7\x28", 1),
        smf([on(60), off(60, 480)]).replace(b"\x01\xe0", b"\x00\x00", 1),
    ],
    ids=["empty", "a word", "another format", "cut", "film frames", "no ticks"],
)
def test_a_damaged_file_is_refused_in_words(data):
    with pytest.raises(AntiphonError) as caught:
        phrase_from_smf(data, "tune.mid")
    assert caught.value.code == "broken-midi"
    assert caught.value.sentence.startswith("tune.mid is not a valid MIDI file: ")


def test_too_many_events_are_refused_before_they_are_built():
    events = b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 400_001
    data = smf([])[:14] + b"MTrk" + len(events).to_bytes(4, "big") + events
    with pytest.raises(AntiphonError) as caught:
        phrase_from_smf(data)
    assert caught.value.code == "too-large"


def test_sounding_notes_of_a_written_part_are_what_is_played():
    c, d = Pitch("C", 0, 4), Pitch("D", 0, 4)
    notes = (
        Note(Q(0), Q(1), c, tie=Tie.START),
        Note(Q(1), Q(1), c, tie=Tie.STOP),
        Note(Q(2), Q(2), d),
    )
    (part,) = phrase_from_smf(smf_from_phrase(one_part(*notes))).parts
    assert heard(part.notes) == heard(sounding(notes))
