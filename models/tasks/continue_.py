"""Continue a melody: the selection and what led to it go in, the measures after it come out."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import split_at_barlines, split_to_note_values, top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase, meter_at, normalised
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.time import Measure
from antiphon.bridge.protocol.asked import asked_measures, asked_meters
from antiphon.bridge.protocol.messages import Request
from antiphon.models.catalog import Card
from antiphon.models.encoding.constraints import Promises
from antiphon.models.encoding.grid import Span, quarters, ticks
from antiphon.models.encoding.melody import Event, Melody, believable_key, events_of, melody_of
from antiphon.models.encoding.tracker import Tracker
from antiphon.models.encoding.vocabulary import (
    HIGHEST_PITCH,
    HOLD,
    LOWEST_PITCH,
    REST,
    pitch_symbol,
    symbol_pitch,
)
from antiphon.models.listening.originality import originality_remark
from antiphon.models.tasks.identity import input_hash, seed_of
from antiphon.models.tasks.pools import Pools, is_for_melody_alone
from antiphon.models.tasks.ranking import Yardstick, best
from antiphon.models.tasks.sampling import Candidate, Context, Manner, listen, sample
from antiphon.models.tasks.spelling import spell_line
from antiphon.models.theory.check import check_answer
from antiphon.models.theory.frame import asked_part, span_of, stated_key
from antiphon.models.theory.keys import find_key
from antiphon.models.weights import LoadedMelody, load_melody

CONTEXT_MEASURES = 16
CANDIDATES = 6
_ROUNDS = 3
# Later takes are chosen from one batch of candidates, the best of them first.
POOL, _POOL_CANDIDATES = 7, 12
_ROAM, _ROAM_TAKES = 0.04, 6


@dataclass(frozen=True, slots=True)
class Plan:
    """One request made ready: the melody heard, the promises, and how to write the answer.

    `offset` is added to the network's pitches to give MIDI numbers; `start` is the tick of the
    melody's phrase at which the answer begins; `digest` is the request's `input_hash`.
    """

    request: Request
    part: Part
    key: KeySignature
    is_minor: bool
    melody: Melody
    events: tuple[Event, ...]
    promises: Promises
    start: int
    offset: int
    measures: tuple[Measure, ...]
    voice: int
    staff: int
    velocity: int
    spellings: tuple[Pitch, ...]
    digest: str


def plan(request: Request, model: LoadedMelody, digest: str | None = None) -> Plan:
    """Prepare a request for the network; `digest` is its `input_hash` where that is known.

    Raises AntiphonError("empty-selection") without a note to hear, "no-such-part" for an
    unknown part, "bad-control" for a range without a note of the strict key.
    """
    part, key = asked_part(request), stated_key(request)
    measures = asked_measures(request)
    _, end = span_of(request)
    heard = _heard(request, part, end, measures)
    notes = heard.parts[0].notes
    if not notes:
        raise AntiphonError("empty-selection")
    span = end - _context_start(request.phrase, end)
    melody = melody_of(_with_meter(heard, request, span), heard.parts[0])
    felt = find_key(replace(heard, key_signatures=(key,)))
    melody = replace(melody, is_minor=felt.is_minor)
    believed = believable_key(key, melody.tones)
    melody = replace(melody, fifths=believed.fifths)
    promises, offset = _promises(request, melody, span, measures, key)
    return Plan(
        request, part, key, felt.is_minor, melody,
        tuple(events_of(melody, model.durations, until=ticks(span))), promises, ticks(span),
        offset, measures, _commonest(n.voice for n in notes), _commonest(n.staff for n in notes),
        _commonest(n.velocity for n in notes), tuple(n.pitch for n in notes),
        digest or input_hash(request),
    )  # fmt: skip


def hear(prepared: Plan, model: LoadedMelody) -> Context:
    """Let the network hear the context of a plan."""
    melody, events = prepared.melody, prepared.events
    onset = events[0].onset if events else prepared.start
    tracker = Tracker(melody.spans, model.durations, melody.is_minor, melody.first_number, onset)
    return listen(model.network, tracker, events, prepared.promises, model.durations)


def write_take(
    prepared: Plan,
    context: Context,
    model: LoadedMelody,
    number: int,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Phrase | None:
    """Take `number` of a plan as a phrase, or None if no candidate of three rounds keeps its word.

    Raises InterruptedError if cancelled.
    """
    generator = Random(seed_of(prepared.request, number, prepared.digest))
    manner = _manner(prepared, CANDIDATES, number)
    quoting: Phrase | None = None
    for _ in range(_ROUNDS):
        candidates = sample(model.network, context, manner, generator, is_cancelled)
        for answer in _kept(prepared, candidates, model):
            # One that does not quote a tune at length is kept before one that does.
            if originality_remark(answer) is None:
                return answer
            quoting = quoting or answer
        if quoting is not None:
            return quoting
    return None


def write_pool(
    prepared: Plan,
    context: Context,
    model: LoadedMelody,
    pool: int,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Phrase, ...]:
    """The best seven different answers of one batch: the takes 7 × `pool` + 1 and on.

    Fewer where fewer keep their word. Raises InterruptedError if cancelled.
    """
    generator = Random(seed_of(prepared.request, -1 - pool, prepared.digest))
    manner = _manner(prepared, _POOL_CANDIDATES, POOL * pool + POOL // 2)
    candidates = sample(model.network, context, manner, generator, is_cancelled)
    found: list[Phrase] = []
    quoting: list[Phrase] = []
    for answer in _kept(prepared, candidates, model):
        if answer not in found and answer not in quoting:
            (found if originality_remark(answer) is None else quoting).append(answer)
        if len(found) == POOL:
            break
    return tuple((found + quoting)[:POOL])


def _manner(prepared: Plan, candidates: int, number: int) -> Manner:
    # Whoever asks for another take wants something else: later ones roam further.
    roaming = 1.0 + _ROAM * min(number, _ROAM_TAKES)
    temperature = prepared.request.controls.temperature * roaming
    return Manner(prepared.promises, candidates, temperature)


def _kept(prepared: Plan, candidates: Sequence[Candidate], model: LoadedMelody) -> Iterator[Phrase]:
    """The candidates that keep their word, the best first."""
    yardstick = Yardstick.of(prepared.events, prepared.melody, prepared.start, model.durations)
    for candidate in best(candidates, yardstick):
        answer = _written(prepared, candidate, model)
        if not check_answer(prepared.request, answer):
            yield answer


def continue_melody(
    request: Request,
    model: LoadedMelody,
    is_cancelled: Callable[[], bool] = lambda: False,
    digest: str | None = None,
    pools: Pools | None = None,
) -> Iterator[tuple[int, Phrase | None]]:
    """The asked takes by number; None where the network found no answer that keeps its word.

    The first take is the best of its own candidates; those after it come seven at a time from
    one batch, which `pools` remembers, so that the next press of the key costs nothing.
    `digest` is the request's `input_hash` where that is known. Raises what `plan` raises, and
    InterruptedError if cancelled.
    """
    if not is_for_melody_alone(request):
        for number in range(request.first_take, request.first_take + request.count):
            yield number, None
        return
    prepared = plan(request, model, digest)
    context: Context | None = None
    known = pools if pools is not None else Pools()
    for number in range(request.first_take, request.first_take + request.count):
        pool, place = divmod(number - 1, POOL)
        key = prepared.digest, request.seed, pool
        found = known.get(key) if number else ()
        if found is None or place >= len(found):
            context = context or hear(prepared, model)
        if found is None:
            assert context is not None
            found = write_pool(prepared, context, model, pool, is_cancelled)
            known.put(key, found)
        if number and place < len(found):
            yield number, found[place]
        else:
            assert context is not None
            yield number, write_take(prepared, context, model, number, is_cancelled)


def _context_start(phrase: Phrase, end: Fraction) -> Fraction:
    """Where the measures that the network hears begin."""
    onsets = [measure.onset for measure in phrase.measures if measure.onset < end]
    return onsets[-CONTEXT_MEASURES] if len(onsets) > CONTEXT_MEASURES else Fraction(0)


def _heard(request: Request, part: Part, end: Fraction, measures: Sequence[Measure]) -> Phrase:
    """The part's melody before the answer, on the staff of the selection."""
    start, _ = span_of(request)
    selected = [n.staff for n in part.notes if start <= n.onset < end] or [
        n.staff for n in part.notes
    ]
    staff = min(selected, default=1)
    kept = replace(
        part,
        notes=tuple(n for n in part.notes if n.staff == staff and n.onset < end and not n.is_grace),
    )
    begin = min(_context_start(request.phrase, end), end)
    sliced = slice_phrase(replace(request.phrase, parts=(kept,)), begin, end)
    line = top_line(sliced.parts[0], Fraction(0), end - begin)
    return replace(sliced, parts=(replace(kept, notes=line),))


