"""Every task in a real MuseScore 3: what is asked is written, and nothing else changes."""

import http.client
import json
import os
import random
import re
import shutil
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from antiphon.bridge.editors import musescore
from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.chords import chord_text
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Phrase
from antiphon.bridge.protocol.messages import Take
from antiphon.bridge.runfile import read_run_file
from tests.e2e.conftest import MuseScore, Screen, Service

pytestmark = [pytest.mark.editor, pytest.mark.timeout(400)]

PICTURES = Path(__file__).parents[2] / "build" / "e2e"
# A soprano with lyrics, dynamics and slurs; alto, tenor, bass, piano, electric bass and drums rest.
BAND = Path(__file__).parent / "band.mscx"
SOPRANO, VOICES, PIANO, E_BASS, DRUMS = [1], [2, 3, 4], [5, 6], [7], [8]
# The selected measures, of eight.
FIRST, LAST = 3, 6
START, LENGTH = Fraction(8), Fraction(16)

Cells = dict[tuple[int, int], str]


class Session:
    """One MuseScore and one service for all tests of this file."""

    def __init__(self, folder: Path, screen: Screen) -> None:
        self.editor = MuseScore(folder / "musescore", screen)
        self.service = Service(folder / "antiphon")
        self.score = folder / "Choir and band.mscx"
        shutil.copy(BAND, self.score)
        self.service.start()
        self.service.command("install", "musescore", "--folder", str(self.editor.data))
        self.editor.open(self.score)
        self.original = cells_of(self.editor.save(self.score))

    def close(self) -> None:
        shutil.copy(self.editor.log, PICTURES / "tasks.log")
        shutil.copy(self.service.home / "out.log", PICTURES / "tasks_service.log")
        self.editor.close()
        self.service.stop()

    def press(self, name: str) -> None:
        """The key of a command."""
        self.editor.press("ctrl+alt+" + musescore.KEYS[name].lower())

    def ask(self, name: str) -> Take:
        """Press a command's key and wait for what lands."""
        before = self.editor.landings
        self.editor.focus()
        self.press(name)
        return self.landed(before + 1, name)

    def landed(self, count: int, name: str) -> Take:
        def enough() -> bool:
            if self.editor.dialogs():
                self.editor.screen.shoot(PICTURES / "unexpected.png")
                pytest.fail("a sentence instead of an answer: " + self.editor.said()[-500:])
            return self.editor.landings >= count

        self.editor.wait_for(f"the answer to {name}", enough, 90)
        time.sleep(0.4)
        self.editor.screen.shoot(PICTURES / f"task_{name}.png")
        return self.service.answers()[-1][1]

    def changed(self) -> tuple[set[int], Cells]:
        """Save; which staves differ from the original, and all cells now."""
        now = cells_of(self.editor.save(self.score))
        places = {place for place in now if now[place] != self.original.get(place)}
        assert set(now) == set(self.original)
        assert all(FIRST <= measure <= LAST for _, measure in places), places
        return {staff for staff, _ in places}, now

    def undo(self) -> None:
        """One undo must bring back the score as it was."""
        self.editor.press("ctrl+z")
        assert cells_of(self.editor.save(self.score)) == self.original

    def phrase(self) -> Phrase:
        """The saved score, read by ourselves from MuseScore's export."""
        target = self.score.with_name("check.musicxml")
        self.editor.convert(self.score, target)
        return read_phrase(target.read_bytes(), "check.musicxml")

    def window_of(self, title: str) -> str:
        """The window of that title, "" if there is none."""
        return self.editor.screen.do("search", "--onlyvisible", "--name", title).stdout.strip()

    def sentence(self, code: str) -> None:
        """Wait for a sentence of the plugin's own, and close it."""
        said = musescore_words()[code]
        self.editor.wait_for(f"the sentence of {code}", lambda: said in self.editor.said())
        self.editor.wait_for("its window", self.editor.dialogs)
        self.editor.press("Return")
        self.editor.wait_for("its closing", lambda: not self.editor.dialogs())
        self.editor.focus()


