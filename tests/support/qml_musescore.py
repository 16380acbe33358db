"""The plugin's own .qml files in a real Qt 6 QML engine, around a strict stand-in for MuseScore.

The modules `MuseScore 3.0` and `FileIO 3.0` that it offers have what the interface of one version
has and no more. It says nothing of how MuseScore 4 draws or sounds.
"""

import json
import shutil
import time
from pathlib import Path

from PyQt6.QtCore import QEvent, QObject, QUrl, pyqtProperty, pyqtSlot
from PyQt6.QtQml import QQmlComponent, QQmlEngine, qmlRegisterType
from PyQt6.QtQuick import QQuickItem

from antiphon.bridge.formats.files import read_phrase
from antiphon.bridge.music.melody import sounding
from antiphon.bridge.music.phrase import Phrase

ROOT = Path(__file__).parents[2]
DOUBLE = Path(__file__).parent / "musescore4"
# The interface of these versions; 3.6 is the last of the third generation.
VERSIONS = ("3.6", "4.0", "4.6")
_FOUR = """    property string title: ""
    property string categoryCode: ""
    property string thumbnailName: ""
    signal closed()
    function quit() { closed(); }"""
QUARTER = 480


class FileIO(QObject):
    """A file as MuseScore's FileIO gives it: text by the line, and nothing but text."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self._source = ""

    @pyqtProperty(str)
    def source(self):
        return self._source

    @source.setter
    def source(self, path):
        self._source = path

    @pyqtSlot(result=bool)
    def exists(self):
        return Path(self._source).is_file()

    @pyqtSlot(result=str)
    def read(self):
        return "\n".join([*Path(self._source).read_text(encoding="utf-8").splitlines(), ""])

    @pyqtSlot(str, result=bool)
    def write(self, text):
        Path(self._source).write_text(text, encoding="utf-8")
        return True

    @pyqtSlot(result=bool)
    def remove(self):
        Path(self._source).unlink()
        return True

    @pyqtSlot(result=str)
    def homePath(self):  # noqa: N802
        return str(Path.home())

    @pyqtSlot(result=str)
    def tempPath(self):  # noqa: N802
        return "/tmp"


class PluginBase(QQuickItem):
    """The enumerations of a plugin: only compiled types may have names in upper case."""

    @pyqtProperty("QVariantMap", constant=True)
    def Element(self):  # noqa: N802
        return {"CHORD": 93, "REST": 25, "NOTE": 20, "HARMONY": 45, "TIE": 23}

    @pyqtProperty("QVariantMap", constant=True)
    def Segment(self):  # noqa: N802
        return {"ChordRest": 128, "TimeSig": 16}


qmlRegisterType(FileIO, "FileIO", 3, 0, "FileIO")
qmlRegisterType(PluginBase, "MuseScoreDouble", 1, 0, "PluginBase")


class Plugins:
    """A folder of the plugin's files and an engine for one version of MuseScore."""

    def __init__(self, folder: Path, version: str, run_file: Path, app, log) -> None:
        self._app, self._log = app, log
        self.version = version
        shutil.copytree(ROOT / "plugins" / "musescore", folder / "plugin")
        place = folder / "plugin" / "antiphon_place.js"
        place.write_text(
            place.read_text().replace(
                'var RUN_FILE = ""', f"var RUN_FILE = {json.dumps(str(run_file))}"
            )
        )
        self._plugin = folder / "plugin"
        self._write_module(folder / "modules" / "MuseScore", version)
        self.engine = QQmlEngine()
        self.engine.addImportPath(str(folder / "modules"))
        self.warnings: list[str] = []
        self.engine.warnings.connect(
            lambda found: self.warnings.extend(warning.toString() for warning in found)
        )
        self._made: dict[str, QObject] = {}
        self._score = ""
        self._selection = ""

    @staticmethod
    def _write_module(module: Path, version: str) -> None:
        module.mkdir(parents=True)
        major, minor = version.split(".")
        text = (DOUBLE / "plugin.qml.in").read_text()
        for gap, value in {
            "@VERSION@": version,
            "@NUMBER@": f"{major}0{minor}00",
            "@MAJOR@": major,
            "@MINOR@": minor,
            "@FOUR@": _FOUR if major == "4" else "",
            # MuseScore 4 opens no score for a plugin and says so with null.
            "@READ@": "null" if major == "4" else "({})",
        }.items():
            text = text.replace(gap, value)
        (module / "MuseScore.qml").write_text(text)
        shutil.copy(DOUBLE / "score.js", module)
        shutil.copy(DOUBLE / "QProcess.qml", module)
        (module / "qmldir").write_text(
            "module MuseScore\nMuseScore 3.0 MuseScore.qml\nQProcess 3.0 QProcess.qml\n"
        )

    def open(self, score: dict, start: int, end: int, staff: int = 0) -> None:
        """Open a score with a range selected, in ticks."""
        self._score = json.dumps(score)
        self.select(start, end, staff)

    def select(self, start: int, end: int, staff: int = 0) -> None:
        """Select a range of one staff, in ticks."""
        self._selection = json.dumps({"start": start, "end": end, "staff": staff, "staves": 1})

    def make(self, name: str) -> QObject:
        """The plugin of a .qml file; fails with Qt's words where it does not load."""
        if name not in self._made:
            component = QQmlComponent(self.engine, QUrl.fromLocalFile(str(self._plugin / name)))
            made = component.create()
            assert made is not None, component.errorString()
            # The score is one for all plugins of an engine: only the first one brings it.
            made.doubleLoad("" if self._made else self._score)
            self._made[name] = made
        self._made[name].doubleSelect(self._selection)
        return self._made[name]

    def run(self, command: str) -> QObject:
        """Start a command as its key does."""
        plugin = self.make(f"antiphon_{command}.qml")
        plugin.run.emit()
        return plugin

    def wait_for(self, what: str, found, seconds: float = 60.0) -> object:
        """The first true value of `found` while Qt's events are worked off."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._app.processEvents()
            if value := found():
                return value
            time.sleep(0.005)
        raise AssertionError(f"{what} did not happen in {seconds} s: {self.state['faults']}")

    def press(self, command: str) -> dict:
        """Start a command that writes, and wait until its undo step stands."""
        self.make(f"antiphon_{command}.qml")
        before = self.state["names"]
        self.run(command)
        self.wait_for(command, lambda: len(self.state["names"]) > len(before))
        state = self.state
        assert not state["faults"], state["faults"]
        assert not state["isOpen"]
        # The report that an answer landed is still on its way.
        self.settle()
        return state

    def settle(self, seconds: float = 0.5) -> None:
        """Let what was asked be answered."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._app.processEvents()
            time.sleep(0.01)

    @property
    def state(self) -> dict:
        """What stands in the score, the undo steps, and what the plugins did wrong."""
        return json.loads(next(iter(self._made.values())).doubleDump())

    def edit(self, staff: int, tick: int, pitch: int) -> None:
        """What a person does meanwhile: another pitch for the note at a tick."""
        next(iter(self._made.values())).doubleEdit(staff, tick, pitch)

    def attempt(self, line: str) -> str:
        """What a line of a plugin gives, or why the stand-in refuses it."""
        return str(next(iter(self._made.values())).doubleTry(line))

    def close(self) -> None:
        """End the plugins, so that none of them answers in the name of the next ones."""
        for made in self._made.values():
            made.deleteLater()
        self.engine.deleteLater()
        # Outside Qt's own loop nothing else does what deleteLater puts off.
        self._app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self.settle(0.1)

    def undo(self) -> None:
        """One undo of the person."""
        next(iter(self._made.values())).doubleCmd("undo")

    @property
    def said(self) -> str:
        """What the commands have told the person and the console, newest last."""
        return " ".join(record.message for record in self._log.records)


