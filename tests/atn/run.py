"""The local ATN as a program: `python tests/atn/run.py --port 1883 --house orange`.

It speaks to a SCADA over a broker as the real one does, buys by a price rule, and prints what it sees.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
from datetime import datetime
from pathlib import Path
from types import FrameType

if __package__ in (None, ""):  # run as a script: the project's root is two folders up
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace

from hw.clock import RealClock
from hw.dial import Dialer
from hw.twin.prices import CsvPrices, PriceSeries, SyntheticPrices
from hw.twin.weather import SyntheticWeather
from hw.weather import CsvWeather, WeatherSeries
from layouts.load import load_house
from layouts.settings import Settings
from proto.mqtt import MqttPipe
from proto.talk import MqttPlace
from states.calendar import zone_of
from states.decide import params_of
from tests.atn.atn import MAX_PACKET_BYTES, Atn
from tests.atn.outlook import Hours
from tests.atn.rule import PriceRule

STEP_MS = 20


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python tests/atn/run.py", description=__doc__.split("\n\n")[0])
    made.add_argument("--house", default="orange", help="layout name or file (default: orange)")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=1883)
    made.add_argument("--speed", type=float, default=1.0, help="house seconds per real second")
    made.add_argument("--start-wall-ms", type=int, help="house time at --start-mono-ns (for the demo)")
    made.add_argument("--start-mono-ns", type=int, help="CLOCK_MONOTONIC when house time began")
    made.add_argument("--brief", action="store_true", help="only what belongs to a story")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--again", type=int, default=0, help="how often it was started before (for the demo)")
    made.add_argument("--weather", help="CSV instead of the simulated weather")
    made.add_argument("--prices", help="CSV instead of the simulated prices")
    return made


def sources(args: argparse.Namespace, settings: Settings) -> tuple[WeatherSeries, PriceSeries]:
    """Weather and prices as asked for."""
    weather: WeatherSeries = CsvWeather(args.weather) if args.weather else SyntheticWeather(args.seed)
    if args.prices:
        return weather, CsvPrices(args.prices, settings)
    return weather, SyntheticPrices(args.seed, settings, weather)


def main(arguments: list[str]) -> int:
    """Run until interrupted."""
    args = parser().parse_args(arguments)
    house = load_house(args.house)
    settings = replace(Settings(), twin=replace(Settings().twin, seed=args.seed))
    weather, prices = sources(args, settings)
    clock = RealClock(args.speed, args.start_wall_ms, start_mono_ns=args.start_mono_ns)
    zone, _ = zone_of(settings.site.time_zone)

    def say(words: str) -> None:
        at = datetime.fromtimestamp(clock.now().wall_ms / 1000, zone).strftime("%H:%M:%S")
        print(f"{at} ATN {words}", flush=True)

    rng = random.Random(args.seed + 1000 * args.again)
    rule = PriceRule(settings.house_model.hp_max_kw_el)
    atn = Atn(
        house.scada.alias,
        house.ltn.alias,
        rule,
        Hours(prices, weather, params_of(settings)),
        rng,
        say,
        brief=args.brief,
    )
    place = MqttPlace(
        args.host,
        args.port,
        (atn.subscription,),
        f"atn-{rng.randrange(10**9):09d}",
        max_packet_bytes=MAX_PACKET_BYTES,
    )
    pipe = MqttPipe(place, lambda: Dialer(args.host, args.port), rng.random)
    stopping: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    while not stopping:
        now = clock.now()
        atn.step(now, pipe)
        clock.sleep_until(now.net_ms + STEP_MS)
    pipe.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
