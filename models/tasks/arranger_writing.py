"""From sampled cells to notes: which candidate is best, spelling, hands and voices."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from antiphon.bridge.music.phrase import Note
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.protocol.messages import Task
from antiphon.models.encoding.cells import DURATIONS, LOWEST
from antiphon.models.encoding.grid import TICKS_PER_QUARTER, quarters
from antiphon.models.tasks.arranger_asked import Filled, Scene
from antiphon.models.tasks.arranger_rules import BASS, GUITAR, PIANO, is_cautious
from antiphon.models.tasks.arranger_scene import Stage
from antiphon.models.tasks.spelling import spell_line
from antiphon.models.theory.ground import Ground
from antiphon.models.theory.held import Held, held_at
from antiphon.models.theory.texture import LEFT, RIGHT

_MIDDLE = 60
_REACH = 14
_WIDE_JOIN = 7
_JOINED = 3
_SPECK = Fraction(1, 4)
_USUAL_REPEATS = 0.2
_VELOCITY = {BASS: 78, PIANO: 64, GUITAR: 66}


def rank(filled: Filled, scene: Scene, ground: Ground) -> float:
    """How good a candidate is: likely, joined to what follows, not stuck, with a close.

    Measures that come more than twice count against it, and so does a tune made from nothing
    that does not end on its tonic.
    """
    score = filled.likelihood
    pitches = [pitch for cell in filled.cells for _, pitch, _ in cell.events()]
    if not pitches:
        return score - 10
    if is_cautious(ground):
        return score
    behind = scene.last + 1
    if behind < len(scene.cells):
        cell = scene.cells[behind]
        if cell is not None and cell.positions and scene.rules.thickest == 1:
            leap = abs(cell.groups[cell.positions[0]][-1][0] - pitches[-1])
            score -= 0.15 * max(0, leap - _WIDE_JOIN)
    if scene.rules.thickest == 1 and len(pitches) > 4:
        common = Counter(pitches).most_common(1)[0][1] / len(pitches)
        score -= 1.5 * max(0.0, common - 0.5)
        score -= 1.5 * max(0.0, _repeats(pitches) - _usual_repeats(scene) - 0.1)
        contents = Counter(tuple(cell.events()) for cell in filled.cells if cell.positions)
        worn = sum(max(0, count - 2) for count in contents.values())
        score -= 0.8 * worn / len(filled.cells)
        score -= _open_end(filled, ground)
    return score


def most_agreed(found: Sequence[Filled]) -> Filled:
    """The candidate whose onsets and pitches agree most with all others, by mean F1.

    The choice of least expected loss, as in minimum Bayes risk decoding (Kumar and Byrne 2004).
    """
    notes = [
        {(bar, at, pitch) for bar, cell in enumerate(f.cells) for at, pitch, _ in cell.events()}
        for f in found
    ]
    sums = [
        sum(2 * len(own & other) / max(1, len(own) + len(other)) for other in notes)
        for own in notes
    ]
    return max(zip(sums, found, strict=True), key=lambda pair: (pair[0], pair[1].likelihood))[1]


def _repeats(pitches: Sequence[int]) -> float:
    """The share of notes that repeat the one before."""
    return sum(a == b for a, b in pairwise(pitches)) / max(1, len(pitches) - 1)


def _usual_repeats(scene: Scene) -> float:
    """The same of the music round the answer, a usual value where there is none."""
    asked = range(scene.first, scene.last + 1)
    heard = [
        pitch
        for bar, cell in enumerate(scene.cells)
        if cell is not None and bar not in asked
        for _, pitch, _ in cell.events()
    ]
    return _repeats(heard) if len(heard) > 8 else _USUAL_REPEATS


def _open_end(filled: Filled, ground: Ground) -> float:
    """What it costs a tune made from nothing not to rest on its tonic at the end."""
    if ground.request.task is not Task.GENERATE:
        return 0.0
    last = [event for cell in filled.cells for event in cell.events()][-1]
    tonic = 9 if ground.felt.is_minor else 0
    is_home = (last[1] + LOWEST) % 12 == tonic
    is_long = DURATIONS[last[2]] >= TICKS_PER_QUARTER
    return (0.0 if is_home else 0.4) + (0.0 if is_long else 0.2)


def notes_of(ground: Ground, stage: Stage, filled: Filled, chords: Sequence[Held]) -> list[Note]:
    """The sounding notes of a candidate in quarters of the answer, spelled, in hands."""
    scene, grid = stage.scene, stage.scene.grid
    timed: list[tuple[Fraction, Fraction, int]] = []
    end = ground.length
    rest = None if scene.rules.rest is None else quarters(scene.rules.rest.at) - ground.start
    for bar, cell in zip(range(scene.first, scene.last + 1), filled.cells, strict=True):
        for position, pitch, duration in cell.events():
            onset = quarters(grid.bars[bar].start + position) - ground.start
            length = _held(quarters(DURATIONS[duration]), onset, end, rest)
            if length > 0:
                timed.append((onset, length, pitch + LOWEST - grid.shift))
    if scene.rules.thickest == 1:
        is_loose = any(slot.is_loose for slots in scene.rules.scripts.values() for slot in slots)
        timed = list(_one_by_one(timed, is_joined=is_loose))
        if scene.rules.home is not None and timed:
            onset, _, number = timed[-1]
            timed[-1] = onset, end - onset, number
    elif not stage.part.notes:
        timed = list(_without_specks(timed, end))
    notes = _spelled(ground, stage, timed, chords)
    if stage.part.staff_count > 1:
        return list(_in_hands(notes, stage))
    return _in_voice(notes, stage)


def _without_specks(
    timed: Sequence[tuple[Fraction, Fraction, int]], end: Fraction
) -> Iterator[tuple[Fraction, Fraction, int]]:
    """Chords held on over a rest of a sixteenth: a player shortens them without being told."""
    onsets = sorted({onset for onset, _, _ in timed})
    following = dict(pairwise([*onsets, end]))
    for onset, length, number in timed:
        room = following[onset] - onset
        yield onset, room if 0 < room - length <= _SPECK else length, number


def _held(length: Fraction, onset: Fraction, end: Fraction, rest: Fraction | None) -> Fraction:
    """How long a note is held: up to the end at most; a close begins anew and lasts."""
    if rest is None or onset > rest:
        return min(length, end - onset)
    return end - onset if onset == rest else min(length, rest - onset)


def _one_by_one(
    timed: Sequence[tuple[Fraction, Fraction, int]], *, is_joined: bool
) -> Iterator[tuple[Fraction, Fraction, int]]:
    """A line without overlaps; a joined one goes on until the next note, over short rests too."""
    for note, following in pairwise(timed):
        room = following[0] - note[0]
        yield note[0], room if is_joined and room <= _JOINED else min(note[1], room), note[2]
    yield from timed[-1:]


def _spelled(
    ground: Ground, stage: Stage, timed: Sequence[tuple[Fraction, Fraction, int]],
    chords: Sequence[Held],
) -> list[Note]:  # fmt: skip
    own = stage.part.notes
    velocity = (
        Counter(n.velocity for n in own).most_common(1)[0][0]
        if own
        else ground.loudness(_VELOCITY.get(stage.role, 80))
    )
    key = ground.key
    if stage.scene.rules.thickest == 1:
        numbers = [number for _, _, number in timed]
        pitches = spell_line(numbers, key, ground.felt.is_minor, [n.pitch for n in own])
    else:
        pitches = []
        for onset, _, number in timed:
            held = held_at(chords, onset)
            is_told = held is not None and number % 12 in held.tones
            pitches.append(
                held.spelled(number, key)
                if held is not None and is_told
                else spell(number, key.fifths, ground.felt.is_minor)
            )
    return [
        Note(onset, length, pitch, velocity)
        for (onset, length, _), pitch in zip(timed, pitches, strict=True)
    ]


def _in_voice(notes: Sequence[Note], stage: Stage) -> list[Note]:
    own = stage.part.notes
    voice = Counter(n.voice for n in own).most_common(1)[0][0] if own else 1
    staff = Counter(n.staff for n in own).most_common(1)[0][0] if own else 1
    return [replace(note, voice=voice, staff=staff) for note in notes]


def _in_hands(notes: Sequence[Note], stage: Stage) -> Iterator[Note]:
    """Notes on two staves: each chord is parted where a hand no longer reaches."""
    own = stage.part.notes
    if stage.scene.rules.thickest == 1 and own:
        yield from _in_voice(notes, stage)
        return
    right, left = RIGHT, LEFT
    if own:
        right = (1, _voice(own, 1, RIGHT[1]))
        left = (2, _voice(own, 2, LEFT[1]))
    groups: dict[Fraction, list[Note]] = {}
    for note in notes:
        groups.setdefault(note.onset, []).append(note)
    for group in groups.values():
        ordered = sorted(group, key=lambda n: n.pitch.midi_number)
        border = _border([n.pitch.midi_number for n in ordered])
        for index, note in enumerate(ordered):
            staff, voice = left if index < border else right
            yield replace(note, staff=staff, voice=voice)


def _voice(notes: Sequence[Note], staff: int, otherwise: int) -> int:
    found = Counter(n.voice for n in notes if n.staff == staff).most_common(1)
    return found[0][0] if found else otherwise


def _border(numbers: Sequence[int]) -> int:
    """How many of the rising numbers the left hand takes."""
    options = []
    for border in range(len(numbers) + 1):
        low, high = numbers[:border], numbers[border:]
        cost = float(sum(max(0, n - _MIDDLE + 1) for n in low))
        cost += sum(max(0, _MIDDLE - n) for n in high)
        for hand in (low, high):
            if len(hand) > 1:
                cost += 20 * max(0, hand[-1] - hand[0] - _REACH)
            cost += 30 * max(0, len(hand) - 5)
        options.append((cost, border))
    return min(options)[1]
