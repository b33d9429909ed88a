"""`python scada.py demo`: a simulated house, a broker, a local ATN and a live page, at sixty times real time.

The SCADA and its simulated house run in this process, broker and ATN in children that end with it. A director
makes things happen on the way; every line it prints also stands on the page.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

import scada
from hw.clock import RealClock
from hw.dial import Dialer
from hw.log import Log
from hw.ports import Both
from hw.tls import tls_context
from hw.twin.ports import twin_ports
from hw.twin.world import World
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Settings
from proto.devices import DeviceListener
from proto.http import ListenError
from proto.open import mqtt_pipes, open_store
from proto.page import open_page
from proto.wire_file import open_wire
from states.calendar import zone_of
from states.image import Event
from states.story import SHOWN, line
from tests.atn import children
from tests.atn.broker import Broker, BrokerDown
from tests.atn.director import Director

START = "2026-01-27T04:40"
ROOT = Path(__file__).resolve().parents[2]


def demo_settings(args: argparse.Namespace, folder: str, broker_port: int) -> Settings:
    """The shipped simulated house, on the demo's broker, with everything it writes in `folder`."""
    base = Settings()
    broker = replace(base.upstream, enabled=True, host="127.0.0.1", port=broker_port, tls=False)
    tick_ms = min(1000, max(20, round(1000 * args.speed / 60)))
    return replace(
        base,
        loop=replace(base.loop, tick_ms=tick_ms),
        upstream=broker,
        admin=broker,
        page=replace(base.page, port=args.port),
        devices=replace(base.devices, port=0),
        store=replace(base.store, folder=folder),
    )


def start_atn(args: argparse.Namespace, port: int, start_ms: int, mono_ns: int) -> subprocess.Popen[bytes]:
    """The ATN as a child on the same accelerated clock; its lines come over a pipe that never blocks us."""
    command = [sys.executable, str(ROOT / "tests" / "atn" / "run.py"), "--brief", "--port", str(port)]
    command += ["--speed", str(args.speed), "--start-wall-ms", str(start_ms), "--start-mono-ns", str(mono_ns)]
    child = children.start(command, stdout=subprocess.PIPE, cwd=ROOT)
    if child.stdout is None:
        raise RuntimeError("the ATN has no output to read")
    os.set_blocking(child.stdout.fileno(), False)
    return child


class Show:
    """Prints lines and puts them on the page."""

    def __init__(self, zone: Any, page: Any) -> None:
        self._zone, self._page = zone, page
        self._waiting: list[Event] = []

    def tell(self, words: str) -> None:
        """One line, to the terminal and the page."""
        print(words, flush=True)
        if self._page is not None:
            self._page.tell(words)

    def event(self, event: Event) -> None:
        """An event of the program; the page hears of it from the program, the terminal at `flush`."""
        if event.kind in SHOWN:
            self._waiting.append(event)

    def flush(self) -> None:
        """Print the events of the tick, after what the ATN said before them."""
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            print(line(event, self._zone), flush=True)


def demo(args: argparse.Namespace) -> int:
    """The command; returns the exit code."""
    if not 1.0 <= args.speed <= 600.0:
        return scada.refuse([f"--speed: {args.speed} is not between 1 and 600."])
    until = scada.stop_signal()
    try:
        with Broker(kind=args.broker or "") as broker, tempfile.TemporaryDirectory(prefix="demo-") as folder:
            return _play(args, broker, folder, until)
    except ListenError as error:
        print(f"{str(error).partition('. ')[0]}. Choose another with --port, or --port 0.", file=sys.stderr)
        return 1
    except (BrokerDown, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _play(args: argparse.Namespace, broker: Broker, folder: str, until: Callable[[], str]) -> int:
    settings = demo_settings(args, folder, broker.port)
    house = load_house(settings.site.layout)
    zone, _ = zone_of(settings.site.time_zone)
    start_ms = int(datetime.fromisoformat(START).replace(tzinfo=zone).timestamp()) * 1000
    mono_ns = time.monotonic_ns()
    clock = RealClock(args.speed, start_ms, start_mono_ns=mono_ns)
    program, world = _program(args, settings, house, clock, folder)
    page = program.parts.page
    show = Show(zone, page)
    program.listeners.append(show.event)
    _welcome(house, page, broker, args)
    atn = start_atn(args, broker.port, start_ms, mono_ns)
    prices = twin_prices_of(settings, world)
    plain = World(house, settings, world.weather, clock, prices=prices)
    director = Director(program, world, plain, broker, atn, show.tell, page, prices)
    deadline_ns = mono_ns + int(args.minutes * 60e9) if args.minutes else None

    def reason() -> str:
        director.step(clock.now())
        show.flush()
        if deadline_ns is not None and time.monotonic_ns() >= deadline_ns:
            return "the demo's time is over"
        return until()

    try:
        code = int(scada.serve(program, reason))
    finally:
        children.end(atn)
    director.curtain()
    return code


def twin_prices_of(settings: Settings, world: World) -> Any:
    """The same prices for the plain thermostat's house."""
    from hw.twin.ports import twin_prices

    return twin_prices(settings, world.weather)


def _program(
    args: argparse.Namespace, settings: Settings, house: House, clock: RealClock, folder: str
) -> tuple[Any, World]:
    rng = random.Random(settings.twin.seed)
    listener = DeviceListener(settings.devices.listen, settings.devices.port)
    ports = twin_ports(house, settings, clock)
    ports.devices = Both(listener, ports.devices)
    store = open_store(house, settings, scada.new_id(rng), rng.random)
    page = open_page(settings, house, ports.simulated)
    pipes = mqtt_pipes(Dialer, tls_context, rng)
    log = Log(level="error", net_ms=lambda: clock.now().net_ms)
    tap = open_wire(args.wire, print)
    program = scada.build(
        house, settings, clock, ports, store, pipes, rng=rng, log=log, speed=args.speed, page=page, tap=tap
    )
    program.start(store.load(lambda: clock.now().net_ms))
    return program, ports.world


def _welcome(house: House, page: Any, broker: Broker, args: argparse.Namespace) -> None:
    if page is not None:
        print(f"page      {page.url}", flush=True)
    print(f"DEMO house {house.display}: SIMULATED, nothing real is switched; {args.speed:g} times real time")
    print(f"broker    127.0.0.1:{broker.port} ({broker.kind}); mosquitto_sub -p {broker.port} -t 'gw/#'")
    print("stop      Ctrl-C", flush=True)
