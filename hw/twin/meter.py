"""The simulated power meter: Modbus TCP or RTU over a stream in memory, with everything that goes wrong.

It answers the layout's function only: f32 register pairs for the power channels, and its serial number as
sixteen characters at address 100. Frames are taken apart and built with pymodbus' server-side codec.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from struct import pack, unpack
from typing import Any

from hw.bus import Stream
from hw.twin.faults import Meter, MeterFault
from layouts.model import PowerMeter

SERIAL_ADDRESS = 100
SERIAL_BYTES = 16
INPUT_LIMIT = 4096
"""More unread request bytes than this and the meter hangs up."""
OUTPUT_LIMIT = 64
"""More unread answers than this and the meter hangs up."""

_ILLEGAL_FUNCTION = 1
_ILLEGAL_ADDRESS = 2
_NO_SUCH_UNIT = 11


def _words(data: bytes) -> tuple[int, ...]:
    return unpack(f">{len(data) // 2}H", data)


class MeterStream:
    """One connection to the meter, an `hw.bus.Stream`."""

    def __init__(self, meter: TwinMeter) -> None:
        """Opened by `TwinMeter` only."""
        self._meter = meter
        self._inbox = b""
        self._outbox: deque[tuple[int, bytes]] = deque()
        self._mine_closed = False
        self._theirs_closed = False

    def send(self, data: bytes) -> int:
        """Hand bytes to the meter. Raises `OSError` when the connection is gone."""
        if self._mine_closed or self._theirs_closed:
            raise ConnectionResetError("The connection to the power meter is closed.")
        self._inbox += data
        self._inbox, answers, hang_up = self._meter.hear(self._inbox)
        self._outbox.extend(answers)
        self._theirs_closed = hang_up or len(self._inbox) > INPUT_LIMIT or len(self._outbox) > OUTPUT_LIMIT
        return len(data)

    def recv(self, count: int) -> bytes | None:
        """Answers that are due by now; None while there is none, b"" when the meter hung up."""
        if self._mine_closed:
            raise ConnectionResetError("The connection to the power meter is closed.")
        if self._outbox and self._outbox[0][0] <= self._meter.net_ms():
            due_ms, data = self._outbox.popleft()
            if len(data) > count:
                self._outbox.appendleft((due_ms, data[count:]))
            return data[:count]
        return b"" if self._theirs_closed and not self._outbox else None

    def close(self) -> None:
        """Hang up; may be called twice."""
        self._mine_closed = True


class TwinMeter:
    """The meter itself, and an `hw.bus.StreamPort` to it."""

    def __init__(
        self,
        meter: PowerMeter,
        watts: Callable[[], Mapping[str, float]],
        net_ms: Callable[[], int],
        serial: str,
    ) -> None:
        """`watts()` is power by channel, a new mapping when it changed; `serial` the meter's own name."""
        from pymodbus.exceptions import ModbusException
        from pymodbus.framer import FramerRTU, FramerSocket
        from pymodbus.pdu import DecodePDU, ExceptionResponse
        from pymodbus.pdu import register_message as messages

        self._broken: type[Exception] = ModbusException
        self._exception: Any = ExceptionResponse
        self._function = meter.function
        self._response: Any = (
            messages.ReadHoldingRegistersResponse
            if meter.function == 3
            else messages.ReadInputRegistersResponse
        )
        self._serial_line = meter.kind == "rtu"
        self._framer: Any = (FramerRTU if self._serial_line else FramerSocket)(DecodePDU(True))
        self._unit_id = meter.unit_id
        self._channels = tuple((r.address, r.channel, r.scale_w) for r in meter.registers)
        self._watts = watts
        self._shown: Mapping[str, float] = {}
        self._shown_with: tuple[MeterFault, ...] = ()
        text = serial.encode()[:SERIAL_BYTES].ljust(SERIAL_BYTES, b"\0")
        self._serial = dict(enumerate(_words(text), SERIAL_ADDRESS))
        self._registers: dict[int, int] = {}
        self._faults: list[MeterFault] = []
        self._last_answer = b""
        self._open: MeterStream | None = None
        self.net_ms = net_ms
        self.requests = 0
        self.words = "The power meter has not been dialled yet."

    def stream(self, net_ms: int) -> Stream | None:
        """A connection, at once, unless the meter refuses."""
        if self._open is None:
            if self._fault(Meter.REFUSE) is not None:
                self.words = "The power meter refuses the connection."
                return None
            self._open = MeterStream(self)
            self.words = ""
        return self._open

    def drop(self, net_ms: int, why: str) -> None:
        """Hang up because of `why`."""
        if self._open is not None:
            self._open.close()
            self._open = None
            self.words = why

    def release(self, net_ms: int) -> None:
        """Hang up in good order."""
        self.drop(net_ms, "")

    def renewed(self) -> bool:
        """Nobody plugs this one in again."""
        return False

    def inject(self, fault: MeterFault) -> Callable[[], None]:
        """Begin a fault; the answer ends it."""
        self._faults.append(fault)
        return lambda: self._faults.remove(fault)

    def hear(self, data: bytes) -> tuple[bytes, list[tuple[int, bytes]], bool]:
        """Requests in `data`: the unused rest, answers with the net time each is due, whether to hang up.

        It hangs up on what is not Modbus TCP (protocol number not 0, a request nobody can decode); a serial
        line cannot hang up, so there it stays silent.
        """
        answers: list[tuple[int, bytes]] = []
        while data:
            if not self._serial_line and data[2:4].strip(b"\0"):
                return b"", answers, True
            try:
                used, request = self._framer.handleFrame(data, 0, 0)
            except self._broken:
                return b"", answers, not self._serial_line
            if request is None:
                return (data, answers, False) if used == 0 else (data[used:], answers, False)
            data = data[used:]
            self.requests += 1
            if self._fault(Meter.DROP) is not None:
                return b"", answers, True
            answers.extend(self._answer(request))
        return data, answers, False

    def _fault(self, kind: Meter) -> MeterFault | None:
        if not self._faults:
            return None
        return next((fault for fault in self._faults if fault.kind is kind), None)

    def _answer(self, request: Any) -> list[tuple[int, bytes]]:
        if self._fault(Meter.HUNG) is not None:
            return []
        frame = self._framer.buildFrame(self._reply(request))
        now_ms = self.net_ms()
        slow = self._fault(Meter.SLOW)
        due_ms = now_ms + (slow.delay_ms if slow is not None else 0)
        previous, self._last_answer = self._last_answer, frame
        if self._fault(Meter.GARBAGE) is not None:
            return [(due_ms, bytes(byte ^ 0x5A for byte in frame))]
        if self._fault(Meter.LATE) is not None and previous:
            return [(due_ms, previous), (due_ms, frame)]
        return [(due_ms, frame)]

    def _reply(self, request: Any) -> Any:
        words, error = self._read(request)
        if error:
            reply = self._exception(request.function_code, error)
        else:
            reply = self._response(registers=list(words))
        reply.dev_id = request.dev_id
        reply.transaction_id = request.transaction_id
        return reply

    def _read(self, request: Any) -> tuple[list[int], int]:
        """Register words and exception code 0, or no words and the code."""
        exception = self._fault(Meter.EXCEPTION)
        if exception is not None:
            return [], exception.code
        if request.dev_id != self._unit_id:
            return [], _NO_SUCH_UNIT
        if request.function_code != self._function:
            return [], _ILLEGAL_FUNCTION
        registers = self._table()
        words: list[int] = []
        for address in range(request.address, request.address + request.count):
            word = registers.get(address)
            if word is None:
                return [], _ILLEGAL_ADDRESS
            words.append(word)
        return words, 0

    def _table(self) -> Mapping[int, int]:
        """All registers, made anew when a power changed; so a pair is never torn."""
        watts, faults = self._watts(), tuple(self._faults)
        if watts is not self._shown or faults != self._shown_with:
            self._shown, self._shown_with = watts, faults
            self._registers = dict(self._serial)
            for address, channel, scale_w in self._channels:
                value = watts.get(channel)
                if value is not None:
                    pair = self._pair(value / scale_w)
                    self._registers[address], self._registers[address + 1] = pair
        return self._registers

    def _pair(self, value: float) -> tuple[int, ...]:
        """The two registers of a power, as far as a fault leaves it alone."""
        if self._fault(Meter.NAN) is not None:
            value = float("nan")
        scaled = self._fault(Meter.SCALED)
        pair = _words(pack(">f", value if scaled is None else value * scaled.factor))
        return pair[::-1] if self._fault(Meter.WORDS_SWAPPED) is not None else pair
