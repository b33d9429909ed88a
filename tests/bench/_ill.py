"""The cases of the bench `devices` that are real: servers in other processes, a serial line, a folder, files.

Waits, deadlines and periods are cut to fractions of a second, so that trouble falls in most ticks and not in
one of thousands: a dead device is asked far more often here than in a house. Only a forecast that came is
left alone for a minute: it costs two ticks an hour two milliseconds each, far below one tick in a thousand.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from msgspec import Struct
from msgspec.structs import replace

from hw import device, hub_poll, meter, nws_forecast, one_wire, stream
from hw.computer import LinuxGauges
from hw.meter import Meter
from hw.nws_forecast import NwsForecast
from hw.one_wire import ChildScan
from hw.others import HubLine, Others
from hw.ports import Ports
from hw.serial_port import SerialPort
from hw.stream import TcpPort
from hw.tls import tls_context
from hw.twin.meter import TwinMeter
from hw.twin.one_wire import write_tree
from hw.twin.ports import twin_ports
from layouts.load import load_house
from layouts.settings import Settings
from scada import Scada
from states.image import Now
from tests.bench.devices import Cost, measure
from tests.bench.tick import START_MS
from tests.hw.modbus_server import Process as MeterProcess
from tests.hw.modbus_server import modbus_server
from tests.hw.nws_answers import HOURLY, POINTS, hourly, points, week
from tests.hw.serial_line import DRIBBLE, GARBAGE, GOOD, MUTE, SerialLine
from tests.hw.servers import Certificates, black_hole, free_port
from tests.hw.test_hub_poll import API, TOKEN
from tests.hw.test_hub_poll import device as thermostat
from tests.hw.web_server import Process as WebProcess
from tests.hw.web_server import web_server
from tests.layouts.devices import load, with_probes
from tests.program.house import program

PACE_S = 0.002
"""Real time from tick to tick; of the house's time 100 ms pass."""
WARM_UP = 120
DEADLINE_MS = 600
SHORT_MS = 60
HURRY: tuple[tuple[Any, str, int], ...] = (
    (device, "FIRST_BACKOFF_MS", SHORT_MS),
    (stream, "FIRST_BACKOFF_MS", SHORT_MS),
    (stream, "MAX_BACKOFF_MS", SHORT_MS),
    (meter, "DEADLINE_MS", DEADLINE_MS),
    (hub_poll, "DEADLINE_MS", DEADLINE_MS),
    (hub_poll, "RETRY_MS", 1_000),
    (nws_forecast, "DEADLINE_MS", DEADLINE_MS),
    (nws_forecast, "RETRY_MS", SHORT_MS),
    (nws_forecast, "POLL_MS", 60_000),
    (one_wire, "PERIOD_MS", 5_000),
    (one_wire, "DEADLINE_MS", DEADLINE_MS),
)


