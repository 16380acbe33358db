from dataclasses import replace
from pathlib import Path

from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.reading import Tune, melody_part
from antiphon.models.training.corpus import SOURCES, plain_title, split_by_tune


def _tune(make_tune, seed, name, index=0, **changes):
    phrase = make_tune(seed, 8)
    return Tune(Path(name), index, replace(melody_of(phrase, phrase.parts[0]), **changes))


def test_about_nine_in_ten_tunes_are_for_training(make_tune):
    tunes = [("openewld", _tune(make_tune, seed, f"{seed}.mxl")) for seed in range(400)]
    sides = split_by_tune(tunes)
    assert 0.84 < sides.count("train") / 400 < 0.95
    assert {"valid", "test"} <= set(sides)


def test_a_tune_under_two_names_falls_on_one_side(make_tune):
    tunes = [("nottingham", _tune(make_tune, seed, f"a{seed}.abc")) for seed in range(60)]
    again = [
        ("ryansMammoth", _tune(make_tune, seed, f"b{seed}.abc", title="")) for seed in range(60)
    ]
    sides = split_by_tune(tunes + again)
    assert sides[:60] == sides[60:]


def test_transposed_settings_are_found_as_well(make_tune):
    plain = [("openewld", _tune(make_tune, s, f"x{s}.mxl", title="")) for s in range(40)]
    moved = []
    for seed, (_, tune) in enumerate(plain):
        tones = tuple(replace(t, midi_number=t.midi_number + 5) for t in tune.melody.tones)
        melody = replace(tune.melody, tones=tones)
        moved.append(("pop909", Tune(Path(f"y{seed}.mid"), 0, melody)))
    sides = split_by_tune(plain + moved)
    assert sides[:40] == sides[40:]


def test_abc_and_midi_of_a_set_stay_together_by_their_file_name(make_tune):
    abc = [("nottingham", _tune(make_tune, s, f"jigs{s}.abc", title="")) for s in range(50)]
    midi = [
        ("nottingham-midi", _tune(make_tune, s + 900, f"jigs{s}.mid", title="")) for s in range(50)
    ]
    sides = split_by_tune(abc + midi)
    assert sides[:50] == sides[50:]


def test_spellings_of_a_title_agree():
    assert plain_title("The Rakes of Mallow") == plain_title("RAKES OF MALLOW, The")
    assert plain_title("Là ci darem (No. 2)") == plain_title("La ci darem")


def test_every_source_names_its_licence_and_credit():
    assert all(source.licence and source.credit for source in SOURCES)
    assert len({source.name for source in SOURCES}) == len(SOURCES)


def test_the_part_named_melody_is_chosen_else_the_first_that_is_no_drum(make_tune):
    phrase = make_tune(1)
    part = phrase.parts[0]
    drums = replace(part, id="D", name="Kit", is_drums=True)
    piano, voice = replace(part, id="A", name="Piano"), replace(part, id="B", name="MELODY")
    assert melody_part(replace(phrase, parts=(drums, piano, voice))).id == "B"
    assert melody_part(replace(phrase, parts=(drums, piano))).id == "A"
    assert melody_part(replace(phrase, parts=(drums,))) is None


def test_a_single_line_above_chords_is_taken_for_the_melody(make_tune):
    low, high = make_tune(1, middle=50), make_tune(2, middle=74)
    chords = tuple(
        replace(note, pitch=replace(note.pitch, octave=note.pitch.octave - up))
        for note in low.parts[0].notes
        for up in (0, 1)
    )
    piano = replace(low.parts[0], id="A", name="Piano", notes=chords)
    flute = replace(high.parts[0], id="B", name="Flute")
    assert melody_part(replace(low, parts=(piano, flute))).id == "B"
