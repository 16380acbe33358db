"""Scripts without sockets or JSON, against a real service that answers by rules."""

import asyncio
import os

import mido
import pytest
from lines_script import PPQ, LinesScript, project_file, scale
from services import scripted_service

from antiphon.bridge.carriers.lines_folder import LinesCarrier

TUNE = ("Violin I", 0, scale())
VIOLIN = "1\t{T1}\t1\t0\t40\tViolin I"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with scripted_service(tmp_path_factory.mktemp("lines"), "rules") as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def script(service, request):
    return LinesScript(service.home, document=f"{{{request.node.name}}}")


def parts_of(reply):
    return [value.split("\t") for value in reply.all("part")]


def notes_of(reply):
    return [tuple(map(int, value.split("\t"))) for value in reply.all("note")]


def test_a_melody_is_continued_in_its_own_track(script):
    reply = script.ask("continue", project_file(TUNE), [VIOLIN], id="c-1", measures=4)
    assert reply.text("message") == "take", reply.text("sentence")
    assert reply.text("title") == "Antiphon: continuation in measures 5–8"
    assert (reply.integer("at"), reply.integer("length")) == (16 * PPQ, 16 * PPQ)
    assert (reply.text("last"), reply.text("tempo")) == ("1", "96")
    ((number, part, own, into, drums, program, name, path),) = parts_of(reply)
    assert (number, part, own, into, drums, program, name) == (
        "1", "{T1}", "1", "{T1}", "0", "40", "Violin I",
    )  # fmt: skip
    notes = notes_of(reply)
    assert notes and all(0 <= n[1] < 16 * PPQ and n[2] > 0 and n[5] == 0 for n in notes)
    assert in_file(path) == [(n[1], n[2], n[3]) for n in notes]


def in_file(path):
    midi = mido.MidiFile(path)
    assert (midi.type, midi.ticks_per_beat) == (0, PPQ)
    kinds = {message.type for message in midi.tracks[0]}
    assert not kinds & {"set_tempo", "time_signature"} and "track_name" in kinds
    now, sounding, found = 0, {}, []
    for message in midi.tracks[0]:
        now += message.time
        if message.type == "note_on" and message.velocity:
            sounding[message.note] = now
        elif message.type in ("note_on", "note_off"):
            onset = sounding.pop(message.note)
            found.append((onset, now - onset, message.note))
    return sorted(found)


@pytest.mark.parametrize(
    ("task", "names", "words"),
    [
        ("bass", ["Bass"], {}),
        ("drums", ["Drums"], {"style": "rock"}),
        ("accompany", ["Piano"], {}),
        ("harmonize", ["Alto", "Tenor", "Bass"], {"as": "satb"}),
        ("harmonize", ["Chords"], {}),
        ("arrange", ["Piano", "Bass", "Drums"], {}),
    ],
)
def test_what_is_new_goes_into_new_tracks_over_the_region(script, task, names, words):
    words = {"id": f"n-{task}-{len(names)}", **words}
    start, end = 4 * PPQ, 12 * PPQ
    reply = script.ask(task, project_file(TUNE), [VIOLIN], start, end, **words)
    assert reply.text("message") == "take", reply.text("sentence")
    assert (reply.integer("at"), reply.integer("length")) == (start, end - start)
    assert reply.text("title").endswith("measures 2–3")
    assert [fields[6] for fields in parts_of(reply)] == names
    assert all(fields[2:4] == ["0", ""] for fields in parts_of(reply))
    assert all(0 <= n[1] < end - start for n in notes_of(reply)) and notes_of(reply)
    channel = 9 if task == "drums" else 0
    assert task == "arrange" or {n[5] for n in notes_of(reply)} == {channel}


@pytest.mark.parametrize("task", ["fill", "vary"])
def test_a_region_is_rewritten_in_its_own_track(script, task):
    reply = script.ask(task, project_file(TUNE), [VIOLIN], 4 * PPQ, 8 * PPQ, id=f"r-{task}")
    assert (reply.integer("at"), reply.integer("length")) == (4 * PPQ, 4 * PPQ)
    assert [f[2:4] for f in parts_of(reply)] == [["1", "{T1}"]]


