import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from antiphon.bridge.cli import main
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase, write_phrase
from antiphon.bridge.music.phrase import Phrase
from antiphon.models.evaluation.listening_similar import ornamented, part_of, rebarred, transposed
from antiphon.models.listening.alignment import align
from antiphon.models.listening.library import add, entry_of, open_library
from antiphon.models.listening.nearest import by_graph, nearest
from antiphon.models.listening.recommend import rate, recommend
from antiphon.models.listening.similar import WAYS, similar


def tune(seed: int, key: str = "G", meter: str = "4/4") -> str:
    """An ABC tune of sixteen measures drawn by chance in a scale."""
    rng = Random(seed)
    letters, place, measures = "DEFGABcdefg", 4, []
    for _ in range(16):
        notes = []
        for length in rng.choice((("2", "2", "2", "2"), ("3", "1", "2", "2"), ("1",) * 8)):
            place = min(10, max(0, place + rng.choice((-2, -1, -1, 1, 1, 2, 3))))
            notes.append(letters[place] + length)
        measures.append("".join(notes))
    return f"X:1\nT:Tune {seed}\nM:{meter}\nL:1/8\nK:{key}\n{'|'.join(measures)}|\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("music")
    for seed in range(30):
        name = made / f"tune{seed}.abc"
        name.write_text(tune(seed, key=("G", "D", "Am", "Em")[seed % 4]))
    (made / "broken.mid").write_bytes(b"MThd nonsense")
    (made / "notes.txt").write_text("not music")
    return made


@pytest.fixture(scope="module")
def library(folder: Path) -> Path:
    path = folder / "index" / "library.sqlite"
    with open_library(path, must_exist=False) as base:
        assert add(base, folder, lambda step: None) == 30
    return path


def phrase_in(folder: Path, number: int) -> Phrase:
    path = folder / f"tune{number}.abc"
    return read_phrase(path.read_bytes(), path.name)


@pytest.mark.parametrize("change", [transposed, ornamented, rebarred, part_of])
def test_a_changed_tune_is_not_found_again(folder: Path, library: Path, change) -> None:
    with open_library(library) as base:
        for number in (3, 11, 20):
            query = entry_of(change(phrase_in(folder, number), Random(number)))
            assert query is not None
            first = similar(base, query, "melody")[0]
            assert first.title == f"Tune {number}"
            assert "notes agree" in first.reason


def test_the_interval_of_a_transposition_is_told_wrong(folder: Path, library: Path) -> None:
    from antiphon.bridge.music.pitch import spell

    phrase = phrase_in(folder, 5)
    notes = [replace(n, pitch=spell(n.pitch.midi_number - 7)) for n in phrase.parts[0].notes]
    lower = replace(phrase, parts=(replace(phrase.parts[0], notes=tuple(notes)),))
    with open_library(library) as base:
        query = entry_of(lower)
        assert query is not None
        assert "a fifth higher" in similar(base, query, "melody")[0].reason


def test_every_way_finds_the_piece_itself_first(folder: Path, library: Path) -> None:
    query = entry_of(phrase_in(folder, 7))
    assert query is not None
    with open_library(library) as base:
        for way in WAYS:
            found = similar(base, query, way)
            assert found[0].title == "Tune 7", way
            assert found[0].score > 0.9, way
            assert all(row.reason for row in found)
        with pytest.raises(ValueError, match="taste"):
            similar(base, query, "taste")


def test_what_is_known_is_read_again_and_what_changed_is_not(tmp_path: Path) -> None:
    for seed in range(3):
        (tmp_path / f"{seed}.abc").write_text(tune(seed))
    place = tmp_path / "library.sqlite"
    known: list[bool] = []

    def keep(step) -> None:
        known.append(step.was_known)

    with open_library(place, must_exist=False) as base:
        add(base, tmp_path, keep)
        add(base, tmp_path, keep)
        assert known == [False] * 3 + [True] * 3
        (tmp_path / "1.abc").write_text(tune(77))
        known.clear()
        assert add(base, tmp_path, keep) == 3
        assert known == [True, False, True]
        titles = {row[0] for row in base.execute("select title from pieces")}
        assert titles == {"Tune 0", "Tune 77", "Tune 2"}
        orphans = "select count(*) from grams where piece not in (select id from pieces)"
        assert base.execute(orphans).fetchone()[0] == 0