def musescore_words() -> dict[str, str]:
    """The plugin's own sentences by code."""
    script = Path(__file__).parents[2] / "plugins/musescore/antiphon_words.js"
    pairs = re.findall(r'"([a-z-]+)": \[\s*"([^"]+)"', script.read_text())
    return dict(pairs)


def cells_of(saved: str) -> Cells:
    """The text of every measure of every staff of a saved score."""
    score = ET.fromstring(saved).find("Score")
    return {
        (int(staff.get("id")), number): ET.tostring(measure, encoding="unicode").strip()
        for staff in score.findall("Staff")
        for number, measure in enumerate(staff.findall("Measure"), 1)
    }


def sung(phrase: Phrase, staff: int) -> set[tuple[Fraction, Fraction, int]]:
    """Notes of a staff of the score in the selected measures, from their start."""
    index = 0
    for part in phrase.parts:
        if index < staff <= index + part.staff_count:
            return {
                (note.onset - START, note.duration, note.pitch.midi_number)
                for note in sounding(part.notes)
                if note.staff == staff - index and START <= note.onset < START + LENGTH
            }
        index += part.staff_count
    raise AssertionError(f"no staff {staff}")


def asked(take: Take, part: int, staff: int = 1) -> set[tuple[Fraction, Fraction, int]]:
    """The notes of a take's part on one of its staves."""
    return {
        (note.onset, note.duration, note.pitch.midi_number)
        for note in sounding(take.phrase.parts[part].notes)
        if note.staff == staff
    }


