"""One simulated house and two programs: the primary and the second computer, in memory and virtual time."""

from __future__ import annotations

import os
import random
from typing import Any

from msgspec.structs import replace

import scada
from hw.clock import VirtualClock
from hw.log import Log
from hw.twin.ports import twin_ports
from hw.twin.world import SensorNoise
from layouts.settings import Settings
from layouts.share import PRIMARY, SECONDARY
from proto.memory import MemoryBroker, MemoryPipe
from proto.store.memory import MemoryStore
from proto.wire import Ack, Incoming, Limits, Ping, decode, encode, topic
from states.image import Now
from tests.annex import annex
from tests.atn.second import Desks

MORNING_MS = 1_769_490_000_000
"""2026-01-27 00:00 in Maine."""


class Aside:
    """The clock of a computer that is so many milliseconds ahead of the others."""

    def __init__(self, clock: VirtualClock) -> None:
        self.ahead_ms = 0
        self._clock = clock

    def now(self) -> Now:
        """The present, as it believes."""
        now = self._clock.now()
        return Now(now.wall_ms + self.ahead_ms, now.mono_ms, now.net_ms, now.synced)


class Ltn:
    """An ATN that acks and remembers."""

    def __init__(self, pipe: MemoryPipe, scada_alias: str, alias: str) -> None:
        self.pipe, self.alias, self.scada = pipe, alias, scada_alias
        self.heard: list[Incoming] = []

    def step(self, now: Now) -> None:
        """One turn."""
        self.pipe.step(now.net_ms)
        for delivery in self.pipe.poll(500):
            found = decode(delivery.topic, delivery.payload, Limits(max_bytes=512 * 1024))
            self.heard.append(found)
            if found.ack_required:
                self.say(Ack(ack_message_id=found.message_id))
            if isinstance(found.payload, Ping):
                self.say(Ping(message_id=f"atn-{now.net_ms}"))

    def say(self, payload: Any) -> None:
        """To the SCADA."""
        self.pipe.send(topic(self.alias, "s", payload.type_name), encode(self.alias, "s", payload))


class Two:
    """`primary` and `second` are programs, or None while they are dead; their stores survive."""

    def __init__(self, tick_ms: int = 1000) -> None:
        self.tick_ms = tick_ms
        self.house = annex()
        site = replace(Settings().site, layout="annex")
        link = replace(Settings().local, enabled=True)
        self.site = replace(Settings(), site=site, local=link)
        self.clock = VirtualClock(MORNING_MS, 1_000_000)
        self.aside = Aside(self.clock)
        noise = SensorNoise(spread_posts=False)
        whole = twin_ports(self.house, self.site, self.clock, noise=noise, whole=True)
        self.world = whole.world
        self.desks = Desks(self.house, self.world.devices)
        self.whole = whole
        self.cloud, self.inside = MemoryBroker(), MemoryBroker()
        self.stores = {role: MemoryStore() for role in (PRIMARY, SECONDARY)}
        self.ltn = Ltn(
            self.cloud.pipe(topic(self.house.scada.alias, "ltn", "#"), max_packet_bytes=512 * 1024),
            self.house.scada.alias,
            self.house.ltn.alias,
        )
        self.runs = 0
        self.primary: scada.Scada | None = self.start(PRIMARY)
        self.second: scada.Scada | None = self.start(SECONDARY)

    def start(self, role: str) -> scada.Scada:
        """A new run of a computer's program; it finds what the last one left."""
        self.runs += 1
        clock = self.clock if role == PRIMARY else self.aside
        settings = replace(self.site, site=replace(self.site.site, role=role))
        settings = replace(settings, loop=replace(settings.loop, tick_ms=self.tick_ms))
        ports = self.desks.ports(self.whole, role)

        def pipe(plan: Any, topics: tuple[str, ...], peer: Any) -> MemoryPipe:
            return (self.inside if plan.name == "local_mqtt" else self.cloud).pipe(*topics)

        log = Log(
            os.open(os.devnull, os.O_WRONLY), "error", plain=True, net_ms=lambda: self.clock.now().net_ms
        )
        rng, store = random.Random(self.runs), self.stores[role]
        made = scada.build(self.house, settings, clock, ports, store, pipe, rng=rng, log=log)
        made.start(store.left())
        return made

    def kill(self, role: str) -> None:
        """SIGKILL: no goodbye."""
        program = self.primary if role == PRIMARY else self.second
        assert program is not None
        for link in program.parts.links.links.values():
            link.pipe.close()
        if role == PRIMARY:
            self.primary = None
        else:
            self.second = None

    def step(self) -> None:
        """One tick for everybody."""
        now = self.clock.advance(self.tick_ms)
        self.desks.sort(now)
        for program in (self.second, self.primary):
            if program is not None:
                program.tick()
        self.ltn.step(now)

    def run(self, seconds: float) -> None:
        """Let so much house time pass."""
        for _ in range(round(1000 * seconds / self.tick_ms)):
            self.step()
