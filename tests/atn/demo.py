"""`python scada.py demo`: a simulated house, a broker, a local ATN and a live page, at sixty times real time.

The SCADA and its simulated house run in this process, broker and ATN in children that end with it. A director
makes things happen on the way; every line it prints also stands on the page.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
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
from proto.open import mqtt_pipes, new_id, open_store
from proto.page import open_page
from proto.store import Store
from proto.wire_file import open_wire
from states.calendar import zone_of
from states.image import Event
from states.story import SHOWN, line
from tests.atn import children
from tests.atn.broker import Broker, BrokerDown
from tests.atn.crew import Crew
from tests.atn.director import Director
from tests.atn.folders import folder

START = "2026-01-27T04:40"
STAMPED = re.compile(r"\d\d:\d\d:\d\d ")
MOST_MINUTES = 525_600
"""A year."""
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


def start_atn(
    args: argparse.Namespace, port: int, start_ms: int, mono_ns: int, again: int
) -> subprocess.Popen[bytes]:
    """The ATN as a child on the same accelerated clock."""
    command = [sys.executable, str(ROOT / "tests" / "atn" / "run.py"), "--brief", "--port", str(port)]
    command += ["--speed", str(args.speed), "--start-wall-ms", str(start_ms), "--start-mono-ns", str(mono_ns)]
    command += ["--again", str(again)]
    return children.start(command, stdout=subprocess.PIPE, cwd=ROOT)


class Show:
    """Prints lines and puts them on the page."""

    def __init__(self, zone: Any, page: Any, clock: RealClock) -> None:
        self._zone, self._page, self._clock = zone, page, clock
        self._waiting: list[Event] = []

    def tell(self, words: str) -> None:
        """One line, to the terminal and the page; what bears no time of the house yet is given it."""
        at = datetime.fromtimestamp(self._clock.now().wall_ms // 1000, self._zone)
        print(words if STAMPED.match(words) else f"{at:%H:%M:%S} {words}", flush=True)
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


def wishes(args: argparse.Namespace) -> list[str]:
    """A sentence on every option that cannot be."""
    wrong = []
    if not 1.0 <= args.speed <= 600.0:
        wrong.append(f"--speed: {args.speed} is not between 1 and 600.")
    if not 0 <= args.port <= 65_535:
        wrong.append(f"--port: {args.port} is not a port; 1 to 65535, or 0 for a free one.")
    if args.minutes is not None and not 0 < args.minutes <= MOST_MINUTES:
        wrong.append(f"--minutes: {args.minutes} is not a number of minutes above 0, {MOST_MINUTES} at most.")
    return wrong


def demo(args: argparse.Namespace) -> int:
    """The command; returns the exit code."""
    if wrong := wishes(args):
        return scada.refuse(wrong)
    until = scada.stop_signal()
    try:
        with Broker(kind=args.broker or "") as broker, folder("demo") as place:
            return _play(args, broker, place, until)
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
    rng = random.Random(settings.twin.seed)
    store = open_store(house, settings, new_id(rng), rng.random)
    loaded = store.load(lambda: RealClock().now().net_ms)  # a slow disk must cost no time of the house
    mono_ns = time.monotonic_ns()
    clock = RealClock(args.speed, start_ms, start_mono_ns=mono_ns)
    program, world = _program(args, settings, house, clock, store, rng)
    program.start(loaded)
    page = program.parts.page
    show = Show(zone, page, clock)
    program.listeners.append(show.event)
    _welcome(house, page, broker, args)
    crew = Crew(broker, lambda again: start_atn(args, broker.port, start_ms, mono_ns, again), show.tell)
    prices = twin_prices_of(settings, world)
    plain = World(house, settings, world.weather, clock, prices=prices)
    director = Director(program, world, plain, crew, show.tell, page, prices)
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
        crew.end()
    director.curtain()
    return code


def twin_prices_of(settings: Settings, world: World) -> Any:
    """The same prices for the plain thermostat's house."""
    from hw.twin.ports import twin_prices

    return twin_prices(settings, world.weather)


def _program(
    args: argparse.Namespace,
    settings: Settings,
    house: House,
    clock: RealClock,
    store: Store,
    rng: random.Random,
) -> tuple[Any, World]:
    listener = DeviceListener(settings.devices.listen, settings.devices.port)
    ports = twin_ports(house, settings, clock)
    ports.devices = Both(listener, ports.devices)
    page = open_page(settings, house, ports.simulated)
    pipes = mqtt_pipes(Dialer, tls_context, rng)
    log = Log(level="error", net_ms=lambda: clock.now().net_ms)
    tap = open_wire(args.wire, print)
    program = scada.build(
        house, settings, clock, ports, store, pipes, rng=rng, log=log, speed=args.speed, page=page, tap=tap
    )
    return program, ports.world


def _welcome(house: House, page: Any, broker: Broker, args: argparse.Namespace) -> None:
    if page is not None:
        print(f"page      {page.url}", flush=True)
    print(f"DEMO house {house.display}: SIMULATED, nothing real is switched; {args.speed:g} times real time")
    print(f"broker    127.0.0.1:{broker.port} ({broker.kind}); mosquitto_sub -p {broker.port} -t 'gw/#'")
    print("stop      Ctrl-C", flush=True)
