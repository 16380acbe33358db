"""music21 as the oracle: three hundred corpus scores keep every note through a phrase."""

import oracle
import pytest


@pytest.mark.timeout(900)
def test_three_hundred_corpus_scores_keep_every_note() -> None:
    paths = oracle.sample()
    assert len(paths) == oracle.SAMPLE
    wrong = {path.name: said for path, said in oracle.verdicts(paths) if said}
    unread = [name for name, said in wrong.items() if said.startswith("unread")]
    assert len(unread) <= oracle.SAMPLE // 50
    assert {name: said for name, said in wrong.items() if name not in unread} == {}
