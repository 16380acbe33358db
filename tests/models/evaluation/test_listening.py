from antiphon.bridge.formats.engraving import NEW_NOTE_COLOUR
from antiphon.bridge.formats.files import write_phrase
from antiphon.models.evaluation.listening import gallery
from antiphon.models.tasks.engines import TheoryEngine


def test_each_take_is_engraved_with_its_new_notes_in_blue_and_told_in_a_table(tmp_path, make_tune):
    tune = tmp_path / "tune.musicxml"
    tune.write_bytes(write_phrase(make_tune(3, 12), ".musicxml"))
    lines = list(gallery([tune], tmp_path, TheoryEngine()))
    assert len(lines) == 4
    for number in (1, 2):
        picture = (tmp_path / f"tune-{number}.svg").read_text()
        assert NEW_NOTE_COLOUR in picture
        assert f"(tune-{number}.svg)" in lines[number + 1]
