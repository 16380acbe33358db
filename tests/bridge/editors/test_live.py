"""Ableton Live through AbletonOSC, on a stand-in that speaks its documented addresses only."""

import os
import subprocess
import sys

import pytest
from ableton import Ableton, Clip
from lines_script import SCALE
from services import scripted_service

from antiphon.bridge.editors.live import selected_clip
from antiphon.bridge.editors.live_line import BATCH, LiveLine
from antiphon.bridge.errors import AntiphonError

TUNE = [(pitch, float(i), 1.0, 96, False) for i, pitch in enumerate(SCALE)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("live"), "rules") as running:
        running.wait_until_ready()
        yield running.home


def session(**options):
    live = Ableton(["Lead", "Drum Kit", "Pads"], **options)
    live.slots["Lead"][0] = Clip(16.0, list(TUNE), "Verse")
    return live


def antiphon(home, live, *task):
    command = [sys.executable, "-m", "antiphon.bridge.cli", "live", "--port", str(live.port)]
    command += ["--back", str(live.back), "--task", *task]
    environment = {**os.environ, "ANTIPHON_HOME": str(home)}
    return subprocess.run(command, env=environment, capture_output=True, timeout=60)


def test_a_bass_comes_into_a_new_track_of_the_same_scene_and_is_read_back(home):
    with session() as live:
        result = antiphon(home, live, "bass", "style=jazz")
        assert result.returncode == 0, result.stderr
        assert b"read back" in result.stdout
        assert live.names == ["Lead", "Drum Kit", "Pads", "Bass"]
        clip = live.slots["Bass"][0]
        assert (clip.length, clip.name) == (16.0, "Antiphon: bass, take 1")
        assert clip.notes and all(0 <= note[1] < 16 for note in clip.notes)
        assert live.slots["Lead"][0].notes == TUNE
        assert live.refused == []


def test_a_continuation_goes_into_the_next_empty_slot_and_overwrites_nothing(home):
    with session() as live:
        live.slots["Lead"][1] = Clip(4.0, [(60, 0.0, 1.0, 90, False)], "Mine")
        result = antiphon(home, live, "continue", "measures=2")
        assert result.returncode == 0, result.stderr
        assert live.slots["Lead"][1].notes == [(60, 0.0, 1.0, 90, False)]
        assert live.slots["Lead"][2].length == 8.0 and live.slots["Lead"][2].notes
        assert live.refused == []


def test_where_all_slots_are_full_a_scene_is_added(home):
    with session(scenes=1) as live:
        result = antiphon(home, live, "vary", "takes=2")
        assert result.returncode == 0, result.stderr
        assert live.scenes == 3
        assert live.slots["Lead"][1].notes != live.slots["Lead"][2].notes
        assert live.refused == []


def dense(count):
    """Notes as a fast machine plays them: 16 a beat."""
    return [(36 + i % 60, i / 16, 1 / 16, 1 + i % 127, False) for i in range(count)]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_long_clip_is_read_in_slices_to_the_last_note(ranges):
    notes = dense(2000 if ranges else 300)
    with session(limit=600 if ranges else 9216, ranges=ranges) as live:
        live.slots["Lead"][0] = Clip(128.0, notes)
        with LiveLine(live.port, live.back) as line:
            found = line.notes(0, 0, 128.0)
        assert found == sorted((n[:4] for n in notes), key=lambda n: (n[1], n[0]))
        assert (live.lost_answers > 0) == ranges, "an answer that is too long was tried"


def test_many_notes_are_written_in_batches_and_a_lost_one_is_written_again():
    notes = [note[:4] for note in dense(730)]
    with session() as live, LiveLine(live.port, live.back) as line:
        live.slots["Lead"][0] = Clip(64.0)
        line.add_notes(0, 0, notes)
        assert len(line.notes(0, 0, 64.0)) == 730
        assert (live.adds, live.largest_batch) == (8, BATCH)


@pytest.mark.parametrize("slow", [0.0, 0.3])
def test_a_batch_that_gets_lost_is_written_once_more(home, slow):
    with session(loses={0}, slow=slow) as live:
        result = antiphon(home, live, "bass")
        assert result.returncode == 0, result.stderr
        assert live.adds == 2 and live.slots["Bass"][0].notes


def test_what_live_does_not_hold_is_taken_away_again(home):
    with session(loses=range(100)) as live:
        result = antiphon(home, live, "arrange")
        assert result.returncode == 1
        assert b"taken away again" in result.stderr and b"Traceback" not in result.stderr
        # The stand-in hears the last messages a moment later.
        with LiveLine(live.port, live.back) as line:
            assert line.ask("/live/song/get/num_tracks") == (3,)
        assert live.names == ["Lead", "Drum Kit", "Pads"]
        assert live.slots["Lead"][0].notes == TUNE


def test_without_a_clip_without_midi_and_without_live_it_is_said(home):
    with session() as live:
        live.selected = (2, 3)
        assert b"No MIDI clip is selected" in antiphon(home, live, "bass").stderr
        live.slots["Pads"][3] = Clip(4.0, is_midi=False)
        assert b"No MIDI clip is selected" in antiphon(home, live, "bass").stderr
    result = antiphon(home, live, "bass")
    assert result.returncode == 3 and b"does not answer" in result.stderr


def test_a_port_that_is_in_use_is_said():
    with session() as live, LiveLine(live.port, live.back):
        with pytest.raises(AntiphonError) as caught:
            LiveLine(live.port, live.back)
        assert (caught.value.code, f"port {live.back}") == ("live-silent", f"port {live.back}")
        assert "in use" in caught.value.sentence


def test_the_clips_of_the_scene_are_heard_and_drums_are_drums():
    with session() as live:
        live.slots["Drum Kit"][0] = Clip(16.0, [(36, 0.0, 0.5, 100, False)])
        live.slots["Pads"][0] = Clip(8.0, is_midi=False)
        live.meter = (3, 4)
        with LiveLine(live.port, live.back) as line:
            clip = selected_clip(line)
        assert [part.name for part in clip.phrase.parts] == ["Lead", "Drum Kit"]
        assert [part.is_drums for part in clip.phrase.parts] == [False, True]
        assert len(clip.phrase.measures) == 6 and clip.name == "Verse"
        assert live.refused == []
