"""The whole program and its ATN on a real broker, in virtual time, with every event ever stored noted.

A tick is a second of the house and some milliseconds of real time in which broker and proxy do their work.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from hw.clock import VirtualClock
from hw.dial import Dialer
from hw.tls import tls_context
from layouts.settings import Peer as Broker
from layouts.settings import Settings
from proto.link import Link
from proto.mqtt import MqttPipe
from proto.open import MakePipe, mqtt_pipes, new_id
from proto.store.memory import MemoryStore
from proto.talk import MqttPlace
from proto.wire import Ack, Limits, Ping, ProblemEvent, decode, encode, topic
from scada import Scada
from tests.program.house import program

START_MS = 1_796_000_000_000
TICK_MS = 1000
REAL_S = 0.004
"""Real time per tick, for whoever lives in another process."""
SHAKING_S = 0.02
"""And while a connection is being made over TLS: its deadlines are counted in ticks."""
PATIENCE_TICKS = 4_000
BIG = 512 * 1024


class NotingStore(MemoryStore):
    """Knows every event that was ever put."""

    def __init__(self) -> None:
        super().__init__()
        self.put: dict[str, bytes] = {}
        self.acked: set[str] = set()

    def put_event(self, message_id: str, type_name: str, body: bytes, wall_ms: int, **more: Any) -> bool:
        """Note and keep."""
        self.put[message_id] = body
        return super().put_event(message_id, type_name, body, wall_ms, **more)

    def ack(self, message_id: str) -> None:
        """Note and forget."""
        self.acked.add(message_id)
        super().ack(message_id)


class Atn:
    """Hears, acks, de-duplicates by MessageId, pings every minute as the reference does."""

    def __init__(self, scada_alias: str, alias: str, pipe: MqttPipe) -> None:
        self.scada, self.alias, self.pipe = scada_alias, alias, pipe
        self.events: dict[str, bytes] = {}
        self.repeats = 0
        self.changed: list[str] = []
        """Ids that came again with another content."""
        self.heard: dict[str, Any] = {}
        """The latest payload of each type."""
        self._pinged_net_ms = 0

    def step(self, net_ms: int) -> None:
        """One turn."""
        self.pipe.step(net_ms)
        for delivery in self.pipe.poll(200):
            heard = decode(delivery.topic, delivery.payload, Limits(max_bytes=BIG))
            self.heard[heard.message_type] = heard.payload
            if not heard.ack_required or not heard.message_id:
                continue
            if not isinstance(heard.payload, Ping):
                body = msgspec.json.encode(msgspec.json.decode(delivery.payload)["Payload"])
                before = self.events.setdefault(heard.message_id, body)
                self.repeats += before is not body
                if before != body:
                    self.changed.append(heard.message_id)
            self.say(Ack(ack_message_id=heard.message_id))
        if self.pipe.status.state == "up" and net_ms - self._pinged_net_ms >= 60_000:
            self._pinged_net_ms = net_ms
            self.say(Ping(message_id=f"00000000-0000-4000-8000-{net_ms:012x}"))

    def say(self, payload: Any) -> None:
        """Send to the SCADA; nobody minds when that is not possible."""
        self.pipe.send(topic(self.alias, "s", payload.type_name), encode(self.alias, "s", payload))


class Life:
    """`scada_side` is the broker as the SCADA's settings name it; the ATN's pipe is made by `atn_pipe`."""

    def __init__(
        self,
        scada_side: Broker,
        atn_pipe: Callable[[MqttPlace], MqttPipe],
        turn: Callable[[], None] = lambda: None,
        make_pipe: MakePipe | None = None,
        admin_side: Broker | None = None,
    ) -> None:
        self.clock = VirtualClock(START_MS, 1_000_000)
        self.store = NotingStore()
        self.turn = turn
        self._source = random.Random(5)
        self._shakes = scada_side.tls
        site = Settings()
        self.scada: Scada = program(
            self.clock,
            tick_ms=TICK_MS,
            settings=replace(site, upstream=scada_side, admin=admin_side or site.admin),
            make_pipe=make_pipe or mqtt_pipes(Dialer, tls_context, random.Random(4)),
            store=self.store,
        )
        house = self.scada.house
        place = MqttPlace(
            "127.0.0.1", 0, (topic(house.scada.alias, "ltn", "#"),), "atn", max_packet_bytes=BIG
        )
        self.atn = Atn(house.scada.alias, house.ltn.alias, atn_pipe(place))
        self.ticks = 0

    @property
    def link(self) -> Link:
        """The upstream link."""
        return self.scada.parts.links.links["gridworks_mqtt"]

    def tick(self, count: int = 1, *, events: bool = True) -> None:
        """So many seconds of the house, each with one event more than it would have by itself."""
        for _ in range(count):
            self.ticks += 1
            now = self.clock.advance(TICK_MS)
            if events:
                self.scada.parts.links.event(self._event(now.wall_ms), now)
            self.scada.tick()
            self.turn()
            time.sleep(REAL_S / 2)
            self.atn.step(now.net_ms)
            self.turn()
            time.sleep(SHAKING_S if self._shakes and self._is_shaking() else REAL_S / 2)

    def _is_shaking(self) -> bool:
        """Is somebody between dialling and up?"""
        pipes = [link.pipe for link in self.scada.parts.links.links.values()] + [self.atn.pipe]
        return any(pipe.status.state not in ("waiting", "up", "closed") for pipe in pipes)

    def _event(self, wall_ms: int) -> ProblemEvent:
        return ProblemEvent(
            message_id=new_id(self._source),
            time_created_ms=wall_ms,
            src=self.scada.house.scada.alias,
            problem_type="warning",
            summary=f"number {self.ticks}",
        )

    def until(self, done: Callable[[], bool]) -> None:
        """Tick, without events of the test, until it is so."""
        for _ in range(PATIENCE_TICKS):
            if done():
                return
            self.tick(events=False)
        raise AssertionError(
            f"never came: {self.link.state}, {self.link.pipe.status}, {self.atn.pipe.status}"
        )

    def up(self) -> None:
        """Until both are there and have met."""
        self.until(lambda: self.link.state == "active")

    def settle(self) -> None:
        """Until the outbox is empty and stays so."""
        self.until(lambda: self.link.state == "active" and not self.store.status.pending)

    def check(self) -> None:
        """Nothing acknowledged is lost or doubled for who de-duplicates, and in the end all is there."""
        assert not self.atn.changed
        assert self.store.acked & self.store.put.keys() <= self.atn.events.keys()
        assert self.atn.events.keys() == self.store.put.keys()

    def close(self) -> None:
        """Hang up."""
        self.scada.parts.links.close(self.clock.now())
        self.atn.pipe.close()


def plain_pipe(port: int) -> Callable[[MqttPlace], MqttPipe]:
    """The ATN's way to a broker in the clear."""

    def make(place: MqttPlace) -> MqttPipe:
        dialer = Dialer("127.0.0.1", port)
        return MqttPipe(replace(place, port=port), lambda: dialer, random.Random(9).random)

    return make


def tls_pipe(files: Broker) -> Callable[[MqttPlace], MqttPipe]:
    """Anybody's way to a broker over TLS; `files` as the settings would name it."""

    def make(place: MqttPlace) -> MqttPipe:
        dialer = Dialer(files.host, files.port, tls_context(files.ca_file, files.cert_file, files.key_file))
        return MqttPipe(replace(place, host=files.host, port=files.port), lambda: dialer, lambda: 0.0)

    return make
