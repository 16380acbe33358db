"""The theory engine's one entry: an answer by rules to any request."""

from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Request
from antiphon.models.theory.continuation import continue_by_rules


def answer_by_rules(request: Request, number: int) -> Phrase:
    """Take `number` of a request, made by rules."""
    return continue_by_rules(request, number)