def _with_meter(heard: Phrase, request: Request, span: Fraction) -> Phrase:
    """The heard music with the answer's measures and meter behind it."""
    later = tuple(replace(m, onset=m.onset + span) for m in asked_measures(request))
    meters = [m for m in heard.time_signatures if m.onset < span]
    meters += [replace(m, onset=m.onset + span) for m in asked_meters(request)]
    return replace(
        heard,
        measures=(*heard.measures, *later),
        time_signatures=tuple(meters),
    )


def _promises(
    request: Request, melody: Melody, span: Fraction, measures: Sequence[Measure], key: KeySignature
) -> tuple[Promises, int]:
    """What the answer keeps, in the network's terms, and the offset of its pitches."""
    controls = request.controls
    tones = melody.tones
    lowest, highest = _range(request, [tone.midi_number for tone in tones])
    mean = sum(tone.midi_number for tone in tones) / len(tones)
    octaves = 12 * round(((lowest + highest) / 2 - mean) / 12)
    if lowest <= min(t.midi_number for t in tones) and highest >= max(t.midi_number for t in tones):
        octaves = 0
    offset = octaves - melody.shift
    while lowest - offset > HIGHEST_PITCH - 5:
        offset += 12
    while highest - offset < LOWEST_PITCH + 5:
        offset -= 12
    scale = key.scale if controls.strict_key else frozenset(range(12))
    pitches = frozenset(
        pitch_symbol(number - offset)
        for number in range(lowest, highest + 1)
        if number % 12 in scale and LOWEST_PITCH <= number - offset <= HIGHEST_PITCH
    )
    if not pitches:
        why = "no note of the key lies in it"
        raise AntiphonError("bad-control", name="range", value=f"{lowest} to {highest}", why=why)
    return _rhythm_promises(request, melody, span, measures, pitches), offset


