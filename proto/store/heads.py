"""Where the contract journal ended when it was last written, noted outside it, so that a cut-off end shows.

It is noted twice: in the database in the same transaction as the entry, and with the memory, in a file of
its own, right after that commit. The second note may lag behind by what a crash left, but never runs ahead.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from proto.store.slots import HEAD, MAX_MEMORY_BYTES, NAMES, Head, Unreadable, decode

DATABASE_NOTE, MEMORY_NOTE = "in the database", "with the memory"
NEVER_NOTED = (
    "Where this journal ends was never noted, so nobody can tell whether entries are missing from its end; "
    "the program notes it when it starts next."
)


class Cut(Struct, frozen=True):
    """An end that had been noted and was not there when the journal was opened, with `found` entries."""

    noted: Head
    found: int


def missing_words(noted: Head, last: int, where: str) -> str:
    """The sentence on a journal that ends at entry `last`, when another end had been noted."""
    if last >= noted.number:
        return f"Entry {noted.number} is not the one that was noted {where} as the last of the journal."
    count = noted.number - last
    return (
        f"The journal ends at entry {last}, but entry {noted.number} was noted {where} as its last: "
        f"{count} {'entry is' if count == 1 else 'entries are'} missing from its end."
    )


def cut_words(cut: Cut) -> str:
    """The sentence on an end that was missing at an earlier start."""
    last = cut.noted.number
    return (
        f"At a start of the program {cut.found} entries of the contract journal were there, but entry {last} "
        f"had been noted as its last: its end was cut off, or another one put in its place."
    )


def beside(folder: Path) -> Head | None:
    """What the memory in `folder` says; read it before the journal, which may go on meanwhile."""
    best, head = -1, None
    for name in NAMES:
        try:
            data = (folder / name).read_bytes()[: MAX_MEMORY_BYTES + HEAD.size]
            generation, memory = decode(data)
        except (OSError, Unreadable):
            continue
        if generation > best:
            best, head = generation, memory.journal
    return head
