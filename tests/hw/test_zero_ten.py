"""0-10 V outputs: written on change, after a failure and in turn every 2 s; a dead chip has no value."""

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


def test_after_that_one_register_of_each_chip_is_written_every_two_seconds_in_turn(dacs: Dacs) -> None:
    dacs.write()
    written: dict[int, list[tuple[int, bytes]]] = {ONE: [], TWO: []}
    for _ in range(140):
        dacs.write(100)
        for address, data in dacs.bus.writes():
            written[address].append((dacs.ms, data))
        assert all(verb == "write" for verb, _, _ in dacs.bus.trace)
    dist, primary, store = bytes.fromhex("02c04c"), bytes.fromhex("04f07f"), bytes.fromhex("02f0ff")
    assert [ms for ms, _ in written[ONE]] == [2100, 4100, 6100, 8100, 10_100, 12_100, 14_100]
    assert [data for _, data in written[ONE]] == [RANGE, dist, primary, RANGE, dist, primary, RANGE]
    assert [data for _, data in written[TWO]] == [RANGE, store] * 3 + [RANGE]


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


def test_f706_a_chip_that_forgot_without_a_word_is_set_up_again_within_six_seconds(dacs: Dacs) -> None:
    dacs.write()
    dacs.write(500)
    dacs.one.brown_out()
    assert dacs.one.volts == (0.0, 0.0)
    for _ in range(60):
        dacs.write()
    assert dacs.one.volts == pytest.approx((2.9988, 4.9988), abs=1e-3)
    assert dacs.back("dist-010v") == (30, 30)


def test_f701_a_write_nobody_acknowledged_is_made_again_in_the_same_tick_and_counted(dacs: Dacs) -> None:
    dacs.write()
    left = [2]

    def twice(verb: str, address: int) -> str:
        if verb == "write" and address == ONE and left[0]:
            left[0] -= 1
            return "nack"
        return ""

    dacs.bus.fail = twice
    dacs.write(dist_010v=55)
    assert dacs.back("dist-010v") == (55, 55)
    assert (dacs.wire.failures, dacs.wire.retries) == (2, 2)
    assert dacs.one.volts[0] == pytest.approx(5.5, abs=3e-3)


def test_f702_what_was_not_acknowledged_is_never_told_as_its_value(dacs: Dacs) -> None:
    dacs.write()
    dacs.bus.fail = lambda verb, address: "nack" if verb == "write" and address == ONE else ""
    dacs.write(dist_010v=55)
    assert dacs.back("dist-010v") == (55, None)
    reading = dacs.latest.get("dist-010v")
    assert reading is not None
    assert reading.value is None
    assert dacs.one.volts[0] == pytest.approx(2.9988, abs=1e-3)
