"""`antiphon prepare` on a folder of good, double, damaged and empty files."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from safetensors.numpy import load_file

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import write_phrase
from antiphon.bridge.music.pitch import spell
from antiphon.models.encoding.melody import melody_of
from antiphon.models.encoding.reading import tunes_in_file
from antiphon.models.training import prepare as preparing
from antiphon.models.training.prepare import Wishes, prepare
from antiphon.models.training.prepare_read import gather, music_files
from antiphon.models.training.prepared_set import kept_melodies, kept_tunes


@pytest.fixture
def music(make_tune, tmp_path):
    """A folder of twelve tunes, some under two names, and of files that give none."""
    folder = tmp_path / "music"
    (folder / "sub").mkdir(parents=True)
    for seed in range(12):
        suffix = (".mid", ".musicxml", ".abc")[seed % 3]
        path = folder / f"piece {seed}{suffix}"
        path.write_bytes(write_phrase(make_tune(seed), suffix))
    moved = _moved(make_tune(0), 5)
    (folder / "sub" / "again.mid").write_bytes(write_phrase(moved, ".mid"))
    longer = make_tune(1, 10)
    (folder / "sub" / "longer.musicxml").write_bytes(write_phrase(longer, ".musicxml"))
    (folder / "broken.mid").write_bytes(b"MThd and no more")
    (folder / "empty.abc").write_bytes(b"")
    short = replace(make_tune(90, 1), title="")
    (folder / "short.mid").write_bytes(write_phrase(short, ".mid"))
    drums = make_tune(91)
    drums = replace(drums, parts=(replace(drums.parts[0], is_drums=True),))
    (folder / "drums.mid").write_bytes(write_phrase(drums, ".mid"))
    (folder / "notes.txt").write_text("no music")
    return folder


def _moved(phrase, semitones):
    (part,) = phrase.parts
    notes = tuple(
        replace(note, pitch=spell(note.pitch.midi_number + semitones, 0)) for note in part.notes
    )
    return replace(phrase, parts=(replace(part, notes=notes),), key_signatures=())


def test_good_tunes_are_kept_and_every_other_file_is_reported_with_its_reason(music, tmp_path):
    found = prepare([music], tmp_path / "set", Wishes(test=0.2, valid=0.2))
    assert len(found.gathered.found) == 13
    reasons = {item.name: item.reason for item in found.gathered.dropped}
    assert reasons == {
        "broken.mid": "unreadable",
        "empty.abc": "unreadable",
        "short.mid": "too short",
        "drums.mid": "no melody",
        "sub/again.mid": "duplicate",
    }
    report = (tmp_path / "set" / "report.md").read_text()
    assert "- sub/again.mid: It has the notes of piece 0.mid." in report
    tables = json.loads((tmp_path / "set" / "report.json").read_text())["tables"]
    assert ["duplicate", 1] in [row[:2] for row in tables[1]["rows"]]


def test_near_duplicates_share_a_work_and_a_side(music, tmp_path):
    prepare([music], tmp_path / "set", Wishes(test=0.2, valid=0.2))
    tunes = json.loads((tmp_path / "set" / "manifest.json").read_text())["tunes"]
    by_file = {tune["file"]: tune for tune in tunes}
    one, two = by_file["piece 1.musicxml"], by_file["sub/longer.musicxml"]
    assert (one["work"], one["side"]) == (two["work"], two["side"])
    assert {tune["side"] for tune in tunes} == {"train", "valid", "test"}


def test_the_same_files_give_the_same_bytes(music, tmp_path):
    for name in ("one", "two"):
        prepare([music], tmp_path / name, Wishes(transpositions=(-2, 3)))
    for name in ("dataset.safetensors", "notes.safetensors", "manifest.json", "report.md"):
        first, second = (tmp_path / place / name for place in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()


def test_a_kept_set_gives_back_the_melodies_as_they_were_read(music, tmp_path):
    found = prepare([music], tmp_path / "set", Wishes(transpositions=(4,)))
    kept = kept_melodies(tmp_path / "set")
    assert [melody for melody, _ in kept] == [item.tune.melody for item in found.gathered.found]
    assert [side for _, side in kept] == list(found.sides)
    dataset = kept_tunes(tmp_path / "set")
    assert dataset.splits == found.sides
    (first,) = tunes_in_file(music / "piece 0.mid")
    assert kept[0][0] == first.melody


def test_transposed_copies_are_made_of_training_tunes_alone(music, tmp_path):
    found = prepare([music], tmp_path / "set", Wishes(test=0.2, valid=0.2, transpositions=(-1, 2)))
    arrays = load_file(tmp_path / "set" / "notes.safetensors")
    copies = {(int(t), int(s)) for t, s in zip(arrays["tunes"], arrays["semitones"], strict=True)}
    for index, side in enumerate(found.sides):
        own = {shift for tune, shift in copies if tune == index}
        assert own == ({-1, 0, 2} if side == "train" else {0})
    starts = [0, *arrays["lengths"].cumsum()]
    for line, shift in enumerate(arrays["semitones"]):
        plain = found.gathered.found[arrays["tunes"][line]].tune.melody.tones
        pitches = arrays["notes"][starts[line] : starts[line + 1], 2]
        assert list(pitches) == [tone.midi_number + shift for tone in plain]


def test_nothing_but_a_data_set_is_written_over(music, tmp_path):
    target = tmp_path / "set"
    target.mkdir()
    (target / "diary.txt").write_text("mine")
    with pytest.raises(AntiphonError) as caught:
        prepare([music], target)
    assert caught.value.code == "strange-run"
    assert [path.name for path in target.iterdir()] == ["diary.txt"]
    (target / "diary.txt").unlink()
    for _ in range(2):
        prepare([music], target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["music", "set"]


def test_a_folder_without_a_tune_is_a_sentence_and_leaves_nothing(music, tmp_path, capsys):
    bad = tmp_path / "bad"
    bad.mkdir()
    (music / "broken.mid").rename(bad / "broken.mid")
    assert preparing.main([str(bad), "-o", str(tmp_path / "set")]) == 2
    told = capsys.readouterr().err
    assert "bad holds too little to learn from" in told
    assert "broken.mid" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "music"]


@pytest.mark.parametrize(
    "extra", [["--test", "60", "--valid", "50"], ["--transpose", "3"], ["--transpose=9:-9"]]
)
def test_contradicting_wishes_are_a_sentence(music, tmp_path, capsys, extra):
    assert preparing.main([str(music), "-o", str(tmp_path / "set"), *extra]) == 2
    assert "cannot be" in capsys.readouterr().err
    assert not (tmp_path / "set").exists()


def test_a_missing_folder_is_named(tmp_path, capsys):
    assert preparing.main([str(tmp_path / "none"), "-o", str(tmp_path / "set")]) == 2
    assert "none could not be read: it is not there." in capsys.readouterr().err


def test_names_of_files_in_several_folders_stay_apart(make_tune, tmp_path):
    for seed, name in enumerate(("one", "two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "01.mid").write_bytes(write_phrase(make_tune(seed), ".mid"))
    files = music_files([tmp_path / "one", tmp_path / "two", tmp_path / "one" / "01.mid"])
    assert [name for name, _ in files] == ["one/01.mid", "two/01.mid"]
    assert len(gather([tmp_path / "one", tmp_path / "two"]).found) == 2


def test_the_fewest_notes_of_a_tune_can_be_chosen(make_tune, tmp_path):
    phrase = make_tune(3, 2, pickup=Fraction(1))
    count = len(melody_of(phrase, phrase.parts[0]).tones)
    (tmp_path / "tune.mid").write_bytes(write_phrase(phrase, ".mid"))
    assert len(gather([tmp_path], shortest=count).found) == 1
    assert gather([tmp_path], shortest=count + 1).dropped[0].reason == "too short"
