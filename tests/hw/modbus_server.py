"""A power meter in a process of its own: pymodbus' server, TCP or serial, told by stdin how to behave.

python -m tests.hw.modbus_server tcp PORT | rtu DEVICE

Lines: good · hung · slow MS · exception CODE · garbage · late · drop · pieces MS (half the frame, the rest
later) · dribble MS (a byte at a time) · half (and no more) · cut (half, then it hangs up) · few (a register
too few) · unit NUMBER (somebody else answers) · noise COUNT (bytes before the frame) · echo (our question
before it). Each is answered "ok" on stdout, after an "up" once the server listens. Registers 6000 .. 6013
hold f32 powers, 100 .. 107 the serial number.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pymodbus.datastore import ModbusServerContext
from pymodbus.pdu import ExceptionResponse
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

ROOT = Path(__file__).resolve().parents[2]
POWERS = [1234.5, 800.0, 20.0, 60.0, 40.0, 1.0, 2.0]
SERIAL = "meter-4030"
SPOILT = ("pieces", "dribble", "half", "cut", "few", "unit", "noise", "echo")


class Meter:
    """What it does with an answer before it is sent."""

    def __init__(self) -> None:
        self.how = "good"
        self.number = 0
        self.last: Any = None

    def obey(self, line: str) -> None:
        self.how, _, number = line.strip().partition(" ")
        self.number = int(number or 0)

    def send(self, handler: Any, pdu: Any, addr: Any) -> None:
        if self.how == "hung":
            return
        if self.how == "exception":
            refusal = ExceptionResponse(pdu.function_code & 0x7F, self.number)
            refusal.dev_id, refusal.transaction_id = pdu.dev_id, pdu.transaction_id
            handler.pdu_send(refusal, addr=addr)
        elif self.how in SPOILT:
            self.spoil(handler, pdu)
        elif self.how == "garbage":
            handler.send(bytes(range(7, 250)) * 4)
        elif self.how == "drop":
            handler.close()
        elif self.how == "slow":
            handler.loop.call_later(self.number / 1000, lambda: handler.pdu_send(pdu, addr=addr))
        elif self.how == "late":
            if self.last is not None:
                handler.pdu_send(self.last, addr=addr)
            handler.pdu_send(pdu, addr=addr)
        else:
            handler.pdu_send(pdu, addr=addr)
        self.last = pdu

    def spoil(self, handler: Any, pdu: Any) -> None:
        """Send what no pymodbus server would."""
        if self.how == "unit":
            pdu.dev_id = self.number
        elif self.how == "few":
            pdu.registers = pdu.registers[:-1]
        frame = handler.framer.buildFrame(pdu)
        half, rest = frame[: len(frame) // 2], frame[len(frame) // 2 :]
        if self.how == "dribble":
            for place in range(len(frame)):
                later = partial(handler.send, frame[place : place + 1])
                handler.loop.call_later(place * self.number / 1000, later)
            return
        if self.how in ("half", "cut", "pieces"):
            handler.send(half)
        else:
            handler.send(self.before(handler, frame) + frame)
        if self.how == "cut":
            handler.loop.call_later(0.02, handler.close)
        elif self.how == "pieces":
            handler.loop.call_later(self.number / 1000, lambda: handler.send(rest))

    def before(self, handler: Any, frame: bytes) -> bytes:
        """An echo, or noise that begins as the answer does."""
        if self.how == "echo":
            return bytes(handler.framer.buildFrame(handler.last_pdu))
        noise = frame[:3] + bytes(i * 37 % 251 for i in range(self.number))
        return noise[: self.number] if self.how == "noise" else b""


def registers() -> SimDevice:
    return SimDevice(
        1,
        [
            SimData(100, values=SERIAL.ljust(16, "\0"), datatype=DataType.STRING),
            SimData(6000, values=POWERS, datatype=DataType.FLOAT32),
        ],
    )


async def serve(kind: str, place: str) -> None:
    logging.disable(logging.CRITICAL)  # how it misbehaves is no news
    meter = Meter()
    ServerRequestHandler.server_send = lambda handler, pdu, addr: meter.send(handler, pdu, addr)  # type: ignore[method-assign]
    context: ModbusServerContext | SimDevice = registers()
    server: ModbusTcpServer | ModbusSerialServer
    if kind == "tcp":
        server = ModbusTcpServer(context, address=("127.0.0.1", int(place)))
    else:
        server = ModbusSerialServer(context, port=place, baudrate=19_200)
    await server.serve_forever(background=True)
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("up", flush=True)
    while line := await reader.readline():
        meter.obey(line.decode())
        print("ok", flush=True)
    await server.shutdown()  # type: ignore[no-untyped-call]


class Process:
    """The server as its tests see it."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child

    def be(self, how: str) -> None:
        """Behave so from now on."""
        assert self._child.stdin is not None
        self._child.stdin.write(how + "\n")
        self._child.stdin.flush()
        self.hear("ok")

    def stop(self) -> None:
        """The process stands still: its kernel still takes connections and bytes, nobody answers."""
        self._child.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It runs again and answers what has piled up."""
        self._child.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """It is gone, as after a power cut."""
        self._child.kill()
        self._child.wait()

    def hear(self, word: str) -> None:
        assert self._child.stdout is not None
        said = self._child.stdout.readline().strip()
        assert said == word, said


@contextlib.contextmanager
def modbus_server(kind: str, place: str | int) -> Iterator[Process]:
    """The server while the block lasts."""
    command = [sys.executable, "-m", "tests.hw.modbus_server", kind, str(place)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        process = Process(child)
        try:
            process.hear("up")
            yield process
        finally:
            child.kill()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
