"""The ABC character network at work: tunes from a header, and answers to requests."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from random import Random

import torch
from safetensors.torch import load
from torch import Tensor

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_fields import parse_key
from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.music.pitch import transpose
from antiphon.bridge.music.time import TimeSignature
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import Request, Task
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding.abc_grammar import Grammar
from antiphon.models.encoding.abc_rules import EIGHTH, Rules, Sound, whole_measure
from antiphon.models.encoding.abc_text import (
    END,
    complete_tune,
    header_text,
    music_of,
    read_header,
    tune_text,
)
from antiphon.models.networks.abc_lstm import AbcConfig, AbcNetwork, State
from antiphon.models.tasks.founding_context import Heard, compass, heard_before
from antiphon.models.tasks.identity import seed_of
from antiphon.models.theory.ground import ground_of
from antiphon.models.theory.settle import settled
from antiphon.models.weights import checked_bytes, one_thread

NAME = "abc-lstm"
# A character less likely than this part of the likeliest is not drawn.
_LEAST = 0.02
_MOST_CHARACTERS = 3_000
_MOST_UNMASKED = 1_500
_TICKS_PER_QUARTER = 2 * EIGHTH
# The compass that the tunes of the training data lie in.
_HOME = (62, 81)
# The state after some text, and the logits of what follows it.
_Heard = tuple[State, Tensor]


@dataclass(frozen=True, slots=True)
class Move:
    """How the user's key is moved to one that the network knows: its key, and by how much."""

    key: KeySignature
    semitones: int = 0
    fifths: int = 0


@dataclass(frozen=True, slots=True)
class _Pen:
    """How characters are drawn."""

    temperature: float
    chance: Random
    is_cancelled: Callable[[], bool] = lambda: False

    def draw(self, logits: Tensor) -> int:
        """A place by inverse cumulative chance; what is far less likely than the best is out."""
        chances = (logits.double() / self.temperature).softmax(-1)
        chances[chances < _LEAST * chances.max()] = 0.0
        reached = chances.cumsum(-1)
        aim = self.chance.random() * float(reached[-1])
        return min(int(torch.searchsorted(reached, aim, right=True)), len(logits) - 1)


class AbcLSTM:
    """Writes tunes in ABC, character by character; `AbcLSTM()` is the shipped network.

    Raises AntiphonError("no-weights") if its files are missing or damaged.
    """

    def __init__(self, card: Card | None = None) -> None:
        one_thread()
        card = card or next((card for card in catalog() if card.name == NAME), None)
        if card is None:
            raise AntiphonError("no-weights", model=NAME)
        data = checked_bytes(card)
        try:
            config = AbcConfig.from_json(json.loads(card.config_path.read_text()))
            self.network = AbcNetwork(config)
            self.network.load_state_dict(load(data))
        except (OSError, ValueError, TypeError, KeyError, RuntimeError):
            raise AntiphonError("no-weights", model=card.name) from None
        self.network.eval()
        self._codes = {character: code for code, character in enumerate(config.characters)}
        self._keys = tuple(_signature(key) for key in config.keys)

    def generate(
        self, header: str, temperature: float = 1.0, seed: int = 0, *, masked: bool = True
    ) -> str:
        """A tune that begins with an ABC header (`X:1` to `K:C`) and parses.

        A grammar masks what would not parse or add up; `masked=False` lets the network write
        freely. The same header, temperature and seed give the same tune. Raises
        AntiphonError("broken-abc") for a header that cannot be read and
        AntiphonError("bad-control") for a meter finer than 32nds or a temperature outside
        0.05 to 4.
        """
        if not 0.05 <= temperature <= 4:
            why = "it lies from 0.05 to 4"
            raise AntiphonError("bad-control", name="temperature", value=f"{temperature}", why=why)
        read = read_header(header)
        full = Fraction(read.meter.beats, read.meter.beat_type)
        if whole_measure(full) % 6 or not Fraction(1, 8) <= full <= 4:
            why = "the network writes measures of 1/8 to 4/1, in 32nds"
            raise AntiphonError("bad-control", name="meter", value=f"{full}", why=why)
        pen = _Pen(temperature, Random(seed))
        move = self.known(read.key)
        heard = self._hear(header_text(read.meter, move.key))
        if not masked:
            return complete_tune(read, self._freely(heard, pen))
        rules = Rules(whole_measure(full), least=12, most=32, ends=frozenset({move.key.tonic}))
        grammar = Grammar(rules, move.key)
        music = self._write(grammar, heard, pen)
        if move.semitones:
            music = _moved(music, read.meter, move, read.key)
        return complete_tune(read, music)

    def known(self, key: KeySignature) -> Move:
        """The key itself where the network knows it, else the nearest of its mode."""
        if not self._keys or any((k.fifths, k.mode) == (key.fifths, key.mode) for k in self._keys):
            return Move(replace(key, onset=Fraction(0)))
        near = [k for k in self._keys if k.mode == key.mode]
        near = near or [k for k in self._keys if k.is_minor == key.is_minor] or list(self._keys)
        best = min(near, key=lambda k: (abs(k.fifths - key.fifths), abs(k.fifths)))
        fifths = best.fifths - key.fifths
        return Move(best, (7 * fifths + 6) % 12 - 6, fifths)

    def answer(
        self, request: Request, number: int, digest: str, is_cancelled: Callable[[], bool]
    ) -> Phrase:
        """Take `number` of a request to generate or continue, as the texts of a tune go on.

        Raises InterruptedError if cancelled.
        """
        ground = ground_of(request, number)
        heard = heard_before(request)
        low, high = compass(ground, heard)
        move = self.known(heard.key)
        octaves = _octaves(low + move.semitones, high + move.semitones)
        up = move.semitones + octaves
        meter = ground.bars[0].meter
        text = header_text(meter, move.key) + self._context(heard, move, octaves)
        rules = Rules(
            whole_measure(Fraction(meter.beats, meter.beat_type)),
            tuple(round(bar.duration * _TICKS_PER_QUARTER) for bar in ground.bars),
            lowest=low + up, highest=high + up, triplets=request.controls.tuplets,
            # Music from nothing closes; what follows other music may stay open.
            ends=frozenset({move.key.tonic} if request.task is Task.GENERATE else ()),
        )  # fmt: skip
        grammar = Grammar(rules, move.key)
        draw = Random(seed_of(request, number, digest))
        self._write(grammar, self._hear(text), _Pen(ground.adventure, draw, is_cancelled))
        notes = _notes(grammar.sounds, heard, -up, -move.fifths)
        part = asked_parts(request)[0]
        return settled(ground, {part.id: notes})

    def _context(self, heard: Heard, move: Move, octaves: int) -> str:
        """The music before the answer as the network writes it, a bar and a space behind it."""
        if not heard.line:
            return ""
        line = [
            replace(n, pitch=transpose(n.pitch, move.semitones + octaves, move.fifths))
            for n in heard.line
        ]
        measures = tuple(m for m in heard.phrase.measures if m.onset < heard.span)
        before = replace(
            heard.phrase, measures=measures, length=heard.span, key_signatures=(move.key,),
            time_signatures=heard.phrase.time_signatures[:1],
        )  # fmt: skip
        return f"{music_of(before, line).rstrip('|: ')} | "

    def _hear(self, text: str) -> _Heard:
        """The state after a text, and the logits of what follows it."""
        codes = torch.tensor([[self._codes[c] for c in text if c in self._codes]])
        with torch.inference_mode():
            logits, state = self.network(codes)
        return state, logits[0, -1]

    def _next(self, code: int, state: State) -> _Heard:
        with torch.inference_mode():
            logits, after = self.network.step(code, state)
        return after, logits

    def _write(self, grammar: Grammar, heard: _Heard, pen: _Pen) -> str:
        state, logits = heard
        written: list[str] = []
        while not grammar.is_done and len(written) < _MOST_CHARACTERS:
            if pen.is_cancelled():
                raise InterruptedError
            allowed = sorted(c for c in grammar.allowed() if c in self._codes)
            if not allowed:
                break
            codes = [self._codes[c] for c in allowed]
            character = allowed[pen.draw(logits[codes])]
            written.append(character)
            grammar.push(character)
            if not grammar.is_done:
                state, logits = self._next(self._codes[character], state)
        return "".join(written).rstrip(END)

    def _freely(self, heard: _Heard, pen: _Pen) -> str:
        state, logits = heard
        written: list[str] = []
        characters = self.network.config.characters
        while len(written) < _MOST_UNMASKED:
            code = pen.draw(logits)
            if characters[code] == END:
                break
            written.append(characters[code])
            state, logits = self._next(code, state)
        return "".join(written)


