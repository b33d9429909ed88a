"""Prints what a tick of the rig and a step of the dialer cost on this machine; run by hand, it is no test.

python -m tests.hw.measure
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hw.dial import ENDED, Dialer
from hw.tls import tls_context
from tests.hw.servers import Certificates, Server, black_hole, free_port, serving
from tests.hw.test_rig import Site


def rig(house: str, tick_ms: int, ticks: int = 6000) -> None:
    """p50, p99 and worst of read + write, microseconds; the plant's own steps left out of p50 only."""
    site = Site(house, tick_ms)
    site.run(30)
    costs = []
    for _ in range(ticks):
        now = site.clock.now()
        posts = site.world.devices.receive(now)
        begin_ns = time.perf_counter_ns()
        read = site.rig.read(now, posts)
        site.rig.write(site.outputs, now)
        costs.append((time.perf_counter_ns() - begin_ns) / 1000)
        site.world.devices.answer(read.answers)
        site.clock.advance(tick_ms)
    costs.sort()
    print(
        f"rig {house:7} tick {tick_ms:6} ms: p50 {statistics.median(costs):6.1f} us"
        f"  p99 {costs[ticks * 99 // 100]:7.1f} us  worst {costs[-1]:7.1f} us"
    )


def dial(name: str, dialer: Dialer, server: Server | None, ms_per_step: int = 1) -> None:
    """The worst step of one dial, milliseconds."""
    worst_ns, net_ms = 0, 0

    def timed(work: Callable[[], None]) -> None:
        nonlocal worst_ns
        begin_ns = time.perf_counter_ns()
        work()
        worst_ns = max(worst_ns, time.perf_counter_ns() - begin_ns)

    timed(lambda: dialer.start(0))
    while dialer.state not in ENDED:
        if server is not None:
            server.step()
        net_ms += ms_per_step
        timed(lambda at_ms=net_ms: dialer.step(at_ms))  # type: ignore[misc]
        time.sleep(0.0005)
    timed(dialer.close)
    print(f"dial {name:20} worst step {worst_ns / 1e6:6.2f} ms  ({dialer.cause or 'up'})")


def dials() -> None:
    """Every way a dial can go."""
    with tempfile.TemporaryDirectory() as folder:
        certs = Certificates(Path(folder))
        context = tls_context(certs.ca_file, *certs.client_files())
        with serving("plain") as server:
            dial("healthy, by name", Dialer("localhost", server.port), server)
        with serving("tls", certs.demanding()) as server:
            dial("healthy, TLS", Dialer("127.0.0.1", server.port, context, "localhost"), server)
        with serving("tls", certs.expired()) as server:
            dial("certificate expired", Dialer("127.0.0.1", server.port, context, "localhost"), server)
        with serving("stall") as server:
            dial("TLS stalled", Dialer("127.0.0.1", server.port, context), server, 100)
        dial("refused", Dialer("127.0.0.1", free_port()), None)
        dial("unknown name", Dialer("no-such-host.invalid", 1), None)
        dial("dead resolver", Dialer("host", 1, lookup=("sh", "-c", "exec sleep 60")), None, 100)
        with black_hole() as hole:
            dial("black hole", Dialer("127.0.0.1", hole), None, 100)


if __name__ == "__main__":
    for house in ("orange", "beech"):
        for tick_ms in (100, 1000, 10_000):
            rig(house, tick_ms, 6000 if tick_ms < 10_000 else 600)
    dials()
