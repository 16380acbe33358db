"""The networks of 16th steps at work: MelodyRNN, and ImprovRNN that hears chords."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random

import torch
from safetensors.torch import load

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import pitch_classes
from antiphon.bridge.music.harmony import ChordSymbol
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import Request
from antiphon.models.catalog import Card
from antiphon.models.encoding.grid import TICKS_PER_QUARTER, ticks
from antiphon.models.encoding.steps import (
    NO_EVENT,
    NOTE_OFF,
    STEP,
    SYMBOLS,
    Place,
    chord_row,
    first_tick,
    places_in,
    row_of,
    sounding_after,
    stepped,
)
from antiphon.models.encoding.vocabulary import HIGHEST_PITCH, LOWEST_PITCH, symbol_pitch
from antiphon.models.networks.melody_rnn import State, StepConfig, StepNetwork
from antiphon.models.tasks.founding_context import Heard, compass, heard_before
from antiphon.models.tasks.identity import seed_of
from antiphon.models.tasks.spelling import spell_line
from antiphon.models.theory.ground import Ground, ground_of
from antiphon.models.theory.settle import settled
from antiphon.models.weights import checked_bytes, one_thread

# A symbol less likely than this part of the likeliest is not drawn.
_LEAST = 0.03
_MOST_REPEATS = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """What steps may bring: pitches (MIDI numbers), steps between places where a note may begin.

    `density` is the wanted number of onsets a quarter; `pitches_at` gives the pitch classes
    that a note may have which begins at a step of the answer.
    """

    lowest: int
    highest: int
    scale: frozenset[int] = frozenset(range(12))
    every: int = 1
    density: float | None = None
    pitches_at: dict[int, frozenset[int]] = field(default_factory=dict)


def load_steps(card: Card) -> StepNetwork:
    """The step network of a card. Raises AntiphonError("no-weights")."""
    one_thread()
    data = checked_bytes(card)
    try:
        network = StepNetwork(StepConfig.from_json(json.loads(card.config_path.read_text())))
        network.load_state_dict(load(data))
    except (OSError, ValueError, TypeError, KeyError, RuntimeError):
        raise AntiphonError("no-weights", model=card.name) from None
    network.eval()
    return network


class StepLine:
    """A line in the making: the steps so far, the state of the network, and what is forbidden."""

    def __init__(self, network: StepNetwork, heard: Heard, chords: Sequence[ChordSymbol]) -> None:
        melody, stop = heard.melody, ticks(heard.span)
        self.network, self.melody, self.chords = network, melody, chords
        self.start = first_tick(melody) if melody.tones else stop
        past = stepped(melody, chords, until=stop)
        self.symbols: list[int] = past.symbols.tolist() if melody.tones else []
        self.past = len(self.symbols)
        self.sounding = NO_EVENT
        for symbol in self.symbols:
            self.sounding = sounding_after(self.sounding, symbol)
        self._state: State = network.first_state(1)
        if self.symbols:
            with torch.inference_mode():
                rows, heard_chords = torch.from_numpy(past.rows), torch.from_numpy(past.chords)
                _, self._state = network(rows.unsqueeze(0), heard_chords.unsqueeze(0))
        # A note does not reach over from what was heard.
        self.sounding = NO_EVENT
        self._began = self._silent_since = len(self.symbols)

    def places(self, count: int) -> list[Place]:
        """The places of all steps up to `count` after what was heard."""
        return places_in(self.melody.spans, self.start, self.past + count)

    def grow(
        self, count: int, bounds: Bounds, temperature: float, draw: Random,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> list[int]:  # fmt: skip
        """Write `count` steps more and return them. Raises InterruptedError if cancelled."""
        for place in self.places(count)[self.past :]:
            if is_cancelled():
                raise InterruptedError
            logits = self._listen(place)
            allowed = self._allowed(place, bounds)
            symbol = _drawn(logits / temperature, allowed, draw)
            self.sounding = sounding_after(self.sounding, symbol)
            if symbol > NOTE_OFF:
                self._began = len(self.symbols)
            if symbol == NOTE_OFF:
                self._silent_since = len(self.symbols)
            self.symbols.append(symbol)
        return self.symbols[self.past :]

    def _listen(self, place: Place) -> torch.Tensor:
        row = row_of(self.symbols, self.sounding, place, self.melody.is_minor)
        now = Fraction(self.start + len(self.symbols) * STEP, TICKS_PER_QUARTER)
        chord = next((c for c in reversed(self.chords) if c.onset <= now), None)
        columns = torch.from_numpy(chord_row(chord, self.melody.shift))
        with torch.inference_mode():
            logits, self._state = self.network.step(
                torch.tensor([row]), columns.unsqueeze(0), self._state
            )
        return logits[0].double()

    def _allowed(self, place: Place, bounds: Bounds) -> list[bool]:
        """Which symbols the next step may have; at least one."""
        now, move = len(self.symbols), self.melody.shift
        answer = now - self.past
        may_begin = answer % bounds.every == 0
        pitches = bounds.pitches_at.get(answer, bounds.scale) & bounds.scale
        last = [s for s in self.symbols[-64:] if s > NOTE_OFF][-_MOST_REPEATS:]
        worn = last[0] if len(last) == _MOST_REPEATS and len(set(last)) == 1 else None
        mask = [False, False]
        for symbol in range(2, SYMBOLS):
            number = symbol_pitch(symbol) - move
            fits = bounds.lowest <= number <= bounds.highest and number % 12 in pitches
            mask.append(may_begin and fits and symbol != worn)
        can_sound = any(mask)
        is_sounding = self.sounding != NO_EVENT
        longest = max(1, place.measure)
        lasting = now - (self._began if is_sounding else self._silent_since)
        mask[NO_EVENT] = lasting < (longest if is_sounding else longest // 2) or not can_sound
        mask[NOTE_OFF] = is_sounding and may_begin
        return mask


def _drawn(logits: torch.Tensor, allowed: Sequence[bool], draw: Random) -> int:
    masked = logits.masked_fill(~torch.tensor(allowed), -math.inf)
    chances = masked.softmax(-1)
    chances[chances < _LEAST * chances.max()] = 0.0
    reached = chances.cumsum(-1)
    aim = draw.random() * float(reached[-1])
    return min(int(torch.searchsorted(reached, aim, right=True)), len(allowed) - 1)


def tones_of(steps: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(first step, step where it ends, pitch symbol) of the notes in a run of steps."""
    begun: tuple[int, int] | None = None
    for place, symbol in enumerate((*steps, NOTE_OFF)):
        if symbol == NO_EVENT:
            continue
        if begun is not None:
            yield begun[0], place, begun[1]
        begun = (place, symbol) if symbol > NOTE_OFF else None


