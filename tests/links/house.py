"""A SCADA's links and their peers on brokers without sockets, in time moved by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from proto.link import Link, LinkPlan
from proto.links import Links, Received
from proto.memory import MemoryBroker, MemoryPipe
from proto.store import Store
from proto.store.memory import MemoryStore
from proto.wire import (
    Ack,
    Event,
    Incoming,
    Malformed,
    Message,
    Ping,
    ProblemEvent,
    decode,
    encode,
    topic,
)
from states.image import Now

SCADA = "d1.isone.me.versant.keene.oak.scada"
LTN = "d1.isone.me.versant.keene.oak"
WALL_MS = 1_767_225_600_000
UP, LOCAL, ADMIN = "gridworks_mqtt", "local_mqtt", "admin"

PLANS = (
    LinkPlan(UP, SCADA, "ltn", upstream=True, watched=True),
    LinkPlan(LOCAL, SCADA, "s2", watched=True, keeps=True),
    LinkPlan(ADMIN, SCADA, "admin", pings=False),
)


def new_ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012x}"


def admit(link: str, incoming: Incoming) -> None:
    expected = {UP: (LTN, "s"), LOCAL: (f"{SCADA}.s2", "s"), ADMIN: ("admin", SCADA)}[link]
    if (incoming.src, incoming.dst) != expected:
        raise Malformed("stranger", f"{incoming.src} may not speak to {incoming.dst}")


def problem(name: str, summary: str = "x") -> ProblemEvent:
    return ProblemEvent(
        message_id=name, time_created_ms=WALL_MS, src=SCADA, problem_type="warning", summary=summary
    )


class Peer:
    """The other end of one link: hears, acks when `acks`, and says what a test wants."""

    def __init__(self, pipe: MemoryPipe, src: str, dst: str) -> None:
        self.pipe = pipe
        self.src, self.dst = src, dst
        self.acks = True
        self.deaf_to: set[str] = set()
        self.heard: list[Incoming] = []
        self._ids = new_ids()

    def step(self, now: Now) -> None:
        self.pipe.step(now.net_ms)
        for delivery in self.pipe.poll(100):
            incoming = decode(delivery.topic, delivery.payload)
            self.heard.append(incoming)
            if self.acks and incoming.ack_required and incoming.message_id not in self.deaf_to:
                self.say(Ack(ack_message_id=incoming.message_id))

    def say(self, payload: Message, src: str | None = None) -> None:
        where = topic(src or self.src, self.dst, payload.type_name)
        assert self.pipe.send(where, encode(src or self.src, self.dst, payload))

    def ping(self) -> str:
        name = self._ids()
        self.say(Ping(message_id=name))
        return name

    def names(self, kind: type[Message] = Event) -> list[str]:
        return [i.message_id for i in self.heard if isinstance(i.payload, kind)]

    def types(self) -> list[str]:
        return [i.message_type for i in self.heard]

    def forget(self) -> None:
        self.heard.clear()


class Wire(list[tuple[str, bytes, str]]):
    """A tap that keeps what crossed a link."""

    def __call__(self, topic: str, payload: bytes, way: str) -> None:
        self.append((topic, payload, way))

    def close(self) -> None:
        pass


class House:
    """Links on two brokers (cloud and house), a store, an ATN, an admin program, a second SCADA."""

    def __init__(self, store: Store | None = None) -> None:
        self.net_ms = 0
        self.cloud, self.inside = MemoryBroker(), MemoryBroker()
        self.store = store or MemoryStore()
        dashed = SCADA.replace(".", "-")
        self.pipes = {
            UP: self.cloud.pipe(topic(LTN, "s", "#")),
            LOCAL: self.inside.pipe(f"gw/{dashed}-s2/to/s/#"),
            ADMIN: self.inside.pipe(topic("admin", SCADA, "#")),
        }
        self.atn = Peer(self.cloud.pipe(topic(SCADA, "ltn", "#")), LTN, "s")
        self.second = Peer(self.inside.pipe(topic(SCADA, "s2", "#")), f"{SCADA}.s2", "s")
        self.person = Peer(self.inside.pipe(topic(SCADA, "admin", "#")), "admin", SCADA)
        self.peers = [self.atn]
        self.wire = Wire()
        self.links = Links(
            [(plan, self.pipes[plan.name]) for plan in PLANS],
            self.store,
            new_ids(),
            admit,
            self.wire,
        )
        self.received: list[Received] = []
        self.greeted: list[str] = []

    @property
    def up(self) -> Link:
        return self.links.links[UP]

    def now(self) -> Now:
        return Now(WALL_MS + self.net_ms, self.net_ms, self.net_ms)

    def tick(self, ms: int = 100, count: int = 1, peers: bool = True) -> None:
        for _ in range(count):
            self.net_ms += ms
            self.received += self.links.receive(self.now())
            self.greeted += self.links.greetings()
            self.links.flush(self.now())
            if peers:
                for peer in self.peers:
                    peer.step(self.now())

    def connect(self) -> None:
        """To an active upstream link with nothing left in the store."""
        self.atn.step(self.now())
        self.tick(count=20)
        assert self.up.state == "active"
        assert self.store.status.pending == 0
        self.atn.forget()
