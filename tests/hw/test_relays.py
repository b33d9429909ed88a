"""Relay boards: no pulse at start, one image a tick, verified; what a board does by itself is seen."""

from __future__ import annotations

import itertools

import pytest

from hw.relays import RENEW_MS, RelayBoard, RelayBoards
from hw.twin.chips import Pcf8575
from layouts.load import load_house
from layouts.model import House
from states.image import FAILED
from tests.hw.fakes import Rails, at

ONE, TWO = 0x20, 0x21


class Boards(Rails):
    """The relay boards of beech on a fake bus."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.one: Pcf8575 = self.bus.relay_board(ONE)
        self.two: Pcf8575 = self.bus.relay_board(TWO)
        self.boards = RelayBoards(house, self.wire, self.latest)
        self.outputs: dict[str, int] = {relay.node: 0 for relay in house.relays}
        self.ms = 0

    @property
    def first(self) -> RelayBoard:
        return self.boards.boards[0]

    def write(self, ms: int = 100, **energised: int) -> None:
        """One tick, `ms` after the last."""
        self.ms += ms
        self.outputs |= energised
        now = self.tick(at(self.ms))
        self.bus.take_trace()
        self.boards.write(dict(self.outputs), now)

    def look(self) -> None:
        self.ms += 100
        self.boards.look(self.tick(at(self.ms)))

    def back(self, node: str) -> tuple[int, int | None]:
        for board in self.boards.boards:
            if node in board.readbacks:
                return board.readbacks[node].commanded, board.readbacks[node].value
        raise KeyError(node)


@pytest.fixture
def boards() -> Boards:
    return Boards(load_house("beech"))


def test_at_start_a_board_is_only_read_and_says_what_it_holds(boards: Boards) -> None:
    boards.one.write(bytes.fromhex("f3ff"), 0)
    boards.look()
    assert {verb for verb, _, _ in boards.bus.trace} == {"read"}
    assert boards.back("relay5") == (1, 1)
    assert boards.back("relay1") == (0, 0)


def test_the_first_write_is_the_complete_image_after_one_read(boards: Boards) -> None:
    boards.write(relay5=1, relay6=1)
    on_one = [(verb, data.hex()) for verb, address, data in boards.bus.trace if address == ONE]
    assert on_one == [("read", "ffff"), ("write", "f3ff"), ("read", "f3ff")]


def test_no_relay_ever_pulses_from_start_through_a_thousand_ticks(boards: Boards) -> None:
    seen: set[int] = set()
    boards.bus.chips[ONE] = board = Pcf8575(lambda: seen.add(board.pins))
    boards.look()
    boards.write(relay5=1)
    for tick in range(1000):
        boards.write(relay6=tick // 100 % 2)
    assert seen == {0xFFFF & ~(1 << 3), 0xFFFF & ~(1 << 3) & ~(1 << 2)}


def test_a_restart_keeps_an_energised_relay_energised(boards: Boards) -> None:
    boards.one.write(bytes.fromhex("f3ff"), 0)
    changes: list[int] = []
    held = Pcf8575(lambda: changes.append(held.pins))
    held.write(bytes.fromhex("f3ff"), 0)
    changes.clear()
    boards.bus.chips[ONE] = held
    boards.look()
    boards.write(relay5=1, relay6=1)
    boards.write()
    assert changes == []


def test_the_image_goes_out_every_tick_with_one_read_and_one_write(boards: Boards) -> None:
    boards.write(relay5=1)
    boards.write()
    assert [(verb, address) for verb, address, _ in boards.bus.trace] == [
        ("read", ONE),
        ("write", ONE),
        ("read", TWO),
        ("write", TWO),
    ]


def test_pins_without_a_relay_are_released(boards: Boards) -> None:
    boards.one.write(b"\x00\x00", 0)
    boards.write()
    assert boards.one.pins == 0xFFFF


def test_a_relay_nobody_names_is_released(boards: Boards) -> None:
    boards.boards.write({}, boards.tick(at(100)))
    assert boards.bus.writes() == [(ONE, b"\xff\xff"), (TWO, b"\xff\xff")]


@pytest.mark.parametrize("value", [2, -1, 100])
def test_only_1_energises(boards: Boards, value: int) -> None:
    boards.write(relay5=value)
    assert boards.one.pins == 0xFFFF


def test_a_change_is_read_back_in_the_same_tick(boards: Boards) -> None:
    boards.write()
    boards.write(relay9=1)
    assert boards.back("relay9") == (1, 1)
    reading = boards.latest.get("store-pump-failsafe-relay9")
    assert reading is not None
    assert (reading.value, reading.mono_ms) == (1, boards.ms)


def test_a_brown_out_is_seen_within_a_tick_and_not_papered_over(boards: Boards) -> None:
    boards.write(relay5=1, relay6=1)
    boards.one.brown_out()
    boards.write()
    assert boards.back("relay5") == (1, 0)
    assert boards.one.pins == 0xFFFF, "the decision that has not seen it must not be written"
    assert boards.first.changed_alone == 1
    assert "hp-failsafe (relay5), hp-scada-ops (relay6)" in boards.first.device.status.words
    boards.write()
    assert boards.back("relay5") == (1, 1)
    assert boards.first.device.status.words == ""


def test_a_brown_out_of_one_board_does_not_touch_the_other(boards: Boards) -> None:
    boards.write(relay17=1, relay5=1)
    boards.one.brown_out()
    boards.write()
    assert boards.back("relay17") == (1, 1)


def test_a_pin_that_does_not_obey_is_reported_and_asserted_again_every_tick(boards: Boards) -> None:
    boards.write()
    boards.one.stick(high=1 << 3, low=0)
    for _ in range(3):
        boards.write(relay5=1)
        assert boards.back("relay5") == (1, 0)
        assert (ONE, bytes.fromhex("f7ff")) in boards.bus.writes()
    assert boards.first.mismatches == 3
    assert boards.first.device.errors == 1
    assert "hp-failsafe" in boards.first.device.status.words
    boards.one.stick(high=0, low=0)
    boards.write()
    boards.write()
    assert boards.back("relay5") == (1, 1)
    assert boards.first.device.status.words == ""


def test_a_fluttering_pin_cannot_keep_us_from_writing(boards: Boards) -> None:
    boards.write()
    for tick in range(6):
        boards.one.stick(high=0, low=(1 << 0) * ((tick + 1) % 2))
        boards.write(relay5=1)
    assert boards.back("relay5") == (1, 1)


def test_a_nack_is_retried_in_the_same_tick(boards: Boards) -> None:
    boards.write()
    left = [2]

    def fail(verb: str, address: int) -> str:
        left[0] -= 1
        return "nack" if left[0] >= 0 and address == ONE else ""

    boards.bus.fail = fail
    boards.write(relay5=1)
    assert boards.back("relay5") == (1, 1)
    assert boards.wire.retries == 2
    assert boards.first.device.status.ok


def test_a_short_read_is_retried_and_never_believed(boards: Boards) -> None:
    boards.write()
    once = iter(["short"])
    boards.bus.fail = lambda verb, address: next(once, "") if verb == "read" else ""
    boards.write(relay5=1)
    assert boards.back("relay5") == (1, 1)
    assert boards.wire.failures == 1


def test_an_absent_board_gives_no_value_and_is_left_alone_for_a_while(boards: Boards) -> None:
    boards.write(relay5=1)
    del boards.bus.chips[ONE]
    boards.write()
    assert boards.back("relay5") == (1, None)
    assert boards.back("relay17") == (0, 0)
    reading = boards.latest.get("hp-failsafe-relay5")
    assert reading is not None
    assert (reading.value, reading.quality) == (None, FAILED)
    assert not boards.first.device.status.ok
    before = boards.wire.failures
    boards.write()
    assert boards.wire.failures == before
    assert boards.back("relay5") == (1, None)


def test_an_absent_board_is_asked_for_at_least_every_ten_seconds_for_ever(boards: Boards) -> None:
    del boards.bus.chips[ONE]
    asked = []
    for tick in range(1200):
        before = boards.wire.failures
        boards.write(1000)
        if boards.wire.failures > before:
            asked.append(tick)
    gaps = [b - a for a, b in itertools.pairwise(asked)]
    assert gaps[:3] == [2, 4, 8]
    assert set(gaps[3:]) == {10}


def test_a_board_that_returns_is_looked_at_one_tick_before_it_is_written(boards: Boards) -> None:
    boards.write(relay5=1, relay6=1)
    board = boards.bus.chips.pop(ONE)
    boards.write()
    board.brown_out()
    boards.bus.chips[ONE] = board
    boards.write(2000)
    assert boards.back("relay5") == (1, 0)
    assert boards.one.pins == 0xFFFF
    boards.write()
    assert boards.back("relay5") == (1, 1)


def test_a_board_absent_from_the_start_is_looked_at_first_too(boards: Boards) -> None:
    board = boards.bus.chips.pop(ONE)
    boards.look()
    assert boards.back("relay5") == (0, None)
    boards.bus.chips[ONE] = board
    boards.write(3000, relay5=1)
    assert boards.one.pins == 0xFFFF
    boards.write()
    assert boards.back("relay5") == (1, 1)


def test_a_hung_bus_costs_one_timeout_a_tick(boards: Boards) -> None:
    boards.write()
    boards.bus.fail = lambda verb, address: "hang"
    for _ in range(100):
        boards.write()
        assert boards.wire.spent_us <= 30_000
    assert boards.back("relay5")[1] is None
    assert boards.back("relay17")[1] is None


def test_a_bus_that_hangs_from_the_start_costs_one_timeout_to_look_at(boards: Boards) -> None:
    boards.bus.fail = lambda verb, address: "hang"
    boards.look()
    assert boards.wire.spent_us <= 30_000
    assert boards.back("relay5") == (0, None)


def test_readbacks_are_renewed_on_change_and_once_a_second(boards: Boards) -> None:
    boards.write()
    stamp = boards.first.readbacks["relay1"]
    boards.write()
    assert boards.first.readbacks["relay1"] is stamp
    boards.write(RENEW_MS)
    assert boards.first.readbacks["relay1"].mono_ms == boards.ms


def test_a_pin_that_moves_every_tick_is_still_written_every_other_tick(boards: Boards) -> None:
    boards.write()
    written = 0
    for tick in range(10):
        boards.one.stick(high=0, low=(1 << 0) * ((tick + 1) % 2))
        boards.write()
        written += any(address == ONE for address, _ in boards.bus.writes())
    assert written == 5


def test_a_wall_clock_step_disturbs_nothing(boards: Boards) -> None:
    boards.write(relay5=1)
    boards.boards.write(boards.outputs, boards.tick(at(200, wall_ms=0)))
    boards.boards.write(boards.outputs, boards.tick(at(300, wall_ms=4_000_000_000_000)))
    assert boards.back("relay5") == (1, 1)
    assert boards.first.changed_alone == 0
