"""The relay boards: one whole image per board and tick, verified against the board's own latch.

Every tick a board is read first. If its pins are not as we left them, it lost its supply or somebody else
wrote to it: then nothing is written in that tick, the true positions go up, and the next decision, made in
sight of them, is written. Otherwise the complete image goes out in one transaction, and after a change it
is read back at once. Nothing is ever written before the first outputs are given.
"""

from __future__ import annotations

from hw import pcf8575
from hw.bus import BusError
from hw.device import Device
from hw.latest import Latest
from hw.wire import Wire, transfer_us
from layouts.model import House, Relay
from states.image import FAILED, Now, Outputs, Readback

MAX_BACKOFF_MS = 10_000
"""The house hangs on these boards, and asking an absent one costs 0.1 ms: never stay away for long."""
RENEW_MS = 1_000
"""Unchanged readbacks and readings get a new time stamp this often; the pins are read every tick."""
TRANSACTION_US = transfer_us(pcf8575.IMAGE_BYTES)
_PER_BOARD = 3  # read, write, read back


class RelayBoard:
    """One PCF8575 with the relays the house has on it."""

    def __init__(self, address: int, relays: tuple[Relay, ...], wire: Wire, latest: Latest) -> None:
        """`relays` sit on this board; pins of no relay stay released."""
        self.address = address
        self.device = Device(f"relay board 0x{address:02x}", max_backoff_ms=MAX_BACKOFF_MS)
        self.mismatches = 0
        self.changed_alone = 0
        self._wire = wire
        self._latest = latest
        self._relays = tuple((r.node, pcf8575.mask_of(r.index), r.channel) for r in relays)
        self._used = sum(mask for _, mask, _ in self._relays)
        self._names = {r.node: f"{r.key} ({r.node})" for r in relays}
        self._image: int | None = None
        self._pins: int | None = None
        self._was_lost = False
        self._held_back = False
        self._waited = False
        self._stamp_ms = -RENEW_MS
        self._shown: tuple[int | None, int | None] = (None, None)
        self.readbacks: dict[str, Readback] = {}

    def image(self, outputs: Outputs) -> int:
        """The sixteen pins for `outputs`; a relay that is not named is released."""
        image = pcf8575.ALL_RELEASED
        for node, mask, _ in self._relays:
            if outputs.get(node) == 1:
                image &= ~mask
        return image

    def look(self, now: Now) -> bool:
        """Read the latch, write nothing. True if `readbacks` were renewed."""
        if not self.device.waiting(now) and self._may_go():
            try:
                self._hear(self._read())
            except BusError as error:
                self._lose(now, error)
        return self._show(now)

    def write(self, outputs: Outputs | None, now: Now) -> bool:
        """Bring the board to `outputs` (None: as last time). True if `readbacks` were renewed."""
        if outputs is not None:
            self._image = self.image(outputs)
        if self._image is not None and not self.device.waiting(now) and self._may_go():
            try:
                self._assert(self._image)
            except BusError as error:
                self._lose(now, error)
        return self._show(now)

    def _may_go(self) -> bool:
        """Whether the tick has bus time for this board; it is never passed over in two ticks running."""
        self._waited = self._wire.exhausted and not self._wire.owed(self._waited)
        return not self._waited

    def _assert(self, image: int) -> None:
        left_at, came_back = self._pins, self._was_lost
        pins = self._read()
        self._hear(pins)
        moved = left_at is not None and (left_at ^ pins) & self._used
        if (came_back or moved) and not self._held_back:
            self._held_back = True  # one tick only, or a pin that flutters would keep us from ever writing
            self._note_change(left_at, pins)
            return
        self._held_back = False
        self._wire.write(self.address, pcf8575.encode(image))
        if (pins ^ image) & self._used:
            pins = self._read()
            self._hear(pins)
        self._verify(image, pins)

    def _read(self) -> int:
        return pcf8575.decode(self._wire.read(self.address, pcf8575.IMAGE_BYTES))

    def _hear(self, pins: int) -> None:
        self._pins = pins
        self._was_lost = False

    def _note_change(self, left_at: int | None, pins: int) -> None:
        self.changed_alone += 1
        if left_at is None:
            self.device.good("answers again; its relays are written in the next tick")
            return
        which = self._differing(left_at ^ pins)
        self.device.complain(
            f"Relays of board 0x{self.address:02x} moved without us ({which}): it lost its supply, or "
            "another program writes to it."
        )

    def _verify(self, image: int, pins: int) -> None:
        wrong = (image ^ pins) & self._used
        if not wrong:
            self.device.good()
            return
        self.mismatches += 1
        words = f"Board 0x{self.address:02x} does not take what it is told: {self._differing(wrong)}."
        if self.device.status.words != words:
            self.device.complain(words)
        self.device.good(words)

    def _differing(self, mask: int) -> str:
        found = [self._names[node] for node, own, _ in self._relays if own & mask]
        return ", ".join(found) or "pins without a relay"

    def _lose(self, now: Now, error: BusError) -> None:
        self._pins = None
        self._was_lost = True
        self.device.bad(now, str(error))

    def _show(self, now: Now) -> bool:
        """Renew readbacks and readings when something changed or their time stamp is old."""
        shown = (self._image, self._pins)
        age_ms = now.mono_ms - self._stamp_ms
        if shown == self._shown and age_ms < RENEW_MS:
            return False
        self._shown, self._stamp_ms = shown, now.mono_ms
        image, pins, mono_ms = self._image, self._pins, now.mono_ms
        for node, mask, channel in self._relays:
            value = None if pins is None else pcf8575.energised(pins, mask)
            told = (value or 0) if image is None else pcf8575.energised(image, mask)
            self.readbacks[node] = Readback(told, value, mono_ms)
            if value is None:
                self._latest.none(channel, FAILED, now)
            else:
                self._latest.value(channel, value, now)
        return True


class RelayBoards:
    """Every relay board of the house."""

    def __init__(self, house: House, wire: Wire, latest: Latest) -> None:
        """Boards in address order of the layout: relays 1 to 16, then 17 to 32."""
        self._wire = wire
        self.boards = tuple(
            RelayBoard(address, _relays_of(house, place), wire, latest)
            for place, address in enumerate(house.relay_boards)
        )
        self.reserve_us = _PER_BOARD * TRANSACTION_US * len(self.boards)

    def look(self, now: Now) -> bool:
        """Read every latch, write nothing. True if any readback was renewed."""
        renewed = False
        for board in self.boards:
            self._wire.release(_PER_BOARD * TRANSACTION_US)
            renewed |= board.look(now)
        return renewed

    def write(self, outputs: Outputs | None, now: Now) -> bool:
        """Bring every board to `outputs` (None: as last time). True if any readback was renewed."""
        renewed = False
        for board in self.boards:
            self._wire.release(_PER_BOARD * TRANSACTION_US)
            renewed |= board.write(outputs, now)
        return renewed


def _relays_of(house: House, board: int) -> tuple[Relay, ...]:
    return tuple(relay for relay in house.relays if pcf8575.board_of(relay.index) == board)
