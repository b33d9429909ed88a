"""The 0-10 V outputs: written on change, 2 s after a failure, and one write every 2 s to keep them so.

The chip cannot be read back (see `hw/gp8403.py`): a readback is the last write it acknowledged, and None
from the moment it does not answer. A chip that loses its supply for a moment forgets without a word. So every
2 s one of its registers is written again, the range and each output in turn: that shows a chip that has gone,
and heals one that forgot within 6 s.
"""

from __future__ import annotations

from hw import gp8403
from hw.bus import BusError
from hw.device import Device
from hw.latest import Latest
from hw.wire import Wire, transfer_us
from layouts.model import House, ZeroTen
from states.image import FAILED, Now, Outputs, Readback

RETRY_MS = 2_000
REFRESH_MS = 2_000
RENEW_MS = 1_000
TRANSACTION_US = transfer_us(3)
RESERVE_US = 2 * TRANSACTION_US
"""Bus time kept free for these chips, so that busy ADCs cannot starve them."""


class _Output:
    __slots__ = ("acknowledged", "command", "idx", "node")

    def __init__(self, output: ZeroTen) -> None:
        self.node = output.node
        self.idx = output.output_idx
        self.command: int | None = None
        self.acknowledged: int | None = None


class ZeroTenChip:
    """One GP8403 with the outputs the house has on it."""

    def __init__(self, address: int, outputs: tuple[ZeroTen, ...], wire: Wire, latest: Latest) -> None:
        """`outputs` hang on this chip."""
        self.address = address
        self.device = Device(f"0-10 V board 0x{address:02x}", max_backoff_ms=RETRY_MS)
        self.refused = 0
        self._wire = wire
        self._latest = latest
        self._outputs = tuple(_Output(output) for output in outputs)
        self._ranged = False
        self._waited = False
        self._refresh_ms = 0
        self._turn = 0
        self._stamp_ms = 0
        self._changed = True
        self.readbacks: dict[str, Readback] = {}

    def command(self, outputs: Outputs) -> None:
        """Take the new values; one outside 0 to 100 is refused, counted and the last one kept."""
        for output in self._outputs:
            value = outputs.get(output.node)
            if value == output.command or value is None:
                continue
            if 0 <= value <= gp8403.FULL_SCALE:
                output.command, self._changed = value, True
            else:
                self.refused += 1

    def step(self, now: Now) -> bool:
        """Write what is due, as far as the bus time goes. True if `readbacks` were renewed."""
        if not self.device.waiting(now):
            try:
                self._work(now)
            except BusError as error:
                self._lose(now, error)
        return self._show(now)

    def _work(self, now: Now) -> None:
        if not any(output.command is not None for output in self._outputs):
            return
        if not self._ranged:
            if not self._write(gp8403.encode_range(), now):
                return
            self._ranged = True
        for output in self._outputs:
            command = output.command
            if command is None or command == output.acknowledged:
                continue
            if not self._write(gp8403.encode(output.idx, command), now):
                return
            output.acknowledged, self._changed = command, True
        if now.mono_ms >= self._refresh_ms and self._write(self._next_register(), now):
            self._turn += 1

    def _next_register(self) -> bytes:
        """What it should hold already: the range, then each output."""
        held = [gp8403.encode_range()]
        held += [gp8403.encode(o.idx, o.acknowledged) for o in self._outputs if o.acknowledged is not None]
        return held[self._turn % len(held)]

    def _write(self, data: bytes, now: Now) -> bool:
        """One transaction, if the tick has bus time for it or had none in the last one. Raises `BusError`."""
        self._waited = not self._wire.affords(TRANSACTION_US) and not self._wire.owed(self._waited)
        if self._waited:
            return False
        self._wire.write(self.address, data)
        self._refresh_ms = now.mono_ms + REFRESH_MS
        self.device.good()
        return True

    def _lose(self, now: Now, error: BusError) -> None:
        """Whatever it held is unknown; range and values are written again when it answers."""
        self._ranged, self._turn = False, 0
        for output in self._outputs:
            self._changed |= output.acknowledged is not None or not self.readbacks
            output.acknowledged = None
        self.device.bad(now, str(error))

    def _show(self, now: Now) -> bool:
        if not self._changed and now.mono_ms - self._stamp_ms < RENEW_MS:
            return False
        self._changed, self._stamp_ms = False, now.mono_ms
        for output in self._outputs:
            if output.command is None:
                continue
            value = output.acknowledged
            self.readbacks[output.node] = Readback(output.command, value, now.mono_ms)
            if value is None:
                self._latest.none(output.node, FAILED, now)
            else:
                self._latest.value(output.node, value, now)
        return True


class ZeroTens:
    """Every 0-10 V board of the house."""

    def __init__(self, house: House, wire: Wire, latest: Latest) -> None:
        """Chips in address order of the layout: outputs 1 and 2, then 3 and 4; unused ones are left alone."""
        chips = (
            (address, tuple(z for z in house.zero_tens if gp8403.chip_of(z.output_idx) == place))
            for place, address in enumerate(house.dac_boards)
        )
        self.chips = tuple(ZeroTenChip(address, used, wire, latest) for address, used in chips if used)

    def write(self, outputs: Outputs | None, now: Now) -> bool:
        """Bring every chip to `outputs` (None: as last time). True if any readback was renewed."""
        if outputs is not None:
            for chip in self.chips:
                chip.command(outputs)
        renewed = False
        for chip in self.chips:
            renewed |= chip.step(now)
        return renewed
