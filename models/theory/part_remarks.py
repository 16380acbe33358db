"""What the parts of an answer do, in musical words: chords, voices, bass, drums, accompaniment."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from antiphon.bridge.music.chords import pitch_classes, root_pitch_class
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.words import key_name, range_in_words
from antiphon.bridge.protocol.asked import answer_start, own_part, role_of
from antiphon.bridge.protocol.messages import Remark, Request
from antiphon.models.theory.chord_words import cadence_of, chords_in_words, numerals_in_words
from antiphon.models.theory.ground import melody_between

# Every sentence with its code; translations replace this table alone.
SENTENCES = {
    "chords": "Chords: {names}.",
    "numerals": "In {key}: {numerals}.",
    "cadence": "It closes with {cadence}.",
    "borrowed": "Chords from outside the key: {names}.",
    "resting": "{part} rests throughout.",
    "voice-range": "{part} sings from {range}.",
    "part-range": "{part}: {notes} notes, from {range}.",
    "bass-roots": "{part} has the root under {share} % of the chords' beginnings.",
    "bass-kick": "{part} strikes with {share} % of the bass drum's strokes.",
    "drum-kit": "{part}: {notes} strokes, the backbeat on {snare}, fills in {fills}.",
    "drum-plain": "{part}: {notes} strokes.",
    "tune-kept": "The melody keeps {share} % of its notes in their order.",
    "tune-moved": "{share} % of its notes begin elsewhere than before.",
}
_KICKS, _SNARES, _TOMS = (35, 36), (37, 38, 40), (41, 43, 45, 47, 48, 50)
_VOICES = ("alto", "tenor", "bass voice")


def on_chords(answer: Phrase, key: KeySignature) -> Iterator[Remark]:
    """The chords of an answer by name and by degree, its cadence, what is foreign to the key."""
    if not answer.chords:
        return
    yield _say("chords", names=chords_in_words(answer.chords))
    yield _say("numerals", key=key_name(key), numerals=numerals_in_words(answer.chords, key))
    cadence = cadence_of(answer.chords, key)
    if cadence:
        yield _say("cadence", cadence=cadence)
    foreign = [c for c in answer.chords if not pitch_classes(c) <= key.scale]
    if foreign:
        unlike = list({(c.root, c.kind): c for c in foreign}.values())
        yield _say("borrowed", names=chords_in_words(unlike))


def on_part(request: Request, answer: Phrase, part: Part) -> Iterator[Remark]:
    """What one part of an answer does."""
    notes = sounding(part.notes)
    name = part.name or "The part"
    if not notes:
        yield _say("resting", part=name)
        return
    if part.is_drums:
        yield _drums(answer, notes, name)
        return
    if role_of(part) in _VOICES:
        yield _say("voice-range", part=name, range=range_in_words(notes))
    else:
        yield _say("part-range", part=name, notes=len(notes), range=range_in_words(notes))
    if role_of(part) in ("bass", "bass voice") and answer.chords:
        yield _say("bass-roots", part=name, share=_root_share(answer.chords, notes))
    if role_of(part) == "bass":
        yield from _with_kick(request, answer, notes, name)


def on_melody(request: Request, answer: Phrase, part: Part) -> Iterator[Remark]:
    """How much of a restyled melody is still the tune."""
    own = own_part(request)
    if own is None:
        return
    start = answer_start(request)
    old = melody_between(own, start, start + answer.length)
    new = melody_between(part, Fraction(0), answer.length)
    if not old or not new:
        return
    shared = _common(
        [n.pitch.midi_number % 12 for n in old], [n.pitch.midi_number % 12 for n in new]
    )
    yield _say("tune-kept", share=round(100 * shared / len(old)))
    places = {n.onset for n in old}
    moved = sum(n.onset not in places for n in new)
    if moved:
        yield _say("tune-moved", share=round(100 * moved / len(new)))


def _say(code: str, **gaps: object) -> Remark:
    return Remark(code, SENTENCES[code].format(**gaps).replace("….", "…"))


def _root_share(chords: Sequence[ChordSymbol], notes: Sequence[Note]) -> int:
    lowest: dict[Fraction, int] = {}
    for note in notes:
        number = note.pitch.midi_number
        lowest[note.onset] = min(lowest.get(note.onset, 127), number)
    begun = [chord for chord in chords if chord.onset in lowest]
    roots = sum(lowest[c.onset] % 12 == root_pitch_class(c) for c in begun)
    return round(100 * roots / len(begun)) if begun else 0


def _with_kick(
    request: Request, answer: Phrase, notes: Sequence[Note], name: str
) -> Iterator[Remark]:
    """How often the bass strikes with the bass drum: the answer's, else the song's."""
    start = answer_start(request)
    kicks = {
        note.onset - shift
        for phrase, shift in ((answer, Fraction(0)), (request.phrase, start))
        for part in phrase.parts
        if part.is_drums
        for note in part.notes
        if note.pitch.midi_number in _KICKS and 0 <= note.onset - shift < answer.length
    }
    if kicks:
        struck = kicks & {note.onset for note in notes}
        yield _say("bass-kick", part=name, share=round(100 * len(struck) / len(kicks)))


def _drums(answer: Phrase, notes: Sequence[Note], name: str) -> Remark:
    snares: Counter[Fraction] = Counter()
    fills: list[str] = []
    for measure in answer.measures:
        inside = [n for n in notes if measure.onset <= n.onset < measure.end]
        for note in inside:
            if note.pitch.midi_number in _SNARES and (note.onset - measure.onset) % 1 == 0:
                snares[note.onset - measure.onset] += 1
        if sum(n.pitch.midi_number in _TOMS for n in inside) >= 2:
            fills.append(measure.number)
    often = sorted(place + 1 for place, n in snares.items() if 2 * n >= len(answer.measures))
    if not often or not fills:
        return _say("drum-plain", part=name, notes=len(notes))
    beats = "beat " + " and ".join(str(beat) for beat in often[:4])
    told = ", ".join(fills[:4]) + (" …" if len(fills) > 4 else "")
    where = f"measure{'s' if len(fills) > 1 else ''} {told}"
    return _say("drum-kit", part=name, notes=len(notes), snare=beats, fills=where)


def _common(old: Sequence[int], new: Sequence[int]) -> int:
    """Length of the longest common subsequence, on the first 400 notes."""
    row = [0] * (min(len(new), 400) + 1)
    for value in old[:400]:
        before = 0
        for index, other in enumerate(new[:400], 1):
            kept = row[index]
            row[index] = before + 1 if value == other else max(row[index], row[index - 1])
            before = kept
    return row[-1]
