"""A phrase that is written as MusicXML and read again is the same phrase."""

from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiphon.bridge.formats.musicxml_reader import phrase_from_musicxml
from antiphon.bridge.formats.musicxml_writer import musicxml_from_phrase
from antiphon.bridge.music.harmony import ChordSymbol, KeySignature
from antiphon.bridge.music.melody import sounding, tie_of
from antiphon.bridge.music.phrase import Lyric, Note, Part, Phrase, Transposition, normalised
from antiphon.bridge.music.pitch import Pitch
from antiphon.bridge.music.time import Measure, Tempo, TimeSignature

METERS = ((4, 4), (3, 4), (2, 4), (6, 8), (5, 8), (2, 2), (12, 8))
TRANSPOSITIONS = ((0, 0), (-2, -2), (-3, 3), (-9, -3), (-7, -1), (-12, 0))
BEAT_SHAPES = (
    (Fraction(1),),
    (Fraction(1, 2), Fraction(1, 2)),
    (Fraction(3, 4), Fraction(1, 4)),
    (Fraction(1, 3),) * 3,
    (Fraction(2, 3), Fraction(1, 3)),
    (Fraction(1, 5),) * 5,
    (Fraction(1, 4), Fraction(1, 8), Fraction(1, 8), Fraction(1, 2)),
)
# Letters, numbers and signs: a reader may trim white space, and XML has no control characters.
WORDS = st.text(
    st.characters(max_codepoint=0x2FF, categories=("L", "N", "P", "S")), min_size=1, max_size=8
)
SPELLINGS = st.builds(Pitch, st.sampled_from("CDEFGAB"), st.integers(-1, 1), st.integers(3, 5))
CLUSTERS = st.lists(SPELLINGS, min_size=1, max_size=3, unique_by=lambda p: p.midi_number)
CHORDS = st.tuples(
    st.tuples(st.sampled_from("CDEFGAB"), st.integers(-1, 1)),
    st.sampled_from(("major", "minor", "dominant", "half-diminished")),
    st.sampled_from(("", "m7", "7(♭9)")),
    st.none() | st.tuples(st.sampled_from("CDEFGAB"), st.integers(-1, 1)),
)


@st.composite
def measures(draw: st.DrawFn) -> tuple[tuple[Measure, ...], tuple[TimeSignature, ...]]:
    onset, found, meters = Fraction(0), [], []
    pickup = draw(st.booleans())
    for index in range(draw(st.integers(1, 3))):
        if index == 0 or draw(st.integers(0, 3)) == 0:
            beats = draw(st.sampled_from(METERS))
            if not meters or (meters[-1].beats, meters[-1].beat_type) != beats:
                meters.append(TimeSignature(onset, *beats))
        length = Fraction(1, 2) if index == 0 and pickup else meters[-1].measure_duration
        repeat = draw(st.sampled_from((0, 0, 0, 2, 3)))
        number = str(index if pickup else index + 1)
        found.append(Measure(onset, length, number, draw(st.booleans()), repeat))
        onset += length
    return tuple(found), tuple(meters)


@st.composite
def voice_notes(draw: st.DrawFn, frame: tuple[Measure, ...], voice: int, staff: int) -> list[Note]:
    found: list[Note] = []
    for measure in frame:
        place = measure.onset
        while place < measure.end:
            for step in draw(st.sampled_from(BEAT_SHAPES)):
                shape_end = place + step
                if shape_end > measure.end or draw(st.integers(0, 5)) == 0:
                    place = shape_end
                    continue
                pitches = draw(CLUSTERS)
                tie = tie_of(
                    closes=draw(st.integers(0, 9)) == 0, opens=draw(st.integers(0, 9)) == 0
                )
                found += [Note(place, step, p, voice=voice, staff=staff, tie=tie) for p in pitches]
                place = shape_end
    return found


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    frame, meters = draw(measures())
    length = frame[-1].end
    parts = []
    for number in range(1, draw(st.integers(1, 2)) + 1):
        staves = draw(st.integers(1, 2))
        notes: list[Note] = []
        for staff in range(1, staves + 1):
            for voice in range(1, draw(st.integers(1, 2)) + 1):
                notes += draw(voice_notes(frame, 4 * (staff - 1) + voice, staff))
        if notes and draw(st.booleans()):
            syllable = Lyric("1", draw(WORDS), "single")
            lowest = min(
                (n for n in notes if n.voice == notes[0].voice),
                key=lambda n: (n.onset, n.pitch.midi_number),
            )
            notes[notes.index(lowest)] = Note(
                lowest.onset,
                lowest.duration,
                lowest.pitch,
                draw(st.integers(1, 127)),
                lowest.voice,
                lowest.staff,
                lowest.tie,
                (syllable,),
            )
        moved = Transposition(*draw(st.sampled_from(TRANSPOSITIONS)))
        parts.append(
            normalised(
                Part(f"P{number}", f"Part {number}", tuple(notes), number, False, staves, moved)
            )
        )
    key = KeySignature(
        Fraction(0), draw(st.integers(-4, 4)), draw(st.sampled_from(("major", "minor")))
    )
    onsets = draw(st.lists(st.sampled_from([m.onset for m in frame]), unique=True, max_size=3))
    chords = tuple(ChordSymbol(o, *draw(CHORDS)) for o in sorted(onsets))
    return Phrase(
        tuple(parts),
        frame,
        length,
        (key,),
        meters,
        (Tempo(Fraction(0), 96.0),),
        chords,
        "Tune & <air>",
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(phrases())
def test_a_phrase_comes_back_as_it_was_written(phrase: Phrase) -> None:
    again = phrase_from_musicxml(musicxml_from_phrase(phrase))
    assert again.measures == phrase.measures
    assert again.length == phrase.length
    assert again.key_signatures == phrase.key_signatures
    assert again.time_signatures == phrase.time_signatures
    assert again.chords == tuple(sorted(phrase.chords, key=lambda c: c.onset))
    assert (again.tempos, again.title) == (phrase.tempos, phrase.title)
    for part, back in zip(phrase.parts, again.parts, strict=True):
        assert (back.id, back.name, back.program) == (part.id, part.name, part.program)
        assert (back.staff_count, back.transposition) == (part.staff_count, part.transposition)
        # A tuplet's note that reaches over a beat is written as two tied ones.
        assert sounding(back.notes) == sounding(part.notes)
        if len(back.notes) == len(part.notes):
            assert back.notes == part.notes
