"""Look into a store from another program, for commands: waits for the disk and changes nothing."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from proto.store.schema import APPLICATION_ID, FILE


class CannotRead(ValueError):
    """There is no store to read, or it is not one; the message is a sentence."""


def read_journal(folder: Path) -> Iterator[tuple[int, bytes | None]]:
    """The contract journal, oldest first: wall ms and body, None for a damaged entry. Raises `CannotRead`."""
    path = folder / FILE
    if not path.is_file():
        raise CannotRead(f"{path} does not exist: nothing has been stored in {folder} yet")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as link:
            if link.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise CannotRead(f"{path} is not the store of a scada")
            for wall_ms, crc, body in link.execute(
                "SELECT wall_ms, crc, body FROM journal ORDER BY position"
            ):
                yield wall_ms, body if zlib.crc32(body) == crc else None
    except sqlite3.Error as error:
        raise CannotRead(f"{path} cannot be read: {error}") from error
