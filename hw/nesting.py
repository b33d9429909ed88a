"""How deep a JSON body is nested, told before it is decoded: whatever is built of it can then be walked."""

from __future__ import annotations

MOST_LEVELS = 16
"""The deepest body anybody has reason to send us, a weather answer, has five."""
TOO_DEEP = f"it is nested deeper than {MOST_LEVELS} levels"

_OPEN, _CLOSE = b"[{", b"]}"
_ONE_KIND = bytes.maketrans(_OPEN + _CLOSE, b"(())")
_NOT_BRACKETS = bytes(set(range(256)) - set(_OPEN + _CLOSE))


def too_deep(body: bytes) -> bool:
    """Whether valid JSON is nested deeper than `MOST_LEVELS`; of anything else the decoder says what it is.

    Every pass strikes out one level, the innermost; both kinds of brackets count as one, since the decoder
    sees to it that they match.
    """
    if body.count(b"[") + body.count(b"{") <= MOST_LEVELS:
        return False
    texts = body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    brackets = b"".join(texts[::2]).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(MOST_LEVELS):
        brackets = brackets.replace(b"()", b"")
    return bool(brackets)
