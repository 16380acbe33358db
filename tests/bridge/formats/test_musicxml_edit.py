"""An answer lands in a hundred real scores, and nothing that was not asked for changes."""

import hashlib
import random
from collections import Counter
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.musicxml_edit import write_measures
from antiphon.bridge.formats.musicxml_reader import phrase_from_musicxml
from antiphon.bridge.formats.mxl import unpack_mxl
from antiphon.bridge.music.phrase import Note, Part, Phrase
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Measure

SPANNERS = {"tie", "tied", "slur", "glissando", "slide"}
SHAPES = ((1, 1, 1, 1), (Fraction(1, 2),) * 8, (2, Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)))


def corpus_scores(count: int, largest: int) -> list[Path]:
    from music21 import corpus

    paths = [Path(p) for p in corpus.getCorePaths() if Path(p).suffix in (".xml", ".mxl")]
    small = [
        p for p in paths if p.stat().st_size < (largest if p.suffix == ".mxl" else 8 * largest)
    ]
    return sorted(small, key=lambda p: hashlib.sha256(p.name.encode()).digest())[:count]


def document(path: Path) -> bytes:
    data = path.read_bytes()
    return unpack_mxl(data) if path.suffix == ".mxl" else data


def answer_for(measures: list[Measure], drawn: random.Random) -> Phrase:
    notes, frame, onset = [], [], Fraction(0)
    for measure in measures:
        end, shape, place = onset + measure.duration, drawn.choice(SHAPES), onset
        for step in shape * 8:
            duration = min(Fraction(step), end - place)
            if duration > 0 and drawn.random() < 0.85:
                notes.append(Note(place, duration, spell(drawn.randint(60, 76))))
            place += duration
        frame.append(Measure(onset, measure.duration, measure.number))
        onset = end
    return Phrase((Part("A", "Answer", tuple(notes)),), tuple(frame), onset)


def canonical(node: ElementTree.Element, without_spanners: bool) -> str:
    """The element as text: attributes and words, white space between elements left out."""
    children = [
        text
        for child in node
        if not (without_spanners and child.tag in SPANNERS)
        and (text := canonical(child, without_spanners)) != "<notations {} ''></notations>"
    ]
    words = (node.text or "").strip()
    head = f"{node.tag} {sorted(node.attrib.items()) or {}} {words!r}"
    return f"<{head}>{''.join(children)}</{node.tag}>"


def kept_elements(
    part: ElementTree.Element, asked: range, staff: int, without_spanners: bool
) -> list[Counter]:
    """For each measure, what was not asked for with its onset in quarters."""
    found, divisions = [], 1
    for index, measure in enumerate(part.findall("measure")):
        cursor, onset, held = Fraction(0), Fraction(0), Counter()
        held[str(sorted(measure.attrib.items()))] += 1
        for node in measure:
            if node.tag == "attributes" and node.find("divisions") is not None:
                divisions = int(node.findtext("divisions"))
                node.remove(node.find("divisions"))
                if not len(node):
                    continue
            ticks = Fraction(node.findtext("duration") or "0") / divisions
            if node.tag in ("backup", "forward"):
                cursor = max(Fraction(0), cursor + (-ticks if node.tag == "backup" else ticks))
                continue
            chord = node.find("chord")
            onset = onset if chord is not None else cursor
            if node.tag == "note":
                if chord is not None:
                    node.remove(chord)
                elif node.find("grace") is None:
                    cursor += ticks
                if node.find("duration") is not None:
                    node.find("duration").text = str(ticks)
                if index in asked and int(node.findtext("staff") or 1) == staff:
                    continue
            timed = onset if node.tag not in ("barline", "print") else None
            held[f"{timed} {canonical(node, without_spanners)}"] += 1
        found.append(held)
    return found


def assert_only_asked_cells_changed(
    original: bytes, edited: bytes, part_id: str, asked: range, staff: int
) -> None:
    before, after = ElementTree.fromstring(original), ElementTree.fromstring(edited)
    others = [node for node in before if node.tag != "part"]
    assert [canonical(n, False) for n in others] == [
        canonical(n, False) for n in after if n.tag != "part"
    ]
    for old, new in zip(before.findall("part"), after.findall("part"), strict=True):
        if old.get("id") != part_id:
            assert canonical(old, False) == canonical(new, False)
            continue
        bare = [kept_elements(p, asked, staff, True) for p in (copy_of(old), copy_of(new))]
        assert bare[0] == bare[1]
        whole = [kept_elements(p, asked, staff, False) for p in (copy_of(old), copy_of(new))]
        for old_measure, new_measure in zip(*whole, strict=True):
            # Ends of ties and slurs may go; none may come.
            assert sum(old_measure.values()) == sum(new_measure.values())
            assert len(str(sorted(new_measure))) <= len(str(sorted(old_measure)))


def copy_of(node: ElementTree.Element) -> ElementTree.Element:
    return ElementTree.fromstring(ElementTree.tostring(node))


def cell_notes(phrase: Phrase, part_id: str, staff: int, measures: list[Measure]) -> Counter:
    part = next(part for part in phrase.parts if part.id == part_id)
    start, end = measures[0].onset, measures[-1].end
    return Counter(
        (n.onset - start, n.duration, n.pitch.midi_number)
        for n in part.notes
        if n.staff == staff and start <= n.onset < end
    )


def wanted_notes(answer: Phrase) -> Counter:
    return Counter((n.onset, n.duration, n.pitch.midi_number) for n in answer.parts[0].notes)


