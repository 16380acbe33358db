"""A phrase as a sound file: rendered by the soft synth, written as 16-bit WAV."""

import wave
from pathlib import Path

import numpy as np

from antiphon.bridge.music.phrase import Phrase
from antiphon.ui.sound.events import length_seconds, soundings
from antiphon.ui.sound.synth import Samples, SoftSynth


def rendered(phrase: Phrase, synth: SoftSynth | None = None) -> Samples:
    """The sound of a phrase at its tempos, as (frames, 2) in -1 … 1, with what rings on.

    Raises AntiphonError("no-synth").
    """
    return (synth or SoftSynth()).rendered(soundings(phrase), length_seconds(phrase))


def write_wav(phrase: Phrase, file: Path, synth: SoftSynth | None = None) -> None:
    """Writes a phrase as stereo WAV, 44.1 kHz and 16 bit. Raises AntiphonError("no-synth")."""
    synth = synth or SoftSynth()
    samples = np.round(rendered(phrase, synth) * 32767).astype("<i2")
    with wave.open(str(file), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(synth.rate)
        writer.writeframes(samples.tobytes())
