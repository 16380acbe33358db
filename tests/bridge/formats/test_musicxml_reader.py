"""What a MusicXML document says is what the phrase holds; hostile ones are refused in words."""

from fractions import Fraction

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.formats.musicxml_reader import phrase_from_musicxml
from antiphon.bridge.music.harmony import KeySignature
from antiphon.bridge.music.phrase import Tie

NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>{}</duration></note>"


def score(*measures: str, head: str = "") -> bytes:
    body = "".join(f'<measure number="{i}">{m}</measure>' for i, m in enumerate(measures, 1))
    return (
        '<?xml version="1.0"?>'
        f'{head}<score-partwise><part-list><score-part id="P1"><part-name>Flute</part-name>'
        f'</score-part></part-list><part id="P1">{body}</part></score-partwise>'
    ).encode()


def divided(divisions: object, more: str = "") -> str:
    return f"<attributes><divisions>{divisions}</divisions>{more}</attributes>"


def refused(data: bytes) -> AntiphonError:
    with pytest.raises(AntiphonError) as fault:
        phrase_from_musicxml(data, "Tune")
    assert "Traceback" not in str(fault.value)
    return fault.value


def test_the_ordinary_doctype_is_accepted_and_nothing_is_fetched() -> None:
    head = (
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
        '"http://www.musicxml.org/dtds/partwise.dtd">'
    )
    assert len(phrase_from_musicxml(score(divided(1) + NOTE.format(4), head=head)).parts) == 1


def test_an_external_entity_is_refused() -> None:
    head = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    assert refused(score("&e;", head=head)).code == "broken-musicxml"


def test_a_billion_laughs_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    assert "entities" in refused(score("&l9;", head=f"<!DOCTYPE x [{laughs}]>")).sentence


def test_a_parameter_entity_is_refused() -> None:
    head = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://localhost/x.dtd"> %p;]>'
    assert refused(score("", head=head)).code == "broken-musicxml"


def test_deep_nesting_is_refused() -> None:
    assert "deep" in refused(b"<a>" * 100_000).sentence


@pytest.mark.parametrize("divisions", [0, -4, 99999, "many", "1e9", ""])
def test_senseless_divisions_are_refused(divisions: object) -> None:
    measure = divided(divisions) + NOTE.format(1)
    if divisions == "":
        assert phrase_from_musicxml(score(measure)).length == 1
    else:
        assert "divisions" in refused(score(measure)).sentence


@pytest.mark.parametrize("duration", ["-1", "999999999", "9" * 400, "nan", "1/0", "x"])
def test_senseless_durations_are_refused(duration: str) -> None:
    assert refused(score(divided(1) + NOTE.format(duration))).code == "broken-musicxml"


def test_more_music_than_the_table_allows_is_too_large() -> None:
    assert refused(score(divided(1) + NOTE.format(150_000), NOTE.format(150_000))).code == (
        "too-large"
    )


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 64, b"<html/>", b"<score-partwise/>", b"<a", b"\xff"]
)
def test_what_is_no_score_is_broken(data: bytes) -> None:
    assert refused(data).code == "broken-musicxml"


def test_a_pickup_keeps_its_real_length() -> None:
    meter = "<time><beats>3</beats><beat-type>4</beat-type></time>"
    phrase = phrase_from_musicxml(score(divided(1, meter) + NOTE.format(1), NOTE.format(3)))
    assert [measure.duration for measure in phrase.measures] == [1, 3]


def test_a_transposing_part_sounds_and_its_key_is_the_sounding_one() -> None:
    more = (
        "<key><fifths>2</fifths><mode>major</mode></key>"
        "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    )
    phrase = phrase_from_musicxml(score(divided(1, more) + NOTE.format(4)))
    assert str(phrase.parts[0].notes[0].pitch) == "Bb3"
    assert phrase.key_signatures == (KeySignature(Fraction(0), 0),)


def test_ties_graces_and_chords_are_read_as_written() -> None:
    chord = NOTE.replace("<note>", "<note><chord/>").replace("C</step>", "E</step>").format(2)
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>"
    tied = NOTE.replace("</duration>", '</duration><tie type="start"/>').format(2)
    notes = phrase_from_musicxml(score(divided(1) + grace + tied + chord)).parts[0].notes
    assert [(n.pitch.step, n.onset, n.duration, n.tie) for n in notes] == [
        ("D", 0, 0, Tie.NONE),
        ("C", 0, 2, Tie.START),
        ("E", 0, 2, Tie.NONE),
    ]


def test_a_score_written_measure_by_measure_is_turned_round() -> None:
    data = (
        b'<score-timewise><part-list><score-part id="P1"><part-name>Flute</part-name>'
        b'</score-part></part-list><measure number="1"><part id="P1">'
        + (divided(1) + NOTE.format(4)).encode()
        + b"</part></measure></score-timewise>"
    )
    assert phrase_from_musicxml(data).length == 4
