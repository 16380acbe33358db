"""Drum parts in MusicXML: where each sound stands on the staff, and its instrument id."""

from antiphon.bridge.formats.musicxml_notes import small_integer
from antiphon.bridge.formats.musicxml_spans import Spans
from antiphon.bridge.formats.xml_safe import Node
from antiphon.bridge.music.phrase import Part

# Step and octave under a percussion clef (as under a treble clef), by General MIDI number;
# after N. Weinberg, "Guidelines for Drumset Notation" (Percussive Notes, June 1994).
DRUM_PLACES: dict[int, str] = {
    35: "F4", 36: "F4", 37: "C5", 38: "C5", 39: "C5", 40: "C5", 41: "G4", 42: "G5", 43: "A4",
    44: "D4", 45: "B4", 46: "G5", 47: "D5", 48: "D5", 49: "A5", 50: "E5", 51: "F5", 52: "A5",
    53: "F5", 54: "G5", 55: "B5", 56: "E5", 57: "B5", 59: "F5",
}  # fmt: skip
# Cymbals, and what is struck on a rim, have crossed heads.
CROSSED = frozenset({37, 42, 44, 46, 49, 51, 52, 53, 55, 57, 59})
_BEHIND = ("player", "midi-device", "midi-instrument")


def drum_sounds(spans: Spans, root: Node, part_id: str, answer: Part) -> dict[int, str]:
    """Instrument ids by MIDI number for a drum part that is answered in; {} for other parts.

    What the answer needs and the part list lacks is put into it.
    """
    listed = root.child("part-list")
    entries = (
        [node for node in listed.all("score-part") if node.get("id") == part_id] if listed else []
    )
    if not answer.is_drums or not entries:
        return {}
    entry = entries[0]
    sounds: dict[int, str] = {}
    for node in entry.all("midi-instrument"):
        number = small_integer(node.words("midi-unpitched"), 0, 1, 128)
        if number:
            sounds.setdefault(number - 1, node.get("id"))
    needed = {note.pitch.midi_number for note in answer.notes}
    new = {n: f"{part_id}-I{n + 1}" for n in sorted(needed - set(sounds)) if 0 <= n <= 127}
    _enter(spans, entry, new)
    return sounds | new


def _enter(spans: Spans, entry: Node, new: dict[int, str]) -> None:
    if not new or not entry.children:
        return
    name = entry.words("part-name")
    instruments = "".join(
        f'<score-instrument id="{sound}"><instrument-name>{_plain(name)}</instrument-name>'
        "</score-instrument>"
        for sound in new.values()
    )
    midi = "".join(
        f'<midi-instrument id="{sound}"><midi-channel>10</midi-channel>'
        f"<midi-unpitched>{number + 1}</midi-unpitched></midi-instrument>"
        for number, sound in new.items()
    )
    behind = next((node for node in entry.children if node.tag in _BEHIND), None)
    if behind is None:
        spans.insert(spans.end(entry.children[-1]), instruments + midi)
    else:
        spans.insert(spans.outer_start(behind), instruments)
        spans.insert(spans.end(entry.children[-1]), midi)


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
