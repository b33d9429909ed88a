"""The power meter against pymodbus' own server in another process: over TCP and over a serial line."""

from __future__ import annotations

import contextlib
import os
import pty
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from hw.bus import StreamPort
from hw.dial import Dialer
from hw.latest import Latest
from hw.meter import DEADLINE_MS, LATCH_MS, Meter
from hw.serial_port import REOPEN_MS, SerialPort
from hw.stream import TcpPort
from layouts.load import load_house
from layouts.model import PowerMeter
from states.image import FAILED, Now
from tests.hw.fakes import WALL_MS
from tests.hw.modbus_server import POWERS, SERIAL, Process, modbus_server
from tests.hw.servers import free_port, open_files

PATIENCE_S = 10.0


class Site:
    """A meter on a real port; house time is made up, the other side lives in real time."""

    server: Process

    def __init__(self, layout: PowerMeter, port: StreamPort) -> None:
        self.latest = Latest()
        self.layout, self.port = layout, port
        self.meter = Meter(layout, port, self.latest)
        self.ms = 1000
        self.ticks = 0

    def step(self, ms: int = 10) -> None:
        self.ms += ms
        self.ticks += 1
        self.meter.step(Now(WALL_MS + self.ms, self.ms, self.ms))

    def until(self, done: Callable[[], bool], ms: int = 10) -> None:
        """Tick until `done`, `ms` of house time a tick, for real seconds at most."""
        give_up = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < give_up, self.meter.device.status
            self.step(ms)
            time.sleep(0.001)

    def tick(self, count: int, ms: int = 10) -> None:
        for _ in range(count):
            self.step(ms)
            time.sleep(0.001)

    def polled(self) -> None:
        """Until every channel has been read anew."""
        before = self.ms
        self.until(lambda: all((r := self.latest.get(n)) and r.mono_ms > before for n in self.names))

    def failed_again(self, ms: int = 250) -> int:
        """Until it has failed once more; how long it will be left alone, ms."""
        errors = self.meter.device.errors
        self.until(lambda: self.meter.device.errors > errors, ms)
        return self.meter.device.status.backoff_until_mono_ms - self.ms

    @property
    def dials(self) -> int:
        return int(self.port.dials)  # type: ignore[attr-defined]

    @property
    def names(self) -> list[str]:
        return [register.channel for register in self.layout.registers]

    @property
    def watts(self) -> list[int | None]:
        return [reading.value if (reading := self.latest.get(name)) else None for name in self.names]

    @property
    def words(self) -> str:
        return self.meter.device.status.words


WATTS = [int(watts) for watts in POWERS]


@contextlib.contextmanager
def tcp_site(**changes: object) -> Iterator[tuple[Site, Callable[[str], None]]]:
    port = free_port()
    layout = msgspec.structs.replace(
        load_house("beech").meter, host="127.0.0.1", port=port, hw_uid=SERIAL, **changes
    )
    with modbus_server("tcp", port) as server:
        dials = TcpPort("127.0.0.1", port)
        try:
            site = Site(layout, dials)
            site.server = server
            yield site, server.be
        finally:
            dials.close()


