"""The music the panel asks about: a demo, a file, or what is selected in an editor."""

from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.music.phrase import Part, Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.messages import Request

DEMO, FILE, EDITOR, NOTHING = "demo", "file", "editor", "nothing"


@dataclass(frozen=True, slots=True)
class Source:
    """Music and where it is from: the bytes of a file with its name, and the phrase in them.

    `region` is the editor's own request where there is one. `part`, `first` and `last` are the
    selected part's id and the indices of its measures; `last` is before `first` where the music
    has no measures.
    """

    kind: str
    title: str
    data: bytes
    name: str
    phrase: Phrase
    part: str = ""
    first: int = 0
    last: int = -1
    path: str = ""
    editor: str = ""
    region: Request | None = None

    @property
    def selected_part(self) -> Part | None:
        """The selected part, None where the music has none."""
        return next((part for part in self.phrase.parts if part.id == self.part), None)

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """Start and end of the selected measures, in quarters."""
        measures = self.phrase.measures
        if self.last < self.first or not measures:
            return Fraction(0), Fraction(0)
        return measures[self.first].onset, measures[self.last].end

    @property
    def selected(self) -> Phrase:
        """The selected measures of all parts, as a phrase of its own."""
        return slice_phrase(self.phrase, *self.span)

    def measure_number(self, index: int) -> str:
        """The printed number of a measure."""
        return self.phrase.measures[index].number


def nothing() -> Source:
    """No music at all: what may be asked is new music."""
    return Source(NOTHING, "", b"", "", Phrase((), (), Fraction(0)))
