"""The records that are only in RAM yet: in order, bounded in bytes, ready for another writer."""

from __future__ import annotations

from collections import deque

import msgspec

from proto.store import frames as f
from proto.store.kinds import COMM, FOREIGN, READINGS, kind_of
from proto.store.port import Stored

MAX_WINDOW_BYTES = 8 * 1024 * 1024
OVERHEAD_BYTES = 400
"""What a record costs beside its body."""

SAMPLES, MINUTES, ACKED, FOREIGNS, REPORTS, COMMS, ACKS, EVENTS, REST = RANKS = range(9)
"""What goes first when RAM is full: the lowest rank."""


def _rank(record: f.Record, acked: bool) -> int:
    if isinstance(record, f.PutSamples):
        return SAMPLES
    if isinstance(record, f.PutMinute):
        return MINUTES
    if isinstance(record, f.PutEvent):
        kind = kind_of(record.type_name, record.foreign)
        return ACKED if acked else {READINGS: REPORTS, COMM: COMMS, FOREIGN: FOREIGNS}.get(kind, EVENTS)
    return ACKS if isinstance(record, f.PutAck) else REST


class Window:
    """Records by number, oldest first. A record leaves when it is durable, superseded, or squeezed out."""

    def __init__(self, max_bytes: int = MAX_WINDOW_BYTES) -> None:
        self._max_bytes = max_bytes
        self._records: dict[int, f.Record] = {}
        self._unsent: deque[int] = deque()
        self._ahead: deque[int] = deque()
        self._events: dict[str, int] = {}
        self._unacked: dict[str, int] = {}
        self._memory: dict[str, int] = {}
        self._by_rank: tuple[deque[int], ...] = tuple(deque() for _ in RANKS)
        """Numbers by rank, oldest first; some may be gone already, or have another rank by now."""
        self.bytes = 0
        self.sent_through = 0
        self.last_op = 0
        self._ever_sent = 0
        """No record above this number was ever given to a writer, so none can have stored it."""

    def __len__(self) -> int:
        return len(self._records)

    def next_op(self) -> int:
        """The number of the next record."""
        return self.last_op + 1

    def add(self, record: f.Record) -> int:
        """Take a record; returns how many others had to go for it."""
        op = self.last_op = record.op
        self._records[op] = record
        self._unsent.append(op)
        self.bytes += _size(record)
        self._by_rank[_rank(record, False)].append(op)
        if isinstance(record, f.PutEvent):
            self._events[record.message_id] = self._unacked[record.message_id] = op
            self._forget_samples(record.covers)
        elif isinstance(record, f.PutMemory):
            self._remove(self._memory.get(record.name, 0))
            self._memory[record.name] = op
        return self._squeeze()

    def ack(self, message_id: str) -> bool:
        """Note an ack on an event that no writer has seen; False when one has, or when it is unknown here."""
        op = self._unacked.pop(message_id, 0)
        if op:
            self._by_rank[ACKED].append(op)
        if op <= self._ever_sent:
            return False
        record = self._records[op]
        if not isinstance(record, f.PutEvent):
            return False
        self._records[op] = msgspec.structs.replace(record, acked=True)
        return True

    def holds(self, message_id: str) -> bool:
        """Is this event here?"""
        return message_id in self._events

    def confirm(self, op: int) -> None:
        """Everything through `op` is durable."""
        done: list[int] = []
        for number in self._records:
            if number > op:
                break
            done.append(number)
        for number in done:
            self._remove(number)
        for numbers in self._by_rank:
            while numbers and numbers[0] <= op:
                numbers.popleft()

    def rewind(self) -> None:
        """A new writer: everything is unsent again."""
        self._unsent = deque(self._records)
        self.sent_through = 0

    def memory_first(self) -> None:
        """A new writer listens: what must be remembered goes ahead of its turn, and once more in it."""
        self._ahead = deque(sorted(self._memory.values()))

    def next_ahead(self) -> f.Record | None:
        """The next record that goes ahead; it counts as sent only in its turn."""
        while self._ahead:
            if record := self._records.get(self._ahead.popleft()):
                return record
        return None

    def next_unsent(self) -> f.Record | None:
        """The oldest unsent record, now counted as sent."""
        while self._unsent:
            op = self._unsent.popleft()
            record = self._records.get(op)
            if record is not None:
                self.sent_through = op
                self._ever_sent = max(self._ever_sent, op)
                return record
        return None

    def oldest(self, after: int, count: int) -> tuple[tuple[Stored, ...], bool]:
        """Unacked events behind record number `after`, and whether there are none behind them."""
        found: list[Stored] = []
        for message_id, op in self._unacked.items():
            if op <= after:
                continue
            if len(found) == count:
                return tuple(found), False
            record = self._records[op]
            if isinstance(record, f.PutEvent):
                found.append(Stored(op, message_id, record.type_name, record.body))
        return tuple(found), True

    @property
    def unacked(self) -> int:
        """How many events here wait for an ack."""
        return len(self._unacked)

    def _forget_samples(self, covers: int) -> None:
        samples = self._by_rank[SAMPLES]
        while samples and samples[0] <= covers:
            self._remove(samples.popleft())

    def _remove(self, op: int) -> None:
        record = self._records.pop(op, None)
        if record is None:
            return
        self.bytes -= _size(record)
        if isinstance(record, f.PutEvent):
            self._events.pop(record.message_id, None)
            self._unacked.pop(record.message_id, None)
        elif isinstance(record, f.PutMemory) and self._memory.get(record.name) == op:
            del self._memory[record.name]

    def _squeeze(self) -> int:
        dropped = 0
        while self.bytes > self._max_bytes and self._drop_one():
            dropped += 1
        return dropped

    def _drop_one(self) -> bool:
        for rank, numbers in enumerate(self._by_rank):
            while numbers:
                op = numbers.popleft()
                if self._rank_of(op) == rank:
                    self._remove(op)
                    return True
        return False

    def _rank_of(self, op: int) -> int:
        record = self._records.get(op)
        if record is None:
            return -1
        return _rank(record, isinstance(record, f.PutEvent) and record.message_id not in self._unacked)


def _size(record: f.Record) -> int:
    return OVERHEAD_BYTES + len(getattr(record, "body", b""))
