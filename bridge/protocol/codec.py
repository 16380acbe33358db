"""Messages and phrases as JSON values and back: strict, bounded, one error type.

Dataclasses become objects, fractions become [numerator, denominator], enums their value,
tuples arrays. Decoding is driven by the type annotations, so an unknown field, a missing
one or a wrong type is refused.
"""

import json
import types
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from antiphon.bridge.errors import AntiphonError

MAX_TEXT = 4096
MAX_ITEMS = 200_000
MAX_FRACTION = 10**9

_T = TypeVar("_T")
Json = Any


def to_json(value: object) -> Json:
    """The JSON value of a message, phrase or any field of one."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Fraction):
        return [value.numerator, value.denominator]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[_T], data: Json) -> _T:
    """The value of type `kind` that `data` describes.

    Raises AntiphonError("bad-request") for anything that does not fit.
    """
    try:
        value: _T = _decode(kind, data, kind.__name__)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise AntiphonError("bad-request", why=str(error)[:200]) from None
    return value


def dumps(value: object) -> bytes:
    """Compact UTF-8 JSON of a message; equal values give equal bytes."""
    text = json.dumps(to_json(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def loads(kind: type[_T], data: bytes) -> _T:
    """The value of type `kind` in UTF-8 JSON. Raises AntiphonError("bad-request")."""
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        raise AntiphonError("bad-request", why="it is not JSON") from None
    return from_json(kind, parsed)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(kind: Any, data: Json, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(kind, data, where)
    if origin is tuple:
        return _decode_tuple(get_args(kind), data, where)
    if origin is Literal:
        if data not in get_args(kind):
            raise ValueError(f"{where} is not one of {get_args(kind)}")
        return data
    if is_dataclass(kind):
        return _decode_object(kind, data, where)
    if kind is Fraction:
        return _decode_fraction(data, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        data = float(data)
    if type(data) is not kind:
        raise ValueError(f"{where} must be {getattr(kind, '__name__', kind)}")
    if isinstance(data, str) and len(data) > MAX_TEXT:
        raise ValueError(f"{where} is too long")
    if isinstance(data, float) and not abs(data) < float("inf"):
        raise ValueError(f"{where} is not a number")
    return data


def _decode_union(kind: Any, data: Json, where: str) -> Any:
    options = [option for option in get_args(kind) if option is not type(None)]
    if data is None and len(options) < len(get_args(kind)):
        return None
    if len(options) != 1:
        raise TypeError(f"{where} has no single type")
    return _decode(options[0], data, where)


def _decode_tuple(items: Iterable[Any], data: Json, where: str) -> tuple[Any, ...]:
    kinds = tuple(items)
    if not isinstance(data, list) or len(data) > MAX_ITEMS:
        raise ValueError(f"{where} must be a list of at most {MAX_ITEMS}")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], item, where) for item in data)
    if len(kinds) != len(data):
        raise ValueError(f"{where} must hold {len(kinds)} values")
    return tuple(_decode(kind, item, where) for kind, item in zip(kinds, data, strict=True))


def _decode_object(kind: Any, data: Json, where: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{where} must be an object")
    known = {f.name: f for f in fields(kind)}
    unknown = data.keys() - known.keys()
    if unknown:
        raise ValueError(f"{where} has an unknown field {min(map(str, unknown))[:40]!r}")
    hints = _hints(kind)
    values = {}
    for name, field in known.items():
        if name in data:
            values[name] = _decode(hints[name], data[name], f"{where}.{name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{where} lacks {name!r}")
    return kind(**values)


def _decode_fraction(data: Json, where: str) -> Fraction:
    if type(data) is int:
        data = [data, 1]
    if (
        not isinstance(data, list)
        or len(data) != 2
        or any(type(part) is not int for part in data)
        or not 0 < data[1] <= MAX_FRACTION
        or abs(data[0]) > MAX_FRACTION
    ):
        raise ValueError(f"{where} must be [numerator, denominator]")
    return Fraction(data[0], data[1])
