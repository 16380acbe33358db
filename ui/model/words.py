"""Regions, keys, times and faults in the words of the person's language."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Phrase, key_at, meter_at
from antiphon.bridge.music.pitch import pitch_from_fifths
from antiphon.bridge.music.time import Measure
from antiphon.bridge.music.words import meter_name, note_name
from antiphon.ui.language import Say
from antiphon.ui.language import marked as _

MODES: Mapping[str, str] = {
    "major": _("{tonic} major"),
    "minor": _("{tonic} minor"),
    "dorian": _("{tonic} dorian"),
    "phrygian": _("{tonic} phrygian"),
    "lydian": _("{tonic} lydian"),
    "mixolydian": _("{tonic} mixolydian"),
    "locrian": _("{tonic} locrian"),
}
STAGES: Mapping[str, str] = {
    "queued": _("Waiting"),
    "loading": _("Waking the model"),
    "writing": _("Writing"),
    "checking": _("Checking"),
}
_GAP = re.compile(r"\\\{(\w+)\\\}")


def key_words(say: Say, key: KeySignature) -> str:
    """The name of a key: "G major", "G 大调"."""
    tonic = pitch_from_fifths(key.tonic_fifths, 60 + 7 * key.tonic_fifths % 12)
    return say(MODES[key.mode], tonic=note_name(tonic, with_octave=False))


def measure_words(say: Say, measures: Iterable[Measure]) -> str:
    """The span of some measures: "measures 9–16", "" for none."""
    numbers = [measure.number for measure in measures]
    if not numbers:
        return ""
    if len(numbers) == 1:
        return say("measure {number}", number=numbers[0])
    return say("measures {first}–{last}", first=numbers[0], last=numbers[-1])


def region_words(say: Say, phrase: Phrase, part_id: str, start: Fraction, end: Fraction) -> str:
    """A span of a part (quarters): "Violin, measures 9–16, 4/4, G major"."""
    name = next((part.name for part in phrase.parts if part.id == part_id), "")
    measures = [m for m in phrase.measures if m.onset < end and m.end > start]
    key = key_at(phrase, start)
    said = [
        name or say("Unnamed part"),
        measure_words(say, measures),
        meter_name(meter_at(phrase, start)),
        key_words(say, key) if key else "",
    ]
    return say(", ").join(word for word in said if word)


def retold(sentence: str, template: str, translated: str) -> str | None:
    """The sentence in another language, where `template` made it; None where it did not.

    Template and translation hold the same named gaps.
    """
    pattern = _GAP.sub(r"(?P<\1>.*?)", re.escape(template))
    # A name that occurs twice is one group and then a reference to it.
    seen: set[str] = set()

    def once(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return found.group(0)

    pattern = re.sub(r"\(\?P<(\w+)>\.\*\?\)", once, pattern)
    match = re.fullmatch(pattern, sentence, re.DOTALL)
    return translated.format(**match.groupdict()) if match else None
