"""What was held out is found again by name alone."""

import shutil
from pathlib import Path

from antiphon.models.evaluation.held_out import held_out_pieces, is_data_root, is_held_out

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_any_other_folder_is_taken_as_it_is():
    found = list(held_out_pieces(EXAMPLES, ("pop909",), 50))
    assert {piece.source for piece in found} == {"examples"}
    assert len(found) >= 5
    assert len(list(held_out_pieces(EXAMPLES, (), 2))) == 2


def test_listed_sets_give_their_test_side_only(tmp_path):
    for name in ("pop909/POP909/a", "nottingham/midi"):
        (tmp_path / name).mkdir(parents=True)
    source = EXAMPLES / "frere_jacques.mid"
    listed = ["ashover11.mid"]
    for index in range(1, 40):
        shutil.copy(source, tmp_path / "nottingham/midi" / f"ashover{index}.mid")
    assert is_data_root(tmp_path)
    found = [piece.name for piece in held_out_pieces(tmp_path, ("nottingham-midi",), 99)]
    assert found == [n for n in found if is_held_out("nottingham-midi", Path(n))]
    assert 0 < len(found) < 39, listed


def test_about_one_name_in_twenty_is_held_out_by_its_hash():
    names = [Path(f"piece{index}.mid") for index in range(2000)]
    for source in ("groove", "game", "mutopia"):
        assert 60 < sum(is_held_out(source, name) for name in names) < 140
