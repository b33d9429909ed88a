"""Where the wires end: real buses, or a simulated house behind the same shapes; decided once, at start."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from hw import nws
from hw.bus import I2cBus, StreamPort
from hw.i2c import LinuxI2c
from hw.meter import RTU
from hw.nws_forecast import NwsForecast
from hw.others import Others, real_others
from hw.serial_port import SerialPort
from hw.stream import TcpPort
from hw.tls import tls_context
from hw.weather import ForecastPort, WeatherSeries, open_forecast
from layouts.model import House, PowerMeter
from layouts.settings import Settings
from states.image import Answer, Now, Post


class Devices(Protocol):
    """Where sensor modules and the hub post."""

    def receive(self, now: Now) -> tuple[Post, ...]:
        """What was posted since the last call; bounded, never waits."""

    def answer(self, answers: tuple[Answer, ...]) -> None:
        """Reply to posts by their ticket."""


class Ports(Struct):
    """Everything the rig and the forecast need; `world` only behind a simulated house."""

    i2c: I2cBus
    meter: StreamPort
    devices: Devices
    weather: ForecastPort
    world: Any = None
    """The simulated house (`hw.twin.world.World`), or None; nothing of a tick looks at it."""
    others: Others | None = None

    @property
    def simulated(self) -> str:
        """A sentence when nothing real is switched, else empty."""
        return "SIMULATED house: nothing real is switched" if self.world is not None else ""


def real_ports(house: House, settings: Settings, devices: Devices) -> Ports:
    """The buses of a real house; raises `OSError` or `ValueError` with a sentence."""
    i2c = LinuxI2c(settings.hardware.i2c_number)
    meter, others = meter_port(house.meter), real_others(house, settings)
    return Ports(i2c, meter, devices, weather_port(settings), others=others)


def weather_port(settings: Settings, own: WeatherSeries | None = None) -> ForecastPort:
    """Where the forecast comes from; `own` is the weather of the simulated house, if any."""
    weather, site = settings.weather, settings.site
    if weather.source != "nws":
        return open_forecast(settings, own)
    port = TcpPort(nws.HOST, 443, tls_context(), nws.HOST)
    return NwsForecast(port, site.latitude, site.longitude, weather.contact)


def meter_port(meter: PowerMeter) -> StreamPort:
    """Where the power meter is reached: on the network or on a serial line."""
    if meter.kind == RTU:
        return SerialPort(meter.serial_port, meter.baud, meter.parity)
    return TcpPort(meter.host, meter.port)


class Both:
    """Two sources of posts as one; tickets of the second are told apart by their sign."""

    def __init__(self, first: Devices, second: Devices) -> None:
        self._first, self._second = first, second

    def receive(self, now: Now) -> tuple[Post, ...]:
        """What either heard."""
        others = self._second.receive(now)
        if not others:
            return self._first.receive(now)
        turned = tuple(replace(post, ticket=-1 - post.ticket) for post in others)
        return self._first.receive(now) + turned

    def answer(self, answers: tuple[Answer, ...]) -> None:
        """To each its own."""
        mine = tuple(a for a in answers if a.ticket >= 0)
        theirs = tuple(
            Answer(-1 - a.ticket, a.status, a.body, a.content_type) for a in answers if a.ticket < 0
        )
        if mine:
            self._first.answer(mine)
        if theirs:
            self._second.answer(theirs)
