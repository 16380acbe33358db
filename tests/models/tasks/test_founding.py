"""The founding models with tiny untrained networks: what holds, holds by construction."""

import json
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256

import pytest
import torch
from safetensors.torch import save_file

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.music.check import check
from antiphon.bridge.music.chords import parse_chord_symbol, pitch_classes
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.music.time import TimeSignature
from antiphon.bridge.protocol.messages import Controls, Region, Request, RhythmSlot, Task
from antiphon.models.catalog import About, catalog, write_about
from antiphon.models.encoding.vocabulary import durations_from
from antiphon.models.networks.abc_lstm import AbcConfig, AbcNetwork
from antiphon.models.networks.elman import ElmanConfig, ElmanMelody
from antiphon.models.networks.melody_rnn import StepConfig, StepNetwork
from antiphon.models.tasks.founding import AbcLSTM, ImprovRNN, MelodyRNN, load_writer
from antiphon.models.tasks.identity import input_hash
from antiphon.models.theory.check import check_answer

CHARACTERS = "\n #'(,-/12346789:=ABCDEFGKLM[]^_abcdefgmz|"
NAMES = ("abc-lstm", "elman", "melody-rnn", "improv-lstm")


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """The cards of four untrained models by name."""
    torch.manual_seed(11)
    torch.set_num_threads(1)
    zoo = tmp_path_factory.mktemp("zoo")
    durations = durations_from([]).values
    made = {
        "abc-lstm": (AbcNetwork, AbcConfig(CHARACTERS, ("G", "D", "Am"), hidden=16, dense=16)),
        "elman": (ElmanMelody, ElmanConfig(durations, hidden=16)),
        "melody-rnn": (StepNetwork, StepConfig(hidden=16)),
        "improv-lstm": (StepNetwork, StepConfig(chords=True, hidden=16)),
    }
    for name, (kind, config) in made.items():
        folder = zoo / name
        folder.mkdir()
        save_file(kind(config).state_dict(), folder / "weights.safetensors")
        (folder / "config.json").write_text(json.dumps(config.to_json()))
        digest = sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
        write_about(About(name, name, ("continue", "generate"), digest, ("nothing",)), folder)
    return {card.name: card for card in catalog(zoo)}


def _answers(card, request):
    return list(load_writer(card).takes(request, lambda: False, input_hash(request)))


def _generate(phrase=None, **controls):
    empty = phrase or Phrase((), (), Fraction(0))
    region = Region("doc", "rev", (), empty.length, empty.length)
    return Request("r", Task.GENERATE, region, empty, controls=Controls(**controls), seed=2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "shape", [(4, 4, 0), (6, 8, 2), (3, 4, -3), (15, 16, 1)], ids=lambda s: f"{s[0]}-{s[1]}"
)
def test_a_continuation_keeps_every_promise(cards, name, shape, make_tune, ask):
    beats, beat_type, fifths = shape
    tune = make_tune(4, 6, beats, beat_type, fifths=fifths)
    request = ask(tune, count=2, measures=3, strict_key=True, lowest=57, highest=79)
    answers = _answers(cards[name], request)
    assert [number for number, _ in answers] == [0, 1]
    for _, phrase in answers:
        assert phrase is not None
        assert check_answer(request, phrase) == []
        assert phrase.parts[0].notes


@pytest.mark.parametrize("name", ["abc-lstm", "melody-rnn", "improv-lstm"])
def test_music_from_nothing_is_in_the_asked_key_and_meter(cards, name):
    request = _generate(
        measures=4, meter=TimeSignature(Fraction(0), 6, 8), strict_key=True,
        key=KeySignature(Fraction(0), -1, "major"),
    )  # fmt: skip
    ((_, phrase),) = _answers(cards[name], request)
    assert check_answer(request, phrase) == []
    assert phrase.length == 12
    assert {n.pitch.midi_number % 12 for n in phrase.parts[0].notes} <= {0, 2, 4, 5, 7, 9, 10}


