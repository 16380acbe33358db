"""Notes and measures as a screen reader says them, in both languages; no Qt."""

from dataclasses import dataclass
from fractions import Fraction

from antiphon.bridge.formats.musicxml_rhythm import VALUE_NAMES
from antiphon.bridge.music.phrase import measure_at, meter_at
from antiphon.bridge.music.words import note_name
from antiphon.ui.drawing.drums import drum_name
from antiphon.ui.drawing.shown import Origin, Shown, ShownNote


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one language, with `{named}` gaps."""

    note: str
    measure: str
    values: dict[str, str]
    plain: str
    dotted: str
    double_dotted: str
    triplet: str
    grace: str
    quarters: str
    given: str
    new: str
    changed: str
    gone: str
    locked: str
    summary: str
    with_answer: str
    nothing: str


ENGLISH = Speech(
    note="measure {measure}, beat {beat}, {part}, {pitch}, {value}",
    measure="measure {measure}, {count} notes",
    values={
        "breve": "double whole", "whole": "whole", "half": "half", "quarter": "quarter",
        "eighth": "eighth", "16th": "sixteenth", "32nd": "thirty-second", "64th": "sixty-fourth",
    },
    plain="{value} note",
    dotted="dotted {value} note",
    double_dotted="double dotted {value} note",
    triplet="triplet {value} note",
    grace="grace note",
    quarters="{count} quarters",
    given="given",
    new="new",
    changed="changed",
    gone="only in the take before",
    locked="locked",
    summary="{parts}: {measures} measures, {notes} notes",
    with_answer="{added} of them new, {changed} changed",
    nothing="Nothing is shown yet.",
)  # fmt: skip
CHINESE = Speech(
    note="第{measure}小节，第{beat}拍，{part}，{pitch}，{value}",
    measure="第{measure}小节，{count}个音",
    values={
        "breve": "二全音符", "whole": "全音符", "half": "二分音符", "quarter": "四分音符",
        "eighth": "八分音符", "16th": "十六分音符", "32nd": "三十二分音符",
        "64th": "六十四分音符",
    },
    plain="{value}",
    dotted="附点{value}",
    double_dotted="复附点{value}",
    triplet="三连音{value}",
    grace="倚音",
    quarters="{count}个四分音符",
    given="原有",
    new="新音",
    changed="有改动",
    gone="仅上一版有",
    locked="已锁定",
    summary="{parts}：{measures}个小节，{notes}个音",
    with_answer="其中新音{added}个，有改动的{changed}个",
    nothing="还没有内容。",
)  # fmt: skip


def speech_for(language: str) -> Speech:
    """The words of a language by its code; English where it has none of its own."""
    return CHINESE if language.lower().startswith("zh") else ENGLISH


def spoken_note(shown: Shown, note: ShownNote, speech: Speech = ENGLISH) -> str:
    """A note said: "measure 2, beat 1, alto, E4, half note", then what is special about it."""
    part = shown.phrase.parts[note.part]
    measure = measure_at(shown.phrase, note.note.onset)
    number = note.note.pitch.midi_number
    said = speech.note.format(
        measure=measure.number if measure else "?",
        beat=spoken_beat(shown, note.note.onset),
        part=part.name or part.id,
        pitch=drum_name(number) if part.is_drums else note_name(note.note.pitch),
        value=spoken_value(note.note.duration, speech),
    )
    words = {Origin.NEW: speech.new, Origin.CHANGED: speech.changed}
    comma = "，" if "，" in speech.note else ", "
    return comma.join([said, words[note.origin]] if note.is_new else [said])


def spoken_beat(shown: Shown, onset: Fraction) -> str:
    """The beat of an onset in its measure, from 1: "2", "2.5", "3 1/3"."""
    measure = measure_at(shown.phrase, onset)
    if measure is None:
        return "?"
    beat = (onset - measure.onset) / meter_at(shown.phrase, onset).beat_duration + 1
    whole, rest = divmod(beat, 1)
    if not rest:
        return str(whole)
    if rest.denominator in (2, 4):
        return f"{float(beat):g}"
    rest = rest.limit_denominator(12)
    return f"{whole} {rest}"


def spoken_value(duration: Fraction, speech: Speech = ENGLISH) -> str:
    """A duration in quarters as a note value: "dotted half note", "triplet eighth note"."""
    if duration == 0:
        return speech.grace
    for factor, form in (
        (Fraction(1), speech.plain),
        (Fraction(3, 2), speech.dotted),
        (Fraction(7, 4), speech.double_dotted),
        (Fraction(2, 3), speech.triplet),
    ):
        name = speech.values.get(VALUE_NAMES.get(duration / factor, ""))
        if name:
            return form.format(value=name)
    return speech.quarters.format(count=f"{float(duration):.3g}")


def spoken_measure(shown: Shown, place: int, speech: Speech = ENGLISH) -> str:
    """A measure said: "measure 9, 7 notes"."""
    measure = shown.phrase.measures[place]
    inside = [n for n in shown.notes if measure.onset <= n.note.onset < measure.end]
    return speech.measure.format(measure=measure.number, count=len(inside))


def spoken_summary(shown: Shown, speech: Speech = ENGLISH) -> str:
    """All that is shown in one sentence: parts, measures, notes, and how many are new."""
    if not shown.phrase.parts:
        return speech.nothing
    comma = "，" if "，" in speech.note else ", "
    said = speech.summary.format(
        parts=comma.join(part.name or part.id for part in shown.phrase.parts),
        measures=len(shown.phrase.measures),
        notes=len(shown.notes),
    )
    if not shown.has_answer:
        return said
    added = sum(1 for note in shown.notes if note.is_new)
    changed = sum(1 for note in shown.notes if note.origin is Origin.CHANGED)
    return comma.join([said, speech.with_answer.format(added=added, changed=changed)])
