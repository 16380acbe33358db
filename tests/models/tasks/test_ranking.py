from antiphon.models.encoding.grid import Span
from antiphon.models.encoding.melody import Event, Melody, Tone
from antiphon.models.encoding.vocabulary import durations_from, pitch_symbol
from antiphon.models.tasks.ranking import Yardstick, best
from antiphon.models.tasks.sampling import Candidate

DURATIONS = durations_from([])
SPANS = tuple(Span(96 * i, 96, 0) for i in range(8))


def _line(start, *notes, likelihood=-1.0):
    """A candidate of (pitch, ticks) from a tick on."""
    events, now = [], start
    for number, ticks in notes:
        events.append(Event(now, pitch_symbol(number), DURATIONS.values.index(ticks)))
        now += ticks
    return Candidate(tuple(events), likelihood)


def _yardstick():
    heard = [(60, 24), (64, 24), (67, 24), (64, 24), (65, 24), (69, 24), (67, 24), (62, 24)] * 2
    context = _line(0, *heard)
    tones = tuple(Tone(24 * i, 24 * i + 24, number) for i, (number, _) in enumerate(heard))
    return Yardstick.of(context.events, Melody(tones, SPANS, 0, False), 384, DURATIONS)


def _answer(*end, likelihood=-1.0):
    body = [(64, 24), (65, 24), (67, 24), (69, 24)] * 2 + [(67, 24), (65, 24), (64, 24), (62, 24)]
    return _line(384, *body, *end, likelihood=likelihood)


def test_a_phrase_that_rests_on_the_tonic_is_kept_before_one_that_hangs():
    home = _answer((64, 24), (62, 24), (60, 48))
    hanging = _answer((64, 24), (62, 24), (65, 24), (66, 24))
    assert best([hanging, home], _yardstick())[0] is home


def test_a_line_far_busier_than_the_music_before_is_put_last():
    calm = _answer((64, 24), (62, 24), (60, 48))
    busy = _line(384, *[(60 + i % 8, 6) for i in range(56)], (60, 48))
    assert best([busy, calm], _yardstick())[0] is calm


def test_a_literal_copy_of_the_music_before_is_put_behind_a_new_line():
    new = _answer((64, 24), (62, 24), (60, 48))
    heard = [(60, 24), (64, 24), (67, 24), (64, 24), (65, 24), (69, 24), (67, 24), (62, 24)] * 2
    assert best([_line(384, *heard), new], _yardstick())[0] is new


def test_a_line_that_lost_the_thread_is_put_behind_likelier_ones():
    good = [_answer((64, 24), (62, 24), (60, 48)) for _ in range(3)]
    lost = _answer((64, 24), (62, 24), (60, 48), likelihood=-4.0)
    assert best([lost, *good], _yardstick())[-1] is lost


def test_silence_comes_last():
    silence = Candidate((Event(384, 0, DURATIONS.values.index(96)),) * 4, 0.0)
    line = _answer((64, 24), (62, 24), (65, 24), (66, 24))
    assert best([silence, line], _yardstick())[0] is line