Sounding = list[tuple[int, int, int]]


def notes_in(state: dict, staff: int, first: int = 0, end: int = 10**9) -> Sounding:
    """(tick, ticks, pitch) of what sounds in a staff, ties joined, in order."""
    found: Sounding = []
    for voice in state["data"]["staves"][staff]:
        open_notes: dict[int, int] = {}
        for event in voice:
            for note in event["notes"]:
                pitch = note["pitch"]
                if pitch in open_notes:
                    at = open_notes.pop(pitch)
                    tick, ticks, _ = found[at]
                    found[at] = (tick, ticks + event["ticks"], pitch)
                else:
                    at = len(found)
                    found.append((event["tick"], event["ticks"], pitch))
                if note["tie"]:
                    open_notes[pitch] = at
    return sorted(n for n in found if first <= n[0] < end)


def score_of(path: Path, extra: tuple[str, ...] = ()) -> dict:
    """A file's first part as a score of the double; `extra` names empty staves below it."""
    phrase = read_phrase(path.read_bytes(), path.name)
    measures = [
        {"tick": int(m.onset * QUARTER), "ticks": int(m.duration * QUARTER),
         "key": phrase.key_signatures[0].fifths if phrase.key_signatures else 0, **meter}
        for m, meter in zip(phrase.measures, _meters(phrase), strict=True)
    ]  # fmt: skip
    names = (phrase.parts[0].name or "Melody", *extra)
    staves = [[_voice(phrase, measures), [], [], []]]
    staves += [[[_rest(m["tick"], m["ticks"]) for m in measures], [], [], []] for _ in extra]
    parts = [_part(name, index) for index, name in enumerate(names)]
    return {"name": path.stem, "title": path.stem, "measures": measures, "parts": parts,
            "staves": staves, "harmonies": []}  # fmt: skip


