"""The whole journey in a real MuseScore 3: select, press the key, the continuation stands there."""

import re
import shutil
import signal
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import psutil
import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.protocol.messages import Take
from antiphon.bridge.runfile import read_run_file
from tests.e2e.conftest import Service

pytestmark = [pytest.mark.editor, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "e2e"
# Greensleeves, the first eight measures after the pickup: 6/8, E minor, C sharps and D sharps.
TUNE = [
    ["E4 1/2"],
    ["G4 1", "A4 1/2", "B4 3/4", "C5 1/4", "B4 1/2"],
    ["A4 1", "F#4 1/2", "D4 3/4", "E4 1/4", "F#4 1/2"],
    ["G4 1", "E4 1/2", "E4 3/4", "D#4 1/4", "E4 1/2"],
    ["F#4 1", "D#4 1/2", "B3 1", "E4 1/2"],
    ["G4 1", "A4 1/2", "B4 3/4", "C5 1/4", "B4 1/2"],
    ["A4 1", "F#4 1/2", "D4 3/4", "E4 1/4", "F#4 1/2"],
    ["G4 3/4", "F#4 1/4", "E4 1/2", "D#4 3/4", "C#4 1/4", "D#4 1/2"],
    ["E4 3"],
]
LENGTH = Fraction(1, 2) + 8 * 3


@pytest.fixture
def score(tmp_path: Path, editor) -> Path:
    """The tune as MuseScore itself saves it."""
    from music21 import instrument, key, metadata, meter, note, stream

    part = stream.Part()
    part.insert(0, instrument.Flute())
    for number, words in enumerate(TUNE):
        measure = stream.Measure(number=number)
        if number == 0:
            measure.append([key.KeySignature(1), meter.TimeSignature("6/8")])
            measure.paddingLeft = Fraction(5, 2)
        for word in words:
            name, length = word.split()
            measure.append(note.Note(name, quarterLength=Fraction(length)))
        part.append(measure)
    whole = stream.Score([metadata.Metadata(title="Greensleeves"), part])
    source = tmp_path / "source.musicxml"
    whole.write("musicxml", source)
    # Say that the pickup is one, and name no composer.
    text = re.sub(r"<creator.*?</creator>", "", source.read_text())
    source.write_text(
        re.sub(r'<measure [^>]*number="0"', '<measure implicit="yes" number="0"', text)
    )
    score = tmp_path / "Greensleeves.mscx"
    editor.convert(source, score)
    return score


def measures_of(saved: str) -> list[str]:
    """The measures of a saved score, as MuseScore wrote them, without their final barline."""
    found = re.findall(r"<Measure\b.*?</Measure>", saved, re.DOTALL)
    return [re.sub(r"\s*<BarLine>.*?</BarLine>", "", text, flags=re.DOTALL) for text in found]


def read_notes(editor, score: Path) -> list[tuple[Fraction, Fraction, str]]:
    """Onset, duration and spelled pitch of every note, read by music21 from MuseScore's export."""
    from music21 import converter

    target = score.with_name("check.musicxml")
    editor.convert(score, target)
    part = converter.parse(target).parts[0]
    for measure in part.getElementsByClass("Measure")[1:]:
        assert measure.duration.quarterLength == 3, f"measure {measure.number} is not full"
    return [
        (exact(note.offset), exact(note.quarterLength), note.nameWithOctave.replace("-", "b"))
        for note in part.stripTies().flatten().notes
    ]


def exact(number: float) -> Fraction:
    return Fraction(number).limit_denominator(96)


def expected(take: Take) -> list[tuple[Fraction, Fraction, str]]:
    """What must stand after the tune: the take's own notes."""
    notes = sounding(take.phrase.parts[0].notes)
    return [(LENGTH + note.onset, note.duration, str(note.pitch)) for note in notes]


def keep_log(editor, service: Service) -> None:
    """What the programs said, for whoever looks into a failure."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    shutil.copy(editor.log, PICTURES / "musescore.log")
    shutil.copy(service.home / "out.log", PICTURES / "service.log")


@pytest.fixture
def ready(editor, service: Service, score: Path) -> Iterator[str]:
    """MuseScore with the plugin installed and the tune open; gives the untouched score."""
    before = set(editor.data.rglob("*"))
    service.command("install", "musescore", "--folder", str(editor.data))
    editor.open(score)
    yield score.read_text()
    keep_log(editor, service)
    editor.close()
    service.command("uninstall", "musescore", "--folder", str(editor.data))
    left = {path.name for path in set(editor.data.rglob("*")) - before}
    assert not {name for name in left if "antiphon" in name or name == "plugins.xml"}


def landed(editor, service: Service, count: int) -> Take:
    """The newest of `count` answers that have landed."""

    def enough() -> bool:
        if editor.dialogs():
            editor.screen.shoot(PICTURES / "unexpected_sentence.png")
            pytest.fail("a sentence instead of an answer: " + editor.said()[-500:])
        return editor.said().count("antiphon: landed after") >= count

    editor.wait_for(f"answer {count}", enough)
    time.sleep(0.5)
    return service.answers()[-1][1]


def test_a_selected_phrase_is_continued_replaced_and_taken_back(editor, service, score, ready):
    original = measures_of(ready)
    assert len(original) == len(TUNE)
    editor.select(len(TUNE))
    editor.screen.shoot(PICTURES / "before.png")

    editor.press("ctrl+alt+m")
    first = landed(editor, service, 1)
    editor.screen.shoot(PICTURES / "after.png")
    entry = service.answers()[0][0]
    assert (entry.request.region.start, entry.request.region.end) == (0, LENGTH)
    saved = measures_of(editor.save(score))
    assert saved[: len(TUNE)] == original
    assert len(saved) == len(TUNE) + 4
    tune = read_notes(editor, score)[: sum(map(len, TUNE))]
    assert read_notes(editor, score) == tune + expected(first)

    editor.press("ctrl+alt+m")
    second = landed(editor, service, 2)
    editor.screen.shoot(PICTURES / "next_take.png")
    assert (first.number, second.number) == (0, 1)
    assert measures_of(editor.save(score))[: len(TUNE)] == original
    assert read_notes(editor, score) == tune + expected(second)
    assert expected(first) != expected(second)

    editor.press("ctrl+z")
    assert measures_of(editor.save(score)) == original
    editor.screen.shoot(PICTURES / "undone.png")


def sentence(editor, code: str, **gaps: object) -> None:
    """Wait for a fault's own words in a window of MuseScore, picture it and close it."""
    words = AntiphonError(code, **gaps)
    said = f"antiphon: {words.sentence} {words.remedy}"
    editor.wait_for(f"the sentence of {code}", lambda: said in editor.said())
    editor.wait_for("its window", editor.dialogs)
    time.sleep(0.5)
    editor.screen.shoot(PICTURES / f"{code}.png")
    editor.press("Return")
    editor.wait_for("its closing", lambda: not editor.dialogs())
    editor.focus()


def test_what_cannot_be_done_is_a_sentence_and_nothing_is_written(editor, service, score, ready):
    original = measures_of(ready)

    editor.act("escape")
    editor.press("ctrl+alt+m")
    sentence(editor, "nothing-to-repeat")

    # The first three measures are followed by the musician's own notes.
    editor.select(3)
    editor.press("ctrl+alt+m")
    sentence(editor, "destination-occupied", where="measures 3 to 6")

    # The host stands still, so that the music can change while the answer is written.
    editor.select(len(TUNE))
    for host in service.hosts():
        host.send_signal(signal.SIGSTOP)
    editor.press("ctrl+alt+m")
    time.sleep(1.5)
    editor.screen.shoot(PICTURES / "waiting.png")
    editor.act("pitch-up")
    for host in service.hosts():
        host.send_signal(signal.SIGCONT)
    sentence(editor, "region-changed")
    editor.press("ctrl+z")
    assert not service.answers()

    # A service that stopped is started by the plugin.
    service.stop()
    editor.select(len(TUNE))
    editor.press("ctrl+alt+m")
    landed(editor, service, 1)
    psutil.Process(read_run_file(service.run_folder).pid).terminate()
    editor.press("ctrl+z")

    editor.act("select-all", "escape")
    assert measures_of(editor.save(score)) == original


def test_an_edit_in_between_is_kept_and_haste_changes_nothing(editor, service, score, ready):
    original = measures_of(ready)
    editor.osc.send_message("/select-measure", len(TUNE))
    for host in service.hosts():
        host.send_signal(signal.SIGSTOP)
    editor.press("ctrl+alt+m")
    time.sleep(0.5)
    editor.press("ctrl+alt+m")
    time.sleep(0.5)
    for host in service.hosts():
        host.send_signal(signal.SIGCONT)
    landed(editor, service, 1)
    with_first = measures_of(editor.save(score))
    assert with_first[: len(TUNE)] == original

    editor.act("escape", "first-element", "next-element", "next-element", "next-element")
    editor.act("pitch-up")
    edited = measures_of(editor.save(score))
    assert edited[0] != original[0]
    assert edited[1:] == with_first[1:]

    editor.press("ctrl+alt+m")
    take = landed(editor, service, 2)
    with_second = measures_of(editor.save(score))
    assert take.number == 1
    assert with_second[: len(TUNE)] == edited[: len(TUNE)]
    notes = read_notes(editor, score)
    assert notes[sum(map(len, TUNE)) :] == expected(take)

    # The edit was the last step, so the take was written over: undo brings back the first.
    editor.press("ctrl+z")
    assert measures_of(editor.save(score)) == edited
    assert editor.said().count("antiphon: landed after") == 2
