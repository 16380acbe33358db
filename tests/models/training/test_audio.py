"""Recordings that were added up from sines come back as the notes that they were made of."""

import json
import sys
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.models.encoding.melody import melody_of
from antiphon.models.training import audio, audio_beats
from antiphon.models.training.prepare import prepare
from antiphon.models.training.prepare_read import gather

RATE = 22050
# MIDI number and length in beats.
TUNE = (
    (67, 1), (69, 0.5), (71, 0.5), (72, 1), (67, 1), (64, 0.5), (65, 0.5), (67, 1), (62, 1),
    (60, 1), (60, 0.5), (62, 0.5), (64, 1), (65, 1.5), (64, 0.5), (62, 2), (60, 2),
)  # fmt: skip
installed = pytest.mark.skipif(
    find_spec("basic_pitch") is None, reason="basic-pitch is not installed"
)


def written():
    """(onset, length, MIDI number) of the tune in beats."""
    onset = 0.0
    for number, length in TUNE:
        yield onset, length, number
        onset += length


def tone(number, seconds):
    time = np.arange(int(seconds * RATE)) / RATE
    frequency = 440 * 2 ** ((number - 69) / 12)
    partials = ((1, 1), (2, 0.5), (3, 0.3), (4, 0.15), (5, 0.08))
    wave = sum(part * np.sin(2 * np.pi * frequency * k * time) for k, part in partials)
    return wave * np.minimum(1, time / 0.01) * np.exp(-1.5 * time)


def sound(beats_per_minute, before=0.3):
    beat = 60 / beats_per_minute
    found = np.zeros(int((17 * beat + before + 1) * RATE))
    for onset, length, number in written():
        wave = tone(number, 0.95 * length * beat)
        start = int((before + onset * beat) * RATE)
        found[start : start + len(wave)] += 0.3 * wave
    return found


@installed
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg"])
def test_the_notes_of_a_recording_come_back(tmp_path, suffix):
    import soundfile

    path = tmp_path / f"tune{suffix}"
    soundfile.write(path, np.stack([sound(120)] * 2, 1), RATE)
    heard = [note for note in audio.transcribe(path) if note.strength > 0.5]
    assert [note.midi_number for note in heard] == [number for number, _ in TUNE]
    for note, (onset, length, _) in zip(heard, written(), strict=True):
        assert abs(note.onset - 0.3 - onset / 2) < 0.04
        assert abs(note.end - note.onset - length / 2 * 0.95) < 0.12


@installed
@pytest.mark.parametrize("tempo", [76, 90, 132])
def test_a_recording_becomes_a_melody_in_its_own_beats(tmp_path, tempo):
    import soundfile

    path = tmp_path / "tune.wav"
    soundfile.write(path, sound(tempo), RATE)
    phrase = audio.phrase_in(path)
    assert abs(phrase.tempos[0].quarters_per_minute - tempo) < 2
    tones = melody_of(phrase, phrase.parts[0]).tones
    assert [(t.onset, t.midi_number) for t in tones] == [(24 * o, n) for o, _, n in written()]


@installed
def test_recordings_are_prepared_beside_scores_and_what_was_heard_is_kept(tmp_path):
    import soundfile

    folder = tmp_path / "music"
    folder.mkdir()
    soundfile.write(folder / "slow.wav", sound(80), RATE)
    soundfile.write(folder / "fast.flac", sound(120), RATE)
    soundfile.write(folder / "silence.wav", np.zeros(RATE), RATE)
    (folder / "noise.ogg").write_bytes(b"no sound at all")
    prepare([folder], tmp_path / "set")
    manifest = json.loads((tmp_path / "set" / "manifest.json").read_text())
    assert [tune["file"] for tune in manifest["tunes"]] == ["fast.flac"]
    reasons = {item["name"]: item["reason"] for item in manifest["dropped"]}
    # The slow one has the same notes in its own beats.
    assert reasons == {
        "slow.wav": "duplicate", "silence.wav": "no melody", "noise.ogg": "unreadable",
    }  # fmt: skip
    assert (tmp_path / "set" / "heard" / "fast.flac.mid").read_bytes().startswith(b"MThd")


def test_without_the_libraries_a_sentence_says_how_to_get_them(tmp_path, monkeypatch):
    (tmp_path / "tune.wav").write_bytes(b"RIFF")
    monkeypatch.setattr(audio, "find_spec", lambda name: None)
    audio._network.cache_clear()
    with pytest.raises(AntiphonError) as caught:
        gather([tmp_path])
    assert caught.value.code == "missing-library"
    assert "basic-pitch" in caught.value.remedy
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(AntiphonError, match="onnxruntime, which is not installed"):
        audio.transcribe(tmp_path / "tune.wav")
    audio._network.cache_clear()


def test_a_long_recording_is_refused(tmp_path, monkeypatch):
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "long.wav", np.zeros(3 * RATE), RATE)
    monkeypatch.setattr(audio, "_LONGEST", 2)
    with pytest.raises(AntiphonError) as caught:
        audio._read(tmp_path / "long.wav")
    assert caught.value.code == "too-large"


def test_posteriors_become_notes_and_weak_overtones_none():
    sounding, attacks = (np.zeros((200, 88), np.float32) for _ in range(2))
    for start, key, strength in ((20, 40, 0.9), (60, 40, 0.9), (20, 52, 0.35), (20, 44, 0.8)):
        sounding[start : start + 38, key] = strength
        attacks[start, key] = 0.8
    sounding[120:160, 30] = 0.7
    found = audio.notes_of(sounding, attacks)
    assert [note.midi_number - 21 for note in found] == [40, 44, 40, 30]
    assert found[0].end <= found[2].onset


def test_a_trembling_voice_is_one_note_and_a_clear_attack_begins_another():
    sounding, attacks = (np.zeros((120, 88), np.float32) for _ in range(2))
    sounding[10:100, 40] = 0.8
    attacks[[10, 30, 55, 57, 80], 40] = (0.9, 0.55, 0.6, 0.6, 0.9)
    found = audio.notes_of(sounding, attacks)
    frames = [round(note.onset / audio._SECONDS_A_FRAME) for note in found]
    assert frames == [10, 80]


def test_beats_follow_a_tempo_that_slows_down():
    gaps = np.linspace(0.45, 0.55, 40)
    onsets = np.cumsum(gaps)
    beats = audio_beats.beat_times(list(onsets), [1.0] * 40)
    places = audio_beats.places(beats, list(onsets))
    moves = [b - a for a, b in pairwise(places)]
    assert all(abs(move - 1) < 0.15 for move in moves)


def test_a_single_note_has_beats_and_a_phrase():
    phrase = audio.phrase_of([audio.Heard(1.0, 1.5, 60, 0.5)])
    (note,) = phrase.parts[0].notes
    assert note.onset == 0
    assert audio.phrase_of([]).parts == ()
