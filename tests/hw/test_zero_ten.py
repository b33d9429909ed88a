"""0-10 V outputs: written on change, after a failure and every 300 s; a dead chip has no value."""

from __future__ import annotations

import itertools

import pytest

from hw.twin.chips import Gp8403
from hw.wire import TICK_BUDGET_US
from hw.zero_ten import ZeroTens
from layouts.load import load_house
from states.image import FAILED
from tests.hw.fakes import Rails, at

ONE, TWO = 0x5E, 0x5F
RANGE = bytes.fromhex("011100")


class Dacs(Rails):
    """The 0-10 V boards of beech on a fake bus."""

    def __init__(self) -> None:
        super().__init__()
        self.one: Gp8403 = self.bus.dac(ONE)
        self.two: Gp8403 = self.bus.dac(TWO)
        self.dacs = ZeroTens(load_house("beech"), self.wire, self.latest)
        self.outputs = {"dist-010v": 30, "primary-010v": 50, "store-010v": 100}
        self.ms = 0

    def write(self, ms: int = 100, **volts: int) -> None:
        self.ms += ms
        self.outputs |= {name.replace("_", "-"): value for name, value in volts.items()}
        now = self.tick(at(self.ms))
        self.bus.take_trace()
        self.dacs.write(dict(self.outputs), now)

    def back(self, node: str) -> tuple[int, int | None]:
        for chip in self.dacs.chips:
            if node in chip.readbacks:
                return chip.readbacks[node].commanded, chip.readbacks[node].value
        raise KeyError(node)


@pytest.fixture
def dacs() -> Dacs:
    return Dacs()


def test_the_range_is_set_before_the_first_value(dacs: Dacs) -> None:
    dacs.write()
    assert dacs.bus.writes() == [
        (ONE, RANGE),
        (ONE, bytes.fromhex("02c04c")),
        (ONE, bytes.fromhex("04f07f")),
        (TWO, RANGE),
        (TWO, bytes.fromhex("02f0ff")),
    ]
    assert dacs.one.volts == pytest.approx((2.9988, 4.9988), abs=1e-3)
    assert dacs.two.volts[0] == pytest.approx(10.0)
    assert dacs.back("dist-010v") == (30, 30)


def test_nothing_is_written_before_the_first_outputs(dacs: Dacs) -> None:
    dacs.dacs.write({}, dacs.tick(at(100)))
    dacs.dacs.write(None, dacs.tick(at(10_000)))
    assert dacs.bus.trace == []
    assert all(chip.readbacks == {} for chip in dacs.dacs.chips)


def test_a_value_is_written_once_and_then_only_every_300_s(dacs: Dacs) -> None:
    dacs.write()
    written = []
    for _ in range(3200):
        dacs.write(100)
        written += [(dacs.ms, address, data[0]) for address, data in dacs.bus.writes()]
    assert {ms for ms, _, _ in written} == {300_100}
    assert sorted((address, register) for _, address, register in written) == [
        (ONE, 1), (ONE, 2), (ONE, 4), (TWO, 1), (TWO, 2),
    ]  # fmt: skip


def test_a_change_is_written_at_once_and_alone(dacs: Dacs) -> None:
    dacs.write()
    dacs.write(primary_010v=0)
    assert dacs.bus.writes() == [(ONE, bytes.fromhex("040000"))]
    assert dacs.back("primary-010v") == (0, 0)


def test_a_dead_chip_has_no_value_from_the_next_probe_on(dacs: Dacs) -> None:
    dacs.write()
    del dacs.bus.chips[ONE]
    for _ in range(20):
        dacs.write()
    assert dacs.back("dist-010v") == (30, None)
    reading = dacs.latest.get("dist-010v")
    assert reading is not None
    assert (reading.value, reading.quality) == (None, FAILED)
    assert dacs.back("store-010v") == (100, 100)


def test_a_chip_that_returns_gets_range_and_values_within_two_seconds(dacs: Dacs) -> None:
    dacs.write()
    chip = dacs.bus.chips.pop(ONE)
    dacs.write(2000)
    chip.brown_out()
    dacs.bus.chips[ONE] = chip
    for _ in range(20):
        dacs.write()
    assert dacs.one.volts == pytest.approx((2.9988, 4.9988), abs=1e-3)
    assert dacs.back("dist-010v") == (30, 30)


def test_a_failed_write_is_tried_again_every_two_seconds_for_ever(dacs: Dacs) -> None:
    dacs.bus.fail = lambda verb, address: "nack" if address == ONE else ""
    tried = []
    for _ in range(1000):
        before = dacs.wire.failures
        dacs.write()
        if dacs.wire.failures > before:
            tried.append(dacs.ms)
    gaps = {b - a for a, b in itertools.pairwise(tried)}
    assert gaps == {2000}
    assert dacs.back("dist-010v") == (30, None)


@pytest.mark.parametrize("value", [-1, 101, 500])
def test_a_value_outside_0_to_100_is_refused_and_the_last_kept(dacs: Dacs, value: int) -> None:
    dacs.write()
    dacs.write(dist_010v=value)
    assert dacs.bus.writes() == []
    assert dacs.back("dist-010v") == (30, 30)
    assert dacs.dacs.chips[0].refused == 1


def test_writes_wait_for_the_next_tick_when_the_bus_time_is_spent(dacs: Dacs) -> None:
    dacs.tick(at(100))
    dacs.bus.spent_us += TICK_BUDGET_US - 500
    dacs.dacs.write(dacs.outputs, at(100))
    assert len(dacs.bus.writes()) == 1
    dacs.write()
    assert dacs.back("store-010v") == (100, 100)


def test_a_hung_chip_is_not_retried_within_the_tick(dacs: Dacs) -> None:
    dacs.bus.fail = lambda verb, address: "hang" if address == ONE else ""
    dacs.write()
    assert dacs.wire.spent_us <= 30_000
    assert dacs.wire.retries == 0
