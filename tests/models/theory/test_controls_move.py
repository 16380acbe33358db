"""Each control moves the answers of every task that it bears on, by how far it is moved."""

from fractions import Fraction
from pathlib import Path
from statistics import mean

import pytest

from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.chords import KINDS
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.time import TimeSignature
from antiphon.bridge.protocol.messages import (
    STYLES,
    Controls,
    Keep,
    Mood,
    Region,
    Request,
    Setting,
    Task,
    Texture,
)
from antiphon.models.theory.answers import answer_by_rules
from antiphon.models.theory.variation import contour

Q = Fraction
EXAMPLES = Path(__file__).parents[3] / "examples"
TUNE = read_phrase((EXAMPLES / "ode_to_joy.musicxml").read_bytes(), "ode.musicxml")


def ask(task: Task, measures: int = 8, **controls: object) -> Request:
    end = TUNE.measures[measures].onset
    region = Region("d", "r", (TUNE.parts[0].id,), Q(0), end)
    return Request("1", task, region, TUNE, controls=Controls(measures=measures, **controls))


def nothing(**controls: object) -> Request:
    phrase = Phrase((), (), Q(0))
    region = Region("d", "r", (), Q(0), Q(0))
    return Request("1", Task.GENERATE, region, phrase, controls=Controls(**controls))


def onsets(answer: Phrase, part: int = 0) -> float:
    """Onsets a quarter of one part."""
    return len({n.onset for n in sounding(answer.parts[part].notes)}) / float(answer.length)


def together(answer: Phrase) -> float:
    """How many notes sound on average where any does."""
    notes = sounding(answer.parts[0].notes)
    return mean(sum(o.onset <= n.onset < o.end for o in notes) for n in notes)


@pytest.mark.parametrize(
    ("task", "more"),
    [
        (Task.GENERATE, {}),
        (Task.CONTINUE, {}),
        (Task.FILL, {}),
        (Task.VARY, {"keep": Keep.NEITHER}),
        (Task.BASS, {}),
        (Task.DRUMS, {}),
        (Task.ACCOMPANY, {}),
        (Task.ACCOMPANY, {"texture": Texture.GUITAR}),
        (Task.HARMONIZE, {"setting": Setting.SATB}),
        (Task.HARMONIZE, {"setting": Setting.PIANO}),
        (Task.ARRANGE, {}),
    ],
)
def test_density_moves_the_onsets(task: Task, more: dict[str, object]) -> None:
    found = [
        mean(onsets(answer_by_rules(ask(task, density=wanted, **more), n)) for n in range(2))
        for wanted in (0.25, 0.5, 1.0, 2.0)
    ]
    assert found == sorted(found)
    least = 0.4 if task is Task.HARMONIZE else 1.0
    assert found[-1] - found[0] > least, found
    if task is not Task.HARMONIZE:
        for wanted, got in zip((0.5, 1.0, 2.0), found[1:], strict=True):
            assert wanted / 1.7 < got < wanted * 1.7, found


def test_polyphony_moves_how_many_notes_sound() -> None:
    found = [together(answer_by_rules(ask(Task.ACCOMPANY, polyphony=n), 0)) for n in (1, 2, 3, 4)]
    assert found == sorted(found)
    assert found[0] == 1
    assert found[-1] - found[0] > 1.5


@pytest.mark.parametrize(
    "task", [t for t in Task if t not in (Task.GENERATE, Task.CONTINUE, Task.FILL)]
)
def test_seed_and_number_give_other_takes(task: Task) -> None:
    takes = {answer_by_rules(ask(task, temperature=1.5), n) for n in range(6)}
    assert len(takes) >= (4 if task is not Task.HARMONIZE else 2)


def test_temperature_moves_the_chords_away_from_the_safe_ones() -> None:
    def strange(temperature: float) -> float:
        key = KeySignature(Q(0), 2)
        answers = [
            answer_by_rules(ask(Task.HARMONIZE, temperature=temperature), n) for n in range(6)
        ]
        from antiphon.bridge.music.chords import pitch_classes

        chords = [c for answer in answers for c in answer.chords]
        return sum(not pitch_classes(c) <= key.scale for c in chords) / len(chords)

    safe, usual, wild = (strange(t) for t in (0.3, 1.0, 3.0))
    assert safe == 0
    assert safe <= usual < wild
    assert wild > 0.1


def test_mood_moves_mode_density_and_loudness() -> None:
    glad = answer_by_rules(nothing(mood=Mood(0.8, 0.8), measures=8), 0)
    sad = answer_by_rules(nothing(mood=Mood(-0.8, -0.8), measures=8), 0)
    assert (glad.key_signatures[0].mode, sad.key_signatures[0].mode) == ("major", "minor")
    assert onsets(glad) > 1.5 * onsets(sad)
    loud = [mean(n.velocity for n in answer.parts[0].notes) for answer in (glad, sad)]
    assert loud[0] > loud[1] + 20


