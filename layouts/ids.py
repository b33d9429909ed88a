"""Ids for everything that needs one on the wire, made from names so that no file has to list them."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID


def make_id(alias: str, kind: str, name: str) -> str:
    """UUID of version 4 for `name` of `kind` (node, channel, component, gnode) in the house `alias`.

    The same three words give the same id in every process and every release.
    """
    digest = sha256(f"{alias}|{kind}|{name}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))
