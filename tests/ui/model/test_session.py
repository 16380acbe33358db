"""The panel's state without Qt: asking, takes, the queue, and what a restart keeps."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from ui_bench import Bench

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.music.check import check
from antiphon.bridge.protocol.messages import Task
from antiphon.ui.model import exports, knobs, reading, receipts, takes
from antiphon.ui.model.settings import PanelSettings, load_panel_settings, save_panel_settings
from antiphon.ui.model.source import EDITOR, nothing
from antiphon.ui.model.store import CANCELLED, QUEUED, READY, Job, Store, waiting_again

EXAMPLES = Path(__file__).parents[3] / "examples"


def asked(bench, task=Task.CONTINUE, **values):
    session = bench.session
    session.choose_task(task)
    for name, value in values.items():
        session.turn(name, value)
    assert session.ask(), session.note
    bench.run_idle()
    assert session.note is None, session.note
    return session


@pytest.mark.parametrize("task", list(Task))
def test_every_task_answers_about_the_demo_phrase_with_its_plain_controls(bench, task):
    session = asked(bench, task)
    assert len(session.cards) == 2
    assert [card.take.number for card in session.cards] == [0, 1]


def test_the_controls_reach_the_request(bench):
    session = asked(bench, Task.CONTINUE, measures=2, range=(60, 72), density=2.0, mood="0.7 0.6")
    controls = session.cards[0].request.controls
    assert (controls.measures, controls.lowest, controls.highest) == (2, 60, 72)
    assert controls.density == 2.0
    assert controls.mood is not None and controls.mood.valence == 0.7
    assert session.cards[0].take.phrase.length == 6


def test_every_knob_of_every_task_is_a_word_that_the_task_takes():
    for task in Task:
        shown = knobs.shown_knobs(task)
        assert 1 <= len(shown) <= 6
        for knob in (*shown, *knobs.folded_knobs(task)):
            assert knobs._is_taken(task, knob.name), (task, knob.name)
            for value, _words in knob.choices:
                knobs.words_of(task, {knob.name: value})


def test_a_word_that_cannot_be_read_is_told_and_nothing_is_asked(bench):
    session = bench.session
    session.turn("chords", "C | H9")
    assert not session.ask()
    assert isinstance(session.note, AntiphonError)
    assert session.note.code == "bad-control"
    assert session.queue.jobs == []


def test_controls_are_remembered_for_each_task(bench):
    session = bench.session
    session.turn("temperature", 1.5)
    session.choose_task(Task.VARY)
    assert session.value("temperature") == 1.0
    session.choose_task(Task.CONTINUE)
    assert session.value("temperature") == 1.5
    assert bench.saved[-1].knobs == {"continue": {"temperature": 1.5}}
    session.reset()
    assert session.value("temperature") == 1.0


def test_a_preset_brings_its_task_and_its_controls_back(bench):
    session = bench.session
    session.choose_task(Task.HARMONIZE)
    session.turn("as", "satb")
    session.save_preset("Choir")
    session.reset()
    session.choose_task(Task.BASS)
    session.use_preset("Choir")
    assert (session.task, session.value("as")) == (Task.HARMONIZE, "satb")
    session.remove_preset("Choir")
    assert bench.saved[-1].presets == {}


def test_takes_of_a_held_seed_come_again_and_those_of_a_rolled_one_do_not(bench):
    session = asked(bench)
    first = [card.take.phrase for card in session.cards]
    asked(bench)
    assert [card.take.phrase for card in session.cards] == first
    session.change(rolls_seed=True)
    asked(bench)
    assert session.settings.seed != 7


def test_more_like_this_goes_on_where_the_takes_end(bench):
    session = asked(bench)
    session.more_like(session.cards[0].key)
    bench.run_idle()
    assert [card.take.number for card in session.cards] == [2, 3]


def test_asking_some_measures_again_keeps_the_others_note_for_note(bench):
    session = asked(bench)
    card = session.cards[0]
    session.open_measure(1)
    session.ask_again(card.key)
    bench.run_idle()

    def outside(phrase):
        return [(n.onset, n.pitch) for n in phrase.parts[0].notes if not 3 <= n.onset < 6]

    assert outside(session.cards[0].take.phrase) == outside(card.take.phrase)


def test_a_combination_holds_the_measures_of_both_takes_and_is_sound(bench):
    session = asked(bench)
    first, second = session.cards
    session.combine(first, second, [True, False, True, False])
    made = session.card
    assert made.is_combined

    def inside(phrase, start, end):
        return [(n.onset, n.pitch) for n in phrase.parts[0].notes if start <= n.onset < end]

    for place, source in enumerate((second, first, second, first)):
        span = (3 * place, 3 * place + 3)
        assert inside(made.take.phrase, *span) == inside(source.take.phrase, *span)
    assert not check(made.take.phrase)
    assert "9, 11" in made.take.remarks[0].sentence


def test_choosing_remembers_what_to_compare_with_and_swapping_goes_back(bench):
    session = asked(bench)
    first, second = (card.key for card in session.cards)
    session.choose(second)
    assert session.compared.key == first
    session.swap()
    assert (session.card.key, session.compared.key) == (first, second)


def test_a_cancelled_job_is_over_at_once_and_the_next_one_begins(bench):
    session = bench.session
    session.ask()
    session.ask()
    working, waiting = session.queue.working, session.queue.waiting[0]
    session.queue.cancel(working.id)
    assert session.queue.job(working.id).state == CANCELLED
    assert session.queue.working.id == waiting.id
    bench.run_idle()
    assert session.queue.job(waiting.id).state == READY


def test_a_waiting_job_can_pass_the_one_before_it(bench):
    session = bench.session
    for _ in range(3):
        session.ask()
    first, second = session.queue.waiting
    session.queue.move_up(second.id)
    assert [job.id for job in session.queue.waiting] == [second.id, first.id]
    bench.run_idle()


def test_a_failed_job_stays_in_the_list_and_can_be_asked_again(bench):
    session = bench.session
    session.turn("strict_key", True)
    session.turn("chords", "F#")  # two wishes that nobody can keep together
    session.ask()
    bench.run_idle()
    job = session.queue.jobs[-1]
    assert (job.state, job.fault[0]) == ("failed", "bad-control")
    assert session.note.code == "bad-control"
    session.queue.retry(job.id)
    bench.run_idle()
    assert session.queue.job(job.id).state == "failed"


def test_queue_takes_names_and_stars_survive_a_restart(rules, home):
    home.mkdir()
    one = Bench(rules, Store(home / "panel.db"))
    one.session.ask_about(reading.demo())
    asked(one)
    key = one.session.cards[1].key
    one.session.rename(key, "The good one")
    one.session.star(key)
    one.session.store.keep_job(Job(replace(one.session.cards[0].request, id="later"), "words"))
    one.session.store.close()
    two = Bench(rules, Store(home / "panel.db"))
    assert [job.state for job in two.session.queue.waiting] == [QUEUED]
    two.session.show(key[0])
    card = two.session.cards[1]
    assert (card.name, card.is_starred) == ("The good one", True)
    two.session.queue.go_on()
    two.run_idle()
    assert two.session.queue.job("later").state == READY


def test_a_damaged_store_is_put_aside_and_the_panel_opens(home):
    home.mkdir()
    (home / "panel.db").write_bytes(b"this is no database" * 100)
    assert Store(home / "panel.db").jobs() == []
    assert (home / "panel.damaged").exists()


def test_work_that_was_broken_off_waits_again(bench):
    session = asked(bench)
    job = replace(session.queue.jobs[0], state="working", stage="writing")
    assert waiting_again(job).state == QUEUED


def test_nothing_at_all_can_only_be_generated_from(bench):
    session = bench.session
    session.ask_about(nothing())
    assert session.task is Task.GENERATE
    session.turn("key", "E minor")
    assert session.ask()
    bench.run_idle()
    assert session.cards[0].take.phrase.key_signatures[0].mode == "minor"


def test_an_editors_region_keeps_its_document_its_span_and_its_revision(bench):
    demo = bench.session.source
    region = reading.ask(Task.CONTINUE, {}, demo).request
    region = replace(region, region=replace(region.region, revision="r", document_id="my score"))
    source = reading.from_region(region, "MuseScore 3", "My score")
    assert (source.kind, source.first, source.last) == (EDITOR, 0, 7)
    for task in (Task.CONTINUE, Task.BASS, Task.VARY):
        request = reading.ask(task, {}, source).request
        assert request.region == region.region
        assert request.id != region.id
        assert request.task is task


@pytest.mark.parametrize("name", ["greensleeves.musicxml", "the_kesh.abc", "frere_jacques.mid"])
def test_a_file_is_read_asked_about_and_saved_as_a_copy_with_its_receipt(bench, tmp_path, name):
    session = bench.session
    original = tmp_path / name
    original.write_bytes((EXAMPLES / name).read_bytes())
    before = original.read_bytes()
    session.ask_about(reading.opened(original))
    asked(bench, Task.BASS, style="folk")
    for suffix in (".mid", ".musicxml", ".abc"):
        path = tmp_path / f"copy{suffix}"
        exports.save_copy(session, session.cards[0], path)
        stub = receipts.read(path)
        assert stub is not None, suffix
        assert (stub.task, stub.values, stub.seed) == (Task.BASS, {"style": "folk"}, 7)
        assert reading.opened(path).phrase.parts
    with pytest.raises(AntiphonError) as fault:
        exports.save_copy(session, session.cards[0], original)
    assert fault.value.code == "would-overwrite"
    assert original.read_bytes() == before


def test_a_dropped_export_brings_its_settings_back_and_gives_its_notes_again(bench):
    session = asked(bench, Task.CONTINUE, temperature=1.4)
    path = exports.file_to_drag(session, session.cards[0], ".mid")
    first = session.cards[0].take.phrase
    session.change(seed=1, rolls_seed=True)
    session.reset()
    session.choose_task(Task.DRUMS)
    session.restore_receipt(receipts.read(path))
    asked(bench)
    assert session.cards[0].take.phrase == first


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"antiphon-receipt {",
        b'antiphon-receipt {"task": "x"}',
        b'antiphon-receipt {"task":"bass","values":3,"seed":1}',
    ],
)
def test_a_receipt_that_is_none_is_passed_over(data):
    assert receipts.found_in(data) is None


def test_the_name_of_a_file_holds_no_sign_that_a_folder_refuses(bench):
    session = asked(bench)
    session.rename(session.cards[0].key, 'a/b\\c:"d"')
    name = exports.file_name(session, session.cards[0], ".mid")
    assert not set('/\\:"*?<>|') & set(name)


def test_settings_that_were_damaged_by_hand_are_as_at_the_first_start(tmp_path):
    file = tmp_path / "panel.json"
    save_panel_settings(PanelSettings(language="zh_CN", zoom=2.0), file)
    assert load_panel_settings(file).language == "zh_CN"
    data = json.loads(file.read_text()) | {"zoom": "big", "unknown": 1}
    file.write_text(json.dumps(data))
    assert load_panel_settings(file) == PanelSettings(language="zh_CN")
    file.write_text("{")
    assert load_panel_settings(file) == PanelSettings()


def test_selected_measures_never_leave_the_music(bench):
    session = bench.session
    session.select(session.source.part, 5, 99)
    assert session.source.last == 7
    session.select(session.source.part, 6, 2)
    assert (session.source.first, session.source.last) == (6, 6)
    assert "measure 7" in session.words
    assert session.source.span == (Fraction(18), Fraction(21))


def test_measures_are_told_in_stretches(bench):
    measures = bench.session.source.phrase.measures
    assert takes.measures_as_text(measures, {0, 2, 3, 4}) == "1, 3–5"


def test_a_locked_note_stays_where_all_else_is_asked_again(bench):
    session = asked(bench)
    card = session.cards[0]
    part = card.take.phrase.parts[0]
    note = part.notes[2]
    session.lock_note(takes.NotePlace(part.id, note.onset, note.pitch.midi_number))
    session.ask_again(card.key)
    bench.run_idle()
    again = session.cards[0].take.phrase.parts[0].notes
    assert (note.onset, note.pitch) in {(n.onset, n.pitch) for n in again}
    assert again != part.notes


def test_locked_measures_of_the_music_stay_as_they_are(bench):
    session = bench.session
    session.choose_task(Task.VARY)
    session.lock_measure(2)
    session.lock_measure(1)
    assert session.value("lock_measures") == "2,3"
    assert session.locked_measures == {1, 2}
    asked(bench, Task.VARY, degree=1.0)
    old = [(n.onset, n.pitch) for n in session.source.phrase.parts[0].notes if 3 <= n.onset < 9]
    new = session.cards[0].take.phrase.parts[0].notes
    assert [(n.onset, n.pitch) for n in new if 3 <= n.onset < 9] == old
    session.lock_measure(1)
    assert session.locked_measures == {2}