@pytest.mark.parametrize("name", ["abc-lstm", "melody-rnn", "improv-lstm"])
def test_given_chords_and_rhythm_are_kept(cards, name, make_tune, ask):
    chords = (parse_chord_symbol("C"), parse_chord_symbol("G7", Fraction(4)))
    slots = tuple(RhythmSlot(Fraction(i), Fraction(1)) for i in range(8))
    request = ask(make_tune(3), measures=2, chords=chords, rhythm=slots)
    ((_, phrase),) = _answers(cards[name], request)
    assert check_answer(request, phrase) == []
    notes = {note.onset: note.pitch.midi_number for note in phrase.parts[0].notes}
    assert sorted(notes) == list(range(8))
    assert notes[0] % 12 in pitch_classes(chords[0])
    assert notes[4] % 12 in pitch_classes(chords[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_take_does_not_depend_on_how_many_are_asked(cards, name, make_tune, ask):
    tune = make_tune(6)
    many = _answers(cards[name], ask(tune, count=3, measures=2))
    (alone,) = _answers(cards[name], ask(tune, count=1, first_take=2, measures=2))
    assert many[2] == alone
    assert many[0][1] != many[1][1]


@pytest.mark.parametrize("name", NAMES)
def test_a_cancelled_request_stops(cards, name, make_tune, ask):
    request = ask(make_tune(1), measures=64)
    with pytest.raises(InterruptedError):
        list(load_writer(cards[name]).takes(request, lambda: True, "digest"))


def test_damaged_weights_are_a_sentence(cards, tmp_path):
    card = cards["abc-lstm"]
    wrong = replace(card, about=replace(card.about, sha256="0" * 64))
    with pytest.raises(AntiphonError) as caught:
        AbcLSTM(wrong)
    assert caught.value.code == "no-weights"


@pytest.mark.parametrize("key", ["G", "Ebm", "F#", "Ddor"])
@pytest.mark.parametrize("meter", ["4/4", "6/8", "5/4"])
def test_a_tune_from_a_header_parses_and_its_measures_add_up(cards, key, meter):
    header = f"X:1\nT:A tune\nM:{meter}\nL:1/16\nK:{key}\n"
    tune = AbcLSTM(cards["abc-lstm"]).generate(header, seed=4)
    assert tune.startswith(header)
    phrase = phrase_from_abc(tune.encode())
    full = phrase.time_signatures[0].measure_duration
    assert len(phrase.measures) >= 8
    assert sum(measure.duration == full for measure in phrase.measures) >= 8
    assert phrase.parts[0].notes


def test_a_header_gives_the_same_tune_twice_and_another_with_another_seed(cards):
    model = AbcLSTM(cards["abc-lstm"])
    header = "X:1\nM:3/4\nK:D\n"
    assert model.generate(header, seed=1) == model.generate(header, seed=1)
    assert model.generate(header, seed=1) != model.generate(header, seed=2)


@pytest.mark.parametrize(
    ("header", "temperature", "code"),
    [("X:1\nK:nothing", 1.0, "broken-abc"), ("M:7/128\nK:C", 1.0, "bad-control"),
     ("M:4/4\nK:C", 9.0, "bad-control")],
)  # fmt: skip
def test_what_cannot_be_written_is_refused(cards, header, temperature, code):
    with pytest.raises(AntiphonError) as caught:
        AbcLSTM(cards["abc-lstm"]).generate(header, temperature)
    assert caught.value.code == code


def test_a_start_sequence_stands_before_what_follows_it(cards, make_tune):
    tune = make_tune(3, 2)
    phrase = MelodyRNN(cards["melody-rnn"]).generate(tune, num_steps=64)
    assert phrase.length == 24
    assert not check(phrase)
    line = [n for n in sounding(phrase.parts[0].notes) if n.onset < 8]
    assert [(n.onset, n.pitch) for n in line] == [
        (n.onset, n.pitch) for n in sounding(tune.parts[0].notes)
    ]
    assert any(note.onset >= 8 for note in phrase.parts[0].notes)


def test_a_start_sequence_may_be_a_row_of_steps(cards):
    phrase = MelodyRNN(cards["melody-rnn"]).generate((60, -2, -2, -1, 64, -2, 67, -2), 56)
    first = phrase.parts[0].notes[:3]
    assert [(n.onset, n.pitch.midi_number) for n in first] == [
        (0, 60),
        (1, 64),
        (Fraction(3, 2), 67),
    ]
    assert first[0].duration == Fraction(3, 4)
    assert phrase.length == 16


def test_nothing_at_all_may_start(cards):
    phrase = MelodyRNN(cards["melody-rnn"]).generate(num_steps=32, steps_per_quarter=1)
    assert phrase.length == 32
    assert all(note.onset.denominator == 1 for note in phrase.parts[0].notes)


@pytest.mark.parametrize(
    "wrong", [{"num_steps": 0}, {"temperature": 0.0}, {"steps_per_quarter": 3}]
)
def test_steps_out_of_range_are_refused(cards, wrong):
    with pytest.raises(AntiphonError) as caught:
        MelodyRNN(cards["melody-rnn"]).generate((), **wrong)
    assert caught.value.code == "bad-control"


def test_chords_are_heard_and_stand_in_what_is_played(cards):
    model = ImprovRNN(cards["improv-lstm"])
    one = model.generate((), "C Am F G7", 64, seed=3)
    other = model.generate((), "Ab Db Eb Ab", 64, seed=3)
    assert [chord.onset for chord in one.chords] == [0, 4, 8, 12]
    assert one.parts != other.parts
    assert not check(one)
    with pytest.raises(AntiphonError) as caught:
        model.generate((), "C Hm", 16)
    assert caught.value.code == "bad-control"


def test_drums_and_silence_are_answered(cards, make_tune, ask):
    tune = make_tune(1)
    silent = replace(tune, parts=(replace(tune.parts[0], notes=()),))
    for name in ("abc-lstm", "melody-rnn", "improv-lstm"):
        request = ask(silent, measures=2)
        ((_, phrase),) = _answers(cards[name], request)
        assert check_answer(request, phrase) == []
