"""The table of messages, and the page that is made from it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.describe import protocol_page
from antiphon.bridge.protocol.table import (
    ROWS,
    TABLE,
    read_arguments,
    read_object,
    row_at,
    typed_arguments,
)

PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"
KINDS = {
    "text": st.text(max_size=20),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "number": st.floats(-(2**62), 2**62, width=32),
    "switch": st.booleans(),
}


@given(st.sampled_from(TABLE), st.data())
def test_what_is_written_by_the_table_is_read_by_it(row, data):
    values = {a.name: data.draw(KINDS[a.kind]) for a in row.arguments}
    written = [value for _, value in typed_arguments(row, values)]
    assert read_arguments(row, written) == values
    assert row_at(row.address) is row
    values.pop("token")
    assert read_object(row, values) == values


@given(st.sampled_from(TABLE), st.lists(st.one_of(*KINDS.values(), st.binary()), max_size=16))
def test_any_arguments_are_read_or_refused_by_one_fault(row, values):
    try:
        found = read_arguments(row, values)
    except AntiphonError as fault:
        assert fault.code == "bad-datagram"
    else:
        assert found.keys() == {argument.name for argument in row.arguments}


def test_a_script_whose_numbers_are_all_floats_is_understood():
    values = {"id": "a", "number": 3.0}
    assert read_object(ROWS["kept"], values) == {"id": "a", "number": 3}
    with pytest.raises(AntiphonError):
        read_object(ROWS["kept"], {"id": "a", "number": 3.5})


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 10**400, True, "3", None])
def test_a_number_that_is_none_is_refused(number):
    with pytest.raises(AntiphonError):
        read_object(ROWS["kept"], {"id": "a", "number": number})


def test_the_page_of_the_protocol_is_made_from_the_table():
    assert PAGE.read_text(encoding="utf-8") == protocol_page(), "run: make protocol"
