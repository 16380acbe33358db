"""Regions, keys, times and faults in the words of the person's language."""

import re
from collections.abc import Callable, Iterable, Mapping
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
# Gaps whose shape is known, where another one stands beside them.
_SHAPES = {"new": r"[Mm]easures? \S+", "old": r"measures? \S+", "verb": r"\w+"}


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


def retold(
    sentence: str,
    template: str,
    translated: str,
    gaps: Mapping[str, Callable[[str], str]] | None = None,
) -> str | None:
    """The sentence in another language, where `template` made it; None where it did not.

    The translation holds some of the template's named gaps; `gaps` translates what fills them.
    """
    seen: set[str] = set()

    def group(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_SHAPES.get(name, '.*?')})"

    pattern = _GAP.sub(group, re.escape(template))
    match = re.fullmatch(pattern, sentence, re.DOTALL)
    if match is None:
        return None
    filled = {name: (gaps or {}).get(name, str)(text) for name, text in match.groupdict().items()}
    return translated.format(**filled)
