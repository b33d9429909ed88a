"""How the computer itself is doing: its temperature, its supply, its disk and its clock, one look a tick.

All of it is asked in ways that cannot wait: sysfs files and a file system kept open, and a file's age in
/run. A dying card holds up who opens a file on it; `fstatvfs` on what is open asks no card. Sources: Linux
hwmon/raspberrypi-hwmon.rst (in0_lcrit_alarm: the supply was below 4.63 V within the last two seconds),
driver-api/thermal/sysfs-api.rst, systemd-timesyncd.service(8) (the file `synchronized` is touched whenever
a time server has set the clock). adjtimex(2) is not asked: the service runs without any call for clocks.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from hw.clock import TIMESYNCD
from hw.device import Device, next_due_ms
from states.image import Computer, Now

GAUGES: Mapping[str, tuple[str, int]] = {
    "under_voltage": ("supply", 2_000),
    "cpu_c": ("temperature", 10_000),
    "disk_used": ("disk", 60_000),
    "clock_age_h": ("clock", 60_000),
}
"""Field of `Computer` -> what it is called, and how often it is looked at, ms."""
_MOST_BYTES = 64
_HOUR_MS = 3_600_000


class Gauges(Protocol):
    """Where the figures of a computer come from."""

    def read(self, gauge: str, now: Now) -> float:
        """One figure, never waiting. Raises `OSError` with a sentence where it cannot be had."""


class LinuxGauges:
    """The gauges of the machine we run on. Files are opened when first read and stay open."""

    def __init__(self, store: str, sys: str = "/sys", timesyncd: Path = TIMESYNCD) -> None:
        """`store`: the folder on the disk that matters."""
        self._store = store
        self._sys = Path(sys)
        self._synchronised = timesyncd / "synchronized"
        self._open: dict[str, int] = {}
        self._readers: dict[str, Callable[[Now], float]] = {
            "under_voltage": lambda now: self._number("under_voltage", self._supply_file),
            "cpu_c": lambda now: self._number("cpu_c", self._thermal_file) / 1000,
            "disk_used": lambda now: self._disk_used(),
            "clock_age_h": self._clock_age_h,
        }

    def read(self, gauge: str, now: Now) -> float:
        """One figure. Raises `OSError` with a sentence."""
        try:
            return self._readers[gauge](now)
        except (OSError, ValueError) as error:
            self._close(gauge)
            raise OSError(f"The {GAUGES[gauge][0]} of this computer cannot be read: {error}.") from error

    def close(self) -> None:
        """Leave nothing open."""
        for gauge in list(self._open):
            self._close(gauge)

    def _number(self, gauge: str, file: Callable[[], Path]) -> float:
        if gauge not in self._open:
            self._open[gauge] = os.open(file(), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        return float(os.pread(self._open[gauge], _MOST_BYTES, 0))

    def _thermal_file(self) -> Path:
        return self._sys / "class/thermal/thermal_zone0/temp"

    def _supply_file(self) -> Path:
        for monitor in sorted((self._sys / "class/hwmon").iterdir()):
            if (monitor / "name").read_text(encoding="ascii").strip() == "rpi_volt":
                return monitor / "in0_lcrit_alarm"
        raise OSError("nothing here watches it")

    def _disk_used(self) -> float:
        """Per cent of what this program may fill."""
        if "disk_used" not in self._open:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            self._open["disk_used"] = os.open(self._store, flags)
        disk = os.fstatvfs(self._open["disk_used"])
        used = disk.f_blocks - disk.f_bfree
        return 100.0 * used / max(1, used + disk.f_bavail)

    def _clock_age_h(self, now: Now) -> float:
        return max(0.0, now.wall_ms - self._synchronised.stat().st_mtime * 1000) / _HOUR_MS

    def _close(self, gauge: str) -> None:
        descriptor = self._open.pop(gauge, None)
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


class Health:
    """Looks at one gauge a tick, each in its own time. `computer` is what is known; a device for each."""

    def __init__(self, gauges: Gauges) -> None:
        """Nothing is known yet."""
        self.computer = Computer()
        self.looks = 0
        self.devices = {gauge: Device(f"computer {name}") for gauge, (name, _) in GAUGES.items()}
        self._gauges = gauges
        self._due_ms = dict.fromkeys(GAUGES, 0)

    def step(self, now: Now) -> None:
        """One tick's worth: the gauge that has been due longest, if any."""
        for gauge, device in self.devices.items():
            if device.newly_lost(now):
                self._put(gauge, None)
        gauge = min(self._due_ms, key=self._due_ms.__getitem__)
        if now.mono_ms < self._due_ms[gauge]:
            return
        device, period_ms = self.devices[gauge], GAUGES[gauge][1]
        self._due_ms[gauge] = next_due_ms(self._due_ms[gauge], period_ms, now.mono_ms)
        if device.waiting(now):
            return
        self.looks += 1
        try:
            value = self._gauges.read(gauge, now)
        except OSError as error:
            device.bad(now, str(error))
        else:
            device.good()
            self._put(gauge, value)

    def _put(self, gauge: str, value: float | None) -> None:
        if getattr(self.computer, gauge) != value:
            self.computer = replace(self.computer, **{gauge: value})
