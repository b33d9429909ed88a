"""A store without disk or writer, for virtual time and tests: same shape, everything durable at once."""

from __future__ import annotations

from collections import OrderedDict
from types import MappingProxyType

from proto.store.kinds import COMM, FOREIGN, KEEP, READINGS, kind_of
from proto.store.port import READY, Loaded, Loss, Page, StoreCounts, Stored, StoreStatus
from states.image import Now

MAX_BYTES = 32 * 1024 * 1024
MAX_JOURNAL = 10_000
MAX_MINUTES = 24 * 60 + 1
MAX_SAMPLES = 2000


class MemoryStore:
    """See `Store`. Acked events are forgotten; a full store drops its oldest reports and counts them."""

    source = 0

    def __init__(self, loaded: Loaded | None = None, max_bytes: int = MAX_BYTES) -> None:
        self.counts = StoreCounts()
        self.memory: dict[str, bytes] = dict(loaded.memory) if loaded else {}
        self.journal: list[tuple[int, bytes]] = []
        self.samples: OrderedDict[int, bytes] = OrderedDict(enumerate(loaded.samples, 1) if loaded else ())
        self._marks = len(self.samples)
        self._max_bytes = max_bytes
        self._events: OrderedDict[str, Stored] = OrderedDict()
        self._foreign: set[str] = set()
        self._bytes = self._position = 0
        self._minutes: OrderedDict[int, bytes] = OrderedDict()
        self._losses: list[Loss] = []
        self._page: Page | None = None
        self._part: tuple[tuple[int, bytes], ...] = ()

    @property
    def status(self) -> StoreStatus:
        """Always ready."""
        return StoreStatus(READY, 0, "", len(self._events), 0, 0, self._bytes, self._max_bytes)

    def left(self) -> Loaded:
        """What a program started after this one would find."""
        samples = tuple(self.samples.values())
        return Loaded(MappingProxyType(dict(self.memory)), samples, len(self._events), (), len(samples) or 1)

    def step(self, now: Now) -> None:
        """Nothing to do."""

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
        """Keep an event until `ack`."""
        self.counts.events += 1
        if message_id not in self._events:
            self._position += 1
            self._events[message_id] = Stored(self._position, message_id, type_name, body)
            self._bytes += len(body)
            if foreign:
                self._foreign.add(message_id)
        for mark in [mark for mark in self.samples if mark <= covers]:
            del self.samples[mark]
        while self._bytes > self._max_bytes and self._drop_one():
            pass
        return True

    def _drop_one(self) -> bool:
        for kinds in ((FOREIGN,), (READINGS, COMM), (KEEP,)):
            for message_id, stored in self._events.items():
                if kind_of(stored.type_name, message_id in self._foreign) in kinds:
                    self._forget(message_id)
                    self.counts.dropped += 1
                    self._losses.append(Loss("dropped", "The store is full: the oldest event was dropped"))
                    return True
        return False

    def _forget(self, message_id: str) -> None:
        self._foreign.discard(message_id)
        stored = self._events.pop(message_id, None)
        self._bytes -= len(stored.body) if stored else 0

    def ack(self, message_id: str) -> None:
        """The ATN has named this event."""
        self.counts.acks += 1
        self._forget(message_id)

    def unsaved(self, message_id: str) -> bool:
        """Nothing ever is."""
        return False

    def fetch(self, after: int, count: int) -> None:
        """The oldest unacked events behind `after`."""
        found: list[Stored] = []
        for stored in self._events.values():
            if stored.position > after:
                if len(found) == count:
                    self._page = Page(tuple(found), False, self.source)
                    return
                found.append(stored)
        self._page = Page(tuple(found), True, self.source)

    def page(self) -> Page | None:
        """The answer to the last `fetch`, once."""
        page, self._page = self._page, None
        return page

    def put_memory(self, name: str, body: bytes) -> None:
        """Remember under a name."""
        self.memory[name] = body

    def put_journal(self, body: bytes, wall_ms: int) -> None:
        """Append to the contract journal."""
        self.journal.append((wall_ms, body))
        del self.journal[:-MAX_JOURNAL]

    def put_samples(self, body: bytes, wall_ms: int) -> int:
        """Keep readings that no report carries yet."""
        self._marks += 1
        self.samples[self._marks] = body
        if len(self.samples) > MAX_SAMPLES:
            self.samples.popitem(last=False)
        return self._marks

    def put_minute(self, minute: int, body: bytes) -> None:
        """Keep one minute of history."""
        self._minutes[minute] = body
        if len(self._minutes) > MAX_MINUTES:
            self._minutes.popitem(last=False)

    def fetch_minutes(self, first: int, last: int) -> None:
        """Ask for history."""
        self._part = tuple(
            (minute, body) for minute, body in self._minutes.items() if first <= minute <= last
        )

    def minutes(self) -> tuple[tuple[int, bytes], ...]:
        """The history asked for, once."""
        part, self._part = self._part, ()
        return part

    def losses(self) -> tuple[Loss, ...]:
        """What was lost since the last call."""
        drained, self._losses = tuple(self._losses), []
        return drained

    def close(self, now: Now) -> None:
        """Nothing to do."""
