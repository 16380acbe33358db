"""Phrases drawn at random by hypothesis, for round trips through formats."""

from fractions import Fraction

from hypothesis import strategies as st

from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Note, Part, Phrase, normalised
from antiphon.bridge.music.pitch import spell
from antiphon.bridge.music.time import Tempo, TimeSignature, measures_from_meter

ONSET = Fraction(0)
METERS = st.sampled_from([(2, 4), (3, 4), (4, 4), (6, 8), (5, 4), (9, 8), (2, 2)])
DURATIONS = st.sampled_from(
    [Fraction(n, d) for n, d in ((1, 1), (1, 2), (1, 4), (3, 2), (2, 1), (1, 3), (2, 3), (1, 5))]
)


@st.composite
def lines(draw, fifths=0, longest=24):
    """One line of notes and rests that do not overlap, tuplets in whole groups."""
    notes, onset = [], ONSET
    for _ in range(draw(st.integers(1, longest))):
        duration = draw(DURATIONS)
        odd = duration.denominator if duration.denominator in (3, 5) else 1
        for _ in range(odd):
            if draw(st.integers(0, 6)):
                number = draw(st.integers(36, 96))
                velocity = draw(st.integers(1, 127))
                notes.append(Note(onset, duration, spell(number, fifths), velocity))
            onset += duration
    return tuple(notes), onset


@st.composite
def phrases(draw, most_parts=3):
    """Sound phrases of one to three parts in one key, meter and tempo."""
    fifths = draw(st.integers(-7, 7))
    drawn = [draw(lines(fifths)) for _ in range(draw(st.integers(1, most_parts)))]
    meters = (TimeSignature(ONSET, *draw(METERS)),)
    measures = measures_from_meter(meters, max(end for _, end in drawn))
    parts = tuple(
        normalised(Part(f"P{n}", f"Part {n}", notes, program=draw(st.integers(0, 127))))
        for n, (notes, _) in enumerate(drawn, 1)
    )
    return Phrase(
        parts=parts,
        measures=measures,
        length=measures[-1].end,
        key_signatures=(KeySignature(ONSET, fifths, draw(st.sampled_from(["major", "minor"]))),),
        time_signatures=meters,
        tempos=(Tempo(ONSET, 120.0),),
        title="Drawn at random",
    )


def heard(notes):
    """What is heard of notes: onset, duration and MIDI number, in order."""
    return sorted((note.onset, note.duration, note.pitch.midi_number) for note in notes)
