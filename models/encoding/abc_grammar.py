"""Which character of ABC may follow, so that a tune parses and its measures add up.

A grammar follows a tune character by character and counts time. It allows what the texts of
`antiphon.models.encoding.abc_text` hold: notes of written values, rests, triplets, ties, plain
bars, repeats with voltas, and a pickup that the last measure of each section gives back.
Where a tune is asked for that ends on its tonic, the grammar also knows the form of a dance tune:
sections of four or eight measures, of which the eighth comes to rest on the tonic.
"""

from collections.abc import Iterator

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.pitch import Pitch
from antiphon.models.encoding.abc_pitches import LETTERS, Pitches, Spelled
from antiphon.models.encoding.abc_rules import EIGHTH, LENGTHS, Rules, Sound
from antiphon.models.encoding.abc_text import END

_VOLTA_MEASURES = 2
_SECTION, _LONG_SECTION = 4, 8
_OVERTIME = 16


class Grammar:
    """A tune that grows: `allowed` tells the next characters, `push` takes one."""

    def __init__(self, rules: Rules, key: KeySignature) -> None:
        self.rules = rules
        self._pitches = Pitches(key, rules.lowest, rules.highest)
        self.sounds: list[Sound] = []
        self.is_done = False
        self._mode = "measure"
        self._text = ["", "", "", ""]  # accidental, letter, octave marks, length
        self._onset = 0
        self._position = 0
        self._measure = 0
        self._pickup = 0
        self._section = 0
        self._volta = 0
        self._is_open = False
        self._is_owed = False
        self._must_end_again = False
        self._needs_opening = False
        self._has_repeated = False
        self._triplet = 0
        self._triplet_length = ""

    @property
    def measures(self) -> int:
        """How many measures are closed, a pickup not counted."""
        return self._measure

    @property
    def full(self) -> int:
        """The length in ticks of the measure that is being written."""
        if self.rules.measures:
            return self.rules.measures[min(self._measure, len(self.rules.measures) - 1)]
        return self._pickup if self._is_owed else self.rules.full

    def allowed(self) -> set[str]:
        """The characters that may follow; none once the tune is done."""
        if self.is_done:
            return set()
        return set(getattr(self, f"_after_{self._mode}")())

    def push(self, character: str) -> None:
        """Take the next character, which `allowed` has named."""
        getattr(self, f"_take_{self._mode}")(character)

    def _after_measure(self) -> Iterator[str]:
        yield from self._event_starts()
        if self.rules.measures or self._pitches.tied is not None:
            return
        if self._must_end_again:
            yield "["
            return
        if self._measure >= self.rules.most:
            return
        if not self._is_open and not self._volta and self._section % _SECTION == 0:
            yield "|"
        is_free = self._volta == 0 and (self._is_open or not self._has_repeated)
        if is_free and self._section % _SECTION == _SECTION - 1:
            yield "["

    def _take_measure(self, character: str) -> None:
        if character == "|":
            self._mode = "forward"
        elif character == "[":
            self._mode = "volta"
        else:
            self._begin(character)

    def _after_forward(self) -> Iterator[str]:
        yield ":"

    def _take_forward(self, _character: str) -> None:
        self._is_open, self._section, self._mode = True, 0, "event"
        self._needs_opening = False

    def _after_volta(self) -> Iterator[str]:
        yield "2" if self._must_end_again else "1"

    def _take_volta(self, character: str) -> None:
        self._volta, self._section, self._must_end_again = int(character), 0, False
        # Some programs want a repeat behind a second ending to be opened.
        self._needs_opening = character == "2"
        self._is_owed = False
        self._mode = "space"

    def _after_space(self) -> Iterator[str]:
        yield " "

    def _take_space(self, _character: str) -> None:
        self._mode = "event"

    def _after_event(self) -> Iterator[str]:
        yield from self._event_starts()

    def _take_event(self, character: str) -> None:
        self._begin(character)

    def _event_starts(self) -> Iterator[str]:
        if self._must_end_again or self._position >= self.full:
            return
        yield from self._pitches.starts()
        if not self._triplet and self._pitches.tied is None:
            yield "z"
            if self.rules.triplets and self._position % 12 == 0 and self._groups():
                yield "("

    def _begin(self, character: str) -> None:
        self._text = ["", "", "", ""]
        if character == "(":
            self._mode = "triplet"
        elif character in "^_=":
            self._text[0], self._mode = character, "accidental"
        else:
            self._text[1], self._mode = character, "pitch"

    def _after_triplet(self) -> Iterator[str]:
        yield "3"

    def _take_triplet(self, _character: str) -> None:
        self._triplet, self._triplet_length, self._mode = 3, "", "event"

    def _groups(self) -> list[str]:
        """The lengths that a triplet's notes may have here."""
        left = self.full - self._position
        return [text for text in ("", "/2", "2") if 2 * LENGTHS[text] <= left]

    def _after_accidental(self) -> Iterator[str]:
        yield from (c for c in LETTERS if self._pitches.reaches(self._text[0] + c))

    def _take_accidental(self, character: str) -> None:
        self._text[1], self._mode = character, "pitch"

    def _after_pitch(self) -> Iterator[str]:
        accidental, letter, octave, _ = self._text
        if letter != "z":
            for mark in ",'":
                if self._pitches.reaches(accidental + letter + octave + mark):
                    yield mark
            if not self._pitches.is_allowed(self._spelled()):
                return
        yield from self._after_length()

    def _take_pitch(self, character: str) -> None:
        if character in ",'":
            self._text[2] += character
        else:
            self._mode = "length"
            self._take_length(character)

    def _after_length(self) -> Iterator[str]:
        length = self._text[3]
        lengths = self._lengths()
        for text in lengths:
            if text.startswith(length) and len(text) > len(length):
                yield text[len(length)]
        if length in lengths:
            yield from self._closers(length)

    def _lengths(self) -> list[str]:
        """The lengths that the note in the making may have."""
        if self._triplet == 3:
            return self._groups()
        if self._triplet:
            return [self._triplet_length]
        left = self.full - self._position
        found = [t for t, n in LENGTHS.items() if n == left or (n < left and not (left - n) % 6)]
        if self._is_cadence():
            # Where a section comes to rest there is no time for 32nds, and the tonic closes it.
            found = [t for t in found if LENGTHS[t] % (EIGHTH // 2) == 0] or found
            closing = (left, left - self._pickup)
            if self._text[1] != "z" and not self._is_rest(self._spelled()):
                found = [t for t in found if LENGTHS[t] not in closing] or found
        # The way out of a measure whose length no written value fills.
        return found or [t for t, n in LENGTHS.items() if n <= left] or [""]

    def _closers(self, length: str) -> Iterator[str]:
        """What may follow a note of this length: a space, the next note, a tie."""
        end = self._position + self._ticks(length)
        is_note, is_full = self._text[1] != "z", end >= self.full
        yield " "
        if self._triplet > 1 or not is_full:
            wanted, self._pitches.only = self._pitches.only, self._wanted(end)
            yield from self._pitches.starts_after(self._spelled() if self._text[0] else None)
            self._pitches.only = wanted
        if self._triplet > 1:
            return
        if not is_full:
            yield "z"
            if self.rules.triplets and end % 12 == 0 and self.full - end >= EIGHTH:
                yield "("
        # Programs do not agree whether a tie carries an accidental over the bar.
        if not is_note or self._triplet:
            return
        if not is_full or (not self._is_last() and self._pitches.is_in_key(self._spelled())):
            yield "-"

    def _is_last(self) -> bool:
        if self.rules.measures:
            return self._measure + 1 >= len(self.rules.measures)
        return self._is_owed or self._volta > 0 or self._measure + 1 >= self.rules.most

    def _take_length(self, character: str) -> None:
        if character.isdigit() or character == "/":
            self._text[3] += character
            return
        self._commit(is_tied=character == "-")
        if character == "-":
            self._mode = "tie"
        elif character == " ":
            self._mode = "gap"
        else:
            self._begin(character)

    def _after_tie(self) -> Iterator[str]:
        yield " "
        yield from self._event_starts()

    def _take_tie(self, character: str) -> None:
        if character == " ":
            self._mode = "gap"
        else:
            self._begin(character)

    def _after_gap(self) -> Iterator[str]:
        """After a space inside a measure, or where it may be closed."""
        if self._triplet:
            yield from self._event_starts()
            return
        yield from self._event_starts()
        if not self._may_close():
            return
        if self.rules.measures or self._pitches.tied is not None:
            yield "|"
            return
        is_whole = (self._section + 1) % _SECTION == 0 or self._volta == 1
        may_repeat = is_whole and self._volta < 2 and not self._is_first()
        is_long = bool(self.rules.ends) and self._section + 1 >= _LONG_SECTION
        may_repeat = may_repeat and (self._is_open or not self._needs_opening)
        must_repeat = (self._volta == 1 and self._section + 1 >= _VOLTA_MEASURES) or (
            (may_repeat and is_long)
            or (self._is_open and self._measure + 2 >= self.rules.most + _OVERTIME)
        )
        if may_repeat or must_repeat:
            yield ":"
        if not must_repeat:
            yield "|"

    def _may_close(self) -> bool:
        position = self._position
        if position >= self.full:
            return True
        if self.rules.measures or self._is_owed or self._pitches.tied is not None:
            return False
        if self._is_first():
            return 0 < position <= self.full // 2
        is_last = (self._section + 1) % _SECTION == 0 or self._volta > 0
        return self._pickup > 0 and position == self.full - self._pickup and is_last

    def _is_first(self) -> bool:
        return self._measure == 0 and not self._pickup

    def _take_gap(self, character: str) -> None:
        if character == ":":
            self._mode = "backward"
        elif character == "|":
            self._close(is_repeat=False)
        else:
            self._begin(character)

    def _after_backward(self) -> Iterator[str]:
        yield "|"

    def _take_backward(self, _character: str) -> None:
        self._close(is_repeat=True)

    def _close(self, *, is_repeat: bool) -> None:
        """End the measure with a bar, which has been read."""
        is_short = self._position < self.full
        if is_short and self._is_first() and not self.rules.measures:
            self._pickup = self._position
        else:
            was_owed, self._is_owed = self._is_owed, is_short
            self._measure += not was_owed
            self._section += not was_owed
        if is_repeat:
            self._must_end_again, self._has_repeated = self._volta == 1, True
            self._is_open, self._section, self._volta = False, 0, 0
        elif self._volta == 2 and self._section >= 1:
            self._volta = 0
        self._position = 0
        self._pitches.begin_measure()
        self._pitches.only = self._wanted(0)
        self._mode = "bar"
        if self.rules.measures and self._measure >= len(self.rules.measures):
            self.is_done = True

    def _after_bar(self) -> Iterator[str]:
        may_end = self._may_end()
        if not may_end or self._measure < self.rules.most:
            yield " "
        if may_end:
            yield END

    def _may_end(self) -> bool:
        if (
            self.rules.measures
            or self._measure < self.rules.least
            or self._pitches.tied is not None
        ):
            return False
        if self._is_open or self._must_end_again or self._volta == 1:
            return False
        if self._measure >= self.rules.most + _OVERTIME:
            return True
        # Behind a second ending a section begins anew.
        is_whole = self._section % _SECTION == 0 or (self._needs_opening and self._section <= 1)
        last = next((s.pitch for s in reversed(self.sounds) if s.pitch is not None), None)
        ends = self.rules.ends
        return is_whole and (not ends or last is None or last.midi_number % 12 in ends)

    def _take_bar(self, character: str) -> None:
        self.is_done = character == END
        self._mode = "measure"

    def _commit(self, *, is_tied: bool) -> None:
        ticks = self._ticks(self._text[3])
        pitch = None
        if self._text[1] != "z":
            is_marked = bool(self._text[0])
            pitch = self._pitches.take(self._spelled(), is_marked=is_marked, is_tied=is_tied)
        self.sounds.append(Sound(self._onset, ticks, pitch, is_tied))
        self._onset += ticks
        self._position += ticks
        if self._triplet:
            self._triplet_length = self._text[3]
            self._triplet -= 1
        self._pitches.only = self._wanted(self._position)

    def _is_cadence(self) -> bool:
        """Whether the measure that is being written closes a section."""
        if self.rules.measures:
            return bool(self.rules.ends) and self._measure + 1 >= len(self.rules.measures)
        is_eighth = self._section % _LONG_SECTION == _LONG_SECTION - 1
        return bool(self.rules.ends) and (is_eighth or self._volta > 0)

    def _is_rest(self, spelled: Spelled) -> bool:
        return Pitch(*spelled).midi_number % 12 in self.rules.ends

    def _wanted(self, position: int) -> frozenset[int]:
        """The pitch classes with which a note may begin there: the tonic in a last eighth."""
        is_late = position >= self.full - self._pickup - EIGHTH
        return self.rules.ends if is_late and self._is_cadence() else frozenset()

    def _ticks(self, length: str) -> int:
        return LENGTHS[length] * 2 // 3 if self._triplet else LENGTHS[length]

    def _spelled(self) -> Spelled:
        """The note in the making."""
        accidental, letter, marks, _ = self._text
        return self._pitches.spelled(accidental, letter, marks.count("'") - marks.count(","))
