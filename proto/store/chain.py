"""The contract journal of one open database: a chain of entries; the oldest contracts go when it is long.

Every entry is stored behind its link, the hash of the link before it, its time and its body, so a changed,
missing or inserted entry shows. What was dropped is counted, and the last link of it is kept: the chain can
still be followed from there. Where it ends is noted too, or a chain cut short would look whole.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from proto.store.frames import UNREADABLE
from proto.store.heads import Cut, cut_words
from proto.store.slots import Head

if TYPE_CHECKING:
    from proto.store.database import Database

LINK_BYTES = 32
START = bytes(LINK_BYTES)
"""What the first entry of all stands on."""
NOTES = "journal"
"""Our key in the table `meta`."""
BYTES_PER_ENTRY = 2048
"""One entry is kept for so many bytes of the store: an eighth of it at most, as an entry has about 250."""
FEWEST_ENTRIES = 1000
LOOK = 2000
"""Entries looked at in one slice of thinning."""
MAX_CUTS = 8
"""The newest ends that were found missing are remembered."""


def link(before: bytes, wall_ms: int, body: bytes) -> bytes:
    """The link of an entry that stands on `before`."""
    return hashlib.sha256(before + wall_ms.to_bytes(8, "big", signed=True) + body).digest()


class Notes(Struct, frozen=True):
    """What is known without reading the journal; `anchor`: hex of what the first kept entry stands on.

    `head`: the last entry, None when a program wrote it that noted none; `cuts`: ends once found missing.
    """

    entries: int = 0
    dropped_entries: int = 0
    dropped_contracts: int = 0
    anchor: str = START.hex()
    head: Head | None = None
    cuts: tuple[Cut, ...] = ()

    @property
    def last(self) -> int:
        """The number of the last entry, counted from the first ever made."""
        return self.dropped_entries + self.entries


def read_notes(text: str | None) -> Notes | None:
    """The notes as they were written; None when there are none, or they are no good."""
    try:
        return None if text is None else msgspec.json.decode(text, type=Notes)
    except UNREADABLE:
        return None


class _Named(Struct):
    """Of an entry's body only this is looked at here."""

    contract: str = ""


def contract_of(body: bytes) -> str:
    """The contract an entry is about; empty when it says none."""
    try:
        return msgspec.json.decode(body, type=_Named).contract
    except UNREADABLE:
        return ""


class Chain:
    """Appends and thins; every change is part of the open transaction. May raise `sqlite3.Error`."""

    def __init__(self, database: Database, place: Callable[[], int]) -> None:
        """`place` gives the next position."""
        self._database = database
        self._place = place
        self.most_entries = max(FEWEST_ENTRIES, database.budget_bytes // BYTES_PER_ENTRY)
        found = database.read("SELECT value FROM meta WHERE key = ?", (NOTES,)).fetchone()
        self.notes = read_notes(found[0] if found else None) or Notes(entries=self._count())
        last = database.read("SELECT body FROM journal ORDER BY position DESC LIMIT 1").fetchone()
        self._head = bytes(last[0][:LINK_BYTES]) if last else bytes.fromhex(self.notes.anchor)
        self.missing: list[str] = []
        """Sentences on ends that were noted and are not there."""
        noted = self.notes.head
        if noted is not None and noted.link != self._head.hex():
            self.notes = msgspec.structs.replace(self.notes, entries=self._count())
            self.expect(noted)

    def _count(self) -> int:
        return int(self._database.read("SELECT count(*) FROM journal").fetchone()[0])

    @property
    def head(self) -> Head | None:
        """Where it ends; None before the first entry of all."""
        return Head(self.notes.last, self._head.hex()) if self.notes.last else None

    def expect(self, noted: Head | None) -> None:
        """Compare with an end that was noted; when it is missing, that is kept for good and told."""
        if noted is None or self._has(noted) or any(cut.noted == noted for cut in self.notes.cuts):
            return
        cut = Cut(noted, self.notes.last)
        self.missing.append(cut_words(cut))
        self._note(msgspec.structs.replace(self.notes, cuts=(*self.notes.cuts, cut)[-MAX_CUTS:]))

    def _has(self, noted: Head) -> bool:
        """Is that entry here? What stood before all that was kept cannot be asked any more."""
        place = noted.number - self.notes.dropped_entries
        if place < 0:
            return True
        if place == 0:
            return noted.link == self.notes.anchor
        found = self._database.read(
            "SELECT body FROM journal ORDER BY position LIMIT 1 OFFSET ?", (place - 1,)
        ).fetchone()
        return found is not None and bytes(found[0][:LINK_BYTES]).hex() == noted.link

    def put(self, wall_ms: int, body: bytes) -> None:
        """Append an entry."""
        self.keep(wall_ms, link(self._head, wall_ms, body) + body)

    def keep(self, wall_ms: int, stored: bytes) -> None:
        """Append an entry that has its link already, saved from another file."""
        self._database.run(
            "INSERT INTO journal VALUES(?, ?, ?, ?)", (self._place(), wall_ms, zlib.crc32(stored), stored)
        )
        self._head = stored[:LINK_BYTES]
        self._note(msgspec.structs.replace(self.notes, entries=self.notes.entries + 1))

    def adopt(self, text: str) -> None:
        """Take over what another file knew of dropped entries; before the first one is kept here."""
        found = read_notes(text)
        if found is not None:
            self._head = bytes.fromhex(found.anchor)
            self._note(msgspec.structs.replace(found, entries=0))

    def _note(self, notes: Notes) -> None:
        """Write the notes, with the end of the journal as it is now."""
        self.notes = notes
        self.notes = notes = msgspec.structs.replace(notes, head=self.head)
        text = msgspec.json.encode(notes).decode()
        self._database.run("INSERT OR REPLACE INTO meta VALUES(?, ?)", (NOTES, text))

    def thin(self) -> bool:
        """When there are too many entries, drop some of the oldest contracts, whole; True if it did."""
        if self.notes.entries <= self.most_entries:
            return False
        look = min(LOOK, self.most_entries // 4)
        rows = self._database.read(
            "SELECT position, body FROM journal ORDER BY position LIMIT ?", (look,)
        ).fetchall()
        names = [contract_of(stored[LINK_BYTES:]) for _, stored in rows]
        cut = max(clean_cuts(names, look - look // 4), default=look // 2)
        position, last = rows[cut - 1]
        self._database.run("DELETE FROM journal WHERE position <= ?", (position,))
        notes = self.notes
        self._note(
            msgspec.structs.replace(
                notes,
                entries=notes.entries - cut,
                dropped_entries=notes.dropped_entries + cut,
                dropped_contracts=notes.dropped_contracts + len(set(names[:cut]) - {""}),
                anchor=bytes(last[:LINK_BYTES]).hex(),
            )
        )
        return True


def clean_cuts(names: list[str], most: int) -> Iterator[int]:
    """Numbers of first entries, at most `most`, after which no contract among them goes on."""
    last = {name: at for at, name in enumerate(names)}
    reach = 0
    for at, name in enumerate(names[:most]):
        reach = max(reach, last[name] if name else at)
        if reach == at:
            yield at + 1
