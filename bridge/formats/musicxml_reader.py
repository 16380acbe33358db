"""Read MusicXML (score-partwise and score-timewise) into a phrase.

After the W3C's MusicXML 4.0. What a phrase has no place for (slurs, layout, dynamics) is
left in the document; `musicxml_edit` writes into it without touching that.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.limits import MAX_MEASURES, MAX_NOTES, MAX_QUARTERS, MAX_TEXT
from antiphon.bridge.formats.musicxml_notes import Instruments, small_integer
from antiphon.bridge.formats.musicxml_part import PartReader, ReadMeasure, placed
from antiphon.bridge.formats.xml_safe import Node, broken, parse_xml
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.phrase import Part, Phrase, Transposition, normalised
from antiphon.bridge.music.time import Measure, Tempo, TimeSignature

_ZERO = Fraction(0)
_MAX_PARTS = 512


def phrase_from_musicxml(data: bytes, what: str = "The file") -> Phrase:
    """The phrase that an uncompressed MusicXML document holds; times in quarters.

    Measures last as long as what stands in them, so pickups keep their real length; where
    parts disagree on a key or a meter, the first that says so wins. Microtones go to the
    nearest semitone. Raises AntiphonError("broken-musicxml") or AntiphonError("too-large"),
    and nothing else.
    """
    root = partwise(parse_xml(data, what), what)
    nodes = list(root.all("part"))
    if not nodes:
        raise broken(what, "it has no parts")
    if len(nodes) > _MAX_PARTS:
        raise AntiphonError("too-large", what=what, why=f"over {_MAX_PARTS} parts")
    entries = _part_list(root)
    readers, read = [], []
    for node in nodes:
        reader = PartReader(node, _instruments(entries.get(node.get("id"))), what)
        readers.append(reader)
        read.append(reader.measures())
        if sum(len(measure.notes) for part in read[-1:] for measure in part) > MAX_NOTES:
            raise AntiphonError("too-large", what=what, why=f"over {MAX_NOTES} notes")
    if sum(len(measure.notes) for part in read for measure in part) > MAX_NOTES:
        raise AntiphonError("too-large", what=what, why=f"over {MAX_NOTES} notes")
    measures = _measures(read, what)
    onsets = [measure.onset for measure in measures]
    parts = tuple(
        _part(node, entries.get(node.get("id")), reader, found, onsets)
        for node, reader, found in zip(nodes, readers, read, strict=True)
    )
    return Phrase(
        parts=parts,
        measures=measures,
        length=measures[-1].end if measures else _ZERO,
        key_signatures=_keys(read, onsets),
        time_signatures=_meters(read, onsets),
        tempos=_tempos(read, onsets),
        chords=_chords(read, onsets),
        title=_title(root),
    )


def partwise(root: Node, what: str) -> Node:
    """The score part by part; a timewise one is turned round.

    Raises AntiphonError("broken-musicxml") for any other document.
    """
    if root.tag == "score-partwise":
        return root
    if root.tag != "score-timewise":
        raise broken(what, f"it begins with <{root.tag[:40]}>, not <score-partwise>")
    parts: dict[str, Node] = {}
    head = [child for child in root.children if child.tag != "measure"]
    for measure in root.all("measure"):
        for part in measure.all("part"):
            found = parts.setdefault(part.get("id"), Node("part", part.attributes))
            found.children.append(Node("measure", measure.attributes, children=part.children))
    return Node("score-partwise", root.attributes, children=[*head, *parts.values()])


def _part_list(root: Node) -> dict[str, Node]:
    parts = root.child("part-list")
    return {node.get("id"): node for node in parts.all("score-part")} if parts else {}


def _instruments(entry: Node | None) -> Instruments:
    sounds = {}
    for node in entry.all("midi-instrument") if entry else ():
        number = small_integer(node.words("midi-unpitched"), 0, 1, 128)
        if number:
            sounds[node.get("id")] = number - 1
    return Instruments(sounds)


def _part(
    node: Node,
    entry: Node | None,
    reader: PartReader,
    measures: list[ReadMeasure],
    onsets: list[Fraction],
) -> Part:
    midi = list(entry.all("midi-instrument")) if entry else []
    program = small_integer(midi[0].words("midi-program"), 1, 1, 128) - 1 if midi else 0
    notes = [n for m, onset in zip(measures, onsets, strict=False) for n in placed(m, onset)]
    part = Part(
        id=node.get("id")[:MAX_TEXT],
        name=(entry.words("part-name") if entry else "")[:MAX_TEXT],
        notes=tuple(notes),
        program=program,
        is_drums=reader.is_drums or any(m.words("midi-channel") == "10" for m in midi),
        staff_count=reader.staff_count,
        transposition=reader.transposition or Transposition(),
    )
    return normalised(part)


def _measures(read: list[list[ReadMeasure]], what: str) -> tuple[Measure, ...]:
    found: list[Measure] = []
    onset, full = _ZERO, Fraction(4)
    for column in zip_longest(*read):
        here = [measure for measure in column if measure is not None]
        for measure in here:
            if measure.meters:
                full = measure.meters[0].measure_duration
                break
        duration = _duration(here, full)
        found.append(_measure(here, onset, duration))
        for measure in here:
            if measure.meters:
                full = measure.meters[-1].measure_duration
                break
        onset += duration
        if len(found) > MAX_MEASURES:
            raise AntiphonError("too-large", what=what, why=f"over {MAX_MEASURES} measures")
        if onset > MAX_QUARTERS:
            raise AntiphonError("too-large", what=what, why=f"over {MAX_QUARTERS} quarters")
    return tuple(found)


def _duration(here: Iterable[ReadMeasure], full: Fraction) -> Fraction:
    """What stands in a measure, else what is rested in it, else the meter."""
    extent = max((measure.extent for measure in here), default=_ZERO)
    rested = max((measure.rested for measure in here), default=_ZERO)
    if extent and extent < full and rested > extent:
        extent = min(rested, full)
    return extent or rested or full


def _measure(here: list[ReadMeasure], onset: Fraction, duration: Fraction) -> Measure:
    return Measure(
        onset=onset,
        duration=duration,
        number=here[0].number,
        forward_repeat=any(measure.forward_repeat for measure in here),
        backward_repeat=max(measure.backward_repeat for measure in here),
        ending=next((measure.ending for measure in here if measure.ending), ""),
    )


def _keys(read: list[list[ReadMeasure]], onsets: list[Fraction]) -> tuple[KeySignature, ...]:
    first: dict[Fraction, KeySignature] = {}
    for part in read:
        for measure, onset in zip(part, onsets, strict=False):
            for key in measure.keys:
                first.setdefault(onset + key.onset, replace(key, onset=onset + key.onset))
    kept: list[KeySignature] = []
    for _, key in sorted(first.items()):
        if not kept or (kept[-1].fifths, kept[-1].mode) != (key.fifths, key.mode):
            kept.append(key)
    return tuple(kept)


def _meters(read: list[list[ReadMeasure]], onsets: list[Fraction]) -> tuple[TimeSignature, ...]:
    first: dict[Fraction, TimeSignature] = {}
    for part in read:
        for measure, onset in zip(part, onsets, strict=False):
            for meter in measure.meters:
                first.setdefault(onset + meter.onset, replace(meter, onset=onset + meter.onset))
    kept: list[TimeSignature] = []
    for _, meter in sorted(first.items()):
        if not kept or (kept[-1].beats, kept[-1].beat_type) != (meter.beats, meter.beat_type):
            kept.append(meter)
    return tuple(kept)


def _tempos(read: list[list[ReadMeasure]], onsets: list[Fraction]) -> tuple[Tempo, ...]:
    first: dict[Fraction, Tempo] = {}
    for part in read:
        for measure, onset in zip(part, onsets, strict=False):
            for tempo in measure.tempos:
                first.setdefault(onset + tempo.onset, replace(tempo, onset=onset + tempo.onset))
    return tuple(tempo for _, tempo in sorted(first.items()))


def _chords(read: list[list[ReadMeasure]], onsets: list[Fraction]) -> tuple[ChordSymbol, ...]:
    """The chord symbols of the first part that has any."""
    for part in read:
        found = [
            replace(chord, onset=onset + chord.onset)
            for measure, onset in zip(part, onsets, strict=False)
            for chord in measure.chords
        ]
        if found:
            return tuple(sorted(found, key=lambda chord: chord.onset))
    return ()


def _title(root: Node) -> str:
    return root.words("work", "work-title") or root.words("movement-title")
