"""Requests for measuring: measures of a phrase asked of a model as an editor would ask."""

from dataclasses import replace

from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.asked import FOLLOWING
from antiphon.bridge.protocol.messages import Controls, Region, Request, Task

CONTEXT_MEASURES = 16


def request_over(
    phrase: Phrase, part: Part, measures: tuple[int, int], task: Task, controls: Controls
) -> Request:
    """A request over measures (first, last; indices, inclusive) of one part of a phrase.

    The phrase travels with sixteen measures on both sides; a task that follows its selection
    is sent nothing of what stands behind it.
    """
    first, last = measures
    start, end = phrase.measures[first].onset, phrase.measures[last].end
    begin = phrase.measures[max(0, first - CONTEXT_MEASURES)].onset
    stop = phrase.measures[min(len(phrase.measures) - 1, last + CONTEXT_MEASURES)].end
    heard = slice_phrase(phrase, begin, end if task in FOLLOWING else stop)
    region = Region("measured", "0", (part.id,), start, end)
    if task is Task.GENERATE:
        heard = replace(heard, parts=())
        region = replace(region, part_ids=())
    return Request(f"measured-{task}-{first}-{last}", task, region, heard, begin, controls)