@pytest.fixture(scope="module")
def session(screen: Screen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    PICTURES.mkdir(parents=True, exist_ok=True)
    session = Session(tmp_path_factory.mktemp("tasks"), screen)
    yield session
    session.close()


@pytest.fixture(autouse=True)
def restored(session: Session) -> Iterator[None]:
    """The score as it was, also for the test after one that failed."""
    yield
    if not session.window_of("Choir and band"):
        return
    for _ in range(4):
        if cells_of(session.editor.save(session.score)) == session.original:
            return
        session.editor.press("Escape")
        session.editor.focus()
        session.editor.press("ctrl+z")
    shutil.copy(BAND, session.score)


@pytest.mark.parametrize("task", ["fill", "vary"])
def test_the_selected_measures_are_rewritten_in_place(session, task):
    session.editor.select_from(FIRST, LAST)
    take = session.ask(task)
    staves, _ = session.changed()
    assert staves <= set(SOPRANO)
    assert sung(session.phrase(), 1) == asked(take, 0)
    session.undo()


def test_chord_symbols_stand_over_the_selected_measures(session):
    session.editor.select_from(FIRST, LAST)
    take = session.ask("harmonize")
    staves, _ = session.changed()
    assert staves == set(SOPRANO)
    phrase = session.phrase()
    found = [(c.onset - START, chord_text(c)) for c in phrase.chords]
    assert found == [(c.onset, chord_text(c)) for c in take.phrase.chords]
    session.undo()


@pytest.mark.parametrize(
    ("task", "places"),
    [("satb", VOICES), ("bass", E_BASS), ("drums", DRUMS), ("accompany", PIANO)],
)
def test_new_parts_go_to_the_empty_staves_that_are_meant(session, task, places):
    session.editor.select_from(FIRST, LAST)
    take = session.ask(task)
    staves, _ = session.changed()
    assert staves == set(places)
    phrase = session.phrase()
    spots = [(p, s) for p, part in enumerate(take.phrase.parts, 0) for s in range(part.staff_count)]
    for staff, (part, inner) in zip(places, spots, strict=True):
        wanted, found = asked(take, part, inner + 1), sung(phrase, staff)
        if task == "drums":
            # A drum's length says nothing; it lasts to the next one.
            assert {(o, p) for o, _, p in found} == {(o, p) for o, _, p in wanted}
        else:
            assert found == wanted
    session.undo()


def test_a_band_rewrites_the_melody_and_takes_the_staves_that_are_meant(session):
    session.editor.select_from(FIRST, LAST)
    take = session.ask("restyle")
    staves, _ = session.changed()
    assert staves <= {*SOPRANO, *PIANO, *E_BASS, *DRUMS}
    assert len(staves) >= 3
    assert sung(session.phrase(), E_BASS[0]) == asked(take, 2)
    session.undo()


def test_other_takes_replace_the_last_one_in_place_and_each_is_one_undo_step(session):
    session.editor.select_from(FIRST, LAST)
    first = session.ask("bass")
    one = session.changed()[1]
    second = session.ask("next")
    assert (first.number, second.number) == (0, 1)
    staves, two = session.changed()
    assert staves == set(E_BASS)
    assert sung(session.phrase(), E_BASS[0]) == asked(second, 0)
    assert session.ask("previous").number == 0
    assert session.changed()[1] == one
    session.press("previous")
    time.sleep(0.5)
    assert session.changed()[1] == one
    assert two != one
    session.undo()
    # Taken back by hand, the answer is still known: the next take stands alone.
    assert session.ask("next").number == 1
    assert session.changed()[1] == two
    session.undo()


def test_what_the_musician_did_to_an_answer_is_not_written_over(session):
    session.editor.select_from(FIRST, LAST)
    session.ask("bass")
    session.editor.osc.send_message("/select-measure", FIRST)
    session.editor.act("pitch-up")
    edited = session.changed()[1]
    session.press("next")
    session.sentence("answer-edited")
    assert session.changed()[1] == edited
    session.editor.press("ctrl+z")
    # What was kept is not replaced any more.
    session.press("keep")
    time.sleep(0.5)
    session.press("next")
    session.sentence("nothing-to-repeat")
    session.undo()


def test_an_answer_on_its_way_can_be_cancelled(session):
    for host in session.service.hosts():
        host.suspend()
    session.editor.select_from(FIRST, LAST)
    before = session.editor.landings
    session.press("vary")
    time.sleep(1.5)
    session.press("cancel")
    said = AntiphonError("cancelled").sentence
    for host in session.service.hosts():
        host.resume()
    time.sleep(1.5)
    session.editor.screen.shoot(PICTURES / "cancelled.png")
    assert session.editor.landings == before
    assert f"antiphon: {said}" in session.editor.said()
    assert cells_of(session.editor.save(session.score)) == session.original


def watched(service: Service) -> dict:
    """What the panel sees."""
    run = read_run_file(service.run_folder)
    line = http.client.HTTPConnection("127.0.0.1", run.http_port, timeout=30)
    body = json.dumps({"since": -1, "seconds": 0})
    line.request("POST", "/antiphon/1/watch", body, {"Authorization": f"Bearer {run.token}"})
    return json.loads(line.getresponse().read())


def test_the_panel_starts_tasks_through_the_dock(session):
    session.press("dock")
    time.sleep(1.5)
    session.editor.focus()
    session.editor.select_from(FIRST, LAST)
    before = session.editor.landings
    session.service.command("do", "bass")
    session.landed(before + 1, "do_bass")
    assert session.changed()[0] == set(E_BASS)
    session.service.command("do", "next")
    session.landed(before + 2, "do_next")
    session.undo()
    session.editor.select_from(FIRST, LAST)
    session.service.command("do", "region")
    region = session.editor.wait_for("the region", lambda: watched(session.service)["region"], 20)
    assert region["request"]["region"]["start"] == [8, 1]
    assert "Soprano" in region["words"]
    assert [seen["kind"] for seen in watched(session.service)["editors"]] == ["musescore"]


EDITS = ("pitch-up", "pitch-down", "delete", "pitch-up-octave", "insert-measure", "append-measure")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_of_200_random_edits_while_a_request_is_out_none_is_overwritten(session):
    draw = random.Random(7)
    landed = 0
    for _ in range(int(os.environ.get("ANTIPHON_EDITS", "200"))):
        landed += edited_meanwhile(session, draw)
    # Edits elsewhere do not keep an answer from landing, those in the music asked about do.
    assert landed > 0


def edited_meanwhile(session: Session, draw: random.Random) -> bool:
    """One edit by a musician between a key press and its answer; whether the answer landed."""
    editor = session.editor
    task = draw.choice(["bass", "vary", "satb", "harmonize", "drums"])
    editor.focus()
    editor.select_from(FIRST, LAST)
    # Earlier answers are forgotten, so that every press asks anew.
    session.press("keep")
    time.sleep(0.3)
    close_sentences(editor)
    for host in session.service.hosts():
        host.suspend()
    said, before = editor.said().count("antiphon: "), editor.landings
    session.press(task)
    time.sleep(0.4)
    editor.osc.send_message("/select-measure", draw.randint(1, 8))
    editor.act(draw.choice(EDITS))
    edited = cells_of(editor.save(session.score))
    for host in session.service.hosts():
        host.resume()
    editor.wait_for("an end", lambda: editor.said().count("antiphon: ") > said, 90)
    time.sleep(0.6)
    has_landed = editor.landings > before
    close_sentences(editor)
    after = cells_of(editor.save(session.score)) if has_landed else edited
    touched = {place for place in edited if edited[place] != session.original.get(place)}
    assert {place for place in touched if after.get(place) != edited[place]} == set(), task
    for _ in range(4):
        editor.focus()
        editor.press("ctrl+z")
        time.sleep(0.2)
        if cells_of(editor.save(session.score)) == session.original:
            return has_landed
    pytest.fail("undo did not bring the score back")


def close_sentences(editor: MuseScore) -> None:
    """Close every sentence; one that has just come may not have the keyboard yet."""

    def is_closed() -> bool:
        for window in editor.dialogs():
            editor.screen.do("windowfocus", window)
            editor.press("Return")
            time.sleep(0.3)
        return not editor.dialogs()

    editor.wait_for("the closing of a sentence", is_closed)
    editor.focus()


def test_without_an_empty_staff_the_answer_opens_as_a_score_of_its_own(session):
    solo = session.score.with_name("Solo.mscx")
    text = BAND.read_text().replace("Choir and band", "Solo")
    # The soprano alone: its part and its staff.
    parts = re.findall(r"<Part>.*?</Part>", text, re.DOTALL)
    staves = re.findall(r"\n    <Staff id=.*?\n      </Staff>", text, re.DOTALL)
    for other in (*parts[1:], *staves[1:]):
        text = text.replace(other, "", 1)
    solo.write_text(text)
    session.editor.osc.send_message("/open", str(solo))
    session.editor.wait_for("the second score", lambda: session.window_of("MuseScore 3: Solo"))
    session.editor.focus()
    session.editor.select_from(FIRST, LAST)
    session.press("bass")
    session.editor.wait_for(
        "the notice", lambda: "antiphon: the answer opens as" in session.editor.said(), 60
    )
    session.editor.screen.shoot(PICTURES / "new_score_said.png")
    session.editor.wait_for("the new score", lambda: session.window_of("MuseScore 3: Antiphon"))
    time.sleep(1)
    session.editor.screen.shoot(PICTURES / "new_score.png")
    path = re.findall(r"the answer opens as (\S+)", session.editor.said())[-1]
    written = read_phrase(Path(path).read_bytes(), path)
    assert [part.name for part in written.parts] == ["Soprano", "Bass"]
    assert written.length == LENGTH
    Path(path).unlink()
    assert "<name>Bass" not in solo.read_text()
