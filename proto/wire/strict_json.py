"""JSON read with suspicion: size, depth, numbers, repeated keys and broken text are refused at the door."""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import JSONDecoder
from typing import Any

from msgspec import Struct

from proto.wire.formats import Malformed

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_FEW = 64
"""Unpaired brackets that the decoder may look at itself."""
_LONGEST_INT = len(str(-(2**63)))


class Limits(Struct, frozen=True):
    """What a peer's message may cost us."""

    max_bytes: int = 65_536
    max_depth: int = 16


LIMITS = Limits()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("duplicate-key", "A key stands twice in one object")
    return found


def _integer(text: str) -> int:
    number = int(text) if len(text) <= _LONGEST_INT else 2**63
    if not -(2**63) <= number < 2**63:
        raise Malformed("number", "An integer does not fit into 64 bits")
    return number


def _real(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Malformed("number", "A number is too large to be one")
    return number


def _no_constant(text: str) -> float:
    raise Malformed("number", f"{text} is not a number")


_decoder = JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_real, parse_constant=_no_constant
)


def _strike(brackets: bytes) -> bytes:
    return brackets.replace(b"{}", b"").replace(b"[]", b"")


def _check_depth(body: bytes, max_depth: int) -> None:
    """Strike out innermost bracket pairs, one level a pass; what is left after the passes is too deep.

    Unless it does not pair up at all: then it is no JSON, and the decoder says better where. Outside of texts
    JSON has no backslash; the decoder stops at one, so what stands behind it may be counted wrong. A regular
    expression for texts would look for the end of each anew, which takes seconds where none has any.
    """
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    brackets = b"".join(plain.split(b'"')[::2]).translate(None, _NOT_BRACKETS)
    for _ in range(max_depth):
        if not brackets:
            return
        brackets = _strike(brackets)
    if len(brackets) > _FEW:
        raise Malformed("depth", f"Nested deeper than {max_depth} levels")
    while brackets:
        fewer = _strike(brackets)
        if len(fewer) == len(brackets):
            return
        brackets = fewer
        if not brackets:
            raise Malformed("depth", f"Nested deeper than {max_depth} levels")


def _check_surrogates(text: str, found: Any) -> None:
    """A surrogate escape is legal only as a pair, which the decoder has joined; a lone one stays behind."""
    if not _SURROGATE.search(text):
        return
    waiting = [found]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str) and any("\ud800" <= c <= "\udfff" for c in item):
            raise Malformed("text", "Half of a surrogate pair stands alone")


def parse(body: bytes, limits: Limits = LIMITS) -> dict[str, Any]:
    """The JSON object in `body`; raises `Malformed` for anything else."""
    if len(body) > limits.max_bytes:
        raise Malformed("too-big", f"{len(body)} bytes, at most {limits.max_bytes} are read")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("text", f"Not UTF-8 at byte {error.start}") from None
    _check_depth(body, limits.max_depth)
    try:
        found = _decoder.decode(text)
    except JSONDecodeError as error:
        raise Malformed("json", f"Not JSON: {error.msg} at character {error.pos}") from None
    if not isinstance(found, dict):
        raise Malformed("json", "Not a JSON object")
    _check_surrogates(text, found)
    return found