def notes_of(steps: Sequence[int], heard: Heard, move: int) -> list[Note]:
    """The steps of an answer as sounding notes, spelled as the music before spells."""
    tones = list(tones_of(steps))
    numbers = [symbol_pitch(symbol) - move for _, _, symbol in tones]
    pitches = spell_line(numbers, heard.key, heard.is_minor, heard.spellings)
    voice, staff, velocity = heard.voice
    sixteenth = Fraction(STEP, TICKS_PER_QUARTER)
    return [
        Note(first * sixteenth, (end - first) * sixteenth, pitch, velocity, voice, staff)
        for (first, end, _), pitch in zip(tones, pitches, strict=True)
        if 0 <= pitch.midi_number <= 127
    ]


class StepWriter:
    """A step network as a writer of `generate` and `continue`."""

    def __init__(self, network: StepNetwork) -> None:
        self._network = network

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """See `antiphon.models.tasks.writers.Writer.takes`."""
        for number in range(request.first_take, request.first_take + request.count):
            if is_cancelled():
                raise InterruptedError
            yield number, self._answer(request, number, digest, is_cancelled)

    def _answer(
        self, request: Request, number: int, digest: str, is_cancelled: Callable[[], bool]
    ) -> Phrase:
        ground, heard = ground_of(request, number), heard_before(request)
        chords = _chords(request, heard)
        line = StepLine(self._network, heard, chords)
        bounds = bounds_of(ground, heard, line.melody.shift, chords)
        count = math.ceil(ground.length * TICKS_PER_QUARTER / STEP)
        draw = Random(seed_of(request, number, digest))
        steps = line.grow(count, bounds, ground.adventure, draw, is_cancelled)
        notes = notes_of(steps, heard, line.melody.shift)
        return settled(ground, {asked_parts(request)[0].id: notes})


def _chords(request: Request, heard: Heard) -> list[ChordSymbol]:
    """The chord symbols over the context and the answer, onset 0 the context's start."""
    given = [replace(c, onset=c.onset + heard.span) for c in request.controls.chords]
    known = {c.onset for c in given}
    start = max(Fraction(0), _start(request) - heard.span)
    written = [replace(c, onset=c.onset - start) for c in request.phrase.chords]
    found = [c for c in written if c.onset not in known and (c.onset < heard.span or not given)]
    return sorted((*found, *given), key=lambda chord: chord.onset)


def _start(request: Request) -> Fraction:
    return max(Fraction(0), request.region.end - request.phrase_start)


def bounds_of(ground: Ground, heard: Heard, move: int, chords: Sequence[ChordSymbol]) -> Bounds:
    """The bounds of an answer: compass, strict key, and chord tones where a chord begins."""
    low, high = compass(ground, heard)
    low, high = max(low, LOWEST_PITCH - move), min(high, HIGHEST_PITCH - move)
    at = {}
    for chord in chords:
        place = (chord.onset - heard.span) * TICKS_PER_QUARTER / STEP
        tones = pitch_classes(chord)
        if place >= 0 and place.denominator == 1 and tones & ground.scale:
            at[int(place)] = tones
    return Bounds(low, high, ground.scale, density=ground.request.controls.density, pitches_at=at)