def test_a_stop_in_the_middle_loses_what_was_done(tmp_path: Path) -> None:
    for seed in range(4):
        (tmp_path / f"{seed}.abc").write_text(tune(seed))
    place = tmp_path / "library.sqlite"

    def stop(step) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    with open_library(place, must_exist=False) as base, pytest.raises(KeyboardInterrupt):
        add(base, tmp_path, stop)
    known: list[bool] = []
    with open_library(place) as base:
        add(base, tmp_path, lambda step: known.append(step.was_known))
    assert known == [True, True, False, False]


def test_a_file_that_cannot_be_read_ends_the_adding(folder: Path, library: Path) -> None:
    with open_library(library) as base:
        row = base.execute("select fault from files where path like '%broken.mid'").fetchone()
    assert "not a valid MIDI file" in row[0]


def test_recommendations_ignore_what_is_liked(folder: Path, library: Path) -> None:
    with open_library(library) as base:
        with pytest.raises(AntiphonError, match="stars"):
            recommend(base)
        rate(base, folder / "tune4.abc", stars=5)
        rate(base, folder / "tune8.abc", plays=3)
        rate(base, folder / "tune1.abc", stars=1)
        found = recommend(base, 8)
        titles = [row.title for row in found]
        assert len(found) == 8
        assert not {"Tune 4", "Tune 8", "Tune 1"} & set(titles)
        assert all("Tune 4" in r.reason or "Tune 8" in r.reason for r in found)
        with pytest.raises(AntiphonError, match="not in the library"):
            rate(base, folder / "nowhere.abc", stars=3)
        with pytest.raises(AntiphonError, match="0 to 5"):
            rate(base, folder / "tune4.abc", stars=9)


def test_alignment_forgives_no_ornament_and_no_shift() -> None:
    line = np.array([60, 62, 64, 65, 67, 65, 64, 62, 60, 67, 72])
    ornate = np.array([67, 69, 71, 72, 71, 72, 74, 72, 71, 69, 67, 74, 79])
    found = align(line, [ornate, np.array([60, 61, 60, 61]), np.zeros(0, dtype=np.int64)])
    assert found[0].shift == 7
    assert found[0].score > 0.85
    assert found[1].score < 0.4
    assert found[2].score == 0


def test_the_graph_finds_other_neighbours_than_the_comparison_of_all() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(2_000, 24)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    exact = nearest(matrix, matrix[17], 10)
    assert exact[0][0] == 17
    quick = by_graph(matrix, matrix[17], 10)
    if quick is None:
        pytest.skip("faiss is not installed")
    assert len({row for row, _ in quick} & {row for row, _ in exact}) >= 8


def test_the_commands_tell_and_refuse(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = f"--library={tmp_path / 'own.sqlite'}"
    tune_file = str(folder / "tune2.abc")
    assert main(["similar", tune_file, place]) == 2
    assert "antiphon library add" in capfd.readouterr().err
    assert main(["library", "add", tune_file, place]) == 0
    assert "in the library: 1." in capfd.readouterr().out
    assert main(["library", "add", str(folder / "none"), place]) == 2
    moved = tmp_path / "moved.mid"
    moved.write_bytes(write_phrase(transposed(phrase_in(folder, 2), Random(1)), ".mid"))
    assert main(["similar", str(moved), "--measures", "3-8", "--json", place]) == 0
    answer = capfd.readouterr()
    assert json.loads(answer.out)[0]["title"] == "Tune 2"
    assert main(["library", "star", tune_file, "4", place]) == 0
    assert main(["library", "list", place]) == 0
    assert "★★★★" in capfd.readouterr().out
    assert main(["library", "star", tune_file, "many", place]) == 2
    assert main(["library", "add", str(folder / "tune6.abc"), place]) == 0
    capfd.readouterr()
    assert main(["recommend", "--most", "3", place]) == 0
    assert "are like those of “Tune 2”, to which you gave 4 stars" in capfd.readouterr().out
