"""What the page answers with, and the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from proto.http_types import HeaderList

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"

SAFE: HeaderList = (
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
)
"""Nothing from outside runs in the page, nobody else may show it, and no address leaves it."""
NO_STORE: HeaderList = (("cache-control", "no-store"),)


class Reply(Struct, frozen=True):
    """Status, headers beyond the safe ones, body."""

    status: int
    body: bytes | Iterator[bytes] = b""
    content_type: str = TEXT
    headers: HeaderList = NO_STORE

    @property
    def all_headers(self) -> HeaderList:
        """Every header of the answer but the length."""
        kind: HeaderList = (("content-type", self.content_type),) if self.body or self.status == 200 else ()
        return (*kind, *SAFE, *self.headers)


def sentence(status: int, words: str, headers: HeaderList = ()) -> Reply:
    """An answer that is one sentence."""
    return Reply(status, f"{words}\n".encode(), headers=NO_STORE + headers)
