"""The store of a real house: records go to a writer process and are durable when it says so.

With the writer dead, stuck or out of room, records wait in a bounded window in RAM, unacked events can still
be fetched from there, and another writer is started with growing pauses. Nothing here waits except `load`
before the first tick and `close` after the last.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

from proto.store import frames as f
from proto.store.asking import Asking
from proto.store.child import run_writer
from proto.store.commits import COMMIT_MS, Commits
from proto.store.life import PAUSES, Life
from proto.store.lock import take_folder
from proto.store.losses import Losses
from proto.store.port import (
    MAX_BODY_BYTES,
    READY,
    STARTING,
    Loaded,
    Loss,
    Page,
    StoreCounts,
    StoreStatus,
)
from proto.store.process import RunWriter
from proto.store.window import Window
from states.image import Now

LOAD_MS = 5_000
NEARLY_FULL = 0.8
MAX_MEMORY_BYTES = 256 * 1024


class DiskStore:
    """See `Store`. One program per `folder`: raises `StoreInUse` when another one has it.

    `house` names whose data this is: files of another house are set aside. `run` must differ for each
    start of the program. `uniform` gives random numbers in [0, 1). Call `load` once, then `step` each tick.
    """

    def __init__(
        self,
        folder: Path,
        house: str,
        run: str,
        max_bytes: int,
        uniform: Callable[[], float],
        writer: RunWriter | None = None,
    ) -> None:
        self.counts = StoreCounts()
        self._max_bytes = max_bytes
        self._losses = Losses(self.counts)
        self._lock, words = take_folder(folder)
        if words:
            self._losses.add("folder", words)
        place = folder.absolute()
        chosen = writer or (lambda sock: run_writer(sock, place, house, run, max_bytes))
        self._life = Life(chosen, uniform, self._hear, self._leave)
        self._window = Window()
        self._commits = Commits()
        self._requests: deque[f.Request] = deque()
        self._asking = Asking()
        self._pending = self._used_bytes = self._net_ms = 0
        self._found: dict[str, bytes] | None = None
        self._samples: list[bytes] = []

    def load(self, net_ms: Callable[[], int], wait_ms: int = LOAD_MS) -> Loaded:
        """Start the writer and wait at most `wait_ms` for what an earlier run left.

        Without an answer in time the memory is empty, and a sentence says so.
        """
        began = now = net_ms()
        self._exchange(now)
        while self._life.state == STARTING and now - began < wait_ms:
            self._life.wait()
            now = net_ms()
            self._exchange(now)
        words = self._losses.words()
        if self._life.state != READY:
            words.append(f"the store is not open: {self._life.words or f'no answer within {wait_ms} ms'}")
        if self._found is None:
            words.append("nothing is remembered from before the start")
        memory = MappingProxyType(self._found or {})
        loaded = Loaded(memory, tuple(self._samples), self._pending, tuple(words))
        self._found, self._samples = {}, []
        return loaded

    def step(self, now: Now) -> None:
        """One slice: talk to the writer, commit what is due, start another writer when that is due."""
        self._exchange(now.net_ms)

    def _exchange(self, net_ms: int) -> None:
        life, commits = self._life, self._commits
        self._net_ms = net_ms
        life.step(net_ms)
        life.write_ahead(self._window.next_ahead)
        if life.write(self._next_frame) and commits.due(net_ms):
            commits.ask(net_ms)
            self._requests.append(f.Commit(self._window.sent_through))
            life.write(self._next_frame)
        asked = [at for at in (self._asking.asked_net_ms, commits.asked_net_ms) if at is not None]
        life.judge(net_ms, min(asked) if asked else None)

    def _next_frame(self) -> f.Request | None:
        record = self._window.next_unsent()
        if record is None and self._requests:
            return self._requests.popleft()
        return record

    # ---------------------------------------------------------------------- what the writer says

    def _leave(self) -> None:
        """A ready writer is no more: keep what is not durable for the next one."""
        self._window.rewind()
        self._requests.clear()
        self._commits.forget(len(self._window) > 0)
        self._asking.turn()

    def _hear(self, reply: f.Reply, net_ms: int) -> None:
        if isinstance(reply, f.Durable):
            self._hear_durable(reply, net_ms)
        elif isinstance(reply, f.Events):
            self._asking.hear_events(reply)
        elif isinstance(reply, f.Minutes):
            more = self._asking.hear_minutes(reply)
            if more is not None:
                self._requests.append(more)
        elif isinstance(reply, f.Trouble):
            self._losses.hear(reply)
        elif isinstance(reply, f.Remembered):
            self._hear_remembered(reply)
        elif isinstance(reply, f.Ready):
            self._pending, self._used_bytes = reply.pending, reply.used_bytes
            self._samples = reply.samples
            self._asking.turn()

    def _hear_remembered(self, reply: f.Remembered) -> None:
        for words in reply.words:
            self.counts.quarantined += 1
            self._losses.add("memory", words)
        if self._found is None:
            self._found = reply.values
        self._window.memory_first()

    def _hear_durable(self, reply: f.Durable, net_ms: int) -> None:
        self._window.confirm(reply.op)
        self._pending, self._used_bytes = reply.pending, reply.used_bytes
        self._life.held()
        counts = self.counts
        counts.commits += 1
        counts.commit_ms_last = self._commits.answered(net_ms)
        counts.slow_commits = self._commits.slow
        counts.commit_ms_worst = max(counts.commit_ms_worst, counts.commit_ms_last)

    # --------------------------------------------------------------------------------- putting

    def _add(self, record: f.Record, urgent: bool) -> None:
        lost = self._window.add(record)
        if lost:
            self.counts.lost += lost
            words = "The disk takes nothing and RAM for records is full: some were lost"
            self._losses.add("ram-full", words, lost)
        self._commits.note(urgent)

    def _fits(self, body: bytes, limit: int = MAX_BODY_BYTES) -> bool:
        if len(body) <= limit:
            return True
        self.counts.refused += 1
        self._losses.add("too-long", f"A record of {len(body)} bytes was refused, the limit is {limit}")
        return False

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
        """Keep an event until `ack`; False when it is too long to be kept."""
        if not self._fits(body):
            return False
        self.counts.events += 1
        op = self._window.next_op()
        self._add(f.PutEvent(op, message_id, type_name, wall_ms, covers, False, body, foreign), urgent)
        return True

    def ack(self, message_id: str) -> None:
        """The ATN has named this event."""
        self.counts.acks += 1
        if not self._window.ack(message_id):
            self._add(f.PutAck(self._window.next_op(), message_id), False)

    def unsaved(self, message_id: str) -> bool:
        """Is this event still only in RAM?"""
        return self._window.holds(message_id)

    def put_memory(self, name: str, body: bytes) -> None:
        """Remember `body` under `name` over a restart."""
        if self._fits(body, MAX_MEMORY_BYTES):
            self._add(f.PutMemory(self._window.next_op(), name, body), True)

    def put_journal(self, body: bytes, wall_ms: int) -> None:
        """Append to the contract journal."""
        if self._fits(body):
            self._add(f.PutJournal(self._window.next_op(), wall_ms, body), True)

    def put_samples(self, body: bytes, wall_ms: int) -> int:
        """Keep readings that no report carries yet; returns their mark. A quick disk has them at once."""
        if self._fits(body):
            quick = self._commits.every_ms == COMMIT_MS
            self._add(f.PutSamples(self._window.next_op(), wall_ms, body), quick)
        return self._window.last_op

    def put_minute(self, minute: int, body: bytes) -> None:
        """Keep one minute of history."""
        if self._fits(body):
            self._add(f.PutMinute(self._window.next_op(), minute, body), False)

    # -------------------------------------------------------------------------------- fetching

    def fetch(self, after: int, count: int) -> None:
        """Ask for the oldest unacked events behind `after`."""
        if self._life.state == READY:
            self._requests.append(self._asking.events(after, count, self._net_ms))
        else:
            self._asking.have(*self._window.oldest(after, count))

    def page(self) -> Page | None:
        """The answer to the last `fetch`, once."""
        return self._asking.page()

    def fetch_minutes(self, first: int, last: int) -> None:
        """Ask for history; nothing comes while there is no writer."""
        if self._life.state == READY:
            self._requests.append(self._asking.minutes(first, last))

    def minutes(self) -> tuple[tuple[int, bytes], ...]:
        """The next part of the history asked for."""
        return self._asking.take_minutes()

    # ---------------------------------------------------------------------------------- status

    @property
    def source(self) -> int:
        """Changes whenever the writer came or went."""
        return self._asking.source

    @property
    def status(self) -> StoreStatus:
        """How the store stands."""
        life, window = self._life, self._window
        self.counts.restarts = max(0, life.restarts)
        return StoreStatus(
            life.state,
            life.since_net_ms,
            life.words or self._remark(),
            self._pending,
            len(window),
            window.bytes,
            self._used_bytes,
            self._max_bytes,
        )

    def _remark(self) -> str:
        if self._used_bytes > NEARLY_FULL * self._max_bytes:
            return f"the store is {100 * self._used_bytes // self._max_bytes} % full"
        if self._commits.every_ms > COMMIT_MS:
            return f"the disk is slow: commits every {self._commits.every_ms // 1000} s"
        return ""

    def losses(self) -> tuple[Loss, ...]:
        """What was lost, thinned or damaged since the last call."""
        return self._losses.take()

    def close(self, now: Now) -> None:
        """Send what is left, commit, let the writer go; waits at most ten seconds."""
        self._commits.note(urgent=True)
        for _ in range(PAUSES):
            if self._life.state not in (READY, STARTING) or not (len(self._window) or self._requests):
                break
            self._exchange(now.net_ms)
            self._life.wait()
        self._life.end(now.net_ms)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
