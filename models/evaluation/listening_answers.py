"""What is heard in answers: restyled tunes, moods that were asked for, and rendered recordings."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase, write_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.slice import slice_phrase
from antiphon.bridge.music.time import Tempo
from antiphon.bridge.protocol.messages import Controls, Mood, Task
from antiphon.models.encoding.reading import melody_part
from antiphon.models.evaluation.asking import request_over
from antiphon.models.evaluation.held_out import held_out_pieces
from antiphon.models.evaluation.listening_difficulty import spearman
from antiphon.models.evaluation.report import Cell, Table
from antiphon.models.listening.alignment import align
from antiphon.models.listening.analyze import analyze
from antiphon.models.listening.features import features, melody_notes
from antiphon.models.listening.sound import sound_of
from antiphon.models.listening.style import style_model
from antiphon.models.theory.answers import answer_by_rules

STYLES = ("folk", "hymn", "chorale", "classical", "romantic", "jazz", "pop", "rock", "ragtime")
_TUNES, _MEASURES = 6, 16
_AMOUNTS = (0.1, 0.5, 1.0)
_SOUNDFONTS = ("TimGM6mb.sf2", "FluidR3_GM.sf2", "default-GM.sf2")
_FONTS = Path("/usr/share/sounds/sf2")
_ONSET = 0.05


def tunes(data: Path) -> list[Phrase]:
    """Folk tunes and songs that no model was trained on, their first sixteen measures."""
    found = []
    for piece in held_out_pieces(data, ("nottingham-midi", "openewld"), _TUNES // 2):
        part = melody_part(piece.phrase)
        if part is None or len(piece.phrase.measures) < _MEASURES:
            continue
        found.append(slice_phrase(piece.phrase, Fraction(0), piece.phrase.measures[15].end))
    return found


def restyled(phrase: Phrase, style: str, amount: float) -> Phrase | None:
    """The answer that `antiphon restyle --to STYLE --amount AMOUNT` gives first."""
    part = melody_part(phrase)
    assert part is not None
    controls = Controls(style=style, degree=amount)
    request = request_over(phrase, part, (0, len(phrase.measures) - 1), Task.RESTYLE, controls)
    try:
        return answer_by_rules(request, 0)
    except AntiphonError:
        return None


def lead_sheet(phrase: Phrase) -> Phrase:
    """The melody with the chord symbols, without the parts that play them."""
    part = melody_part(phrase)
    return _alone(phrase, part.id) if part is not None else phrase


def _target(phrase: Phrase, style: str) -> float:
    shares = {s.style: s.probability for s in style_model().probabilities(features(phrase))}
    return shares.get(style, 0.0)


def kept(before: Phrase, after: Phrase) -> float:
    """How much of a melody is in another: the share of its notes that align."""
    old = np.array([n.pitch.midi_number for n in melody_notes(before)])
    new = np.array([n.pitch.midi_number for n in melody_notes(after)])
    return align(old, [new])[0].score if len(old) and len(new) else 0.0


def restyling(data: Path) -> Iterator[Table]:
    """By style: its probability before and after, and how much of the tune is kept."""
    found = tunes(data)
    rows: list[tuple[Cell, ...]] = []
    for style in STYLES:
        before = float(np.mean([_target(tune, style) for tune in found])) if found else 0.0
        cells: list[Cell] = [style, before]
        for amount in _AMOUNTS:
            answers = [(tune, restyled(tune, style, amount)) for tune in found]
            made = [(tune, answer) for tune, answer in answers if answer is not None]
            cells.append(float(np.mean([_target(answer, style) for _, answer in made] or [0.0])))
            if amount == _AMOUNTS[-1]:
                sheets = [_target(lead_sheet(answer), style) for _, answer in made]
                cells.append(float(np.mean(sheets or [0.0])))
                cells.append(float(np.mean([kept(*pair) for pair in made] or [0.0])))
        rows.append(tuple(cells))
    yield Table(
        f"Restyling {len(found)} held-out tunes: probability of the style that was asked for",
        (
            "to",
            "before",
            "amount 0.1",
            "amount 0.5",
            "amount 1",
            "lead sheet at 1",
            "melody kept at 1",
        ),
        tuple(rows),
    )


def moods(_data: Path) -> Iterator[Table]:
    """Generating under five valences and five arousals: what is read in the answers."""
    steps = (-1.0, -0.5, 0.0, 0.5, 1.0)
    rows: list[tuple[Cell, ...]] = []
    empty = read_phrase(b"X:1\nM:4/4\nL:1/4\nK:C\n" + b"z4|" * 8, "empty.abc")
    empty = replace(empty, key_signatures=(), tempos=())
    for name in ("valence", "arousal"):
        means, asked, heard = [], [], []
        for step in steps:
            mood = Mood(step, 0.0) if name == "valence" else Mood(0.0, step)
            read = [m for seed in range(4) if (m := _mood_of(empty, mood, seed, name)) is not None]
            means.append(float(np.mean(read or [0.0])))
            asked += [step] * len(read)
            heard += read
        rank = spearman(asked, heard) if heard else 0.0
        is_rising = all(a <= b + 0.02 for a, b in pairwise(means))
        rows.append((name, *means, rank, "yes" if is_rising else "no"))
    yield Table(
        "Mood control of generation by rules, four takes each: the mood that is read",
        ("asked", *(f"{step:+.1f}" for step in steps), "rank correlation", "rising"),
        tuple(rows),
    )


def _mood_of(empty: Phrase, mood: Mood, seed: int, name: str) -> float | None:
    controls = Controls(measures=8, style="pop", mood=mood)
    request = request_over(empty, empty.parts[0], (0, 7), Task.GENERATE, controls)
    try:
        found = analyze(answer_by_rules(request, seed)).mood
    except AntiphonError:
        return None
    return None if found is None else float(getattr(found, name))


def audio(data: Path) -> Iterator[Table]:
    """Notes heard in recordings of held-out phrases that a soft synthesizer played."""
    fonts = (_FONTS / name for name in _SOUNDFONTS)
    font = next((path for path in fonts if path.is_file()), None)
    if shutil.which("fluidsynth") is None or font is None:
        return
    from antiphon.models.training.audio import transcribe  # noqa: PLC0415 - optional libraries

    rows: list[tuple[Cell, ...]] = []
    for name, sources, part in (
        ("folk melodies", ("nottingham-midi",), True),
        ("hymns, four voices", ("openhymnal",), False),
    ):  # fmt: skip
        found = []
        for piece in held_out_pieces(data, sources, 4):
            own = melody_part(piece.phrase)
            if own is None or len(piece.phrase.measures) < 8:
                continue
            phrase = slice_phrase(piece.phrase, Fraction(0), piece.phrase.measures[7].end)
            if part:
                phrase = _alone(phrase, own.id)
            with TemporaryDirectory() as folder:
                wave = Path(folder) / "phrase.wav"
                if _rendered(phrase, font, wave):
                    heard = [(n.onset, n.midi_number) for n in transcribe(wave)]
                    found.append(_agreement(_times(phrase), heard))
        if found:
            rows.append((name, len(found), *(float(x) for x in np.mean(found, axis=0))))
    yield Table(
        "Notes heard in rendered phrases: the pitch, and the onset within 50 ms",
        ("music", "phrases", "precision", "recall", "F1", "F1 of pitch classes struck at random"),
        tuple(rows),
    )


def _alone(phrase: Phrase, part_id: str) -> Phrase:
    return replace(phrase, parts=tuple(p for p in phrase.parts if p.id == part_id))


def _rendered(phrase: Phrase, font: Path, wave: Path) -> bool:
    midi = wave.with_suffix(".mid")
    phrase = _timed(phrase)
    midi.write_bytes(write_phrase(phrase, ".mid"))
    command = ["fluidsynth", "-ni", "-r", "22050", "-F", str(wave), str(font), str(midi)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _timed(phrase: Phrase) -> Phrase:
    """The phrase with a tempo of its own, as a synthesizer would take another."""
    return phrase if phrase.tempos else replace(phrase, tempos=(Tempo(Fraction(0), 100.0),))


def _times(phrase: Phrase) -> list[tuple[float, int]]:
    sound = sound_of(_timed(phrase))
    return [(float(t), int(p)) for t, p in zip(sound.time, sound.pitch, strict=True)]


def _agreement(
    truth: Sequence[tuple[float, int]], heard: Sequence[tuple[float, int]]
) -> tuple[float, float, float, float]:
    """Precision, recall, F1, and F1 where the heard onsets bear pitches shuffled among them."""
    precision, recall, f1 = _matched(truth, heard)
    rng = np.random.default_rng(0)
    pitches = rng.permutation(np.array([pitch for _, pitch in heard], dtype=np.int64))
    shuffled = [(onset, int(p)) for (onset, _), p in zip(heard, pitches, strict=True)]
    return precision, recall, f1, _matched(truth, shuffled)[2]


def _matched(
    truth: Sequence[tuple[float, int]], heard: Sequence[tuple[float, int]]
) -> tuple[float, float, float]:
    left, right = list(heard), 0
    for onset, pitch in truth:
        near = [row for row in left if row[1] == pitch and abs(row[0] - onset) <= _ONSET]
        if near:
            right += 1
            left.remove(min(near, key=lambda row: abs(row[0] - onset)))
    precision, recall = right / max(1, len(heard)), right / max(1, len(truth))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)
