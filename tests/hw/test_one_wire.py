"""1-wire probes: the data sheet's values, a child that reads a tree of files, a bus that hangs, the twin."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw import ds18b20
from hw.latest import Latest
from hw.one_wire import BELIEVED_AFTER, DEADLINE_MS, MOST_UNREAPED, PERIOD_MS, ChildScan, OneWire, pads
from hw.rig import Rig
from hw.twin.faults import Probe, ProbeFault
from hw.twin.one_wire import w1_slave, write_tree
from hw.twin.ports import twin_ports
from layouts.model import Probe as Layout
from layouts.settings import Settings
from states.image import FAILED, Now
from tests.hw.fakes import WALL_MS
from tests.hw.servers import children
from tests.layouts.devices import load, with_probes
from tests.twin.house import HandClock

OAT, GARAGE = "28-0000075a1c2b", "28-0000075a1c2c"
POWER_ON = w1_slave(ds18b20.scratchpad(85.0))
SPOILT = w1_slave(bytes.fromhex("72014b467fff0e1058"))
PROBES = (Layout("oat", OAT), Layout("garage-air", GARAGE))


def pad(raw: int, config: int = 0x7F) -> bytes:
    body = (raw & 0xFFFF).to_bytes(2, "little") + bytes((0x4B, 0x46, config, 0xFF, 0x0C, 0x10))
    return body + bytes((ds18b20.crc8(body),))


# --------------------------------------------------------------------------------------- nine bytes


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (0x07D0, 125_000), (0x0191, 25_062), (0x00A2, 10_125), (0x0008, 500), (0x0000, 0), (0xFFF8, -500),
        (0xFF5E, -10_125), (0xFE6F, -25_062), (0x054F, 84_938), (0x0551, 85_062),
    ],
)  # fmt: skip
def test_the_table_of_the_data_sheet(raw: int, value: int) -> None:
    found, words = ds18b20.decode(pad(raw))
    assert (found, words) == (value, "")


def test_the_kernels_own_example_passes_its_checksum() -> None:
    data = bytes.fromhex("72 01 4b 46 7f ff 0e 10 57")
    assert ds18b20.crc8(data[:-1]) == 0x57
    assert ds18b20.decode(data) == (23_125, "")


def test_bits_a_coarser_resolution_leaves_open_do_not_count() -> None:
    assert ds18b20.decode(pad(0x0197, 0x1F)) == (25_000, "")
    assert ds18b20.decode(pad(0x0197, 0x3F)) == (25_250, "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pad(0x0550), "says 85.0 °C, its power-on value: its supply is too weak to measure"),
        (bytes(9), "sent all zeros: the data wire is shorted"),
        (b"\xff" * 9, "sent bytes that fail their checksum: look at the wire"),
        (pad(0xFC90), "says -55.0 °C, which nothing in a house has"),
        (pad(0x0191, 0x00), "is no DS18B20"),
        (pad(0x0191)[:8], "sent 8 bytes, not 9"),
    ],
)
def test_what_no_healthy_probe_sends_has_no_value(data: bytes, words: str) -> None:
    assert ds18b20.decode(data) == (None, words)


@given(st.floats(-40, 125).filter(lambda c: round(c * 16) != 0x550), st.integers(0, 71))
def test_a_probe_is_read_back_to_a_sixteenth_and_one_flipped_bit_is_always_noticed(
    celsius: float, bit: int
) -> None:
    data = bytearray(ds18b20.scratchpad(celsius))
    found, _ = ds18b20.decode(bytes(data))
    assert found is not None
    assert abs(found - 1000 * celsius) <= 32
    data[bit // 8] ^= 1 << bit % 8
    assert ds18b20.decode(bytes(data))[0] is None


@given(st.text(max_size=300))
def test_no_text_whatever_makes_the_reader_fall_over(text: str) -> None:
    pads(text)
    pads(f"/sys/28-1/w1_slave:{text} : crc=57 YES")


# ------------------------------------------------------------------------------- a folder and a child


class Site:
    """Two probes on a folder; house time is made up, the child lives in real time."""

    def __init__(self, folder: Path, reader: tuple[str, ...] = ("grep", "-H", "")) -> None:
        self.latest = Latest()
        self.scan = ChildScan(str(folder), reader)
        self.wire = OneWire(PROBES, self.scan, self.latest)
        self.ms = 1000
        self.ticks = 0

    def step(self, ms: int = 10) -> None:
        self.ms += ms
        self.ticks += 1
        self.wire.step(Now(WALL_MS + self.ms, self.ms, self.ms))

    def until(self, done: Callable[[], bool], ms: int = 10) -> None:
        give_up = time.monotonic() + 10
        while not done():
            assert time.monotonic() < give_up, self.wire.bus.status
            self.step(ms)
            time.sleep(0.001)

    def scanned(self, count: int = 1) -> None:
        """Until so many more scans are over."""
        for _ in range(count):
            target = self.wire.scans + 1
            self.ms += PERIOD_MS
            self.until(lambda t=target: self.wire.scans == t and self.wire._started_net_ms is None)  # type: ignore[misc]

    def value(self, channel: str) -> int | None:
        reading = self.latest.get(channel)
        return None if reading is None else reading.value

    def words(self, channel: str) -> str:
        return self.wire.devices[channel].status.words


def test_probes_are_read_by_a_child_from_a_tree_of_files(tmp_path: Path) -> None:
    write_tree(tmp_path, {OAT: -7.5, GARAGE: 12.0})
    site = Site(tmp_path)
    site.scanned()
    assert (site.value("oat"), site.value("garage-air")) == (-7_500, 12_000)
    assert site.wire.bus.ok
    write_tree(tmp_path, {OAT: -8.0})
    site.scanned()
    assert site.value("oat") == -8_000
    assert children() == []


def test_a_probe_that_is_gone_is_said_to_be_gone_after_the_second_scan_and_the_other_stays(
    tmp_path: Path,
) -> None:
    write_tree(tmp_path, {OAT: -7.5, GARAGE: 12.0})
    site = Site(tmp_path)
    site.scanned()
    os.unlink(tmp_path / OAT / "w1_slave")
    site.scanned()
    assert site.value("oat") == -7_500, "one scan may be noise; the value ages"
    site.scanned(BELIEVED_AFTER - 1)
    site.until(lambda: site.value("oat") is None, 1000)
    assert site.latest.get("oat").quality == FAILED  # type: ignore[union-attr]
    assert site.words("oat") == f"{OAT} is not on the bus."
    assert site.value("garage-air") == 12_000
    write_tree(tmp_path, {OAT: -7.0})
    site.scanned()
    assert (site.value("oat"), site.words("oat")) == (-7_000, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (POWER_ON, "says 85.0 °C, its power-on value: its supply is too weak to measure."),
        (SPOILT, "sent bytes that fail their checksum: look at the wire."),
        ("", "is not on the bus."),
        ("\x00\xff nonsense : crc=zz\n", "is not on the bus."),
    ],
)  # fmt: skip
def test_a_probe_that_lies_has_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    write_tree(tmp_path, {OAT: 1.0, GARAGE: 12.0})
    (tmp_path / OAT / "w1_slave").write_text(text, encoding="latin-1")
    site = Site(tmp_path)
    site.scanned(BELIEVED_AFTER)
    assert site.words("oat") == f"{OAT} {words}"
    assert site.value("oat") is None
    assert site.value("garage-air") == 12_000


def test_a_slow_bus_holds_up_no_tick(tmp_path: Path) -> None:
    """Each probe takes 750 ms in the kernel; here a script takes 300 ms for both."""
    write_tree(tmp_path, {OAT: -7.5, GARAGE: 12.0})
    site = Site(tmp_path, ("sh", "-c", 'sleep 0.3; exec grep -H "" "$@"', "reader"))
    site.scanned()
    assert site.value("oat") == -7_500
    assert site.ticks > 50


def test_a_bus_that_hangs_is_given_up_killed_reaped_and_asked_less_and_less_often(tmp_path: Path) -> None:
    site = Site(tmp_path, ("sh", "-c", "exec sleep 60"))
    for wait_ms in (2000, 4000, 8000):
        errors = site.wire.bus.errors
        site.ms += PERIOD_MS
        site.until(lambda e=errors: site.wire.bus.errors > e, 1000)  # type: ignore[misc]
        assert site.wire.bus.status.words == f"The 1-wire bus did not answer within {DEADLINE_MS // 1000} s."
        assert site.wire.bus.status.backoff_until_mono_ms - site.ms == wait_ms
    site.until(lambda: children() == [], 0)
    assert site.words("oat") == f"{OAT} cannot be read while the bus hangs."


def test_while_readers_hang_in_the_kernel_no_more_are_started(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.scan.__class__ = type("Stuck", (ChildScan,), {"reap": lambda _: MOST_UNREAPED})
    site.step()
    assert site.wire.scans == 0
    assert site.wire.bus.status.words == "The 1-wire bus hangs in the kernel: no reading ends."


def test_a_missing_reader_is_a_sentence(tmp_path: Path) -> None:
    site = Site(tmp_path, ("/no/such/reader",))
    site.step()
    words = "The 1-wire probes cannot be read: /no/such/reader: No such file or directory."
    assert site.wire.bus.status.words == words


# ------------------------------------------------------------------------------------------ the twin


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Probe.MISSING, "is not on the bus."),
        (Probe.BAD_CRC, "sent bytes that fail their checksum: look at the wire."),
        (Probe.POWER_ON, "says 85.0 °C, its power-on value: its supply is too weak to measure."),
        (Probe.SHORTED, "sent all zeros: the data wire is shorted."),
        (Probe.HUNG, "cannot be read while the bus hangs."),
    ],
)
def test_the_twins_probe_tells_the_truth_until_it_fails(kind: Probe, words: str, tmp_path: Path) -> None:
    house, clock = load(with_probes(), tmp_path), HandClock()
    ports = twin_ports(house, Settings(), clock)
    rig = Rig(house, Settings(), ports.i2c, ports.meter, ports.others)

    def run(seconds: int) -> None:
        for _ in range(seconds):
            rig.read(clock.forward(1000))

    run(40)
    found = rig.read(clock.now()).readings["oat"].value
    assert found == pytest.approx(1000 * ports.world.plant.oat_c, abs=200)
    number = ports.world.inject(ProbeFault("oat", kind))
    run(160)
    assert rig.devices()["probe oat"].words == f"{OAT} {words}"
    assert rig.read(clock.now()).readings["oat"].value is None
    ports.world.heal(number)
    run(330)
    assert rig.devices()["probe oat"].ok