def _rhythm_promises(
    request: Request, melody: Melody, span: Fraction, measures: Sequence[Measure],
    pitches: frozenset[int],
) -> Promises:  # fmt: skip
    tones = melody.tones
    values = [tone.end - tone.onset for tone in tones]
    places = [tone.onset for tone in tones] + [tone.end for tone in tones]
    numbers = [tone.midi_number for tone in tones]
    leaps = [abs(b - a) for a, b in itertools.pairwise(numbers)]
    gaps = [b.onset - a.end for a, b in itertools.pairwise(tones)]
    measure = ticks(max(measures, key=lambda m: m.duration).duration)
    return Promises(
        end=ticks(span + measures[-1].end),
        pitches=pitches,
        leap=max([9, *(leap for leap in leaps if leap <= 12)]),
        repeats=max(4, _longest_run(numbers) + 1),
        rest=max(measure // 2, min(measure, max(gaps, default=0))),
        longest=max([measure, *(value for value in values if value <= 2 * measure)]),
        unit=3 if any(place % 6 in (3,) for place in places) else 6,
        triplets=request.controls.tuplets and any(place % 3 for place in places),
    )


def _range(request: Request, numbers: Sequence[int]) -> tuple[int, int]:
    """The lowest and highest MIDI number: as asked, else the melody's and up to a fourth more."""
    bottom, top = min(numbers), max(numbers)
    spare = max(2, min(5, (16 - (top - bottom)) // 2))
    lowest = request.controls.lowest
    highest = request.controls.highest
    low = max(0, bottom - spare) if lowest is None else lowest
    high = min(127, top + spare) if highest is None else highest
    if high - low < 4:
        low, high = (low, low + 12) if highest is None else (high - 12, high)
    return max(0, low), min(127, high)


def _longest_run(numbers: Sequence[int]) -> int:
    longest = run = 1
    for before, after in itertools.pairwise(numbers):
        run = run + 1 if before == after else 1
        longest = max(longest, run)
    return longest


def _commonest(values: Iterator[int]) -> int:
    return Counter(values).most_common(1)[0][0]


def _written(prepared: Plan, candidate: Candidate, model: LoadedMelody) -> Phrase:
    """The candidate as a phrase: spelled in the key, cut and tied at barlines and beats."""
    request, key = prepared.request, prepared.key
    meter = meter_at(request.phrase, span_of(request)[1])
    line = list(_merged(candidate.events, model))
    numbers = [symbol_pitch(symbol) + prepared.offset for _, _, symbol in line]
    pitches = spell_line(numbers, key, prepared.is_minor, prepared.spellings)
    notes = [
        Note(
            onset=quarters(onset - prepared.start),
            duration=quarters(length),
            pitch=pitch,
            velocity=prepared.velocity,
            voice=prepared.voice,
            staff=prepared.staff,
        )
        for (onset, length, _), pitch in zip(line, pitches, strict=True)
    ]
    written = split_at_barlines(notes, prepared.measures)
    written = split_to_note_values(written, prepared.measures, meter.beat_duration)
    part = normalised(replace(prepared.part, notes=tuple(written)))
    return Phrase(
        parts=(part,),
        measures=prepared.measures,
        length=prepared.measures[-1].end,
        key_signatures=(key,),
        time_signatures=asked_meters(request),
        title=request.phrase.title,
    )


def _merged(events: Sequence[Event], model: LoadedMelody) -> Iterator[tuple[int, int, int]]:
    """(onset, length, pitch symbol) of the sounding notes, holds joined, rests left out."""
    for index, event in enumerate(events):
        if event.pitch in (REST, HOLD):
            continue
        length = model.durations.values[event.duration]
        for later in events[index + 1 :]:
            if later.pitch != HOLD:
                break
            length += model.durations.values[later.duration]
        yield event.onset, length, event.pitch


def warm_up(model: LoadedMelody) -> None:
    """Run every part of the network once, so that the first request does not wait for it."""
    promises = Promises(end=192, pitches=frozenset(range(26, 50)))
    spans = (Span(0, 96, 0),)
    tracker = Tracker(spans, model.durations, is_minor=False, number=1, onset=0)
    events = [Event(24 * i, 26 + i, model.durations.nearest(24)) for i in range(4)]
    context = listen(model.network, tracker, events, promises, model.durations)
    sample(model.network, context, Manner(promises, CANDIDATES), Random(0))


class MelodyWriter:
    """The melody LSTM as a writer of the task `continue`."""

    def __init__(self, model: LoadedMelody) -> None:
        self._model = model
        self._pools = Pools()

    def takes(
        self, request: Request, is_cancelled: Callable[[], bool], digest: str
    ) -> Iterator[tuple[int, Phrase | None]]:
        """See `antiphon.models.tasks.writers.Writer.takes`."""
        return continue_melody(request, self._model, is_cancelled, digest, self._pools)


def load_writer(card: Card) -> MelodyWriter:
    """The warmed-up writer of a card. Raises AntiphonError("no-weights")."""
    model = load_melody(card)
    warm_up(model)
    return MelodyWriter(model)
