"""A serial line (RS-485) as a byte stream that never waits, and the port that opens it again after an unplug.

pyserial opens the device and sets its speed; from then on the file descriptor is polled, so that neither an
empty line nor a full one ever holds up a tick. Name the device by its `/dev/serial/by-id` path: a converter
that is plugged in again may be called ttyUSB1, but never loses that name.
"""

from __future__ import annotations

import errno
import os
import select
import termios
from collections.abc import Callable
from typing import Any

from hw.bus import Stream

REOPEN_MS = 5_000
"""A device that is not there is looked for this often; looking costs one failed `open`."""
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
PARITIES = {"none": "N", "even": "E", "odd": "O"}


class SerialStream:
    """An `hw.bus.Stream` on an open serial device."""

    def __init__(self, device: Any, path: str) -> None:
        """Takes over `device`, an open `serial.Serial`; `path` is for sentences."""
        self._device = device
        self._path = path
        self._poll = select.poll()
        self._poll.register(device.fd, select.POLLIN)

    def send(self, data: bytes) -> int:
        """As much of `data` as fits now; 0 when nothing does. Raises `OSError` with a sentence."""
        try:
            return os.write(self._fd(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._broken(error) from error

    def recv(self, count: int) -> bytes | None:
        """What has come, None when nothing has. Raises `OSError` with a sentence when it was unplugged."""
        fd = self._fd()
        events = self._poll.poll(0)
        if not events:
            return None
        try:
            data = os.read(fd, count) if events[0][1] & select.POLLIN else b""
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._broken(error) from error
        if not data and events[0][1] & _GONE:
            raise OSError(f"{self._path}: the serial converter was unplugged.")
        return data or None

    def close(self) -> None:
        """Throw away what has not been sent, so that closing waits for nothing; may be called twice."""
        if self._device.fd is not None:
            try:
                termios.tcflush(self._device.fd, termios.TCIOFLUSH)
            except termios.error:
                pass
            self._device.close()

    def _fd(self) -> int:
        if self._device.fd is None:
            raise OSError(f"{self._path}: is closed.")
        return int(self._device.fd)

    def _broken(self, error: OSError) -> OSError:
        if error.errno in (errno.EIO, errno.ENODEV, errno.ENXIO):
            return OSError(f"{self._path}: the serial converter was unplugged.")
        return OSError(f"{self._path}: {error.strerror or error}.")


class SerialPort:
    """An `hw.bus.StreamPort` on a serial device; `opens` counts attempts that found one."""

    def __init__(
        self, path: str, baud: int, parity: str, opener: Callable[[str, int, str], Any] | None = None
    ) -> None:
        """`parity` none, even or odd; 8 data bits and 1 stop bit. `opener` gives an open `serial.Serial`."""
        self.words = "not opened yet"
        self.opens = 0
        self._path = path
        self._line = baud, PARITIES[parity]
        self._opener = opener or _open
        self._stream: SerialStream | None = None
        self._until_ms: int | None = None
        self._seen: tuple[int, ...] | None = None

    def stream(self, net_ms: int) -> Stream | None:
        """The line, or None after one attempt to open it."""
        if self._stream is None and (self._until_ms is None or net_ms >= self._until_ms):
            self._until_ms = net_ms + REOPEN_MS
            try:
                device = self._opener(self._path, *self._line)
            except (OSError, ValueError, termios.error) as error:
                self.words = self._explain(error)
                return None
            self.opens += 1
            self._seen = self._look()
            self.words, self._stream = "", SerialStream(device, self._path)
        return self._stream

    def drop(self, net_ms: int, why: str) -> None:
        """Close the line because of `why`; it may be opened again at once, whoever asks has a back-off."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self.words, self._until_ms = why, None

    def release(self, net_ms: int) -> None:
        """Close the line."""
        self.drop(net_ms, "closed")

    def renewed(self) -> bool:
        """True if the converter is there and is not the one that was last opened: plugged in again."""
        found = self._look()
        if found is None:
            self._seen = None
        return found is not None and found != self._seen

    def _look(self) -> tuple[int, ...] | None:
        try:
            stat = os.stat(self._path)
        except OSError:
            return None
        return stat.st_rdev, stat.st_ino

    def _explain(self, error: Exception) -> str:
        code = getattr(error, "errno", None)
        if code == errno.ENOENT:
            return f"{self._path} is missing: plug the serial converter in, or correct [meter] serial_port."
        if code == errno.EACCES:
            return f"{self._path} may not be opened: put this user into the group dialout and log in anew."
        if code in (errno.EAGAIN, errno.EBUSY):
            return f"{self._path} is used by another program."
        return f"{self._path} cannot be opened: {os.strerror(code) if code else error}."


def _open(path: str, baud: int, parity: str) -> Any:
    import serial

    return serial.Serial(path, baud, parity=parity, timeout=0, write_timeout=0, exclusive=True)
