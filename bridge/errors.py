"""The one error tree: what happened, what was not touched, what to do.

Every fault a person may meet is a row of `FAULTS`; the code travels over every carrier,
so that panel, command line and editor say the same sentence.
"""

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    NO_SERVICE = 3
    CANCELLED = 130


@dataclass(frozen=True, slots=True)
class FaultText:
    """The words of one fault: a sentence and a remedy, both with `{named}` gaps."""

    sentence: str
    remedy: str
    exit_code: ExitCode = ExitCode.FAILED


_BAD = ExitCode.BAD_INPUT

FAULTS: dict[str, FaultText] = {
    # Input: a file or a region that cannot be used.
    "unreadable-file": FaultText(
        "{what} could not be read: {why}.", "Check the path and its permissions.", _BAD
    ),
    "unknown-format": FaultText(
        "{what} is not a kind of file that Antiphon reads.",
        "Use MIDI (.mid), MusicXML (.musicxml, .xml, .mxl) or ABC (.abc).",
        _BAD,
    ),
    "broken-midi": FaultText(
        "{what} is not a valid MIDI file: {why}.",
        "Export it again from the program that made it.",
        _BAD,
    ),
    "broken-musicxml": FaultText(
        "{what} is not valid MusicXML: {why}.",
        "Export it again from the program that made it.",
        _BAD,
    ),
    "broken-abc": FaultText(
        "{what} is not valid ABC: {why}.", "Check the line that is named.", _BAD
    ),
    "too-large": FaultText(
        "{what} is larger than Antiphon accepts: {why}.", "Send a shorter passage.", _BAD
    ),
    "no-such-part": FaultText(
        "There is no part called “{name}”.", "Parts in this file: {parts}.", _BAD
    ),
    "no-such-measure": FaultText(
        "There is no measure {measure}; the music has {count}.",
        "Choose measures from 1 to {count}.",
        _BAD,
    ),
    "empty-selection": FaultText(
        "There is nothing to continue: the selection holds no notes. Nothing was written.",
        "Select some measures of one staff that hold a melody.",
        _BAD,
    ),
    "no-melody": FaultText(
        "There is nothing to {what}: the selection holds no melody. Nothing was written.",
        "Select some measures of one staff that hold a melody.",
        _BAD,
    ),
    "bad-control": FaultText("{name} cannot be {value}: {why}.", "Choose another value.", _BAD),
    "bad-request": FaultText(
        "The request could not be understood: {why}. Nothing was written.",
        "Update the plugin with: antiphon install EDITOR.",
        _BAD,
    ),
    "unwritable-file": FaultText(
        "{what} could not be written: {why}. Nothing was changed.",
        "Choose another place for the answer.",
        _BAD,
    ),
    "would-overwrite": FaultText(
        "{what} is the file you gave as input, and Antiphon never writes over it.",
        "Name another file with -o.",
        _BAD,
    ),
    # The editor's side.
    "region-changed": FaultText(
        "The music changed while the answer was being written. Nothing was written.",
        "Press the key again.",
    ),
    "destination-occupied": FaultText(
        "There are notes in {where} already, and Antiphon does not write over them. Nothing was written.",
        "Clear those measures, or select music that is followed by empty ones.",
    ),
    "irregular-measure": FaultText(
        "Measure {number} is shorter or longer than its meter, and Antiphon cannot fill it. Nothing was written.",
        "Select music that is followed by whole measures.",
    ),
    "nothing-to-repeat": FaultText(
        "No measures are selected, and there is no earlier answer in this score. Nothing was written.",
        "Select some measures of one staff, then press the key.",
    ),
    "several-staves": FaultText(
        "More than one staff is selected. Nothing was written.",
        "Select measures of a single staff.",
    ),
    "editor-not-found": FaultText(
        "{editor} was not found on this computer.",
        "Install it first, or name its folder with --folder.",
        _BAD,
    ),
    "editor-running": FaultText(
        "{editor} is running and would undo the change when it closes. Nothing was changed.",
        "Close {editor}, then run the command again.",
        _BAD,
    ),
    "no-free-key": FaultText(
        "None of the keys that Antiphon offers is free in MuseScore: {keys}. Nothing was changed.",
        "Free one of them in Edit, Preferences, Shortcuts, then run the command again.",
    ),
    "strange-plugin-list": FaultText(
        "{what} is not a list of plugins as MuseScore writes it. Nothing was changed.",
        "Open and close MuseScore's Plugin Manager with OK, then run the command again.",
    ),
    "strange-settings": FaultText(
        "{what} is not as {editor} writes it. Nothing was changed.",
        "Open and close {editor}, then run the command again.",
    ),
    "no-free-slot": FaultText(
        "Ardour has {free} free places for scripts, and Antiphon needs {needed}. Nothing was changed.",
        "Free some of them in Edit, Lua Scripts, Script Manager, then run the command again.",
    ),
    # The service's side.
    "service-not-running": FaultText(
        "Antiphon's service is not running. Nothing was written.",
        "Start it with: antiphon serve.",
        ExitCode.NO_SERVICE,
    ),
    "service-already-running": FaultText(
        "A service is already running (process {pid}).", "Nothing to do: it is used by all editors."
    ),
    "unauthorised": FaultText(
        "The message did not carry this service's token.",
        "Start the plugin again, so that it reads the new run file.",
    ),
    "bad-datagram": FaultText("A datagram was dropped: {why}.", "None needed."),
    "payload-missing": FaultText(
        "The music of request {id} did not arrive. Nothing was written.", "Press the key again."
    ),
    "no-answer": FaultText(
        "Antiphon's service does not answer. Nothing was written.",
        "Start it again with: antiphon serve; then press the key again.",
        ExitCode.NO_SERVICE,
    ),
    "unknown-request": FaultText("No request {id} is known.", "Ask again."),
    "busy": FaultText(
        "Too many requests are waiting. Nothing was written.",
        "Wait for an answer, then press the key again.",
    ),
    "cancelled": FaultText(
        "The request was cancelled. Nothing was written.",
        "Press the key to ask again.",
        ExitCode.CANCELLED,
    ),
    "deadline-passed": FaultText(
        "The answer took too long. Nothing was written.",
        "Press the key again, or ask for fewer measures.",
    ),
    "model-failed": FaultText(
        "The model stopped: {why}. Nothing was written.",
        "Press the key again; run: antiphon doctor.",
    ),
    "no-such-model": FaultText(
        "There is no model called “{name}” for {task}. Nothing was written.",
        "Models for it: {models}.",
        _BAD,
    ),
    "no-weights": FaultText(
        "The weights of {model} are missing or damaged.",
        "Install Antiphon again; the theory engine answers meanwhile.",
    ),
    # Preparing and training.
    "missing-library": FaultText(
        "{what} needs the library {library}, which is not installed.",
        "Install it with: {command}",
        _BAD,
    ),
    "nothing-to-learn": FaultText(
        "{what} holds too little to learn from: {why}.",
        "Give more pieces, or pieces that have a melody.",
        _BAD,
    ),
    "strange-run": FaultText(
        "{what} cannot be used for this: {why}. Nothing was changed.",
        "Choose another folder with -o.",
        _BAD,
    ),
    "other-version": FaultText(
        "The editor's script speaks version {theirs} of Antiphon's protocol, the service version {ours}. Nothing was written.",
        "Run: antiphon install EDITOR, then start the editor again.",
    ),
    "no-editor": FaultText(
        "No editor that listens to Antiphon is open{which}. Nothing was written.",
        "Open one that Antiphon is installed in (antiphon install EDITOR), and a document in it.",
        _BAD,
    ),
    "no-sound": FaultText(
        "Nothing can be heard on this computer: {why}. Everything else works.",
        "Connect an output or choose a MIDI port, then press play again.",
    ),
    "no-synth": FaultText(
        "The synthesizer that plays takes is missing: {why}. Everything else works.",
        "Run: pip install --no-deps tinysoundfont==0.3.7, or choose a MIDI port.",
    ),
    # Listening.
    "empty-library": FaultText(
        "There is no library of your music yet.",
        "Make one with: antiphon library add FOLDER.",
        _BAD,
    ),
    "not-in-library": FaultText(
        "{what} is not in the library.", "Add it with: antiphon library add FILE.", _BAD
    ),
    "no-taste": FaultText(
        "Nothing in the library has stars or was played, so nothing can be recommended.",
        "Tell what you like with: antiphon library star FILE 5.",
        _BAD,
    ),
    # Ableton Live, through AbletonOSC.
    "live-silent": FaultText(
        "Ableton Live does not answer through AbletonOSC ({why}). Nothing was written.",
        "Start Live with AbletonOSC as a control surface (Preferences, Link, Tempo & MIDI).",
        ExitCode.NO_SERVICE,
    ),
    "live-no-clip": FaultText(
        "No MIDI clip is selected in Live's session view. Nothing was written.",
        "Click on a MIDI clip, then run the command again.",
        _BAD,
    ),
    "live-unwritten": FaultText(
        "Live holds {found} of the {wanted} notes of the new clip, so it was taken away again.",
        "Run the command again; the clips that were there are as they were.",
    ),
    "no-screen": FaultText(
        "The panel needs a screen, and there is none here.",
        "Start it on a desktop; antiphon --help lists the commands that need none.",
        _BAD,
    ),
    "internal": FaultText(
        "Something in Antiphon went wrong ({why}). Nothing was written.",
        "Run: antiphon doctor, and report what it prints.",
    ),
}


class AntiphonError(Exception):
    """A fault with a code, a sentence and a remedy; `FAULTS` holds the words.

    Raises KeyError if the code or one of its named gaps is unknown: a fault without
    words is a defect.
    """

    def __init__(self, code: str, **gaps: object) -> None:
        text = FAULTS[code]
        self.code = code
        self.sentence = text.sentence.format(**gaps)
        self.remedy = text.remedy.format(**gaps)
        self.exit_code = text.exit_code
        super().__init__(f"{self.sentence} {self.remedy}")

    @classmethod
    def from_words(cls, code: str, sentence: str, remedy: str) -> "AntiphonError":
        """A fault that came over a carrier, in the words it was sent with."""
        fault = cls.__new__(cls)
        known = FAULTS.get(code)
        fault.code, fault.sentence, fault.remedy = code, sentence, remedy
        fault.exit_code = known.exit_code if known else ExitCode.FAILED
        Exception.__init__(fault, f"{sentence} {remedy}")
        return fault
