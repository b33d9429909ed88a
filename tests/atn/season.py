"""`python scada.py simulate`: the full program in virtual time, no sockets; a season in minutes.

Broker, store, sensor modules and house are in memory; around them is the program that runs in a house.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

import scada
from hw.clock import VirtualClock, stopwatch_ns
from hw.hourly import FIRST_YEAR, HOUR_S, hour_text
from hw.log import Log
from hw.twin import season
from hw.twin.ports import twin_ports, twin_prices, twin_weather
from hw.twin.prices import CsvPrices
from hw.twin.world import SensorNoise, World
from hw.weather import CsvWeather
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Peer, Settings
from layouts.share import PRIMARY, SECONDARY
from proto.link import LinkPlan
from proto.memory import MemoryBroker
from proto.pipe import Pipe
from proto.store import Store
from proto.store.memory import MemoryStore
from proto.wire_file import Tap, WireFile
from states.calendar import zone_of
from states.decide import params_of
from states.image import Event
from states.story import SHOWN, line
from tests.atn.atn import MAX_PACKET_BYTES, Atn
from tests.atn.outlook import Hours
from tests.atn.rule import PriceRule
from tests.atn.second import Desks

DEFAULT_START = "2026-01-27T00:00"
HOUR_MS = HOUR_S * 1000
LAST_START_YEAR = 2900
MOST_DAYS = 36_525
"""A century."""


class Stage(Struct):
    """A program on a simulated house in virtual time, and everything around it a test may turn."""

    house: House
    settings: Settings
    clock: VirtualClock
    world: World
    broker: MemoryBroker
    program: Any
    store: Any
    atn: Atn | None = None
    atn_pipe: Any = None
    desks: Desks | None = None
    second: Any = None
    """The program of the second computer, where the house has one."""

    def step(self, tick_ms: int) -> None:
        """One tick of house time for everybody; the ATN answers within the tick, as over a quick network."""
        now = self.clock.advance(tick_ms)
        if self.atn is not None:
            self.atn.step(now, self.atn_pipe)
        if self.desks is not None:
            self.desks.sort(now)
            self.second.tick()
        self.program.tick()
        if self.atn is not None:
            self.atn.step(now, self.atn_pipe)

    def run(self, seconds: float, tick_ms: int) -> None:
        """Let so much house time pass."""
        for _ in range(round(seconds * 1000 / tick_ms)):
            self.step(tick_ms)


def stage(
    house: House,
    settings: Settings,
    start_wall_ms: int,
    tick_ms: int,
    *,
    atn: bool = False,
    prices_csv: str = "",
    store: Store | None = None,
    clock: VirtualClock | None = None,
    tap: Tap | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Stage:
    """Set the stage; raises `ValueError` with a sentence for what cannot be simulated."""
    seed = settings.twin.seed
    time = clock or VirtualClock(start_wall_ms, 1_000_000)
    settings = replace(settings, loop=replace(settings.loop, tick_ms=tick_ms))
    two = bool(house.second_nodes)
    settings = replace(settings, local=replace(settings.local, enabled=two or settings.local.enabled))
    noise = SensorNoise(spread_posts=False)
    ports = twin_ports(house, settings, time, prices_csv=prices_csv, noise=noise, whole=two)
    desks = Desks(house, ports.world.devices) if two else None
    broker, inside = MemoryBroker(), MemoryBroker()

    def make(plan: LinkPlan, topics: tuple[str, ...], peer: Peer) -> Pipe:
        return (inside if plan.name == "local_mqtt" else broker).pipe(*topics)

    kept = store if store is not None else MemoryStore()
    log = Log(level="error", net_ms=lambda: time.now().net_ms)
    mine = desks.ports(ports, PRIMARY) if desks else ports
    program = scada.build(house, settings, time, mine, kept, make, rng=random.Random(seed), log=log, tap=tap)
    made = Stage(house, settings, time, ports.world, broker, program, kept)
    if desks is not None:
        made.desks = desks
        aside = replace(settings, site=replace(settings.site, role=SECONDARY))
        theirs, rng = desks.ports(ports, SECONDARY), random.Random(seed + 2)
        made.second = scada.build(house, aside, time, theirs, MemoryStore(), make, rng=rng, log=log)
    if atn:
        weather = twin_weather(settings)
        hours = Hours(twin_prices(settings, weather, prices_csv), weather, params_of(settings))
        rule = PriceRule(settings.house_model.hp_max_kw_el)
        made.atn = Atn(house.scada.alias, house.ltn.alias, rule, hours, random.Random(seed + 1), say)
        made.atn_pipe = broker.pipe(made.atn.subscription, max_packet_bytes=MAX_PACKET_BYTES)
    return made


def start_ms(args: argparse.Namespace, settings: Settings, weather: CsvWeather | None) -> int:
    """Where house time begins: --start, else where the weather file begins, else a winter's day."""
    zone, _ = zone_of(settings.site.time_zone)
    if args.start:
        try:
            start = datetime.fromisoformat(args.start)
        except ValueError:
            start = datetime.min
        if not FIRST_YEAR < start.year <= LAST_START_YEAR:
            years = f"of the years {FIRST_YEAR + 1} to {LAST_START_YEAR}"
            words = f"is not a date and time such as 2026-01-27T00:00 {years}."
            raise ValueError(f"--start: '{args.start[:40]}' {words}")
        return int((start if start.tzinfo else start.replace(tzinfo=zone)).timestamp()) * 1000
    if weather is not None:
        return weather.first_index * HOUR_MS
    return int(datetime.fromisoformat(DEFAULT_START).replace(tzinfo=zone).timestamp()) * 1000


