"""Phrases to listen to, and a sound card of paper that asks for frames when a test does."""

from fractions import Fraction

import numpy as np

from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter

ZERO = Fraction(0)


def part(numbers, *, name="Melody", program=0, duration=1, is_drums=False, voice=1):
    """A part of notes of equal length, one after the other; None is a rest."""
    length = Fraction(duration)
    notes = tuple(
        Note(place * length, length, spell(number), 90, voice)
        for place, number in enumerate(numbers)
        if number is not None
    )
    return normalised(Part(name.lower(), name, notes, program, is_drums))


def phrase(*parts, length=8, tempo=120.0, meter=(4, 4), chords=(), fifths=0):
    """A phrase of those parts in one meter, key and tempo."""
    meters = (TimeSignature(ZERO, *meter),)
    measures = measures_from_meter(meters, Fraction(length))
    return Phrase(
        parts=parts,
        measures=measures,
        length=measures[-1].end,
        key_signatures=(KeySignature(ZERO, fifths),),
        time_signatures=meters,
        tempos=(Tempo(ZERO, tempo),),
        chords=tuple(ChordSymbol(Fraction(at), root, kind) for at, root, kind in chords),
    )


def sine(pitch, seconds, rate=44_100, level=0.3):
    """A steady tone, to hear any gap or click in."""
    time = np.arange(round(seconds * rate)) / rate
    tone = (level * np.sin(2 * np.pi * pitch * time)).astype(np.float32)
    return np.stack([tone, tone], axis=1)


def loudest_pitch(samples, rate=44_100, low=50.0, high=4000.0):
    """The frequency (Hz) with the most energy, of samples of either shape."""
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    size = 1 << 17
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), size))
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    inside = (frequencies >= low) & (frequencies <= high)
    return float(frequencies[inside][np.argmax(spectrum[inside])])


class PaperCard:
    """A sound card that keeps what it is given."""

    def __init__(self):
        self.frames = None
        self.is_open = False

    def open(self, frames, _name):
        self.frames, self.is_open = frames, True
        return self

    def close(self):
        self.is_open = False

    def take(self, seconds, block=512, rate=44_100):
        """The next seconds of sound, asked for in blocks as a card does."""
        count = round(seconds * rate)
        return np.concatenate(
            [self.frames(min(block, count - at)) for at in range(0, count, block)]
        )
