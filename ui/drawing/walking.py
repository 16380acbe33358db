"""Walking through notes by keyboard, and what is chosen of them; no Qt.

Score and roll share it, so that the same keys and clicks mean the same in both.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from antiphon.ui.drawing.shown import Shown, ShownNote

Step = Literal[
    "next", "previous", "up", "down", "next measure", "previous measure", "first", "last"
]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen: notes by name, measures by place, and the note that the cursor is on."""

    notes: frozenset[str] = frozenset()
    measures: frozenset[int] = frozenset()
    cursor: str = ""

    def with_note(self, name: str, *, adds: bool) -> "Choice":
        """The choice after a note was clicked; `adds` keeps the others and toggles this one."""
        if not adds:
            return Choice(frozenset({name}), frozenset(), name)
        return replace(self, notes=self.notes ^ {name}, cursor=name)

    def with_measure(self, place: int, *, adds: bool, spans: bool = False) -> "Choice":
        """The choice after a measure was clicked; `spans` takes all from the nearest chosen one."""
        if spans and self.measures:
            other = min(self.measures, key=lambda chosen: abs(chosen - place))
            low, high = sorted((other, place))
            return replace(self, measures=self.measures | set(range(low, high + 1)))
        if adds:
            return replace(self, measures=self.measures ^ {place})
        return Choice(frozenset(), frozenset({place}), self.cursor)


def stepped(shown: Shown, cursor: str, step: Step) -> ShownNote | None:
    """The note that a step from the note named `cursor` leads to; None where there is no note.

    Next and previous stay in the voice, up and down go to the notes that sound with it.
    """
    if not shown.notes:
        return None
    here = next((note for note in shown.notes if note.name == cursor), None)
    if step in ("first", "last"):
        return shown.notes[0 if step == "first" else -1]
    if here is None:
        new = [note for note in shown.notes if note.is_new]
        return (new or list(shown.notes))[0]
    if step in ("up", "down"):
        return _beside(shown, here, step == "up")
    if step in ("next", "previous"):
        own = [note for note in shown.notes if note.line == here.line]
        place = own.index(here) + (1 if step == "next" else -1)
        return own[place] if 0 <= place < len(own) else here
    return _by_measure(shown, here, step == "next measure")


def _beside(shown: Shown, here: ShownNote, goes_up: bool) -> ShownNote:
    at = here.note.onset
    together = [n for n in shown.notes if n.note.onset <= at < n.note.end or n.note.onset == at]
    together.sort(key=lambda n: (n.note.pitch.midi_number, -n.part))
    place = together.index(here) + (1 if goes_up else -1)
    return together[place] if 0 <= place < len(together) else here


def _by_measure(shown: Shown, here: ShownNote, forward: bool) -> ShownNote:
    measure = shown.measure_index(here.note.onset)
    own = [note for note in shown.notes if note.line == here.line]
    if measure is None:
        return here
    onsets = [note.note.onset for note in own]
    if forward:
        place = bisect_left(onsets, shown.phrase.measures[measure].end)
        return own[place] if place < len(own) else own[-1]
    start = shown.phrase.measures[measure].onset
    place = bisect_left(onsets, start)
    if onsets[place] < here.note.onset:
        return own[place]
    return own[bisect_left(onsets, _start_before(shown, own[max(place - 1, 0)]))]


def _start_before(shown: Shown, note: ShownNote) -> Fraction:
    measure = shown.measure_index(note.note.onset)
    return shown.phrase.measures[measure or 0].onset
