"""Modbus RTU on a serial line, one question at a time, on a stream that never waits.

A line carries no frame boundaries that survive a USB converter, so the answer is found by what it must look
like: our unit, our function, the length that was asked for, and a CRC that fits. Whatever else is on the line
is noise and passed over. Source: Modbus over Serial Line V1.02, 2.5.1.
"""

from __future__ import annotations

from hw.bus import Stream
from hw.modbus import INPUT_REGISTERS, REFUSED, Modbus, ModbusError, Reply

CRC_BYTES = 2
_EXCEPTION_BYTES = 3 + CRC_BYTES
_FRAME_EXTRA = 3 + CRC_BYTES
"""Unit, function and byte count before the registers, the CRC behind them."""


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
        self._refusal = bytes((unit_id, REFUSED | function))

    def ask(self, stream: Stream, address: int, count: int, net_ms: int) -> None:
        """Ask for `count` registers from `address`. Raises `ModbusError`."""
        self._recv(stream)
        if self._heard:
            self._pass_over(len(self._heard))
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
        """The first sound frame; of what can no longer begin one, nothing is kept."""
        heard, size = self._heard, 2 * self._count + _FRAME_EXTRA
        head = bytes((self.unit_id, self.function, 2 * self._count))
        found = [
            cut
            for first, length in ((head, size), (self._refusal, _EXCEPTION_BYTES))
            if (cut := self._sound(first, length)) is not None
        ]
        if found:
            begin, end = min(found)
            frame = bytes(heard[begin:end])
            if begin:
                self._pass_over(begin)
            del heard[: end - begin]
            return frame
        if len(heard) >= size:
            self._pass_over(len(heard) - size + 1)
        return None

    def _sound(self, first: bytes, length: int) -> tuple[int, int] | None:
        """Begin and end of the first `length` bytes that begin with `first` and carry a CRC that fits."""
        heard = self._heard
        begin = heard.find(first)
        while 0 <= begin <= len(heard) - length:
            end = begin + length
            crc = self._crc(bytes(heard[begin : end - CRC_BYTES]))
            if crc == int.from_bytes(heard[end - CRC_BYTES : end], "big"):
                return begin, end
            begin = heard.find(first, begin + 1)
        return None

    def _pass_over(self, count: int) -> None:
        self.noise += count
        self.strays += 1
        del self._heard[:count]

    def _decode(self, frame: bytes) -> Reply:
        try:
            pdu = self._decoder.decode(frame[1:-CRC_BYTES])
        except self._unreadable as error:
            raise ModbusError(f"The meter's answer cannot be read: {error}.") from error
        return self._reply(pdu)
