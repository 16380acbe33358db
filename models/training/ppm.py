"""Fit the Markov baseline: `python -m antiphon.models.training.ppm --run DIR`.

It reads the very data set of a melody run (`dataset.safetensors`), counts its training side and
chooses the contexts and the order of each link on the validation side.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from antiphon.models.encoding.vocabulary import PITCH_SYMBOLS
from antiphon.models.evaluation.ppm import MarkovMelody, PPMConfig, ladders_of
from antiphon.models.networks.ppm import PPM, Columns, Element, Ladder
from antiphon.models.training import dataset as data

_PLACE: Element = ("place", 0)
_NOW: Element = ("pitch", 0)
_LONGEST = 12


def _pitches(count: int) -> tuple[Element, ...]:
    return tuple(("pitch", age) for age in range(1, count + 1))


def _durations(count: int) -> tuple[Element, ...]:
    return tuple(("duration", age) for age in range(1, count + 1))


def _events(count: int) -> tuple[Element, ...]:
    """Whole events, the nearest first."""
    return tuple(e for pair in zip(_pitches(count), _durations(count), strict=True) for e in pair)


# Ways in which contexts may grow. Plain histories, interleaved ones, and both with the place in
# the measure, which a Markov model of bare symbols does not know.
LADDERS: dict[str, tuple[tuple[Element, ...], ...]] = {
    "pitch": (
        _pitches(8),
        _events(5),
        (*_pitches(1), _PLACE, *_pitches(8)[1:]),
        (*_pitches(2), _PLACE, *_pitches(8)[2:]),
        (*_pitches(2), _PLACE, *_durations(1), *_pitches(8)[2:]),
        (*_pitches(3), _PLACE, *_pitches(8)[3:]),
    ),
    "duration": (
        (_NOW, *_events(5)),
        _durations(8),
        (_PLACE, *_durations(8)),
        (_PLACE, *_durations(2), _NOW, *_pitches(1), *_durations(8)[2:]),
        (_PLACE, *_durations(4), _NOW, *_pitches(1), *_durations(8)[4:]),
    ),
}
SHORT_LADDERS: dict[str, tuple[tuple[Element, ...], ...]] = {
    "pitch": (
        (*_pitches(1), _PLACE, *_pitches(6)[1:]),
        (*_pitches(1), _PLACE, *_events(5)[1:]),
        _events(6),
        _pitches(10),
    ),
    "duration": (
        (_PLACE, _NOW, *_events(4)),
        (_PLACE, *_durations(6)),
        (_NOW, *_events(4)),
    ),
}
BIASES = (0.0, 0.5, 1.0, 2.0)
ESCAPES = (1.0, 2.0, 3.0, 4.0)


def choose(target: str, symbols: int, train: Sequence[Columns], valid: Sequence[Columns]) -> Ladder:
    """The ladder, cut at its best order, that costs the fewest bits on the validation side."""
    best = (float("inf"), Ladder(target, symbols, ()))
    for elements in LADDERS[target]:
        whole = PPM.fit(Ladder(target, symbols, elements), train)
        before = float("inf")
        for order in range(1, len(elements) + 1):
            tried = []
            for escape in ESCAPES:
                ladder = Ladder(target, symbols, elements[:order], escape)
                model = PPM(ladder, whole.orders[: order + 1])
                tried.append((sum(float(model.bits(tune).sum()) for tune in valid), escape, ladder))
            bits, _, ladder = min(tried, key=lambda row: row[:2])
            if bits < best[0]:
                best = (bits, ladder)
                sys.stderr.write(f"{target}: {bits:.0f} bits with {ladder}\n")
            if bits > before:
                break
            before = bits
    return best[1]


def choose_mixing(model: MarkovMelody, valid: Sequence[Columns]) -> PPMConfig:
    """The short-term ladders and the bias that cost the fewest bits on the validation side."""
    best: tuple[float, PPMConfig] = (float("inf"), model.config)
    options = product(SHORT_LADDERS["pitch"], SHORT_LADDERS["duration"])
    pairs = list(options)
    for index, (pitch, duration) in enumerate(pairs):
        biases = BIASES if index == 0 else (best[1].bias,)
        for bias in biases:
            config = replace(model.config, short_pitch=pitch, short_duration=duration, bias=bias)
            mixed = MarkovMelody(config, model.pitch, model.duration)
            bits = sum(float(part.sum()) for tune in valid for part in mixed.adaptive_bits(tune))
            if bits < best[0]:
                best = (bits, config)
                sys.stderr.write(f"adaptive: {bits:.0f} bits, bias {bias}, {pitch}, {duration}\n")
    return best[1]


def fit(found: data.Dataset, prune_from: int) -> MarkovMelody:
    """The baseline of a data set; from order `prune_from` on contexts seen once are dropped."""
    train = [tune.columns() for tune in found.side("train")]
    valid = [tune.columns() for tune in found.side("valid")]
    values = found.durations.values
    pitch = choose("pitch", PITCH_SYMBOLS, train, valid)
    duration = choose("duration", len(values), train, valid)
    config = PPMConfig(
        values,
        pitch.elements,
        duration.elements,
        SHORT_LADDERS["pitch"][0],
        SHORT_LADDERS["duration"][0],
        escapes=(pitch.escape, duration.escape),
    )
    models = [PPM.fit(ladder, train, prune_from) for ladder in ladders_of(config)]
    model = MarkovMelody(config, *models)
    # Every fourth tune is enough to choose a mixing, and far quicker.
    config = choose_mixing(model, valid[::4])
    return MarkovMelody(config, model.pitch, model.duration)


def main(arguments: list[str] | None = None) -> int:
    """Fit, keep the counts under `DIR/ppm`, and print bits a note for both sides held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of a melody run")
    parser.add_argument("--prune-from", type=int, default=99)
    options = parser.parse_args(arguments)
    found = data.load(options.run / "dataset.safetensors")
    model = fit(found, options.prune_from)
    folder = options.run / "ppm"
    folder.mkdir(exist_ok=True)
    model.keep(folder)
    for split in ("valid", "test"):
        tunes = found.side(split)
        notes = max(1, sum(tune.notes for tune in tunes))
        bits = [sum(float(part.sum()) for part in model.bits(tune.columns())) for tune in tunes]
        sys.stderr.write(f"{split}: {sum(bits) / notes:.4f} bits a note\n")
    sys.stderr.write(json.dumps(model.config.to_json()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
