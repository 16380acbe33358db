"""The networks of the founding text by the calls it gives them, and as writers of requests.

`AbcLSTM.generate(header)`, `MelodyRNN.generate(start_sequence)`, `ImprovRNN.generate(start,
chords)` and the Elman network as `--model elman`; docs/founding.md shows each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from json import loads
from random import Random
from typing import cast

from safetensors.torch import load

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.chords import parse_chord_symbol
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import split_at_barlines, split_to_note_values, top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase, meter_at, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import TimeSignature, measures_from_meter
from antiphon.bridge.protocol.messages import Request
from antiphon.models.catalog import Card, catalog
from antiphon.models.encoding.vocabulary import HIGHEST_PITCH, LOWEST_PITCH, Durations
from antiphon.models.networks.elman import ElmanConfig, ElmanMelody
from antiphon.models.networks.melody_lstm import MelodyLSTM
from antiphon.models.tasks.continue_ import continue_melody
from antiphon.models.tasks.founding_abc import AbcLSTM, AbcWriter
from antiphon.models.tasks.founding_context import Heard
from antiphon.models.tasks.founding_steps import (
    Bounds,
    StepLine,
    StepWriter,
    load_steps,
    notes_of,
)
from antiphon.models.tasks.writers import Writer
from antiphon.models.theory.keys import find_key
from antiphon.models.weights import LoadedMelody, checked_bytes, one_thread

__all__ = ["AbcLSTM", "ImprovRNN", "MelodyRNN", "load_writer"]

# A melody's events a step, as MelodyRNN counts them: nothing new, the note ends, else a pitch.
Events = Sequence[int]
_NOTHING, _OFF = -2, -1
_GRIDS = (1, 2, 4)
_MOST_STEPS = 4_096


class MelodyRNN:
    """Continues a melody on 16th steps; `MelodyRNN()` is the shipped network.

    Raises AntiphonError("no-weights") if its files are missing or damaged.
    """

    name = "melody-rnn"

    def __init__(self, card: Card | None = None) -> None:
        card = card or next((card for card in catalog() if card.name == self.name), None)
        if card is None:
            raise AntiphonError("no-weights", model=self.name)
        self._network = load_steps(card)

    def generate(
        self, start_sequence: Phrase | Events = (), num_steps: int = 128,
        temperature: float = 1.0, steps_per_quarter: int = 4, *, seed: int = 0,
    ) -> Phrase:  # fmt: skip
        """The start and `num_steps` new steps behind it, as one phrase of one part.

        `start_sequence` is a phrase (its first part's top line is heard) or one number a step:
        a MIDI pitch, -1 where the note ends, -2 where nothing happens. With fewer than four
        steps a quarter notes begin on the coarser grid only. The same arguments give the same
        phrase. Raises AntiphonError("bad-control") for steps, grid or temperature out of range.
        """
        return self._generated(start_sequence, (), num_steps, temperature, steps_per_quarter, seed)

    def _generated(  # noqa: PLR0913, PLR0917 - the call of the founding text
        self, start_sequence: Phrase | Events, chords: Sequence[ChordSymbol], num_steps: int,
        temperature: float, steps_per_quarter: int, seed: int,
    ) -> Phrase:  # fmt: skip
        _refuse(num_steps, temperature, steps_per_quarter)
        every = 4 // steps_per_quarter
        count = num_steps * every
        heard = _heard_start(start_sequence, Fraction(count, 4), every)
        line = StepLine(self._network, heard, sorted(chords, key=lambda chord: chord.onset))
        move = line.melody.shift
        low, high = _compass(heard)
        low, high = max(low, LOWEST_PITCH - move), min(high, HIGHEST_PITCH - move)
        steps = line.grow(count, Bounds(low, high, every=every), temperature, Random(seed))
        notes = [replace(n, onset=n.onset + heard.span) for n in notes_of(steps, heard, move)]
        return _finished(heard, notes, chords)


class ImprovRNN(MelodyRNN):
    """Plays a melody over chords on 16th steps; `ImprovRNN()` is the shipped network."""

    name = "improv-lstm"

    def generate(  # type: ignore[override] # noqa: PLR0913 - the call of the founding text
        self, start_sequence: Phrase | Events, chords: Sequence[ChordSymbol] | str,
        num_steps: int = 128, temperature: float = 1.0, steps_per_quarter: int = 4,
        *, seed: int = 0,
    ) -> Phrase:  # fmt: skip
        """As `MelodyRNN.generate`, over chords that hold from the start sequence's beginning.

        `chords` are chord symbols (onset 0 the beginning of the start sequence) or their names
        in a row, one a measure: "C Am F G7". They stand in the phrase that is returned.
        Raises AntiphonError("bad-control") for a name that is no chord as well.
        """
        meter = _meter_of(start_sequence)
        found = (
            _named(chords, meter, num_steps, start_sequence) if isinstance(chords, str) else chords
        )
        return self._generated(
            start_sequence, tuple(found), num_steps, temperature, steps_per_quarter, seed
        )


class ElmanWriter:
    """The Elman network as a writer of `continue`, under the masks of the melody LSTM."""

    def __init__(self, card: Card) -> None:
        one_thread()
        data = checked_bytes(card)
        try:
            config = ElmanConfig.from_json(loads(card.config_path.read_text()))
            network = ElmanMelody(config)
            network.load_state_dict(load(data))
        except (OSError, ValueError, TypeError, KeyError, RuntimeError):
            raise AntiphonError("no-weights", model=card.name) from None
        network.eval()
        for parameter in network.parameters():
            parameter.requires_grad_(False)
        # It offers the calls of the melody LSTM that sampling needs.
        self._model = LoadedMelody(
            cast("MelodyLSTM", network), Durations(config.durations),
            card.name, card.sha256, card.sources,
        )  # fmt: skip

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """See `antiphon.models.tasks.writers.Writer.takes`."""
        return continue_melody(request, self._model, is_cancelled, digest)


def load_writer(card: Card) -> Writer:
    """The writer of a card, by its kind. Raises AntiphonError("no-weights")."""
    if card.about.kind == "elman":
        return ElmanWriter(card)
    if card.about.kind == "abc-lstm":
        return AbcWriter(AbcLSTM(card))
    return StepWriter(load_steps(card))


def _refuse(num_steps: int, temperature: float, steps_per_quarter: int) -> None:
    for name, value, is_right, why in (
        ("num_steps", num_steps, 1 <= num_steps <= _MOST_STEPS, f"it lies from 1 to {_MOST_STEPS}"),
        ("temperature", temperature, 0.05 <= temperature <= 4, "it lies from 0.05 to 4"),
        ("steps_per_quarter", steps_per_quarter, steps_per_quarter in _GRIDS, "it is 1, 2 or 4"),
    ):
        if not is_right:
            raise AntiphonError("bad-control", name=name, value=f"{value}", why=why)


def _heard_start(start: Phrase | Events, later: Fraction, every: int) -> Heard:
    """A start sequence as what was heard, with room for `later` quarters behind it."""
    phrase = start if isinstance(start, Phrase) else _phrase_of(start, every)
    parts = [part for part in phrase.parts if part.notes and not part.is_drums]
    part = parts[0] if parts else Part("P1", "Melody", ())
    line = top_line(part, Fraction(0), phrase.length)
    span = phrase.length if line else Fraction(0)
    meters = phrase.time_signatures or (TimeSignature(Fraction(0), 4, 4),)
    first = phrase.measures[0].duration if phrase.measures and line else Fraction(0)
    pickup = first if first < meters[0].measure_duration else Fraction(0)
    measures = measures_from_meter(meters, span + later, pickup)
    key = next(iter(phrase.key_signatures), None)
    felt = find_key(phrase) if line else KeySignature(Fraction(0), 0)
    key = replace(key or felt, onset=Fraction(0))
    whole = replace(
        phrase, parts=(replace(part, notes=line),), measures=measures, length=span + later,
        key_signatures=(key,), time_signatures=meters, chords=(),
    )  # fmt: skip
    return Heard(whole, line, span, key, key.is_minor or (bool(line) and felt.is_minor))


def _phrase_of(events: Events, every: int) -> Phrase:
    """A row of MelodyRNN's events as a phrase in 4/4."""
    step = Fraction(every, 4)
    places = [(i, event) for i, event in enumerate(events) if event != _NOTHING]
    notes = []
    for (place, event), (end, _) in pairwise((*places, (len(events), _OFF))):
        if event == _OFF:
            continue
        if not 0 <= event <= 127:
            why = "a step is a MIDI pitch, -1 or -2"
            raise AntiphonError("bad-control", name="start_sequence", value=f"{event}", why=why)
        notes.append(Note(place * step, (end - place) * step, spell(event)))
    return Phrase((Part("P1", "Melody", tuple(notes)),), (), len(events) * step)


def _compass(heard: Heard) -> tuple[int, int]:
    numbers = [note.pitch.midi_number for note in heard.line] or [62, 79]
    middle = (min(numbers) + max(numbers)) // 2
    return min(min(numbers) - 4, middle - 8), max(max(numbers) + 4, middle + 8)


def _finished(heard: Heard, notes: Sequence[Note], chords: Sequence[ChordSymbol]) -> Phrase:
    """What was heard and what was written, as written notes."""
    phrase = heard.phrase
    meter = meter_at(phrase, Fraction(0))
    end = max(phrase.length, phrase.measures[-1].end)
    whole = split_at_barlines((*heard.line, *notes), phrase.measures)
    written = split_to_note_values(whole, phrase.measures, meter.beat_duration)
    part = normalised(replace(phrase.parts[0], notes=tuple(written), staff_count=1))
    shown = tuple(chord for chord in chords if chord.onset < end)
    return replace(phrase, parts=(part,), length=end, chords=shown)


def _meter_of(start: Phrase | Events) -> TimeSignature:
    return meter_at(start, Fraction(0)) if isinstance(start, Phrase) else TimeSignature(
        Fraction(0), 4, 4
    )  # fmt: skip


def _named(
    names: str, meter: TimeSignature, num_steps: int, start: Phrase | Events
) -> list[ChordSymbol]:
    """Chord names, one a measure, said again from the first until the music ends."""
    words = names.split()
    try:
        chords = [parse_chord_symbol(word) for word in words]
    except ValueError as error:
        why = str(error)
        raise AntiphonError("bad-control", name="chords", value=names[:40], why=why) from None
    if not chords:
        return []
    heard = start.length if isinstance(start, Phrase) else Fraction(len(start))
    count = int((heard + num_steps) / meter.measure_duration) + 1
    return [
        replace(chords[i % len(chords)], onset=i * meter.measure_duration) for i in range(count)
    ]
