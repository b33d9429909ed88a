"""A simulated house for tests: a clock that moves when told, and somebody who answers the modules."""

from __future__ import annotations

import json

import msgspec

from hw.twin.plant.contacts import Contacts
from hw.twin.prices import PriceSeries
from hw.twin.weather import SyntheticWeather
from hw.twin.world import SensorNoise, World
from hw.weather import Hour, WeatherSeries
from layouts.load import load_house
from layouts.settings import Settings
from states.image import Answer, Now, Post

START_WALL_MS = 1_579_600_800_000
"""2020-01-21 10:00 UTC, a Tuesday, 5:00 in Maine."""
QUIET = SensorNoise(pipe_v=0.0, tank_uv=0.0, power_part=0.0)


class HandClock:
    """House time that stands until it is moved."""

    def __init__(self, wall_ms: int = START_WALL_MS, mono_ms: int = 0) -> None:
        self.wall_ms = wall_ms
        self.mono_ms = mono_ms

    def now(self) -> Now:
        return Now(self.wall_ms, self.mono_ms, self.mono_ms)

    def forward(self, ms: int) -> Now:
        self.wall_ms += ms
        self.mono_ms += ms
        return self.now()


class Steady:
    """The same weather for ever."""

    source = "steady"

    def __init__(self, oat_f: float) -> None:
        self.oat_f = oat_f

    def hour(self, index: int) -> Hour | None:
        return self.oat_f, 0.0


def settings(heat_pump: str = "lg_ht", seed: int = 1, pump_delay_s: int = 120) -> Settings:
    base = Settings()
    return msgspec.structs.replace(
        base,
        twin=msgspec.structs.replace(base.twin, heat_pump=heat_pump, seed=seed),
        heat_pump=msgspec.structs.replace(base.heat_pump, pump_delay_s=pump_delay_s),
    )


def world(
    layout: str = "orange",
    *,
    clock: HandClock | None = None,
    weather: WeatherSeries | None = None,
    site: Settings | None = None,
    prices: PriceSeries | None = None,
    noise: SensorNoise = QUIET,
    boiler: bool | None = None,
    step_s: int = 10,
) -> tuple[World, HandClock]:
    clock = clock or HandClock()
    site = site or settings()
    house = load_house(layout)
    if boiler is not None:
        house = msgspec.structs.replace(house, boiler=boiler)
    weather = weather or SyntheticWeather(site.twin.seed)
    return World(house, site, weather, clock, prices=prices, noise=noise, step_s=step_s), clock


def contacts(**asks: object) -> Contacts:
    """Contacts of a one-zone house, every relay at rest but for `asks`."""
    return msgspec.structs.replace(Contacts(zones_by_scada=(False,), zones_call=(False,)), **asks)


def energise(house: World, *indices: int) -> None:
    """Energise exactly these relays, as a driver would: two bytes to each board."""
    from hw.twin.chips import relay_pin

    for board, address in enumerate(house.house.relay_boards):
        word = 0xFFFF
        for index in indices:
            if (index - 1) // 16 == board:
                word &= ~(1 << relay_pin(index))
        house.i2c.write(address, word.to_bytes(2, "little"))


def reply(post: Post) -> Answer:
    """What a healthy SCADA answers, house parameters included."""
    if post.path.endswith("code-update"):
        return Answer(post.ticket, 404)
    if not post.path.endswith("-params"):
        return Answer(post.ticket, 200)
    params = json.loads(post.body)
    params |= {"CaptureOffsetS": 20.0, "AsyncCaptureDeltaMicroVolts": 2000, "NumSampleAverages": 30}
    params |= {"PublishEmptyTicklistAfterS": 7, "PublishTicklistPeriodS": 10}
    params |= {"PublishAnyTicklistAfterS": 10, "PublishTicklistLength": 10}
    return Answer(post.ticket, 200, json.dumps(params).encode())


def listen(house: World, clock: HandClock, seconds: int, tick_ms: int = 1000) -> list[tuple[int, Post]]:
    """Let the house live with a healthy listener; every post with the house time it was received."""
    heard: list[tuple[int, Post]] = []
    for _ in range(seconds * 1000 // tick_ms):
        now = clock.forward(tick_ms)
        posts = house.devices.receive(now)
        house.devices.answer([reply(post) for post in posts])
        heard.extend((now.mono_ms, post) for post in posts)
    return heard
