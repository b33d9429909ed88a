"""What a peer may write otherwise than we do: taken for what it means, before every field is checked as ever.

Lenient are numbers that are not marked strict (an integral float, a number in a string), yes and no in the
words of the reference, UUIDs in any case and spelling, and enum words we do not know, which count as the
enum's default. A contract's status is the exception: an unknown one is refused (decisions.md 10).
Whatever is not understood here stays as it is, and the check that follows refuses it with its reason.
Source: wire facts 2; the words of PyPI gridworks-scada-protocol 1.2.3 where they are silent.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, get_args

from msgspec import Struct, inspect

from proto.wire.enums import DEFAULTS
from proto.wire.formats import LAX, UUID4

Reader = Callable[[Any], Any]

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,19}(?:\.0+)?\s*", re.ASCII)
_REAL = re.compile(
    r"\s*[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?\s*", re.ASCII
)
_YES = frozenset({"true", "t", "yes", "y", "on", "1"})
_NO = frozenset({"false", "f", "no", "n", "off", "0"})
_LONGEST_UUID = 45
"""As a URN."""
_UUID_PATTERN = get_args(UUID4)[1].pattern
_BY_WORDS = {frozenset(get_args(words)): default for words, default in DEFAULTS}


def integer(found: Any) -> Any:
    """3.0 and "3" are 3; a bool, 3.5 and the like stay what they are."""
    if isinstance(found, float) and math.isfinite(found) and found == int(found):
        return int(found)
    if isinstance(found, str) and _INTEGER.fullmatch(found):
        return int(found.strip().partition(".")[0])
    return found


def real(found: Any) -> Any:
    """A number in a string is that number; not a number and infinite stay words."""
    if isinstance(found, str) and _REAL.fullmatch(found) and math.isfinite(number := float(found)):
        return number
    return found


def yes_or_no(found: Any) -> Any:
    """1 and "yes" are true, 0 and "off" are false."""
    if isinstance(found, str):
        word = found.lower()
        return True if word in _YES else False if word in _NO else found
    return bool(found) if isinstance(found, (int, float)) and found in (0, 1) else found


def plain_uuid(found: Any) -> Any:
    """A UUID in lower case with dashes, however it was spelled."""
    if not isinstance(found, str) or len(found) > _LONGEST_UUID:
        return found
    try:
        return str(uuid.UUID(found))
    except ValueError:
        return found


def softened(kind: type[Struct], body: dict[str, Any]) -> dict[str, Any]:
    """The JSON object of a message of this kind, with what may be written otherwise as we write it."""
    reader = _object(kind)
    softer: dict[str, Any] = reader(body) if reader else body
    return softer


@cache
def _object(kind: type[Struct]) -> Reader | None:
    """Reads an object of this kind; None when nothing in it may be written otherwise."""
    info = inspect.type_info(kind)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    readers = {f.encode_name: reader for f in fields if (reader := _reader(f.type)) is not None}

    def read(found: Any) -> Any:
        if not isinstance(found, dict):
            return found
        return {name: readers[name](value) if name in readers else value for name, value in found.items()}

    return read if readers else None


def _reader(kind: inspect.Type) -> Reader | None:
    match kind:
        case inspect.Metadata(type=inspect.IntType(), extra=extra) if extra == LAX:
            return integer
        case inspect.Metadata():
            return _reader(kind.type)
        case inspect.FloatType():
            return real
        case inspect.BoolType():
            return yes_or_no
        case inspect.StrType(pattern=pattern) if pattern == _UUID_PATTERN:
            return plain_uuid
        case inspect.LiteralType():
            return _words(kind.values)
        case inspect.VarTupleType():
            return _list(_reader(kind.item_type))
        case inspect.DictType():
            return _values(_reader(kind.value_type))
        case inspect.UnionType():
            return _either(kind.types)
        case inspect.StructType():
            return _object(kind.cls)
    return None


def _words(values: Sequence[Any]) -> Reader | None:
    default = _BY_WORDS.get(frozenset(values))
    if default is None:
        return None
    return lambda found: default if isinstance(found, str) and found not in values else found


def _list(item: Reader | None) -> Reader | None:
    if item is None:
        return None
    return lambda found: [item(one) for one in found] if isinstance(found, list) else found


def _values(item: Reader | None) -> Reader | None:
    if item is None:
        return None
    return lambda found: {key: item(v) for key, v in found.items()} if isinstance(found, dict) else found


def _either(kinds: Sequence[inspect.Type]) -> Reader | None:
    """Something or null; or one of several objects, told apart by their TypeName."""
    tagged = {k.tag: _object(k.cls) for k in kinds if isinstance(k, inspect.StructType)}
    if len(tagged) > 1:

        def read(found: Any) -> Any:
            reader = tagged.get(found.get("TypeName")) if isinstance(found, dict) else None
            return reader(found) if reader else found

        return read
    readers = [reader for kind in kinds if (reader := _reader(kind)) is not None]
    if not readers:
        return None
    (one,) = readers
    return lambda found: None if found is None else one(found)
