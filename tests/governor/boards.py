"""The relay boards of the hostile world: the production driver over an I2C bus that fails when told to."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from hw.bus import BusError
from hw.latest import Latest
from hw.relays import RelayBoards
from hw.twin.chips import ALL_ONES, Pcf8575, relay_pin
from hw.wire import Wire, transfer_us
from layouts.model import House
from states.image import Now, Readback

ADDRESSES = (0x20, 0x21)
"""Relays 1 to 16, relays 17 to 32."""
CONDITIONS = ("good", "good", "good", "flaky", "mute", "dead", "deaf", "stuck")
"""flaky: four transactions of five fail; mute: reads do, also right after a write; dead: nothing is
acknowledged; deaf: everything is acknowledged, but no relay moves; stuck: one relay does not move."""
FAILS: Mapping[str, tuple[float, float]] = {"flaky": (0.8, 0.8), "mute": (0.8, 0.0), "dead": (1.0, 1.0)}
"""How often (a read, a write) is not acknowledged; the driver tries each three times."""


class Bus:
    """Two boards on a bus."""

    def __init__(self, rng: Random) -> None:
        self.spent_us = 0
        self.chips = {address: Pcf8575(lambda: None) for address in ADDRESSES}
        self.condition = dict.fromkeys(ADDRESSES, "good")
        self.rng = rng

    def write(self, address: int, data: bytes) -> None:
        """One write transaction."""
        self._begin(address, len(data), 1)
        if self.condition[address] != "deaf":
            self.chips[address].write(data, 0)

    def read(self, address: int, count: int) -> bytes:
        """One read transaction."""
        self._begin(address, count, 0)
        return self.chips[address].read(count, 0)

    def _begin(self, address: int, count: int, kind: int) -> None:
        self.spent_us += transfer_us(count)
        odds = FAILS.get(self.condition[address])
        if odds is not None and self.rng.random() < odds[kind]:
            raise BusError(f"Nothing answers at I2C address 0x{address:02x}.")


class Boards:
    """What the rig does with relay boards, and what the relays really do."""

    def __init__(self, house: House, now: Now, rng: Random) -> None:
        self.house = house
        self.bus = Bus(rng)
        self._mask = {r.node: (ADDRESSES[r.index > 16], 1 << relay_pin(r.index)) for r in house.relays}
        self.new_process(now)

    def new_process(self, now: Now) -> None:
        """It knows nothing of the boards but what it reads before its first decision."""
        self._wire = Wire(self.bus)
        self._driver = RelayBoards(self.house, self._wire, Latest())
        self.readbacks: dict[str, Readback] = {}
        self._collect(self._driver.look(now))

    def write(self, outputs: Mapping[str, int], now: Now) -> None:
        """One tick's write, as the rig makes it."""
        for board in self._driver.boards:
            # Two surprises in a row (back from a silence, then a brown-out) make the driver write before the
            # governor has seen them. Here it always looks first.
            board._held_back = False
        self._wire.begin()
        self._collect(self._driver.write(outputs, now))

    def _collect(self, renewed: bool) -> None:
        if renewed:
            boards = self._driver.boards
            self.readbacks = {node: back for board in boards for node, back in board.readbacks.items()}

    @property
    def coils(self) -> dict[str, int]:
        """What every relay really does."""
        pins = {address: chip.pins for address, chip in self.bus.chips.items()}
        return {node: int(not pins[address] & mask) for node, (address, mask) in self._mask.items()}

    def become(self, first: str, second: str) -> None:
        """From now on the boards are in these conditions."""
        for address, condition in zip(ADDRESSES, (first, second), strict=True):
            chip = self.bus.chips[address]
            self.bus.condition[address] = condition
            pin = self.bus.rng.choice([mask for at, mask in self._mask.values() if at == address])
            stuck = (pin, 0) if chip.pins & pin else (0, pin)
            chip.stick(*(stuck if condition == "stuck" else (0, 0)))

    def brown_out(self, board: int) -> None:
        """A board loses its supply for a moment: its relays fall off."""
        self.bus.chips[ADDRESSES[board]].brown_out()

    def release(self) -> None:
        """The failsafe script, or the power, between two processes: every relay rests."""
        for chip in self.bus.chips.values():
            chip.write(ALL_ONES.to_bytes(2, "little"), 0)
