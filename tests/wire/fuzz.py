"""Throws bent messages at the codec: `python -m tests.wire.fuzz 1000000` for long, a short run in the tests.

Whatever happens, only `Malformed` may come out; and what is accepted must be legal: it can be sent again and
then means the same.
"""

from __future__ import annotations

import json
import random
import sys

from proto.wire import KNOWN, Malformed, decode, encode
from tests.wire.examples import on_the_wire

_SNIPPETS = (
    b"null", b"true", b"-1", b"0", b"1.0", b"1e5", b"1e400", b"NaN", b"9223372036854775808", b'""', b"[]",
    b"{}", b'"\\ud800"', b'"\\u0000"', b'"x"', b"[[[[", b"]]", b"}", b'{"a":1,"a":2}', b",", b":", b"\xff",
    b"\x00", b"\\", b'"TypeName":"glitch",', b'"Version":"999",', b'"Src":"x",', b"946684800000",
    b"1770001201", b'"Created"',
)  # fmt: skip
_VALUES = (
    "null", "true", "-1", "0", "1.5", "1000000000000000000", '""', '"x"', '"Active"', "[]", "{}", "[1]",
    '{"TypeName":"glitch"}', f'"{"9" * 300}"', str(-(10**30)),
)  # fmt: skip


def seeds() -> list[tuple[str, bytes]]:
    """(topic, body) of one legal message of every type."""
    return [on_the_wire(_example(name)) for name in sorted(KNOWN)]


def _example(name: str) -> dict[str, object]:
    from tests.wire.examples import example

    return example(name)


def bend(source: random.Random, body: bytes, other: bytes) -> bytes:
    """One of eight ways to spoil a body."""
    at = source.randrange(len(body) + 1)
    to = min(len(body), at + source.randrange(1, 12))
    match source.randrange(8):
        case 0:
            return body[:at] + bytes([source.randrange(256)]) + body[at + 1 :]
        case 1:
            return body[:at] + source.choice(_SNIPPETS) + body[at:]
        case 2:
            return body[:at] + source.choice(_SNIPPETS) + body[to:]
        case 3:
            return body[:at] + body[to:]
        case 4:
            return body[:at] + body[at:to] * 2 + body[to:]
        case 5:
            return body[:at] + other[min(at, len(other)) :]
        case 6:
            return _bend_value(source, body)
    return body[:at]


def _bend_value(source: random.Random, body: bytes) -> bytes:
    """Put another JSON value in the place of one, so that the JSON itself stays whole."""
    try:
        place = whole = json.loads(body)
    except ValueError:
        return body
    while isinstance(place, (dict, list)) and place:
        key = source.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if not isinstance(place[key], (dict, list)) or source.random() < 0.1:
            place[key] = json.loads(source.choice(_VALUES))
            break
        place = place[key]
    return json.dumps(whole).encode()


def run(count: int, seed: int) -> tuple[int, int]:
    """(refused, accepted) of `count` bent messages; raises if anything else comes out."""
    source = random.Random(seed)
    good = seeds()
    refused = accepted = 0
    for _ in range(count):
        text, body = source.choice(good)
        for _ in range(source.randrange(1, 4)):
            body = bend(source, body, source.choice(good)[1])
        try:
            incoming = decode(text, body)
        except Malformed:
            refused += 1
            continue
        accepted += 1
        if incoming.payload.type_name == "report.event":
            continue  # an empty list may be heard, but is not said
        again = decode(text, encode("a.scada", "ltn", incoming.payload) if _own(incoming.payload) else body)
        if again.payload != incoming.payload:
            raise AssertionError(f"accepted, but does not mean the same when sent: {body!r}")
    return refused, accepted


def _own(payload: object) -> bool:
    """May `a.scada` send it? An event has an author of its own."""
    return not hasattr(payload, "src")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]] or [100_000]
    print("refused, accepted:", *run(numbers[0], seed=numbers[-1]))
