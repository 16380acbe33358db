"""A phrase analysed: everything that `antiphon analyze` and the panel tell of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.analysis import Analysis, Cadence, ChordSpan, KeySpan, StyleShare
from antiphon.bridge.music.chords import KINDS, bass_pitch_class, chord_symbol, chord_text
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Phrase, key_at, measure_at, meter_at
from antiphon.bridge.music.words import key_name, measures_in_words, meter_name
from antiphon.models.listening.difficulty import readings
from antiphon.models.listening.features import features_of, is_line, melody_notes
from antiphon.models.listening.form import form_in_words, likeness, rounded, sections
from antiphon.models.listening.harmony import Beat, beats_heard, key_signature
from antiphon.models.listening.mood import heard_as, mood_of
from antiphon.models.listening.numerals import numeral
from antiphon.models.listening.sound import USUAL_TEMPO, Sound, sound_of
from antiphon.models.listening.style import style_model
from antiphon.models.listening.voices import Line, faults, foreign_notes, is_part_writing, lines_of
from antiphon.models.theory.keys import find_key

# A key holds at least so many measures to be told; in a short passage two.
_SHORT_KEY = 4
_MOST_ALIKE = 200


def analyze(phrase: Phrase) -> Analysis:
    """The analysis of a phrase; for a silent one most of it is empty."""
    sound = sound_of(phrase)
    line = is_line(sound)
    signed = likely_signature(phrase, line=line)
    beats = beats_heard(phrase, sound, is_line=line, near=signed) if len(sound.notes) else []
    chords = tuple(chord_spans(phrase, sound, beats))
    lines = lines_of(phrase)
    alike = likeness(phrase, sound)
    found = sections(phrase, alike)
    overall = _main_key(beats)
    part_writing = is_part_writing(phrase, lines)
    melody = [Line("Melody", melody_notes(phrase))] if not line or phrase.chords else []
    return Analysis(
        title=phrase.title,
        measures=measures_in_words(phrase.measures),
        length=phrase.length,
        keys=tuple(key_spans(phrase, sound, beats)),
        meter=_meters(phrase),
        tempo=_tempo(phrase),
        form=form_in_words(found),
        sections=found,
        chords=chords,
        cadences=tuple(cadences(phrase, chords)),
        foreign=tuple(foreign_notes(phrase, lines if part_writing else melody, chords)),
        faults=tuple(faults(phrase, lines, overall)) if part_writing else (),
        parts=readings(phrase, sound) if len(sound.notes) else (),
        styles=_styles(phrase, sound, beats),
        mood=mood_of(heard_as(phrase, sound, beats)) if beats else None,
        is_melody=line and len(sound.notes) > 0 and not phrase.chords,
        alike=rounded(alike) if len(alike) <= _MOST_ALIKE else (),
        left_out=tuple(_left_out(phrase, sound, line=line, part_writing=part_writing)),
    )


def _left_out(phrase: Phrase, sound: Sound, *, line: bool, part_writing: bool) -> Iterator[str]:
    if sound.is_silent:
        yield "No pitched note sounds, so keys, chords and mood could not be told."
        return
    if line and not phrase.chords:
        yield "A single line sounds: the chords are the ones that it implies."
    if not part_writing and not line:
        yield "Faults of voice leading are told only where two to six single voices move."
    if not phrase.tempos:
        yield f"No tempo is given; {USUAL_TEMPO:.0f} beats a minute are taken."
    if len(phrase.measures) > _MOST_ALIKE:
        yield f"The picture of repetitions is left out over {_MOST_ALIKE} measures."


def likely_signature(phrase: Phrase, *, line: bool) -> KeySignature | None:
    """The key signature, if it may be believed: many MIDI files name C major unasked.

    Without one the key of a lone melody is found as a whole, which its profile tells best.
    """
    if not phrase.key_signatures and line:
        return find_key(phrase)
    if len(phrase.key_signatures) != 1:
        return None
    written = phrase.key_signatures[0]
    return written if line or written.fifths or written.is_minor else None


def _main_key(beats: Sequence[Beat]) -> int:
    counts: dict[int, int] = {}
    for beat in beats:
        counts[beat.key] = counts.get(beat.key, 0) + 1
    return max(counts, key=lambda key: counts[key], default=0)


def key_spans(phrase: Phrase, sound: Sound, beats: Sequence[Beat]) -> Iterator[KeySpan]:
    """The keys in order; a passing one of a few measures is left to its neighbours."""
    shortest = min(_SHORT_KEY, max(2, len(phrase.measures) // 6))
    runs = [(key, len(list(own))) for key, own in groupby(beats, key=lambda beat: beat.key)]
    kept: list[list[int]] = []
    at = 0
    for key, count in runs:
        first = at
        at += count
        measures = len({int(m) for m in sound.measure[first:at]})
        if kept and (kept[-1][0] == key or measures < shortest):
            kept[-1][2] = at
        elif not kept or kept[-1][0] != key:
            kept.append([key, first, at])
    if len(kept) > 1 and len({int(m) for m in sound.measure[: kept[0][2]]}) < shortest:
        kept[1][1] = 0
        del kept[0]
    for number, (key, first, last) in enumerate(kept):
        onset = Fraction(0) if number == 0 else _quarters(sound.beats[first])
        end = _quarters(sound.beats[last]) if number + 1 < len(kept) else phrase.length
        written = key_at(phrase, onset)
        signature = key_signature(key, written.fifths if written else 0, onset)
        measure = measure_at(phrase, onset)
        yield KeySpan(onset, end, measure.number if measure else "", signature, key_name(signature))


def _quarters(value: float) -> Fraction:
    return Fraction(float(value)).limit_denominator(96)


def chord_spans(phrase: Phrase, sound: Sound, beats: Sequence[Beat]) -> Iterator[ChordSpan]:
    """The chords where they change, root, kind or inversion, with their numerals."""
    begun: list[tuple[int, Beat]] = []
    symbols = sorted(phrase.chords, key=lambda chord: chord.onset)
    for index, beat in enumerate(beats):
        if beat.root is None:
            continue
        low = _inversion(beat)
        if symbols and float(symbols[0].onset) <= sound.beats[index] + 1e-6:
            # A symbol says its own bass; the fifth that a bass player strikes is no inversion.
            own = [c for c in symbols if float(c.onset) <= sound.beats[index] + 1e-6][-1]
            low = bass_pitch_class(own)
        last = begun[-1][1] if begun else None
        same = last is not None and (last.root, last.kind, last.key) == (
            beat.root, beat.kind, beat.key,
        )  # fmt: skip
        held = last is not None and (low is None or last.bass == low)
        if not (same and held):
            kept = last.bass if same and last is not None and low is None else low
            begun.append((index, replace(beat, bass=kept)))
    given = {float(c.onset): c for c in phrase.chords}
    for number, (index, beat) in enumerate(begun):
        onset = _quarters(sound.beats[index])
        following = begun[number + 1][0] if number + 1 < len(begun) else len(beats)
        end = _quarters(sound.beats[following]) if following < len(beats) else phrase.length
        yield _span(phrase, sound, index, (beat, onset, end), given.get(float(sound.beats[index])))


def _inversion(beat: Beat) -> int | None:
    """The bass that decides the inversion: a chord tone, else the root; None if none sounds."""
    if beat.bass is None or beat.root is None:
        return None
    tones = {(beat.root + step) % 12 for step in KINDS[beat.kind].intervals}
    return beat.bass if beat.bass in tones else beat.root


def _span(
    phrase: Phrase, sound: Sound, index: int, found: tuple[Beat, Fraction, Fraction],
    given: ChordSymbol | None,
) -> ChordSpan:  # fmt: skip
    beat, onset, end = found
    root = beat.root or 0
    written = key_at(phrase, onset)
    signature = key_signature(beat.key, written.fifths if written else 0, onset)
    symbol = given or chord_symbol(onset, root, beat.kind, signature, beat.bass)
    measure = measure_at(phrase, onset)
    return ChordSpan(
        onset, max(Fraction(0), end - onset), measure.number if measure else "",
        int(sound.in_measure[index]) + 1, symbol, chord_text(symbol),
        numeral(root, beat.kind, beat.bass, beat.key), key_name(signature), given is not None,
    )  # fmt: skip


def cadences(phrase: Phrase, chords: Sequence[ChordSpan]) -> Iterator[Cadence]:
    """The cadences at the ends of phrases: where the melody rests on a long note or stops."""
    for onset in _rests(phrase):
        before = [c for c in chords if c.onset <= onset]
        if len(before) < 2:
            continue
        last = before[-1]
        earlier = [c for c in before if c.symbol.root != last.symbol.root]
        if not earlier:
            continue
        name = _cadence(_degree(earlier[-1].numeral), last.numeral)
        if name:
            yield Cadence(onset, last.measure, name, f"{earlier[-1].numeral} {last.numeral}")


def _rests(phrase: Phrase) -> Iterator[Fraction]:
    """Where phrases come to rest: onsets of long melody notes and of notes before a rest."""
    line = melody_notes(phrase)
    if len(line) < 3:
        return
    usual = sorted(note.duration for note in line)[len(line) // 2]
    last = Fraction(-100)
    for note, following in zip(line, [*line[1:], None], strict=True):
        meter = meter_at(phrase, note.onset)
        room = (following.onset if following else phrase.length) - note.onset
        is_long = room >= max(2 * usual, meter.beat_duration * 2) or following is None
        if is_long and note.onset - last >= 2 * meter.measure_duration - meter.beat_duration:
            last = note.onset
            yield note.onset


def _degree(figure: str) -> str:
    return "" if "/" in figure else "".join(c for c in figure if c in "IViv#b")


def _cadence(before: str, figure: str) -> str:
    """The name of a cadence of two numerals, "" where they make none."""
    after = _degree(figure)
    inverted = any(c.isdigit() for c in figure.replace("7", ""))
    if after in ("I", "i"):
        if before == "V":
            return "imperfect authentic cadence" if inverted else "authentic cadence"
        if before == "vii":
            return "leading-note cadence"
        if before in ("IV", "iv"):
            return "plagal cadence"
        return "modal cadence" if before in ("VII", "bVII") else ""
    if after == "V" and "7" not in figure:
        return "phrygian half cadence" if before == "iv" else "half cadence"
    if after in ("vi", "VI", "bVI") and before == "V":
        return "deceptive cadence"
    return ""


def _meters(phrase: Phrase) -> str:
    named = [meter_name(meter) for meter in phrase.time_signatures] or ["4/4"]
    return ", ".join(list(dict.fromkeys(named))[:6])


def _tempo(phrase: Phrase) -> float:
    tempos = sorted(phrase.tempos, key=lambda tempo: tempo.onset)
    if not tempos:
        return USUAL_TEMPO * float(meter_at(phrase, Fraction(0)).beat_duration)
    ends = [*(tempo.onset for tempo in tempos[1:]), max(phrase.length, tempos[-1].onset + 1)]
    spans = [float(end - t.onset) for t, end in zip(tempos, ends, strict=True)]
    minutes = sum(s / t.quarters_per_minute for s, t in zip(spans, tempos, strict=True))
    return round(sum(spans) / minutes, 1) if minutes > 0 else USUAL_TEMPO


def _styles(phrase: Phrase, sound: Sound, beats: list[Beat]) -> tuple[StyleShare, ...]:
    notes = sum(len(sounding(part.notes)) for part in phrase.parts)
    if not beats or notes < 8:
        return ()
    try:
        return style_model().probabilities(features_of(phrase, sound, beats))
    except AntiphonError:
        return ()
