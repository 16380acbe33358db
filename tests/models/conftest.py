"""Tunes and a small untrained network: what holds for it holds by construction."""

from collections.abc import Callable
from fractions import Fraction
from random import Random

import pytest

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task

MakeTune = Callable[..., Phrase]
MakeRequest = Callable[..., Request]


@pytest.fixture(scope="session")
def make_tune() -> MakeTune:
    """A function that writes a random tune of some measures in some meter and key."""

    def make(
        seed: int,
        measures: int = 8,
        beats: int = 4,
        beat_type: int = 4,
        *,
        fifths: int = 0,
        middle: int = 67,
        pickup: Fraction = Fraction(0),
        triplets: bool = False,
    ) -> Phrase:
        draw = Random(seed)
        meter = TimeSignature(Fraction(0), beats, beat_type)
        length = pickup + measures * meter.measure_duration
        plain = [Fraction(1, 4), Fraction(1, 2), Fraction(1, 2), Fraction(1), Fraction(3, 2)]
        scale = sorted(KeySignature(Fraction(0), fifths).scale)
        allowed = [n for n in range(middle - 9, middle + 10) if n % 12 in scale]
        notes, onset, place = [], Fraction(0), len(allowed) // 2
        while onset < length:
            if triplets and onset % 1 == 0 and onset + 1 <= length and draw.random() < 0.3:
                values = [Fraction(1, 3)] * 3
            else:
                values = [min(draw.choice(plain), length - onset)]
            for value in values:
                if not notes or draw.random() > 0.08:
                    place = max(0, min(len(allowed) - 1, place + draw.randint(-3, 3)))
                    notes.append(Note(onset, value, spell(allowed[place], fifths)))
                onset += value
        return Phrase(
            (Part("P1", "Flute", tuple(notes), program=73),),
            measures_from_meter((meter,), length, pickup),
            length,
            (KeySignature(Fraction(0), fifths),),
            (meter,),
            title=f"tune {seed}",
        )

    return make


@pytest.fixture(scope="session")
def ask() -> MakeRequest:
    """A function that asks for the continuation of a phrase from its end on."""

    def make(phrase: Phrase, *, seed: int = 1, count: int = 1, first_take: int = 0, **controls):
        region = Region("doc", "rev", ("P1",), Fraction(0), phrase.length)
        return Request(
            f"request-{seed}-{first_take}", Task.CONTINUE, region, phrase,
            controls=Controls(**controls), seed=seed, first_take=first_take, count=count,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def small_model():
    """An untrained melody model with a tiny network."""
    import torch

    from antiphon.models.encoding.vocabulary import durations_from
    from antiphon.models.networks.melody_lstm import MelodyConfig, MelodyLSTM
    from antiphon.models.weights import LoadedMelody

    torch.manual_seed(5)
    torch.set_num_threads(1)
    durations = durations_from([])
    network = MelodyLSTM(MelodyConfig(durations.values, embedding=24, hidden=24, head=24))
    network.eval()
    return LoadedMelody(network, durations, "small", "", ("nothing",))
