"""An analysis in words, line by line: the same in a terminal and in the panel."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from antiphon.bridge.music.analysis import Analysis, ChordSpan, Mood, PartReading

_CHORDS_A_LINE = 4
_MOST_LINES = 24
_MOST_TOLD = 8
_LEVELS = ("beginner", "easy", "intermediate", "advanced", "very hard")


def in_words(found: Analysis) -> Iterator[str]:
    """The lines of an analysis for people."""
    yield f"{found.title or 'Untitled'}, {found.measures or 'no measures'}"
    if found.keys:
        yield f"Key: {found.keys[0].name}" + "".join(
            f"; from measure {span.measure} {span.name}" for span in found.keys[1:]
        )
    yield f"Meter: {found.meter}; tempo: {found.tempo:g} quarters a minute"
    if found.sections:
        spans = ", ".join(f"{s.label} {s.first}–{s.last}" for s in found.sections[:24])
        yield f"Form: {found.form} ({spans})"
    if found.chords:
        yield "Chords" + (" that the melody implies:" if found.is_melody else ":")
        yield from _chords(found.chords)
    if found.cadences:
        told = [f"measure {c.measure} {c.name} ({c.numerals})" for c in found.cadences]
        yield f"Cadences: {_some(told, '; ')}"
    if found.foreign:
        yield f"Notes foreign to their chords: {_kinds(found)}"
    if found.faults:
        yield f"Voice leading, {len(found.faults)} to look at:"
        yield from (f"  {fault.sentence}" for fault in found.faults[:_MOST_TOLD])
        if len(found.faults) > _MOST_TOLD:
            yield f"  … and {len(found.faults) - _MOST_TOLD} more"
    yield from (_part(part) for part in found.parts)
    if found.styles:
        named = [f"{s.style} {s.probability:.0%}" for s in found.styles if s.probability >= 0.05]
        yield f"Style: {', '.join(named[:4])}"
    if found.mood:
        yield from _mood(found.mood)
    yield from found.left_out


def _chords(chords: Sequence[ChordSpan]) -> Iterator[str]:
    """Measures of chords, four a line: symbols with numerals, the key where it changes."""
    cells, key = [], ""
    for measure, own in groupby(chords, key=lambda chord: chord.measure):
        words = []
        for chord in own:
            if chord.key != key:
                key = chord.key
                words.append(f"[{key}]")
            words.append(f"{chord.text} ({chord.numeral})")
        cells.append(f"{measure}: {' '.join(words)}")
    lines = [cells[i : i + _CHORDS_A_LINE] for i in range(0, len(cells), _CHORDS_A_LINE)]
    for line in lines[:_MOST_LINES]:
        yield f"  {' | '.join(line)}"
    if len(lines) > _MOST_LINES:
        yield f"  … {len(cells) - _MOST_LINES * _CHORDS_A_LINE} measures more; --json has them all"


def _kinds(found: Analysis) -> str:
    counts: dict[str, int] = {}
    for note in found.foreign:
        counts[note.kind] = counts.get(note.kind, 0) + 1
    ranked = sorted(counts.items(), key=lambda row: -row[1])
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in ranked)


def _part(part: PartReading) -> str:
    why = f": {', '.join(part.reasons)}" if part.reasons else ""
    level = difficulty_word(part.difficulty)
    return f"{part.name}: {part.range}; difficulty {part.difficulty:g} of 9, {level}{why}"


def difficulty_word(difficulty: float) -> str:
    """A word for a difficulty of 1 … 9."""
    return _LEVELS[min(4, max(0, int((difficulty - 1) / 8 * 5)))]


def _mood(mood: Mood) -> Iterator[str]:
    yield f"Mood: {mood.word}; valence {mood.valence:+.2f}, arousal {mood.arousal:+.2f}"
    yield from (f"  {reason}" for reason in mood.reasons)


def _some(told: Sequence[str], between: str) -> str:
    more = f"{between}… {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return between.join(told[:_MOST_TOLD]) + more
