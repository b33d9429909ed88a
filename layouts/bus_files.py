"""The device files behind the buses of a real house: are they there, and may they be opened?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from layouts.model import House
from layouts.settings import Settings
from layouts.share import share_of


def i2c_missing(house: House, settings: Settings, folder: str = "/dev") -> Iterator[str]:
    """Why the I2C bus of this computer cannot be used; nothing where it can, or nothing hangs on it.

    Without the bus no relay can be switched and nobody knows how one stands. Nothing is opened,
    and a simulated house needs none.
    """
    if settings.hardware.bus != "real":
        return
    share = share_of(house, settings.site.role)
    if not (share.relays or share.zero_tens or share.pipes.thermistors):
        return
    device = Path(folder) / f"i2c-{settings.hardware.i2c_number}"
    key = f"{settings.file} [hardware] i2c_number"
    if not device.exists():
        others = sorted(path.name.removeprefix("i2c-") for path in Path(folder).glob("i2c-[0-9]*"))
        there = f" ({', '.join(others)} there)" if others else ""
        yield (
            f"{device} is missing: switch I2C on (sudo raspi-config nonint do_i2c 0, then sudo reboot), or "
            f'correct {key}{there}; bus = "twin" runs the simulated house.'
        )
    elif not os.access(device, os.R_OK | os.W_OK):
        yield f"{device} may not be opened: {_join('i2c')}"


def serial_missing(house: House, settings: Settings) -> Iterator[str]:
    """Why the serial line of the power meter cannot be used; without it the house runs unmeasured."""
    meter = share_of(house, settings.site.role).meter
    if not meter.registers or not meter.serial_port:
        return
    line = Path(meter.serial_port)
    if not line.exists():
        there = sorted(str(path) for path in Path("/dev/serial/by-id").glob("*"))
        known = f" There is {there[0]}." if there else ""
        yield (
            f"{line} is missing: plug the serial converter in, or correct {house.file} [meter] serial_port."
            f"{known}"
        )
    elif not os.access(line, os.R_OK | os.W_OK):
        yield f"{line} may not be opened: {_join('dialout')}"


def _join(group: str) -> str:
    return f"put this user into the group {group} (sudo usermod -aG {group} $USER) and log in anew."
