"""100,000 stored events sent to an ATN: how quickly, what it costs the ticks, and whether memory stays flat.

Aims: 20 times real time or better, no late tick, memory flat. House and program live on a virtual clock at
ticks of 100 ms; store, broker and ATN are real, the latter two in processes of their own. What a tick took of
the processor is shown beside what it took by the clock: on a shared machine it may have to wait for one.
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from hw.clock import VirtualClock, stopwatch_ns
from hw.dial import Dialer
from hw.tls import tls_context
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Peer, Settings
from proto.open import mqtt_pipes, open_store
from proto.store.database import Database
from proto.store.frames import PutEvent
from proto.store.schema import FILE
from proto.wire import encode
from proto.wire.readings import ChannelReadings, Report, ReportEvent
from scada import Ledger
from tests.atn import children
from tests.atn.broker import Broker, mosquitto_path
from tests.bench.footprint import memory_mb
from tests.program.house import program
from tests.program.processes import Peer as Atn

COUNT = 100_000
TICK_MS = 100
PAUSE_S = 0.002
"""Real time per tick for broker, ATN and disk."""
SLOT_S = 300
START_MS = 1_796_000_000_000
MARKS = 5


def report(house: House, number: int, start_s: int) -> tuple[str, bytes]:
    """Id and envelope of a report: twelve channels, ten readings each."""
    name = f"{number:08x}-0000-4000-8000-000000000000"
    times = tuple(1000 * start_s + 30_000 * at for at in range(10))
    values = tuple((number * 37 + at * at * 7919) % 60_000 for at in range(10))
    channels = tuple(
        ChannelReadings(channel_name=c.name, value_list=values, scada_read_time_unix_ms_list=times)
        for c in house.channels[:12]
    )
    made = Report(
        from_g_node_alias=house.scada.alias, from_g_node_instance_id=name,
        about_g_node_alias=house.scada.alias, slot_start_unix_s=start_s, slot_duration_s=SLOT_S,
        channel_reading_list=channels, state_list=(), fsm_report_list=(),
        message_created_ms=times[-1], id=name,
    )  # fmt: skip
    event = ReportEvent(message_id=name, time_created_ms=times[-1], src=house.scada.alias, report=made)
    return name, encode(house.scada.alias, "ltn", event)


def fill(folder: Path, house: House, max_bytes: int, count: int) -> None:
    """A store that has been without a link for a year of reports."""
    database = Database(folder / FILE, house.scada.alias, max_bytes)
    first_s = START_MS // 1000 - SLOT_S * count
    for n in range(count):
        name, body = report(house, n, first_s + SLOT_S * n)
        event = PutEvent(n, name, "report.event", 1000 * (first_s + SLOT_S * n), 0, False, body)
        database.put_event(event, "earlier")
        if n % 5_000 == 0:
            database.commit("earlier", n)
    database.commit("earlier", count)
    database.close()


def answer(port: int) -> None:
    """In a process of its own: an ATN that acks until its parent is gone."""
    atn, parent = Atn(port), os.getppid()
    while os.getppid() == parent:
        atn.step()
        atn.heard.clear()
        atn.acked.clear()
        time.sleep(0.0002)


def main(count: int = COUNT) -> None:
    """Print it."""
    if mosquitto_path() is None:
        print("mosquitto is not installed: nothing measured")
        return
    with Broker(kind="mosquitto") as broker, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.backlog", str(broker.port)]
        atn = children.start(command, stdout=subprocess.DEVNULL)
        try:
            drain(broker.port, Path(folder), count)
        finally:
            children.end(atn)


def drain(port: int, folder: Path, count: int) -> None:
    """Fill, start, and tick until nothing is left."""
    side = Peer(host="127.0.0.1", port=port, tls=False)
    site = replace(Settings(), upstream=side)
    site = replace(site, store=replace(site.store, folder=str(folder)))
    house, rng = load_house("orange"), random.Random(1)
    fill(folder, house, site.store.max_bytes, count)
    size_mb = (folder / FILE).stat().st_size / 1e6
    clock = VirtualClock(START_MS, 1_000_000)
    store = open_store(house, site, "bench", rng.random)
    loaded = store.load(lambda: time.monotonic_ns() // 1_000_000)
    pipes = mqtt_pipes(Dialer, tls_context, rng)
    scada = program(clock, tick_ms=TICK_MS, settings=site, make_pipe=pipes, store=store)
    scada.start(loaded)
    print(
        f"{loaded.pending:,} events, {size_mb:.0f} MB on disk; resident by events left, program and writer:"
    )
    scada.ledger = Ledger(TICK_MS, stopwatch_ns)
    gc.collect()
    gc.freeze()  # as `serve` does
    begin, ticks, mark, own_ns = time.monotonic(), 0, count, list[int]()
    while store.status.pending > 5 and time.monotonic() < begin + 1_800:
        clock.advance(TICK_MS)
        before_ns = time.process_time_ns()
        scada.tick()
        own_ns.append(time.process_time_ns() - before_ns)
        ticks += 1
        time.sleep(PAUSE_S)
        if ticks > 100 and store.status.pending <= mark:
            mark -= count // MARKS
            both = [memory_mb(pid)["rss"] for pid in (os.getpid(), store._life.pid or 0)]
            print(f"  {store.status.pending:7,}: {both[0]:.1f} MB, {both[1]:.1f} MB", flush=True)
    figures, house_s = scada.ledger.figures(), ticks * TICK_MS / 1000
    sent = loaded.pending - store.status.pending
    print(f"{sent:,} events in {house_s:,.0f} s of the house: {sent / house_s:.1f} a second")
    print(f"as reports of five minutes: {sent * SLOT_S / house_s:,.0f} times real time")
    late = f"{figures['overruns']:.0f} of {ticks:,} late"
    print(f"ticks: p50 {figures['p50_ms']:.2f} ms, p99.9 {figures['p999_ms']:.2f} ms, {late}, ", end="")
    print(f"worst {figures['max_ms']:.1f} ms")
    own_ns.sort()
    own = (f"{own_ns[min(ticks - 1, int(share * ticks))] / 1e6:.2f}" for share in (0.5, 0.99, 0.999, 1.0))
    print("of the processor's own time: p50 {}, p99 {}, p99.9 {}, worst {} ms".format(*own))
    scada.stop("the bench is over")


if __name__ == "__main__":
    answer(int(sys.argv[1]))
