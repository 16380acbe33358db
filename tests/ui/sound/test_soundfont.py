import struct

import numpy as np
import pytest
from sounds import loudest_pitch, sine

from antiphon.ui.sound.cutting import small_font
from antiphon.ui.sound.events import Sounding
from antiphon.ui.sound.font import PROGRAMS, font_path
from antiphon.ui.sound.soundfont import (
    KEY_RANGE,
    VELOCITY_RANGE,
    Instrument,
    Preset,
    Sample,
    SoundFont,
    Zone,
    read_soundfont,
    written_soundfont,
)
from antiphon.ui.sound.synth import SoftSynth

LOOPS = (54, 1)


def tone(pitch, seconds, rate=44_100, kind=1):
    frames = (sine(pitch, seconds, rate)[:, 0] * 32_000).astype("<i2")
    period = round(rate / pitch)
    start = len(frames) - 20 * period
    return Sample("tone", frames.tobytes(), rate, start, len(frames) - 40, 69, 0, kind)


def font_of(samples, zones, program=40, bank=0):
    preset = Preset("Tone", bank, program, (Zone((), 0),))
    return SoundFont((preset,), (Instrument("Tone", zones),), samples)


def test_what_is_written_is_read_again_as_it_was():
    font = read_soundfont(font_path().read_bytes())
    again = read_soundfont(written_soundfont(font, "name", "copyright", "comment"))
    assert again == font


def test_another_kind_of_file_is_refused():
    with pytest.raises(ValueError, match="not a SoundFont"):
        read_soundfont(b"RIFF" + struct.pack("<I", 4) + b"WAVE")


def test_a_cut_instrument_keeps_its_pitch_and_goes_on_as_long_as_it_is_held(tmp_path):
    font = font_of((tone(440, 6.0),), (Zone((LOOPS,), 0),))
    file = tmp_path / "cut.sf2"
    file.write_bytes(written_soundfont(small_font(font), "n", "c", "c"))
    samples = SoftSynth(file).rendered([Sounding(0, 5, 69, 100, 0, 40)], 5.0)
    for start in (10_000, 170_000):
        piece = samples[start : start + 30_000]
        assert loudest_pitch(piece) == pytest.approx(440, abs=1.5)
        assert np.sqrt(np.mean(piece**2)) > 0.01


def test_cutting_makes_a_long_stereo_instrument_of_many_layers_small():
    pair = (tone(440, 6.0, kind=4), tone(440, 6.0, kind=2))
    layers = [(0, 60), (61, 127)]
    zones = tuple(
        Zone(((KEY_RANGE, key | (key + 2) << 8), (VELOCITY_RANGE, low | high << 8), LOOPS), side)
        for key in range(30, 90, 3)
        for low, high in layers
        for side in (0, 1)
    )
    small = small_font(font_of(pair, zones))
    assert len(small.instruments[0].zones) <= 6
    assert len(small.samples) == 1
    assert len(small.samples[0].frames) < len(pair[0].frames) / 4


def test_the_kept_zones_of_a_cut_instrument_cover_all_its_keys():
    zones = tuple(Zone(((KEY_RANGE, k | (k + 1) << 8), LOOPS), 0) for k in range(20, 100, 2))
    small = small_font(font_of((tone(440, 1.0),), zones))
    ranges = sorted(
        (value & 255, value >> 8)
        for zone in small.instruments[0].zones
        if (value := zone.value(KEY_RANGE)) is not None
    )
    keys = [key for low, high in ranges for key in range(low, high + 1)]
    assert keys == list(range(20, 101 + 1))[: len(keys)]
    assert keys[-1] == 99


def test_what_no_one_asked_for_is_left_out():
    font = font_of((tone(440, 1.0),), (Zone((LOOPS,), 0),), program=127)
    assert 127 not in PROGRAMS
    assert small_font(font).presets == ()
