"""One panel a person: the second start hands its file over."""

import uuid

from antiphon.ui.single import OneWindow


def test_a_second_start_hands_its_words_to_the_first_and_goes(qtbot):
    name = f"antiphon-test-{uuid.uuid4().hex[:8]}"
    first, second = OneWindow(name), OneWindow(name)
    assert first.is_first([])
    with qtbot.waitSignal(first.called, timeout=5000) as heard:
        assert not second.is_first(["/music/tune.mid"])
    assert heard.args == [["/music/tune.mid"]]
    first.close()
    third = OneWindow(name)
    assert third.is_first([])
    third.close()
