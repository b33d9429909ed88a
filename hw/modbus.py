"""Modbus TCP, one question at a time, on a stream that never waits; and what it shares with Modbus RTU.

Only the codec of pymodbus is used (frames and PDUs); connecting, sending and timing are ours. Source: Modbus
Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (MBAP header); Modbus Application Protocol V1.1b3, 6.3
and 6.4 (functions 3 and 4) and 7 (exception codes).
"""

from __future__ import annotations

import struct
from typing import Any

from msgspec import Struct

from hw.bus import Stream

HEADER_BYTES = 7
HOLDING_REGISTERS, INPUT_REGISTERS = 3, 4
REFUSED = 0x80
"""Set in the function of an answer that is an exception."""
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


class Modbus:
    """What both kinds of Modbus share: one question at a time, bytes out, bytes in, all bounded."""

    one_a_tick = False
    """True where the line needs a pause between an answer and the next question."""

    def __init__(self, unit_id: int, function: int) -> None:
        """`unit_id` 0 to 255 stands in every frame; `function` 3 (holding) or 4 (input registers).

        Imports pymodbus: construct it before the first tick.
        """
        from pymodbus.exceptions import ModbusException
        from pymodbus.pdu import register_message as messages

        self.unit_id = unit_id
        self.function = function
        self.strays = 0
        self.asked_net_ms: int | None = None
        self._count = 0
        self._unsent = b""
        self._heard = bytearray()
        self._request = (
            messages.ReadHoldingRegistersRequest
            if function == HOLDING_REGISTERS
            else messages.ReadInputRegistersRequest
        )
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
        """Ask for `count` registers from `address`. Raises `ModbusError`."""
        self._count = count
        self._unsent = self._frame(address, count)
        self.asked_net_ms = net_ms
        self._send(stream)

    def answer(self, stream: Stream) -> Reply | None:
        """The reply to the question that is out, None while it has not come. Raises `ModbusError`."""
        raise NotImplementedError

    def _frame(self, address: int, count: int) -> bytes:
        raise NotImplementedError

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
            self._take_in(data)

    def _take_in(self, data: bytes) -> None:
        self._heard += data

    def _reply(self, pdu: Any) -> Reply:
        """The answer in a decoded PDU. Raises `ModbusError` when it answers something else."""
        if pdu is not None and pdu.function_code == REFUSED | self.function and pdu.exception_code:
            return Reply(code=pdu.exception_code)
        if pdu is None or pdu.function_code != self.function or len(pdu.registers) != self._count:
            raise ModbusError("The meter's answer is not the answer to what was asked.")
        return Reply(tuple(pdu.registers))


class ModbusTcp(Modbus):
    """Asks for registers and recognises the answer to exactly that question.

    A frame with another transaction or unit number is a late or foreign reply: counted in `strays`, dropped.
    """

    def __init__(self, unit_id: int, function: int = INPUT_REGISTERS) -> None:
        """Nothing asked yet."""
        from pymodbus.framer import FramerSocket
        from pymodbus.pdu import DecodePDU

        super().__init__(unit_id, function)
        self._tid = 0
        self._framer = FramerSocket(DecodePDU(False))

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

    def _frame(self, address: int, count: int) -> bytes:
        self._tid = self._tid % 0xFFFF + 1
        request = self._request(dev_id=self.unit_id, transaction_id=self._tid, address=address, count=count)
        return self._framer.buildFrame(request)

    def _take_in(self, data: bytes) -> None:
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
        return self._reply(pdu)
