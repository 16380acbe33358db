"""A person at work in the real Ardour 7.3 on a virtual screen: a region, a key, an answer, undo."""

import os
import signal
import stat
from collections.abc import Iterator
from fractions import Fraction

import pytest
from ardour_song import QUARTER
from ardour_stage import Stage, notes_of, read_json
from real_ardour import Desktop, missing, wait_for
from services import real_service, scripted_service

from antiphon.bridge.editors import ardour as installer
from antiphon.bridge.protocol.messages import Request

pytestmark = [
    pytest.mark.editor,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]
SELECTED = "return Editor:get_selection().regions:regionlist():size()"
MELODY = (67, 69, 71, 72, 74, 72, 71, 69, 67, 71, 74, 76, 74, 71, 69, 67)
BASS = "ctrl+alt+b"
# Where the first track lies on the screen; a bar is 47 wide, and bar 2 begins at 266.
TRACK_Y = 385
NEXT, PREVIOUS, VARY, CONTINUE = "ctrl+alt+n", "ctrl+alt+z", "ctrl+alt+v", "ctrl+alt+c"


@pytest.fixture(scope="module")
def whole_stage(tmp_path_factory) -> Iterator[Stage]:
    desktop = Desktop()
    stage = Stage(tmp_path_factory.mktemp("ardour"), desktop)
    try:
        stage.serve(scripted_service(stage.home, "rules"))
        stage.ardour.open(stage.song.folder)
        yield stage
    finally:
        stage.ardour.close()
        stage.silence()
        desktop.close()


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    """The song with nothing but a melody of four bars in bars 2 to 5, which is selected."""
    song = whole_stage.song
    if whole_stage.ardour.dialogs():
        whole_stage.dialog()
    if whole_stage.service is None:
        whole_stage.serve(scripted_service(whole_stage.home, "rules"))
    song.clear()
    song.lay("Melody", 4, MELODY)
    song.select("Melody")
    return whole_stage


def test_a_bass_of_one_key_press_is_undone_redone_and_saved_note_by_note(stage):
    song = stage.song
    before = song.notes("Melody")
    stage.press(BASS)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 1"])
    assert song.regions("Antiphon Bass") == [(4, 16, "bass for measures 2–5, take 1")]
    assert song.tracks()[:2] == ["Melody", "Antiphon Bass"]
    assert stage.ardour.ask(SELECTED) == "1"
    written = song.notes("Antiphon Bass")
    assert written
    song.undo()
    assert song.regions("Antiphon Bass") == []
    song.redo()
    assert song.notes("Antiphon Bass") == written
    assert song.notes("Melody") == before
    stage.ardour.save()
    saved = song.saved_notes("bass for measures 2–5, take 1")
    asked = notes_of(stage.last_take(0))
    assert [row[:3] for row in saved] == asked
    assert [(at - 4 * QUARTER, *rest) for at, *rest in written] == saved
    assert song.undo_steps().count("Antiphon: bass for measures 2–5") == 1


def test_the_track_that_undo_leaves_behind_is_used_again(stage):
    song = stage.song
    tracks = song.tracks()
    stage.press(BASS)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 1"])
    assert song.tracks() == tracks


def test_takes_replace_each_other_in_place_and_each_is_one_undo_step(stage):
    song = stage.song
    stage.press(BASS)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 1"])
    first = song.notes("Antiphon Bass")
    stage.press(NEXT)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 2"])
    second = song.notes("Antiphon Bass")
    assert second != first
    stage.press(PREVIOUS)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 1"])
    assert song.notes("Antiphon Bass") == first
    song.undo()
    assert song.notes("Antiphon Bass") == second
    song.undo()
    assert song.notes("Antiphon Bass") == first
    # Undone by hand, so the next is the one after what stands.
    stage.press(NEXT)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 2"])
    assert song.tracks().count("Antiphon Bass") == 1


def test_a_second_bass_over_the_same_bars_gets_a_track_of_its_own(stage):
    song = stage.song
    for name in ("Antiphon Bass", "Antiphon Bass 2"):
        stage.press(BASS)
        song.wait_for_regions(name, ["bass for measures 2–5, take 1"])
    assert song.tracks()[:3] == ["Melody", "Antiphon Bass 2", "Antiphon Bass"]


def test_an_answer_that_was_edited_by_hand_is_not_replaced(stage):
    song = stage.song
    stage.press(BASS)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 1"])
    song.edit("Antiphon Bass")
    edited = song.notes("Antiphon Bass")
    stage.press(NEXT)
    stage.dialog()
    assert song.notes("Antiphon Bass") == edited