def test_an_answer_may_go_into_a_track_that_is_there(script):
    music = project_file(TUNE, ("Low", 1, []))
    parts = [VIOLIN, "2\t{T2}\t0\t0\t33\tLow"]
    reply = script.ask("bass", music, parts, id="into-1", into="Low")
    assert [f[1:4] for f in parts_of(reply)] == [["{T2}", "0", "{T2}"]]


def test_the_span_may_lie_anywhere_in_the_project(script):
    music = project_file(("Solo", 3, scale()), meter=(3, 4))
    start = 90 * PPQ
    reply = script.ask(
        "continue", music, ["1\tG\t1\t0\t-1\tSolo"], start, start + 12 * PPQ,
        id="far-1", phrase_start=start, first_measure=31, measures=2,
    )  # fmt: skip
    assert reply.text("code") == "destination-occupied", "the rest of the scale stands there"
    assert "measures 35–36" in reply.text("sentence")
    reply = script.ask(
        "continue", music, ["1\tG\t1\t0\t-1\tSolo"], start, start + 18 * PPQ,
        id="far-2", phrase_start=start, measures=2,
    )  # fmt: skip
    assert reply.integer("at") == start + 18 * PPQ
    assert reply.text("title") == "Antiphon: continuation in measures 37–38"


def test_the_next_and_the_former_take_are_takes_of_the_same_request(script):
    first = script.ask("vary", project_file(TUNE), [VIOLIN], id="again-me")
    name = script.send("again", id="again-me", number=3)
    third = script.hear(name)
    assert (third.text("id"), third.integer("number"), third.text("last")) == ("again-me", 3, "1")
    assert notes_of(third) != notes_of(first)
    back = script.hear(script.send("again", id="again-me", number=0))
    assert notes_of(back) == notes_of(first)
    assert notes_of(script.hear(script.send("again", id="again-me", number=3))) == notes_of(third)
    unknown = script.hear(script.send("again", id="nobody", number=1))
    assert (unknown.text("message"), unknown.text("code")) == ("fault", "unknown-request")


def test_several_takes_come_one_after_the_other_and_the_last_says_so(script):
    first = script.ask("vary", project_file(TUNE), [VIOLIN], id="several", takes=3)
    replies = [first, *(script.hear(script.last, number) for number in (1, 2))]
    assert [r.integer("number") for r in replies] == [0, 1, 2]
    assert [r.text("last") for r in replies] == ["0", "0", "1"]
    assert not (script.run / "outbox" / f"{script.last}.progress").exists()


def test_what_is_kept_is_said_back(script):
    script.ask("bass", project_file(TUNE), [VIOLIN], id="keep-me")
    kept = script.hear(script.send("kept", id="keep-me", number=0))
    assert (kept.text("message"), kept.text("id"), kept.text("number")) == ("kept", "keep-me", "0")


def test_markers_that_are_chords_are_heard_and_sections_are_not(script):
    chords = [(0, "C"), (4, "Am"), (8, "F"), (12, "G7")]
    reply = script.ask("bass", project_file(TUNE, markers=chords), [VIOLIN], id="chords")
    roots = {value.split("\t")[1] for value in reply.all("chord")}
    assert not reply.all("chord") or roots <= {"C", "Am", "F", "G7"}
    at_four = [n[3] % 12 for n in notes_of(reply) if n[1] == 4 * PPQ]
    assert at_four and at_four[0] in (9, 0, 4)


