"""An answer in a copy of a MIDI file: what was asked for changes, every other event stays."""

import io
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phrases import heard, lines, phrases

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.smf_edit import write_notes
from antiphon.bridge.formats.smf_reader import phrase_from_smf
from antiphon.bridge.formats.smf_writer import PPQ, smf_from_phrase
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import measures_from_meter

Q = Fraction
ROUND = (Path(__file__).parents[3] / "examples" / "frere_jacques.mid").read_bytes()
NOTE_TYPES = ("note_on", "note_off")


def smf(*tracks, kind=1, ppq=480):
    midi = mido.MidiFile(type=kind, ticks_per_beat=ppq)
    midi.tracks.extend(mido.MidiTrack(track) for track in tracks)
    out = io.BytesIO()
    midi.save(file=out)
    return out.getvalue()


def on(note, time=0, channel=0):
    return mido.Message("note_on", note=note, velocity=80, time=time, channel=channel)


def off(note, time=0, channel=0):
    return mido.Message("note_off", note=note, velocity=33, time=time, channel=channel)


def events(data):
    """Every track as (tick, event without its time), but for the end of the track."""
    found = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        now, timed = 0, []
        for message in track:
            now += message.time
            if message.type != "end_of_track":
                timed.append((now, message.copy(time=0)))
        found.append(timed)
    return found


def is_of(message, channel):
    return message.type in NOTE_TYPES and message.channel == channel


def answer(*notes, length=4):
    measures = measures_from_meter((), Q(length))
    return Phrase((Part("P1", "", notes),), measures, Q(length))


TONE = Note(Q(0), Q(1), Pitch("C", 0, 5), velocity=99)


def part_of(data, part_id):
    (part,) = [part for part in phrase_from_smf(data).parts if part.id == part_id]
    return part


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(phrases(), lines(), st.integers(0, 40), st.integers(0, 2))
def test_only_the_span_of_one_part_changes(phrase, drawn, start_halves, which):
    original = smf_from_phrase(phrase)
    parts = phrase_from_smf(original).parts
    if not parts:
        return
    part, onset = parts[which % len(parts)], Q(start_halves, 2)
    new, length = drawn
    edited = write_notes(original, part.id, onset, answer(*new, length=length))
    end = onset + length
    track, channel = (int(number) - 1 for number in part.id[1:].split("C"))
    for number, (before, after) in enumerate(zip(events(original), events(edited), strict=True)):
        if number != track:
            assert after == before
        else:
            others = [e for e in before if not is_of(e[1], channel)]
            assert [e for e in after if not is_of(e[1], channel)] == others
    kept = [
        (n.onset, min(n.duration, onset - n.onset) if n.onset < onset else n.duration,
         n.pitch.midi_number)
        for n in part.notes if not onset <= n.onset < end
    ]  # fmt: skip
    added = [(onset + o, d, p) for o, d, p in heard(new)]
    found = [p for p in phrase_from_smf(edited).parts if p.id == part.id]
    assert heard(found[0].notes if found else ()) == sorted(kept + added)


def test_an_answer_behind_a_real_file_leaves_its_events_as_they_were():
    phrase = phrase_from_smf(ROUND)
    part, end = phrase.parts[0], phrase.length
    edited = write_notes(ROUND, part.id, end, answer(TONE))
    track = int(part.id[1:].split("C")[0]) - 1
    for number, (before, after) in enumerate(zip(events(ROUND), events(edited), strict=True)):
        assert after[: len(before)] == before
        assert [e[1].type for e in after[len(before) :]] == (
            ["note_on", "note_off"] if number == track else []
        )
    assert heard(part_of(edited, part.id).notes)[-1] == (end, Q(1), 72)


def test_a_note_that_sounds_into_the_answer_is_released_at_its_start():
    data = smf([on(60), off(60, 480 * 6), on(62), off(62, 480)])
    edited = write_notes(data, "T1C1", Q(4), answer(TONE))
    assert heard(part_of(edited, "T1C1").notes) == [(0, 4, 60), (4, 1, 72)]


def test_a_note_begun_inside_the_answer_goes_with_its_release():
    data = smf([on(60, 480 * 7), off(60, 960), on(64), off(64, 480)])
    edited = write_notes(data, "T1C1", Q(4), answer(TONE))
    assert heard(part_of(edited, "T1C1").notes) == [(4, 1, 72), (9, 1, 64)]
    assert [m.note for _, m in events(edited)[0] if m.type == "note_off"] == [72, 64]


def test_a_repeated_pitch_past_the_answer_keeps_its_length():
    data = smf([on(60), off(60, 480 * 5), on(60, 480 * 4), off(60, 960)])
    edited = write_notes(data, "T1C1", Q(4), answer(TONE))
    assert heard(part_of(edited, "T1C1").notes) == [(0, 4, 60), (4, 1, 72), (9, 2, 60)]


def test_an_equal_pitch_before_the_answer_does_not_cut_its_first_note():
    data = smf([on(72), off(72, 480 * 4)])
    edited = write_notes(data, "T1C1", Q(4), answer(TONE))
    assert heard(part_of(edited, "T1C1").notes) == [(0, 4, 72), (4, 1, 72)]


