"""The clocks: the only place that asks the operating system for the time, and the only one that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from states.image import Now

BUILD_EPOCH_MS = 1_780_272_000_000
"""2026-06-01: this program did not exist before; a wall clock that says so has not been set."""
TIMESYNCD = Path("/run/systemd/timesync")
CHRONY = Path("/run/chrony")
SYNC_LOOK_MS = 5_000
_STA_UNSYNC = 0x0040
_TIMEX_BYTES = 208


def system_clock_set(timesyncd: Path = TIMESYNCD, chrony: Path = CHRONY) -> bool:
    """Whether something has set the wall clock since boot, as far as this machine can tell.

    Where systemd-timesyncd runs (every Raspberry Pi OS) its mark `synchronized` says so. Where chrony runs
    the kernel's own flag does. Where neither does, nobody knows, and the clock is believed.
    """
    if timesyncd.is_dir():
        return (timesyncd / "synchronized").exists()
    if chrony.is_dir():
        return _kernel_synchronised()
    return True


def wall_clock_is_set() -> bool:
    """Whether the wall clock may judge a certificate: set since boot, and not older than this program."""
    return time.time_ns() // 1_000_000 >= BUILD_EPOCH_MS and system_clock_set()


def _kernel_synchronised() -> bool:
    """adjtimex(2), read only: STA_UNSYNC is not set. True where it cannot be asked."""
    import ctypes

    raw = (ctypes.c_char * _TIMEX_BYTES)()
    try:
        answer = ctypes.CDLL(None).adjtimex(raw)
    except (OSError, AttributeError):
        return True
    at = 5 * ctypes.sizeof(ctypes.c_long)  # after modes (padded), offset, freq, maxerror, esterror
    status = int.from_bytes(raw.raw[at : at + 4], "little")
    return answer < 0 or not status & _STA_UNSYNC


class RealClock:
    """The house's time from the machine's clocks.

    With `speed` 1 and no start, house time is real time. Otherwise wall and mono run `speed` times as fast
    from one epoch (`start_wall_ms`, default now), while `net_ms` stays real; such a clock counts as set.
    """

    def __init__(
        self,
        speed: float = 1.0,
        start_wall_ms: int | None = None,
        *,
        start_mono_ns: int | None = None,
        is_set: Callable[[], bool] = system_clock_set,
    ) -> None:
        """Raises ValueError for a speed that is not positive.

        `start_mono_ns`: CLOCK_MONOTONIC at the epoch, so that several processes share one accelerated clock.
        """
        if not speed > 0:
            raise ValueError(f"The clock cannot run {speed} times as fast as real time.")
        self._speed = speed
        self._own_epoch = speed != 1.0 or start_wall_ms is not None
        self._is_set = is_set
        self._synced = self._own_epoch
        self._look_at_ms = 0
        self._start_ns = time.monotonic_ns() if start_mono_ns is None else start_mono_ns
        self._start_wall_ms = time.time_ns() // 1_000_000 if start_wall_ms is None else start_wall_ms

    def now(self) -> Now:
        """One look at all clocks."""
        mono_ns = time.monotonic_ns()
        net_ms = mono_ns // 1_000_000
        if self._own_epoch:
            house_ms = int((mono_ns - self._start_ns) * self._speed) // 1_000_000
            mono_ms = self._start_ns // 1_000_000 + house_ms
            return Now(self._start_wall_ms + house_ms, mono_ms, net_ms)
        wall_ms = time.time_ns() // 1_000_000
        return Now(wall_ms, net_ms, net_ms, self._is_synced(wall_ms, net_ms))

    def sleep_until(self, net_ms: int) -> None:
        """Sleep until real monotonic time reaches `net_ms`; returns at once when it has."""
        left_ns = net_ms * 1_000_000 - time.monotonic_ns()
        if left_ns > 0:
            time.sleep(left_ns / 1e9)

    def _is_synced(self, wall_ms: int, net_ms: int) -> bool:
        """Once set, a clock stays set until the next boot; until then it is asked every few seconds."""
        if wall_ms < BUILD_EPOCH_MS:
            return False
        if not self._synced and net_ms >= self._look_at_ms:
            self._look_at_ms = net_ms + SYNC_LOOK_MS
            self._synced = self._is_set()
        return self._synced


class VirtualClock:
    """Time that moves only when told; net time follows house time. For simulation and tests."""

    def __init__(self, start_wall_ms: int, start_mono_ms: int = 0, *, synced: bool = True) -> None:
        """Stands at `start_wall_ms` (UTC Unix ms) and `start_mono_ms`."""
        self._wall_ms = start_wall_ms
        self._mono_ms = start_mono_ms
        self._net_ms = start_mono_ms
        self.synced = synced
        self._now = Now(start_wall_ms, start_mono_ms, start_mono_ms, synced)

    def now(self) -> Now:
        """The present."""
        return self._now

    def advance(self, ms: int) -> Now:
        """Move all clocks forward by `ms`, at least 0; returns the new present."""
        if ms < 0:
            raise ValueError("Time does not run backward; `step_wall` sets the wall clock.")
        self._wall_ms += ms
        self._mono_ms += ms
        self._net_ms += ms
        self._now = Now(self._wall_ms, self._mono_ms, self._net_ms, self.synced)
        return self._now

    def step_wall(self, ms: int) -> Now:
        """Set the wall clock forward or back by `ms`, as a time server does; timers do not notice."""
        self._wall_ms += ms
        self._now = Now(self._wall_ms, self._mono_ms, self._net_ms, self.synced)
        return self._now

    def sleep_until(self, net_ms: int) -> None:
        """Jump to `net_ms` if it is ahead."""
        self.advance(max(0, net_ms - self._net_ms))


def stopwatch_ns() -> int:
    """Nanoseconds of a clock that is only good for differences: what something cost."""
    return time.perf_counter_ns()


def boot_id() -> str:
    """The kernel's id of this boot, empty where there is none; stamps what must not outlive a reboot."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
