"""What is heard in the music at hand: key, form, chords, style, mood, and their pictures."""

import threading
from collections.abc import Iterator
from itertools import groupby

from PyQt6.QtWidgets import QFrame, QVBoxLayout, QWidget

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.analysis import Analysis, ChordSpan
from antiphon.bridge.music.phrase import Phrase
from antiphon.ui.drawing.curves import CHINESE, ENGLISH, Curve, CurvePlot, SimilarityPlot
from antiphon.ui.language import CHINESE as CHINESE_CODE
from antiphon.ui.language import marked as _
from antiphon.ui.language.faults import fault_words
from antiphon.ui.model.words import key_words
from antiphon.ui.panel import Panel
from antiphon.ui.widgets.basic import Segments, column, emptied, framed, label, row, scrolled

_MOST = 12
STYLES = {
    "baroque": _("baroque"), "chorale": _("chorale"), "classical": _("classical"),
    "folk": _("folk"), "hymn": _("hymn"), "jazz": _("jazz"), "pop": _("pop"),
    "ragtime": _("ragtime"), "rock": _("rock"), "romantic": _("romantic"),
}  # fmt: skip


class AnalysisPage(QWidget):
    """Listens to the music that is asked about, whenever that changes while the page is seen."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("page")
        self._panel = panel
        self._asked: Phrase | None = None
        self._is_whole = True
        say = panel.say
        choices = {"whole": say("All of it"), "part": say("The selection")}
        self._spans = Segments(list(choices.items()), "whole", self._choose, say("What is heard"))
        self._title = label("", "muted", wraps=True)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(panel.px(12))
        top = row(label(say("Analysis"), "title"), 1)
        inside = column(
            top, self._spans, self._title, self._cards, 1, gap=panel.px(12), margins=panel.px(20)
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(inside))
        panel.listen(panel.session.asked_about, self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Hear the music at hand, in a thread; what is there already is not heard again."""
        source = self._panel.session.source
        phrase = source.phrase if self._is_whole else source.selected
        if phrase == self._asked:
            return
        self._asked = phrase
        self._title.setText(self._panel.say("Listening…"))
        emptied(self._cards)
        if not any(part.notes for part in phrase.parts):
            self._title.setText(self._panel.say("There is nothing to hear yet."))
            return
        post = self._panel.poster.post

        def work() -> None:
            from antiphon.bridge.listening import analysis_of  # noqa: PLC0415  # in its thread

            try:
                found = analysis_of(phrase)
            except AntiphonError as fault:
                post(lambda fault=fault: self._failed(phrase, fault))  # type: ignore[misc]
            else:
                post(lambda: self._show(phrase, found))

        threading.Thread(target=work, name="antiphon listening", daemon=True).start()

    def _choose(self, span: str) -> None:
        self._is_whole = span == "whole"
        self.refresh()

    def _failed(self, phrase: Phrase, fault: AntiphonError) -> None:
        if phrase is self._asked:
            self._title.setText(fault_words(self._panel.say, fault)[0])

    def _show(self, phrase: Phrase, found: Analysis) -> None:
        if phrase is not self._asked:
            return
        self._title.setText(self._panel.session.source.title)
        emptied(self._cards)
        for card in self._made(found):
            self._cards.addWidget(card)

    # --- cards --------------------------------------------------------------------------------

    def _made(self, found: Analysis) -> Iterator[QFrame]:
        say = self._panel.say
        yield self._card(say("At a glance"), self._facts(found))
        if found.chords:
            title = say("Chords that the melody implies") if found.is_melody else say("Chords")
            yield self._card(title, [("", line) for line in _chord_lines(found.chords)])
        told = [("", fault.sentence) for fault in found.faults[:_MOST]]
        if told:
            yield self._card(say("Voice leading to look at"), told)
        if found.mood and len(found.mood.curve) > 1:
            yield self._plot_card(say("Mood"), self._mood(found))
        if len(found.alike) > 1:
            yield self._plot_card(say("Measures that are alike"), self._alike(found))

    def _plot_card(self, title: str, plot: QWidget) -> QFrame:
        px = self._panel.px
        return framed(column(label(title, "strong"), plot, gap=px(6), margins=px(14)), "card")

    def _card(self, title: str, lines: list[tuple[str, str]]) -> QFrame:
        widgets = [label(title, "strong")]
        for name, text in lines:
            widgets.append(label(f"{name}: {text}" if name else text, "", wraps=True))
        return framed(column(*widgets, gap=self._panel.px(6), margins=self._panel.px(14)), "card")

    def _facts(self, found: Analysis) -> list[tuple[str, str]]:
        say = self._panel.say
        keys = [key_words(say, span.key) for span in found.keys]
        facts = [(say("Key"), ", ".join(keys)), (say("Meter"), found.meter),
                 (say("Tempo"), f"♩ = {found.tempo:g}")]  # fmt: skip
        if found.sections:
            facts.append((say("Form"), ", ".join(
                f"{s.label} ({s.first}–{s.last})" for s in found.sections[:_MOST])))  # fmt: skip
        facts += [(say("Cadences"), ", ".join(
            f"{c.numerals} ({c.measure})" for c in found.cadences[:_MOST]))]  # fmt: skip
        for part in found.parts:
            facts.append((part.name or part.id, say(
                "{range}, difficulty {level} of 9", range=part.range,
                level=f"{part.difficulty:.1f}")))  # fmt: skip
        styles = [f"{say(STYLES.get(s.style, s.style))} {s.probability:.0%}"
                  for s in found.styles if s.probability >= 0.1]  # fmt: skip
        facts.append((say("Style"), ", ".join(styles)))
        if found.mood:
            facts.append((say("Mood"), say(
                "from sad to glad {valence}, from calm to excited {arousal}",
                valence=f"{found.mood.valence:+.2f}", arousal=f"{found.mood.arousal:+.2f}",
            )))  # fmt: skip
        return [fact for fact in facts if fact[1]]

    def _mood(self, found: Analysis) -> QWidget:
        say = self._panel.say
        plot = CurvePlot(say("Mood"), span=(-1.0, 1.0))
        plot.set_words(CHINESE if say.code == CHINESE_CODE else ENGLISH)
        curve = found.mood.curve if found.mood else ()
        plot.set_curves([
            Curve(say("Sad to glad"), tuple((float(p.onset), p.valence) for p in curve)),
            Curve(say("Calm to excited"), tuple((float(p.onset), p.arousal) for p in curve)),
        ])  # fmt: skip
        plot.setMinimumHeight(self._panel.px(180))
        return plot

    def _alike(self, found: Analysis) -> QWidget:
        plot = SimilarityPlot(self._panel.say("Measures that are alike"))
        plot.set_words(CHINESE if self._panel.say.code == CHINESE_CODE else ENGLISH)
        plot.set_matrix(found.alike)
        plot.setMinimumHeight(self._panel.px(260))
        return plot


def _chord_lines(chords: tuple[ChordSpan, ...]) -> Iterator[str]:
    """Four measures a line: symbols with their Roman numerals."""
    cells = []
    for measure, own in groupby(chords, key=lambda chord: chord.measure):
        told = " ".join(f"{chord.text} ({chord.numeral})" for chord in own)
        cells.append(f"{measure}: {told}")
    for first in range(0, min(len(cells), 4 * _MOST), 4):
        yield "   ".join(cells[first : first + 4])