def settings_for(args: argparse.Namespace) -> Settings:
    """The settings of the run: built-in ones, the heat pump's preset, the files named."""
    settings = season.preset(Settings(), args.heat_pump)
    mode = "MonitorOnly" if args.controller == "thermostat" else "Heating"
    return replace(
        settings,
        site=replace(settings.site, mode=mode, layout=args.house),
        twin=replace(settings.twin, weather_csv=args.weather or "", seed=args.seed),
    )


def days_for(args: argparse.Namespace, begin_ms: int, weather: CsvWeather | None) -> float:
    """--days, else to the end of the weather file, else one day."""
    if args.days is not None:
        if not args.days > 0:
            raise ValueError(f"--days: {args.days} is not a positive number of days.")
        if args.days > MOST_DAYS:
            raise ValueError(f"--days: {args.days} days are more than a century ({MOST_DAYS}).")
        return float(args.days)
    return 1.0 if weather is None else ((weather.last_index + 1) * HOUR_MS - begin_ms) / season.DAY_MS


def check_covers(weather: CsvWeather, begin_ms: int, days: float) -> None:
    """Raises `ValueError` with a sentence for a run that begins before its weather or goes on after it."""
    begins, ends = weather.first_index * HOUR_MS, (weather.last_index + 1) * HOUR_MS
    from_to = f"the weather file {_from_to(weather)}"
    if not begins <= begin_ms < ends:
        at = hour_text(begin_ms // HOUR_MS)
        raise ValueError(f"--start: the run would begin at {at}, but {from_to}.")
    most = (ends - begin_ms) / season.DAY_MS
    if days > most + 1e-9:
        raise ValueError(f"--days: {days:g} days are too many, since {from_to}; {_down(most)} at most.")


def _from_to(data: CsvWeather | CsvPrices) -> str:
    return f"goes from {hour_text(data.first_index)} to {hour_text(data.last_index + 1)}"


def _unpriced(prices: CsvPrices, begin_ms: int, days: float) -> str:
    """A sentence when prices are known for a part of the run only."""
    begins, ends = prices.first_index * HOUR_MS, (prices.last_index + 1) * HOUR_MS
    if begins <= begin_ms and begin_ms + days * season.DAY_MS <= ends:
        return ""
    return f"--prices: the price file {_from_to(prices)}; what is used outside that time is not in cost_usd."


def _down(days: float) -> str:
    """Days that a reader may type and that are not too many."""
    return f"{int(days * 1000) / 1000:g}"


def check_tick(tick_s: float) -> None:
    """Raises `ValueError` with a sentence for a tick that is too short or too long."""
    if not 0.02 <= tick_s <= 60.0:
        raise ValueError(f"--tick: {tick_s} s is not between 0.02 and 60.")


def plan(args: argparse.Namespace, settings: Settings) -> tuple[int, float, list[str]]:
    """(begin UTC ms, days, sentences on holes in the files); raises `ValueError` for what cannot be run."""
    check_tick(args.tick)
    weather = CsvWeather(args.weather) if args.weather else None
    begin_ms = start_ms(args, settings, weather)
    days = days_for(args, begin_ms, weather)
    notes: list[str] = []
    if weather is not None:
        check_covers(weather, begin_ms, days)
        notes.append(weather.holes)
    if args.prices:
        prices = CsvPrices(args.prices, settings)
        notes += [_unpriced(prices, begin_ms, days), prices.holes]
    return begin_ms, days, [words for words in notes if words]


def simulate(args: argparse.Namespace) -> int:
    """The command; returns the exit code."""
    settings = settings_for(args)
    try:
        house = load_house(args.house)
        begin_ms, days, notes = plan(args, settings)
        tick_ms = round(args.tick * 1000)
        tap = WireFile(Path(args.wire), afresh=True) if args.wire else None
        say = print if not args.json else (lambda _: None)
        made = stage(
            house,
            settings,
            begin_ms,
            tick_ms,
            atn=args.controller == "atn",
            prices_csv=args.prices or "",
            tap=tap,
        )
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return scada.EXIT_CONFIG
    for words in notes:
        print(words, file=sys.stderr)
    if not args.json:
        zone, _ = zone_of(settings.site.time_zone)
        print("SIMULATED house: nothing real is switched")
        made.program.listeners.append(Teller(zone, say).tell)
    begin_ns = stopwatch_ns()
    ticks = season.run(made, days, tick_ms)
    wall_s = (stopwatch_ns() - begin_ns) / 1e9
    if tap is not None:
        tap.close()
    score = made.world.score
    if score is None:
        raise RuntimeError("a simulated season has prices and so a score")
    made.world.advance(made.clock.now().mono_ms)
    result = season.outcome(made.world, score.figures(), args.controller, days, tick_ms, ticks, wall_s)
    print(msgspec.json.encode(result).decode() if args.json else "\n" + season.as_text(result))
    return 0


class Teller:
    """Events as lines; what is refused or dropped again and again for the same cause is told once."""

    def __init__(self, zone: Any, say: Callable[[str], None]) -> None:
        self._zone, self._say = zone, say
        self._refused: set[str] = set()

    def tell(self, event: Event) -> None:
        """An event of the program."""
        if event.kind not in SHOWN:
            return
        again = event.kind == "refused" and event.name in self._refused
        if event.kind == "refused":
            self._refused.add(event.name)
        if not again:
            self._say(line(event, self._zone, dated=True))
