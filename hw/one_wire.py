"""1-wire temperature probes: all of them read by one short-lived child every half minute.

Reading a probe keeps the reader in the kernel for 750 ms while it converts, and an ill bus longer; nothing in
this process may do that. So a `grep` reads all `w1_slave` files, each line with the name of its file before
it, and is looked at once a tick. Source: Linux Documentation/w1/slaves/w1_therm.rst.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Protocol

from hw import ds18b20
from hw.child import Child
from hw.device import Device, next_due_ms
from hw.latest import Latest
from layouts.model import Probe
from states.image import FAILED, Now

FOLDER = "/sys/bus/w1/devices"
PERIOD_MS = 30_000
DEADLINE_MS = 20_000
"""Of real time; twelve probes on a healthy bus take nine seconds."""
MOST_BYTES = 65_536
MOST_UNREAPED = 2
"""A child stuck in the kernel cannot be killed; with this many, no new one is started."""
BELIEVED_AFTER = 2
"""A probe is said to fail when so many scans in a row brought nothing; a single one may be noise."""
READER = ("grep", "-H", "")


class Scan(Protocol):
    """Reads the files of all probes without holding anybody up."""

    def start(self, roms: tuple[str, ...]) -> str:
        """Begin to read these probes; a few words when that cannot be done, else empty."""

    def step(self) -> str | None:
        """What was read, each line of a file with the file's name before it; None while it goes on."""

    def stop(self) -> None:
        """Give up."""

    def reap(self) -> int:
        """Collect what has ended; how many that were given up have not."""


class ChildScan:
    """A `Scan` by a child process on a folder like /sys/bus/w1/devices."""

    def __init__(self, folder: str = FOLDER, reader: tuple[str, ...] = READER) -> None:
        """`reader` gets the files as its last arguments."""
        self._folder = folder
        self._reader = reader
        self._child = Child(MOST_BYTES)

    def start(self, roms: tuple[str, ...]) -> str:
        """Begin to read these probes; a few words when the reader cannot be started."""
        return self._child.start((*self._reader, *(f"{self._folder}/{rom}/w1_slave" for rom in roms)))

    def step(self) -> str | None:
        """What was read; None while the reader runs."""
        return self._child.output.decode("ascii", "replace") if self._child.step() else None

    def stop(self) -> None:
        """Kill the reader."""
        self._child.stop()

    def reap(self) -> int:
        """Collect readers that have ended; how many killed ones have not."""
        self._child.reap()
        return self._child.unreaped


class OneWire:
    """All probes of a house; `bus` is the health of their common wire, `devices` of each probe."""

    def __init__(self, probes: tuple[Probe, ...], scan: Scan, latest: Latest) -> None:
        """Readings go to `latest`."""
        self.bus = Device("1-wire bus", network=True)
        self.devices = {probe.channel: Device(f"probe {probe.channel}") for probe in probes}
        self.scans = 0
        self._channels: Mapping[str, str] = {probe.rom: probe.channel for probe in probes}
        self._missed = dict.fromkeys(self._channels, 0)
        self._scan = scan
        self._latest = latest
        self._started_net_ms: int | None = None
        self._due_ms = 0

    def step(self, now: Now) -> None:
        """One tick's worth: look whether the reader is done, start it when due; never waits."""
        for channel, device in self.devices.items():
            if device.newly_lost(now):
                self._latest.none(channel, FAILED, now)
        if self._started_net_ms is not None:
            self._look(self._started_net_ms, now)
            return
        stuck = self._scan.reap()
        if now.mono_ms >= self._due_ms and not self.bus.waiting(now):
            self._start(now, stuck)

    def _start(self, now: Now, stuck: int) -> None:
        self._due_ms = next_due_ms(self._due_ms, PERIOD_MS, now.mono_ms)
        if stuck >= MOST_UNREAPED:
            self._fail(now, "The 1-wire bus hangs in the kernel: no reading ends.")
            return
        words = self._scan.start(tuple(self._channels))
        if words:
            self._fail(now, f"The 1-wire probes cannot be read: {words}.")
            return
        self.scans += 1
        self._started_net_ms = now.net_ms

    def _look(self, started_net_ms: int, now: Now) -> None:
        text = self._scan.step()
        if text is not None:
            self._started_net_ms = None
            self._take(text, now)
        elif now.net_ms - started_net_ms > DEADLINE_MS:
            self._started_net_ms = None
            self._scan.stop()
            self._fail(now, f"The 1-wire bus did not answer within {DEADLINE_MS // 1000} s.")

    def _fail(self, now: Now, words: str) -> None:
        self.bus.bad(now, words)
        for rom in self._channels:
            self._miss(rom, "cannot be read while the bus hangs", now)

    def _take(self, text: str, now: Now) -> None:
        self.bus.good()
        found = pads(text)
        for rom, channel in self._channels.items():
            data = found.get(rom)
            value, why = (None, "is not on the bus") if data is None else ds18b20.decode(data)
            if value is None:
                self._miss(rom, why, now)
                continue
            self._missed[rom] = 0
            self.devices[channel].good()
            self._latest.value(channel, value, now)

    def _miss(self, rom: str, why: str, now: Now) -> None:
        self._missed[rom] += 1
        device, words = self.devices[self._channels[rom]], f"{rom} {why}."
        if self._missed[rom] < BELIEVED_AFTER:
            device.complain(words)
        else:
            device.down(now, words)


def pads(text: str) -> dict[str, bytes]:
    """Scratchpad by ROM, from lines such as `/sys/.../28-0123456789ab/w1_slave:72 01 4b ... : crc=57 YES`."""
    found: dict[str, bytes] = {}
    for line in text.splitlines():
        file, _, content = line.partition(":")
        octets, crc, _ = content.partition(" : crc=")
        if not crc:
            continue
        try:
            found[PurePosixPath(file).parent.name] = bytes.fromhex(octets)
        except ValueError:
            continue
    return found
