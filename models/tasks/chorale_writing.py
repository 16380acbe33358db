"""From symbols on the grid to the parts of an answer: note lengths, spelling, chord symbols."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from antiphon.bridge.music.chords import chord_symbol
from antiphon.bridge.music.phrase import Note, Phrase
from antiphon.bridge.music.pitch import Pitch
from antiphon.models.encoding import satb
from antiphon.models.encoding.satb import Array
from antiphon.models.tasks.chorale_plan import Plan
from antiphon.models.tasks.chorale_sampling import Flags
from antiphon.models.tasks.spelling import spell_line
from antiphon.models.theory.chord_choice import given_chords
from antiphon.models.theory.ground import ground_of
from antiphon.models.theory.held import Held, held_at, held_from
from antiphon.models.theory.settle import settled

_KINDS: dict[tuple[int, ...], str] = {
    (0, 4, 7): "major",
    (0, 3, 7): "minor",
    (0, 3, 6): "diminished",
    (0, 4, 8): "augmented",
    (0, 4, 7, 10): "dominant",
    (0, 4, 10): "dominant",
    (0, 3, 7, 10): "minor-seventh",
    (0, 4, 7, 11): "major-seventh",
    (0, 3, 6, 10): "half-diminished",
    (0, 3, 6, 9): "diminished-seventh",
    (0, 4): "major",
    (0, 3): "minor",
}
_SURE = frozenset({"major", "minor", "dominant", "minor-seventh", "major-seventh"})


def written(prepared: Plan, symbols: Array, number: int) -> Phrase:
    """The answer of take `number` made of symbols (slots, 4); every hard control is kept."""
    ground = ground_of(prepared.request, number)
    numbers = satb.to_numbers(symbols) - np.array(prepared.shifts)
    numbers = np.where(symbols > satb.REST, numbers, 0)
    numbers = np.where(symbols == satb.UNKNOWN, 0, numbers)
    chords = recognised(prepared, numbers)
    drafts = {}
    strikes = _strikes(prepared, numbers)
    for voice, part in enumerate(prepared.parts, 1):
        runs = _runs(numbers[:, voice], strikes[:, voice], prepared)
        pitches = _spelled([n for _, _, n in runs], [o for o, _, _ in runs], prepared, chords)
        drafts[part.id] = [
            Note(onset, end - onset, pitch, prepared.velocity)
            for (onset, end, _), pitch in zip(runs, pitches, strict=True)
        ]
    return settled(ground, drafts, () if given_chords(ground) else chords)


def _strikes(prepared: Plan, numbers: Array) -> Flags:
    """Where each voice (slots, 4) begins a note.

    A pitch that goes on is sung again where the melody begins a note on a beat, as a syllable
    falls there, unless it began between beats: that is a suspension, and tied. In a compound
    meter the short note after a long one has its syllable too.
    """
    within, melody = prepared.board.within, prepared.attacks
    strikes = np.zeros(numbers.shape, np.bool_)
    strikes[0] = True
    strikes[1:] = numbers[1:] != numbers[:-1]
    on_beat: Flags = within == 0
    syllable: Flags = on_beat | (prepared.compound & (within == 2))
    began = np.zeros(4, np.int64)
    for slot in range(len(numbers)):
        again = melody[slot] and syllable[slot]
        for voice in range(1, 4):
            if not strikes[slot, voice] and again:
                tied = not on_beat[began[voice]] and slot - began[voice] <= 2
                strikes[slot, voice] = not tied
            elif strikes[slot, voice]:
                began[voice] = slot
    return strikes


def _runs(
    line: Array, strikes: Flags, prepared: Plan
) -> list[tuple[Fraction, Fraction, int]]:  # fmt: skip
    """(onset, end, MIDI number) of the notes of a line in the answer, in quarters of it."""
    runs: list[tuple[Fraction, Fraction, int]] = []
    length = prepared.ground.length
    for slot in range(prepared.first, prepared.last):
        number = int(line[slot])
        end = min(prepared.edges[slot + 1], length)
        if number == 0:
            continue
        joined = runs and runs[-1][1] == prepared.edges[slot] and runs[-1][2] == number
        if joined and not strikes[slot]:
            runs[-1] = (runs[-1][0], end, number)
        else:
            runs.append((max(Fraction(0), prepared.edges[slot]), end, number))
    return runs


def _spelled(
    numbers: Sequence[int], onsets: Sequence[Fraction], prepared: Plan, chords: Sequence[Held]
) -> list[Pitch]:
    """Pitches of a line: the key's own, chromatic ones as the chord has them or as they lead."""
    ground = prepared.ground
    heard = [note.pitch for note in ground.melody]
    pitches = spell_line(numbers, ground.key, ground.felt.is_minor, heard)
    found = []
    for number, onset, pitch in zip(numbers, onsets, pitches, strict=True):
        held = held_at(chords, onset) if number % 12 not in ground.key.scale else None
        # The root of a symmetric chord is anybody's guess: there a note is written as it leads.
        is_sure = held is not None and held.symbol.kind in _SURE and number % 12 in held.tones
        chosen = held.spelled(number, ground.key) if held is not None and is_sure else pitch
        found.append(chosen if abs(chosen.alter) < 2 else pitch)
    return found


def recognised(prepared: Plan, numbers: Array) -> tuple[Held, ...]:
    """The chords on the beats of the answer, where they change; passing notes name none."""
    within = prepared.board.within
    ground = prepared.ground
    found: list[tuple[Fraction, int, str]] = []
    for slot in range(prepared.first, prepared.last):
        if within[slot] != 0:
            continue
        named = _chord_at(numbers, slot, prepared.last)
        if named is None or (found and found[-1][1:] == named):
            continue
        found.append((max(Fraction(0), prepared.edges[slot]), *named))
    ends = [*(onset for onset, _, _ in found[1:]), ground.length][: len(found)]
    held = []
    for (onset, root, kind), end in zip(found, ends, strict=True):
        one = held_from(chord_symbol(onset, root, kind, ground.key), onset, end)
        # In a strict key no symbol is said that lies outside it, whatever the melody does.
        if one is not None and set(one.tones) <= ground.scale:
            held.append(one)
    return tuple(held)


def _chord_at(numbers: Array, slot: int, last: int) -> tuple[int, str] | None:
    """Root and kind on a beat, or, after a suspension, in the middle of it."""
    for place in (slot, slot + 2):
        if place >= last:
            break
        classes = {int(n) % 12 for n in numbers[place] if n > 0}
        for root in sorted(classes, key=lambda pc: pc != int(numbers[place, 3]) % 12):
            kind = _KINDS.get(tuple(sorted((pc - root) % 12 for pc in classes)))
            if kind is not None:
                return root, kind
    return None
