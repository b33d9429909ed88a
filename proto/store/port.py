"""The port of the store: everything is put at once and becomes durable later; no call waits or raises."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from states.image import Now

# State words of a store.
STARTING = "starting"
"""The writer opens its files; what is put waits in RAM."""
READY = "ready"
STUCK = "stuck"
"""The writer does not answer and has not died yet of being killed."""
DOWN = "down"
"""No writer; the words say why and when the next one is started."""
CLOSED = "closed"

MAX_BODY_BYTES = 1024 * 1024
"""Longest single record."""


class StoreInUse(RuntimeError):
    """Another program already writes to this folder; the message is a sentence that names it."""


class Stored(Struct, frozen=True, gc=False):
    """A stored event as it goes on the wire. `position` grows with age; it is valid within one `source`."""

    position: int
    message_id: str
    type_name: str
    body: bytes


class Page(Struct, frozen=True):
    """An answer to `fetch`: unacked events, oldest first; `end` when there are no more behind them.

    `source` changes when positions lose their meaning (the writer came or went): begin again from 0 then.
    """

    items: tuple[Stored, ...]
    end: bool
    source: int


class Loaded(Struct, frozen=True):
    """What an earlier run left: named memory, samples that no report has carried yet, unacked events."""

    memory: Mapping[str, bytes]
    samples: tuple[bytes, ...]
    pending: int
    words: tuple[str, ...]
    """Sentences about what was damaged, quarantined or not available."""
    mark: int = 1
    """`put_event(covers=mark)`: the samples of earlier runs may go."""


NOTHING_LOADED = Loaded(MappingProxyType({}), (), 0, ())


class Loss(Struct, frozen=True):
    """Something was lost, thinned or damaged: a stable cause, a sentence, how many."""

    cause: str
    words: str
    count: int = 1


class StoreStatus(Struct, frozen=True):
    """How the store stands. `words` is empty when all is well."""

    state: str
    since_net_ms: int
    words: str
    pending: int
    """Unacked events on disk, as last reported."""
    unsaved: int
    """Records that are only in RAM."""
    unsaved_bytes: int
    used_bytes: int
    max_bytes: int


class StoreCounts(Struct):
    """Since the program started."""

    events: int = 0
    acks: int = 0
    commits: int = 0
    commit_ms_last: int = 0
    commit_ms_worst: int = 0
    slow_commits: int = 0
    restarts: int = 0
    refused: int = 0
    """Records longer than a record may be."""
    lost: int = 0
    """Records dropped from RAM because the disk took none for too long."""
    thinned: int = 0
    """Unacked reports of which readings were dropped because the disk was full."""
    dropped: int = 0
    """Unacked events dropped, or records refused, because thinning was not enough."""
    damaged: int = 0
    """Stored records whose checksum was wrong."""
    quarantined: int = 0


class Store(Protocol):
    """Keeps events until they are acked, and a few other things for ever. Nothing waits, nothing raises."""

    counts: StoreCounts

    @property
    def source(self) -> int:
        """Changes whenever the writer came or went; see `Page`."""

    @property
    def status(self) -> StoreStatus:
        """How the store stands."""

    def step(self, now: Now) -> None:
        """One slice: talk to the writer, commit what is due."""

    def put_event(
        self,
        message_id: str,
        type_name: str,
        body: bytes,
        wall_ms: int,
        *,
        urgent: bool = False,
        covers: int = 0,
        foreign: bool = False,
    ) -> bool:
        """Keep an event (the whole envelope) until `ack`; `urgent`: commit at once.

        `covers`: a mark of `put_samples`; samples up to it are part of this event and may go. `foreign`: it
        is somebody else's, and goes before all of ours when the store is full.
        """

    def ack(self, message_id: str) -> None:
        """The ATN has named this event: it is history now. Unknown ids are ignored."""

    def unsaved(self, message_id: str) -> bool:
        """Is this event still only in RAM?"""

    def fetch(self, after: int, count: int) -> None:
        """Ask for the oldest unacked events behind position `after`; `page` has the answer, later."""

    def page(self) -> Page | None:
        """The answer to the last `fetch`, once."""

    def put_memory(self, name: str, body: bytes) -> None:
        """Remember `body` under `name` over a restart; committed at once."""

    def put_journal(self, body: bytes, wall_ms: int) -> None:
        """Append to the contract journal; committed at once. Only the oldest contracts of a long one go."""

    def put_samples(self, body: bytes, wall_ms: int) -> int:
        """Keep readings that no report carries yet; returns the mark for `put_event(covers=...)`."""

    def put_minute(self, minute: int, body: bytes) -> None:
        """Keep one minute of history (`minute` is Unix minutes); a second body replaces the first."""

    def fetch_minutes(self, first: int, last: int) -> None:
        """Ask for the history of these minutes; `minutes` has the answer, in parts."""

    def minutes(self) -> tuple[tuple[int, bytes], ...]:
        """The next part of the answer, oldest first; empty when nothing has come."""

    def losses(self) -> tuple[Loss, ...]:
        """What was lost, thinned or damaged since the last call."""

    def close(self, now: Now) -> None:
        """Ask for a last commit and let go; waits at most a few seconds."""
