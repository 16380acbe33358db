"""The ABC reader against music21's, an independent one, on tunes of its corpus."""

import random
import re
import warnings
from fractions import Fraction

import pytest

from antiphon.bridge.formats.abc_reader import phrase_from_abc
from antiphon.bridge.music.melody import sounding

TUNES = 20
# music21 carries accidentals within a measure, as we do, only where the file says it is 2.1.
VERSION = "%abc-2.1\n"
# What music21 10.5 misreads, by what ABC 2.1 says, and the same said in another way.
MISREAD = (
    (r"H(?=[A-Ga-g])", ""),  # it drops the note after H, a fermata (section 4.14)
    (r'">"', ""),  # it drops the note after a quoted text that is no chord (section 4.19)
    (r"::(?=\n)", ":|\n|:"),  # it drops the note before :: at the end of a line (section 4.8)
    (r'[uv.]|"4"', ""),  # it passes over > where a staccato or a bowing follows (section 4.4)
    (r"[()](?!\d)", ""),  # or where a slur ends before it
)


def tunes_of(collection):
    from music21 import corpus

    paths = sorted(p for p in corpus.getCorePaths() if p.suffix == ".abc")
    texts = [p.read_bytes().decode("latin-1") for p in paths if p.parent.name == collection]
    tunes = [tune for text in texts for tune in re.split(r"(?m)^(?=X:)", text)[1:]]
    sound = [tune for tune in tunes if re.search(r"(?m)^K:", tune)]
    return random.Random(7).sample(sound, TUNES)


def by_music21(tune):
    """(onset, duration, MIDI number) of every note, tied notes of one pitch as one."""
    from music21 import converter, harmony

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notes = converter.parse(tune, format="abc").flatten().notes
    found, tied = [], {}
    for note in notes:
        if note.duration.isGrace or isinstance(note, harmony.Harmony):
            continue
        onset, duration = (
            Fraction(time).limit_denominator(960) for time in (note.offset, note.quarterLength)
        )
        for pitch in note.pitches:
            place = tied.pop((onset, pitch.midi), None)
            if place is None:
                place = len(found)
                found.append((onset, duration, pitch.midi))
            else:
                start, before, midi = found[place]
                found[place] = (start, before + duration, midi)
            if note.tie is not None and note.tie.type != "stop":
                tied[onset + duration, pitch.midi] = place
    return sorted(found)


def by_us(tune):
    parts = phrase_from_abc(tune.encode()).parts
    notes = [note for part in parts for note in sounding(part.notes) if not note.is_grace]
    return sorted((note.onset, note.duration, note.pitch.midi_number) for note in notes)


@pytest.mark.parametrize(
    "collection", ["airdsAirs", "oneills1850", "ryansMammoth", "essenFolksong"]
)
def test_an_independent_reader_finds_the_same_notes(collection):
    tunes = [VERSION + tune for tune in tunes_of(collection)]
    differing = [tune for tune in tunes if by_us(tune) != by_music21(tune)]
    assert len(tunes) == TUNES
    assert len(differing) <= TUNES / 5
    for tune in differing:
        head, mark, music = tune.partition("\nK:")
        for pattern, other in MISREAD:
            music = re.sub(pattern, other, music)
        assert by_us(head + mark + music) == by_us(tune), tune
        assert by_us(head + mark + music) == by_music21(head + mark + music), tune
