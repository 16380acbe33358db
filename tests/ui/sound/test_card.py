"""A real PortAudio stream into a file: ALSA's own `file` device in place of a sound card."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sounds import loudest_pitch

CONFIG = """
pcm.!default {{ type file slave.pcm "null" file "{file}" format "raw" }}
ctl.!default {{ type null }}
pcm.null {{ type null }}
"""
PLAY = """
import sys, time
sys.path.insert(0, sys.argv[1])
from sounds import part, phrase
from antiphon.ui.sound.player import Player
player = Player()
music = phrase(part([69] * 4, program=73), length=4)
player.prepare(music)
rendering = player._rendering(music)
while rendering.ready < len(rendering.samples):
    time.sleep(0.02)
if not player.outputs():
    sys.exit(3)
assert player.play(music), player.problem
while player.is_playing:
    time.sleep(0.02)
player.close()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux's")
def test_a_sound_card_gets_what_is_played(tmp_path):
    raw, config = tmp_path / "out.raw", tmp_path / "asound.conf"
    config.write_text(CONFIG.format(file=raw))
    run = subprocess.run(
        [sys.executable, "-c", PLAY, str(Path(__file__).parents[2] / "support")],
        env={**os.environ, "ALSA_CONFIG_PATH": str(config)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if run.returncode == 3:
        pytest.skip("PortAudio knows no ALSA here")
    assert run.returncode == 0, run.stderr
    samples = np.fromfile(raw, dtype="<f4")
    samples = samples[: len(samples) // 2 * 2].reshape(-1, 2)
    sounds = np.flatnonzero(np.abs(samples[:, 0]) > 0.01)
    heard = samples[sounds[0] : sounds[-1]]
    assert 1.5 < len(heard) / 44_100 < 3.6
    assert loudest_pitch(heard, high=750) == pytest.approx(440, rel=0.01)
