"""Modbus RTU on a serial line, one question at a time, on a stream that never waits.

A line carries no frame boundaries that survive a USB converter, so the answer is found by what it must look
like: our unit, our function, the length that was asked for, and a CRC that fits. Whatever else is on the line
is noise and passed over. Source: Modbus over Serial Line V1.02, 2.5.1.
"""

from __future__ import annotations

import re

from hw.bus import Stream
from hw.modbus import INPUT_REGISTERS, REFUSED, Modbus, ModbusError, Reply

CRC_BYTES = 2
_EXCEPTION_BYTES = 3 + CRC_BYTES
_FRAME_EXTRA = 3 + CRC_BYTES
"""Unit, function and byte count before the registers, the CRC behind them."""
SUMMED_BYTES = 2048
"""Of what could be the answer, so many bytes are summed in a tick: a quarter of a millisecond on a desk."""
KEPT_BYTES = 512
"""Twice the longest answer: what is put off to the next tick, its newest part; the older is noise."""


class ModbusRtu(Modbus):
    """Asks for registers and finds the answer among whatever the line carries.

    There are no transaction numbers: bytes that were already on the line when a question goes out belong to
    an earlier one and are dropped. `noise` counts bytes passed over, `strays` the times that happened.
    """

    one_a_tick = True

    def __init__(self, unit_id: int, function: int = INPUT_REGISTERS) -> None:
        """Nothing asked yet."""
        from pymodbus.framer import FramerRTU
        from pymodbus.pdu import DecodePDU

        super().__init__(unit_id, function)
        self.noise = 0
        self._decoder = DecodePDU(False)
        self._framer = FramerRTU(self._decoder)
        self._crc = FramerRTU.compute_CRC
        self._begins = re.compile(b"")
        """Wherever the answer could begin, also where two such places overlap."""

    def ask(self, stream: Stream, address: int, count: int, net_ms: int) -> None:
        """Ask for `count` registers from `address`. Raises `ModbusError`."""
        self._recv(stream)
        self._pass_over(len(self._heard))
        head = bytes((self.unit_id, self.function, 2 * count))
        refusal = bytes((self.unit_id, REFUSED | self.function))
        self._begins = re.compile(b"(?=" + re.escape(head) + b"|" + re.escape(refusal) + b")", re.DOTALL)
        super().ask(stream, address, count, net_ms)

    def answer(self, stream: Stream) -> Reply | None:
        """The reply to the question that is out, None while it has not come. Raises `ModbusError`."""
        self._send(stream)
        self._recv(stream)
        frame = self._find()
        if frame is None:
            return None
        reply = self._decode(frame)
        self.asked_net_ms = None
        return reply

    def _frame(self, address: int, count: int) -> bytes:
        return self._framer.buildFrame(self._request(dev_id=self.unit_id, address=address, count=count))

    def _find(self) -> bytes | None:
        """The first sound frame; of what can no longer begin one, nothing is kept.

        A line that repeats the head of an answer has a beginning every few bytes. They are summed in their
        order as far as `SUMMED_BYTES` go; the rest is for the next tick.
        """
        heard, size = bytes(self._heard), 2 * self._count + _FRAME_EXTRA
        left, open_from = SUMMED_BYTES, max(0, len(heard) - size + 1)
        for begin in (match.start() for match in self._begins.finditer(heard)):
            length = size if heard[begin + 1] == self.function else _EXCEPTION_BYTES
            end = begin + length
            if end > len(heard):
                continue
            left -= length
            if left < 0:
                open_from = max(min(begin, open_from), len(heard) - KEPT_BYTES)
                break
            if self._crc(heard[begin : end - CRC_BYTES]) == int.from_bytes(
                heard[end - CRC_BYTES : end], "big"
            ):
                self._pass_over(begin)
                del self._heard[:length]
                return heard[begin:end]
        self._pass_over(open_from)
        return None

    def _pass_over(self, count: int) -> None:
        if not count:
            return
        self.noise += count
        self.strays += 1
        del self._heard[:count]

    def _decode(self, frame: bytes) -> Reply:
        try:
            pdu = self._decoder.decode(frame[1:-CRC_BYTES])
        except self._unreadable as error:
            raise ModbusError(f"The meter's answer cannot be read: {error}.") from error
        return self._reply(pdu)
