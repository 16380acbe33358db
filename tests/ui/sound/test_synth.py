import sys

import numpy as np
import pytest
from sounds import loudest_pitch, part, phrase

from antiphon.bridge.errors import AntiphonError
from antiphon.ui.sound.events import DRUM_CHANNEL, Sounding
from antiphon.ui.sound.font import PROGRAMS, font_path, nearest_program
from antiphon.ui.sound.render import rendered
from antiphon.ui.sound.soundfont import read_soundfont
from antiphon.ui.sound.synth import TAIL_SECONDS, SoftSynth


@pytest.fixture(scope="module")
def synth():
    return SoftSynth()


def level(samples):
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_instrument_sounds_the_written_pitch(synth, program):
    midi = {32: 45, 33: 45, 38: 45, 42: 57}.get(program, 69)
    pitch = 440 * 2 ** ((midi - 69) / 12)
    samples = synth.rendered([Sounding(0, 1, midi, 90, 0, program)], 1.0)
    found = loudest_pitch(samples[4_000:40_000], low=pitch * 0.9)
    harmonic = max(1, round(found / pitch))
    cents = 1200 * np.log2(found / (harmonic * pitch))
    assert abs(cents) < 30, f"{found:.1f} Hz"
    assert level(samples[:30_000]) > 0.003


def test_every_drum_of_the_models_sounds(synth):
    for pitch in (35, 36, 38, 42, 45, 46, 48, 49, 50, 51):
        samples = synth.rendered([Sounding(0, 0.3, pitch, 100, DRUM_CHANNEL, 0)], 0.3)
        assert level(samples[:12_000]) > 0.001, pitch


def test_a_loud_band_stays_within_full_scale_without_being_cut_off(synth):
    chord = [part([n] * 8, name=f"P{n}", program=29) for n in range(40, 76, 3)]
    samples = rendered(phrase(*chord), synth)
    assert np.abs(samples).max() <= 1
    assert np.mean(np.abs(samples) > 0.999) < 0.01


def test_the_same_music_gives_the_same_samples_twice(synth):
    music = phrase(part([60, 64, 67]), part([38, None, 38], name="Kit", is_drums=True))
    assert np.array_equal(rendered(music, synth), rendered(music, synth))


def test_a_rest_at_the_end_is_silent_and_the_tail_is_there(synth):
    samples = rendered(phrase(part([60], program=16), length=12, tempo=120), synth)
    assert len(samples) == round((6 + TAIL_SECONDS) * synth.rate)
    assert level(samples[-40_000:]) < 0.0005


def test_louder_notes_are_louder(synth):
    soft, loud = (
        level(synth.rendered([Sounding(0, 1, 60, velocity, 0, 0)], 1.0)) for velocity in (30, 110)
    )
    assert loud > 2 * soft


def test_a_missing_synthesizer_is_told_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(AntiphonError) as fault:
        SoftSynth()
    assert fault.value.code == "no-synth"
    assert "pip install" in fault.value.remedy


def test_a_broken_font_is_told_in_a_sentence(tmp_path):
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    with pytest.raises(AntiphonError, match="sounds could not be read"):
        SoftSynth(broken)


def test_the_bundled_font_is_small_and_has_its_licence_beside_it():
    assert font_path().stat().st_size < 8 << 20
    card = (font_path().parent / "README.md").read_text()
    assert "MIT licence" in card
    assert "Permission is hereby granted, free of charge" in card


def test_every_midi_program_finds_an_instrument_that_the_font_has():
    font = read_soundfont(font_path().read_bytes())
    here = {preset.program for preset in font.presets if preset.bank == 0}
    assert here == set(PROGRAMS)
    assert {nearest_program(program) for program in range(128)} <= here
    assert any((preset.bank, preset.program) == (128, 0) for preset in font.presets)
