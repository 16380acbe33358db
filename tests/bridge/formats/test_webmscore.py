"""The MusicXML that we write, opened by the code base of MuseScore 4 and written again by it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from antiphon.bridge.answers import answered
from antiphon.bridge.asking import ask_about
from antiphon.bridge.documents import open_document
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Receipt, Take, Task
from antiphon.models.theory.answers import answer_by_rules

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "build" / "node"
SCRIPT = ROOT / "tests" / "support" / "webmscore.cjs"
NODE = shutil.which("node") or shutil.which("nodejs")
pytestmark = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules" / "webmscore").is_dir(),
    reason="not installed: webmscore (npm)",
)


def reopened(data: bytes, folder: Path) -> Phrase:
    """The music after MuseScore 4 has opened and exported it."""
    source, target = folder / "ours.musicxml", folder / "theirs.musicxml"
    source.write_bytes(data)
    done = subprocess.run(
        [NODE, "--no-experimental-fetch", SCRIPT, FOLDER, source, target],
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return read_phrase(target.read_bytes(), target.name)


def heard(phrase: Phrase) -> list[list[tuple]]:
    return [
        sorted(
            (n.onset, n.duration, n.pitch.midi_number, str(n.pitch)) for n in sounding(part.notes)
        )
        for part in phrase.parts
    ]


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Task.CONTINUE, {"measures": 4}),
        (Task.HARMONIZE, {"as": "satb"}),
        (Task.ACCOMPANY, {"texture": "piano"}),
        (Task.ARRANGE, {}),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "scarborough_fair",
        pytest.param("amazing_grace", marks=pytest.mark.slow),
        pytest.param("greensleeves", marks=pytest.mark.slow),
    ],
)
def test_an_answered_score_holds_the_same_notes_for_musescore_4(name, task, words, tmp_path):
    path = ROOT / "examples" / f"{name}.musicxml"
    document = open_document(path.read_bytes(), path.name)
    asked = ask_about(task, words, document)
    request = asked.request
    receipt = Receipt("theory", "", 0, 0, "", request.controls)
    take = Take(request.id, 0, answer_by_rules(request, 0), receipt)
    data = answered(document, asked.selection, take, ".musicxml")
    ours = read_phrase(data, "ours.musicxml")
    assert heard(reopened(data, tmp_path)) == heard(ours)