class Line:
    """Two ptys with a wire between them: the meter's end, ours by a name that may be unplugged."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "usb-RS485-port0"
        self._theirs, self._their_slave = pty.openpty()
        tty.setraw(self._theirs)
        tty.setraw(self._their_slave)
        self.their_path = os.ttyname(self._their_slave)
        self._ours: int | None = None
        self._our_slave: int | None = None
        os.set_blocking(self._theirs, False)

    def plug(self) -> None:
        """The converter is (again) there, perhaps under another number."""
        self._ours, self._our_slave = pty.openpty()
        tty.setraw(self._ours)
        tty.setraw(self._our_slave)
        os.set_blocking(self._ours, False)
        self.path.symlink_to(os.ttyname(self._our_slave))

    def unplug(self) -> None:
        self.path.unlink()
        for end in (self._our_slave, self._ours):
            if end is not None:
                os.close(end)
        self._ours = self._our_slave = None

    def carry(self, spoil: Callable[[bytes], bytes] = bytes) -> None:
        """Move what either side sent; `spoil` is what the wire makes of it on its way to us."""
        for source, target, change in ((self._ours, self._theirs, bytes), (self._theirs, self._ours, spoil)):
            if source is None:
                continue
            with contextlib.suppress(BlockingIOError, OSError):
                data = os.read(source, 4096)
                if data and target is not None:
                    os.write(target, change(data))

    def close(self) -> None:
        for end in (self._theirs, self._their_slave, self._ours, self._our_slave):
            if end is not None:
                os.close(end)


class SerialSite(Site):
    """A serial meter; the wire carries on each tick."""

    def __init__(self, layout: PowerMeter, port: StreamPort, line: Line) -> None:
        super().__init__(layout, port)
        self.line = line
        self.spoil: Callable[[bytes], bytes] = bytes

    def step(self, ms: int = 10) -> None:
        self.line.carry(self.spoil)
        super().step(ms)
        self.line.carry(self.spoil)


@contextlib.contextmanager
def serial_site(folder: Path) -> Iterator[tuple[SerialSite, Callable[[str], None]]]:
    layout = msgspec.structs.replace(load_house("beech").meter, kind="rtu")
    line = Line(folder)
    line.plug()
    with modbus_server("rtu", line.their_path) as server:
        port = SerialPort(str(line.path), 19_200, "none")
        try:
            site = SerialSite(layout, port, line)
            site.server = server
            yield site, server.be
        finally:
            port.drop(0, "over")
            line.close()


# ----------------------------------------------------------------------------------------- over TCP


def test_every_power_of_a_real_server_is_read_and_its_serial_number_compared() -> None:
    with tcp_site() as (site, _):
        site.polled()
        assert site.watts == WATTS
        assert site.words == ""
    with tcp_site() as (site, _):
        site.layout = msgspec.structs.replace(site.layout, hw_uid="meter-9")
        site.meter = Meter(site.layout, site.port, site.latest)
        site.polled()
        assert site.words == "The meter's serial number is 'meter-4030'; the layout says 'meter-9'."


def test_a_slow_server_is_waited_for_and_no_tick_waits() -> None:
    with tcp_site() as (site, be):
        site.polled()
        be("slow 150")
        site.until(lambda: site.meter.modbus.busy)
        before = site.ticks
        site.polled()
        assert site.ticks - before > 20, "ticks went on while the answer was awaited"
        assert (site.watts, site.meter.device.errors) == (WATTS, 0)


def test_a_hung_server_costs_one_question_at_a_time_and_is_asked_less_and_less_often() -> None:
    with tcp_site() as (site, be):
        site.polled()
        be("hung")
        for wait_ms in (2_000, 4_000, 8_000):
            assert site.failed_again() == wait_ms
            assert site.words == f"The meter has not answered within {DEADLINE_MS // 1000} s."
            dials = site.dials
            site.tick(3)
            assert site.dials == dials, "left alone meanwhile"
            site.ms += wait_ms
        be("good")
        site.ms += 400_000
        site.until(lambda: site.meter.device.ok)
        site.polled()
        assert site.watts == WATTS


@pytest.mark.parametrize("code", [4, 5, 6, 11])
def test_an_exception_that_may_pass_is_asked_again_at_the_next_poll(code: int) -> None:
    with tcp_site() as (site, be):
        site.polled()
        be(f"exception {code}")
        site.until(lambda: f"exception {code}" in site.words)
        be("good")
        site.polled()
        assert (site.watts, site.words) == (WATTS, "")


@pytest.mark.parametrize("code", [1, 2, 3])
def test_an_exception_of_the_configuration_is_latched_and_said(code: int) -> None:
    with tcp_site() as (site, be):
        site.polled()
        be(f"exception {code}")
        site.until(lambda: f"exception {code}" in site.words)
        assert site.watts == [None] * len(WATTS)
        be("good")
        polls = site.meter.polls
        site.until(lambda: site.meter.polls > polls + 3)
        assert f"exception {code}" in site.words, "not asked again before its time"
        site.ms += LATCH_MS
        site.polled()
        assert (site.watts, site.words) == (WATTS, "")


@pytest.mark.parametrize("how", ["garbage", "drop"])
def test_garbage_and_a_dropped_connection_are_met_by_dialling_anew(how: str) -> None:
    with tcp_site() as (site, be):
        site.polled()
        be(how)
        site.until(lambda: not site.meter.device.ok)
        be("good")
        site.until(lambda: site.meter.device.ok, 50)
        site.polled()
        assert site.watts == WATTS


def test_an_answer_to_the_question_before_is_not_taken_for_the_answer_to_this() -> None:
    with tcp_site() as (site, be):
        site.polled()
        be("late")
        site.polled()
        site.polled()
        assert site.watts == WATTS
        assert site.meter.modbus.strays > 0


def test_a_name_nobody_knows_is_a_sentence() -> None:
    layout = msgspec.structs.replace(load_house("beech").meter, host="egauge.invalid", port=502)
    script = ("sh", "-c", "exit 2")
    port = TcpPort("egauge.invalid", 502, dialer=lambda *a: Dialer(*a, lookup=script))
    site = Site(layout, port)
    site.until(lambda: "does not know this name" in site.words)
    site.ms += 10_000
    site.tick(3)
    assert site.watts == [None] * len(WATTS)
    port.close()


# ---------------------------------------------------------------------------------------- on a line


def test_a_serial_meter_is_read_over_a_pty(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        assert site.watts == WATTS
        be("exception 2")
        site.until(lambda: "exception 2" in site.words)


def test_noise_on_the_line_is_passed_over(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, _):
        site.spoil = lambda data: b"\xff\x01\x04" + data
        site.polled()
        assert site.watts == WATTS


def test_a_spoilt_answer_is_no_answer(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, _):
        site.spoil = lambda data: bytes((data[0] ^ 1, *data[1:]))
        site.until(lambda: not site.meter.device.ok and site.meter.device.errors > 0, 100)
        site.spoil = bytes
        site.until(lambda: site.meter.device.ok, 50)
        site.polled()
        assert site.watts == WATTS


def test_a_converter_unplugged_and_plugged_in_again_is_opened_within_ten_seconds(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, _):
        site.polled()
        site.line.unplug()
        site.until(lambda: not site.meter.device.ok)
        assert "unplugged" in site.words
        site.tick(40, 250)
        assert site.words.endswith(
            "is missing: plug the serial converter in, or correct [meter] serial_port."
        )
        assert site.watts == [None] * len(WATTS)
        assert {site.latest.get(name).quality for name in site.names} == {FAILED}  # type: ignore[union-attr]
        site.line.plug()
        back_ms = site.ms
        site.until(lambda: site.meter.device.ok)
        assert site.ms - back_ms <= 10_000


def test_a_converter_plugged_in_anew_ends_a_long_wait(tmp_path: Path) -> None:
    with serial_site(tmp_path) as (site, be):
        site.polled()
        be("hung")
        while (wait_ms := site.failed_again()) < 60_000:
            site.ms += wait_ms
        be("good")
        site.line.unplug()
        site.tick(5)
        site.line.plug()
        back_ms = site.ms
        site.until(lambda: site.meter.device.ok)
        assert site.ms - back_ms <= 10_000


def test_ten_thousand_cycles_of_the_plug_leave_no_file_open(tmp_path: Path) -> None:
    line = Line(tmp_path)
    port = SerialPort(str(line.path), 9600, "none")
    line.plug()
    try:
        assert port.stream(0) is not None
        port.drop(0, "begin")
        before = open_files()
        for cycle in range(10_000):
            stream = port.stream(cycle)
            assert stream is not None, port.words
            assert stream.recv(8) is None
            port.drop(cycle, "again")
        assert (open_files(), port.opens) == (before, 10_001)
        line.path.unlink()
        for cycle in range(100):
            assert port.stream(REOPEN_MS * cycle) is None
        assert open_files() == before
    finally:
        line.close()


def test_the_line_is_opened_as_the_layout_says() -> None:
    asked: list[tuple[str, int, str]] = []

    def opener(path: str, baud: int, parity: str) -> object:
        asked.append((path, baud, parity))
        raise PermissionError(13, "Permission denied")

    port = SerialPort("/dev/serial/by-id/x", 19_200, "even", opener)
    assert port.stream(0) is None
    assert asked == [("/dev/serial/by-id/x", 19_200, "E")]
    assert port.words.startswith(
        "/dev/serial/by-id/x may not be opened: put this user into the group dialout"
    )


def test_a_line_in_use_by_another_program_is_a_sentence(tmp_path: Path) -> None:
    line = Line(tmp_path)
    line.plug()
    first, second = (SerialPort(str(line.path), 9600, "none") for _ in range(2))
    try:
        assert first.stream(0) is not None
        assert second.stream(0) is None
        assert second.words == f"{line.path} is used by another program."
        assert SerialPort("/dev/null", 9600, "none").stream(0) is None
    finally:
        first.drop(0, "over")
        line.close()
