"""The simulated 1-wire bus: scratchpads as the kernel prints them, in memory or as a tree of files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hw.ds18b20 import POWER_ON_RAW, crc8, scratchpad
from hw.twin.faults import Probe, ProbeFault
from layouts.model import Probe as Layout

CELLAR_C = 15.0


def w1_slave(data: bytes) -> str:
    """The file `w1_slave` of a probe with these nine bytes."""
    octets = data.hex(" ")
    verdict = "YES" if crc8(data[:-1]) == data[-1] else "NO"
    raw = int.from_bytes(data[:2], "little", signed=True)
    return f"{octets} : crc={data[-1]:02x} {verdict}\n{octets} t={raw * 1000 // 16}\n"


def write_tree(folder: Path, temps_c: dict[str, float]) -> None:
    """The files of healthy probes, temperature by ROM, as they stand under /sys/bus/w1/devices."""
    for rom, celsius in temps_c.items():
        (folder / rom).mkdir(exist_ok=True)
        (folder / rom / "w1_slave").write_text(w1_slave(scratchpad(celsius)), encoding="ascii")


class TwinScan:
    """All probes of one house, an `hw.one_wire.Scan` that is done at the next look."""

    def __init__(self, probes: tuple[Layout, ...], celsius: Callable[[str], float | None]) -> None:
        """`celsius(channel)` tells the truth; None: nobody knows, so as warm as the cellar."""
        self._channels = {probe.rom: probe.channel for probe in probes}
        self._celsius = celsius
        self._faults: list[ProbeFault] = []
        self._text: str | None = None

    def start(self, roms: tuple[str, ...]) -> str:
        """Read them."""
        hung = any(fault.kind is Probe.HUNG for fault in self._faults)
        self._text = None if hung else "".join(self._lines(rom) for rom in roms)
        return ""

    def step(self) -> str | None:
        """What was read; None while the bus hangs."""
        return self._text

    def stop(self) -> None:
        """Give up."""
        self._text = None

    def reap(self) -> int:
        """Nothing is ever left over."""
        return 0

    def inject(self, fault: ProbeFault) -> Callable[[], None]:
        """Begin a fault; the answer ends it. Raises `ValueError` for a channel no probe measures."""
        if fault.channel not in self._channels.values():
            known = ", ".join(self._channels.values()) or "none"
            raise ValueError(
                f"No probe of this house measures '{fault.channel}'; these are measured: {known}."
            )
        self._faults.append(fault)
        return lambda: self._faults.remove(fault)

    def _lines(self, rom: str) -> str:
        channel = self._channels.get(rom, "")
        kinds = {fault.kind for fault in self._faults if fault.channel == channel}
        if Probe.MISSING in kinds:
            return ""
        found = self._celsius(channel)
        data = scratchpad(CELLAR_C if found is None else found)
        if Probe.POWER_ON in kinds:
            data = scratchpad(POWER_ON_RAW / 16)
        if Probe.BAD_CRC in kinds:
            data = bytes((data[0] ^ 1, *data[1:]))
        if Probe.SHORTED in kinds:
            data = bytes(9)
        return "".join(f"/w1/{rom}/w1_slave:{line}\n" for line in w1_slave(data).splitlines())
