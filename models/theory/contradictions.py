"""Controls that contradict each other, told before any engine tries."""

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.asked import asked_parts
from antiphon.bridge.protocol.messages import Request


def refuse_contradictions(request: Request) -> None:
    """Raise AntiphonError("bad-control") where no answer can keep every promise."""
    try:
        asked_parts(request)
    except ValueError as error:
        raise AntiphonError("bad-control", name="controls", value="so", why=str(error)) from None
