"""The bounded check of OSC datagrams, with python-osc as the second opinion."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from antiphon.bridge.errors import AntiphonError
from antiphon.bridge.protocol.osc import MAX_DATAGRAM, check_datagram, message_bytes
from antiphon.bridge.protocol.table import ADDRESSES

HELLO = "/antiphon/1/hello"
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
ARGUMENT = st.one_of(
    st.tuples(st.just("i"), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(st.just("h"), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just("f"), st.floats(width=32, allow_nan=False, allow_infinity=False)),
    st.tuples(st.just("d"), st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.just("s"), TEXT),
    st.tuples(st.just("b"), st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("T"), st.just(True)),
    st.tuples(st.just("F"), st.just(False)),
)


def built(address: str, arguments: list) -> bytes:
    builder = OscMessageBuilder(address)
    for tag, value in arguments:
        builder.add_arg(value, tag)
    return builder.build().dgram


def bundle(*elements: bytes) -> bytes:
    sized = (struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + struct.pack(">Q", 1) + b"".join(sized)


def why_refused(data: bytes) -> str:
    with pytest.raises(AntiphonError) as caught:
        check_datagram(data)
    assert caught.value.code == "bad-datagram"
    return caught.value.sentence


@given(st.sampled_from(sorted(ADDRESSES)), st.lists(ARGUMENT, max_size=12), st.integers(0, 4))
def test_what_python_osc_builds_is_read_alike_by_both(address, arguments, depth):
    data = built(address, arguments)
    for _ in range(depth):
        data = bundle(data)
    if len(data) > MAX_DATAGRAM:
        why_refused(data)
        return
    found, values = check_datagram(data)
    second = OscMessage(message_bytes(data))
    assert (found, list(values)) == (second.address, second.params)
    assert values == tuple(value for _, value in arguments)


@settings(max_examples=2000)
@given(st.binary(max_size=80), st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_message_or_one_kind_of_fault(start, rest, after_address):
    data = (built(HELLO, [])[:-4] if after_address else start) + rest
    try:
        address, _ = check_datagram(data)
    except AntiphonError as fault:
        assert fault.code == "bad-datagram"
    else:
        assert address in ADDRESSES


@settings(max_examples=1000)
@given(
    st.lists(ARGUMENT, min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 2),
)
def test_what_passes_after_damage_never_troubles_python_osc(arguments, damage, depth):
    data = bytearray(built(HELLO, arguments))
    for _ in range(depth):
        data = bytearray(bundle(bytes(data)))
    for place, byte in damage:
        data[place % len(data)] = byte
    try:
        _, values = check_datagram(bytes(data))
    except AntiphonError as fault:
        assert fault.code == "bad-datagram"
    else:
        assert OscMessage(message_bytes(bytes(data))).params == list(values)


def test_the_bundle_that_hangs_python_osc_is_refused():
    assert "size" in why_refused(b"#bundle\0" + bytes(8) + struct.pack(">i", -4))


def test_bundles_nested_deeper_than_four_are_refused():
    data = built(HELLO, [])
    for _ in range(5):
        data = bundle(data)
    assert "deep" in why_refused(data)


def test_a_bundle_of_two_messages_is_refused():
    assert "more than one" in why_refused(bundle(built(HELLO, []), built(HELLO, [])))


def test_more_bytes_than_a_datagram_may_have_are_refused_unread():
    assert "too many" in why_refused(b"#bundle\0" * 10_000)


def test_the_largest_datagram_is_still_read():
    base = len(built(HELLO, [("b", b"1234")])) - 4
    data = built(HELLO, [("b", bytes(MAX_DATAGRAM - base))])
    assert len(data) == MAX_DATAGRAM
    assert check_datagram(data)[0] == HELLO


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "multiple of four"),
        (b"/antiphon/1/hello", "multiple of four"),
        (built("/antiphon/1/helloo", []), "table"),
        (built("/antiphon/1/*", []), "table"),
        (built(HELLO, [("i", 1)] * 65), "too many arguments"),
        (built(HELLO, [])[:-4] + b",N\0\0", "unknown type"),
        (built(HELLO, [])[:-4] + b",[]\0", "unknown type"),
        (built(HELLO, [])[:-4] + b",i\0\0", "cut short"),
        (built(HELLO, [])[:-4] + b",b\0\0" + struct.pack(">i", -4), "blob"),
        (built(HELLO, [])[:-4] + b",b\0\0" + struct.pack(">i", 2**31 - 1), "blob"),
        (built(HELLO, [])[:-4] + b",s\0\0" + b"\xff\xfe\xfd\0", "UTF-8"),
        (built(HELLO, [])[:-4] + b",s\0\0" + b"abcd", "no end"),
        (built(HELLO, [])[:-4] + b",s\0\0" + b"a\0bc", "padded"),
        (built(HELLO, [])[:-4] + b",f\0\0" + struct.pack(">f", float("nan")), "finite"),
        (built(HELLO, [])[:-4], "no end"),
        (built(HELLO, []) + bytes(4), "longer"),
    ],
)
def test_each_kind_of_damage_is_named(data, why):
    assert why in why_refused(data)