class QuickHouse:
    """A clock whose house goes on by 100 ms a tick while the network's time is real."""

    def __init__(self) -> None:
        self._house_ms = 0

    def now(self) -> Now:
        """The present."""
        mono_ms = 1_000_000 + self._house_ms
        return Now(START_MS + self._house_ms, mono_ms, time.monotonic_ns() // 1_000_000)

    def step(self) -> None:
        """The next tick is due."""
        time.sleep(PACE_S)
        self._house_ms += 100


class Site(Struct):
    """Beech with everything real but its boards and modules."""

    scada: Scada
    clock: QuickHouse
    meter: MeterProcess
    web: Any
    folder: Path
    ports: dict[str, int]

    def live(self, ticks: int) -> None:
        """Let it run."""
        for _ in range(ticks):
            self.clock.step()
            self.scada.tick()

    def lead(self, who: str, port: int) -> None:
        """From now on this device is looked for at another port of this machine."""
        parts = self.scada.parts
        if who == "meter":
            parts.rig.meter._port.release(0)
            parts.rig.meter._port = TcpPort("127.0.0.1", port)
        elif who == "hub":
            _redirect(parts.rig.hub_poll._client, TcpPort("127.0.0.1", port))  # type: ignore[union-attr]
        else:
            to = _weather_line(port, self.folder.parent)
            _redirect(parts.ports.weather._client, to)  # type: ignore[attr-defined]
            parts.ports.weather._port = to  # type: ignore[attr-defined]

    def well(self) -> None:
        """Everybody answers as they should."""
        self.meter.be("good")
        self.web.be(_answers())
        for who, port in self.ports.items():
            self.lead(who, port)
        self.scan("grep", "-H", "")

    def scan(self, *reader: str) -> None:
        """How the folder of probes is read from now on."""
        probes = self.scada.parts.rig.probes
        assert probes is not None
        probes._scan.stop()
        probes._scan = ChildScan(str(self.folder), reader)
        probes._started_net_ms = None


def _redirect(client: Any, port: TcpPort) -> None:
    client._port.release(0)
    client._port, client._stream = port, None


def _weather_line(port: int, folder: Path) -> TcpPort:
    return TcpPort("127.0.0.1", port, tls_context(str(folder / "ca.pem")), "localhost")


def _answers(**how: str) -> dict[str, list[Any]]:
    """What the web server says: the hub's thermostats and the weather, each in its own way."""
    hub, weather = how.get("hub", "good"), how.get("weather", "good")
    body = hourly(week(START_MS), START_MS)
    found: dict[str, list[Any]] = {
        f"{API}/{number}": [hub, 200, thermostat(number, "68.5")] for number in (1, 2, 3, 4)
    }
    return found | {POINTS: [weather, 200, points()], HOURLY: [weather, 200, body]}


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """The house and its servers while the block lasts."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for where, name, value in HURRY:
            stack.enter_context(patch.object(where, name, value))
        certificates = Certificates(folder)
        cert = certificates.ca.issue_cert("localhost")
        pem = folder / "server.pem"
        pem.write_bytes(cert.private_key_pem.bytes() + cert.cert_chain_pems[0].bytes())
        port = free_port()
        served = stack.enter_context(modbus_server("tcp", port))
        plain = stack.enter_context(web_server())
        sealed = stack.enter_context(web_server(str(pem), str(pem)))
        yield _build(
            folder, served, Both(plain, sealed), {"meter": port, "hub": plain.port, "weather": sealed.port}
        )


class Both:
    """The plain web server (the hub) and the one that speaks TLS (the weather), told the same."""

    def __init__(self, plain: WebProcess, sealed: WebProcess) -> None:
        self._servers = plain, sealed

    def be(self, answers: dict[str, Any]) -> None:
        """From now on answer so."""
        for server in self._servers:
            server.be(answers)


def _build(folder: Path, served: MeterProcess, web: Any, ports: dict[str, int]) -> Site:
    probes = Path(folder) / "w1"
    probes.mkdir()
    house = load(with_probes(), folder)
    write_tree(probes, {probe.rom: 10.0 for probe in house.probes})
    clock = QuickHouse()
    twin = twin_ports(house, Settings(), clock)
    line = TcpPort("127.0.0.1", ports["meter"])
    others = Others(
        hub=HubLine(TcpPort("127.0.0.1", ports["hub"]), TOKEN),
        probes=ChildScan(str(probes)),
        gauges=LinuxGauges(str(folder)),
    )
    weather = NwsForecast(_weather_line(ports["weather"], folder), 45.6573, -68.7098, "me@example.org")
    ports_of = Ports(twin.i2c, line, twin.devices, weather, twin.world, others)
    loop = replace(Settings().loop, tick_ms=100)
    settings = replace(Settings(), loop=loop, hub=replace(Settings().hub, poll_s=1))
    scada = program(clock, str(folder / "elm.toml"), settings=settings, tick_ms=100, ports=ports_of)
    rig = scada.parts.rig
    for each in (rig.meter.device, rig.hub_poll.device, weather.device, rig.probes.bus):  # type: ignore[union-attr]
        each.max_backoff_ms = SHORT_MS
    made = Site(scada, clock, served, web, probes, ports)
    made.web.be(_answers())
    return made


def _cases(house: Site, hole: int) -> dict[str, Callable[[], None]]:
    """Name of a case -> what makes it so."""
    nobody = free_port()
    found: dict[str, Callable[[], None]] = {"healthy": lambda: None}
    for who in house.ports:
        found[f"{who} refuses"] = partial(house.lead, who, nobody)
        found[f"{who} is a black hole"] = partial(house.lead, who, hole)
    for how in ("hung", "dribble 3", "garbage", "drop", "late", "exception 2"):
        found[f"meter: {how}"] = partial(house.meter.be, how)
    for who in ("hub", "weather"):
        for how in ("hung", "slow 900", "dribble 3", "garbage", "truncated"):
            found[f"{who}: {how}"] = lambda who=who, how=how: house.web.be(_answers(**{who: how}))  # type: ignore[misc]
    found["hub: a page of HTML"] = lambda: house.web.be({"/": ["good", 200, "<html>" * 9000]})
    found["probes: the reader hangs"] = partial(house.scan, "sleep", "60")
    found["probes: the reader is slow"] = partial(house.scan, "sh", "-c", 'sleep 0.4; grep -H "" "$@"', "sh")
    found["probes: no such files"] = partial(house.scan, "grep", "-H", "", "/nowhere")

    def all_dead() -> None:
        for who in house.ports:
            house.lead(who, hole)
        house.scan("sleep", "60")

    found["all dead"] = all_dead
    found["healthy again"] = lambda: None
    return found


def network(ticks: int) -> Iterator[Cost]:
    """Meter, hub, weather and probes, one ill at a time."""
    with site() as house, black_hole() as hole:
        for name, begin in _cases(house, hole).items():
            house.well()
            house.live(WARM_UP)
            begin()
            house.live(WARM_UP)
            yield measure("network", name, house.scada, ticks, house.clock.step)


def serial(ticks: int) -> Iterator[Cost]:
    """A meter on a serial line."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for where, name, value in HURRY:
            stack.enter_context(patch.object(where, name, value))
        clock = QuickHouse()
        scada = program(clock, "orange", tick_ms=100)
        world, rig = scada.parts.ports.world, scada.parts.rig
        layout = replace(load_house("orange").meter, kind="rtu")
        line = SerialLine(
            folder / "usb-RS485", TwinMeter(layout, world._read_watts, lambda: clock.now().net_ms, "twin")
        )
        line.plug()
        port = SerialPort(str(line.path), 19_200, "none")
        rig.meter = Meter(layout, port, rig._latest)
        rig.meter.device.max_backoff_ms = SHORT_MS

        def step() -> None:
            clock.step()
            line.serve()

        for how in (GOOD, MUTE, GARBAGE, DRIBBLE, "unplugged"):
            if how == "unplugged":
                line.unplug()
            else:
                line.how = how
            for _ in range(WARM_UP):
                step()
                scada.tick()
            yield measure("serial", f"serial meter {how}", scada, ticks, step)
        port.drop(0, "over")


def groups() -> list[tuple[str, Callable[[int], Iterator[Cost]]]]:
    """Name -> measurements, one by one."""
    return [("real servers: meter, hub, weather (TLS), probes", network), ("a serial line", serial)]
