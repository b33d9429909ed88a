"""Modbus TCP, one question at a time, on a stream that never waits.

Only the codec of pymodbus is used (frames and PDUs); connecting, sending and timing are ours. Source: Modbus
Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (MBAP header); Modbus Application Protocol V1.1b3, 6.4
(function 4) and 7 (exception codes).
"""

from __future__ import annotations

import struct

from msgspec import Struct

from hw.bus import Stream

HEADER_BYTES = 7
_FUNCTION = 4
_REFUSED = 0x80 | _FUNCTION
_LENGTH_MIN, _LENGTH_MAX = 3, 254
MAX_REGISTERS = 125
BUFFER_BOUND = 2048
_RECV_BYTES = 1024
_RECV_CALLS = 4
CONFIG_EXCEPTIONS = frozenset({1, 2, 3})
"""Illegal function, address or value: asking again will not help."""
EXCEPTIONS = {
    1: "illegal function",
    2: "illegal register address",
    3: "illegal value",
    4: "device failure",
    5: "acknowledged, still working",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target does not respond",
}


class Reply(Struct, frozen=True, gc=False):
    """What came back: registers, or an exception code."""

    registers: tuple[int, ...] = ()
    code: int = 0

    @property
    def words(self) -> str:
        """The exception in words."""
        return f"exception {self.code} ({EXCEPTIONS.get(self.code, 'not in the standard')})"


class ModbusError(OSError):
    """The stream does not carry Modbus any more, or broke; drop it. The message is a sentence."""


class ModbusTcp:
    """Asks for input registers and recognises the answer to exactly that question.

    A frame with another transaction or unit number is a late or foreign reply: counted in `strays`, dropped.
    """

    def __init__(self, unit_id: int) -> None:
        """`unit_id` 0 to 255 stands in every frame. Imports pymodbus: construct it before the first tick."""
        from pymodbus.exceptions import ModbusException
        from pymodbus.framer import FramerSocket
        from pymodbus.pdu import DecodePDU
        from pymodbus.pdu.register_message import ReadInputRegistersRequest

        self.unit_id = unit_id
        self.strays = 0
        self.asked_net_ms: int | None = None
        self._count = 0
        self._tid = 0
        self._unsent = b""
        self._heard = bytearray()
        self._framer = FramerSocket(DecodePDU(False))
        self._request = ReadInputRegistersRequest
        self._unreadable = (ModbusException, struct.error, ValueError, IndexError)

    @property
    def busy(self) -> bool:
        """True while a question is out."""
        return self.asked_net_ms is not None

    def reset(self) -> None:
        """A new stream: nothing asked, nothing heard."""
        self.asked_net_ms = None
        self._unsent = b""
        self._heard.clear()

    def ask(self, stream: Stream, address: int, count: int, net_ms: int) -> None:
        """Send function 4 for `count` registers from `address`. Raises `ModbusError`."""
        self._tid = self._tid % 0xFFFF + 1
        request = self._request(dev_id=self.unit_id, transaction_id=self._tid, address=address, count=count)
        self._unsent = self._framer.buildFrame(request)
        self._count = count
        self.asked_net_ms = net_ms
        self._send(stream)

    def answer(self, stream: Stream) -> Reply | None:
        """The reply to the question that is out, None while it has not come. Raises `ModbusError`."""
        self._send(stream)
        self._recv(stream)
        while (frame := self._cut()) is not None:
            tid = frame[0] << 8 | frame[1]
            if tid != self._tid or frame[6] != self.unit_id or self.asked_net_ms is None:
                self.strays += 1
                continue
            reply = self._decode(frame)
            self.asked_net_ms = None
            return reply
        return None

    def _send(self, stream: Stream) -> None:
        if self._unsent:
            try:
                self._unsent = self._unsent[stream.send(self._unsent) :]
            except OSError as error:
                raise ModbusError(str(error)) from error

    def _recv(self, stream: Stream) -> None:
        for _ in range(_RECV_CALLS):
            try:
                data = stream.recv(_RECV_BYTES)
            except OSError as error:
                raise ModbusError(str(error)) from error
            if data is None:
                return
            if not data:
                raise ModbusError("The meter closed the connection.")
            self._heard += data
            if len(self._heard) > BUFFER_BOUND:
                raise ModbusError("The meter sends more than was asked for.")

    def _cut(self) -> bytes | None:
        """The next whole frame. Raises `ModbusError` at the first byte that cannot be a header."""
        heard = self._heard
        if len(heard) < HEADER_BYTES:
            return None
        protocol, length = heard[2] << 8 | heard[3], heard[4] << 8 | heard[5]
        if protocol or not _LENGTH_MIN <= length <= _LENGTH_MAX:
            raise ModbusError("What the meter sends is not Modbus TCP.")
        end = 6 + length
        if len(heard) < end:
            return None
        frame = bytes(heard[:end])
        del heard[:end]
        return frame

    def _decode(self, frame: bytes) -> Reply:
        try:
            _, pdu = self._framer.handleFrame(frame, self.unit_id, self._tid)
        except self._unreadable as error:
            raise ModbusError(f"The meter's answer cannot be read: {error}.") from error
        function = frame[HEADER_BYTES]
        if pdu is not None and function == _REFUSED and pdu.exception_code:
            return Reply(code=pdu.exception_code)
        if pdu is None or function != _FUNCTION or len(pdu.registers) != self._count:
            raise ModbusError("The meter's answer is not the answer to what was asked.")
        return Reply(tuple(pdu.registers))