def test_a_continuation_is_a_region_right_behind_and_never_covers_music(stage):
    song = stage.song
    before = song.notes("Melody")
    stage.press(CONTINUE)
    name = "continuation in measures 6–9, take 1"
    song.wait_for_regions("Melody", ["Melody", name])
    assert song.regions("Melody")[1] == (20, 16, name)
    notes = song.notes("Melody")
    assert notes[: len(before)] == before
    behind = [(at - 20 * QUARTER, length, pitch) for at, length, pitch, *_ in notes[len(before) :]]
    assert behind == notes_of(stage.last_take(0))
    # The first region is still selected, and there is music behind it now.
    song.select("Melody", at=4)
    stage.press(CONTINUE)
    stage.dialog()
    assert song.notes("Melody") == notes


def test_a_variation_replaces_the_region_and_undo_brings_it_back(stage):
    song = stage.song
    before = song.notes("Melody")
    stage.press(VARY)
    song.wait_for_regions("Melody", ["variation of measures 2–5, take 1"])
    assert song.notes("Melody") != before
    stage.press(NEXT)
    song.wait_for_regions("Melody", ["variation of measures 2–5, take 2"])
    song.undo(2)
    assert song.regions("Melody") == [(4, 16, "Melody")]
    assert song.notes("Melody") == before


def test_what_reaches_over_a_filled_range_stays(stage):
    song, desktop = stage.song, stage.desktop
    before = song.notes("Melody")
    stage.press("r")
    # A range drawn inside the region, from the middle of bar 2 to that of bar 4.
    y = str(TRACK_Y)
    desktop.do("mousemove", "290", y, "mousedown", "1", "sleep", "0.2", "mousemove", "330", y)
    desktop.do("sleep", "0.2", "mousemove", "380", y, "sleep", "0.2", "mouseup", "1")
    stage.press("ctrl+alt+i")

    def filled() -> list[tuple[float, float, str]]:
        return [row for row in song.regions("Melody") if row[2].startswith("fill")]

    ((at, length, _),) = wait_for("the fill", filled, 40)
    stage.press("g")
    assert 4 < at < 8
    assert 12 < at + length < 20
    assert [row[0] for row in song.regions("Melody")] == [4, at, at + length]
    outside = [row for row in song.notes("Melody") if not at <= row[0] / QUARTER < at + length]
    assert outside
    assert [row[0::2] for row in outside] == [
        row[0::2] for row in before if not at <= row[0] / QUARTER < at + length
    ]
    song.undo()
    assert song.regions("Melody") == [(4, 16, "Melody")]
    assert song.notes("Melody") == before


def test_music_that_changed_meanwhile_is_left_alone(stage):
    song = stage.song
    os.kill(stage.service.process.pid, signal.SIGSTOP)
    try:
        stage.press(BASS)
        waiting = stage.ardour.config / "antiphon" / "state" / "waiting"
        wait_for("the request", waiting.exists, 10)
        song.edit("Melody")
        edited = song.notes("Melody")
    finally:
        os.kill(stage.service.process.pid, signal.SIGCONT)
    stage.dialog()
    assert song.regions("Antiphon Bass") == []
    assert song.notes("Melody") == edited


@pytest.mark.parametrize("fault", ["no file", "no place"])
def test_a_broken_reply_is_told_and_nothing_is_written(stage, fault):
    song = stage.song
    tracks = song.tracks()
    os.kill(stage.service.process.pid, signal.SIGSTOP)
    try:
        stage.press(BASS)
        path = stage.ardour.config / "antiphon" / "state" / "waiting"
        wait_for("the request", path.exists, 10)
        asked = dict(row.split("=", 1) for row in path.read_text().splitlines() if row)
        lines = ["antiphon=1", "message=take", f"id={asked['id']}", "number=0", "takes=1", "last=1"]
        lines += ["title=Antiphon: bass for measures 2–5", "part=1\tb\t0\t\t0\t33\tBass\t/no.mid"]
        lines += ["at=3840", "length=15360"] if fault == "no file" else []
        draft = stage.home / "draft"
        draft.write_text("\n".join(lines) + "\n")
        draft.replace(stage.home / "run" / "outbox" / f"{asked['name']}.0.reply")
        stage.dialog()
        assert song.tracks() == tracks
        assert song.regions("Antiphon Bass") == []
        assert song.regions("Melody") == [(4, 16, "Melody")]
        assert not path.exists()
    finally:
        os.kill(stage.service.process.pid, signal.SIGCONT)


def test_nothing_selected_is_a_sentence_and_changes_nothing(stage):
    song = stage.song
    stage.press("Escape")
    wait_for("an empty selection", lambda: stage.ardour.ask(SELECTED) == "0", 5)
    stage.press(BASS)
    stage.dialog()
    assert song.regions("Antiphon Bass") == []


def test_the_service_sees_this_ardour_and_may_have_it_act(stage):
    def seen() -> list[dict]:
        status, reply = stage.service.post("watch", {"since": 0})
        assert status == 200, reply
        return [e for e in reply["editors"] if e["kind"] == "ardour"]

    (editor,) = wait_for("Ardour's greeting", seen, 15)
    assert editor["title"] == "Song"
    assert editor["document"] == str(stage.song.folder)
    status, reply = stage.service.post(
        "command", {"editor": "ardour", "what": "drums", "words": {}}
    )
    assert status == 200, reply
    stage.song.wait_for_regions("Antiphon Drums", ["drums for measures 2–5, take 1"])
    assert {channel for *_, channel in stage.song.notes("Antiphon Drums")} == {9}