def draw(path: Path) -> tuple[bytes, str, int, int, Phrase] | None:
    original = document(path)
    phrase = phrase_from_musicxml(original, path.name)
    drawn = random.Random(path.name)
    pitched = [part for part in phrase.parts if part.notes and not part.is_drums]
    if not pitched or b"score-timewise" in original[:2000]:
        return None
    part = drawn.choice(pitched)
    first = drawn.randrange(len(phrase.measures))
    count = min(drawn.randint(1, 4), len(phrase.measures) - first)
    answer = answer_for(list(phrase.measures[first : first + count]), drawn)
    return original, part.id, first, drawn.randint(1, part.staff_count), answer


@pytest.mark.timeout(300)
def test_a_hundred_real_scores_keep_everything_that_was_not_asked_for() -> None:
    written = 0
    for path in corpus_scores(160, 16_000):
        case = draw(path)
        if case is None or written == 100:
            continue
        original, part_id, first, staff, answer = case
        edited = write_measures(original, part_id, first, answer, staff)
        asked = range(first, first + len(answer.measures))
        assert_only_asked_cells_changed(original, edited, part_id, asked, staff)
        after = phrase_from_musicxml(edited, path.name)
        cells = list(after.measures[first : first + len(answer.measures)])
        assert cell_notes(after, part_id, staff, cells) == wanted_notes(answer), path.name
        written += 1
    assert written == 100


SCORE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "x.dtd">
<!-- engraved by hand -->
<score-partwise version="4.0">
  <part-list><score-part id="P1"><part-name>Air</part-name></score-part>
  <score-part id="P2"><part-name>Bass</part-name></score-part></part-list>
  <part id="P1">
    <measure number="1">
      <attributes><divisions>2</divisions><key><fifths>2</fifths></key>
        <time><beats>4</beats><beat-type>4</beat-type></time>
        <transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>
      <direction><direction-type><words>dolce</words></direction-type></direction>
      <note><pitch><step>D</step><octave>5</octave></pitch><duration>8</duration>
        <tie type="start"/><voice>1</voice><type>whole</type>
        <notations><tied type="start"/><slur type="start" number="1"/></notations></note>
    </measure>
    <measure number="2">
      <note><pitch><step>D</step><octave>5</octave></pitch><duration>8</duration>
        <tie type="stop"/><voice>1</voice><type>whole</type>
        <notations><tied type="stop"/><slur type="stop" number="1"/></notations></note>
      <barline location="right"><bar-style>light-heavy</bar-style></barline>
    </measure>
  </part>
  <part id="P2">
    <measure number="1"><attributes><divisions>1</divisions></attributes>
      <note><rest measure="yes"/><duration>4</duration></note></measure>
    <measure number="2"><note><rest measure="yes"/><duration>4</duration></note>
      <barline location="right"><bar-style>light-heavy</bar-style></barline></measure>
  </part>
</score-partwise>
"""


def line_of(durations: list[Fraction], count: int) -> Phrase:
    notes, onset = [], Fraction(0)
    for duration in durations:
        notes.append(Note(onset, duration, spell(60)))
        onset += duration
    measures = tuple(Measure(Fraction(4 * i), Fraction(4), str(i + 1)) for i in range(count))
    return Phrase((Part("A", "A", tuple(notes)),), measures, Fraction(4 * count))


def test_a_tie_and_a_slur_lose_their_start_when_their_stop_was_replaced() -> None:
    edited = write_measures(SCORE.encode(), "P1", 1, line_of([Fraction(2), Fraction(2)], 1))
    first = edited.decode().split('<measure number="2">')[0]
    assert "tie" not in first.split("</attributes>")[1] and "slur" not in first
    assert "<words>dolce</words>" in first


def test_measures_past_the_end_are_added_to_every_part_and_the_final_barline_moves() -> None:
    edited = write_measures(SCORE.encode(), "P1", 2, line_of([Fraction(4)] * 3, 3))
    text = edited.decode()
    assert text.startswith(SCORE[: SCORE.index("      <barline")].rstrip())
    root = ElementTree.fromstring(edited)
    for part in root.findall("part"):
        measures = part.findall("measure")
        assert [m.get("number") for m in measures] == ["1", "2", "3", "4", "5"]
        assert [m.find("barline") is not None for m in measures] == [False] * 4 + [True]
    phrase = phrase_from_musicxml(edited)
    assert phrase.length == 20
    assert [n.pitch.midi_number for n in phrase.parts[0].notes][2:] == [60, 60, 60]
    assert phrase.parts[1].notes == ()


def test_triplets_are_written_in_divisions_of_their_own_and_the_old_ones_come_back() -> None:
    edited = write_measures(SCORE.encode(), "P1", 0, line_of([Fraction(1, 3)] * 12, 1))
    phrase = phrase_from_musicxml(edited)
    own = [n for n in phrase.parts[0].notes if n.onset < 4]
    assert [n.duration for n in own] == [Fraction(1, 3)] * 12
    assert [(n.onset, n.duration) for n in phrase.parts[0].notes if n.onset >= 4] == [(4, 4)]


def test_a_score_in_utf_16_stays_in_utf_16() -> None:
    original = SCORE.replace("UTF-8", "UTF-16").encode("utf-16")
    edited = write_measures(original, "P1", 1, line_of([Fraction(4)], 1))
    assert edited[:2] == original[:2]
    assert 'encoding="UTF-16"' in edited.decode("utf-16")
    assert len(phrase_from_musicxml(edited).parts[0].notes) == 2


def test_an_unknown_part_or_measure_is_named() -> None:
    for part_id, first, code in (("P9", 0, "no-such-part"), ("P1", 9, "no-such-measure")):
        with pytest.raises(AntiphonError) as fault:
            write_measures(SCORE.encode(), part_id, first, line_of([Fraction(4)], 1))
        assert fault.value.code == code
