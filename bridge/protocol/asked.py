"""The frame of an answer: which measures a request asks to be filled, in which meters."""

from dataclasses import replace
from fractions import Fraction

from antiphon.bridge.music.phrase import meter_at
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.bridge.protocol.messages import Request


def asked_measures(request: Request) -> tuple[Measure, ...]:
    """The measures the answer must fill, onset 0 at `request.region.end`.

    Measures that stand in the request's phrase after the region are the frame (an editor
    sends them empty); past its end the meter in force goes on. Where the selection ends
    inside a measure, the first one is what is left of that measure. Numbers count on from the
    last measure before the answer.
    """
    start = answer_start(request)
    count = request.controls.measures
    found: list[Measure] = []
    number = 0
    for place, measure in enumerate(request.phrase.measures):
        if measure.end <= start or measure.duration == 0:
            number = _printed_number(measure.number, place)
        elif len(found) < count:
            onset = max(measure.onset, start)
            number = _printed_number(measure.number, number + 1)
            found.append(Measure(onset - start, measure.end - onset, str(number)))
    end = found[-1].end if found else Fraction(0)
    length = meter_at(request.phrase, start + end).measure_duration
    while len(found) < count:
        number += 1
        found.append(Measure(end, length, str(number)))
        end += length
    return tuple(found)


def answer_start(request: Request) -> Fraction:
    """Where the answer begins, in quarters of the request's phrase."""
    return max(Fraction(0), request.region.end - request.phrase_start)


def asked_length(request: Request) -> Fraction:
    """Length of the answer in quarters."""
    return asked_measures(request)[-1].end


def asked_meters(request: Request) -> tuple[TimeSignature, ...]:
    """Time signatures of the answer: the one in force at its start, then changes in it."""
    start = answer_start(request)
    end = start + asked_length(request)
    first = replace(meter_at(request.phrase, start), onset=Fraction(0))
    later = [m for m in request.phrase.time_signatures if start < m.onset < end]
    return (first, *(replace(m, onset=m.onset - start) for m in later))


def _printed_number(text: str, otherwise: int) -> int:
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    return int(digits) if 0 < len(digits) < 7 else otherwise