def _meters(phrase: Phrase) -> list[dict]:
    found = []
    for measure in phrase.measures:
        meter = [m for m in phrase.time_signatures if m.onset <= measure.onset][-1]
        found.append({"beats": meter.beats, "beat_type": meter.beat_type})
    return found


def _part(name: str, index: int) -> dict:
    return {"partName": name, "longName": name, "shortName": "", "instrumentId": "",
            "midiProgram": 0, "midiChannel": 0, "hasDrumStaff": False, "hasPitchedStaff": True,
            "startTrack": 4 * index, "endTrack": 4 * index + 4}  # fmt: skip


def _rest(tick: int, ticks: int) -> dict:
    return {"tick": tick, "ticks": ticks, "notes": []}


def _voice(phrase: Phrase, measures: list[dict]) -> list[dict]:
    events = []
    for note in phrase.parts[0].notes:
        pitch = note.pitch
        tpc = (
            14
            + {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}[pitch.step]
            + 7 * int(pitch.alter)
        )
        tick, ticks = int(note.onset * QUARTER), int(note.duration * QUARTER)
        written = {"pitch": pitch.midi_number, "tpc1": tpc, "tpc2": tpc, "tie": False, "color": ""}
        written["tie"] = note.tie.value in ("start", "both")
        events.append({"tick": tick, "ticks": ticks, "notes": [written]})
    filled = []
    for measure in measures:
        tick, end = measure["tick"], measure["tick"] + measure["ticks"]
        for event in (e for e in events if tick <= e["tick"] < end):
            if event["tick"] > tick:
                filled.append(_rest(tick, event["tick"] - tick))
            filled.append(event)
            tick = event["tick"] + event["ticks"]
        if tick < end:
            filled.append(_rest(tick, end - tick))
    return filled


def expected(take: Phrase, part: int, at: int) -> Sounding:
    """What a take's part sounds like at a tick, as `notes_in` tells it."""
    return sorted(
        (at + int(n.onset * QUARTER), int(n.duration * QUARTER), n.pitch.midi_number)
        for n in sounding(take.parts[part].notes)
    )
