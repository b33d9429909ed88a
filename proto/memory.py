"""A broker and its pipes without sockets, for virtual time and tests: same shape as the real ones."""

from __future__ import annotations

from collections import deque

from proto.pipe import (
    CLOSED,
    CONNECTED,
    LOST,
    MAX_PAYLOAD_BYTES,
    SUBSCRIBED,
    UP,
    WAITING,
    Delivery,
    PipeCounts,
    PipeStatus,
)

MAX_INBOX = 1000
MAX_RETAINED = 1000


def matches(pattern: str, topic: str) -> bool:
    """Does an MQTT subscription (with + and #) cover `topic`?"""
    wanted, given = pattern.split("/"), topic.split("/")
    for at, word in enumerate(wanted):
        if word == "#":
            return True
        if at >= len(given) or word not in ("+", given[at]):
            return False
    return len(wanted) == len(given)


class MemoryBroker:
    """Routes messages between its pipes; `latency_ms` of net time pass before one can be polled."""

    def __init__(self, latency_ms: int = 0) -> None:
        self.latency_ms = latency_ms
        self.up = True
        self.retained: dict[str, bytes] = {}
        self._pipes: list[MemoryPipe] = []

    def pipe(self, *topics: str, max_packet_bytes: int = MAX_PAYLOAD_BYTES) -> MemoryPipe:
        """A new client that subscribes to `topics` and takes no longer messages than it says."""
        made = MemoryPipe(self, topics, max_packet_bytes)
        self._pipes.append(made)
        return made

    def publish(self, topic: str, payload: bytes, net_ms: int, retain: bool = False) -> int:
        """Deliver to every subscriber; returns how many there were."""
        if retain and (topic in self.retained or len(self.retained) < MAX_RETAINED):
            self.retained[topic] = payload
        return sum(pipe.offer(Delivery(topic, payload), net_ms + self.latency_ms) for pipe in self._pipes)


class MemoryPipe:
    """See `Pipe`. `cut` takes its connection away until `restore`, as a cloud link that is gone would."""

    def __init__(
        self, broker: MemoryBroker, topics: tuple[str, ...], max_packet_bytes: int = MAX_PAYLOAD_BYTES
    ) -> None:
        self.counts = PipeCounts()
        self.is_cut = False
        self._broker = broker
        self._topics = topics
        self._max_packet_bytes = max_packet_bytes
        self._inbox: deque[tuple[int, Delivery]] = deque()
        self._changes: list[str] = []
        self._net_ms = 0
        self._due_net_ms = 0
        self._status = PipeStatus(WAITING, 0, "not connected yet")

    @property
    def status(self) -> PipeStatus:
        """State word, since when (net ms), and a sentence."""
        return self._status

    def cut(self) -> None:
        """Take the connection away at the next step."""
        self.is_cut = True

    def restore(self) -> None:
        """Let it connect again."""
        self.is_cut = False

    def step(self, net_ms: int) -> None:
        """Notice a lost or returned connection."""
        self._net_ms = net_ms
        reachable = self._broker.up and not self.is_cut
        if self._status.state == UP and not reachable:
            self._lose(net_ms, "the connection is cut" if self.is_cut else "the broker is down")
        elif self._status.state == WAITING and reachable and net_ms >= self._due_net_ms:
            self._connect(net_ms)

    def changes(self) -> tuple[str, ...]:
        """What happened since the last call, oldest first."""
        drained = tuple(self._changes)
        self._changes.clear()
        return drained

    def poll(self, limit: int) -> list[Delivery]:
        """At most `limit` messages whose time has come, oldest first."""
        due: list[Delivery] = []
        while self._inbox and len(due) < limit and self._inbox[0][0] <= self._net_ms:
            due.append(self._inbox.popleft()[1])
        self.counts.messages_in += len(due)
        return due

    def send(self, topic: str, payload: bytes, qos: int = 0) -> bool:
        """Route a message; False when the connection is away."""
        if self._status.state != UP or self.is_cut or not self._broker.up:
            self.counts.unsent += 1
            return False
        self.counts.messages_out += 1
        self.counts.bytes_out += len(payload)
        self._broker.publish(topic, payload, self._net_ms)
        return True

    def offer(self, delivery: Delivery, due_net_ms: int) -> bool:
        """Take a message from the broker if it is one of ours; used by the broker."""
        if self._status.state != UP or not any(matches(topic, delivery.topic) for topic in self._topics):
            return False
        if len(delivery.payload) > self._max_packet_bytes or len(self._inbox) >= MAX_INBOX:
            self.counts.oversize += len(delivery.payload) > self._max_packet_bytes
            self.counts.unsent += len(self._inbox) >= MAX_INBOX
            return False
        self._inbox.append((due_net_ms, delivery))
        self.counts.bytes_in += len(delivery.payload)
        return True

    def drop(self, net_ms: int, words: str, pause_ms: int = 0) -> None:
        """Break the connection; connect again after the pause."""
        if self._status.state == UP:
            self._due_net_ms = net_ms + pause_ms
            self._lose(net_ms, words)

    def close(self) -> None:
        """Give up for good."""
        self._inbox.clear()
        self._status = PipeStatus(CLOSED, self._net_ms, "closed by us")

    def _connect(self, net_ms: int) -> None:
        self.counts.dials += 1
        self.counts.connects += 1
        self.counts.subscribes += 1
        self._changes += [CONNECTED, SUBSCRIBED]
        self._status = PipeStatus(UP, net_ms)
        for topic, payload in self._broker.retained.items():
            self.offer(Delivery(topic, payload, retained=True), net_ms)

    def _lose(self, net_ms: int, words: str) -> None:
        self.counts.losses += 1
        self._changes.append(LOST)
        self._inbox.clear()
        self._status = PipeStatus(WAITING, net_ms, words)
