"""Damaging bytes at random, the same way for the same seed."""

import re
from random import Random

_BOUNDARIES = (
    b"\x00", b"\x7f", b"\x80", b"\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\xfc", b"\xff\xff\xff\x7f",
    b"0", b"-1", b"1e999", b"nan", b"99999999999999999999", b"1/0", b"/" * 40, b">" * 40,
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"&lt;", b"]]>", b"<!--", b'"', b"\n", b"(3", b"[", b"|",
)  # fmt: skip


def mutated(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """`data` after one to six damages drawn from `random`; at most twice as long and 4 KiB."""
    found = bytearray(data)
    longest = 2 * len(data) + 4096
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        random.choice(_DAMAGES)(found, random, others)
    return bytes(found[:longest])


def _flip(data, random, others):
    for _ in range(random.choice((1, 1, 2, 8))):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _overwrite(data, random, others):
    place = random.randrange(len(data) + 1)
    value = random.choice(_BOUNDARIES)
    data[place : place + len(value)] = value


def _insert(data, random, others):
    place = random.randrange(len(data) + 1)
    data[place:place] = random.choice(_BOUNDARIES) * random.choice((1, 1, 1, 2, 50))


def _truncate(data, random, others):
    del data[random.randrange(len(data) + 1) :]


def _delete(data, random, others):
    start, stop = _span(data, random)
    del data[start:stop]


def _repeat(data, random, others):
    start, stop = _span(data, random)
    place = random.randrange(len(data) + 1)
    data[place:place] = data[start:stop] * random.choice((1, 1, 2, 20))


def _swap(data, random, others):
    start, stop = _span(data, random)
    piece = bytes(data[start:stop])
    del data[start:stop]
    place = random.randrange(len(data) + 1)
    data[place:place] = piece


def _graft(data, random, others):
    other = random.choice(others)
    start, stop = _span(other, random)
    place = random.randrange(len(data) + 1)
    data[place:place] = other[start:stop]


def _number(data, random, others):
    """Replace a number that is written in digits, where there is one."""
    places = [i for i, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if places:
        place = random.choice(places)
        data[place : place + 1] = random.choice(
            (b"0", b"-1", b"1000000", b"0.3333333", b"16385", b"x", b"", b"128", b"2147483648")
        )


def _line(data, random, others):
    """Drop, double or move a whole line, as a careless editor would."""
    lines = bytes(data).split(b"\n")
    line = lines.pop(random.randrange(len(lines)))
    for _ in range(random.choice((0, 1, 2))):
        lines.insert(random.randrange(len(lines) + 1), line)
    data[:] = b"\n".join(lines)


def _span(data, random):
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.choice((1, 4, 16, 64, 256)))


_DAMAGES = (
    _flip, _flip, _overwrite, _insert, _truncate, _delete, _repeat, _swap, _graft, _number, _line,
)  # fmt: skip


_LEAF = re.compile(rb"<([a-z-]+)[^<>/]*>[^<>]*</\1>|<[a-z-]+[^<>]*/>")
_GROUP = re.compile(rb"<(note|attributes|backup|direction|harmony|measure)\b.*?</\1>", re.DOTALL)
_VALUE = re.compile(rb"(?<=>)[^<>\s][^<>]*(?=</)|(?<==\")[^\"]*(?=\")")
_VALUES = (
    b"0", b"-1", b"1", b"3", b"7", b"16385", b"2147483648", b"1e999", b"nan", b"1/3", b"0.5", b"",
    b"C", b"H", b"start", b"stop", b"begin", b"half", b"128th", b"x" * 5000, b"P9", b"\xc3\xa4",
)  # fmt: skip


def mutated_xml(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """`data` after one to six damages that leave it well-formed: values, elements, their order."""
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        pattern = random.choice((_VALUE, _VALUE, _LEAF, _GROUP))
        found = [match.span() for match in pattern.finditer(data)]
        if not found:
            continue
        start, stop = random.choice(found)
        own = data[start:stop]
        if pattern is _VALUE:
            new = random.choice((*_VALUES, *(data[a:b] for a, b in random.sample(found, 1))))
            data = data[:start] + new + data[stop:]
            continue
        other = random.choice(others)
        spans = [match.span() for match in pattern.finditer(other)] or [(0, 0)]
        a, b = random.choice(spans)
        new = random.choice((b"", own * 2, own + other[a:b], other[a:b]))
        data = data[:start] + new + data[stop:]
    return data
