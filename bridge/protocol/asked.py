"""The frame of an answer: which measures a request asks to be filled."""

from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import key_at, meter_at
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.messages import Request


def asked_measures(request: Request) -> tuple[Measure, ...]:
    """The measures the answer must fill, onset 0 at `request.region.end`.

    Measures that stand in the request's phrase after the region are the frame (an editor
    sends them empty); past its end the meter in force goes on. Numbers count on from the
    last measure before the answer.
    """
    start = request.region.end - request.phrase_start
    after = [m for m in request.phrase.measures if m.onset >= start][: request.controls.measures]
    before = [m for m in request.phrase.measures if m.onset < start]
    number = _printed_number(before[-1].number) if before else 0
    found = [replace(m, onset=m.onset - start) for m in after if m.duration > 0]
    if found:
        number = _printed_number(found[-1].number, number + len(found))
    end = found[-1].end if found else Fraction(0)
    length = meter_at(request.phrase, start + end).measure_duration
    while len(found) < request.controls.measures:
        number += 1
        found.append(Measure(end, length, str(number)))
        end += length
    return tuple(found)


def asked_length(request: Request) -> Fraction:
    """Length of the answer in quarters."""
    return asked_measures(request)[-1].end


def asked_signatures(
    request: Request,
) -> tuple[tuple[KeySignature, ...], tuple[TimeSignature, ...]]:
    """Key and time signatures of the answer: those in force at its start, then changes in it.

    Onsets count from the start of the answer. No key signature is made up where none is known.
    """
    phrase, start = request.phrase, request.region.end - request.phrase_start
    end = start + asked_length(request)
    key, meter = key_at(phrase, start), meter_at(phrase, start)
    keys = [replace(key, onset=Fraction(0))] if key else []
    meters = [replace(meter, onset=Fraction(0))]
    keys += [replace(k, onset=k.onset - start) for k in phrase.key_signatures if start < k.onset < end]
    meters += [
        replace(m, onset=m.onset - start) for m in phrase.time_signatures if start < m.onset < end
    ]
    return tuple(keys), tuple(meters)


def _printed_number(text: str, otherwise: int = 0) -> int:
    digits = "".join(ch for ch in text if ch.isdigit())
    return int(digits[:6]) if digits else otherwise
