"""SoundFont 2.01 files, read and written as plain records (Creative Technology's specification).

Only what a small bank needs: presets, instruments, their generators and samples; modulators are
left out on both ways.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

KEY_RANGE, VELOCITY_RANGE, INSTRUMENT, SAMPLE, PAN = 43, 44, 41, 53, 17
_SILENCE = 46  # frames of silence that the format asks for after every sample

Generators = tuple[tuple[int, int], ...]  # (operator, amount as unsigned 16 bit)


@dataclass(frozen=True, slots=True)
class Sample:
    """One mono sample: 16-bit little-endian frames, rate in Hz, loop in frames from its start."""

    name: str
    frames: bytes
    rate: int
    loop_start: int
    loop_end: int
    root: int
    correction: int
    kind: int = 1


@dataclass(frozen=True, slots=True)
class Zone:
    """Generators of one zone, and what it plays: an instrument's or a sample's place, or none."""

    generators: Generators
    target: int | None

    def value(self, operator: int) -> int | None:
        """The amount of a generator, None where the zone has none of its own."""
        return dict(self.generators).get(operator)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A name and zones over samples."""

    name: str
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A name, where it is found, and zones over instruments."""

    name: str
    bank: int
    program: int
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class SoundFont:
    """A bank of presets with the instruments and samples they use."""

    presets: tuple[Preset, ...]
    instruments: tuple[Instrument, ...]
    samples: tuple[Sample, ...]


def read_soundfont(data: bytes) -> SoundFont:
    """The records of a SoundFont file. Raises ValueError for another kind of file."""
    if data[:4] != b"RIFF" or data[8:12] != b"sfbk":
        raise ValueError("not a SoundFont")
    lists = {data[at : at + 4]: (at + 4, end) for kind, at, end in _chunks(data, 12, len(data))}
    parts = {kind: data[at:end] for kind, at, end in _chunks(data, *lists[b"pdta"])}
    pool = {kind: (at, end) for kind, at, end in _chunks(data, *lists[b"sdta"])}[b"smpl"]
    presets = list(struct.iter_unpack("<20sHHHIII", parts[b"phdr"]))
    instruments = list(struct.iter_unpack("<20sH", parts[b"inst"]))
    preset_zones = _zones(parts[b"pbag"], parts[b"pgen"], INSTRUMENT)
    sample_zones = _zones(parts[b"ibag"], parts[b"igen"], SAMPLE)
    return SoundFont(
        tuple(
            Preset(_name(p[0]), p[2], p[1], tuple(preset_zones[p[3] : after[3]]))
            for p, after in pairwise(presets)
        ),
        tuple(
            Instrument(_name(i[0]), tuple(sample_zones[i[1] : after[1]]))
            for i, after in pairwise(instruments)
        ),
        tuple(
            _sample(data, pool[0], header)
            for header in list(struct.iter_unpack("<20sIIIIIBbHH", parts[b"shdr"]))[:-1]
        ),
    )


def _chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        kind, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        yield kind, at + 8, at + 8 + size
        at += 8 + size + (size & 1)


def _name(field: bytes) -> str:
    return field.split(b"\0")[0].decode("latin-1").strip()


def _zones(bags: bytes, generators: bytes, target: int) -> list[Zone]:
    all_generators = list(struct.iter_unpack("<HH", generators))
    starts = [bag[0] for bag in struct.iter_unpack("<HH", bags)]
    found = []
    for start, end in pairwise(starts):
        own = all_generators[start:end]
        plays = next((amount for operator, amount in own if operator == target), None)
        found.append(Zone(tuple((o, a) for o, a in own if o != target), plays))
    return found


def _sample(data: bytes, pool: int, header: tuple) -> Sample:  # type: ignore[type-arg]
    name, start, end, loop_start, loop_end, rate, root, correction, _, kind = header
    frames = data[pool + 2 * start : pool + 2 * end]
    return Sample(
        _name(name), frames, rate, loop_start - start, loop_end - start, root, correction, kind
    )


def written_soundfont(font: SoundFont, name: str, copyright_line: str, comment: str) -> bytes:
    """The bytes of a SoundFont file with those records."""
    info = b"".join([
        _chunk(b"ifil", struct.pack("<HH", 2, 1)), _chunk(b"isng", b"EMU8000\0"),
        _chunk(b"INAM", _text(name)), _chunk(b"ICOP", _text(copyright_line)),
        _chunk(b"ICMT", _text(comment)),
    ])  # fmt: skip
    pool, headers, length = [], [], 0
    for sample in font.samples:
        start = length // 2
        pool += [sample.frames, bytes(2 * _SILENCE)]
        length += len(sample.frames) + 2 * _SILENCE
        headers.append(struct.pack(
            "<20sIIIIIBbHH", _field(sample.name), start, start + len(sample.frames) // 2,
            start + sample.loop_start, start + sample.loop_end, sample.rate, sample.root,
            sample.correction, 0, 1,
        ))  # fmt: skip
    headers.append(struct.pack("<20sIIIIIBbHH", b"EOS", 0, 0, 0, 0, 0, 0, 0, 0, 0))
    presets = [(p.zones, struct.pack("<20sHH", _field(p.name), p.program, p.bank), bytes(12))
               for p in font.presets]  # fmt: skip
    instruments = [(i.zones, struct.pack("<20s", _field(i.name)), b"") for i in font.instruments]
    phdr, pbag, pgen = _tables(
        presets, INSTRUMENT, (struct.pack("<20sHH", b"EOP", 0, 0), bytes(12))
    )
    inst, ibag, igen = _tables(instruments, SAMPLE, (struct.pack("<20s", b"EOI"), b""))
    tables = ((b"phdr", phdr), (b"pbag", pbag), (b"pmod", bytes(10)), (b"pgen", pgen),
              (b"inst", inst), (b"ibag", ibag), (b"imod", bytes(10)), (b"igen", igen),
              (b"shdr", b"".join(headers)))  # fmt: skip
    pdta = b"".join(_chunk(kind, content) for kind, content in tables)
    body = b"sfbk" + b"".join([
        _chunk(b"LIST", b"INFO" + info), _chunk(b"LIST", b"sdta" + _chunk(b"smpl", b"".join(pool))),
        _chunk(b"LIST", b"pdta" + pdta),
    ])  # fmt: skip
    return _chunk(b"RIFF", body)


def _tables(
    owners: Sequence[tuple[tuple[Zone, ...], bytes, bytes]], target: int, last: tuple[bytes, bytes]
) -> tuple[bytes, bytes, bytes]:
    """Headers, bags and generators of presets or instruments, each with its closing record."""
    heads, bags, generators = b"", b"", b""
    for zones, before, after in owners:
        heads += before + struct.pack("<H", len(bags) // 4) + after
        for zone in zones:
            bags += struct.pack("<HH", len(generators) // 4, 0)
            generators += b"".join(struct.pack("<HH", *pair) for pair in _ordered(zone, target))
    heads += last[0] + struct.pack("<H", len(bags) // 4) + last[1]
    bags += struct.pack("<HH", len(generators) // 4, 0)
    return heads, bags, generators + bytes(4)


def _ordered(zone: Zone, target: int) -> list[tuple[int, int]]:
    """Key and velocity range first and the target last, as the format asks."""
    first = sorted(pair for pair in zone.generators if pair[0] in (KEY_RANGE, VELOCITY_RANGE))
    rest = [pair for pair in zone.generators if pair[0] not in (KEY_RANGE, VELOCITY_RANGE)]
    return [*first, *rest, *([(target, zone.target)] if zone.target is not None else [])]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def _text(text: str) -> bytes:
    data = text.encode("ascii", "replace")[:250] + b"\0"
    return data + bytes(len(data) & 1)


def _field(name: str) -> bytes:
    return name.encode("latin-1", "replace")[:19]
