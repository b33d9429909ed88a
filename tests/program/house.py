"""The whole program on the simulated house, everything else in memory, on a clock of the test's choosing."""

from __future__ import annotations

import random
from typing import Any

from msgspec.structs import replace

import scada
from hw.log import Log
from hw.notify import Notifier
from hw.ports import Ports
from hw.twin.ports import twin_ports
from layouts.load import load_house
from layouts.settings import Settings
from proto.memory import MemoryBroker
from proto.open import MakePipe
from proto.store import Store
from proto.store.memory import MemoryStore


def program(
    clock: Any,
    house: str = "orange",
    *,
    tick_ms: int = 100,
    settings: Settings | None = None,
    notifier: Notifier | None = None,
    make_pipe: MakePipe | None = None,
    store: Store | None = None,
    log_fd: int = 2,
    ports: Ports | None = None,
) -> scada.Scada:
    """A program that has not ticked yet; `parts.ports.world` is its house (`ports`: another one)."""
    site = settings or Settings()
    site = replace(site, loop=replace(site.loop, tick_ms=tick_ms))
    layout, broker = load_house(house), MemoryBroker()
    return scada.build(
        layout,
        site,
        clock,
        ports or twin_ports(layout, site, clock),
        store or MemoryStore(),
        make_pipe or (lambda plan, topics, peer: broker.pipe(*topics)),
        rng=random.Random(1),
        log=Log(log_fd, "error", plain=True, net_ms=lambda: clock.now().net_ms),
        notifier=notifier,
    )
