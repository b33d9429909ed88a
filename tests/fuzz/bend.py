"""Eight ways to spoil an input, all of them drawn from one source of chance."""

from __future__ import annotations

import json
import random

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


def bend(source: random.Random, body: bytes, other: bytes) -> bytes:
    """`body` spoiled in one of eight ways; `other` lends a piece. JSON may stand behind a first line."""
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
    head, line, text = body.rpartition(b"\n")
    try:
        place = whole = json.loads(text)
    except (ValueError, RecursionError):
        return body
    while isinstance(place, (dict, list)) and place:
        key = source.choice(list(place) if isinstance(place, dict) else range(len(place)))
        if not isinstance(place[key], (dict, list)) or source.random() < 0.1:
            place[key] = json.loads(source.choice(_VALUES))
            break
        place = place[key]
    return head + line + json.dumps(whole).encode()
