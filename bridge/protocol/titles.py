"""What an undo list calls an answer: the same words in every editor."""

from antiphon.bridge.music.words import measures_in_words
from antiphon.bridge.protocol.asked import asked_measures
from antiphon.bridge.protocol.messages import Request, Setting, Task

_SAID = {
    Task.GENERATE: "new music for",
    Task.CONTINUE: "continuation in",
    Task.FILL: "fill for",
    Task.VARY: "variation of",
    Task.HARMONIZE: "harmony for",
    Task.BASS: "bass for",
    Task.DRUMS: "drums for",
    Task.ACCOMPANY: "accompaniment for",
    Task.ARRANGE: "arrangement for",
    Task.RESTYLE: "new style for",
}


def undo_title(request: Request) -> str:
    """The name of an answer's undo step: "Antiphon: bass for measures 9–16"."""
    said = _SAID[request.task]
    if request.task is Task.HARMONIZE and request.controls.setting is Setting.SATB:
        said = "alto, tenor and bass for"
    return f"Antiphon: {said} {measures_in_words(asked_measures(request))}"