HEAD = b"antiphon=1\nmessage=ask\nid=bad-1\ntask=bass\nphrase_start=0\nregion_start=0\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad-request"),
        (b"\xff\xfe\x00", "bad-request"),
        (b"antiphon=2\nmessage=ask\nid=a\n", "other-version"),
        (b"antiphon=1\nmessage=shout\n", "bad-request"),
        (b"antiphon=1\nmessage=ask\nid=../x\n", "bad-request"),
        (b"antiphon=1\nno sign of equality\n", "bad-request"),
        (b"antiphon=1\n" * 5000, "too-large"),
        (b"x" * 300_000, "too-large"),
        (HEAD + b"region_end=3840\nmusic=../../service.json\n", "bad-request"),
        (HEAD + b"region_end=3840\nmusic=absent.mid\n", "payload-missing"),
        (HEAD + b"region_end=3840\n", "bad-request"),
        (HEAD + b"region_end=many\npart=1\ta\t1\t0\t0\tA\n", "bad-request"),
        (HEAD + b"region_end=-5\npart=1\ta\t1\t0\t0\tA\n", "bad-request"),
        (HEAD + b"region_end=9" + b"9" * 13 + b"\npart=1\ta\t1\t0\t0\tA\n", "bad-request"),
        (HEAD + b"region_end=3840\npart=1\ta\n", "bad-request"),
        (HEAD + b"region_end=3840\npart=1\ta\t0\t0\t0\tA\n", "bad-request"),
        (HEAD + b"region_end=3840\nmeasures=4 or 5\npart=1\ta\t1\t0\t0\tA\n", "bad-request"),
        (HEAD + b"region_end=3840\npart=1\ta\t1\t0\t0\tA\n", "broken-midi"),
    ],
)
def test_a_message_that_is_none_is_answered_by_a_sentence(script, data, code):
    name = script.drop(f"bad-{abs(hash(data))}", data)
    reply = script.hear(name)
    assert (reply.text("message"), reply.text("code")) == ("fault", code)
    assert reply.text("sentence").endswith(".") and reply.text("remedy")
    alive = script.ask("vary", project_file(TUNE), [VIOLIN], id=f"alive-{abs(hash(data))}")
    assert alive.text("message") == "take"


def test_music_without_notes_is_refused_in_words(script):
    music = project_file(("Violin I", 0, []))
    for task, code in (("continue", "empty-selection"), ("harmonize", "no-melody")):
        reply = script.ask(task, music, [VIOLIN], id=f"empty-{task}")
        assert (reply.text("code"), reply.text("message")) == (code, "fault")
    made = script.ask("generate", music, [VIOLIN], id="empty-generate")
    assert (made.integer("at"), made.integer("length")) == (0, 16 * PPQ)
    assert parts_of(made)[0][3] == "{T1}"


def test_links_are_not_followed(script, tmp_path):
    secret = tmp_path / "secret.mid"
    secret.write_bytes(project_file(TUNE))
    (script.run / "inbox" / "link.mid").symlink_to(secret)
    text = HEAD + f"region_end=3840\nmusic=link.mid\npart={VIOLIN}\n".encode()
    assert script.hear(script.drop("link", text)).text("code") == "payload-missing"
    assert secret.exists()


def test_messages_are_heard_in_the_order_in_which_they_were_written(tmp_path):
    heard = []

    async def listen():
        carrier = LinesCarrier(
            tmp_path, lambda lines, music, outlet: heard.append(lines.text("id"))
        )
        for age, name in ((3, "z"), (2, "m"), (1, "a")):
            path = tmp_path / "inbox" / f"{name}.ask"
            path.write_text(f"antiphon=1\nmessage=cancel\nid={name}\n")
            os.utime(path, (1000 - age, 1000 - age))
        carrier.start()
        await asyncio.sleep(0.2)
        await carrier.stop()

    asyncio.run(listen())
    assert heard == ["z", "m", "a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_in_the_inbox_does_not_hold_the_service_up(script):
    os.mkfifo(script.run / "inbox" / "pipe.ask")
    assert script.hear("pipe").text("code") == "bad-request"
    os.mkfifo(script.run / "inbox" / "pipe2.mid")
    text = HEAD + f"region_end=3840\nmusic=pipe2.mid\npart={VIOLIN}\n".encode()
    assert script.hear(script.drop("pipe2", text)).text("code") == "broken-midi"
    (script.run / "inbox" / "folder.ask").mkdir()
    alive = script.ask("vary", project_file(TUNE), [VIOLIN], id="after-a-pipe")
    assert alive.text("message") == "take"
    (script.run / "inbox" / "folder.ask").rmdir()


def test_cancelling_ends_the_ask_in_words(tmp_path):
    with scripted_service(tmp_path) as service:
        service.wait_until_ready()
        script = LinesScript(service.home)
        words = {"task": "vary", "phrase_start": 0, "region_start": 0, "region_end": 16 * PPQ}
        name = script.send(
            "ask", project_file(TUNE), parts=[VIOLIN], id="slow-1", takes=16, **words
        )
        progress = script.run / "outbox" / f"{name}.progress"
        service.wait_until(progress.exists, "it shows life")
        assert "stage=" in progress.read_text()
        script.send("cancel", id="slow-1")
        assert script.hear(name).text("code") == "cancelled"
        assert not progress.exists()
