"""Music dropped into a folder: whole files are answered once, and nothing there is changed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lines_script import project_file, scale
from services import SUPPORT, scripted_service

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.watch_folder import write_beside

ROOT = Path(__file__).parents[2]
TUNE = (ROOT / "examples" / "scarborough_fair.musicxml").read_bytes()
MIDI = project_file(("Violin I", 0, scale()))
ABC = b"X:1\nT:Tune\nM:4/4\nL:1/4\nK:G\nGABc|d2B2|cBAG|G4|\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("watch"), "rules") as running:
        running.wait_until_ready()
        yield running.home


@pytest.fixture
def watched(home, tmp_path):
    """A folder that a real `antiphon watch` looks at."""
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "old.mid").write_bytes(MIDI)
    command = [sys.executable, "-m", "antiphon.bridge.cli", "watch", str(folder), "--task", "bass"]
    environment = {**os.environ, "ANTIPHON_HOME": str(home)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert b"Watching" in process.stderr.readline()
    yield folder
    process.terminate()
    process.wait(10)
    process.stdout.close()
    process.stderr.close()


def wait_for(path: Path, seconds=20.0) -> Path:
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, sorted(p.name for p in path.parent.iterdir())
        time.sleep(0.05)
    return path


def test_each_kind_of_file_is_answered_in_its_own_kind_and_stays(watched):
    files = {"tune.mid": MIDI, "tune two.musicxml": TUNE, "reel.abc": ABC}
    for name, data in files.items():
        (watched / name).write_bytes(data)
    for name, data in files.items():
        path = Path(name)
        answer = wait_for(watched / f"{path.stem}.antiphon-bass{path.suffix}")
        phrase = read_phrase(answer.read_bytes(), answer.name)
        assert phrase.parts[-1].name == "Bass" and phrase.parts[-1].notes
        assert (watched / name).read_bytes() == data
    assert not list(watched.glob("old.antiphon*")), "what was there before is left alone"
    assert not list(watched.glob("*.part")) and not list(watched.glob(".*.part"))


def test_a_file_that_is_still_written_is_waited_for(watched):
    path = watched / "slow.mid"
    with path.open("wb") as file:
        for start in range(0, len(MIDI), len(MIDI) // 5 + 1):
            file.write(MIDI[start : start + len(MIDI) // 5 + 1])
            file.flush()
            if file.tell() < len(MIDI):
                time.sleep(0.9)
                assert not list(watched.glob("slow.antiphon*"))
    wait_for(watched / "slow.antiphon-bass.mid")


def test_an_answer_never_takes_the_place_of_a_file(watched):
    (watched / "mine.antiphon-bass.mid").write_bytes(b"my own")
    (watched / "mine.mid").write_bytes(MIDI)
    wait_for(watched / "mine.antiphon-bass-2.mid")
    assert (watched / "mine.antiphon-bass.mid").read_bytes() == b"my own"
    # The file is written anew: a further answer, none of the former is touched.
    (watched / "mine.mid").write_bytes(MIDI + b"")
    os.utime(watched / "mine.mid", (1, 1))
    wait_for(watched / "mine.antiphon-bass-3.mid")


def once(home, folder, *arguments):
    command = [sys.executable, "-m", "antiphon.bridge.cli", "watch", str(folder), "--once"]
    environment = {**os.environ, "ANTIPHON_HOME": str(home)}
    return subprocess.run([*command, *arguments], env=environment, capture_output=True, timeout=60)


def test_what_cannot_be_answered_is_told_in_a_sentence_and_the_rest_is_done(home, tmp_path):
    (tmp_path / "broken.abc").write_bytes(b"X:1\nK:C\n" + bytes(range(200)))
    (tmp_path / "tune.mid").write_bytes(MIDI)
    (tmp_path / "notes.txt").write_text("no music")
    result = once(home, tmp_path, "--task", "continue", "measures=2", "takes=2")
    assert result.returncode == 1
    assert b"broken.abc: " in result.stdout and b"Traceback" not in result.stdout + result.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert {"tune.antiphon-continue.mid", "tune.antiphon-continue-2.mid"} <= names
    assert len(names) == 5


@pytest.mark.parametrize("word", ["measures=many", "style=jazz=2", "loud=1", "measures"])
def test_a_word_that_is_none_is_refused_before_anything_is_read(home, tmp_path, word):
    (tmp_path / "tune.mid").write_bytes(MIDI)
    result = once(home, tmp_path, "--task", "fill", word)
    assert result.returncode in (1, 2)
    assert b"Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tune.mid"]


def test_names_that_are_taken_are_counted_on_and_links_are_not_written_through(tmp_path):
    path = tmp_path / "tune.mid"
    path.write_bytes(MIDI)
    (tmp_path / "tune.x.mid").symlink_to(path)
    assert write_beside(path, ".x", ".mid", b"new").name == "tune.x-2.mid"
    assert path.read_bytes() == MIDI
    with pytest.raises(AntiphonError) as caught:
        write_beside(tmp_path / "absent" / "tune.mid", ".x", ".mid", b"new")
    assert caught.value.code == "unwritable-file"


def test_a_pipe_answers_on_standard_output_in_the_format_that_came_in(home):
    environment = {**os.environ, "ANTIPHON_HOME": str(home), "PYTHONPATH": str(SUPPORT)}
    for data, name in ((MIDI, "x.mid"), (TUNE, "x.musicxml"), (ABC, "x.abc")):
        command = [sys.executable, "-m", "antiphon.bridge.cli", "bass", "-", "-o", "-"]
        result = subprocess.run(
            command, input=data, env=environment, capture_output=True, timeout=60
        )
        assert result.returncode == 0, result.stderr
        assert read_phrase(result.stdout, name).parts[-1].name == "Bass"
