"""What a take does, in musical words."""

from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Remark, Request


def remarks_on(request: Request, answer: Phrase) -> tuple[Remark, ...]:
    """What an answer does, as remarks for people."""
    return ()
