"""What the founding models hear before an answer, and the bounds of what they may write."""

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import top_line
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.protocol.asked import answer_start, asked_measures, asked_meters, own_part
from antiphon.bridge.protocol.messages import Request
from antiphon.models.encoding.grid import ticks
from antiphon.models.encoding.melody import Melody, melody_of
from antiphon.models.theory.frame import felt_key, stated_key
from antiphon.models.theory.ground import Ground

CONTEXT_MEASURES = 16
# The compass of a melody made from nothing, and how far one may leave what was heard.
_FREE = (60, 81)
_SPARE = 4


@dataclass(frozen=True, slots=True)
class Heard:
    """The melody before an answer and the answer's empty measures behind it.

    `phrase` begins at the context; the answer begins `span` quarters into it. `line` is the
    melody, `key` the stated key, `is_minor` what the music rests on.
    """

    phrase: Phrase
    line: tuple[Note, ...]
    span: Fraction
    key: KeySignature
    is_minor: bool

    @property
    def melody(self) -> Melody:
        """The line in ticks, in the stated key."""
        found = melody_of(self.phrase, self.phrase.parts[0], self.key)
        tones = tuple(t for t in found.tones if t.onset < ticks(self.span))
        return replace(found, tones=tones, is_minor=self.is_minor)

    @property
    def voice(self) -> tuple[int, int, int]:
        """Voice, staff and velocity of most of its notes."""
        found = Counter((n.voice, n.staff, n.velocity) for n in self.line)
        return found.most_common(1)[0][0] if found else (1, 1, 80)

    @property
    def spellings(self) -> tuple[Pitch, ...]:
        """Its spelled pitches."""
        return tuple(note.pitch for note in self.line)


def heard_before(request: Request) -> Heard:
    """The melody of the request's part before its answer, of the last sixteen measures.

    Raises AntiphonError("no-such-part").
    """
    start = answer_start(request)
    part = own_part(request) or Part("P1", "Melody", ())
    onsets = [measure.onset for measure in request.phrase.measures if measure.onset < start]
    begin = onsets[-CONTEXT_MEASURES] if len(onsets) > CONTEXT_MEASURES else Fraction(0)
    begin = min(begin, start)
    pitched = () if part.is_drums else part.notes
    staff = min((note.staff for note in pitched), default=1)
    kept = tuple(n for n in pitched if n.staff == staff and n.onset < start and not n.is_grace)
    alone = replace(request.phrase, parts=(replace(part, notes=kept),), chords=())
    sliced = slice_phrase(alone, begin, max(begin, start))
    span = max(Fraction(0), start - begin)
    line = top_line(sliced.parts[0], Fraction(0), span)
    later = tuple(replace(m, onset=m.onset + span) for m in asked_measures(request))
    meters = [m for m in sliced.time_signatures if m.onset < span]
    meters += [replace(m, onset=m.onset + span) for m in asked_meters(request)]
    key = stated_key(request)
    plain = replace(sliced.parts[0], notes=line, is_drums=False)
    phrase = replace(
        sliced, parts=(plain,), measures=(*sliced.measures, *later), length=later[-1].end,
        key_signatures=(key,), time_signatures=tuple(meters),
    )  # fmt: skip
    is_minor = key.is_minor or (bool(line) and felt_key(request).is_minor)
    return Heard(phrase, line, span, key, is_minor)


def compass(ground: Ground, heard: Heard) -> tuple[int, int]:
    """The lowest and highest MIDI number of an answer: what was heard and a third more."""
    numbers = [note.pitch.midi_number for note in heard.line]
    low, high = (min(numbers) - _SPARE, max(numbers) + _SPARE) if numbers else _FREE
    if high - low < 14:
        middle = (low + high) // 2
        low, high = middle - 7, middle + 7
    return ground.bounds(max(0, low), min(127, high))
