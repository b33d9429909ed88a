"""The real I2C bus: messages as smbus2 sees them, every failure one kind of error with a sentence."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from hw.bus import BusError, BusHung
from hw.i2c import REOPEN_AFTER, LinuxI2c


class FakeSmbus:
    """What `smbus2.SMBus` shows of itself, as far as it is used."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, int, bytes]] = []
        self.error: Exception | None = None
        self.answer = b""
        self.closed = False

    def i2c_rdwr(self, message: Any) -> None:
        if self.error is not None:
            raise self.error
        self.messages.append((message.addr, message.flags, bytes(message)))
        for i, byte in enumerate(self.answer):
            message.buf[i] = bytes((byte,))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def smbus() -> FakeSmbus:
    return FakeSmbus()


@pytest.fixture
def bus(smbus: FakeSmbus) -> LinuxI2c:
    return LinuxI2c(1, lambda number: smbus)


def test_a_write_is_one_message(bus: LinuxI2c, smbus: FakeSmbus) -> None:
    bus.write(0x20, b"\xf3\xff")
    assert smbus.messages == [(0x20, 0, b"\xf3\xff")]


def test_a_read_is_one_message_of_the_asked_length(bus: LinuxI2c, smbus: FakeSmbus) -> None:
    smbus.answer = b"\xd1\x83"
    assert bus.read(0x49, 2) == b"\xd1\x83"
    assert [(address, flags) for address, flags, _ in smbus.messages] == [(0x49, 1)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENXIO, "x"), "Nothing answers at I2C address 0x20 on /dev/i2c-1."),
        (OSError(errno.EREMOTEIO, "x"), "Nothing answers at I2C address 0x20 on /dev/i2c-1."),
        (OSError(errno.ETIMEDOUT, "x"), "hangs"),
        (OSError(errno.EOPNOTSUPP, "x"), "/dev/i2c-1 is an adapter for SMBus commands only.*i2c_number"),
        (OSError(errno.EAGAIN, "busy"), "busy"),
        (TypeError("fd must be int"), "not open"),
    ],
)
def test_every_failure_is_a_bus_error_with_a_sentence(
    bus: LinuxI2c, smbus: FakeSmbus, error: Exception, words: str
) -> None:
    smbus.error = error
    with pytest.raises(BusError, match=words):
        bus.read(0x20, 2)
    with pytest.raises(BusError, match=words):
        bus.write(0x20, b"\0\0")


@pytest.mark.parametrize("code", [errno.ETIMEDOUT, errno.ENXIO, errno.EREMOTEIO, errno.EAGAIN])
def test_only_a_call_that_ran_into_its_time_limit_is_a_bus_that_hangs(
    bus: LinuxI2c, smbus: FakeSmbus, code: int
) -> None:
    """Of a bus that hangs the rig asks nobody else in that tick; one that does not answer is no such bus."""
    smbus.error = OSError(code, "x")
    with pytest.raises(BusError) as caught:
        bus.read(0x20, 2)
    assert isinstance(caught.value, BusHung) is (code == errno.ETIMEDOUT)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(errno.ENOENT, "x"), "/dev/i2c-1 is missing"),
        (PermissionError(errno.EACCES, "x"), "group i2c"),
    ],
)
def test_a_missing_device_file_says_what_to_do(error: OSError, words: str) -> None:
    def opener(number: int) -> Any:
        raise error

    with pytest.raises(BusError, match=words):
        LinuxI2c(1, opener).read(0x20, 2)


def test_without_hardware_the_real_opener_fails_with_a_sentence() -> None:
    with pytest.raises(BusError, match="/dev/i2c-97 is missing"):
        LinuxI2c(97).write(0x20, b"\xff\xff")


def test_bus_time_is_counted_for_good_and_bad_transactions(bus: LinuxI2c, smbus: FakeSmbus) -> None:
    for _ in range(200):
        bus.write(0x20, b"\xff\xff")
    good = bus.spent_us
    assert good > 0
    smbus.error = OSError(errno.ENXIO, "x")
    for _ in range(200):
        with pytest.raises(BusError):
            bus.write(0x20, b"\xff\xff")
    assert bus.spent_us > good


def test_the_device_file_is_opened_anew_after_many_failures_in_a_row() -> None:
    opened: list[FakeSmbus] = []

    def opener(number: int) -> FakeSmbus:
        opened.append(FakeSmbus())
        return opened[-1]

    bus = LinuxI2c(1, opener)
    bus.write(0x20, b"\xff\xff")
    opened[0].error = OSError(errno.ENODEV, "x")
    for _ in range(REOPEN_AFTER):
        with pytest.raises(BusError):
            bus.write(0x20, b"\xff\xff")
    assert opened[0].closed
    bus.write(0x20, b"\xff\xff")
    assert len(opened) == 2


def test_one_good_transaction_forgives_the_failures(bus: LinuxI2c, smbus: FakeSmbus) -> None:
    for _ in range(3):
        smbus.error = OSError(errno.ENXIO, "x")
        for _ in range(REOPEN_AFTER - 1):
            with pytest.raises(BusError):
                bus.read(0x20, 2)
        smbus.error = None
        bus.read(0x20, 2)
    assert not smbus.closed
