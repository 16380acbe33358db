"""The score and the piano roll as the panel shows them, with its words and its theme."""

from typing import Any

from PyQt6.QtWidgets import QWidget

from antiphon.ui.drawing.shown import shown_of, shown_takes
from antiphon.ui.drawing.spoken import speech_for
from antiphon.ui.drawing.walking import Choice
from antiphon.ui.model.source import Source
from antiphon.ui.model.takes import Card, near
from antiphon.ui.panel import Panel


def score_view(panel: Panel, name: str) -> Any:
    """An engraving, spoken in the person's language."""
    try:
        from antiphon.ui.drawing.score import ScoreView  # noqa: PLC0415  # after the first paint
    except ImportError:
        from antiphon.ui.drawing.roll import PianoRoll as ScoreView  # noqa: PLC0415

    return _prepared(panel, ScoreView(name), "score")


def roll_view(panel: Panel, name: str) -> Any:
    """A piano roll, spoken in the person's language."""
    from antiphon.ui.drawing.roll import PianoRoll  # noqa: PLC0415  # after the first paint

    return _prepared(panel, PianoRoll(name), "roll")


def _prepared(panel: Panel, view: Any, kind: str) -> QWidget:
    view.setObjectName(kind)
    view.set_speech(speech_for(panel.say.code))
    view.setPalette(panel.look.palette())
    view.set_zoom(panel.look.zoom)
    return view


def present_source(view: Any, source: Source, locked: set[int]) -> None:
    """Show the music that is asked about, which measures are selected, and which are locked."""
    view.present(shown_takes(source.phrase))
    view.set_choice(Choice(measures=frozenset(range(source.first, source.last + 1))))
    view.set_locks(measures=locked)


def present_card(view: Any, card: Card, before: Card | None) -> None:
    """Show a take where it stands in the music, and how it differs from another."""
    view.present(shown_of(near(card.request), card.take, before.take if before else None))