def test_degree_moves_how_much_of_a_melody_varies() -> None:
    old = {(n.onset, n.pitch.midi_number) for n in TUNE.parts[0].notes if n.onset < 32}

    def changed(degree: float) -> float:
        request = ask(Task.VARY, degree=degree, keep=Keep.RHYTHM)
        return mean(
            len(old - {(n.onset, n.pitch.midi_number) for n in answer.parts[0].notes}) / len(old)
            for answer in (answer_by_rules(request, n) for n in range(3))
        )

    shares = [changed(degree) for degree in (0.0, 0.25, 0.5, 1.0)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[-1] > 0.8


def test_keeping_rhythm_or_contour_keeps_it_and_keeping_neither_keeps_neither() -> None:
    old = [n for n in sounding(TUNE.parts[0].notes) if n.onset < 32]
    for number in range(4):
        answers = {
            keep: sounding(
                answer_by_rules(ask(Task.VARY, keep=keep, degree=0.8), number).parts[0].notes
            )
            for keep in Keep
        }
        rhythm = [(n.onset, n.duration) for n in answers[Keep.RHYTHM]]
        assert rhythm == [(n.onset, n.duration) for n in old]
        assert contour(answers[Keep.CONTOUR]) == contour(old)
        assert [n.pitch for n in answers[Keep.CONTOUR]] != [n.pitch for n in old]
        free = answers[Keep.NEITHER]
        assert [(n.onset, n.duration) for n in free] != rhythm
        assert contour(free) != contour(old)


@pytest.mark.parametrize("style", STYLES)
def test_a_restyled_melody_is_recognised_and_the_styles_differ(style: str) -> None:
    old = [n.pitch.midi_number for n in sounding(TUNE.parts[0].notes) if n.onset < 32]
    answer = answer_by_rules(ask(Task.RESTYLE, style=style, degree=1.0), 0)
    new = [n.pitch.midi_number for n in sounding(answer.parts[0].notes)]
    kept = sum(a == b for a, b in zip(old, new, strict=False))
    assert set(new) <= set(old)
    assert kept >= 0.9 * len(old) or style in ("hymn", "chorale", "ragtime")
    other = answer_by_rules(ask(Task.RESTYLE, style="folk" if style != "folk" else "jazz"), 0)
    assert answer.parts != other.parts
    kinds = {len(KINDS[chord.kind].intervals) for chord in answer.chords}
    assert (kinds == {4}) == (style == "jazz")


def test_degree_moves_how_far_a_restyling_goes() -> None:
    old = {n.onset for n in TUNE.parts[0].notes if n.onset < 32}

    def moved(degree: float) -> int:
        answer = answer_by_rules(ask(Task.RESTYLE, style="ragtime", degree=degree), 0)
        return len({n.onset for n in sounding(answer.parts[0].notes)} - old)

    found = [moved(degree) for degree in (0.0, 0.3, 1.0)]
    assert found[0] == 0
    assert found == sorted(found)
    assert found[-1] >= 4


def test_swing_is_written_in_triplets_only_where_tuplets_may_be_written() -> None:
    for tuplets in (True, False):
        request = ask(Task.RESTYLE, style="jazz", degree=1.0, tuplets=tuplets)
        notes = [n for part in answer_by_rules(request, 0).parts for n in part.notes]
        assert any(n.onset.denominator == 3 for n in notes) == tuplets


def test_the_bass_follows_the_kick_of_the_song() -> None:
    from dataclasses import replace

    from antiphon.bridge.music.phrase import Note, Part
    from antiphon.bridge.music.pitch import spell

    kicks = [Q(4 * bar) + place for bar in range(8) for place in (Q(0), Q(3, 2), Q(5, 2))]
    drums = Part("D", "Drums", tuple(Note(k, Q(1, 2), spell(36)) for k in kicks), is_drums=True)
    request = ask(Task.BASS, style="pop")
    request = replace(request, phrase=replace(TUNE, parts=(*TUNE.parts, drums)))
    found = {n.onset for n in sounding(answer_by_rules(request, 0).parts[0].notes)}
    assert len(found & set(kicks)) > 0.9 * len(kicks)


def test_key_meter_and_measures_of_music_from_nothing_are_those_asked_for() -> None:
    key = KeySignature(Q(0), -3, "minor")
    answer = answer_by_rules(nothing(key=key, meter=TimeSignature(Q(0), 7, 8), measures=6), 0)
    assert answer.key_signatures == (key,)
    assert [(m.beats, m.beat_type) for m in answer.time_signatures] == [(7, 8)]
    assert len(answer.measures) == 6
    assert answer.parts[0].notes[-1].pitch.step == "C"


def test_valence_moves_the_colour_of_the_chords() -> None:
    def minor(valence: float) -> float:
        chords = [
            c
            for n in range(6)
            for c in answer_by_rules(
                nothing(key=KeySignature(Q(0), 0), mood=Mood(valence, 0), measures=16), n
            ).chords
        ]
        return sum(KINDS[c.kind].intervals[1] == 3 for c in chords) / len(chords)

    assert minor(-0.9) > minor(0.9)