class AbcWriter:
    """The ABC network as a writer of `generate` and `continue`."""

    def __init__(self, model: AbcLSTM) -> None:
        self._model = model

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """See `antiphon.models.tasks.writers.Writer.takes`."""
        for number in range(request.first_take, request.first_take + request.count):
            if is_cancelled():
                raise InterruptedError
            yield number, self._model.answer(request, number, digest, is_cancelled)


def _octaves(low: int, high: int) -> int:
    """How far a compass is moved by octaves to lie where the training tunes lie."""
    middle = (low + high) / 2
    return 12 * round((sum(_HOME) / 2 - middle) / 12)


def _signature(text: str) -> KeySignature:
    fifths, mode, _ = parse_key(text)
    return KeySignature(Fraction(0), fifths, mode)


def _moved(music: str, meter: TimeSignature, move: Move, key: KeySignature) -> str:
    """Music in the network's key, written in the user's."""
    phrase = phrase_from_abc(f"X:1\n{header_text(meter, move.key)}{music}\n".encode(), "The tune")
    part = phrase.parts[0]
    notes = tuple(
        replace(n, pitch=transpose(n.pitch, -move.semitones, -move.fifths)) for n in part.notes
    )
    moved = replace(phrase, parts=(replace(part, notes=notes),), key_signatures=(key,))
    text = tune_text(moved)
    return music if text is None else text.split("\n", 3)[3].strip()


def _notes(sounds: list[Sound], heard: Heard, semitones: int, fifths: int) -> list[Note]:
    """What a grammar has counted as sounding notes in the user's key, ties joined."""
    voice, staff, velocity = heard.voice
    found: list[Note] = []
    is_tied = [False, *(sound.is_tied for sound, _ in pairwise(sounds))]
    for sound, joins in zip(sounds, is_tied, strict=True):
        length = Fraction(sound.ticks, _TICKS_PER_QUARTER)
        if sound.pitch is None:
            continue
        if joins and found:
            found[-1] = replace(found[-1], duration=found[-1].duration + length)
            continue
        pitch = transpose(sound.pitch, semitones, fifths)
        onset = Fraction(sound.onset, _TICKS_PER_QUARTER)
        if 0 <= pitch.midi_number <= 127:
            found.append(Note(onset, length, pitch, velocity, voice, staff))
    return found