def test_the_panel_sees_what_is_selected_and_puts_any_take(stage):
    service, song = stage.service, stage.song

    def told(what: str, **words: object) -> None:
        body = {"editor": "ardour", "what": what, "words": words}
        status, reply = service.post("command", body)
        assert status == 200, reply

    def region() -> dict | None:
        return service.post("watch", {"since": 0})[1]["region"]

    wait_for("Ardour's greeting", lambda: service.post("watch", {"since": 0})[1]["editors"], 15)
    told("region")
    seen = wait_for("the region", region, 15)
    assert seen["editor"] == "ardour"
    told("vary", degree=0.3)
    song.wait_for_regions("Melody", ["variation of measures 2–5, take 1"])
    (last,) = (stage.ardour.config / "antiphon" / "state").glob("last-*")
    told("put", id=last.read_text(), number=2)
    song.wait_for_regions("Melody", ["variation of measures 2–5, take 3"])
    assert {(row[0], row[2]) for row in song.notes("Melody")} == {
        (at + 4 * QUARTER, pitch) for at, _, pitch in notes_of(stage.last_take(2))
    }
    song.undo(2)
    assert song.regions("Melody") == [(4, 16, "Melody")]


def test_the_bass_hears_the_tempo_the_meter_and_the_other_tracks(stage):
    song = stage.song
    song.lay("Organ", 4, (48, 53, 55, 48), length=4.0, channel=3, velocity=33)
    song.select("Melody")
    stage.press(BASS)
    song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 1"])
    state = stage.ardour.config / "antiphon" / "state"
    (last,) = state.glob("last-*")
    _, reply = stage.service.post("request", {"id": last.read_text()})
    phrase = read_json(Request, reply["request"]).phrase
    assert [part.name for part in phrase.parts] == ["Melody", "Organ"]
    melody, organ = phrase.parts
    assert [(n.onset, n.pitch.midi_number) for n in melody.notes] == [
        (Fraction(4 + place), pitch) for place, pitch in enumerate(MELODY)
    ]
    assert [(n.onset, n.duration, n.velocity) for n in organ.notes] == [
        (Fraction(at), Fraction(4), 33) for at in (4, 8, 12, 16)
    ]
    assert [tempo.quarters_per_minute for tempo in phrase.tempos] == [120]


def test_the_regions_own_menu_holds_the_actions(stage, tmp_path):
    song, desktop = stage.song, stage.desktop
    desktop.do("mousemove", "330", str(TRACK_Y), "click", "3")
    desktop.do("sleep", "0.5", "key", "Down", "key", "Right")
    desktop.do("sleep", "0.5")
    stage.desktop.shoot(tmp_path / "menu.png")
    desktop.do("key", "Return")
    song.wait_for_regions("Melody", ["Melody", "continuation in measures 6–9, take 1"])


def test_a_service_that_is_not_running_is_started_and_answers(stage):
    run = stage.home / "run"
    stage.silence()
    launcher, told = run / "antiphon", stage.home / "told.txt"
    launcher.write_text(f'#!/bin/sh\necho "$@ [$LD_LIBRARY_PATH]" > "{told}"\n')
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    stage.press(BASS)
    wait_for("the launcher's start", told.exists, 10)
    assert told.read_text() == "serve []\n"
    stage.serve(scripted_service(stage.home, "rules"))
    stage.song.wait_for_regions("Antiphon Bass", ["bass for measures 2–5, take 1"])


def test_the_network_answers_as_well(stage):
    stage.serve(real_service(stage.home))
    stage.press(CONTINUE)
    name = "continuation in measures 6–9, take 1"
    stage.song.wait_for_regions("Melody", ["Melody", name], 60)
    take = stage.last_take(0)
    assert take.receipt.model not in ("", "theory")
    notes = stage.song.notes("Melody")[16:]
    assert [(at - 20 * QUARTER, n, pitch) for at, n, pitch, *_ in notes] == notes_of(take)
    stage.silence()


def test_uninstalling_after_all_this_leaves_ardours_settings_as_they_were(stage):
    stage.ardour.close()
    before = stage.before
    (found,) = installer.find(stage.ardour.config)
    standing = installer.status(found)
    assert (standing.is_intact, standing.is_current) == (True, True)
    assert installer.uninstall(found)
    after = stage.settings()
    assert after["ui_scripts"] == before["ui_scripts"]
    # What Ardour itself writes while it runs is its own.
    assert [name for name in after if "ntiphon" in name] == []
    assert "ardour.menus" not in after
    assert "ardour.keys" not in after
