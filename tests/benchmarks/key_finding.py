"""How often the key is found, beside the majority key and music21's Krumhansl-Schmuckler.

    python tests/benchmarks/key_finding.py DATA [--sample N]

DATA holds `nottingham/abc` and `openewld`. Truth is the written key: the field K of the ABC
tunes (tunes with one key, major or minor), the signature of the lead sheets (fifths only).
Nothing of it is shown to the finders. The first half of each shuffled list was used to choose
the weights in `antiphon.models.theory.keys`; the figures are from the second half.
"""

import argparse
import random
import re
import time
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import music21  # noqa: TID253  (the baseline and its reader, no runtime path)

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, Tie, normalised
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure, TimeSignature
from antiphon.models.theory.keys import find_key

_TIES = {"start": Tie.START, "stop": Tie.STOP, "continue": Tie.BOTH}
_TONICS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1}


@dataclass(frozen=True, slots=True)
class Case:
    """A tune without its key signature, its true fifths, and its mode where it is written."""

    phrase: Phrase
    fifths: int
    mode: str | None
    score: object


def phrase_of(score: music21.stream.Score) -> Phrase:
    """The first part of a music21 score as a phrase without key signatures."""
    part = score.parts[0]
    notes, measures, meters = [], [], []
    for measure in part.getElementsByClass("Measure"):
        onset = _quarters(measure.offset)
        measures.append(Measure(onset, _quarters(measure.duration.quarterLength), "1"))
        for meter in measure.getElementsByClass("TimeSignature"):
            meters.append(TimeSignature(onset, meter.numerator, meter.denominator))
        for note in measure.recurse().notes:
            if isinstance(note, music21.harmony.ChordSymbol):
                continue
            at = onset + _quarters(note.getOffsetInHierarchy(measure))
            tie = _TIES[note.tie.type] if note.tie and note.tie.type in _TIES else Tie.NONE
            for pitch in note.pitches:
                spelled = Pitch(pitch.step, int(pitch.alter), pitch.implicitOctave)
                notes.append(Note(at, _quarters(note.duration.quarterLength), spelled, tie=tie))
    melody = normalised(Part("1", "", tuple(notes)))
    return Phrase((melody,), tuple(measures), measures[-1].end, (), tuple(meters))


def _quarters(value: float | Fraction) -> Fraction:
    return Fraction(value).limit_denominator(48)


def written_key(abc: str) -> tuple[int, str] | None:
    """Fifths and mode of an ABC tune's only key, None where it has several or a church mode."""
    fields = set(re.findall(r"^K:\s*(\S.*?)\s*$", abc, re.MULTILINE))
    inline = "[K:" in abc
    if len(fields) != 1 or inline:
        return None
    match = re.fullmatch(r"([A-G])([#b]?)(m|min|minor|maj|major)?", fields.pop())
    if not match:
        return None
    letter, sign, word = match.groups()
    fifths = _TONICS[letter] + {"#": 7, "b": -7, "": 0}[sign]
    is_minor = word in ("m", "min", "minor")
    return fifths - 3 * is_minor, "minor" if is_minor else "major"


def nottingham(data: Path, limit: int) -> list[Case]:
    """Tunes of the Nottingham set with their written key."""
    cases = []
    for path in _shuffled((data / "nottingham" / "abc").rglob("*.abc")):
        key = written_key(path.read_text(errors="replace"))
        if key and len(cases) < limit:
            cases += _case(path, *key)
    return cases


def openewld(data: Path, limit: int) -> list[Case]:
    """Lead sheets with a single written signature; their mode is not reliably written."""
    cases: list[Case] = []
    for path in _shuffled((data / "openewld").rglob("*.mxl")):
        if len(cases) < limit:
            cases += _case(path, None, None)
    return cases


def _case(path: Path, fifths: int | None, mode: str | None) -> list[Case]:
    try:
        score = music21.converter.parse(path)
        signatures = {k.sharps for k in score.recurse().getElementsByClass("KeySignature")}
        if len(signatures) != 1:
            return []
        case = Case(phrase_of(score), fifths if mode else signatures.pop(), mode, score)
    except (music21.exceptions21.Music21Exception, ValueError, ZeroDivisionError, IndexError):
        return []
    return [case] if case.phrase.parts[0].notes else []


def _shuffled(paths: object) -> list[Path]:
    found = sorted(paths)
    random.Random(1).shuffle(found)
    return found


def _theirs(case: Case) -> KeySignature:
    key = case.score.analyze("key.krumhanslschmuckler")
    return KeySignature(Fraction(0), key.sharps, "minor" if key.mode == "minor" else "major")


def _share(hits: list[bool]) -> str:
    return f"{100 * sum(hits) / max(1, len(hits)):5.1f} %"


def report(name: str, cases: list[Case]) -> None:
    """Print one table: fifths, and the key among 24 where the mode is written."""
    half = cases[len(cases) // 2 :]
    fifths = Counter(case.fifths for case in cases[: len(cases) // 2]).most_common(1)[0][0]
    keys = Counter((case.fifths, case.mode) for case in cases).most_common(1)[0][0]
    begin = time.perf_counter()
    ours = [find_key(case.phrase) for case in half]
    spent = (time.perf_counter() - begin) / max(1, len(half))
    rows = {"majority": [KeySignature(Fraction(0), fifths, keys[1] or "major")] * len(half)}
    rows["Antiphon"] = ours
    rows["Krumhansl-Schmuckler (music21)"] = [_theirs(case) for case in half]
    print(f"\n{name}: {len(half)} tunes, {1000 * spent:.1f} ms a tune")
    print(f"{'':32}{'fifths':>10}{'24 keys':>10}{'mode, fifths given':>22}")
    for row, found in rows.items():
        pairs = list(zip(found, half, strict=True))
        cells = [_share([k.fifths % 12 == c.fifths % 12 for k, c in pairs])]
        if half[0].mode:
            right = [(k.fifths % 12, k.mode) == (c.fifths % 12, c.mode) for k, c in pairs]
            cells.append(_share(right))
        if half[0].mode and row == "Antiphon":
            cells.append(_share([_mode_given(c) == c.mode for c in half]))
        print(f"{row:32}" + "".join(f"{cell:>10}" for cell in cells))


def _mode_given(case: Case) -> str:
    signature = (KeySignature(Fraction(0), case.fifths),)
    return find_key(replace(case.phrase, key_signatures=signature)).mode


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sample", type=int, default=200)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    report("Nottingham", nottingham(options.data, options.sample))
    report("OpenEWLD", openewld(options.data, options.sample))


if __name__ == "__main__":
    main()
