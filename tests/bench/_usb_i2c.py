"""A USB adapter with an I2C bus, imitated for Linux's own driver: the twin's chips behind a real /dev/i2c-N.

The kernel's `vhci-hcd` takes a device from a stream socket (USB/IP, Documentation/usb/usbip_protocol.rst);
this one says it is an i2c-tiny-usb (drivers/i2c/busses/i2c-tiny-usb.c), whose whole protocol is control
transfers. So a transaction goes through smbus2, i2c-dev, the kernel's I2C core and a driver of the kernel.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from hw.bus import BusError, I2cBus

VHCI = Path("/sys/devices/platform/vhci_hcd.0")
FULL_SPEED, DEVICE_ID = 2, 0x10001

SUBMIT, UNLINK, SUBMITTED, UNLINKED = 1, 2, 3, 4
HEADER, REPLY, REPLY_PAD = struct.Struct(">IIIIIiiiii8s"), struct.Struct(">IIIIIiiiii"), bytes(8)
STALL, GONE = -32, -104
SETUP = struct.Struct("<BBHHH")

DEVICE = bytes.fromhex("12 01 10 01 FF 00 00 08 03 04 31 C6 05 01 00 00 00 01")
"""USB 1.1, vendor 0403, product C631: the numbers the driver knows."""
CONFIGURATION = bytes.fromhex("09 02 12 00 01 01 00 80 32  09 04 00 00 00 FF 00 00 00")
"""One interface without end points: everything goes over end point 0."""
DESCRIPTORS = {1: DEVICE, 2: CONFIGURATION}

GET_FUNC, GET_STATUS, IO, FLAGS = 1, 3, 4, 3
READS = 0x01
ADDRESS_ACK, ADDRESS_NAK = 1, 2
FUNCTIONS = 0x0EFF0001
"""I2C_FUNC_I2C, and the SMBus commands that the kernel makes of it."""


class UsbI2c:
    """The adapter's own end: answers control transfers, and does the transactions on `bus`."""

    def __init__(self, bus: I2cBus) -> None:
        """`bus` has the chips."""
        self._bus = bus
        self._status = 0

    def control(self, setup: bytes, data: bytes) -> bytes | None:
        """One control transfer; what is read, or None where the device refuses."""
        kind, request, value, index, length = SETUP.unpack(setup)
        if kind & 0x60:
            return self._vendor(request, value, index, length, data)
        if request == 6:
            return DESCRIPTORS.get(value >> 8, b"")[:length] or None
        return bytes(length) if kind & 0x80 else b""

    def _vendor(self, request: int, flags: int, address: int, length: int, data: bytes) -> bytes:
        if request == GET_FUNC:
            return struct.pack("<I", FUNCTIONS)
        if request == GET_STATUS:
            return bytes([self._status])
        if request & ~FLAGS != IO:
            return b""
        self._status = ADDRESS_ACK
        try:
            if flags & READS:
                return self._bus.read(address, length)
            self._bus.write(address, data)
        except BusError:
            self._status = ADDRESS_NAK
        return bytes(length) if flags & READS else b""


def serve(line: socket.socket, adapter: UsbI2c, ran: Callable[[], None]) -> None:
    """Answer the kernel until it hangs up; `ran` is called after every transfer."""
    while head := _exactly(line, HEADER.size):
        command, number, _, reads, _, _, length, _, _, _, setup = HEADER.unpack(head)
        if command == UNLINK:
            line.sendall(REPLY.pack(UNLINKED, number, 0, 0, 0, GONE, 0, 0, 0, 0) + REPLY_PAD)
            continue
        data = b"" if reads else _exactly(line, length)
        answer = adapter.control(setup, data)
        status = STALL if answer is None else 0
        size = (len(answer or b"") if reads else len(data)) if not status else 0
        line.sendall(REPLY.pack(SUBMITTED, number, 0, 0, 0, status, size, 0, 0, 0) + REPLY_PAD)
        if reads and answer:
            line.sendall(answer)
        ran()


def plug_in(bus: I2cBus, ran: Callable[[], None]) -> int:
    """Attach the adapter to this kernel, served by a child; returns the child's pid. Needs root and vhci."""
    ours, kernels = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    child = os.fork()
    if not child:
        kernels.close()
        serve(ours, UsbI2c(bus), ran)
        os._exit(0)
    ours.close()
    (VHCI / "attach").write_text(f"0 {kernels.fileno()} {DEVICE_ID} {FULL_SPEED}", encoding="ascii")
    kernels.close()
    return child


def _exactly(line: socket.socket, count: int) -> bytes:
    """So many bytes, or fewer only at the end."""
    got = b""
    while len(got) < count and (piece := line.recv(count - len(got))):
        got += piece
    return got
