"""Pipe thermistors: started in one tick, collected in a later one, smoothed by time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest

from hw.device import MAX_BACKOFF_MS
from hw.pipes import TAU_MS, Pipes
from layouts.load import load_house
from states.image import FAILED, OPEN, SHORT, Reading
from tests.hw.fakes import Rails, at

ADDRESSES = (0x4B, 0x49, 0x48)


class Board(Rails):
    """The pipe board of beech: ten thermistors, `volts` by channel."""

    def __init__(self, tick_ms: int = 100) -> None:
        super().__init__()
        self.tick_ms = tick_ms
        self.house = load_house("beech")
        self.volts = {t.channel: 2.0 for t in self.house.pipes.thermistors}
        by_terminal = {t.terminal: t.channel for t in self.house.pipes.thermistors}
        for place, address in enumerate(ADDRESSES):
            self.bus.adc(address, self._source(place, by_terminal))
        self.pipes = Pipes(self.house, self.wire, self.latest, tick_ms)
        self.ms = 0

    def _source(self, place: int, by_terminal: dict[int, str]) -> Callable[[int], float]:
        return lambda input_no: self.volts.get(by_terminal.get(4 * place + input_no + 1, ""), 0.0)

    def run(self, ms: int) -> None:
        """Ticks for `ms` of house time."""
        for _ in range(ms // self.tick_ms):
            self.ms += self.tick_ms
            self.pipes.step(self.tick(at(self.ms)))
            assert self.wire.spent_us <= 10_000

    def reading(self, channel: str = "hp-lwt") -> Reading:
        reading = self.latest.get(channel)
        assert reading is not None
        return reading

    def celsius(self, channel: str = "hp-lwt") -> float:
        value = self.reading(channel).value
        assert value is not None
        return value / 1000


def test_the_first_tick_starts_all_chips_and_the_next_one_collects() -> None:
    board = Board()
    board.run(100)
    assert [(verb, address) for verb, address, _ in board.bus.trace] == [("write", a) for a in ADDRESSES]
    assert board.latest.readings() == {}
    board.run(100)
    assert sorted(board.latest.readings()) == ["dist-swt", "oat", "store-hot-pipe"]


def test_terminal_6_is_read_as_the_datasheet_says() -> None:
    board = Board()
    board.run(300)
    on_49 = [(verb, data.hex()) for verb, address, data in board.bus.trace if address == 0x49]
    assert on_49[4:8] == [
        ("write", "01d183"),
        ("read", "d183"),
        ("write", "00"),
        ("read", f"{round(2.0 / 187.5e-6):04x}"),
    ]


def test_every_channel_is_sampled_every_second() -> None:
    board = Board()
    board.run(60_000)
    fresh = board.latest.take_fresh()
    counts = {name: sum(1 for channel, _ in fresh if channel == name) for name in board.volts}
    assert set(counts.values()) <= {59, 60}
    assert board.celsius() == pytest.approx(33.12, abs=0.01)


@pytest.mark.parametrize("tick_ms", [20, 100, 250, 1000, 10_000])
def test_every_channel_stays_younger_than_its_stale_limit_at_any_tick(tick_ms: int) -> None:
    board = Board(tick_ms)
    board.run(60_000)
    for name in board.volts:
        assert board.ms - board.reading(name).mono_ms <= max(1100, 2 * tick_ms)


@pytest.mark.parametrize("tick_ms", [20, 100, 1000])
def test_the_filtered_curve_is_the_same_at_any_tick(tick_ms: int) -> None:
    board = Board(tick_ms)
    board.run(10_000)
    board.volts["hp-lwt"] = 1.0
    before = board.reading().mono_ms
    board.run(3000)
    assert before < board.reading().mono_ms
    expected = 1.0 + math.exp(-(board.reading().mono_ms - before) / TAU_MS)
    kohm = 10 * expected / (4.85 - expected)
    assert board.celsius() == pytest.approx(1 / (1 / 298 + math.log(kohm / 10) / 3977) - 273, abs=0.02)


def test_the_time_constant_is_the_references_two_tenths_at_200_ms() -> None:
    assert 1 - math.exp(-200 / TAU_MS) == pytest.approx(0.2)


def test_the_first_sample_seeds_the_filter() -> None:
    board = Board()
    board.volts["hp-lwt"] = 1.0
    board.run(500)
    assert board.celsius() == pytest.approx(58.48, abs=0.01)


@pytest.mark.parametrize(("volts", "quality"), [(4.85, OPEN), (0.0, SHORT)])
def test_a_broken_wire_is_believed_after_two_seconds_and_has_no_value(volts: float, quality: str) -> None:
    board = Board()
    board.run(5000)
    good = board.reading()
    board.volts["hp-lwt"] = volts
    board.run(1500)
    assert board.reading().quality == "good"
    assert board.reading().mono_ms <= good.mono_ms + 1000, (
        "a bad sample must not make the last good one young"
    )
    board.run(2000)
    assert (board.reading().value, board.reading().quality) == (None, quality)
    board.volts["hp-lwt"] = 1.0
    board.run(1500)
    assert board.celsius() == pytest.approx(58.48, abs=0.01), "the filter starts anew"


def test_a_wire_that_was_never_good_has_no_value_at_once() -> None:
    board = Board()
    board.volts["hp-lwt"] = 4.85
    board.run(500)
    assert board.reading().quality == OPEN


def test_an_absent_chip_takes_only_its_own_channels_with_it() -> None:
    board = Board()
    board.run(3000)
    del board.bus.chips[0x49]
    board.run(10_000)
    assert (board.reading("store-hot-pipe").value, board.reading("store-hot-pipe").quality) == (None, FAILED)
    assert board.celsius("hp-lwt") == pytest.approx(33.12, abs=0.01)
    assert not board.pipes.chips[1].device.status.ok
    assert "0x49" in board.pipes.chips[1].device.status.words


def test_readings_of_a_failing_chip_age_before_they_are_called_failed() -> None:
    board = Board()
    board.run(3000)
    del board.bus.chips[0x49]
    board.run(3000)
    assert board.reading("store-hot-pipe").quality == "good"
    assert board.ms - board.reading("store-hot-pipe").mono_ms >= 3000


def test_an_absent_chip_is_asked_less_and_less_often_down_to_every_five_minutes() -> None:
    board = Board(1000)
    del board.bus.chips[0x49]
    asked = []
    for _ in range(3000):
        before = board.wire.failures
        board.run(1000)
        if board.wire.failures > before:
            asked.append(board.ms)
    gaps = [b - a for a, b in itertools.pairwise(asked)]
    assert gaps[:4] == [2000, 4000, 8000, 16_000]
    assert gaps[-1] == MAX_BACKOFF_MS


def test_a_chip_that_returns_is_heard_again() -> None:
    board = Board()
    chip = board.bus.chips.pop(0x49)
    board.run(10_000)
    board.bus.chips[0x49] = chip
    board.run(10_000)
    assert board.celsius("store-hot-pipe") == pytest.approx(33.12, abs=0.01)
    assert board.pipes.chips[1].device.status.words == ""


def test_a_chip_that_forgot_its_order_is_not_believed() -> None:
    board = Board()
    board.run(100)
    board.bus.chips[0x4B].brown_out()
    board.run(100)
    assert "dist-swt" not in board.latest.readings()
    assert board.pipes.chips[0].device.errors == 1
    board.run(2000)
    assert board.celsius("dist-swt") == pytest.approx(33.12, abs=0.01)


def test_a_conversion_that_never_ends_is_a_failure_not_a_wait() -> None:
    board = Board()
    board.run(3000)
    read = board.bus.read

    def busy(address: int, count: int) -> bytes:
        data = read(address, count)
        return bytes((data[0] & 0x7F, data[1])) if address == 0x4B and data[1] == 0x83 else data

    board.bus.read = busy  # type: ignore[method-assign]
    board.run(8000)
    assert board.reading("hp-lwt").quality == FAILED
    assert "conversion" in board.pipes.chips[0].device.status.words
    assert board.celsius("oat") == pytest.approx(33.12, abs=0.01)


def test_a_nack_is_retried_and_costs_no_reading() -> None:
    board = Board()
    count = [0]

    def fail(verb: str, address: int) -> str:
        count[0] += 1
        return "nack" if count[0] % 5 == 0 else ""

    board.bus.fail = fail
    board.run(10_000)
    assert all(board.celsius(name) == pytest.approx(33.12, abs=0.01) for name in board.volts)
    assert board.wire.retries > 10
    assert all(chip.device.status.ok for chip in board.pipes.chips)


def test_a_hung_bus_costs_one_timeout_a_tick() -> None:
    board = Board()
    board.run(3000)
    board.bus.fail = lambda verb, address: "hang"
    for _ in range(200):
        board.ms += 100
        board.pipes.step(board.tick(at(board.ms)))
        assert board.wire.spent_us <= 30_000
    assert board.reading("hp-lwt").quality == FAILED


def test_long_ticks_finish_several_conversions_in_one_tick() -> None:
    board = Board(10_000)
    board.run(20_000)
    assert len(board.latest.readings()) == 10


def test_a_wall_clock_step_disturbs_nothing() -> None:
    board = Board()
    board.run(3000)
    board.ms += 100
    board.pipes.step(board.tick(at(board.ms, wall_ms=0)))
    board.run(3000)
    assert board.celsius() == pytest.approx(33.12, abs=0.01)
    assert board.ms - board.reading().mono_ms <= 1000
