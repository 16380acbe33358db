"""Reports: tables for people and JSON for programs."""

import json

import pytest

from antiphon.bridge.errors import AntiphonError
from antiphon.models.evaluation.report import Report, Table, markdown, write_json

TABLE = Table("Things", ("model", "bits", "count"), (("lstm", 2.15949, 3), ("ppm", None, 10)), 2)
REPORT = Report("melody", (TABLE,), "2 tunes.", ("A note.",), ("a.mid: broken.",))


def test_a_table_is_aligned_markdown():
    lines = list(markdown(REPORT))
    assert lines[0] == "# Melody"
    rows = [line for line in lines if line.startswith("|")]
    assert rows[2] == "| lstm  | 2.16 | 3     |"
    assert rows[3] == "| ppm   | –    | 10    |"
    assert len({len(row) for row in rows}) == 1
    assert "- a.mid: broken." in lines


def test_json_keeps_every_digit(tmp_path):
    write_json(REPORT, tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["tables"][0]["rows"][0][1] == 2.15949


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="cells"):
        Table("x", ("a", "b"), (("only",),))


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(AntiphonError):
        write_json(REPORT, tmp_path / "none" / "r.json")
