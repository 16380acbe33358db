"""Mood as valence and arousal, by rules from the psychology of music, with the reasons in words.

Each cue is measured, set against its mean and spread over the music of the permitted data sets,
and weighed: mode, tempo, register, loudness, articulation and dissonance after Gabrielsson and
Lindström, "The role of structure in the musical expression of emotions" (2010), and Eerola, Friberg
and Bresin, "Emotional expression in music: contribution, linearity, and additivity of primary
musical cues" (2013). Nothing here was fitted to labelled moods.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from antiphon.bridge.music.analysis import Mood, MoodPoint
from antiphon.bridge.music.phrase import Phrase
from antiphon.models.listening.harmony import Beat, key_fits, weights_of
from antiphon.models.listening.sound import Sound

# Mean and spread of each cue over pop songs played on the piano and printed music of all ages.
USUAL: dict[str, tuple[float, float]] = {
    "pace": (2.1, 0.5), "notes": (2.9, 0.6), "loudness": (0.68, 0.07), "register": (63.7, 4.2),
    "majorness": (0.06, 0.22), "bright chords": (0.28, 0.4), "friction": (0.012, 0.01),
    "held": (1.75, 0.6),
}  # fmt: skip
_VALENCE = {
    "majorness": 0.55, "bright chords": 0.35, "pace": 0.15, "register": 0.1, "friction": -0.15,
    "held": -0.1,
}  # fmt: skip
_AROUSAL = {
    "pace": 0.4, "notes": 0.4, "loudness": 0.35, "register": 0.05, "held": -0.1, "friction": 0.1,
}  # fmt: skip
_WORDS = {  # (cue, is above): words
    ("majorness", True): "the mode is major", ("majorness", False): "the mode is minor",
    ("bright chords", True): "major chords prevail",
    ("bright chords", False): "minor and diminished chords prevail",
    ("pace", True): "it moves quickly", ("pace", False): "it moves slowly",
    ("notes", True): "many notes sound a second", ("notes", False): "few notes sound a second",
    ("loudness", True): "it is loud", ("loudness", False): "it is soft",
    ("register", True): "it lies high", ("register", False): "it lies low",
    ("friction", True): "dissonances press", ("friction", False): "hardly anything grates",
    ("held", True): "the notes are held long", ("held", False): "the notes are short and detached",
}  # fmt: skip
_NAMES = (
    ((0.33, 1.1), (0.33, 1.1), "joyful"),
    ((0.33, 1.1), (-0.33, 0.33), "happy"),
    ((0.33, 1.1), (-1.1, -0.33), "peaceful"),
    ((-0.33, 0.33), (0.33, 1.1), "lively"),
    ((-0.33, 0.33), (-0.33, 0.33), "even"),
    ((-0.33, 0.33), (-1.1, -0.33), "quiet"),
    ((-1.1, -0.33), (0.33, 1.1), "tense"),
    ((-1.1, -0.33), (-0.33, 0.33), "dark"),
    ((-1.1, -0.33), (-1.1, -0.33), "sad"),
)
_POINTS = 64


@dataclass(frozen=True, slots=True)
class Heard:
    """A phrase as it was read once: its arrays, beats, and pitch classes in each beat."""

    phrase: Phrase
    sound: Sound
    beats: Sequence[Beat]
    weights: np.ndarray


def heard_as(phrase: Phrase, sound: Sound, beats: Sequence[Beat]) -> Heard:
    """What the rules of mood look at."""
    return Heard(phrase, sound, beats, weights_of(sound, sound.beats)[0])


def cues(heard: Heard, start: float, end: float) -> dict[str, float]:
    """The cues of mood between two onsets in quarters; empty where nothing begins."""
    sound = heard.sound
    own = (sound.onset >= start - 1e-6) & (sound.onset < end - 1e-6)
    if not own.any():
        return {}
    seconds = _seconds(sound, start, end)
    struck = np.unique(np.round(sound.time[own], 2))
    drums = np.count_nonzero((sound.drums >= start) & (sound.drums < end))
    waits = np.diff(np.append(np.unique(np.round(sound.onset[own], 3)), end))
    inside = (sound.beats[:-1] >= start - 1e-6) & (sound.beats[:-1] < end - 1e-6)
    weights = heard.weights[inside]
    return {
        "pace": float(np.log2(1 + len(struck) / seconds)),
        "notes": float(np.log2(1 + (np.count_nonzero(own) + 0.5 * drums) / seconds)),
        "loudness": float(sound.velocity[own].mean()) / 127,
        "register": float(sound.pitch[own].mean()),
        "majorness": _majorness(weights),
        "bright chords": _bright([b for b, i in zip(heard.beats, inside, strict=True) if i]),
        "friction": _friction(weights),
        "held": float(np.clip(sound.duration[own].mean() / max(1e-3, waits.mean()), 0, 4)),
    }


def _seconds(sound: Sound, start: float, end: float) -> float:
    low = float(np.interp(start, sound.onset, sound.time))
    high = float(np.interp(end, sound.onset, sound.time))
    rate = sound.seconds / max(1e-6, float(sound.beats[-1]))
    # Past the last onset the arrays say nothing: the mean tempo goes on.
    high += max(0.0, end - float(sound.onset[-1])) * rate
    return max(0.5, high - low)


def _majorness(weights: np.ndarray) -> float:
    """How much better the best major key fits than the best minor one."""
    if not len(weights):
        return 0.0
    fits = key_fits(weights.sum(0, keepdims=True), 0)[0]
    return float(fits[:12].max() - fits[12:].max())


def _bright(beats: Sequence[Beat]) -> float:
    """Major chords less minor and diminished ones, as a share."""
    rooted = [beat for beat in beats if beat.root is not None]
    bright = sum(b.kind in ("major", "dominant", "major-seventh") for b in rooted)
    dark = sum(b.kind in ("minor", "minor-seventh", "diminished", "half-diminished",
                          "diminished-seventh") for b in rooted)  # fmt: skip
    return (bright - dark) / max(1, len(rooted))


def _friction(weights: np.ndarray) -> float:
    share = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    return float((share * np.roll(share, 1, axis=1)).sum(1).mean()) if len(share) else 0.0


def valence_arousal(found: Mapping[str, float]) -> tuple[float, float]:
    """Valence and arousal (-1 … 1) of cues."""
    return _weighed(found, _VALENCE), _weighed(found, _AROUSAL)


def _weighed(found: Mapping[str, float], weights: Mapping[str, float]) -> float:
    total = sum(weight * _standing(found, name) for name, weight in weights.items())
    return float(np.tanh(total))


def _standing(found: Mapping[str, float], name: str) -> float:
    mean, spread = USUAL[name]
    return float(np.clip((found.get(name, mean) - mean) / spread, -2.5, 2.5))


def mood_of(heard: Heard) -> Mood | None:
    """The mood of a phrase and its curve; None where nothing sounds."""
    whole = cues(heard, 0.0, float(heard.phrase.length))
    if not whole:
        return None
    valence, arousal = valence_arousal(whole)
    return Mood(
        round(valence, 3), round(arousal, 3), mood_word(valence, arousal),
        (_reason("Valence", whole, _VALENCE), _reason("Arousal", whole, _AROUSAL)),
        tuple(_curve(heard)),
    )  # fmt: skip


def mood_word(valence: float, arousal: float) -> str:
    """One word for a place on the plane of valence and arousal."""
    for (low_v, high_v), (low_a, high_a), word in _NAMES:
        if low_v <= valence < high_v and low_a <= arousal < high_a:
            return word
    return "even"


def _reason(what: str, found: Mapping[str, float], weights: Mapping[str, float]) -> str:
    """The weightiest cues as a sentence."""
    pulls = {name: weight * _standing(found, name) for name, weight in weights.items()}
    total = sum(pulls.values())
    is_high = total >= 0
    with_it = [name for name, pull in pulls.items() if (pull >= 0) == is_high and abs(pull) > 0.05]
    ranked = sorted(with_it, key=lambda name: -abs(pulls[name]))[:3]
    told = [_WORDS[name, _standing(found, name) >= 0] for name in ranked]
    level = "high" if total > 0.35 else "low" if total < -0.35 else "middling"
    return f"{what} is {level}: {', '.join(told)}." if told else f"{what} is {level}."


def _curve(heard: Heard) -> list[MoodPoint]:
    """Mood in windows of about four measures, one point a measure or fewer."""
    measures = heard.phrase.measures
    step = max(1, -(-len(measures) // _POINTS))
    found = []
    for index in range(0, len(measures), step):
        first, last = measures[max(0, index - 1)], measures[min(len(measures) - 1, index + 2)]
        window = cues(heard, float(first.onset), float(last.end))
        if window:
            valence, arousal = valence_arousal(window)
            onset: Fraction = measures[index].onset
            found.append(MoodPoint(onset, round(valence, 3), round(arousal, 3)))
    return found