def test_controllers_bends_lyrics_and_other_channels_stay():
    others = [
        mido.Message("control_change", control=64, value=127, time=240),
        mido.Message("pitchwheel", pitch=-300, time=480),
        mido.MetaMessage("lyrics", text="la", time=960),
        on(40, channel=9), off(40, 480, channel=9),
        mido.Message("sysex", data=(1, 2, 3)),
        mido.MetaMessage("marker", text="B"),
        mido.Message("program_change", program=12, time=480),
    ]  # fmt: skip
    data = smf([on(60), *others, off(60)])
    edited = write_notes(data, "T1C1", Q(0), answer(TONE))
    assert [e for e in events(edited)[0] if not is_of(e[1], 0)] == [
        e for e in events(data)[0] if not is_of(e[1], 0)
    ]
    assert heard(part_of(edited, "T1C1").notes) == [(0, 1, 72)]


def test_an_answer_for_one_channel_of_a_type_0_file_stays_in_its_channel():
    data = smf([on(60), on(48, channel=3), off(60, 480), off(48, channel=3)], kind=0)
    edited = write_notes(data, "T1C4", Q(4), answer(TONE))
    assert mido.MidiFile(file=io.BytesIO(edited)).type == 0
    assert heard(part_of(edited, "T1C1").notes) == [(0, 1, 60)]
    assert heard(part_of(edited, "T1C4").notes) == [(0, 1, 48), (4, 1, 72)]


@pytest.mark.parametrize("ppq", [24, 96, 480, 960, PPQ])
def test_the_file_keeps_its_resolution_and_triplets_fall_on_its_nearest_ticks(ppq):
    triplet = [Note(Q(n, 3), Q(1, 3), Pitch("C", 0, 5)) for n in range(3)]
    edited = write_notes(smf([on(60), off(60, ppq)], ppq=ppq), "T1C1", Q(4), answer(*triplet))
    assert mido.MidiFile(file=io.BytesIO(edited)).ticks_per_beat == ppq
    onsets = [note.onset for note in part_of(edited, "T1C1").notes[1:]]
    assert all(abs(found - (4 + Q(n, 3))) <= Q(1, 2 * ppq) for n, found in enumerate(onsets))


def test_the_track_lasts_to_the_answer_s_last_measure():
    edited = write_notes(smf([on(60), off(60, 480)]), "T1C1", Q(4), answer(TONE, length=Q(8)))
    midi = mido.MidiFile(file=io.BytesIO(edited))
    assert sum(message.time for message in midi.tracks[0]) == 12 * 480
    assert [m.type for m in midi.tracks[0]].count("end_of_track") == 1


@pytest.mark.parametrize("part_id", ["T9C1", "P1", "", "T0C1", "T1C99", "T-1C1", "T1C0"])
def test_a_part_that_is_not_there_is_named(part_id):
    with pytest.raises(AntiphonError) as caught:
        write_notes(ROUND, part_id, Q(0), answer(TONE))
    assert caught.value.code == "no-such-part"


def test_other_tracks_and_what_follows_them_stay_byte_for_byte():
    odd_key = b"\x00\xff\x59\x02\x09\x00"  # nine sharps: no program can show them
    odd = b"MTrk" + (len(odd_key) + 4).to_bytes(4, "big") + odd_key + b"\x00\xff\x2f\x00"
    running = b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00"  # running status
    other = b"MTrk" + len(running).to_bytes(4, "big") + running
    whole = smf([on(60), off(60, 480)])
    head, own = whole[:10] + b"\x00\x03" + whole[12:14], whole[14:]
    tail = b"XFIH\x00\x00\x00\x02hi"
    edited = write_notes(head + odd + own + other + tail, "T2C1", Q(4), answer(TONE))
    assert edited.startswith(head + odd + b"MTrk")
    assert edited.endswith(other + tail)
    assert heard(part_of(edited, "T2C1").notes) == [(0, 1, 60), (4, 1, 72)]


def test_the_order_of_events_at_one_tick_stays():
    bank = [
        on(60), mido.Message("control_change", control=0, value=1, time=480),
        on(36, channel=2), mido.Message("program_change", program=5), off(36, channel=2),
        off(60), on(62), off(62, 480),
    ]  # fmt: skip
    data = smf(bank)
    assert events(write_notes(data, "T1C1", Q(8), answer(TONE)))[0][: len(bank)] == events(data)[0]


def test_a_release_of_nothing_does_not_cut_the_answer():
    data = smf([on(60), off(60, 480), off(72, 480 * 4 - 240)])
    edited = write_notes(data, "T1C1", Q(4), answer(TONE))
    assert heard(part_of(edited, "T1C1").notes) == [(0, 1, 60), (4, 1, 72)]


@pytest.mark.parametrize(("end", "expected"), [(2, 2), (9, 4)])
def test_a_hanging_note_does_not_sound_through_the_answer(end, expected):
    data = smf([on(60), mido.MetaMessage("marker", text="end", time=480 * end)])
    edited = write_notes(data, "T1C1", Q(4), answer(TONE))
    assert heard(part_of(edited, "T1C1").notes) == [(0, expected, 60), (4, 1, 72)]


def test_overlapping_notes_of_one_pitch_keep_their_own_lengths():
    data = smf([on(72), on(72, 480 * 9), off(72, 480), off(72, 480)])
    edited = write_notes(data, "T1C1", Q(4), answer(TONE))
    assert heard(part_of(edited, "T1C1").notes) == [(0, 4, 72), (4, 1, 72), (9, 2, 72)]


def test_a_file_with_messages_of_live_midi_is_refused_not_rewritten():
    events = b"\x00\x90\x3c\x40\x10\xf8\x10\x80\x3c\x40\x00\xff\x2f\x00"
    data = smf([])[:14] + b"MTrk" + len(events).to_bytes(4, "big") + events
    with pytest.raises(AntiphonError) as caught:
        write_notes(data, "T1C1", Q(4), answer(TONE))
    assert caught.value.code == "broken-midi"
